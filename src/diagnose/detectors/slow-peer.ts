/**
 * One replica or rank against its peers: they do the same work, so one that takes longer than
 * the rest, and did not before, is the odd one.
 *
 *     rank 0  forward [===]      rank 2  forward [=======]   odd
 *     rank 1  forward [===]      rank 3  forward [===]
 *
 * Waiting in a collective is longest for the ranks that are well: only time of their own counts,
 * and an operation in which most peers differ singles out nobody.
 *
 * After: methods "peer contrast"; fail-slow detection by comparison with the median of peers.
 */
import { emptyHistogram, logSample, mergeHistogram } from '../../graph/index.ts';
import { byKey, grouped, once } from '../../grouping.ts';
import type {
  Cohort,
  Evidence,
  Features,
  Histogram,
  Nanos,
  OperationFeature,
  OperationMinute,
  Source,
} from '../../model.ts';
import { milliseconds, nanos } from '../../model.ts';
import {
  belief,
  corrected,
  greaterThan,
  median,
  normalAtLeast,
  pooled,
  type Sample,
  sampleOf,
} from '../../statistics.ts';
import { formatDuration, formatNumber, sanitise } from '../../text.ts';
import { type Detector, evidence } from '../detector.ts';

export const slowPeer: Detector = {
  name: 'slow-peer',
  *detect(features) {
    const groups = peersOf(features);
    const tests = groups.reduce((sum, peers) => sum + peers.length, 0);
    const odd = groups.flatMap(oddIn);
    const peers = grouped(odd, ({ peer: { source } }) =>
      JSON.stringify([source.service, peerOf(source)]),
    );
    // The operation in which a peer loses most time speaks for it.
    for (const [, rows] of byKey(peers)) {
      const [most] = rows.sort((a, b) => b.lost - a.lost) as [Odd, ...Odd[]];
      yield* rowOf(most, tests, features.plan.incident.from);
    }
  },
};

/** Two cannot tell which of them is odd. */
export const fewestPeers = 3;
/** Whether some operation has peers that can be held against each other. */
export const hasPeers = (features: Features): boolean =>
  peersOf(features).some(({ length }) => length > 0);

/** The peers of every operation, in the order of operations; none where they are too few. */
const peersOf = once(({ operations }: Features): readonly (readonly Peer[])[] =>
  byKey(
    grouped(
      operations.filter(({ source }) => peerOf(source) !== null),
      ({ source, operation, kind }) => JSON.stringify([source.service, operation, kind]),
    ),
  ).map(([, group]) => peersIn(group)),
);

/** Spans of one peer that say something about its speed. */
const fewestSpans = 10;
/** Peers of a healthy system differ by a tenth or so (other tenants, placement). */
const healthySpread = 0.1;
/** … so one within a fifth of the others is one of them. */
const smallestRatio = 1.2;

const peerOf = ({ rank, instance }: Source): string | null => rank ?? instance;

interface Peer {
  readonly source: Source;
  readonly operation: string;
  /** In time order. */
  readonly minutes: readonly OperationMinute[];
  readonly incident: Sample;
  readonly baseline: Sample;
}

interface Odd {
  readonly peer: Peer;
  readonly others: readonly Peer[];
  /** How many times as long as it should take: against its peers, and against its own past. */
  readonly ratio: number;
  /** Time it took beyond what its peers would have, ns in all. */
  readonly lost: number;
}

function peersIn(group: readonly OperationFeature[]): readonly Peer[] {
  const peers = byKey(grouped(group, ({ source }) => peerOf(source) ?? ''))
    .map(([, of]) => peerOfOperations(of))
    .filter(({ incident }) => incident.n >= fewestSpans);
  return peers.length < fewestPeers ? [] : peers;
}

function oddIn(peers: readonly Peer[]): readonly Odd[] {
  const odd = peers.filter((peer) => grownRatio(peer, peers) >= smallestRatio);
  if (odd.length * 2 >= peers.length) return [];
  return odd.map((peer) => {
    const { n, mean } = peer.incident;
    const ratio = ratioOf(peer, peers, 'incident');
    const others = peers.filter((other) => other !== peer);
    return { peer, others, ratio, lost: n * Math.exp(mean) * (1 - 1 / ratio) };
  });
}

/** A peer that was as slow in the baseline is slow by nature, not by fault. */
function grownRatio(peer: Peer, peers: readonly Peer[]): number {
  const before = peer.baseline.n >= fewestSpans ? ratioOf(peer, peers, 'baseline') : 1;
  return ratioOf(peer, peers, 'incident') / Math.max(1, before);
}

/** Ratio of a peer's typical own time to the median of all peers'. */
function ratioOf(peer: Peer, peers: readonly Peer[], cohort: Cohort): number {
  const known = peers.filter((other) => other[cohort].n > 0);
  return Math.exp(peer[cohort].mean - median(known.map((other) => other[cohort].mean)));
}

/**
 * Two doubts, the larger counts: whether its spans are slower than those of the others at all,
 * and whether it is further from the others than these are from one another.
 */
function chanceOf({ peer, others }: Odd): number {
  const incidents = others.map(({ incident }) => incident);
  const spans = greaterThan(peer.incident, pooled(incidents), healthySpread);
  const means = sampleOf(incidents.map(({ mean }) => mean));
  const spread = Math.max(Math.sqrt(means.spread / (means.n - 1)), healthySpread);
  const apart = (peer.incident.mean - means.mean) / (spread * Math.sqrt(1 + 1 / means.n));
  return Math.max(spans, normalAtLeast(apart));
}

function* rowOf(odd: Odd, tests: number, from: Nanos): Generator<Evidence> {
  const { peer, others, ratio } = odd;
  const { source, operation } = peer;
  const p = corrected(chanceOf(odd), tests);
  const typical = Math.exp(median(others.map(({ incident }) => incident.mean)));
  const own = Math.exp(peer.incident.mean);
  const name = source.rank === null ? `instance ${source.instance}` : `rank ${source.rank}`;
  const slow = slowMinutes(peer, typical);
  yield* evidence({
    kind: 'slow-peer',
    entity:
      source.rank === null
        ? `instance:${source.service}/${source.instance}`
        : `rank:${source.rank}`,
    service: source.service,
    operation,
    instance: source.instance,
    strength: belief(p),
    effect: { baseline: milliseconds(typical), incident: milliseconds(own) },
    n: {
      baseline: others.reduce((sum, { incident }) => sum + incident.n, 0),
      incident: peer.incident.n,
    },
    p,
    // The minute may have begun before the window.
    firstSeen: slow[0] ? nanos(Math.max(slow[0].minute, from)) : null,
    summary: `${sanitise(name, 80)} takes ${formatDuration(milliseconds(own))} in ${sanitise(operation, 80)}, its ${others.length} peers ${formatDuration(milliseconds(typical))} (${formatNumber(ratio)} times as long)`,
    refs: slow
      .slice(0, 5)
      .map(({ slowest }) => ({ signal: 'span', traceId: slowest.traceId, spanId: slowest.spanId })),
    traces: [],
  });
}

/** Minutes of the incident in which the peer took longer than the others typically do. */
function slowMinutes({ minutes }: Peer, typical: number): readonly OperationMinute[] {
  return minutes.filter(
    ({ cohort, self, slowest }) =>
      cohort === 'incident' &&
      slowest.ns >= 0 &&
      Math.exp(logTimes([self]).mean) >= smallestRatio * typical,
  );
}

function peerOfOperations(operations: readonly OperationFeature[]): Peer {
  const { source, operation } = operations[0] as OperationFeature;
  const minutes = operations
    .flatMap((feature) => feature.minutes)
    .sort((a, b) => a.minute - b.minute);
  const of = (cohort: Cohort): Sample =>
    logTimes(minutes.filter((minute) => minute.cohort === cohort).map(({ self }) => self));
  return { source, operation, minutes, incident: of('incident'), baseline: of('baseline') };
}

function logTimes(histograms: readonly Histogram[]): Sample {
  const all = emptyHistogram();
  for (const histogram of histograms) mergeHistogram(all, histogram);
  return logSample(all);
}
