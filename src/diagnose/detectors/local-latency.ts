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
import { ofAlike } from '../../graph/index.ts';
import { byKey, grouped } from '../../grouping.ts';
import type { Evidence, Features, SampledTrace, Span } from '../../model.ts';
import { milliseconds } from '../../model.ts';
import { isCollective } from '../../semantics/index.ts';
import {
  autocorrelationOf,
  belief,
  clamp01,
  corrected,
  median,
  normalAtLeast,
  ranksAbove,
  sampleOf,
} from '../../statistics.ts';
import { formatDuration } from '../../text.ts';
import { type Detector, evidence, spanReference } from '../detector.ts';
import {
  commonInstance,
  findingKey,
  floorNs,
  gatewaysIn,
  kindsOfTime,
  type Place,
  placeKey,
  placeOf,
  plainSlowdown,
} from '../exclusive-time.ts';
import { hasFailed } from '../origins.ts';
import { rootName as nameOfRoot, rootOf } from '../requests.ts';
import { gapsIn, selfTimesIn } from '../span-times.ts';

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

/** One span's time in a place, in one request. */
interface Stay {
  readonly span: Span;
  readonly ns: number;
  /** Root operation of the request, and how long that took. */
  readonly rootName: string;
  readonly requestNs: number;
}

/** The same with what it would be if all requests were of one kind. */
interface FairStay extends Stay {
  readonly fairNs: number;
}

interface Compared {
  readonly place: Place;
  /** In time order. */
  readonly before: readonly FairStay[];
  readonly after: readonly FairStay[];
}

/** Fewer observations on a side say nothing. */
const fewest = 5;

function comparable(features: Features): readonly Compared[] {
  const sides = {
    baseline: staysIn(features, 'baseline'),
    incident: staysIn(features, 'incident'),
  };
  return byKey(sides.incident).flatMap(([key, { place, stays }]) => {
    const usual = sides.baseline.get(key)?.stays ?? [];
    const [before, after] = [usual, stays].map(aligned(usual)) as [FairStay[], FairStay[]];
    if (together(before).length < fewest || together(after).length < fewest) return [];
    return [{ place, before: inTime(before), after: inTime(after) }];
  });
}

/**
 * Stays as if all requests were of one kind: a place may take longer for some, and a shift in the
 * mix of requests is no slow-down. Of each root operation the middle of the baseline is moved onto
 * that of all (aligned ranks: Hodges and Lehmann 1962). What the baseline hardly knows is left out.
 */
function aligned(before: readonly Stay[]): (stays: readonly Stay[]) => FairStay[] {
  const middle = median(before.map(logStay));
  const shifts = new Map(
    [...grouped(before, ({ rootName }) => rootName)].flatMap(([name, own]) =>
      own.length < fewest ? [] : [[name, middle - median(own.map(logStay))] as const],
    ),
  );
  return (stays) =>
    stays.flatMap(({ span, ns, rootName, requestNs }) => {
      const shift = shifts.get(rootName);
      if (shift === undefined) return [];
      const fairNs = Math.max(0, (ns + floorNs) * Math.exp(shift) - floorNs);
      return [{ span, ns, rootName, requestNs, fairNs }];
    });
}

const logStay = ({ ns }: Stay): number => Math.log(ns + floorNs);

const inTime = (stays: readonly FairStay[]): readonly FairStay[] =>
  [...stays].sort((a, b) => a.span.start - b.span.start || inOrderOfIds(a, b));

const inOrderOfIds = ({ span: a }: Stay, { span: b }: Stay): number =>
  `${a.traceId} ${a.spanId}` < `${b.traceId} ${b.spanId}` ? -1 : 1;

type Stays = Map<string, { readonly place: Place; readonly stays: Stay[] }>;

function staysIn(features: Features, cohort: SampledTrace['cohort']): Stays {
  const places: Stays = new Map();
  const add = (place: Place, stay: Stay): void => {
    const key = placeKey(place);
    const known = places.get(key);
    if (known) known.stays.push(stay);
    else places.set(key, { place, stays: [stay] });
  };
  for (const trace of features.sample) {
    if (trace.cohort === cohort) addTimes(trace, features, add);
  }
  return places;
}

const waits = ofAlike(isCollective);

/** A failed span ends when it fails: its time says nothing of the place. */
function addTimes(
  trace: SampledTrace,
  features: Features,
  add: (place: Place, stay: Stay) => void,
): void {
  const { tree } = trace;
  const { spans } = tree;
  const root = rootOf(trace);
  if (!root.timed) return;
  const rootName = nameOfRoot(trace);
  const requestNs = root.end - root.start;
  const waiting = new Set<number>();
  for (const { client, server, ns } of gapsIn(tree)) {
    waiting.add(client);
    const span = spans[client] as Span;
    if (hasFailed(span)) continue;
    add(placeOf(span, spans[server], features), { span, ns, rootName, requestNs });
  }
  for (const [index, ns] of selfTimesIn(tree).entries()) {
    const span = spans[index] as Span;
    if (!span.timed || hasFailed(span) || waiting.has(index) || waits(span)) continue;
    add(placeOf(span, undefined, features), { span, ns, rootName, requestNs });
  }
}

/** What one in four takes at least: a fault of one replica of three does not show in the middle. */
function slowTime(stays: readonly FairStay[]): number {
  const times = new Float64Array(stays.length);
  for (const [index, { fairNs }] of stays.entries()) times[index] = fairNs;
  return times.sort()[Math.floor(0.75 * times.length)] ?? 0;
}

const meanTime = (stays: readonly FairStay[]): number =>
  sampleOf(stays.map(({ fairNs }) => fairNs)).mean;
/**
 * Stays of one request within ten seconds, in order. Six calls that one stalled request makes are
 * late together: they are one observation, not six (cluster samples: Kish 1965). A stall, of a
 * collector or of a packet sent again, takes seconds; the steps of an hour's job are many.
 */
const together = (stays: readonly FairStay[]): readonly (readonly FairStay[])[] =>
  [...grouped(stays, ({ span }) => span.traceId).values()].flatMap((own) => {
    const first = own[0]?.span.start ?? 0;
    return [...grouped(own, ({ span }) => Math.floor((span.start - first) / stall)).values()];
  });
const stall = 10e9;
const logTogether = (stays: readonly FairStay[]): number => sampleOf(stays.map(logFair)).mean;

const logTime = (stays: readonly FairStay[]): number => Math.log(slowTime(stays) + floorNs);
const logFair = ({ fairNs }: FairStay): number => Math.log(fairNs + floorNs);

interface Usual {
  /** Log ratio of the times after and before, of the middle place. */
  readonly change: number;
  /** Robust standard deviation of that over the places. */
  readonly spread: number;
}

/** Places differ by a tenth from hour to hour at the least. */
const leastSpread = Math.log(1.1);

function usualChange(places: readonly Compared[]): Usual {
  const changes = places.map(({ before, after }) => logTime(after) - logTime(before));
  const change = median(changes);
  const spread = 1.4826 * median(changes.map((one) => Math.abs(one - change)));
  return { change, spread: Math.max(spread, leastSpread) };
}

interface Judged extends Compared {
  /** The part of the incident in which it is slowest. */
  readonly slow: readonly FairStay[];
  readonly p: number;
  /** How much longer it takes then, in the mean: a starved process is slow now and then, and very. */
  readonly extraNs: number;
  /** Beyond chance and beyond what the other places have gained. */
  readonly isSlower: boolean;
  /** 0 if requests hardly feel it. */
  readonly strength: number;
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

/**
 * On whose side of a slow way the trouble is. Where all ways from a caller are slow, and there are
 * several, or those to it are, it is the caller's; where the callee's other callers reach it as
 * ever, and the caller is slow by itself, as well. Else it is the callee's. A few calls that are as
 * late clear nobody, though they are too few to be sure of.
 *
 *     web ==slow=⇒ cart      both ways from web are slow: web
 *     web ==slow=⇒ db
 *     api ──────→ db         and db is cleared by api
 *
 * A call to a service without spans is a way as well: what it takes may be lost before it.
 */
function sided(judged: readonly Judged[]): readonly Judged[] {
  const all = judged.filter(({ place }) => place.caller !== null);
  const slow = judged.filter(({ isSlower }) => isSlower);
  const slowItself = new Set(
    slow.flatMap(({ place, strength }) =>
      place.kind === 'self-time' && place.caller === null && strength > 0 ? [place.service] : [],
    ),
  );
  const from = grouped(all, ({ place }) => place.caller ?? '');
  const to = grouped(all, ({ place }) => place.service);
  return judged.map((one) => {
    const { place } = one;
    const { caller, service } = place;
    if (caller === null) return one;
    const others = (to.get(service) ?? []).filter((other) => other !== one);
    const ways = from.get(caller) ?? [];
    const toCaller = to.get(caller) ?? [];
    const isCleared = others.length > 0 && !mostly(others, (other) => isAsLate(other, one));
    const isCallers =
      (ways.length > 1 && mostlySlow(ways, one)) ||
      (isCleared && slowItself.has(caller)) ||
      ((isCleared || others.length === 0) && toCaller.length > 0 && mostlySlow(toCaller, one));
    if (!isCallers) return one;
    return { ...one, place: { ...place, kind: 'network-gap', service: caller } };
  });
}

/** Nine of ten calls: what is asked now and then need not have been seen slow. */
const mostCalls = 0.9;
/** What one side costs it costs on all of its ways: each is as much slower, in order of size. */
const alike = 0.25;

const isAsLate = (way: Judged, as: Judged): boolean => way.extraNs >= alike * as.extraNs;

function mostlySlow(ways: readonly Judged[], as: Judged): boolean {
  return mostly(ways, (way) => way.isSlower && isAsLate(way, as));
}

function mostly(ways: readonly Judged[], holds: (way: Judged) => boolean): boolean {
  const calls = (of: readonly Judged[]) => of.reduce((sum, { after }) => sum + after.length, 0);
  return calls(ways.filter(holds)) >= mostCalls * calls(ways);
}

/**
 * A call that no span of its own shows looks like own time of who makes it. Where that took as long
 * as a way that others are seen to take, and takes as long now, it is that way: told already.
 *
 *     web > money           way 95 → 604 ms
 *     checkout/convert      itself 89 → 605 ms, no span of money below: asks money as well
 */
function withoutHiddenCalls(judged: readonly Judged[]): readonly Judged[] {
  const ways = judged.filter(({ place, isSlower }) => place.kind === 'network-gap' && isSlower);
  return judged.filter(
    (one) =>
      one.place.kind !== 'self-time' ||
      slowTime(one.before) < floorNs ||
      !ways.some((way) => way.place.service !== one.place.service && takesAsLong(way, one)),
  );
}

const takesAsLong = (a: Judged, b: Judged): boolean =>
  Math.abs(logTime(a.before) - logTime(b.before)) <= leastSpread &&
  Math.abs(logTime(a.slow) - logTime(b.slow)) <= leastSpread;

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
