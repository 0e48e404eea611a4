/**
 * When something is wrong: the first healthy minutes of a series tell what is usual, and each
 * minute that ends is held, with those before it, against them. Nothing later is read.
 *
 * The last two and the last five minutes are looked at, for what is plain and for what is faint. How
 * surprising they are is
 *
 *   share   -log10 of the binomial tail of so many failures among so many
 *   count   standard deviations above the usual count, no less than those of a Poisson count
 *   time    standard deviations of the mean of log durations
 *   tail    -log10 of the binomial tail of so many durations above all but a hundredth of the usual
 *   value   standard deviations of the mean
 *   gauge   the same, of points that may be moving averages
 *
 * where a standard deviation is that between the healthy minutes, or of so few observations if that
 * is more; and at least so large that the smallest change that matters is no alarm before it has lasted
 * the longer of the two.
 */
import { autocorrelationOf, binomialAtLeast, sampleOf } from '../../statistics.ts';
import {
  leastLogTime,
  type Origin,
  type Seen,
  type SeriesKind,
  type SeriesName,
} from './minutes.ts';

/** Healthy minutes that a series is compared with. */
export const healthyMinutes = 15;
const spans = [2, 5] as const;
/** Minutes of a series that are needed to know what is usual. */
const leastMinutes = 8;

/**
 * So surprising that it is an alarm. Set on 168 healthy hours of other seeds than those of the
 * study: a little above the highest that was seen there. No fault was looked at.
 */
export const limits: Readonly<Record<SeriesKind, number>> = {
  share: 9,
  count: 9,
  time: 8,
  tail: 9,
  value: 9,
  gauge: 9,
};

export interface Alarm {
  /** The minute whose end it comes at, from 0. */
  readonly minute: number;
  /** First of the minutes that raised it. */
  readonly since: number;
  readonly name: SeriesName;
  /** In units of the limit of its kind. */
  readonly surprise: number;
}

export interface Watch {
  /** Takes what was seen in the next minute; the plainest alarm of each origin at its end. */
  next(minute: number, seen: ReadonlyMap<string, Seen>): readonly Alarm[];
}

interface Usual {
  readonly name: SeriesName;
  /** Minutes in which it was seen, of the healthy ones, and the latest. */
  readonly healthy: Seen[];
  readonly latest: { minute: number; seen: Seen }[];
  /** Of times: made when the healthy minutes are over. */
  tail: Tail | null;
}

export function startWatch(limit: Readonly<Record<SeriesKind, number>> = limits): Watch {
  const known = new Map<string, Usual>();
  return {
    next(minute, seen) {
      if (minute < healthyMinutes) {
        for (const [key, one] of seen) learn(known, key, one);
        return [];
      }
      const plainest = new Map<Origin, Alarm>();
      for (const [key, one] of seen) {
        const alarm = alarmOf(known.get(key), minute, one, limit);
        if (alarm === null) continue;
        const { origin } = alarm.name;
        if (alarm.surprise > (plainest.get(origin)?.surprise ?? 0)) plainest.set(origin, alarm);
      }
      return [...plainest.values()];
    },
  };
}

/** The plainest of the series at the end of a minute in which it was seen; null: none. */
function alarmOf(
  usual: Usual | undefined,
  minute: number,
  seen: Seen,
  limit: Readonly<Record<SeriesKind, number>>,
): Alarm | null {
  if (!usual || usual.healthy.length < leastMinutes) return null;
  const { name, latest } = usual;
  latest.push({ minute, seen });
  if (latest.length > Math.max(...spans)) latest.shift();
  let best: Alarm | null = null;
  for (const length of spans) {
    const last = latest.filter((each) => each.minute > minute - length);
    const [first] = last;
    if (!first || last.length < 2) continue;
    const surprise = relativeSurprise(
      usual,
      last.map((each) => each.seen),
      limit,
    );
    if (surprise > Math.max(1, best?.surprise ?? 0)) {
      best = { minute, since: first.minute, name, surprise };
    }
  }
  return best;
}

/** Above 1: an alarm. Times may be longer as a whole, or some of them much longer. */
function relativeSurprise(
  usual: Usual,
  last: readonly Seen[],
  limit: Readonly<Record<SeriesKind, number>>,
): number {
  const { kind } = usual.name;
  const own = surpriseOf(usual, last, limit[kind]) / limit[kind];
  if (kind !== 'time') return own;
  usual.tail ??= tailOf(usual.healthy);
  return Math.max(own, tailSurprise(usual.tail, last) / limit.tail);
}

function learn(known: Map<string, Usual>, key: string, seen: Seen): void {
  const usual = known.get(key);
  if (usual) usual.healthy.push(seen);
  else known.set(key, { name: seen.name, healthy: [seen], latest: [], tail: null });
}

/** Of the minutes together. */
function surpriseOf({ name, healthy }: Usual, last: readonly Seen[], limit: number): number {
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
  const lengths = (minutes: number): number => Math.sqrt(1 / minutes + 1 / healthy.length);
  const least = name.floor / (limit * lengths(Math.max(...spans)));
  const variance = Math.max(
    varianceOf(name.kind, healthy, before, now.count / last.length),
    least ** 2,
  );
  return variance === 0 ? Infinity : shift / (Math.sqrt(variance) * lengths(last.length));
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
function pooled(all: readonly Seen[]): { count: number; mean: number; within: number } {
  let [count, sum, spread, freedom] = [0, 0, 0, 0];
  for (const one of all) {
    count += one.count;
    sum += one.count * one.mean;
    spread += one.spread;
    freedom += Math.max(0, one.count - 1);
  }
  return { count, mean: sum / count, within: freedom === 0 ? 0 : spread / freedom };
}
