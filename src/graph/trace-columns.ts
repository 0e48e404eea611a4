/** What is read of a trace as columns: see `TraceColumns`. */
import type { Span, SpanView, TraceColumns, TraceTree } from '../model.ts';

export function columnsOf(tree: TraceTree): TraceColumns {
  const { traceId, spans, parent, cycles } = tree;
  const count = spans.length;
  const [start, end] = [new Float64Array(count), new Float64Array(count)];
  const timed = new Uint8Array(count);
  for (let index = 0; index < count; index += 1) {
    const span = spans[index] as Span;
    start[index] = span.start;
    end[index] = span.end;
    timed[index] = span.timed ? 1 : 0;
  }
  return {
    ...{ traceId, count, spans, parent, cycles, start, end, timed },
    spanId: (index) => (spans[index] as Span).spanId,
    parentId: (index) => (spans[index] as Span).parentId,
    links: (index) => (spans[index] as Span).links,
  };
}

export const viewAt = ({ spans }: TraceColumns, index: number): SpanView =>
  spans[index] as SpanView;

/** Duration in ns; null for a span without usable times. */
export const durationAt = ({ start, end, timed }: TraceColumns, index: number): number | null =>
  timed[index] === 1 ? (end[index] as number) - (start[index] as number) : null;

/** Whether the span begins a trace of its own because its parent was not captured. */
export const isOrphan = (trace: TraceColumns, index: number): boolean =>
  (trace.parent[index] as number) < 0 &&
  trace.parentId(index) !== null &&
  !trace.cycles.includes(index);

/** Children of each span in start order, as chains; -1 ends one. */
interface Below {
  readonly first: Int32Array;
  readonly next: Int32Array;
  /** Every index, parents before their children. */
  readonly order: Int32Array;
}

let room = roomFor(64);

function roomFor(count: number): Below {
  const column = () => new Int32Array(count);
  return { first: column(), next: column(), order: column() };
}

/** Holds until it is asked for the next trace. */
export function childrenOf({ count, parent }: TraceColumns): Below {
  if (room.first.length < count) room = roomFor(2 * count);
  const { first, next, order } = room;
  first.fill(-1, 0, count);
  for (let index = count - 1; index >= 0; index -= 1) {
    const above = parent[index] as number;
    if (above < 0) continue;
    next[index] = first[above] as number;
    first[above] = index;
  }
  let known = 0;
  for (let index = 0; index < count; index += 1) {
    if ((parent[index] as number) < 0) order[known++] = index;
  }
  for (let read = 0; read < known; read += 1) {
    let child = first[order[read] as number] as number;
    for (; child >= 0; child = next[child] as number) order[known++] = child;
  }
  return room;
}
