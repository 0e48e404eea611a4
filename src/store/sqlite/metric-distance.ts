/** How far a series is from what it was before, in deviations that it could have had by itself. */
import { median } from '../../statistics.ts';

/** Of the level: a smaller deviation of a steady series is no scale to measure by. */
const leastDeviation = 0.02;
/** Fewer points have no spread to speak of. */
export const fewestPoints = 3;

/**
 * Distance of the medians in deviations of the values before: median absolute ones, or the mean
 * absolute one, where most values are the same (Iglewicz and Hoaglin, "How to detect and handle
 * outliers", 1993), and no less than a step of the gauge. Null: nothing to compare.
 */
export function distanceOf(before: readonly number[], after: readonly number[]): number | null {
  if (before.length < fewestPoints || after.length === 0) return null;
  const [was, is] = [median(before), median(after)];
  const step = resolutionOf([...before, ...after]);
  if (before.every((value) => value === was)) return ofConstant(was, before.length, after, step);
  const deviations = before.map((value) => Math.abs(value - was));
  const mean = deviations.reduce((sum, one) => sum + one, 0) / deviations.length;
  const floor = leastDeviation * Math.max(Math.abs(was), Math.abs(is));
  return Math.abs(is - was) / Math.max(median(deviations), mean, floor, step, 1e-12);
}

/**
 * What never varied has no deviation to measure by. But how often it would be something else by
 * itself can be told: after `count` points that never were, at most as often as by Laplace's rule of
 * succession, one in `count` + 2. Counted are deviations of that share, and no more than the steps
 * of the gauge that it went.
 */
function ofConstant(was: number, count: number, after: readonly number[], step: number): number {
  const others = after.filter((value) => value !== was);
  if (others.length === 0) return 0;
  const usual = 1 / (count + 2);
  const share = others.length / after.length;
  const sure = Math.max(0, share - usual) / Math.sqrt(usual * (1 - usual));
  const steps = step > 0 ? Math.abs(median(others) - was) / step : Number.POSITIVE_INFINITY;
  return Math.min(sure, steps);
}

/** Nearer values are the same: what is left of adding up decimal fractions. */
const sameWithin = 1e-9;

/**
 * The smallest difference of two values that were seen: how finely the gauge can tell. What only
 * ever had two values is a state, not a measurement, and has no step: 0.
 */
function resolutionOf(values: readonly number[]): number {
  const known = [...new Set(values)].sort((a, b) => a - b);
  const greatest = Math.max(Math.abs(known[0] ?? 0), Math.abs(known.at(-1) ?? 0));
  const steps = known
    .slice(1)
    .map((value, at) => value - (known[at] ?? value))
    .filter((step) => step > sameWithin * greatest);
  return steps.length < 2 ? 0 : steps.reduce((least, step) => Math.min(least, step));
}
