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
import { hashNumbers, keepSmallest, type SmallestMap } from './keep-smallest.ts';

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
  readonly calls: SmallestMap<ShiftRange>;
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
        const { calls } = pairAt(byPair, hostOf(client), hostOf(server));
        const range = { low: client.start - server.start, high: client.end - server.end };
        // By the numbers, so that ids are asked for only where a call may be kept.
        const rank = hashNumbers(range.low, range.high, server.end - server.start);
        if (!calls.accepts(rank)) return;
        calls.slot(rank, `${server.traceId}${server.spanId}${range.low}`, () => range);
      });
    },
    finish: () =>
      [...byPair.values()]
        .flatMap((pairs) => [...pairs.values()])
        .sort((a, b) => (a.from === b.from ? compareText(a.to, b.to) : compareText(a.from, b.from)))
        .flatMap(({ from, to, calls }) => {
          const votes = votesOf(calls.entries().map(([, range]) => range));
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
  const pair = pairs.get(to) ?? { from, to, calls: keepSmallest<ShiftRange>(callLimit) };
  pairs.set(to, pair);
  return pair;
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
