/**
 * How far two distributions are apart, and how sure it is that they are: each by one formula, with
 * its source. Sizes may be fractions: effective numbers of observations.
 */
import { logGamma } from '../../statistics.ts';
import { independence } from '../contingency.ts';

/** A value and how much it counts. */
export interface Weighed {
  readonly value: number;
  readonly weight: number;
}

export interface Kolmogorov {
  /** Largest difference of the shares of values up to a point, 0 to 1. */
  readonly distance: number;
  /** The point: that share is told of values up to it. */
  readonly at: number;
  /** +1: the values after are larger there, which is a smaller share up to it. */
  readonly sign: 1 | -1;
}

/** Null if a side has no weight. The first point of several. */
export function kolmogorov(
  before: readonly Weighed[],
  after: readonly Weighed[],
): Kolmogorov | null {
  const [was, is] = [totalOf(before), totalOf(after)];
  if (!(was > 0 && is > 0)) return null;
  const steps = [
    ...before.map(({ value, weight }) => ({ value, step: weight / was })),
    ...after.map(({ value, weight }) => ({ value, step: -weight / is })),
  ].sort((a, b) => a.value - b.value || a.step - b.step);
  let apart = 0;
  let found: Kolmogorov = { distance: 0, at: steps[0]?.value ?? 0, sign: 1 };
  for (const [at, { value, step }] of steps.entries()) {
    apart += step;
    // Equal values come at once: no point lies between them.
    if (steps[at + 1]?.value === value) continue;
    // Sums of shares that are equal on paper differ by rounding.
    if (Math.abs(apart) <= found.distance + 1e-12) continue;
    found = { distance: Math.abs(apart), at: value, sign: apart > 0 ? 1 : -1 };
  }
  return found;
}

const totalOf = (values: readonly Weighed[]): number =>
  values.reduce((sum, { weight }) => sum + weight, 0);

/** Orders of so many cells are counted one by one. */
const mostCells = 10_000;

/**
 * P(D ≥ d) of the two-sample statistic where both samples are of one distribution. Exact for few
 * whole numbers of observations, by the share of the orders of both samples that stay closer
 * (Hodges 1958; with ties it is too large, never too small); else Kolmogorov's series with the
 * correction of Stephens (1970) for few observations.
 */
export function kolmogorovAtLeast(distance: number, n: number, m: number): number {
  if (distance <= 0) return 1;
  const isCounted = Number.isInteger(n) && Number.isInteger(m) && n * m <= mostCells;
  if (isCounted) return 1 - closerThan(distance, n, m);
  const size = Math.sqrt((n * m) / (n + m));
  const lambda = (size + 0.12 + 0.11 / size) * distance;
  // Below this the series needs many terms, and is 1 to ten digits.
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k += 1) {
    const term = Math.exp(-2 * k * k * lambda * lambda);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-17) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}

/**
 * Share of the orders of n and m values in which the two shares never are `distance` apart. Of the
 * orders of the first i and j, a share i / (i + j) ends with one of the n.
 */
function closerThan(distance: number, n: number, m: number): number {
  // Of the orders of i values and of j − 1, with a zero before them.
  const row = new Float64Array(m + 2);
  row[1] = 1;
  for (let i = 0; i <= n; i += 1) {
    for (let j = i === 0 ? 1 : 0; j <= m; j += 1) {
      const near = Math.abs(i / n - j / m) < distance - 1e-9;
      const [above, left] = [row[j + 1] as number, row[j] as number];
      row[j + 1] = near ? (above * i + left * j) / (i + j) : 0;
    }
  }
  return row[m + 1] as number;
}

/** Bins of a population stability index (the convention of credit scoring). */
const bins = 10;

/**
 * Bounds that cut the baseline into ten bins of equal weight; fewer where one value is more than a
 * tenth. A value belongs to the bin above the last bound that is below it.
 */
export function equalFrequencyBounds(before: readonly Weighed[]): readonly number[] {
  const sorted = [...before].sort((a, b) => a.value - b.value);
  const total = totalOf(sorted);
  const highest = sorted.at(-1)?.value;
  const bounds: number[] = [];
  let [sum, next] = [0, 1];
  for (const { value, weight } of sorted) {
    sum += weight;
    if (next >= bins || sum < (total * next) / bins - 1e-9) continue;
    // What is more than a tenth by itself is past several of them.
    while (next < bins && sum >= (total * next) / bins - 1e-9) next += 1;
    if (value !== bounds.at(-1) && value !== highest) bounds.push(value);
  }
  return bounds;
}

/** Weight in each bin, one more than bounds: up to the first, …, above the last. */
export function binned(values: readonly Weighed[], bounds: readonly number[]): readonly number[] {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  for (const { value, weight } of values) {
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at += 1;
    counts[at] = (counts[at] as number) + weight;
  }
  return counts;
}

/**
 * Population stability index Σ (q − p) ln(q / p) of two counts of the same bins; 0.1 is called
 * little, 0.25 much (Lewis 1994; Siddiqi 2006). An empty cell would make it infinite: each cell of
 * both sides is taken for half an observation fuller (Krichevsky and Trofimov 1981).
 */
export function stabilityIndex(before: readonly number[], after: readonly number[]): number {
  const shares = (counts: readonly number[]): readonly number[] => {
    const total = counts.reduce((sum, count) => sum + count + 0.5, 0);
    return counts.map((count) => (count + 0.5) / total);
  };
  const [p, q] = [shares(before), shares(after)];
  return p.reduce((sum, was, at) => {
    const is = q[at] as number;
    return sum + (is - was) * Math.log(is / was);
  }, 0);
}

/**
 * Jensen-Shannon distance of two counts of the same cells, 0 to 1: the square root of the divergence
 * in bits (Lin 1991; Endres and Schindelin 2003). 0 if a side is empty.
 */
export function jensenShannon(before: readonly number[], after: readonly number[]): number {
  const total = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  const [was, is] = [total(before), total(after)];
  if (!(was > 0 && is > 0)) return 0;
  const term = (share: number, middle: number): number =>
    share === 0 ? 0 : (share / 2) * Math.log2(share / middle);
  const divergence = before.reduce((sum, count, at) => {
    const [p, q] = [count / was, (after[at] as number) / is];
    const middle = (p + q) / 2;
    return sum + term(p, middle) + term(q, middle);
  }, 0);
  return Math.sqrt(Math.max(0, divergence));
}

export interface Homogeneity {
  readonly test: 'g' | 'fisher';
  /** Two-sided. */
  readonly p: number;
}

/** A cell that is expected to hold fewer is put together with others like it (Cochran 1954). */
const leastExpected = 5;

/**
 * Whether categories are as frequent on one side as on the other: the G-test of 2 × k counts with
 * Williams' correction (1976; Sokal and Rohlf, Biometry, §17.4), the rare categories together.
 * Of two categories, as `independence` tests them: exactly where counts are small.
 */
export function homogeneity(before: readonly number[], after: readonly number[]): Homogeneity {
  const total = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  const [n, m] = [total(before), total(after)];
  const least = Math.min(n, m) / (n + m);
  const columns = before.map((count, at) => [count, after[at] as number] as const);
  const isRare = ([a, b]: readonly [number, number]): boolean =>
    before.length > 2 && (a + b) * least < leastExpected;
  const rare = columns.filter(isRare);
  const sum = rare.reduce<readonly [number, number]>(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
  const kept = [...columns.filter((column) => !isRare(column)), ...(rare.length > 0 ? [sum] : [])];
  if (kept.length <= 2) {
    const [[a, b] = [0, 0]] = kept;
    const { test, p } = independence({ with: a, of: n }, { with: b, of: m });
    return { test, p };
  }
  return { test: 'g', p: gAtLeast(kept, n, m) };
}

function gAtLeast(columns: readonly (readonly [number, number])[], n: number, m: number): number {
  const all = n + m;
  const term = (observed: number, expected: number): number =>
    observed === 0 ? 0 : observed * Math.log(observed / expected);
  const df = columns.length - 1;
  const [g, inverse] = columns.reduce(
    ([sum, parts], [a, b]) => [
      sum + term(a, (n * (a + b)) / all) + term(b, (m * (a + b)) / all),
      parts + all / (a + b),
    ],
    [0, 0],
  );
  const q = 1 + ((all / n + all / m - 1) * (inverse - 1)) / (6 * all * df);
  return chiSquaredAtLeast((2 * g) / q, df);
}

/**
 * P(X ≥ x) for chi-squared: the upper incomplete gamma function, by its series below the middle and
 * Lentz's continued fraction above (Numerical Recipes §6.2).
 */
export function chiSquaredAtLeast(x: number, df: number): number {
  if (x <= 0) return 1;
  const [a, half] = [df / 2, x / 2];
  const front = Math.exp(a * Math.log(half) - half - logGamma(a));
  if (half < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let k = 1; k < 1_000 && term > sum * 1e-16; k += 1) {
      term *= half / (a + k);
      sum += term;
    }
    return Math.max(0, 1 - front * sum);
  }
  let b = half + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < 1_000; k += 1) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return front * fraction;
}
