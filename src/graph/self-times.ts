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
import type { Span, TraceTree } from '../model.ts';
import { isCaller } from './link-trace.ts';
import { coveredTime, timedChildren } from './timed-children.ts';

/**
 * Own time of each span in ns, by index: its duration less the union of its children, clipped to
 * it. 0 for a span that waits for another service (see `networkGaps`) and for an untimed one. An
 * unanswered client span keeps its whole duration.
 */
export function selfTimes(tree: TraceTree): Float64Array {
  const { spans } = tree;
  const children = timedChildren(tree);
  return Float64Array.from(spans, (span, index) => {
    if (!span.timed || waitsForOthers(tree, index)) return 0;
    return span.end - span.start - coveredTime(spans, children[index] ?? [], span.start, span.end);
  });
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

/**
 * Network gap of every span that waits for another service, by index of that span. Duration of the
 * client less that of the server: a difference of durations, so clock skew between the hosts
 * does not matter. With several servers below one client, less their union; time in children of
 * the client's own service is not gap either.
 */
export function networkGaps(tree: TraceTree): readonly Gap[] {
  const { spans } = tree;
  const children = timedChildren(tree);
  const gaps: Gap[] = [];
  spans.forEach((span, client) => {
    if (!span.timed || !waitsForOthers(tree, client)) return;
    const below = children[client] ?? [];
    const servers = below.filter((child) => spans[child]?.service !== span.service);
    const [server] = servers;
    if (server === undefined) return;
    const own = below.filter((child) => spans[child]?.service === span.service);
    const ns =
      span.end -
      span.start -
      coveredTime(spans, servers) -
      coveredTime(spans, own, span.start, span.end);
    gaps.push({ client, server, ns: Math.max(0, ns) });
  });
  return gaps;
}

/** True if the time of a span outside of its children is spent waiting for another service. */
function waitsForOthers(tree: TraceTree, index: number): boolean {
  const span = tree.spans[index] as Span;
  const children = tree.children[index] ?? [];
  const isOther = (child: number): boolean => tree.spans[child]?.service !== span.service;
  if (children.length === 0) return false;
  return isCaller(span) ? children.some(isOther) : children.every(isOther);
}
