/**
 * What is measured of a series, and its minutes: what each of them was like, and how much they
 * resemble their neighbours.
 */
import { grouped } from '../../grouping.ts';
import {
  type Cohort,
  type DriftSignal,
  type DriftTest,
  minuteOf,
  type Nanos,
} from '../../model.ts';
import { autocorrelationOf } from '../../statistics.ts';
import type { Observation } from './series.ts';

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

export type Sides = Readonly<Record<Cohort, readonly Observation[]>>;

export function sidesOf(observations: readonly Observation[]): Sides {
  const of = (cohort: Cohort) => observations.filter((one) => one.cohort === cohort);
  return { baseline: of('baseline'), incident: of('incident') };
}

export function shareOf(side: readonly Observation[], of: (one: Observation) => number): number {
  let [sum, total] = [0, 0];
  for (const one of side) {
    const weight = one.count * one.weight;
    sum += weight * of(one);
    total += weight;
  }
  return total === 0 ? 0 : sum / total;
}

/** In time order. */
export function markedOf(
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
export function ranksOf(side: readonly Observation[]): (one: Observation) => number {
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
export function designOf(
  side: readonly Observation[],
  scoreOf: (one: Observation) => number,
): number {
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
