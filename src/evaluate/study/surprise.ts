/**
 * How surprising the latest minutes of a series are, against its healthy ones: -log10 of the chance
 * of as much or more, of healthy minutes,
 *
 *   share   by the beta-binomial tail of so many failures among so many, after those that are usual
 *   count   by that of so many of all records in so many of all minutes (Przyborowski & Wilenski 1940),
 *           and by Student's t over the minutes
 *   time    by Student's t over the minutes of mean log durations, and over the single durations
 *   tail    by the same of durations above all but a hundredth of the usual
 *   value   as of times, of means
 *   gauge   by Student's t over the minutes, of points that may be moving averages
 *
 * The least of two counts: minutes differ by more than what is seen in them, or are too few to tell
 * how much they differ. Student's t has as many degrees of freedom as there are healthy minutes, so a
 * series that is seen seldom must go further than one that is known well.
 */
import {
  autocorrelationOf,
  binomialAtLeast,
  predictedAtLeast,
  sampleOf,
  studentAtLeast,
} from '../../statistics.ts';
import { leastLogTime, type Seen, type SeriesKind, type SeriesName } from './minutes.ts';

/** What is usual of a series. */
export interface Usual {
  readonly name: SeriesName;
  /** Healthy minutes in which it was seen. */
  readonly healthy: Seen[];
  /** Of times: made when the healthy minutes are over. */
  tail: Tail | null;
}

/**
 * Of the minutes together, none if they are within `floors` of what is usual, in floors of the
 * series; times may be longer as a whole, or some of them much longer.
 */
export function surprisesOf(
  usual: Usual,
  last: readonly Seen[],
  floors: number,
): readonly (readonly [SeriesKind, number])[] {
  const { kind } = usual.name;
  const own = [kind, surpriseOf(usual, last, floors)] as const;
  if (kind !== 'time') return [own];
  usual.tail ??= tailOf(usual.healthy);
  return [own, ['tail', tailSurprise(usual.tail, last)]];
}

/** Deviation of the difference of two means over so many minutes, of which each has deviation 1. */
export const lengthsOf = (minutes: number, healthy: number): number =>
  Math.sqrt(1 / minutes + 1 / healthy);

const failuresOf = ({ mean, count }: Pooled): number => Math.round(mean * count);

/** Of the minutes together. */
function surpriseOf({ name, healthy }: Usual, last: readonly Seen[], floors: number): number {
  const [before, now] = [pooled(healthy), pooled(last)];
  const shift = (name.worse === 'up' ? 1 : -1) * (now.mean - before.mean);
  if (shift <= floors * floorOf(name, before.mean)) return 0;
  const overMinutes = (): number => minutesSurprise(name.kind, healthy, shift, last.length);
  switch (name.kind) {
    case 'share':
      return surpriseOfShare(failuresOf(now), now.count, failuresOf(before), before.count);
    case 'count':
      return Math.min(recordsSurprise(healthy, last), overMinutes());
    case 'gauge':
      return overMinutes();
    default:
      return Math.min(observationsSurprise(before, now, shift), overMinutes());
  }
}

/**
 * Smallest change that matters. An age that is read in step with its refresh is read anywhere
 * between none and twice its mean, and wanders there as the two get out of step.
 */
const floorOf = ({ isAge, floor }: SeriesName, usual: number): number =>
  isAge ? Math.max(floor, usual) : floor;

/** Of a shift of the mean of so many minutes, as the means of healthy minutes vary. */
function minutesSurprise(
  kind: SeriesKind,
  healthy: readonly Seen[],
  shift: number,
  minutes: number,
): number {
  const means = healthy.map(({ mean }) => mean);
  const { n, spread } = sampleOf(means);
  // Sums of what resembles its neighbour, as a moving average does, vary more (Bartlett 1935).
  const r = kind === 'gauge' ? autocorrelationOf(means) : 0;
  const variance = ((spread / (n - 1)) * (1 + r)) / (1 - r);
  return surpriseOfShift(shift, Math.sqrt(variance) * lengthsOf(minutes, n), n - 1);
}

/**
 * Of a shift of the mean, as single observations of one minute vary, then and now: of what never
 * varied before, that is all that is known. None within a minute: no bound.
 */
function observationsSurprise(before: Pooled, now: Pooled, shift: number): number {
  const freedom = before.freedom + now.freedom;
  if (freedom === 0) return Infinity;
  const variance = (before.freedom * before.within + now.freedom * now.within) / freedom;
  const deviation = Math.sqrt(variance * (1 / before.count + 1 / now.count));
  return surpriseOfShift(shift, deviation, freedom);
}

/** Of so many of all records in these minutes, if they came as often as before. */
function recordsSurprise(healthy: readonly Seen[], last: readonly Seen[]): number {
  const records = (all: readonly Seen[]): number => all.reduce((sum, { mean }) => sum + mean, 0);
  const [before, now] = [records(healthy), records(last)];
  const share = last.length / (last.length + healthy.length);
  return surpriseOfChance(binomialAtLeast(now, before + now, share));
}

const surpriseOfShift = (shift: number, deviation: number, freedom: number): number =>
  deviation === 0 ? Infinity : surpriseOfChance(studentAtLeast(shift / deviation, freedom));

interface Tail {
  /** Log duration above which a hundredth of the usual ones lies. */
  readonly above: number;
  /** Usual ones, and those of them that lie a fifth above that as well. */
  readonly all: number;
  readonly beyond: number;
}

const tailShare = 0.01;

function tailOf(healthy: readonly Seen[]): Tail {
  const values = Float64Array.from(healthy.flatMap((one) => one.values)).sort();
  const place = Math.min(values.length - 1, Math.ceil((1 - tailShare) * values.length));
  const above = (values[place] ?? Infinity) + leastLogTime;
  const beyond = values.filter((value) => value > above).length;
  return { above, all: values.length, beyond };
}

function tailSurprise(usual: Tail, last: readonly Seen[]): number {
  let [beyond, all] = [0, 0];
  for (const { values } of last) {
    all += values.length;
    for (const value of values) if (value > usual.above) beyond += 1;
  }
  return surpriseOfShare(beyond, all, usual.beyond, usual.all);
}

/** Of so many among all now, where so many among all were usual: what is known of the share is no more. */
const surpriseOfShare = (count: number, all: number, usual: number, known: number): number =>
  surpriseOfChance(predictedAtLeast(count, all, usual, known));

const surpriseOfChance = (chance: number): number => -Math.log10(Math.max(1e-300, chance));

interface Pooled {
  readonly count: number;
  readonly mean: number;
  /** Variance of one observation within its minute, and its degrees of freedom. */
  readonly within: number;
  readonly freedom: number;
}

/** All observations of the minutes. */
export function pooled(all: readonly Seen[]): Pooled {
  let [count, sum, spread, freedom] = [0, 0, 0, 0];
  for (const one of all) {
    count += one.count;
    sum += one.count * one.mean;
    spread += one.spread;
    freedom += Math.max(0, one.count - 1);
  }
  return { count, mean: sum / count, within: freedom === 0 ? 0 : spread / freedom, freedom };
}
