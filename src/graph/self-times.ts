/**
 * Where the time of a span goes: to its children, to itself, or to the network.
 *
 *     web   GET /cart   [==============]
 *     web   -> cart        [=========]        client: 9
 *     cart  GetCart           [===]           server: 3, so a gap of 6 and no self time
 *
 * What a caller's span does not share with the callee's is time in transit or in a queue: a gap of
 * the edge, never self time of the caller. Counting it twice blames the caller for the network.
 */
import type { Span, SpanView, TraceColumns, TraceTree } from '../model.ts';
import { isCaller } from './link-trace.ts';
import { coveredTime, timedChildren } from './timed-children.ts';
import { columnsOf } from './trace-columns.ts';

/**
 * Own time of each span in ns, by index: its duration less the union of its children, clipped to
 * it. 0 for a span that waits for another service (see `networkGaps`) and for an untimed one. An
 * unanswered client span keeps its whole duration.
 */
export const selfTimes = (tree: TraceTree): Float64Array =>
  ownTimes(columnsOf(tree)).slice(0, tree.spans.length);

/** Of each span: what is covered of it, and up to where; its children, and those of others. */
interface Room {
  readonly covered: Float64Array;
  readonly cursor: Float64Array;
  readonly below: Uint32Array;
  readonly others: Uint32Array;
}

const roomFor = (count: number): Room => ({
  covered: new Float64Array(count),
  cursor: new Float64Array(count),
  below: new Uint32Array(count),
  others: new Uint32Array(count),
});

let room = roomFor(64);

/**
 * The same of columns, in one pass: children come in start order. The list is longer than the
 * trace, and holds until it is asked for the next.
 */
export function ownTimes(trace: TraceColumns): Float64Array {
  const { count, spans, parent, start, end, timed } = trace;
  if (room.covered.length < count) room = roomFor(2 * count);
  const { covered, cursor, below, others } = room;
  covered.fill(0, 0, count);
  below.fill(0, 0, count);
  others.fill(0, 0, count);
  cursor.set(start.subarray(0, count));
  for (let index = 0; index < count; index += 1) {
    const above = parent[index] as number;
    if (above < 0) continue;
    below[above] = (below[above] as number) + 1;
    if (spans[index]?.service !== spans[above]?.service) {
      others[above] = (others[above] as number) + 1;
    }
    if (timed[index] === 1) cover(trace, timedAbove(trace, above), index);
  }
  for (let index = 0; index < count; index += 1) {
    const waits = waitsFor(
      spans[index] as SpanView,
      below[index] as number,
      others[index] as number,
    );
    covered[index] =
      timed[index] === 0 || waits
        ? 0
        : (end[index] as number) - (start[index] as number) - (covered[index] as number);
  }
  return covered;
}

/** The nearest timed span from here upwards; -1 if there is none. */
function timedAbove({ parent, timed }: TraceColumns, from: number): number {
  let index = from;
  while (index >= 0 && timed[index] === 0) index = parent[index] as number;
  return index;
}

function cover({ start, end }: TraceColumns, above: number, child: number): void {
  if (above < 0) return;
  const { covered, cursor } = room;
  const from = Math.max(start[child] as number, cursor[above] as number);
  const to = Math.min(end[child] as number, end[above] as number);
  if (to <= from) return;
  covered[above] = (covered[above] as number) + (to - from);
  cursor[above] = to;
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

/** Network gap of every span that waits for another service, by index of that span. */
export function networkGaps(tree: TraceTree): readonly Gap[] {
  const gapOf = gapReader(tree);
  return tree.spans.flatMap((_, client) => gapOf(client) ?? []);
}

/**
 * The network gap of a span; null if it does not wait for another service. Duration of the
 * client less that of the server: a difference of durations, so clock skew between the hosts
 * does not matter. With several servers below one client, less their union; time in children of
 * the client's own service is not gap either.
 */
export function gapReader(tree: TraceTree): (client: number) => Gap | null {
  const { spans } = tree;
  const children = timedChildren(tree);
  return (client) => {
    const span = spans[client] as Span;
    if (!span.timed || !waitsForOthers(tree, client)) return null;
    const below = children[client] ?? [];
    const servers = below.filter((child) => spans[child]?.service !== span.service);
    const [server] = servers;
    if (server === undefined) return null;
    const own = below.filter((child) => spans[child]?.service === span.service);
    const ns =
      span.end -
      span.start -
      coveredTime(spans, servers) -
      coveredTime(spans, own, span.start, span.end);
    return { client, server, ns: Math.max(0, ns) };
  };
}

/** True if the time of a span outside of its children is spent waiting for another service. */
function waitsForOthers(tree: TraceTree, index: number): boolean {
  const span = tree.spans[index] as Span;
  const children = tree.children[index] ?? [];
  const others = children.filter((child) => tree.spans[child]?.service !== span.service);
  return waitsFor(span, children.length, others.length);
}

/** Of a span with so many children, and so many of them in other services. */
function waitsFor(span: SpanView, children: number, others: number): boolean {
  if (children === 0) return false;
  return isCaller(span) ? others > 0 : others === children;
}
