/** Whether a value is as frequent on one side as on the other: tests of two by two counts. */
import { logGamma, normalAtLeast } from './statistics.ts';

/** How many of a side have it. Fractions are effective numbers of observations. */
export interface Count {
  readonly with: number;
  readonly of: number;
}

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
  const [n, m] = [Math.round(one.of), Math.round(other.of)];
  const k = Math.min(n, Math.round(one.with));
  const has = k + Math.min(m, Math.round(other.with));
  const total = logChoose(n + m, has);
  const chance = (x: number): number => logChoose(n, x) + logChoose(m, has - x) - total;
  const observed = chance(k) + rounding;
  let p = 0;
  for (let x = Math.max(0, has - m); x <= Math.min(n, has); x += 1) {
    const log = chance(x);
    if (log <= observed) p += Math.exp(log);
  }
  return Math.min(1, p);
}

/** Tables as likely as each other differ by this much at most once they are computed. */
const rounding = 1e-7;

const logChoose = (n: number, k: number): number =>
  k === 0 || k === n ? 0 : logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/**
 * Two-sided p of a value being more frequent in the incident within strata, such as types of trace:
 * a mix of strata that differs between the sides says nothing. N. Mantel and W. Haenszel (1959), with
 * continuity correction; exact, by adding up hypergeometric variables, where the criterion of
 * N. Mantel and J. L. Fleiss (1980) does not trust the approximation.
 */
export function moreWithin(
  strata: readonly { readonly incident: Count; readonly baseline: Count }[],
): number {
  let [observed, expected, variance, least, most] = [0, 0, 0, 0, 0];
  for (const { incident, baseline } of strata) {
    const [n, m] = [incident.of, baseline.of];
    const has = incident.with + baseline.with;
    observed += incident.with;
    expected += (n * has) / Math.max(1, n + m);
    if (n + m > 1) variance += (n * m * has * (n + m - has)) / ((n + m) ** 2 * (n + m - 1));
    least += Math.max(0, has - m);
    most += Math.min(n, has);
  }
  if (observed <= expected) return 1;
  if (Math.min(expected - least, most - expected) < leastExpected) {
    return Math.min(1, 2 * atLeastInAll(strata, observed - least));
  }
  const apart = Math.max(0, observed - expected - 0.5);
  return chiSquareAtLeast((apart * apart) / variance);
}

/** P of so many more than the least possible, of all strata together. */
function atLeastInAll(strata: Parameters<typeof moreWithin>[0], more: number): number {
  let chances = [1];
  for (const { incident, baseline } of strata) {
    const [n, m] = [incident.of, baseline.of];
    const has = incident.with + baseline.with;
    const [from, to] = [Math.max(0, has - m), Math.min(n, has)];
    const total = logChoose(n + m, has);
    const own = Array.from({ length: to - from + 1 }, (_, at) =>
      Math.exp(logChoose(n, from + at) + logChoose(m, has - from - at) - total),
    );
    const sums = new Array<number>(chances.length + own.length - 1).fill(0);
    for (const [a, one] of chances.entries()) {
      for (const [b, other] of own.entries()) sums[a + b] = (sums[a + b] as number) + one * other;
    }
    chances = sums;
  }
  return chances.slice(more).reduce((sum, chance) => sum + chance, 0);
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
