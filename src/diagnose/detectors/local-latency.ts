/**
 * A place that takes longer than it did: the network between two services, or one operation by
 * itself, whatever it does to requests on the whole. A call that is made twice a minute is lost
 * in the durations of all requests; in its own times it stands out.
 *
 *     before   6  6  7 57  6  5  6 ms                 checkout → email, of 60 edges
 *     incident 6  8  4  6  5 | 858 923 861 866 857    from here on: every one above all but none
 *
 * An incident seldom begins where the recording does, so every late part of it is tried (a scan,
 * corrected for the tries). And hours apart, a healthy system is slower as a whole: a place counts
 * as far as it stands out from the other places, which the same hours have passed over.
 *
 * After: methods "self time / network gap", "robust N-sigma"; Mann and Whitney (1947).
 */
import { byKey, grouped } from '../../grouping.ts';
import type { Evidence } from '../../model.ts';
import { milliseconds } from '../../model.ts';
import {
  autocorrelationOf,
  belief,
  clamp01,
  corrected,
  median,
  normalAtLeast,
  ranksAbove,
} from '../../statistics.ts';
import { formatDuration } from '../../text.ts';
import { type Detector, evidence, spanReference } from '../detector.ts';
import {
  commonInstance,
  findingKey,
  gatewaysIn,
  kindsOfTime,
  type Place,
  plainSlowdown,
} from '../exclusive-time.ts';
import { type Judged, leastSpread, sided, withoutHiddenCalls } from '../sides.ts';
import {
  type Compared,
  comparable,
  type FairStay,
  fewest,
  inOrderOfIds,
  inTime,
  logTime,
  logTogether,
  meanTime,
  slowTime,
  together,
} from '../stays.ts';

export const localLatency: Detector = {
  name: 'local-latency',
  *detect(features) {
    // What was chosen for being slow is slow: only windows can be compared like this.
    if (features.plan.cohortBy.how === 'health') return;
    const places = comparable(features);
    const usual = usualChange(places);
    const judged = places.map((place) => judgedOf(place, usual, places.length));
    const slower = withoutHiddenCalls(sided(judged)).filter(({ strength }) => strength > 0);
    const gateways = gatewaysIn(features);
    for (const [, own] of byKey(grouped(slower, ({ place }) => findingKey(place))))
      yield* rowOf(own, gateways);
  },
};

interface Usual {
  /** Log ratio of the times after and before, of the middle place. */
  readonly change: number;
  /** Robust standard deviation of that over the places. */
  readonly spread: number;
}

function usualChange(places: readonly Compared[]): Usual {
  const changes = places.map(({ before, after }) => logTime(after) - logTime(before));
  const change = median(changes);
  const spread = 1.4826 * median(changes.map((one) => Math.abs(one - change)));
  return { change, spread: Math.max(spread, leastSpread) };
}

/** Late parts that are tried: all of the incident, then ever less, in equal ratios. */
const tries = 12;
const significant = 0.05;

function judgedOf(compared: Compared, usual: Usual, places: number): Judged {
  const { before } = compared;
  const times = together(before).map(logTogether);
  const clusters = together(compared.after);
  const own = clusters.map(logTogether);
  const likeness = autocorrelationOf(times);
  const late = lengths(clusters.length).map((count) => {
    return { count, p: slowerBy(own.slice(-count), times, likeness) };
  });
  const best = late.reduce((least, one) => (one.p < least.p ? one : least));
  const slow = inTime(clusters.slice(-best.count).flat());
  const p = corrected(best.p, places * late.length);
  const excess = logTime(slow) - logTime(before) - Math.max(0, usual.change);
  const outlier = corrected(normalAtLeast(excess / usual.spread), places);
  const strength = belief(p) * belief(outlier) * severityOf(slow, before);
  const isSlower = p < significant && excess > leastSpread;
  const extraNs = meanTime(slow) - meanTime(before);
  return { ...compared, slow, p, extraNs, isSlower, strength };
}

/** How much slower the place makes the requests that come by, in parts of what they took: 0 to 1. */
function severityOf(slow: readonly FairStay[], before: readonly FairStay[]): number {
  const requests = new Set(slow.map(({ span }) => span.traceId)).size;
  const extra = (slowTime(slow) - slowTime(before)) * (slow.length / requests);
  const share = extra / Math.max(1, median(before.map(({ requestNs }) => requestNs)));
  return clamp01(share / plainSlowdown);
}

/**
 * One-sided p of these times, in order, lying above those. Calls that wait in one queue, or for one
 * cold cache, are slow together: they say no more than fewer would (Bartlett 1935).
 */
function slowerBy(slow: readonly number[], before: readonly number[], likeness: number): number {
  const r = Math.max(likeness, autocorrelationOf(slow));
  return ranksAbove(slow, before, (1 - r) / (1 + r));
}

function lengths(all: number): readonly number[] {
  const ratio = (fewest / all) ** (1 / (tries - 1));
  const counts = Array.from({ length: tries }, (_, at) => Math.round(all * ratio ** at));
  return [...new Set(counts)];
}

/** A finding is told by the plainest of its places. */
function* rowOf(own: readonly Judged[], gateways: ReadonlySet<string>): Generator<Evidence> {
  const [most] = [...own].sort(
    (a, b) => b.strength - a.strength || (a.place.entity < b.place.entity ? -1 : 1),
  );
  if (!most) return;
  const { place, before, slow, p, strength } = most;
  const worst = [...slow].sort((a, b) => b.ns - a.ns || inOrderOfIds(a, b));
  const cited = worst.slice(0, 5).map(({ span }) => span);
  const effect = {
    baseline: milliseconds(slowTime(before)),
    incident: milliseconds(slowTime(slow)),
  };
  const row = {
    entity: place.entity,
    service: place.service,
    operation: place.operation,
    instance: commonInstance(cited, place.service),
    strength,
    effect,
    n: { baseline: before.length, incident: slow.length },
    p,
    firstSeen: slow[0]?.span.start ?? null,
    summary: `${whereOf(place)} took ${formatDuration(effect.incident)} and more in one of four, ${formatDuration(effect.baseline)} before`,
    refs: cited.map(spanReference),
    traces: [...new Set(cited.map(({ traceId }) => traceId))].sort(),
  };
  for (const kind of kindsOfTime(place, cited, gateways)) yield* evidence({ ...row, kind });
}

function whereOf({ kind, entity, operation, service, caller }: Place): string {
  if (kind === 'network-gap') return `the way ${entity.slice('edge:'.length).replace('->', ' → ')}`;
  return operation === null ? `calls from ${caller} to ${service}` : `${operation} itself`;
}
