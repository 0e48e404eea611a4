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
import { bucketValue, mergeHistogram } from '../../graph/index.ts';
import type { Cohort, Evidence, Histogram, OperationFeature, Source } from '../../model.ts';
import { milliseconds } from '../../model.ts';
import { formatDuration, formatNumber, sanitise } from '../../text.ts';
import { type Detector, evidence } from '../detector.ts';
import { byKey, grouped } from '../grouping.ts';
import { belief, corrected, greaterThan, median, type Sample } from '../statistics.ts';

export const slowPeer: Detector = {
  name: 'slow-peer',
  *detect(features) {
    const operations = features.operations.filter(({ source }) => peerOf(source) !== null);
    const groups = grouped(operations, ({ source, operation, kind }) =>
      JSON.stringify([source.service, operation, kind]),
    );
    const odd = byKey(groups).flatMap(([, group]) => oddIn(group));
    const peers = grouped(odd, ({ peer }) => `${peer.source.service} ${peerOf(peer.source)}`);
    // The operation in which a peer loses most time speaks for it.
    for (const [, rows] of byKey(peers)) {
      const [most] = rows.sort((a, b) => b.lost - a.lost) as [Odd, ...Odd[]];
      yield* rowOf(most, operations.length);
    }
  },
};

/** Two cannot tell which of them is odd. */
const fewestPeers = 3;
/** Spans of one peer that say something about its speed. */
const fewestSpans = 10;
/** Peers of a healthy system differ by a tenth or so (other tenants, placement). */
const smallestRatio = 1.2;

const peerOf = ({ rank, instance }: Source): string | null => rank ?? instance;

interface Peer {
  readonly source: Source;
  readonly operation: OperationFeature;
  readonly incident: Sample;
  readonly baseline: Sample;
}

interface Odd {
  readonly peer: Peer;
  readonly peers: readonly Peer[];
  /** Time it took beyond what its peers would have, ns in all. */
  readonly lost: number;
}

function oddIn(group: readonly OperationFeature[]): readonly Odd[] {
  const peers = byKey(grouped(group, ({ source }) => peerOf(source) ?? ''))
    .map(([, of]) => peerOfOperations(of))
    .filter(({ incident }) => incident.n >= fewestSpans);
  if (peers.length < fewestPeers) return [];
  const odd = peers.filter((peer) => grownRatio(peer, peers) >= smallestRatio);
  if (odd.length * 2 >= peers.length) return [];
  return odd.map((peer) => {
    const { n, mean } = peer.incident;
    const ratio = ratioOf(peer, peers, 'incident');
    return { peer, peers, lost: n * Math.exp(mean) * (1 - 1 / ratio) };
  });
}

/** A peer that was as slow in the baseline is slow by nature, not by fault. */
function grownRatio(peer: Peer, peers: readonly Peer[]): number {
  const before = peer.baseline.n >= fewestSpans ? ratioOf(peer, peers, 'baseline') : 1;
  return ratioOf(peer, peers, 'incident') / Math.max(1, before);
}

function* rowOf({ peer, peers }: Odd, tests: number): Generator<Evidence> {
  const ratio = ratioOf(peer, peers, 'incident');
  const others = peers.filter((other) => other !== peer).map(({ incident }) => incident);
  const p = corrected(greaterThan(peer.incident, pooled(others), 0.1), tests);
  const { source, operation } = peer;
  const typical = Math.exp(median(others.map(({ mean }) => mean)));
  const own = Math.exp(peer.incident.mean);
  const name = source.rank === null ? `instance ${source.instance}` : `rank ${source.rank}`;
  const minute = operation.minutes.find(({ cohort }) => cohort === 'incident');
  if (!minute) return;
  yield* evidence({
    kind: 'slow-peer',
    entity:
      source.rank === null
        ? `instance:${source.service}/${source.instance}`
        : `rank:${source.rank}`,
    service: source.service,
    operation: operation.operation,
    instance: source.instance,
    strength: belief(p),
    effect: { baseline: milliseconds(typical), incident: milliseconds(own) },
    n: { baseline: others.reduce((sum, { n }) => sum + n, 0), incident: peer.incident.n },
    p,
    firstSeen: firstSlow(operation),
    summary: `${sanitise(name, 80)} takes ${formatDuration(milliseconds(own))} in ${sanitise(operation.operation, 80)}, its ${peers.length - 1} peers ${formatDuration(milliseconds(typical))} (${formatNumber(ratio)} times as long)`,
    refs: operation.minutes
      .filter(({ cohort, slowest }) => cohort === 'incident' && slowest.ns >= 0)
      .slice(0, 5)
      .map(({ slowest }) => ({ signal: 'span', traceId: slowest.traceId, spanId: slowest.spanId })),
    traces: [],
  });
}

function firstSlow({ minutes }: OperationFeature) {
  const first = minutes.find(({ cohort }) => cohort === 'incident');
  return first ? first.minute : null;
}

/** Ratio of a peer's typical own time to the median of all peers'. */
function ratioOf(peer: Peer, peers: readonly Peer[], cohort: Cohort): number {
  const known = peers.filter((other) => other[cohort].n > 0);
  return Math.exp(peer[cohort].mean - median(known.map((other) => other[cohort].mean)));
}

function peerOfOperations(operations: readonly OperationFeature[]): Peer {
  const first = operations[0] as OperationFeature;
  return {
    source: first.source,
    operation: first,
    incident: logTimes(operations, 'incident'),
    baseline: logTimes(operations, 'baseline'),
  };
}

/** Log of own times, ns, from the histograms: durations are close to log-normal. */
function logTimes(operations: readonly OperationFeature[], cohort: Cohort): Sample {
  const all: Histogram = new Map();
  for (const { minutes } of operations) {
    for (const minute of minutes) if (minute.cohort === cohort) mergeHistogram(all, minute.self);
  }
  let n = 0;
  let sum = 0;
  let squares = 0;
  for (const [bucket, count] of all) {
    const log = Math.log(bucketValue(bucket));
    n += count;
    sum += log * count;
    squares += log * log * count;
  }
  const mean = n === 0 ? 0 : sum / n;
  return { n, mean, spread: Math.max(0, squares - n * mean * mean) };
}

/** All peers as one sample, the spread between them included. */
function pooled(samples: readonly Sample[]): Sample {
  const n = samples.reduce((sum, sample) => sum + sample.n, 0);
  const mean = samples.reduce((sum, sample) => sum + sample.mean * sample.n, 0) / Math.max(1, n);
  const spread = samples.reduce(
    (sum, sample) => sum + sample.spread + sample.n * (sample.mean - mean) ** 2,
    0,
  );
  return { n, mean, spread };
}
