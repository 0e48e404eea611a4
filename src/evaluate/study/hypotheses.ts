/** The four hypotheses of the published study, each as a difference between two arms of each case. */
import type { Arm } from './arms.ts';
import { faultyMinutes, type StudyOutcome } from './case.ts';
import type { Unit } from './cells.ts';
import { type Figure, figuresOf, meanOverTypes, type Typed } from './figures.ts';

export interface Hypothesis {
  readonly name: string;
  readonly says: string;
  readonly measure: string;
  readonly unit: Unit;
  /** Above 0 where it is as the hypothesis says. */
  readonly figure: Figure;
  /** Whether the whole interval is above 0; null: not asked. */
  readonly holds: boolean | null;
}

/** Failure types count alike. */
export function hypothesesOf(all: Typed): readonly Hypothesis[] {
  const asked = all.filter(({ outcome }) => outcome.lost.practised !== null);
  return [
    tested(all, detectedSooner, {
      name: 'H1',
      says: 'observability shortens detection',
      measure: 'minutes sooner than threshold alarms',
      unit: 'minutes',
    }),
    tested(all, foundMore('it', 'traces'), {
      name: 'H2',
      says: 'structured logs and traces raise debugging accuracy',
      measure: 'points more causes found than from IT metrics',
      unit: 'points',
    }),
    tested(asked, lostLess, {
      name: 'H3',
      says: 'reliability practice lowers downtime',
      measure: 'minutes of service saved in an hour of the fault',
      unit: 'minutes',
    }),
    tested(all, foundMore('it', 'signals'), {
      name: 'H4',
      says: 'AI-specific signals beat traditional IT metrics',
      measure: 'points more causes found than from IT metrics',
      unit: 'points',
    }),
    tested(all, foundMore('traces', 'signals'), {
      name: 'H4, beyond',
      says: 'signals add to logs and traces',
      measure: 'points more causes found than from logs and traces',
      unit: 'points',
    }),
  ];
}

function tested(
  all: Typed,
  of: (one: StudyOutcome) => number,
  said: Omit<Hypothesis, 'figure' | 'holds'>,
): Hypothesis {
  const { figure } = figuresOf(all, (drawn) => ({ figure: meanOverTypes(drawn, of) }));
  return { ...said, figure, holds: figure.interval && figure.interval[0] > 0 };
}

const detectedSooner = ({ detected }: StudyOutcome): number =>
  (detected.monitor ?? faultyMinutes) - (detected.signals ?? faultyMinutes);

const foundMore =
  (less: Arm, more: Arm) =>
  ({ postmortem }: StudyOutcome): number =>
    Number(postmortem[more].all) - Number(postmortem[less].all);

const lostLess = ({ lost }: StudyOutcome): number => 60 * (lost.without - (lost.practised ?? 0));
