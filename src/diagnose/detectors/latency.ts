/**
 * Where the extra time of slow requests goes. The exclusive times along the critical path add
 * up to a request's duration, so the difference of their means between the two windows splits the
 * slow-down exactly, and no caller is blamed for waiting:
 *
 *     baseline  web [=]--gap--[db ==]--gap--[=]          8 ms
 *     incident  web [=]--gap--[db =========]--gap--[=]  15 ms     db took 7 of the 7 ms more
 *
 * Time in a client span that its answered callee does not cover is the network's (gap); in one
 * whose callee sent nothing it is the callee's. Requests are compared within their root
 * operation, so that a shift in the mix of requests is no slow-down.
 *
 * After: Uber CRISP (critical path); methods "self time / network gap", "counterfactual".
 */
import { criticalPath, resolvePeer } from '../../graph/index.ts';
import type { Evidence, Features, Nanos, SampledTrace, Span } from '../../model.ts';
import { milliseconds, nanos } from '../../model.ts';
import { peerOf } from '../../semantics/index.ts';
import { formatDuration, formatShare } from '../../text.ts';
import { type Detector, evidence, spanReference } from '../detector.ts';
import { byKey, grouped } from '../grouping.ts';
import { belief, clamp01, corrected, greaterThan, sampleOf } from '../statistics.ts';

export const latency: Detector = {
  name: 'latency',
  *detect(features) {
    const traces = features.sample.filter(({ tree }) => rootOf(tree.spans, tree.roots).timed);
    const groups = grouped(traces, ({ tree }) => {
      const { service, name } = rootOf(tree.spans, tree.roots);
      return JSON.stringify([service, name]);
    });
    const gains = new Map<string, Gain>();
    let tests = 0;
    for (const [, group] of byKey(groups)) tests += addGains(group, features, gains);
    const total = [...gains.values()].reduce((sum, gain) => sum + Math.max(0, gain.extra), 0);
    for (const gain of blameCallers(gains)) yield* rowOf(gain, total, tests, features);
  },
};

const rootOf = (spans: readonly Span[], roots: readonly number[]): Span =>
  spans[roots[0] ?? 0] as Span;

/** A place where time can go. */
interface Place {
  readonly kind: 'self-time' | 'network-gap';
  readonly service: string;
  readonly entity: string;
  readonly operation: string | null;
  /** The other end of a gap. */
  readonly caller: string | null;
}

/** What a place has gained, over all root operations. */
interface Gain {
  readonly place: Place;
  /** Sum over incident requests of the extra time in it, ns. */
  extra: number;
  /** Exclusive time per request, ns: means. */
  before: number;
  after: number;
  p: number;
  requests: { before: number; after: number };
  worst: readonly Span[];
  first: Nanos;
}

/** Fewer requests than this on a side say nothing about a mean. */
const fewest = 5;
/** A slow-down below a tenth is within what a healthy system does from hour to hour. */
const smallestSlowdown = 0.1;
/** At half as much again a slow-down is as plain as it gets. */
const plainSlowdown = 0.5;

/** Adds one root operation's gains; returns how many places were tested. */
function addGains(
  group: readonly SampledTrace[],
  features: Features,
  gains: Map<string, Gain>,
): number {
  const before = group.filter(({ cohort, bad }) => cohort === 'baseline' && bad !== 'failed');
  const after = group.filter(({ cohort, bad }) => cohort === 'incident' && bad !== 'failed');
  if (before.length < fewest || after.length < fewest) return 0;
  const duration = (trace: SampledTrace): number => {
    const root = rootOf(trace.tree.spans, trace.tree.roots);
    return root.end - root.start;
  };
  const was = sampleOf(before.map(duration));
  const is = sampleOf(after.map(duration));
  const slowdown = is.mean / was.mean - 1;
  const slower = belief(greaterThan(is, was, 0.05 * was.mean));
  if (slowdown < smallestSlowdown || slower === 0) return 0;
  const severity = clamp01(slowdown / plainSlowdown) * slower;
  const beforeTimes = timesByPlace(before, features);
  const afterTimes = timesByPlace(after, features);
  for (const [key, { place, times, spans }] of afterTimes) {
    const old = beforeTimes.get(key)?.times ?? [];
    const oldSample = sampleOf(padded(old, before.length));
    const newSample = sampleOf(padded(times, after.length));
    const extra = (newSample.mean - oldSample.mean) * after.length * severity;
    // A gap that did not grow clears its caller: it is kept as a place without a gain.
    if (extra <= 0 && place.kind !== 'network-gap') continue;
    const p = greaterThan(newSample, oldSample, 0.05 * Math.max(oldSample.mean, was.mean * 0.01));
    merge(gains, key, {
      place,
      extra,
      before: oldSample.mean,
      after: newSample.mean,
      p,
      requests: { before: before.length, after: after.length },
      worst: spans,
      first: nanos(Math.min(...spans.map((span) => span.start))),
    });
  }
  return afterTimes.size;
}

/** A request that never came by a place spent no time in it. */
const padded = (times: readonly number[], requests: number): readonly number[] => [
  ...times,
  ...new Array<number>(Math.max(0, requests - times.length)).fill(0),
];

function merge(gains: Map<string, Gain>, key: string, gain: Gain): void {
  const known = gains.get(key);
  if (!known) {
    gains.set(key, gain);
    return;
  }
  known.extra += gain.extra;
  known.first = nanos(Math.min(known.first, gain.first));
  // The root operation in which the gain is plainest speaks for the place.
  if (gain.p < known.p) {
    const { p, before, after, requests, worst } = gain;
    Object.assign(known, { p, before, after, requests, worst });
  }
}

interface PlaceTimes {
  readonly place: Place;
  readonly times: number[];
  /** The slowest spans there, worst first. */
  spans: readonly Span[];
}

/** Exclusive time on the critical path per request and place, ns. */
function timesByPlace(
  traces: readonly SampledTrace[],
  features: Features,
): Map<string, PlaceTimes> {
  const places = new Map<string, PlaceTimes>();
  for (const { tree } of traces) {
    const own = new Map<string, { place: Place; ns: number; span: Span }>();
    for (const { span: index, from, to } of criticalPath(tree)) {
      const span = tree.spans[index] as Span;
      const callee = (tree.children[index] ?? [])
        .map((child) => tree.spans[child] as Span)
        .find((child) => child.service !== span.service);
      const place = placeOf(span, callee, features);
      const key = `${place.kind} ${place.entity}`;
      const known = own.get(key);
      if (known) known.ns += to - from;
      else own.set(key, { place, ns: to - from, span });
    }
    for (const [key, { place, ns, span }] of own) {
      const entry = places.get(key) ?? { place, times: [], spans: [] };
      places.set(key, entry);
      entry.times.push(ns);
      entry.spans = [...entry.spans, span]
        .sort((a, b) => b.end - b.start - (a.end - a.start) || (a.spanId < b.spanId ? -1 : 1))
        .slice(0, 5);
    }
  }
  return places;
}

function placeOf(span: Span, callee: Span | undefined, { graph }: Features): Place {
  const own: Place = {
    kind: 'self-time',
    service: span.service,
    entity: `operation:${span.service}/${span.name}`,
    operation: span.name,
    caller: null,
  };
  if (span.kind !== 'client' && span.kind !== 'producer') return own;
  const address = peerOf(span);
  const service = callee?.service ?? (address ? resolvePeer(graph, address) : null);
  if (service === null || service === span.service) return own;
  const edge = {
    entity: `edge:${span.service}->${service}`,
    operation: null,
    caller: span.service,
  };
  return callee
    ? { kind: 'network-gap', service, ...edge }
    : { kind: 'self-time', service, ...edge };
}

/**
 * When the gaps to all of a caller's callees grow, and there are several, the trouble is on the
 * caller's side.
 */
function blameCallers(gains: ReadonlyMap<string, Gain>): readonly Gain[] {
  const gaps = [...gains.values()].filter(({ place }) => place.kind === 'network-gap');
  const byCaller = grouped(gaps, ({ place }) => place.caller ?? '');
  return byKey(gains).map(([, gain]) => {
    const { place } = gain;
    if (place.kind !== 'network-gap' || place.caller === null) return gain;
    const siblings = byCaller.get(place.caller) ?? [];
    const ownSide = siblings.length > 1 && siblings.every(inflated);
    return ownSide ? { ...gain, place: { ...place, service: place.caller } } : gain;
  });
}

const inflated = ({ before, after, p }: Gain): boolean =>
  p < 0.05 && after > before * (1 + smallestSlowdown);

function* rowOf(gain: Gain, total: number, tests: number, features: Features): Generator<Evidence> {
  const { place, before, after, worst } = gain;
  if (gain.extra <= 0) return;
  const share = gain.extra / total;
  const p = corrected(gain.p, tests);
  const severity = clamp01((after - before) / Math.max(before, 1) / plainSlowdown);
  const where =
    place.kind === 'network-gap'
      ? `on the network, ${place.entity.slice('edge:'.length)}`
      : `in ${place.operation ?? `calls to ${place.service}`}`;
  yield* evidence({
    kind: place.kind,
    entity: place.entity,
    service: place.service,
    operation: place.operation,
    instance: commonInstance(worst),
    strength: share * belief(p) * severity,
    effect: { baseline: milliseconds(before), incident: milliseconds(after) },
    n: { baseline: gain.requests.before, incident: gain.requests.after },
    p,
    firstSeen: gain.first,
    summary: `${formatShare(share)} of the extra time is spent ${where}: ${formatDuration(milliseconds(before))} → ${formatDuration(milliseconds(after))} a request`,
    refs: worst.map(spanReference),
    traces: slowTraces(features, worst),
  });
}

const slowTraces = (features: Features, worst: readonly Span[]) => {
  const ids = new Set(worst.map(({ traceId }) => traceId));
  return features.sample
    .filter(({ tree, bad }) => bad === 'slow' && ids.has(tree.traceId))
    .map(({ tree }) => tree.traceId);
};

function commonInstance(spans: readonly Span[]): string | null {
  const instances = new Set(spans.map(({ instance }) => instance));
  return instances.size === 1 ? ([...instances][0] ?? null) : null;
}
