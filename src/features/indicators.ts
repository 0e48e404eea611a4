/** Metric series → how well the system did its work, point by point. */
import type { Indicator, MetricSeries } from '../model.ts';
import { signalOf } from '../semantics/index.ts';
import { levels } from './values.ts';

/** What data and models are judged by; the use of resources changes without any harm. */
const judged = new Set<string>([
  'quality',
  'drift',
  'skew',
  'schema',
  'freshness',
  'completeness',
  'rejected',
  'retrieval',
  'retrieval-score',
]);

/** Whether a metric of this name tells how well the system does its work. */
export function isJudged(metric: string): boolean {
  const signal = signalOf(metric);
  return signal !== null && judged.has(signal.kind);
}

/** In the order of the series; those of other kinds are left out. */
export function indicatorsOf(series: Iterable<MetricSeries>): readonly Indicator[] {
  const indicators: Indicator[] = [];
  for (const one of series) {
    if (!isJudged(one.metric)) continue;
    const points = levels(one);
    const times = points.map(({ time }) => time);
    indicators.push({ times, values: points.map(({ value }) => value) });
  }
  return indicators;
}
