import type { Span, TraceId } from '../model.ts';

/** One trace, linked. Does not depend on the order of the input. */
export interface TraceTree {
  readonly traceId: TraceId;
  /** By start, then span id. An index into it is what every other field and result holds. */
  readonly spans: readonly Span[];
  /** Index of the parent in `spans`; -1 for a root or an orphan. */
  readonly parent: Int32Array;
  /** Indexes of the children of each span, in start order. */
  readonly children: readonly (readonly number[])[];
  /** True roots first (cut cycles among them), then orphans; each in start order. */
  readonly roots: readonly number[];
  /** Spans whose parent id is set but was not captured, in start order. */
  readonly orphans: readonly number[];
  /** Spans whose parent link was cut because it closed a cycle (a span that names itself included), in start order. */
  readonly cycles: readonly number[];
  /** Links above each span; 0 for a root or an orphan. */
  readonly depth: Int32Array;
}

/** Links the spans of one trace (at least one span). O(N log N) for the sort, no recursion. */
export function linkTrace(spans: readonly Span[]): TraceTree {
  throw new Error(`not written: ${spans.length}`);
}
