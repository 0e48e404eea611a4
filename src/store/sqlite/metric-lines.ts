/** Series of metrics as lines: their level before and after, and how far the two are apart. */
import type { Database } from 'better-sqlite3';
import { levels } from '../../features/values.ts';
import {
  type ComparisonPlan,
  type MetricLines,
  type MetricPoint,
  type MetricSeries,
  nanos,
  type SeriesLine,
  type SeriesSide,
  type Window,
} from '../../model.ts';
import { signalOf } from '../../semantics/index.ts';
import { median } from '../../statistics.ts';
import type { Extent } from './extent.ts';
import { seriesIn } from './rows.ts';

/** As many as a plot has columns. */
const mostPoints = 160;

export function metricLines(
  db: Database,
  extent: Extent,
  plan: ComparisonPlan,
  limit: number,
): MetricLines {
  // Points are told apart by time: by health both sides are of the same time.
  const byHealth = plan.cohortBy.how === 'health';
  const windows = { baseline: byHealth ? null : plan.baseline, incident: plan.incident };
  const all: SeriesLine[] = [];
  for (const series of seriesIn(db, extent)) {
    const line = lineOf(series, windows);
    if (line) all.push(line);
  }
  all.sort(furthestFirst);
  return {
    epochNs: String(extent.epoch),
    ...windows,
    byHealth,
    series: all.slice(0, limit),
    left: Math.max(0, all.length - limit),
  };
}

/** Null for a series without a point to look at. */
function lineOf(
  series: MetricSeries,
  { baseline, incident }: { baseline: Window | null; incident: Window },
): SeriesLine | null {
  const points = levels(series);
  if (points.length === 0) return null;
  const { metric, unit, type, service, instance, attributes, temporality, monotonic } = series;
  // Without points in the baseline, all before the incident is the baseline (design: windows).
  const inBaseline = baseline ? valuesIn(points, baseline) : [];
  const earlier = { from: nanos(Number.NEGATIVE_INFINITY), to: nanos(incident.from - 1) };
  const before = inBaseline.length > 0 || !baseline ? inBaseline : valuesIn(points, earlier);
  const after = valuesIn(points, incident);
  return {
    ...{ metric, unit, type, service, instance, attributes },
    layer: signalOf(metric)?.layer ?? null,
    points: thinned(points),
    count: points.length,
    rate: type === 'sum' && monotonic && temporality === 'cumulative',
    sides: { baseline: sideOf(before), incident: sideOf(after) },
    change: changeOf(before, after),
  };
}

const valuesIn = (points: readonly MetricPoint[], { from, to }: Window): readonly number[] =>
  points.filter(({ time }) => time >= from && time <= to).map(({ value }) => value);

function sideOf(values: readonly number[]): SeriesSide | null {
  if (values.length === 0) return null;
  return {
    count: values.length,
    median: median(values),
    low: values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    high: values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  };
}

/** Of the level: a smaller deviation of a steady series is no scale to measure by. */
const leastDeviation = 0.02;
/** Fewer points have no spread to speak of. */
const fewestPoints = 3;

/**
 * Distance of the medians in deviations of the values before: median absolute ones, or the mean
 * absolute one, where most values are the same (Iglewicz and Hoaglin, "How to detect and handle
 * outliers", 1993).
 */
function changeOf(before: readonly number[], after: readonly number[]): number {
  if (before.length < fewestPoints || after.length === 0) return 0;
  const [was, is] = [median(before), median(after)];
  const deviations = before.map((value) => Math.abs(value - was));
  const mean = deviations.reduce((sum, one) => sum + one, 0) / deviations.length;
  const scale = Math.max(
    median(deviations),
    mean,
    leastDeviation * Math.max(Math.abs(was), Math.abs(is)),
    1e-12,
  );
  return Math.abs(is - was) / scale;
}

/** Means of as many neighbours as there are too many. */
function thinned(points: readonly MetricPoint[]): SeriesLine['points'] {
  const step = Math.ceil(points.length / mostPoints);
  if (step <= 1) return points.map(({ time, value }) => ({ at: time, value }));
  return Array.from({ length: Math.ceil(points.length / step) }, (_, at) => {
    const own = points.slice(at * step, (at + 1) * step);
    const sum = own.reduce((all, { value }) => all + value, 0);
    return { at: own[own.length >> 1]?.time ?? nanos(0), value: sum / own.length };
  });
}

const keyOf = ({ metric, service, instance, attributes }: SeriesLine): string =>
  JSON.stringify([metric, service, instance, attributes]);

const furthestFirst = (a: SeriesLine, b: SeriesLine): number =>
  b.change - a.change || (keyOf(a) < keyOf(b) ? -1 : 1);
