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
import { distanceOf, fewestPoints } from './metric-distance.ts';
import { type SeriesChoice, seriesIn } from './rows.ts';

/** Of one among many series: as many as a plot has columns. */
const mostPoints = 160;

export function metricLines(
  db: Database,
  extent: Extent,
  plan: ComparisonPlan,
  { limit, only }: { readonly limit: number; readonly only?: SeriesChoice | undefined },
): MetricLines {
  // Points are told apart by time: by health both sides are of the same time.
  const byHealth = plan.cohortBy.how === 'health';
  const windows = { baseline: byHealth ? null : plan.baseline, incident: plan.incident };
  const all: SeriesLine[] = [];
  for (const series of seriesIn(db, extent, only)) {
    const line = lineOf(series, windows, only ? Number.POSITIVE_INFINITY : mostPoints);
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
  most: number,
): SeriesLine | null {
  const points = levels(series);
  if (points.length === 0) return null;
  const { metric, unit, type, service, instance, attributes, temporality, monotonic } = series;
  // With too few points in the baseline to compare with, all before the incident is the baseline.
  const inBaseline = baseline ? valuesIn(points, baseline) : [];
  const earlier = { from: nanos(Number.NEGATIVE_INFINITY), to: nanos(incident.from - 1) };
  const isEnough = inBaseline.length >= fewestPoints || !baseline;
  const all = isEnough ? [] : valuesIn(points, earlier);
  const before = all.length > inBaseline.length ? all : inBaseline;
  const after = valuesIn(points, incident);
  return {
    ...{ metric, unit, type, service, instance, attributes },
    layer: signalOf(metric)?.layer ?? null,
    points: thinned(points, most),
    count: points.length,
    rate: type === 'sum' && monotonic && temporality === 'cumulative',
    sides: { baseline: sideOf(before), incident: sideOf(after) },
    distance: distanceOf(before, after),
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

/** Means of as many neighbours as there are too many. */
function thinned(points: readonly MetricPoint[], most: number): SeriesLine['points'] {
  const step = Math.ceil(points.length / most);
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
  (b.distance ?? -1) - (a.distance ?? -1) || (keyOf(a) < keyOf(b) ? -1 : 1);
