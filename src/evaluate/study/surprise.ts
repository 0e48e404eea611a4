/**
 * How surprising the latest minutes of a series are, against its healthy ones:
 *
 *   share   -log10 of the binomial tail of so many failures among so many
 *   count   standard deviations above the usual count, no less than those of a Poisson count
 *   time    standard deviations of the mean of log durations
 *   tail    -log10 of the binomial tail of so many durations above all but a hundredth of the usual
 *   value   standard deviations of the mean
 *   gauge   the same, of points that may be moving averages
 *
 * where a standard deviation is that between the healthy minutes, or of so few observations if that
 * is more, or the least that is given.
 */
import { autocorrelationOf, binomialAtLeast, sampleOf } from '../../statistics.ts';
import { leastLogTime, type Seen, type SeriesKind, type SeriesName } from './minutes.ts';

/** What is usual of a series. */
export interface Usual {
  readonly name: SeriesName;
  /** Healthy minutes in which it was seen. */
  readonly healthy: Seen[];
  /** Of times: made when the healthy minutes are over. */
  tail: Tail | null;
}

/** Of the minutes together; times may be longer as a whole, or some of them much longer. */
export function surprisesOf(
  usual: Usual,
  last: readonly Seen[],
  leastSigma: number,
): readonly (readonly [SeriesKind, number])[] {
  const { kind } = usual.name;
  const own = [kind, surpriseOf(usual, last, leastSigma)] as const;
  if (kind !== 'time') return [own];
  usual.tail ??= tailOf(usual.healthy);
  return [own, ['tail', tailSurprise(usual.tail, last)]];
}

/** Deviation of the difference of two means over so many minutes, of which each has deviation 1. */
export const lengthsOf = (minutes: number, healthy: number): number =>
  Math.sqrt(1 / minutes + 1 / healthy);

/** Of the minutes together. */
function surpriseOf({ name, healthy }: Usual, last: readonly Seen[], least: number): number {
  const before = pooled(healthy);
  const now = pooled(last);
  const sign = name.worse === 'up' ? 1 : -1;
  const shift = sign * (now.mean - before.mean);
  if (shift <= name.floor) return 0;
  if (name.kind === 'share') {
    const failed = Math.round(now.mean * now.count);
    // One failure more than was seen, among one request more (Laplace).
    const usual = (before.mean * before.count + 1) / (before.count + 2);
    return surpriseOfShare(failed, now.count, usual);
  }
  const variance = Math.max(
    varianceOf(name.kind, healthy, before, now.count / last.length),
    least ** 2,
  );
  return variance === 0
    ? Infinity
    : shift / (Math.sqrt(variance) * lengthsOf(last.length, healthy.length));
}

/** Of one minute with so many observations. */
function varianceOf(
  kind: SeriesKind,
  healthy: readonly Seen[],
  before: { readonly mean: number; readonly within: number },
  observations: number,
): number {
  const means = healthy.map(({ mean }) => mean);
  const { n, spread } = sampleOf(means);
  const between = spread / (n - 1);
  if (kind === 'count') return Math.max(between, before.mean + 1);
  if (kind !== 'gauge') return Math.max(between, before.within / observations);
  // Sums of what resembles its neighbour, as a moving average does, vary more (Bartlett 1935).
  const r = autocorrelationOf(means);
  return (between * (1 + r)) / (1 - r);
}

interface Tail {
  /** Log duration above which a hundredth of the usual ones lies. */
  readonly above: number;
  readonly usualShare: number;
}

const tailShare = 0.01;

function tailOf(healthy: readonly Seen[]): Tail {
  const values = Float64Array.from(healthy.flatMap((one) => one.values)).sort();
  const place = Math.min(values.length - 1, Math.ceil((1 - tailShare) * values.length));
  const above = (values[place] ?? Infinity) + leastLogTime;
  const beyond = values.filter((value) => value > above).length;
  return { above, usualShare: (beyond + 1) / (values.length + 2) };
}

function tailSurprise({ above, usualShare }: Tail, last: readonly Seen[]): number {
  let [beyond, all] = [0, 0];
  for (const { values } of last) {
    all += values.length;
    for (const value of values) if (value > above) beyond += 1;
  }
  return surpriseOfShare(beyond, all, usualShare);
}

const surpriseOfShare = (count: number, all: number, usual: number): number =>
  -Math.log10(Math.max(1e-300, binomialAtLeast(count, all, usual)));

/** Mean over all observations, and the variance of one within its minute. */
export function pooled(all: readonly Seen[]): { count: number; mean: number; within: number } {
  let [count, sum, spread, freedom] = [0, 0, 0, 0];
  for (const one of all) {
    count += one.count;
    sum += one.count * one.mean;
    spread += one.spread;
    freedom += Math.max(0, one.count - 1);
  }
  return { count, mean: sum / count, within: freedom === 0 ? 0 : spread / freedom };
}
