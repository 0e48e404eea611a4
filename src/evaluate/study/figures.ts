/** Outcomes → figures with 95 % intervals over cases (`interval.ts`). */
import type { Interval } from '../../model.ts';
import { median } from '../../statistics.ts';
import { bootstrap } from '../interval.ts';
import { type Arm, arms } from './arms.ts';
import { faultyMinutes, type StudyOutcome, settleMinutes } from './case.ts';
import type { FailureType } from './cases.ts';
import { repairMinutes } from './operator.ts';

export interface Figure {
  readonly value: number | null;
  readonly interval: Interval | null;
}

/** Minutes of one incident. */
export interface Times {
  readonly detection: { readonly without: number; readonly with: number };
  readonly repair: { readonly without: number; readonly with: number };
}

/** Who is not alarmed notices at the end of the recording, or after `notice` minutes. */
export function timesOf(one: StudyOutcome, checkMinutes: number, notice = faultyMinutes): Times {
  const found = (minutes: number | null): number => Math.min(minutes ?? notice, notice);
  const repair = repairMinutes(one.faultClass);
  return {
    detection: { without: found(one.detected.monitor), with: found(one.detected.signals) },
    repair: {
      without: one.checks.without * checkMinutes + repair,
      with: settleMinutes + one.checks.with * checkMinutes + repair,
    },
  };
}

/** Each failure type counts alike, however many classes it has. */
export type Typed = readonly { readonly type: string; readonly outcome: StudyOutcome }[];

export const typed = (types: readonly FailureType[], outcomes: readonly StudyOutcome[]): Typed =>
  types.flatMap(({ name, classes }) =>
    outcomes
      .filter(({ scenario }) => classes.includes(scenario))
      .map((outcome) => ({ type: name, outcome })),
  );

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean over types of the means within them. */
export function meanOverTypes(all: Typed, of: (one: StudyOutcome) => number): number | null {
  const types = [...new Set(all.map(({ type }) => type))];
  return meanOf(
    types.flatMap(
      (type) =>
        meanOf(all.filter((one) => one.type === type).map(({ outcome }) => of(outcome))) ?? [],
    ),
  );
}

export const minutesADay = 24 * 60;

/** Of a day with one such incident, the share of it in which the system is as usual. */
export const uptimeOf = (outage: number): number => Math.max(0, 1 - outage / minutesADay);

const tableKeys = [
  'detectionWithout',
  'detectionWith',
  'detectionCut',
  'repairWithout',
  'repairWith',
  'repairCut',
  'uptimeWithout',
  'uptimeWith',
  'servedWithout',
  'servedWith',
] as const;

export type TableOne = Readonly<Record<(typeof tableKeys)[number], Figure>>;

export function tableOne(all: Typed, checkMinutes: number, notice?: number): TableOne {
  return figuresOf(all, (drawn) => {
    const mean = (of: (times: Times, one: StudyOutcome) => number) =>
      meanOverTypes(drawn, (one) => of(timesOf(one, checkMinutes, notice), one));
    const outage = (arm: 'without' | 'with') =>
      mean(({ detection, repair }) => uptimeOf(detection[arm] + repair[arm]));
    const served = (arm: 'without' | 'with') =>
      mean(({ detection, repair }, one) =>
        uptimeOf((detection[arm] + repair[arm]) * one.lost.without),
      );
    const detectionWithout = mean(({ detection }) => detection.without);
    const detectionWith = mean(({ detection }) => detection.with);
    const repairWithout = mean(({ repair }) => repair.without);
    const repairWith = mean(({ repair }) => repair.with);
    return {
      detectionWithout,
      detectionWith,
      detectionCut: cut(detectionWithout, detectionWith),
      repairWithout,
      repairWith,
      repairCut: cut(repairWithout, repairWith),
      uptimeWithout: outage('without'),
      uptimeWith: outage('with'),
      servedWithout: served('without'),
      servedWith: served('with'),
    };
  });
}

/** Minutes of outage with observability, were each fault noticed at once and the one at fault checked first. */
export const leastOutage = (all: Typed, checkMinutes: number): number | null =>
  meanOverTypes(all, ({ faultClass }) => settleMinutes + checkMinutes + repairMinutes(faultClass));

/** By which share it is shorter. */
const cut = (before: number | null, after: number | null): number | null =>
  before === null || after === null || before === 0 ? null : 1 - after / before;

/** Figures of the items, and how far each may be off. */
export function figuresOf<Item, Key extends string>(
  items: readonly Item[],
  figures: (items: readonly Item[]) => Readonly<Record<Key, number | null>>,
): Record<Key, Figure> {
  const values = figures(items);
  const intervals = bootstrap(items, figures);
  return Object.fromEntries(
    (Object.keys(values) as Key[]).map((key) => [
      key,
      { value: values[key], interval: intervals[key] ?? null },
    ]),
  ) as Record<Key, Figure>;
}

export interface FoundShares {
  readonly n: number;
  /** Service, layer and class of the first cause right. */
  readonly all: Readonly<Record<Arm, Figure>>;
  readonly service: Readonly<Record<Arm, Figure>>;
  /** The first suspect by its share of errors is at fault. */
  readonly byErrors: Figure;
  /** All right, in what the operator had after the alarm. */
  readonly atAlarm: Figure;
  /** What the signals add to metrics of machines, and logs and traces to them; paired. */
  readonly gain: Readonly<Record<'traces' | 'signals', Figure>>;
}

export function foundShares(outcomes: readonly StudyOutcome[]): FoundShares {
  const share = (of: (one: StudyOutcome) => boolean) => (drawn: readonly StudyOutcome[]) =>
    meanOf(drawn.map((one) => Number(of(one))));
  const by = (of: 'all' | 'service') =>
    figuresOf(outcomes, (drawn) => ({
      it: share((one) => one.postmortem.it[of])(drawn),
      traces: share((one) => one.postmortem.traces[of])(drawn),
      signals: share((one) => one.postmortem.signals[of])(drawn),
    }));
  const gain = (arm: Arm) => (drawn: readonly StudyOutcome[]) =>
    meanOf(drawn.map(({ postmortem }) => Number(postmortem[arm].all) - Number(postmortem.it.all)));
  return {
    n: outcomes.length,
    all: by('all'),
    service: by('service'),
    byErrors: figuresOf(outcomes, (drawn) => ({
      x: meanOf(drawn.map((one) => one.firstByErrors)),
    })).x,
    atAlarm: figuresOf(outcomes, (drawn) => ({ x: share((one) => one.atAlarm.all)(drawn) })).x,
    gain: figuresOf(outcomes, (drawn) => ({
      traces: gain('traces')(drawn),
      signals: gain('signals')(drawn),
    })),
  };
}

export type DetectionArm = 'monitor' | Arm;
export const detectionArms: readonly DetectionArm[] = ['monitor', ...arms];

export interface DetectionFigures {
  readonly n: number;
  readonly mean: Figure;
  readonly median: Figure;
  /** Share that raised an alarm while it was recorded. */
  readonly alarmed: Figure;
}

export function detectionFigures(
  outcomes: readonly StudyOutcome[],
  arm: DetectionArm,
): DetectionFigures {
  const minutes = (one: StudyOutcome): number => one.detected[arm] ?? faultyMinutes;
  const { mean, middle, alarmed } = figuresOf(outcomes, (drawn) => ({
    mean: meanOf(drawn.map(minutes)),
    middle: drawn.length === 0 ? null : median(drawn.map(minutes)),
    alarmed: meanOf(drawn.map((one) => Number(one.detected[arm] !== null))),
  }));
  return { n: outcomes.length, mean, median: middle, alarmed };
}

export interface PracticeFigures {
  readonly n: number;
  /** Minutes of service lost in an hour of the fault. */
  readonly without: Figure;
  readonly with: Figure;
  readonly cut: Figure;
}

export function practiceFigures(outcomes: readonly StudyOutcome[]): PracticeFigures | null {
  const asked = outcomes.filter(({ lost }) => lost.practised !== null);
  if (asked.length === 0) return null;
  const hourly = (share: number | null): number => 60 * (share ?? 0);
  const figures = figuresOf(asked, (drawn) => {
    const without = meanOf(drawn.map(({ lost }) => hourly(lost.without)));
    const practised = meanOf(drawn.map(({ lost }) => hourly(lost.practised)));
    return { without, with: practised, cut: cut(without, practised) };
  });
  return { n: asked.length, ...figures };
}
