/** Whether, and from where to where, the level of a series of numbers is another one. */
import { type Numbers, sampleOf } from '../statistics.ts';

/** Numbers in time order. */
export interface Course {
  /** Their mean is 0. */
  readonly residuals: Numbers;
  /** The smallest step between two levels that is a change, in units of the residuals. */
  readonly floor: number;
}

export interface Change {
  /** Index of the first number of the new level. */
  readonly from: number;
  /** Index of the first number after it, the count of all if it lasts. */
  readonly to: number;
  /** How surprising it is: the range of the cumulative sums in units of a Brownian bridge. */
  readonly statistic: number;
}

/** Fewer numbers than this say nothing about a level. */
export const fewest = 10;

/**
 * Kuiper's test on the cumulative sums. Without a change they are a Brownian bridge; a change bends
 * it, and its lowest and highest point cut the course in three: the middle is the new level if it
 * differs from what came before it, else the end is.
 *
 *     sum  0 ─╮╭╮                 ╭── 0
 *             ╰╯╰───╮         ╭───╯
 *              │    ╰────┬────╯
 *          highest    lowest: the new level begins
 *
 * `alpha`: how often a course without a change may be taken for one with one. Null if none is seen.
 */
export function findChange({ residuals, floor }: Course, alpha: number): Change | null {
  if (residuals.length < 2 * fewest) return null;
  const part = (from: number, to?: number): Numbers =>
    residuals instanceof Float64Array ? residuals.subarray(from, to) : residuals.slice(from, to);
  const [low, high] = extremesOfSums(residuals);
  const [first, second] =
    low.index < high.index ? [low.index, high.index] : [high.index, low.index];
  const before = part(0, first);
  const middle = part(first, second);
  const after = part(second);
  const sigma = longRunSigma(residuals, [before, middle, after]);
  const statistic = (high.sum - low.sum) / (sigma * Math.sqrt(residuals.length));
  if (!(kuiperTail(statistic) < alpha)) return null;
  const differ = (a: Numbers, b: Numbers): boolean => isStep(a, b, sigma, floor);
  if (differ(before, middle)) {
    return { from: first, to: differ(middle, after) ? second : residuals.length, statistic };
  }
  const isLast = differ(part(0, second), after);
  return isLast ? { from: second, to: residuals.length, statistic } : null;
}

interface Extreme {
  readonly sum: number;
  /** How many numbers the sum is of. */
  readonly index: number;
}

function extremesOfSums(residuals: Numbers): readonly [Extreme, Extreme] {
  let low: Extreme = { sum: 0, index: 0 };
  let high: Extreme = low;
  let sum = 0;
  for (let index = 0; index < residuals.length; index += 1) {
    sum += residuals[index] as number;
    if (sum < low.sum) low = { sum, index: index + 1 };
    if (sum > high.sum) high = { sum, index: index + 1 };
  }
  return [low, high];
}

/** Two-sided 0.1 % of a normal distribution. */
const tellingSteps = 3.29;

/** Whether the levels of two parts differ, by enough to matter and by more than chance makes them. */
function isStep(a: Numbers, b: Numbers, sigma: number, floor: number): boolean {
  if (a.length < fewest || b.length < fewest) return false;
  const step = Math.abs(sampleOf(a).mean - sampleOf(b).mean);
  return step > Math.max(floor, tellingSteps * sigma * Math.sqrt(1 / a.length + 1 / b.length));
}

/**
 * Standard deviation of the whole, as if nothing changed, times what neighbours add that are alike:
 * slow requests come together, and a gauge over the last minutes has most of its last value in it.
 * Sums of such numbers vary more, by (1 + r) / (1 - r) in a first-order autoregression.
 */
function longRunSigma(residuals: Numbers, parts: readonly Numbers[]): number {
  const rests = new Float64Array(residuals.length);
  let filled = 0;
  for (const part of parts) {
    const level = sampleOf(part).mean;
    for (let at = 0; at < part.length; at += 1) {
      rests[filled] = (part[at] as number) - level;
      filled += 1;
    }
  }
  let products = 0;
  for (let index = 1; index < rests.length; index += 1) {
    products += (rests[index] as number) * (rests[index - 1] as number);
  }
  const n = residuals.length;
  const squares = sampleOf(rests).spread;
  const total = sampleOf(residuals).spread;
  // Levels without noise leave rounding errors only, and these are alike.
  const seen = squares > negligible * total ? products / squares : 0;
  // Three levels were taken out, each of which takes out some likeness (Kendall 1954).
  const likeness = Math.min(mostAlike, Math.max(0, seen + (3 * (1 + 4 * seen)) / n));
  return Math.sqrt((total / n) * ((1 + likeness) / (1 - likeness)));
}

/** Beyond, a series as short as those of an incident cannot tell a level from a wander. */
const mostAlike = 0.9;
/** Share of a sum of squares that may be rounding. */
const negligible = 1e-12;

/** Probability that the range of a Brownian bridge is above `x` (Kuiper 1960); 1 of NaN. */
export function kuiperTail(x: number): number {
  // Below one half the probability is 1 to nine digits, and the series converges slowly.
  if (!(x > 0.5)) return 1;
  // And so far out it is 0 to 300 digits, of an infinite range too.
  if (x > 19) return 0;
  let tail = 0;
  for (let j = 1; j <= 20; j += 1) {
    const square = 4 * j * j * x * x;
    tail += 2 * (square - 1) * Math.exp(-square / 2);
  }
  return Math.min(1, Math.max(0, tail));
}
