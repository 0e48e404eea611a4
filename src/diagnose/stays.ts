/**
 * What calls and operations took in the two windows, made comparable: as if all requests were of
 * one kind, and late calls of one request counted once.
 */
import { ofAlike } from '../graph/index.ts';
import { byKey, grouped } from '../grouping.ts';
import type { Features, SampledTrace, Span } from '../model.ts';
import { isCollective } from '../semantics/index.ts';
import { median, sampleOf } from '../statistics.ts';
import { floorNs, type Place, placeKey, placeOf } from './exclusive-time.ts';
import { hasFailed } from './origins.ts';
import { rootName as nameOfRoot, rootOf } from './requests.ts';
import { gapsIn, selfTimesIn } from './span-times.ts';

/** One span's time in a place, in one request. */
export interface Stay {
  readonly span: Span;
  readonly ns: number;
  /** Root operation of the request, and how long that took. */
  readonly rootName: string;
  readonly requestNs: number;
}

/** The same with what it would be if all requests were of one kind. */
export interface FairStay extends Stay {
  readonly fairNs: number;
}

export interface Compared {
  readonly place: Place;
  /** In time order. */
  readonly before: readonly FairStay[];
  readonly after: readonly FairStay[];
}

/** Fewer observations on a side say nothing. */
export const fewest = 5;

export function comparable(features: Features): readonly Compared[] {
  const sides = {
    baseline: staysIn(features, 'baseline'),
    incident: staysIn(features, 'incident'),
  };
  return byKey(sides.incident).flatMap(([key, { place, stays }]) => {
    const usual = sides.baseline.get(key)?.stays ?? [];
    const fair = aligned(usual);
    const [before, after] = [inTime(fair(usual)), inTime(fair(stays))];
    const tooFew = together(before).length < fewest || together(after).length < fewest;
    return tooFew ? [] : [{ place, before, after }];
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

export const inTime = (stays: readonly FairStay[]): readonly FairStay[] =>
  [...stays].sort((a, b) => a.span.start - b.span.start || inOrderOfIds(a, b));

export const inOrderOfIds = ({ span: a }: Stay, { span: b }: Stay): number =>
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
export function slowTime(stays: readonly FairStay[]): number {
  const times = new Float64Array(stays.length);
  for (const [index, { fairNs }] of stays.entries()) times[index] = fairNs;
  return times.sort()[Math.floor(0.75 * times.length)] ?? 0;
}

export const logTime = (stays: readonly FairStay[]): number => Math.log(slowTime(stays) + floorNs);
export const meanTime = (stays: readonly FairStay[]): number =>
  sampleOf(stays.map(({ fairNs }) => fairNs)).mean;

/** Longer than a stall lasts, of a collector of garbage or of a packet that is sent again. */
const stall = 10e9;

/**
 * Stays of one request within ten seconds; in time order, as they must come. Six calls that one
 * stalled request makes are late together: they are one observation, not six (cluster samples:
 * Kish 1965). The steps of an hour's job are many.
 */
export const together = (stays: readonly FairStay[]): readonly (readonly FairStay[])[] =>
  [...grouped(stays, ({ span }) => span.traceId).values()].flatMap((own) => {
    const first = own[0]?.span.start ?? 0;
    return [...grouped(own, ({ span }) => Math.floor((span.start - first) / stall)).values()];
  });

/** Mean of the logarithms of such stays. */
export const logTogether = (stays: readonly FairStay[]): number =>
  sampleOf(stays.map(({ fairNs }) => Math.log(fairNs + floorNs))).mean;
