/**
 * One series in both windows: how far apart, by which test, and in which minutes it shows.
 *
 * Neighbours resemble each other: calls of one minute share its traffic, and gauges are often moving
 * averages. Tests that take them for independent alarm falsely in most clean runs, so counts are
 * divided by how much more the baseline's minutes differ than chance would have it.
 */
import { grouped } from '../../grouping.ts';
import type { Cohort, DriftSignal, DriftTest, Nanos, ValueMinute } from '../../model.ts';
import { signalOf } from '../../semantics/index.ts';
import {
  autocorrelationOf,
  clamp01,
  corrected,
  normalAtLeast,
  ranksAbove,
} from '../../statistics.ts';
import { type Change, changeOf, lastingly, pooledMinutes } from '../detectors/moved-values.ts';
import {
  binned,
  equalFrequencyBounds,
  homogeneity,
  jensenShannon,
  kolmogorov,
  kolmogorovAtLeast,
  stabilityIndex,
} from './distances.ts';
import { minuteOf, type Observation, type Series } from './series.ts';

export interface Measured {
  readonly test: DriftTest;
  readonly effect: DriftSignal['effect'];
  readonly distances: DriftSignal['distances'];
  readonly category: string | null;
  readonly sign: 1 | -1;
  readonly was: number;
  readonly is: number;
  readonly n: Readonly<Record<Cohort, number>>;
  readonly p: number;
  /** Counts are divided by it; 1: independent. */
  readonly design: number;
  /** Minutes of both windows, by time, with the number that the change shows in. */
  readonly minutes: readonly Marked[];
  /** That number in each window as a whole. */
  readonly mark: Readonly<Record<Cohort, number>>;
}

export interface Marked {
  readonly cohort: Cohort;
  readonly at: Nanos;
  readonly count: number;
  readonly mark: number;
}

/** Shares of values that lie apart: that of KSWIN (Raab, Heusinger and Schleif 2020). */
const leastKs = 0.1;
/** Of Jensen-Shannon distances: what drift monitors take by convention. */
const leastJs = 0.1;
/** Half a standard deviation, as the share of two normal distributions that lies apart. */
const leastShift = 0.2;

type Sides = Readonly<Record<Cohort, readonly Observation[]>>;

export function sidesOf(observations: readonly Observation[]): Sides {
  const of = (cohort: Cohort) => observations.filter((one) => one.cohort === cohort);
  return { baseline: of('baseline'), incident: of('incident') };
}

export function measure(series: Series): Measured {
  if (series.kind === 'level') return measuredLevel(series);
  return series.kind === 'category' ? measuredCategory(series) : measuredNumber(series);
}

// ---------------------------------------------------------------- numbers and buckets

function measuredNumber({ observations, means, bounds: own }: Series): Measured {
  const { baseline, incident } = sidesOf(observations);
  const [before, after] = [baseline, incident].map((side) => side.map(weighed)) as [
    ReturnType<typeof weighed>[],
    ReturnType<typeof weighed>[],
  ];
  const found = kolmogorov(before, after) ?? { distance: 0, at: 0, sign: 1 as const };
  const design = designOf(baseline, ranksOf(baseline));
  const bounds = own.length > 0 ? own : equalFrequencyBounds(before);
  const [p, q] = [effectiveOf(baseline), effectiveOf(incident)];
  const scaled = (side: typeof before, n: number): readonly number[] => {
    const counts = binned(side, bounds);
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => (count * n) / total);
  };
  const cells = [scaled(before, p), scaled(after, q)] as const;
  const told = means.length > 0 ? sidesOf(means) : { baseline, incident };
  const levels = { baseline: meanOf(told.baseline), incident: meanOf(told.incident) };
  const isAbove = (one: Observation): number => Number((one.value as number) > found.at);
  return {
    ...{ test: 'kolmogorov-smirnov', category: null, sign: found.sign, design },
    effect: { measure: 'ks', value: found.distance, floor: leastKs },
    distances: {
      psi: stabilityIndex(...cells),
      jensenShannon: jensenShannon(...cells),
      shift: shiftOf(before, levels),
    },
    ...{ was: levels.baseline, is: levels.incident, n: countsOf({ baseline, incident }) },
    p: kolmogorovAtLeast(found.distance, p / design, q / design),
    minutes: markedOf(observations, isAbove),
    mark: { baseline: shareOf(baseline, isAbove), incident: shareOf(incident, isAbove) },
  };
}

const weighed = ({ value, count, weight }: Observation) => ({
  value: value as number,
  weight: count * weight,
});

function shiftOf(
  before: readonly { readonly value: number; readonly weight: number }[],
  { baseline, incident }: Readonly<Record<Cohort, number>>,
): number | null {
  const total = before.reduce((sum, { weight }) => sum + weight, 0);
  const mean = before.reduce((sum, { value, weight }) => sum + value * weight, 0) / total;
  const spread = before.reduce((sum, { value, weight }) => sum + weight * (value - mean) ** 2, 0);
  const deviation = Math.sqrt(spread / total);
  return deviation > 0 ? (incident - baseline) / deviation : null;
}

const meanOf = (side: readonly Observation[]): number =>
  shareOf(side, ({ value }) => value as number);

export function shareOf(side: readonly Observation[], of: (one: Observation) => number): number {
  let [sum, total] = [0, 0];
  for (const one of side) {
    const weight = one.count * one.weight;
    sum += weight * of(one);
    total += weight;
  }
  return total === 0 ? 0 : sum / total;
}

const countsOf = ({ baseline, incident }: Sides) => {
  const count = (side: readonly Observation[]): number =>
    side.reduce((sum, one) => sum + one.count, 0);
  return { baseline: count(baseline), incident: count(incident) };
};

/** Observations that stand for many others are worth fewer than there are: Kish (1965). */
function effectiveOf(side: readonly Observation[]): number {
  let [sum, squares] = [0, 0];
  for (const { count, weight } of side) {
    sum += count * weight;
    squares += count * weight * weight;
  }
  return squares === 0 ? 0 : (sum * sum) / squares;
}

// ---------------------------------------------------------------- categories

function measuredCategory({ observations }: Series): Measured {
  const { baseline, incident } = sidesOf(observations);
  const categories = [...new Set(observations.map(({ value }) => String(value)))].sort();
  const counted = (side: readonly Observation[]): readonly number[] =>
    categories.map((category) => shareOf(side, (one) => Number(one.value === category)));
  const [was, is] = [counted(baseline), counted(incident)];
  const moved = was.map((share, at) => (is[at] as number) - share);
  const top = moved.reduce((best, by, at) => {
    return Math.abs(by) > Math.abs(moved[best] as number) + 1e-12 ? at : best;
  }, 0);
  const category = categories[top] as string;
  const isTop = (one: Observation): number => Number(one.value === category);
  const design = designOf(baseline, isTop);
  const scaled = (shares: readonly number[], n: number): readonly number[] =>
    shares.map((share) => share * n);
  const [n, m] = [effectiveOf(baseline), effectiveOf(incident)];
  const cells = [scaled(was, n), scaled(is, m)] as const;
  const { test, p } = homogeneity(scaled(was, n / design), scaled(is, m / design));
  const mark = { baseline: was[top] as number, incident: is[top] as number };
  const distance = jensenShannon(...cells);
  return {
    ...{ test, p, category, design, mark, was: mark.baseline, is: mark.incident },
    sign: (moved[top] as number) < 0 ? -1 : 1,
    effect: { measure: 'jensen-shannon', value: distance, floor: leastJs },
    distances: { psi: stabilityIndex(...cells), jensenShannon: distance, shift: null },
    n: countsOf({ baseline, incident }),
    minutes: markedOf(observations, isTop),
  };
}

// ---------------------------------------------------------------- levels

/** Minutes a side from which on ranks alone can be as sure as is needed: 2 / C(16, 8) < 0.001. */
const enoughRanks = 8;

function measuredLevel(series: Series): Measured {
  const minutes = pooledMinutes([{ minutes: series.levels }]);
  const before = minutes.filter(({ cohort }) => cohort === 'baseline');
  const after = minutes.filter(({ cohort }) => cohort === 'incident');
  const known = signalOf(series.name);
  // A drift that the system measured itself can only have grown; else the direction is not known.
  const signs = known?.kind === 'drift' ? ([1] as const) : ([1, -1] as const);
  const [first, ...others] = signs.map((sign) =>
    movedLevel(before, after, sign, known?.floor ?? 0),
  ) as [Moved, ...Moved[]];
  const { sign, change, test, p } = others.reduce((a, b) => (b.p < a.p ? b : a), first);
  const { was, is, spread, large } = change;
  const apart = clamp01(1 - 2 * normalAtLeast((sign * (is - was)) / (2 * spread)));
  return {
    test,
    // Less than a twentieth of the level, or than matters of such a signal, is none.
    effect: { measure: 'shift', value: large ? apart : 0, floor: leastShift },
    distances: { psi: null, jensenShannon: null, shift: (is - was) / spread },
    ...{ category: null, sign, was, is, design: 1, mark: { baseline: was, incident: is } },
    n: { baseline: before.length, incident: after.length },
    p: Math.min(1, p * signs.length),
    minutes: minutes.map(({ cohort, minute: at, mean: mark }) => ({ cohort, at, mark, count: 1 })),
  };
}

interface Moved {
  readonly sign: 1 | -1;
  readonly change: Change;
  readonly test: DriftTest;
  /** One-sided. */
  readonly p: number;
}

/**
 * An incident seldom begins where its recording does: what came before the first minutes in a row
 * beyond the baseline is not the level that was reached, and each begin it might have had is a test.
 */
function movedLevel(
  before: readonly ValueMinute[],
  after: readonly ValueMinute[],
  sign: 1 | -1,
  floor: number,
): Moved {
  const signal = { worse: sign > 0 ? 'up' : 'down', floor } as const;
  const onset = after.indexOf(lastingly(after, changeOf(before, after, signal))[0] as ValueMinute);
  const since = after.slice(Math.max(0, onset));
  const change = changeOf(before, since, signal);
  const ranks = ranksOfMinutes(before, since, sign);
  const p = corrected(ranks ?? change.p, after.length - since.length + 1);
  return { sign, change, test: ranks === null ? 'level-shift' : 'mann-whitney', p };
}

/** Null where the minutes are too few for ranks. */
function ranksOfMinutes(
  before: readonly ValueMinute[],
  after: readonly ValueMinute[],
  sign: 1 | -1,
): number | null {
  if (Math.min(before.length, after.length) < enoughRanks) return null;
  const means = (side: readonly ValueMinute[]) => side.map(({ mean }) => sign * mean);
  const r = autocorrelationOf(means(before));
  return ranksAbove(means(after), means(before), (1 - r) / (1 + r));
}

// ---------------------------------------------------------------- minutes

/** In time order. */
function markedOf(
  observations: readonly Observation[],
  markOf: (one: Observation) => number,
): readonly Marked[] {
  const minutes = grouped(observations, ({ cohort, at }) => `${cohort} ${minuteOf(at)}`);
  return [...minutes.values()]
    .map((own) => {
      const [{ cohort, at }] = own as [Observation];
      const count = own.reduce((sum, one) => sum + one.count, 0);
      return { cohort, at: minuteOf(at), count, mark: shareOf(own, markOf) };
    })
    .sort((a, b) => a.at - b.at || (a.cohort < b.cohort ? -1 : 1));
}

/** Place of each value among those of the side, from 0 to 1; equal ones share the middle. */
function ranksOf(side: readonly Observation[]): (one: Observation) => number {
  const sizes = new Map<number, number>();
  for (const { value, count } of side) {
    sizes.set(value as number, (sizes.get(value as number) ?? 0) + count);
  }
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const ranks = new Map<number, number>();
  let below = 0;
  for (const [value, size] of [...sizes].sort(([a], [b]) => a - b)) {
    ranks.set(value, (below + size / 2) / total);
    below += size;
  }
  return ({ value }) => ranks.get(value as number) ?? 0;
}

/**
 * By how much the baseline's minutes differ more than independent observations would, 1 or more:
 * the mean square between minutes over that within (a cluster's design effect; Kish 1965), times
 * (1 + r) / (1 − r) for minutes that resemble their neighbours (Bartlett 1935).
 */
function designOf(side: readonly Observation[], scoreOf: (one: Observation) => number): number {
  const minutes = [...grouped(side, ({ at }) => minuteOf(at))]
    .sort(([a], [b]) => a - b)
    .map(([, own]) => own);
  if (minutes.length < 2) return 1;
  const plain = (own: readonly Observation[]) => own.map((one) => ({ ...one, weight: 1 }));
  const mean = shareOf(plain(side), scoreOf);
  let [between, within, n] = [0, 0, 0];
  const means: number[] = [];
  for (const own of minutes) {
    const middle = shareOf(plain(own), scoreOf);
    means.push(middle);
    for (const one of own) {
      within += one.count * (scoreOf(one) - middle) ** 2;
      between += one.count * (middle - mean) ** 2;
      n += one.count;
    }
  }
  const r = autocorrelationOf(means);
  const spread = within / Math.max(1, n - minutes.length);
  const ratio = spread > 0 ? between / (minutes.length - 1) / spread : 1;
  return (Math.max(1, ratio) * (1 + r)) / (1 - r);
}
