/**
 * Clock skew between hosts, from calls whose server span lies outside of its client span.
 *
 *     client   [==========]
 *     server                  [====]      impossible: the clock of the server is ahead
 *            shift <- ------- ->          any shift that puts it inside would do
 *
 * Every call allows the shifts from (client start - server start) to (client end - server end). One
 * that needs a shift votes for the middle of that range, as though request and response took
 * equally long. A call that needs none votes for 0, but only if it contradicts the median of
 * the others: long calls fit inside their caller under almost any skew. The estimate is the
 * median of the votes, one per pair of hosts.
 *
 * After: the clock-skew adjuster of Zipkin and Jaeger, which does it trace by trace.
 */
import type { SkewPair, Span, TraceTree } from '../model.ts';
import { hashNumbers } from './keep-smallest.ts';

export interface SkewEstimator {
  add(tree: TraceTree): void;
  /** Pairs with a clock difference, by `from`, then `to`. */
  finish(): readonly SkewPair[];
}

/** Shifts of the server's clock that put one call inside its caller, ns. */
interface ShiftRange {
  readonly low: number;
  readonly high: number;
}

interface HostPair {
  readonly from: string;
  readonly to: string;
  /** Rank, low and high of each call that is kept, one after another. */
  calls: number[];
  /** Calls of a higher rank are not kept. */
  highest: number;
}

/** Fewer calls than this are no estimate: a median needs one vote on either side of it. */
const minimumCalls = 3;

/** Kept per pair of hosts: puts the median within about 2 percentiles of the one over all calls. */
const callLimit = 1000;

/** Accumulates calls trace by trace, in any order, in memory bounded by the pairs of hosts. */
export function skewEstimator(): SkewEstimator {
  const byPair: Pairs = new Map();
  return {
    add(tree) {
      tree.spans.forEach((server, index) => {
        const client = tree.spans[tree.parent[index] ?? -1];
        if (!client || !isTimedCall(client, server)) return;
        keepCall(pairAt(byPair, hostOf(client), hostOf(server)), client, server);
      });
    },
    finish: () =>
      [...byPair.values()]
        .flatMap((pairs) => [...pairs.values()])
        .sort((a, b) => (a.from === b.from ? compareText(a.to, b.to) : compareText(a.from, b.from)))
        .flatMap((pair) => {
          const { from, to } = pair;
          keepLowest(pair);
          const votes = votesOf(rangesOf(pair));
          const ns = votes.length < minimumCalls ? 0 : median(votes);
          return ns === 0 ? [] : [{ from, to, ns, pairs: votes.length }];
        }),
  };
}

/** The same as a map from `from + "\0" + to` to ns. */
export function estimateSkew(trees: Iterable<TraceTree>): ReadonlyMap<string, number> {
  const estimator = skewEstimator();
  for (const tree of trees) estimator.add(tree);
  return new Map(estimator.finish().map(({ from, to, ns }) => [`${from}\0${to}`, ns]));
}

/** By `from`, then `to`. */
type Pairs = Map<string, Map<string, HostPair>>;

function pairAt(byPair: Pairs, from: string, to: string): HostPair {
  const pairs = byPair.get(from) ?? new Map<string, HostPair>();
  byPair.set(from, pairs);
  const pair = pairs.get(to) ?? { from, to, calls: [], highest: Number.POSITIVE_INFINITY };
  pairs.set(to, pair);
  return pair;
}

/**
 * Keeps the calls of the lowest ranks, a uniform choice that no order of traces changes; the rank
 * is a hash of the call's own times, so that its ids need not be written out.
 */
function keepCall(pair: HostPair, client: Span, server: Span): void {
  const low = client.start - server.start;
  const high = client.end - server.end;
  const rank = hashNumbers(low, high, server.end - server.start);
  if (rank > pair.highest) return;
  pair.calls.push(rank, low, high);
  if (pair.calls.length > 6 * callLimit) keepLowest(pair);
}

function keepLowest(pair: HostPair): void {
  const { calls } = pair;
  if (calls.length <= 3 * callLimit) return;
  const places = Array.from({ length: calls.length / 3 }, (_, index) => index * 3);
  const at = (place: number): number => calls[place] as number;
  places.sort((a, b) => at(a) - at(b) || at(a + 1) - at(b + 1) || at(a + 2) - at(b + 2));
  places.length = callLimit;
  pair.highest = at(places.at(-1) as number);
  pair.calls = places.flatMap((place) => calls.slice(place, place + 3));
}

function rangesOf({ calls }: HostPair): readonly ShiftRange[] {
  const ranges: ShiftRange[] = [];
  for (let at = 0; at < calls.length; at += 3) {
    ranges.push({ low: calls[at + 1] as number, high: calls[at + 2] as number });
  }
  return ranges;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const hostOf = (span: Span): string => span.instance ?? span.service;

/** True if the server must lie inside the client: both timed, synchronous, on two hosts. */
function isTimedCall(client: Span, server: Span): boolean {
  const synchronous = client.kind !== 'producer' && server.kind !== 'consumer';
  const isCall = client.kind === 'client' || server.kind === 'server';
  const shorter = server.end - server.start <= client.end - client.start;
  const timed = client.timed && server.timed;
  return timed && synchronous && isCall && shorter && hostOf(client) !== hostOf(server);
}

function votesOf(calls: readonly ShiftRange[]): readonly number[] {
  const isOutside = ({ low, high }: ShiftRange): boolean => low > 0 || high < 0;
  const shifts = calls.filter(isOutside).map(({ low, high }) => (low + high) / 2);
  if (shifts.length === 0) return [];
  const shift = median(shifts);
  const against = calls.filter(
    (call) => !isOutside(call) && (shift < call.low || shift > call.high),
  );
  return [...shifts, ...against.map(() => 0)];
}

/** Lower median, so that an even number of votes gives one of them; whole ns. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[(sorted.length - 1) >> 1] ?? 0);
}
