/**
 * Where the extra time of slow requests goes. The exclusive times along the critical path add
 * up to a request's duration, so the difference of their means between the two windows splits the
 * slow-down exactly, and no caller is blamed for waiting:
 *
 *     baseline  web [=]--gap--[db ==]--gap--[=]          8 ms
 *     incident  web [=]--gap--[db =========]--gap--[=]  15 ms     db took 7 of the 7 ms more
 *
 * Requests are compared within their root operation, so that a shift in the mix of requests is no
 * slow-down. Where the incident was chosen by being slow, nothing is slower by chance: there it is
 * the share of slow requests that must be more than the tail of healthy traffic.
 *
 * After: Uber CRISP (critical path); methods "self time / network gap", "counterfactual".
 */
import { byKey, grouped } from '../../grouping.ts';
import type { Evidence, Features, Nanos, SampledTrace, Span } from '../../model.ts';
import { milliseconds } from '../../model.ts';
import {
  belief,
  binomialAtLeast,
  clamp01,
  corrected,
  greaterThan,
  onsetIndex,
  type Sample,
} from '../../statistics.ts';
import { formatDuration, formatShare } from '../../text.ts';
import { type Detector, evidence, spanReference } from '../detector.ts';
import {
  commonInstance,
  findingKey,
  gatewaysIn,
  kindsOfTime,
  type Place,
  plainSlowdown,
  type Stay,
  smallestSlowdown,
  timesByPlace,
} from '../exclusive-time.ts';
import { rootName, rootOf, weightOf } from '../requests.ts';

export const latency: Detector = {
  name: 'latency',
  *detect(features) {
    const comparisons = comparisonsOf(features);
    const gains = new Map<string, Gain>();
    let tests = 0;
    for (const comparison of comparisons) {
      tests += addGains(comparison, comparisons.length, features, gains);
    }
    const placed = blameCallers([...gains.values()]);
    const slower = placed.filter(({ extra }) => extra > 0);
    const total = slower.reduce((sum, { extra }) => sum + extra, 0);
    const losses = grouped(slower, ({ place }) => findingKey(place));
    const gateways = gatewaysIn(features);
    for (const [, of] of byKey(losses)) yield* rowOf(of, { total, tests, gateways });
  },
};

/** Requests of one root operation on both sides, in time order. */
interface Comparison {
  readonly before: readonly SampledTrace[];
  readonly after: readonly SampledTrace[];
  /** Probability of that many slow requests without a fault; null if the sides are windows. */
  readonly slowTail: number | null;
}

/** Time that a place has gained, in the root operation in which that is plainest. */
interface Gain {
  readonly place: Place;
  /** Sum over incident requests of all root operations of the extra time in it, ns. */
  extra: number;
  /** The same, each root operation's times how grave its slow-down is, 0 to 1. */
  grave: number;
  /** Exclusive time per request, ns: means. */
  before: number;
  after: number;
  p: number;
  requests: { readonly before: number; readonly after: number };
  /** The slowest spans there, worst first. */
  worst: readonly Span[];
  first: Nanos;
}

/** Fewer requests than this on a side say nothing about a mean. */
const fewest = 5;
/** Cantelli: at most so many of any durations lie three standard deviations above the mean. */
const healthyTail = 0.1;

function comparisonsOf({ sample, plan }: Features): readonly Comparison[] {
  const byHealth = plan.cohortBy.how === 'health';
  const timed = sample.filter((trace) => trace.bad !== 'failed' && rootOf(trace).timed);
  const groups = grouped(timed, (trace) => {
    // What is slow was decided by the limit of the type, where the type has one.
    if (byHealth && plan.slowAbove[trace.type] !== undefined) return trace.type;
    return rootName(trace);
  });
  return byKey(groups).flatMap(([, group]) => {
    const ordered = group.sort((a, b) => rootOf(a).start - rootOf(b).start);
    const before = ordered.filter(({ cohort }) => cohort === 'baseline');
    const after = ordered.filter(({ cohort }) => cohort === 'incident');
    if (before.length < fewest || after.length < fewest) return [];
    return [{ before, after, slowTail: byHealth ? slowTail(before, after) : null }];
  });
}

function slowTail(before: readonly SampledTrace[], after: readonly SampledTrace[]): number {
  const slow = weightOf(after);
  return binomialAtLeast(Math.round(slow), Math.round(slow + weightOf(before)), healthyTail);
}

/**
 * Mean and spread over all of `traces`, each weighed by how many it stands for; requests that have
 * no value spent no time there. The effective number is Kish's (1965).
 */
function weighed(
  values: readonly { readonly trace: SampledTrace; readonly ns: number }[],
  traces: readonly SampledTrace[],
): Sample {
  const total = weightOf(traces);
  const n = total ** 2 / traces.reduce((sum, { stands }) => sum + stands ** 2, 0);
  const mean = values.reduce((sum, { trace, ns }) => sum + trace.stands * ns, 0) / total;
  const absent = total - values.reduce((sum, { trace }) => sum + trace.stands, 0);
  const squares = values.reduce(
    (sum, { trace, ns }) => sum + trace.stands * (ns - mean) ** 2,
    Math.max(0, absent) * mean ** 2,
  );
  return { n, mean, spread: (squares / total) * n };
}

const durations = (traces: readonly SampledTrace[]) =>
  traces.map((trace) => ({ trace, ns: rootOf(trace).end - rootOf(trace).start }));

/** Adds one root operation's gains; returns how many places were tested. */
function addGains(
  { before, after, slowTail: tail }: Comparison,
  comparisons: number,
  features: Features,
  gains: Map<string, Gain>,
): number {
  const was = weighed(durations(before), before);
  const is = weighed(durations(after), after);
  const slowdown = is.mean / was.mean - 1;
  const p = tail ?? greaterThan(is, was, 0.05 * was.mean);
  const slower = belief(corrected(p, comparisons));
  if (!(slowdown >= smallestSlowdown) || slower === 0) return 0;
  const severity = clamp01(slowdown / plainSlowdown) * slower;
  const old = timesByPlace(before, features);
  const places = timesByPlace(after, features);
  for (const [key, { place, stays }] of places) {
    const oldTimes = weighed(old.get(key)?.stays ?? [], before);
    const times = weighed(stays, after);
    const extra = (times.mean - oldTimes.mean) * weightOf(after);
    // A way that did not grow clears its caller: it is kept as a place without a gain.
    if (extra <= 0 && place.caller === null) continue;
    merge(gains, key, {
      place,
      extra,
      grave: extra * severity,
      before: oldTimes.mean,
      after: times.mean,
      p: greaterThan(times, oldTimes, 0.05 * Math.max(oldTimes.mean, was.mean * 0.01)),
      requests: { before: before.length, after: after.length },
      worst: worstOf(stays),
      first: firstOf(stays, oldTimes.mean, times.mean),
    });
  }
  return places.size;
}

const worstOf = (stays: readonly Stay[]): readonly Span[] =>
  [...stays]
    .sort((a, b) => b.ns - a.ns || (a.span.spanId < b.span.spanId ? -1 : 1))
    .slice(0, 5)
    .map(({ span }) => span);

/** Start of the stay with which the slow-down began. */
function firstOf(stays: readonly Stay[], was: number, is: number): Nanos {
  const index = onsetIndex(
    stays.map(({ ns }) => ns),
    was,
    is,
  );
  return (stays[index] as Stay).span.start;
}

function merge(gains: Map<string, Gain>, key: string, gain: Gain): void {
  const known = gains.get(key);
  if (!known) {
    gains.set(key, gain);
    return;
  }
  const extra = known.extra + gain.extra;
  const grave = known.grave + gain.grave;
  // The root operation in which the gain is plainest speaks for the place.
  if (gain.p < known.p) Object.assign(known, gain);
  Object.assign(known, { extra, grave });
}

/**
 * When the ways to all of a caller's callees grow, and there are several, the trouble is on the
 * caller's side; also if those to it grow, and the callee's other callers do not say otherwise. A
 * callee whose way stayed as it was clears the caller; one with too few calls to tell does not.
 */
function blameCallers(gains: readonly Gain[]): readonly Gain[] {
  const ways = gains.filter(({ place }) => place.caller !== null);
  const from = grouped(ways, ({ place }) => place.caller ?? '');
  const to = grouped(ways, ({ place }) => place.service);
  return gains.map((gain) => {
    const { place } = gain;
    const { caller, service } = place;
    if (caller === null) return gain;
    const out = from.get(caller) ?? [];
    const into = to.get(caller) ?? [];
    const others = (to.get(service) ?? []).filter((other) => other !== gain);
    const isCallers =
      (out.filter(significant).length > 1 && out.every(grown)) ||
      (into.some(significant) && into.every(grown) && !others.some(grown));
    if (!isCallers) return gain;
    return { ...gain, place: { ...place, kind: 'network-gap', service: caller } };
  });
}

const grown = ({ before, after }: Gain): boolean => after > before * (1 + smallestSlowdown);
const significant = ({ p }: Gain): boolean => p < 0.05;

interface Among {
  /** Extra time of all places, ns. */
  readonly total: number;
  readonly tests: number;
  readonly gateways: ReadonlySet<string>;
}

/** Of the gains of one finding. */
function* rowOf(gains: readonly Gain[], { total, tests, gateways }: Among): Generator<Evidence> {
  const ordered = [...gains].sort(
    (a, b) => b.extra - a.extra || (a.place.entity < b.place.entity ? -1 : 1),
  );
  const [most] = ordered;
  if (!most) return;
  const { place, before, after, worst } = most;
  const extra = gains.reduce((sum, gain) => sum + gain.extra, 0);
  const grave = gains.reduce((sum, gain) => sum + gain.grave, 0);
  const p = corrected(most.p, tests);
  const severity = clamp01((after - before) / Math.max(before, 1) / plainSlowdown);
  const mostly = most.extra >= extra / 2;
  const row = {
    entity: mostly ? place.entity : `service:${place.service}`,
    service: place.service,
    operation: mostly ? place.operation : null,
    instance: commonInstance(worst, place.service),
    // Its share of the slow-down, times how grave that is over all.
    strength: (grave / total) * belief(p) * severity,
    effect: { baseline: milliseconds(before), incident: milliseconds(after) },
    n: { baseline: most.requests.before, incident: most.requests.after },
    p,
    firstSeen: most.first,
    summary: `${formatShare(extra / total)} of the extra time is spent ${where(most, gains.length)}: ${formatDuration(milliseconds(before))} → ${formatDuration(milliseconds(after))} a request`,
    refs: worst.map(spanReference),
    traces: [...new Set(worst.map(({ traceId }) => traceId))].sort(),
  };
  for (const kind of kindsOfTime(place, worst, gateways)) yield* evidence({ ...row, kind });
}

function where({ place }: Gain, places: number): string {
  const mostly = places > 1 ? ', mostly' : '';
  if (place.kind === 'network-gap') {
    return `on the network${mostly || ','} from ${place.caller} to ${calleeIn(place)}`;
  }
  if (place.operation === null) return `in calls to ${place.service}`;
  return places > 1 ? `in ${place.service}, mostly in ${place.operation}` : `in ${place.operation}`;
}

const calleeIn = ({ entity, caller }: Place): string => entity.slice(`edge:${caller}->`.length);
