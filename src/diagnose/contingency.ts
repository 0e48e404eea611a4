/** Whether a value is as frequent on one side as on the other: tests of two by two counts. */
import { binomialAtLeast, logGamma, normalAtLeast } from '../statistics.ts';

/** How many of a side have it. Fractions are effective numbers of observations. */
export interface Count {
  readonly with: number;
  readonly of: number;
}

/**
 * That all of so many lie in the incident by chance, each as likely as the others to lie on either side
 * of `before` and `after`: what the baseline does not have may only be rare.
 */
export const chanceOfNew = (count: number, before: number, after: number): number =>
  binomialAtLeast(count, count, after / (before + after));

export interface Independence {
  readonly test: 'g' | 'fisher';
  /** G after Williams' correction; null for the exact test. */
  readonly statistic: number | null;
  /** Two-sided. */
  readonly p: number;
}

/** Below this expectation in a cell the chi-squared approximation is not trusted (Cochran 1954). */
const leastExpected = 5;

/** The G-test; where a cell is expected to hold fewer than five, Fisher's exact test. */
export function independence(one: Count, other: Count): Independence {
  const all = one.of + other.of;
  const has = one.with + other.with;
  const least = (Math.min(one.of, other.of) * Math.min(has, all - has)) / all;
  if (!(least >= leastExpected)) return { test: 'fisher', statistic: null, p: fisher(one, other) };
  const statistic = gStatistic(one, other);
  return { test: 'g', statistic, p: chiSquareAtLeast(statistic) };
}

/**
 * The log-likelihood ratio 2 Σ O ln(O / E), divided by Williams' q, which brings its distribution
 * closer to chi-squared where counts are small: D. A. Williams, Improved likelihood ratio tests
 * for complete contingency tables, Biometrika 63 (1976); Sokal and Rohlf, Biometry, box 17.6.
 *
 *     q = 1 + (N/row1 + N/row2 − 1)(N/column1 + N/column2 − 1) / 6N
 *
 * 0 where one side is empty, or all have it, or none has.
 */
export function gStatistic(one: Count, other: Count): number {
  const all = one.of + other.of;
  const has = one.with + other.with;
  const lacks = all - has;
  if (one.of === 0 || other.of === 0 || has === 0 || lacks === 0) return 0;
  const term = (observed: number, expected: number): number =>
    observed === 0 ? 0 : observed * Math.log(observed / expected);
  const g = [one, other].reduce(
    (sum, side) =>
      sum +
      term(side.with, (side.of * has) / all) +
      term(side.of - side.with, (side.of * lacks) / all),
    0,
  );
  const q = 1 + ((all / one.of + all / other.of - 1) * (all / has + all / lacks - 1)) / (6 * all);
  return Math.max(0, (2 * g) / q);
}

/** P(X ≥ x) for chi-squared with one degree of freedom: the square of a normal variable. */
export const chiSquareAtLeast = (x: number): number =>
  x <= 0 ? 1 : Math.min(1, 2 * normalAtLeast(Math.sqrt(x)));

/**
 * Fisher's exact test, two-sided: the chance of all tables with these margins that are no more
 * likely than the one observed (the rule of R's `fisher.test`). Counts are rounded to whole ones.
 */
export function fisher(one: Count, other: Count): number {
  const n = Math.round(one.of);
  const others = Math.round(other.of);
  const k = Math.min(n, Math.round(one.with));
  const margins = { n, others, marked: k + Math.min(others, Math.round(other.with)) };
  const observed = logChance(k, margins) + rounding;
  let p = 0;
  for (let x = leastIn(margins); x <= mostIn(margins); x += 1) {
    const log = logChance(x, margins);
    if (log <= observed) p += Math.exp(log);
  }
  return Math.min(1, p);
}

/** Tables as likely as each other differ by this much at most once they are computed. */
const rounding = 1e-7;

const logChoose = (n: number, k: number): number =>
  k === 0 || k === n ? 0 : logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/** Of `marked` among `n` + `others`, those that fall to the `n`. */
interface Margins {
  readonly n: number;
  readonly others: number;
  readonly marked: number;
}

const leastIn = ({ others, marked }: Margins): number => Math.max(0, marked - others);
const mostIn = ({ n, marked }: Margins): number => Math.min(n, marked);

/** P(X = x) of the hypergeometric distribution, its logarithm. `x` from `leastIn` to `mostIn`. */
const logChance = (x: number, { n, others, marked }: Margins): number =>
  logChoose(n, x) + logChoose(others, marked - x) - logChoose(n + others, marked);

/** P(sum ≥ k) of one variable of each margins, by folding their distributions into one another. */
function sumAtLeast(k: number, all: readonly Margins[]): number {
  let chances = [1];
  let least = 0;
  for (const margins of all) {
    const from = leastIn(margins);
    least += from;
    const own = Array.from({ length: mostIn(margins) - from + 1 }, (_, at) =>
      Math.exp(logChance(from + at, margins)),
    );
    const sums = new Array<number>(chances.length + own.length - 1).fill(0);
    for (const [a, one] of chances.entries()) {
      for (const [b, other] of own.entries()) sums[a + b] = (sums[a + b] as number) + one * other;
    }
    chances = sums;
  }
  const tail = chances.slice(Math.max(0, k - least)).reduce((sum, chance) => sum + chance, 0);
  return Math.min(1, tail);
}

/**
 * Two-sided p of a value being more frequent in the incident within strata, such as types of trace:
 * a mix of strata that differs between the sides says nothing. N. Mantel and W. Haenszel (1959), with
 * continuity correction; exact, by adding up hypergeometric variables, where the criterion of
 * N. Mantel and J. L. Fleiss (1980) does not trust the approximation.
 */
export function moreWithin(
  strata: readonly { readonly incident: Count; readonly baseline: Count }[],
): number {
  const all = strata.map(({ incident, baseline }): Margins => {
    const marked = incident.with + baseline.with;
    return { n: incident.of, others: baseline.of, marked };
  });
  const observed = strata.reduce((sum, { incident }) => sum + incident.with, 0);
  let [expected, variance, least, most] = [0, 0, 0, 0];
  for (const margins of all) {
    const { n, others, marked } = margins;
    const size = n + others;
    expected += (n * marked) / Math.max(1, size);
    if (size > 1) variance += (n * others * marked * (size - marked)) / (size ** 2 * (size - 1));
    least += leastIn(margins);
    most += mostIn(margins);
  }
  if (observed <= expected) return 1;
  if (Math.min(expected - least, most - expected) < leastExpected) {
    return Math.min(1, 2 * sumAtLeast(observed, all));
  }
  const apart = Math.max(0, observed - expected - 0.5);
  return chiSquareAtLeast((apart * apart) / variance);
}

/**
 * The least p that a value of so many records can reach, all of them on one side. A value
 * that cannot be significant whatever its distribution need not be tested, and then costs the
 * others nothing: R. E. Tarone, A modified Bonferroni method for discrete data, Biometrics 46 (1990).
 */
export function leastAttainable(has: number, one: number, other: number): number {
  const all = logChoose(one + other, has);
  const extreme = (side: number, rest: number): number =>
    Math.exp((has <= side ? logChoose(side, has) : logChoose(rest, has - side)) - all);
  const [a, b] = [extreme(one, other), extreme(other, one)];
  // Two tables as unlikely as each other count both.
  return Math.min(1, Math.abs(a - b) <= rounding * a ? a + b : Math.min(a, b));
}

/**
 * The false-discovery rate at which each hypothesis is rejected, in the order of `ps`:
 * q(i) = min over j ≥ i of p(j) · m / j, p ascending. Y. Benjamini and Y. Hochberg, Controlling the
 * false discovery rate, J. R. Statist. Soc. B 57 (1995).
 */
export function benjaminiHochberg(ps: readonly number[]): readonly number[] {
  const order = [...ps.keys()].sort((a, b) => (ps[b] as number) - (ps[a] as number));
  const qs = new Array<number>(ps.length);
  let least = 1;
  for (const [place, index] of order.entries()) {
    least = Math.min(least, (ps[index] as number) * (ps.length / (ps.length - place)));
    qs[index] = least;
  }
  return qs;
}

/**
 * P(X ≥ k) of the hypergeometric distribution: of `n` requests `k` show it, of `others` others
 * `shown`, and which of them show it is chance (Fisher's exact test, one side). Whole numbers.
 */
export function fisherAtLeast(k: number, n: number, shown: number, others: number): number {
  const total = k + shown;
  const margins = { n, others, marked: total };
  const last = mostIn(margins);
  if (k <= leastIn(margins)) return 1;
  if (k > last) return 0;
  let term = Math.exp(logChance(k, margins));
  let tail = term;
  for (let x = k; x < last && (term > tail * 1e-17 || x * (n + others) < n * total); x += 1) {
    term *= ((n - x) * (total - x)) / ((x + 1) * (others - total + x + 1));
    tail += term;
  }
  return Math.min(1, tail);
}

/** Requests of one kind in a contrast: with and all, then in the baseline with and all. */
export type Stratum = readonly [k: number, n: number, shown: number, others: number];

/** Sums up to this are computed exactly; beyond, the normal distribution is close enough. */
const mostExact = 400;

/**
 * The same for several strata together, each with margins of its own, so that a shift of requests
 * between strata is no difference: the exact distribution of the sum, or that of Mantel and
 * Haenszel (1959) with a correction for continuity where the sum is large.
 */
export function strataAtLeast(strata: readonly Stratum[]): number {
  const useful = strata.filter(([k, n, shown, others]) => n > 0 && others > 0 && k + shown > 0);
  const [only] = useful;
  if (!only) return 1;
  if (useful.length === 1) return fisherAtLeast(...only);
  const sum = useful.reduce((all, [k]) => all + k, 0);
  const total = useful.reduce((all, [k, , shown]) => all + k + shown, 0);
  if (total <= mostExact) {
    const margins = useful.map(([k, n, shown, others]) => ({ n, others, marked: k + shown }));
    return sumAtLeast(sum, margins);
  }
  let [mean, variance] = [0, 0];
  for (const [k, n, shown, others] of useful) {
    const [size, marked] = [n + others, k + shown];
    const share = n / size;
    mean += marked * share;
    variance += (marked * share * (1 - share) * (size - marked)) / Math.max(1, size - 1);
  }
  return variance === 0 ? 1 : normalAtLeast((sum - mean - 0.5) / Math.sqrt(variance));
}

/**
 * How many of many discrete tests count in a Bonferroni correction: one that could not come out
 * significant whatever the data costs nothing. `least`: the smallest p that each can give.
 * Source: Tarone, "A modified Bonferroni method for discrete data", Biometrics 1990.
 */
export function testsThatCount(least: readonly number[], level = 0.05): number {
  const sorted = Float64Array.from(least).sort();
  const able = (count: number): number => {
    const unable = sorted.findIndex((p) => p > level / count);
    return unable < 0 ? sorted.length : unable;
  };
  let count = 1;
  while (able(count) > count) count += 1;
  return count;
}
