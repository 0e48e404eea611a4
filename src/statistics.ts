/** The few tests that detectors share. All are exact or standard; sources are named. */

import { normalAtLeast, studentAtLeast } from './statistics/tails.ts';

export {
  binomialAtLeast,
  binomialAtMost,
  incompleteBeta,
  logGamma,
  normalAtLeast,
  predictedAtLeast,
  studentAtLeast,
} from './statistics/tails.ts';

/** As few failures as can be told from a single odd one. */
export const fewestTelling = 3;

export interface Sample {
  /** May be a fraction: an effective number of observations. */
  readonly n: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly spread: number;
}

/** Numbers as a list or as a column. */
export type Numbers = readonly number[] | Float64Array;

export function sampleOf(values: Numbers): Sample {
  const n = values.length;
  let total = 0;
  for (let at = 0; at < n; at += 1) total += values[at] as number;
  const mean = n === 0 ? 0 : total / n;
  let spread = 0;
  for (let at = 0; at < n; at += 1) spread += ((values[at] as number) - mean) ** 2;
  return { n, mean, spread };
}

/** Several samples as one, the spread between them included. */
export function pooled(samples: readonly Sample[]): Sample {
  const n = samples.reduce((sum, one) => sum + one.n, 0);
  const mean = samples.reduce((sum, one) => sum + one.mean * one.n, 0) / Math.max(1, n);
  const spread = samples.reduce((sum, one) => sum + one.spread + one.n * (one.mean - mean) ** 2, 0);
  return { n, mean, spread };
}

/**
 * One-sided p of `after` being greater than `before`: Welch's t (1947), because a small side with
 * one wild value must not borrow the calm of a large one. The standard deviation is never below
 * `floor`, so that a constant series does not make every change infinitely significant; a side of
 * one value has the other's. 1 if either side has no value.
 */
export function greaterThan(after: Sample, before: Sample, floor: number): number {
  if (after.n === 0 || before.n === 0) return 1;
  const variance = ({ n, spread }: Sample): number => (n > 1 ? spread / (n - 1) : Number.NaN);
  const error = (side: Sample, other: Sample): number => {
    const own = variance(side);
    const known = Number.isNaN(own) ? variance(other) : own;
    return Math.max(Number.isNaN(known) ? 0 : known, floor * floor) / side.n;
  };
  const [a, b] = [error(after, before), error(before, after)];
  if (a + b === 0) return after.mean > before.mean ? 0 : 1;
  const freedom = (e: number, { n }: Sample): number => (n > 1 ? (e * e) / (n - 1) : 0);
  const shared = freedom(a, after) + freedom(b, before);
  const df = shared > 0 ? Math.max(1, (a + b) ** 2 / shared) : 1;
  return studentAtLeast((after.mean - before.mean) / Math.sqrt(a + b), df);
}

/** The mean of what was observed in a minute. */
export interface Level {
  readonly count: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly spread: number;
}

/**
 * One-sided p of a level shift upwards between two series of minute means. A minute's mean is
 * uncertain in two ways, and the larger counts: minutes differ from one another (judged by `calm`
 * minutes alone, because a ramp in the incident must not hide itself in its own spread), and few
 * observations give no exact mean (three of 40 requests lacking a value is no trend).
 * Neighbouring minutes resemble each other (a gauge is often a moving average): both counts shrink
 * by (1 − r) / (1 + r), r the lag-one autocorrelation of the calm minutes (Bartlett 1935).
 * On independent minutes p is exact; on few that resemble each other much (r = 0.8, seven of
 * them) it is still too small by a factor of two at p = 0.05.
 */
export function shiftedUp(
  after: readonly Level[],
  before: readonly Level[],
  { floor, calm = before }: { readonly floor: number; readonly calm?: readonly Level[] },
): number {
  if (after.length === 0 || before.length === 0 || calm.length < 2) return 1;
  const means = calm.map(({ mean }) => mean);
  const usual = sampleOf(means);
  const between = Math.max(usual.spread / (calm.length - 1), floor * floor);
  const within = varianceWithin([...after, ...before]);
  const r = autocorrelation(means, usual);
  const error = (levels: readonly Level[]): number => {
    const variances = levels.map(({ count }) => Math.max(between, within / count));
    return sampleOf(variances).mean / effectiveCount(levels.length, r);
  };
  const shift = meanOf(after) - meanOf(before);
  const variance = error(after) + error(before);
  if (variance === 0) return shift > 0 ? 0 : 1;
  return studentAtLeast(
    shift / Math.sqrt(variance),
    Math.max(1, effectiveCount(calm.length, r) - 1),
  );
}

/** Of fewer minutes nobody knows how their steps vary. */
export const fewestClimbing = 4;

/**
 * One-sided p of a climb in `after` from its first minute on, steeper than the minutes of `before`
 * climb by themselves; nothing is asked of the gap between the two. A moving average, or a count that
 * goes on, has neighbours so alike that a level shift of a few minutes proves nothing; but then each
 * step is small, and steps that all go one way are a trend. What a minute adds to a share r of the one
 * before (prewhitening, Cochrane and Orcutt 1949) is held against the same of `before` by Student's t;
 * with r = 1 (a random walk) and with r = 1/2, and the larger p counts: between them p is no smaller
 * than it should be for random walks, moving averages, and minutes that are independent.
 */
export function climbingUp(
  after: readonly Level[],
  before: readonly Level[],
  { floor }: { readonly floor: number },
): number {
  if (after.length < 2 || before.length < fewestClimbing) return 1;
  return Math.max(...[1, 0.5].map((r) => climbAt(r, after, before, floor)));
}

/**
 * A spread too small to believe is that of minutes of deviation `floor`, as alike as neighbours are
 * taken to be at most: then the steps are the smallest.
 */
function climbAt(
  r: number,
  after: readonly Level[],
  before: readonly Level[],
  floor: number,
): number {
  const middle = meanOf(before);
  const steps = (levels: readonly Level[]): Sample =>
    sampleOf(
      levels
        .slice(1)
        .map(({ mean }, at) => mean - middle - r * ((levels[at] as Level).mean - middle)),
    );
  const [usual, now] = [steps(before), steps(after)];
  const least = floor * floor * (1 - 2 * r * mostAlike + r * r);
  const variance = Math.max(usual.spread / (usual.n - 1), least);
  const error = Math.sqrt(variance / now.n + variance / usual.n);
  if (error === 0) return now.mean > usual.mean ? 0 : 1;
  return studentAtLeast((now.mean - usual.mean) / error, usual.n - 1);
}

const meanOf = (levels: readonly Level[]): number => sampleOf(levels.map(({ mean }) => mean)).mean;

/** Variance of one observation about the mean of its minute; 0 where no minute has two. */
export function varianceWithin(levels: readonly Level[]): number {
  const spread = levels.reduce((sum, level) => sum + level.spread, 0);
  const freedom = levels.reduce((sum, { count }) => sum + Math.max(0, count - 1), 0);
  return freedom === 0 ? 0 : spread / freedom;
}

/**
 * Lag one, 0 to 0.9, of values in order; 0 if values without order would show as much in one of
 * twenty series (Bartlett 1946: a standard error of 1 / √n).
 */
export function autocorrelationOf(values: readonly number[]): number {
  const r = values.length < 3 ? 0 : autocorrelation(values, sampleOf(values));
  return r < 1.645 / Math.sqrt(values.length) ? 0 : r;
}

/** Autocorrelation of neighbours that is believed at most: no short series shows more. */
const mostAlike = 0.9;

/**
 * The autocorrelation of neighbours, 0 to 0.9, out of its plain estimate from n values, which in a
 * short series is too low by (1 + 4r) / n (Kendall 1954); negative values count as none.
 */
export const likenessOf = (plain: number, n: number): number =>
  Math.min(mostAlike, Math.max(0, plain + (1 + 4 * plain) / n));

/** How many of n values count for themselves where neighbours are so alike (Bartlett 1935); at least one. */
export const effectiveCount = (n: number, likeness: number): number =>
  Math.max(1, (n * (1 - likeness)) / (1 + likeness));

/** Lag one. */
function autocorrelation(values: readonly number[], { n, mean, spread }: Sample): number {
  if (spread === 0) return 0;
  let products = 0;
  for (let i = 1; i < values.length; i += 1) {
    products += ((values[i] as number) - mean) * ((values[i - 1] as number) - mean);
  }
  return likenessOf(products / spread, n);
}

/**
 * Where in a series, in time order, a rise from the level `was` to the level `is` began: the index
 * from which on values exceed the middle of the two by most in sum (Hinkley 1970). One wild value
 * counts no more than three rises.
 */
export function onsetIndex(values: readonly number[], was: number, is: number): number {
  const middle = (was + is) / 2;
  const most = 3 * Math.abs(is - was);
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let i = values.length - 1; i >= 0; i -= 1) {
    sum += Math.min((values[i] as number) - middle, most);
    if (sum < highest) continue;
    highest = sum;
    best = i;
  }
  return best;
}

/**
 * How much a p-value speaks against chance, 0 to 1: twice the posterior lead over even odds
 * under the bound of Sellke, Bayarri and Berger (2001), Bayes factor −e·p·ln p. p ≥ 1/e gives 0,
 * 0.05 gives 0.42, 0.01 gives 0.78, 0.001 gives 0.96.
 */
export const belief = (p: number): number => Math.max(0, 2 * posterior(p, 1) - 1);

/** Probability that it is not chance, at odds of 1 to `against` before p was known; same bound. */
export function posterior(p: number, against: number): number {
  const bound = p <= 0 ? 0 : p < 1 / Math.E ? -Math.E * p * Math.log(p) : 1;
  return 1 / (1 + against * bound);
}

/**
 * One-sided p of values of `after` ranking above those of `before`: Mann and Whitney (1947). Exact
 * for a few values without ties; else the normal approximation with continuity correction, ties
 * counted half and taken from the variance. 1 if a side is empty or all values are one.
 * `independent`: the share of the values that count for themselves, where neighbours resemble each
 * other.
 */
export function ranksAbove(
  after: readonly number[],
  before: readonly number[],
  independent = 1,
): number {
  const [n, m] = [after.length, before.length];
  const [own, others] = [Float64Array.from(after).sort(), Float64Array.from(before).sort()];
  let rankSum = 0;
  let tied = 0;
  for (let [i, j] = [0, 0]; i < n || j < m; ) {
    const [rank, from] = [i + j, i];
    const value = Math.min(own[i] ?? Infinity, others[j] ?? Infinity);
    while (i < n && own[i] === value) i += 1;
    while (j < m && others[j] === value) j += 1;
    const size = i + j - rank;
    tied += size ** 3 - size;
    rankSum += (i - from) * ((rank + 1 + i + j) / 2);
  }
  const wins = rankSum - (n * (n + 1)) / 2;
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - tied / (total * (total - 1)));
  if (!(variance > 0)) return 1;
  const exact = tied === 0 && independent === 1 ? winsAtLeast(wins, n, m) : null;
  return exact ?? normalAtLeast((wins - (n * m) / 2 - 0.5) * Math.sqrt(independent / variance));
}

const tails = new Map<string, Float64Array | null>();

/** Probability of so many wins in n · m games by chance; null where it cannot be had exactly. */
function winsAtLeast(wins: number, n: number, m: number): number | null {
  const [few, many] = [Math.min(n, m), Math.max(n, m)];
  const key = `${few} ${many}`;
  const known = tails.get(key);
  const tail = known === undefined ? winTails(few, many) : known;
  tails.set(key, tail);
  return tail && (tail[wins] as number);
}

/**
 * The number of orders of n and m values with w wins is the coefficient of q^w in the product of
 * (1 − q^(m + i)) / (1 − q^i) over i = 1 … n. Null once these whole numbers are not exact.
 */
function winTails(n: number, m: number): Float64Array | null {
  const orders = Array.from({ length: n }, (_, i) => (m + i + 1) / (i + 1)).reduce((a, b) => a * b);
  if (orders > Number.MAX_SAFE_INTEGER) return null;
  const counts = new Float64Array(n * m + 1);
  const at = (w: number): number => counts[w] as number;
  counts[0] = 1;
  for (let i = 1; i <= n; i += 1) {
    for (let w = n * m; w >= m + i; w -= 1) counts[w] = at(w) - at(w - m - i);
    for (let w = i; w <= n * m; w += 1) counts[w] = at(w) + at(w - i);
  }
  for (let w = n * m - 1; w >= 0; w -= 1) counts[w] = at(w) + at(w + 1);
  return counts.map((count) => count / orders);
}

/** Bonferroni: the p-value after `tests` looks. */
export const corrected = (p: number, tests: number): number => Math.min(1, p * Math.max(1, tests));

export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] as number)) / 2;
}

export const clamp01 = (value: number): number => Math.min(1, Math.max(0, value));

/** The first of the longest gaps between neighbours of an ordered list, as its two ends; at least one. */
export function longestPause(times: readonly number[]): readonly [from: number, to: number] {
  const [first = 0] = times;
  let longest: readonly [number, number] = [first, first];
  for (const [index, to] of times.entries()) {
    const from = times[index - 1] ?? to;
    if (to - from > longest[1] - longest[0]) longest = [from, to];
  }
  return longest;
}
