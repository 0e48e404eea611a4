/** Traffic and the telling signal over time, in bins that a screen can merge to its width. */

import { median } from '../diagnose/index.ts';
import { cohortOf, troubleOf } from '../features/index.ts';
import { addToHistogram, emptyHistogram } from '../graph/index.ts';
import type {
  CitedEvidence,
  Cohort,
  ComparisonPlan,
  Diagnosis,
  Features,
  Nanos,
  TraceSummary,
  Trend,
  TrendBin,
  TrendSignal,
  ValueFeature,
  Window,
} from '../model.ts';
import { nanos } from '../model.ts';
import { signalOf } from '../semantics/index.ts';

export type CohortOf = (summary: TraceSummary) => Cohort | null;

/** Null for a trace in neither window. */
export const cohortsOf =
  (plan: ComparisonPlan): CohortOf =>
  (summary) =>
    cohortOf(summary, troubleOf(summary, plan.slowAbove), plan);

/** Fine enough for the widest terminal; a screen merges them. */
const mostBins = 480;
const shortestBin = 1e9;
/** A stretch without traffic longer than this share of the case is left out. */
const longGap = 1 / 3;

export function trendOf(
  diagnosis: Diagnosis,
  features: Features,
  summaries: readonly TraceSummary[],
): Trend {
  const pieces = piecesOf(features.plan, summaries);
  return { ...binned(pieces, summaries), signal: signalIn(diagnosis, features) };
}

/** Traffic alone, from the first to the last request. */
export function requestTrend(requests: readonly Request[]): Trend {
  const whole = extentOf(requests) ?? { from: nanos(0), to: nanos(shortestBin) };
  return { ...binned([whole], requests), signal: null };
}

type Request = Pick<TraceSummary, 'start' | 'duration' | 'failed'>;

function binned(pieces: readonly Window[], requests: readonly Request[]): Omit<Trend, 'signal'> {
  const total = pieces.reduce((sum, { from, to }) => sum + (to - from), 0);
  const bin = Math.max(shortestBin, Math.ceil(total / mostBins));
  return { pieces, bin, bins: binsOf(requests, bin) };
}

/** Null if no request has a time. */
function extentOf(requests: readonly Request[]): Window | null {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { start, duration } of requests) {
    if (start === null) continue;
    from = Math.min(from, start);
    to = Math.max(to, start + (duration ?? 0));
  }
  if (!Number.isFinite(from)) return null;
  return { from: nanos(from), to: nanos(Math.max(to, from + shortestBin)) };
}

/** The extent of the traces, or the two windows alone if a long silence lies between them. */
function piecesOf(
  { baseline, incident }: ComparisonPlan,
  summaries: readonly TraceSummary[],
): readonly Window[] {
  const whole = extentOf(summaries);
  if (whole === null) return [incident];
  const gap = baseline === null ? 0 : incident.from - baseline.to;
  const inGap = ({ start }: TraceSummary): boolean =>
    baseline !== null && start !== null && start > baseline.to && start < incident.from;
  const isLong = gap > longGap * (whole.to - whole.from);
  return baseline && isLong && !summaries.some(inGap) ? [baseline, incident] : [whole];
}

function binsOf(requests: readonly Request[], bin: number): readonly TrendBin[] {
  const bins = new Map<number, TrendBin & { requests: number; failed: number }>();
  for (const { start, duration, failed } of requests) {
    if (start === null) continue;
    const at = nanos(Math.floor(start / bin) * bin);
    const into = bins.get(at) ?? { at, requests: 0, failed: 0, duration: emptyHistogram() };
    bins.set(at, into);
    into.requests += 1;
    if (failed) into.failed += 1;
    if (duration !== null) addToHistogram(into.duration, duration);
  }
  return [...bins.values()].sort((a, b) => a.at - b.at);
}

// ---------------------------------------------------------------- the signal

/** The reported value behind the strongest evidence of the data or model layer, best cause first. */
function signalIn({ causes }: Diagnosis, { values, epochNs }: Features): TrendSignal | null {
  const known = values.filter(({ name }) => {
    const layer = signalOf(name)?.layer;
    return layer === 'data' || layer === 'model';
  });
  for (const { evidence } of causes) {
    const supporting = evidence
      .filter(({ direction }) => direction === 'supports')
      .sort((a, b) => b.weight - a.weight);
    for (const one of supporting) {
      const about = known.filter((value) => isAbout(one, value, epochNs));
      const [found] = about
        .map((value) => plotted(value, known))
        .sort((a, b) => distance(a, one) - distance(b, one));
      if (found) return found;
    }
  }
  return null;
}

/**
 * Several series of one name have a point at the time cited: the one meant is that whose levels
 * are those of the evidence.
 */
const distance = (signal: TrendSignal, { effect }: CitedEvidence): number =>
  Math.abs((signal.incident ?? 0) - effect.incident) +
  Math.abs((signal.baseline ?? 0) - (effect.baseline ?? 0));

/** The value whose minutes the evidence cites. */
function isAbout(
  { refs }: CitedEvidence,
  { name, source, minutes }: ValueFeature,
  epochNs: string,
) {
  return refs.some((ref) => {
    if (ref.signal === 'metric') {
      return (
        ref.metric === name &&
        ref.service === source.service &&
        minutes.some(({ example }) => isAt(example.at, ref.at, epochNs))
      );
    }
    if (ref.signal !== 'span') return false;
    return minutes.some(({ example }) => 'spanId' in example && example.spanId === ref.spanId);
  });
}

/** To the millisecond: finer than any metric is reported. */
const isAt = (at: Nanos, iso: string, epochNs: string): boolean =>
  Math.abs(Number(BigInt(epochNs) / 1_000_000n) + at / 1e6 - Date.parse(iso)) < 2;

/** All replicas of the value together, minute by minute. */
function plotted(value: ValueFeature, values: readonly ValueFeature[]): TrendSignal {
  const attributes = JSON.stringify(value.attributes);
  const same = values.filter(
    ({ name, source, origin, attributes: others }) =>
      name === value.name &&
      origin === value.origin &&
      source.service === value.source.service &&
      JSON.stringify(others) === attributes,
  );
  const minutes = new Map<number, { at: Nanos; sum: number; count: number; cohort: Cohort }>();
  for (const { minute, cohort, mean, count } of same.flatMap(({ minutes }) => minutes)) {
    const into = minutes.get(minute) ?? { at: minute, sum: 0, count: 0, cohort };
    minutes.set(minute, into);
    into.sum += mean * count;
    into.count += count;
  }
  const points = [...minutes.values()]
    .sort((a, b) => a.at - b.at)
    .map(({ at, sum, count, cohort }) => ({ at, value: sum / count, cohort }));
  const middleOf = (cohort: Cohort): number | null => {
    const own = points.filter((point) => point.cohort === cohort);
    return own.length === 0 ? null : median(own.map((point) => point.value));
  };
  return {
    name: value.name,
    service: value.source.service,
    unit: value.unit,
    layer: signalOf(value.name)?.layer ?? 'data',
    points: points.map(({ at, value }) => ({ at, value })),
    baseline: middleOf('baseline'),
    incident: middleOf('incident'),
  };
}
