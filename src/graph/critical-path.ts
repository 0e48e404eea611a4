import type { Nanos } from '../model.ts';
import type { TraceTree } from './link-trace.ts';

/** A stretch of the critical path that is one span's own. */
export interface Segment {
  /** Index in `tree.spans`. */
  readonly span: number;
  readonly from: Nanos;
  /** After `from`. */
  readonly to: Nanos;
}

/** Critical path of the main root, in time order. */
export function criticalPath(tree: TraceTree): readonly Segment[] {
  throw new Error(`not written: ${tree.traceId}`);
}
