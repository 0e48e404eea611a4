/**
 * How a series would have gone on: a level with neighbours that resemble each other (an autoregression
 * of first order), from independent minutes to moving averages that hardly come back.
 *
 * How alike neighbours are cannot be told from a few minutes, and to take an estimate for the truth
 * cries wolf: of ten series that are no more than 0.8 alike one in four cases alarmed. So every
 * likeness counts by how well it fits the baseline, all of them alike at first (the reference prior of
 * Berger and Yang 1994).
 */
import { sampleOf, studentAtLeast } from '../../statistics.ts';

/** Means of minutes in a row, by time. */
export type Minutes = readonly number[];

/** Likenesses that are tried: equal parts of the prior 1 / √(1 − r²), which is uniform in arcsin r. */
const likenesses = Array.from({ length: 24 }, (_, at) =>
  Math.sin(((at + 0.5) / 24) * (Math.PI / 2)),
);

/** Fewer minutes than this leave nothing to judge a forecast by. */
const fewest = 3;

/**
 * One-sided p of the mean of `after`, whose first minute is `gap` after the last of `before`, being as
 * high as it is. `floor`: standard deviation that a forecast is never better than. A series that was on
 * its way in the baseline has to leave that way too. 1 if there is too little to tell.
 */
export function aboveForecast(
  before: Minutes,
  after: Minutes,
  { gap, floor }: { readonly gap: number; readonly floor: number },
): number {
  if (before.length < fewest || after.length === 0) return 1;
  const target = sampleOf(after).mean;
  const models = likenesses.map((r) => forecast(before, { r, gap, m: after.length }));
  const best = models.reduce((most, { fit }) => Math.max(most, fit), Number.NEGATIVE_INFINITY);
  let [sum, total] = [0, 0];
  for (const { fit, mean, variance } of models) {
    // Without any noise all fit as well as each other.
    const weight = Number.isFinite(best) ? Math.exp(fit - best) : 1;
    sum += weight * pastAt(target - mean, Math.max(variance, floor ** 2), before.length - 1);
    total += weight;
  }
  return Math.max(sum / total, aboveTrend(before, target, { gap, m: after.length, floor }));
}

/** Where nothing at all varies, nothing is known of what is usual. */
const pastAt = (by: number, variance: number, freedom: number): number =>
  variance === 0 ? 1 : studentAtLeast(by / Math.sqrt(variance), freedom);

interface Horizon {
  /** Steps from the last minute known to the first forecast. */
  readonly gap: number;
  /** Minutes forecast, whose mean is asked for. */
  readonly m: number;
}

/** Level, noise and log-likelihood by generalised least squares (Prais and Winsten 1954). */
function forecast(before: Minutes, { r, gap, m }: Horizon & { readonly r: number }) {
  const n = before.length;
  const first = Math.sqrt(1 - r * r);
  const ones = before.map((_, at) => (at === 0 ? first : 1 - r));
  const values = before.map((value, at) =>
    at === 0 ? first * value : value - r * (before[at - 1] as number),
  );
  const weight = ones.reduce((sum, one) => sum + one * one, 0);
  const level = values.reduce((sum, value, at) => sum + value * (ones[at] as number), 0) / weight;
  const squares = values.reduce(
    (sum, value, at) => sum + (value - level * (ones[at] as number)) ** 2,
    0,
  );
  // Share of the last minute's distance from the level that is left, on average over what is forecast.
  const left = (r ** gap * (1 - r ** m)) / (1 - r) / m;
  const variance = (squares / (n - 1)) * (spreadOf({ r, gap, m }) + (1 - left) ** 2 / weight);
  const fit = 0.5 * Math.log((1 - r * r) / weight) - ((n - 1) / 2) * Math.log(squares);
  return { fit, variance, mean: level + left * ((before.at(-1) as number) - level) };
}

/** Variance of the mean of what is forecast, given the last minute known, for steps of variance 1. */
function spreadOf({ r, gap, m }: Horizon & { readonly r: number }): number {
  let sum = 0;
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < m; j += 1) sum += r ** Math.abs(i - j) - r ** (2 * gap + i + j);
  }
  return sum / (1 - r * r) / (m * m);
}

/** A mean step that chance would bring in one of twenty series is a way. */
const plainTrend = 0.025;

/** P of a random walk with drift (Hyndman and Athanasopoulos 2021, §5.5); 0 where there is no way. */
function aboveTrend(
  before: Minutes,
  target: number,
  { gap, m, floor }: Horizon & { readonly floor: number },
): number {
  const { n, mean, spread } = sampleOf(
    before.slice(1).map((value, at) => value - (before[at] as number)),
  );
  const square = spread / (n - 1);
  if (mean === 0 || studentAtLeast(Math.abs(mean) / Math.sqrt(square / n), n - 1) > plainTrend) {
    return 0;
  }
  const ahead = gap - 1 + (m + 1) / 2;
  const walked = gap - 1 + ((m + 1) * (2 * m + 1)) / (6 * m);
  const by = target - (before.at(-1) as number) - mean * ahead;
  return pastAt(by, Math.max(square * (walked + ahead ** 2 / n), floor ** 2), n - 1);
}
