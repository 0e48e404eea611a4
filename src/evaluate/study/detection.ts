/**
 * When something is wrong: the first healthy minutes of a series tell what is usual, and each
 * minute that ends is held, with those before it, against them. Nothing later is read. How surprising
 * the last two and the last five minutes are (`surprise.ts`) decides whether it is an alarm. What is
 * plain shows in two minutes, what is faint in five.
 */
import { onsetIndex } from '../../statistics.ts';
import type { Origin, Seen, SeriesKind, SeriesName } from './minutes.ts';
import { lengthsOf, pooled, surprisesOf, type Usual } from './surprise.ts';

/** Healthy minutes that a series is compared with. */
export const healthyMinutes = 15;
const [shorter, longer] = [2, 5] as const;
/** Minutes in which a series must have been seen to know what is usual: four of five. */
const leastMinutes = 12;

/**
 * So surprising that it is an alarm: what is passed once in 2,000 healthy hours of each kind, which is
 * once in a fortnight of all six, by the highest of healthy hours of other seeds than those of the
 * study (`npm run limits`). No fault was looked at.
 */
export const limits: Readonly<Record<SeriesKind, number>> = {
  share: 3.9,
  count: 7.1,
  time: 6.0,
  tail: 5.1,
  value: 8.1,
  gauge: 8.5,
};

export interface Alarm {
  /** The minute whose end it comes at, from 0. */
  readonly minute: number;
  /** The minute in which what raised it seems to have begun. */
  readonly since: number;
  readonly name: SeriesName;
  /** In units of the limit of its kind. */
  readonly surprise: number;
}

export interface Watch {
  /** Takes what was seen in the next minute; the plainest alarm of each origin at its end. */
  next(minute: number, seen: ReadonlyMap<string, Seen>): readonly Alarm[];
  /** The most surprising so far of each kind, not in units of its limit. */
  readonly highest: ReadonlyMap<SeriesKind, number>;
}

interface Watched {
  readonly usual: Usual;
  readonly latest: { minute: number; seen: Seen }[];
}

export function startWatch(): Watch {
  const known = new Map<string, Watched>();
  const highest = new Map<SeriesKind, number>();
  return {
    highest,
    next(minute, seen) {
      if (minute < healthyMinutes) {
        for (const [key, one] of seen) learn(known, key, one);
        return [];
      }
      const plainest = new Map<Origin, Alarm>();
      for (const [key, one] of seen) {
        const alarm = alarmOf(known.get(key), minute, one, highest);
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
  watched: Watched | undefined,
  minute: number,
  seen: Seen,
  highest: Map<SeriesKind, number>,
): Alarm | null {
  if (!watched || watched.usual.healthy.length < leastMinutes) return null;
  const { usual, latest } = watched;
  const { name } = usual;
  latest.push({ minute, seen });
  if (latest.length > longer) latest.shift();
  let most = 0;
  for (const length of name.kind === 'gauge' ? [longer] : [shorter, longer]) {
    const last = latest.filter((each) => each.minute > minute - length).map((each) => each.seen);
    if (last.length < 2) continue;
    for (const [kind, surprise] of surprisesOf(usual, last, floorsOf(last.length))) {
      highest.set(kind, Math.max(surprise, highest.get(kind) ?? 0));
      most = Math.max(most, surprise / limits[kind]);
    }
  }
  return most <= 1 ? null : { minute, since: sinceWhen(watched), name, surprise: most };
}

/** A change that just matters must last the longer time; what lasts shorter must be larger. */
const floorsOf = (minutes: number): number =>
  lengthsOf(minutes, healthyMinutes) / lengthsOf(longer, healthyMinutes);

/** First of the latest minutes that are nearer to the worst of them than to what is usual. */
function sinceWhen({ usual: { name, healthy }, latest }: Watched): number {
  const sign = name.worse === 'up' ? 1 : -1;
  const means = latest.map(({ seen }) => sign * seen.mean);
  const first = onsetIndex(means, sign * pooled(healthy).mean, Math.max(...means));
  return (latest[first] as { minute: number }).minute;
}

function learn(known: Map<string, Watched>, key: string, seen: Seen): void {
  const watched = known.get(key);
  if (watched) watched.usual.healthy.push(seen);
  else known.set(key, { usual: { name: seen.name, healthy: [seen], tail: null }, latest: [] });
}
