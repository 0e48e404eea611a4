import type { TraceTree } from './link-trace.ts';

/** Own time of each span in ns, by index. */
export function selfTimes(tree: TraceTree): Float64Array {
  throw new Error(`not written: ${tree.traceId}`);
}

/** Time of a call spent neither in the caller's own spans nor in the callee's. */
export interface Gap {
  /** Index of the calling span. */
  readonly client: number;
  /** Index of the (first) span of the other service below it. */
  readonly server: number;
  /** Never negative. */
  readonly ns: number;
}

/** Network gaps of a trace, by index of the client span. */
export function networkGaps(tree: TraceTree): readonly Gap[] {
  throw new Error(`not written: ${tree.traceId}`);
}
