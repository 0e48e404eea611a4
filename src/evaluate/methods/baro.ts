/**
 * The service with the metric that left its usual range the most: largest deviation from the
 * median of the baseline, in interquartile ranges. The scorer of BARO (Pham, Ha, Zhang: "BARO:
 * Robust Root Cause Analysis for Microservices via Multivariate Bayesian Online Change Point
 * Detection", FSE 2024); when it broke is known here from the comparison.
 */
import type { Features, ValueFeature } from '../../model.ts';
import type { Scored } from '../measures.ts';
import type { Method } from './index.ts';

/** A median of fewer minutes says nothing. */
const leastMinutes = 2;

export const baro: Method = {
  name: 'baro',
  score: ({ values }: Features): readonly Scored[] =>
    values
      .filter(({ origin }) => origin === 'metric')
      .map((value) => ({ service: value.source.service, score: deviation(value) }))
      .filter(({ score }) => score > 0),
};

function deviation({ minutes }: ValueFeature): number {
  const means = (cohort: string): readonly number[] =>
    minutes.filter((minute) => minute.cohort === cohort).map(({ mean }) => mean);
  const before = means('baseline').toSorted((a, b) => a - b);
  const after = means('incident');
  if (before.length < leastMinutes || after.length === 0) return 0;
  const spread = quantile(before, 0.75) - quantile(before, 0.25);
  // As a robust scaler does: what never moved is measured in its own unit.
  const scale = spread > 0 ? spread : 1;
  return Math.max(...after.map((value) => Math.abs(value - quantile(before, 0.5)) / scale));
}

/** By linear interpolation. */
function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
  return low + (high - low) * (at - Math.floor(at));
}
