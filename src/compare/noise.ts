/**
 * Whether an operation differs between two sides by more than noise. There are two doubts, and it
 * must be past both: few calls tell no mean and no share, and minutes of one side differ as well.
 *
 *     minutes of A   ▃▂▄▃▂▃      of B   ▄▃▅▃▄▄     higher for sure if there are many calls, but
 *                                                  as high as some minutes of A: noise
 */
import {
  bucketValue,
  emptyHistogram,
  histogramTotal,
  logSample,
  mergeHistogram,
  quantile,
} from '../graph/index.ts';
import { grouped } from '../grouping.ts';
import type { Histogram, Move, OperationMinute } from '../model.ts';
import { greaterThan, pooled, predictedAtLeast, type Sample, sampleOf } from '../statistics.ts';

/** Of one operation on one side. */
export type Minutes = readonly OperationMinute[];

interface Moved {
  readonly move: Move;
  /** Two-sided; 1: within the noise. */
  readonly p: number;
}

/** A healthy system is a tenth slower or quicker from hour to hour, whatever a few minutes show. */
const usualShift = 0.1;
/** … has so many slow calls more or less, where one in twenty is slow, */
const usualTail = 0.05;
/** … and so many failures. */
const usualFailures = 0.005;

/** Of all calls, by the logarithms of durations, which are close to normal; or of the slowest. */
export function timeMove(a: Minutes, b: Minutes): Moved {
  const [before, after] = [levelsOf(a, logTimes), levelsOf(b, logTimes)];
  const longer = (one: Sample, other: Sample): number => greaterThan(one, other, usualShift);
  const whole = moved(before, after, usualShift, longer);
  const slowest = slowestMove(a, b);
  const surer = slowest.p < whole.p ? slowest : whole;
  return { ...surer, p: Math.min(1, 2 * surer.p) };
}

/** Of the share of calls that take longer than nineteen of twenty of the quicker side. */
function slowestMove(a: Minutes, b: Minutes): Moved {
  const limits = [a, b].map((side) => quantile(durationsOf(side), 0.95) ?? 0);
  const limit = Math.min(...limits);
  const slow = (minutes: Minutes): Sample => {
    const durations = durationsOf(minutes);
    let count = 0;
    durations.counts.forEach((n, at) => {
      if (n > 0 && bucketValue(durations.from + at) > limit) count += n;
    });
    return shareOf(count, histogramTotal(durations));
  };
  return moved(levelsOf(a, slow), levelsOf(b, slow), usualTail, moreOf);
}

export function failureMove(a: Minutes, b: Minutes): Moved {
  const failed = (minutes: Minutes): Sample =>
    shareOf(
      minutes.reduce((sum, { errors }) => sum + errors, 0),
      minutes.reduce((sum, { count }) => sum + count, 0),
    );
  return moved(levelsOf(a, failed), levelsOf(b, failed), usualFailures, moreOf);
}

/** What is larger than twice the deviation of minutes is no minute of the other side. */
const beyond = 2;

/** `test`: the odds of one side being above the other by chance of its calls. */
function moved(
  before: readonly Sample[],
  after: readonly Sample[],
  floor: number,
  test: (one: Sample, other: Sample) => number,
): Moved {
  const [a, b] = [pooled(before), pooled(after)];
  const shift = b.mean - a.mean;
  const move = shift < 0 ? 'down' : 'up';
  if (Math.abs(shift) < Math.max(floor, beyond * betweenMinutes(before))) return { move, p: 1 };
  return { move, p: Math.min(1, 2 * (move === 'up' ? test(b, a) : test(a, b))) };
}

/** Deviation of minutes beside what few calls a minute bring about. */
function betweenMinutes(minutes: readonly Sample[]): number {
  if (minutes.length < 2) return 0;
  const means = sampleOf(minutes.map(({ mean }) => mean));
  const { n, freedom, spread } = minutes.reduce(
    (sum, one) => ({
      n: sum.n + one.n,
      freedom: sum.freedom + one.n - 1,
      spread: sum.spread + one.spread,
    }),
    { n: 0, freedom: 0, spread: 0 },
  );
  const within = freedom === 0 ? 0 : spread / freedom / (n / minutes.length);
  return Math.sqrt(Math.max(0, means.spread / (means.n - 1) - within));
}

const moreOf = (one: Sample, other: Sample): number =>
  predictedAtLeast(partOf(one), one.n, partOf(other), other.n);

const shareOf = (part: number, n: number): Sample => {
  const mean = n === 0 ? 0 : part / n;
  return { n, mean, spread: n * mean * (1 - mean) };
};

const partOf = ({ n, mean }: Sample): number => Math.round(n * mean);

/** What was counted in each minute, all sources together. */
const levelsOf = (minutes: Minutes, levelOf: (minutes: Minutes) => Sample): readonly Sample[] =>
  [...grouped(minutes, ({ minute }) => minute).values()].map(levelOf).filter(({ n }) => n > 0);

function durationsOf(minutes: Minutes): Readonly<Histogram> {
  const [only] = minutes;
  if (only && minutes.length === 1) return only.duration;
  const all = emptyHistogram();
  for (const { duration } of minutes) mergeHistogram(all, duration);
  return all;
}

const logTimes = (minutes: Minutes): Sample => logSample(durationsOf(minutes));
