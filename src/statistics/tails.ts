/** Tails of the distributions that tests rest on. */

/** Log of the gamma function: Lanczos, g = 7, nine terms (relative error below 1e-13). */
export function logGamma(x: number): number {
  const terms = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
    -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
    1.5056327351493116e-7,
  ];
  const z = x - 1;
  let sum = terms[0] as number;
  for (let i = 1; i < terms.length; i += 1) sum += (terms[i] as number) / (z + i);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/**
 * Regularised incomplete beta function I_x(a, b), by Lentz's continued fraction
 * (Numerical Recipes §6.4).
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  for (let m = 1; m <= 300; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d, tiny);
    c = nonZero(1 + even / c, tiny);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d, tiny);
    c = nonZero(1 + odd / c, tiny);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-12) break;
  }
  return (front * fraction) / a;
}

const nonZero = (value: number, tiny: number): number => (Math.abs(value) < tiny ? tiny : value);

/** P(X ≥ k) for X ~ Binomial(n, p). */
export function binomialAtLeast(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  return k > n ? 0 : incompleteBeta(p, k, n - k + 1);
}

/** P(X ≤ k) for X ~ Binomial(n, p). */
export const binomialAtMost = (k: number, n: number, p: number): number =>
  k >= n ? 1 : 1 - binomialAtLeast(k + 1, n, p);

/**
 * P(X ≥ k) for k of n, where `known` of `all` were seen before and that is all that is known of the share:
 * the beta-binomial distribution from a uniform prior (Laplace). What Student's t is to a mean.
 */
export function predictedAtLeast(k: number, n: number, known: number, all: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  const others = all - known;
  const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);
  const logChoices = -Math.log(n + 1) - logBeta(k + 1, n - k + 1);
  let term = Math.exp(
    logChoices + logBeta(k + known + 1, n - k + others + 1) - logBeta(known + 1, others + 1),
  );
  let sum = term;
  for (let j = k; j < n && term > 1e-17 * sum; j += 1) {
    term *= ((n - j) * (j + known + 1)) / ((j + 1) * (n - j + others));
    sum += term;
  }
  return Math.min(1, sum);
}

/** P(T ≥ t) for Student's t with `df` degrees of freedom. */
export function studentAtLeast(t: number, df: number): number {
  const tail = 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5);
  return t >= 0 ? tail : 1 - tail;
}

/** P(Z ≥ z) of the normal distribution: Student's t with so many degrees that the rest is noise. */
export const normalAtLeast = (z: number): number => studentAtLeast(z, 1e7);
