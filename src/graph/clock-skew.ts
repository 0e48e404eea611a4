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
import type { SkewPair, SpanView, TraceColumns } from '../model.ts';
import { ofAlike } from './alike.ts';
import { hashNumbers } from './keep-smallest.ts';
import { durationAt, viewAt } from './trace-columns.ts';

export interface SkewEstimator {
  add(trace: TraceColumns): void;
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
  const pairsFrom = ofAlike((client) => pairsAt(byPair, hostOf(client)));
  return {
    add(trace) {
      for (let server = 0; server < trace.count; server += 1) {
        const client = trace.parent[server] as number;
        if (client < 0 || !isTimedCall(trace, client, server)) continue;
        const pairs = pairsFrom(viewAt(trace, client));
        const [from, to] = [hostOf(viewAt(trace, client)), hostOf(viewAt(trace, server))];
        keepCall(pairAt(pairs, from, to), trace, client, server);
      }
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
export function estimateSkew(traces: Iterable<TraceColumns>): ReadonlyMap<string, number> {
  const estimator = skewEstimator();
  for (const trace of traces) estimator.add(trace);
  return new Map(estimator.finish().map(({ from, to, ns }) => [`${from}\0${to}`, ns]));
}

/** By `from`, then `to`. */
type Pairs = Map<string, Map<string, HostPair>>;

function pairsAt(byPair: Pairs, from: string): Map<string, HostPair> {
  const pairs = byPair.get(from) ?? new Map<string, HostPair>();
  byPair.set(from, pairs);
  return pairs;
}

function pairAt(pairs: Map<string, HostPair>, from: string, to: string): HostPair {
  let pair = pairs.get(to);
  if (pair === undefined) {
    pair = { from, to, calls: [], highest: Number.POSITIVE_INFINITY };
    pairs.set(to, pair);
  }
  return pair;
}

/**
 * Keeps the calls of the lowest ranks, a uniform choice that no order of traces changes; the rank
 * is a hash of the call's own times, so that its ids need not be written out.
 */
function keepCall(
  pair: HostPair,
  { start, end }: TraceColumns,
  client: number,
  server: number,
): void {
  const [from, to] = [start[server] as number, end[server] as number];
  const low = (start[client] as number) - from;
  const high = (end[client] as number) - to;
  const rank = hashNumbers(low, high, to - from);
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

/** Whose clock tells the times of a span. */
export const hostOf = (span: Pick<SpanView, 'instance' | 'service'>): string =>
  span.instance ?? span.service;

/** True if the server must lie inside the client: both timed, synchronous, on two hosts. */
function isTimedCall(trace: TraceColumns, above: number, below: number): boolean {
  const [client, server] = [viewAt(trace, above), viewAt(trace, below)];
  const isCall = client.kind === 'client' || server.kind === 'server';
  if (!isCall || client.kind === 'producer' || server.kind === 'consumer') return false;
  const [outer, inner] = [durationAt(trace, above), durationAt(trace, below)];
  return outer !== null && inner !== null && inner <= outer && hostOf(client) !== hostOf(server);
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
