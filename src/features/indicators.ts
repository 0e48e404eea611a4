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

/** In the order of the series; those of other kinds are left out. */
export function indicatorsOf(series: Iterable<MetricSeries>): readonly Indicator[] {
  const indicators: Indicator[] = [];
  for (const one of series) {
    const signal = signalOf(one.metric);
    if (signal === null || !judged.has(signal.kind)) continue;
    const points = levels(one);
    const times = points.map(({ time }) => time);
    indicators.push({ times, values: points.map(({ value }) => value) });
  }
  return indicators;
}
