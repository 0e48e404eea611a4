/** What the study is held to, and how far it comes. */
import { median } from '../../statistics.ts';
import { bootstrap } from '../interval.ts';
import type { StudyOutcome } from './case.ts';
import { faultyMinutes } from './case.ts';
import { type FailureType, failureTypes } from './cases.ts';
import { type Figure, foundShares, tableOne, typed } from './figures.ts';
import type { HealthyOutcome } from './healthy.ts';
import { checkMinutes } from './operator.ts';

export interface Target {
  readonly what: string;
  readonly unit: 'share' | 'minutes' | 'alarms';
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly figure: Figure;
  /** Null where nothing was measured. */
  readonly reached: boolean | null;
}

const leastFound: Readonly<Record<string, number>> = {
  'network failure': 0.97,
  'data drift': 0.95,
  'model degradation': 0.93,
};

/** Hours of the target of false alarms. */
const quietHours = 168;

export function targetsOf({
  outcomes,
  healthy,
}: {
  readonly outcomes: readonly StudyOutcome[];
  readonly healthy: readonly HealthyOutcome[];
}): readonly Target[] {
  const three = typed(failureTypes, outcomes);
  const times = tableOne(three, checkMinutes);
  const found = failureTypes.map((type) => ({
    what: `${type.name}: service, layer and class right at rank 1, postmortem`,
    unit: 'share' as const,
    atLeast: leastFound[type.name] ?? 1,
    figure: foundShares(ofType(type, outcomes)).all.signals,
  }));
  const all = [
    ...found,
    {
      what: 'median minutes to detect a sudden fault',
      unit: 'minutes' as const,
      atMost: 5,
      figure: suddenMedian(three.map(({ outcome }) => outcome)),
    },
    {
      what: `false alarms in ${quietHours} healthy hours`,
      unit: 'alarms' as const,
      atMost: 1,
      figure: falseAlarms(healthy),
    },
    {
      what: 'time to detect, shorter by',
      unit: 'share' as const,
      atLeast: 0.64,
      figure: times.detectionCut,
    },
    {
      what: 'time to repair, shorter by',
      unit: 'share' as const,
      atLeast: 0.65,
      figure: times.repairCut,
    },
    {
      what: 'uptime, one incident a day, all of the outage counted as down',
      unit: 'share' as const,
      atLeast: 0.98,
      figure: times.uptimeWith,
    },
    {
      what: 'uptime, one incident a day, what users lost counted as down',
      unit: 'share' as const,
      atLeast: 0.98,
      figure: times.servedWith,
    },
  ];
  return all.map((target) => ({ ...target, reached: isReached(target) }));
}

function isReached({ figure, ...target }: Omit<Target, 'reached'>): boolean | null {
  if (figure.value === null) return null;
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = target;
  return figure.value >= atLeast && figure.value <= atMost;
}

export const ofType = (
  { classes }: FailureType,
  outcomes: readonly StudyOutcome[],
): readonly StudyOutcome[] => outcomes.filter(({ scenario }) => classes.includes(scenario));

function suddenMedian(outcomes: readonly StudyOutcome[]): Figure {
  const minutes = outcomes
    .filter(({ isSudden }) => isSudden)
    .map(({ detected }) => detected.signals ?? faultyMinutes);
  const middle = (drawn: readonly number[]) => (drawn.length === 0 ? null : median(drawn));
  const { interval } = bootstrap(minutes, (drawn) => ({ interval: middle(drawn) }));
  return { value: middle(minutes), interval };
}

/** Of as many hours as the target names. */
function falseAlarms(healthy: readonly HealthyOutcome[]): Figure {
  const rate = (drawn: readonly HealthyOutcome[]): number | null => {
    const hours = drawn.reduce((sum, one) => sum + one.hours, 0);
    const alarms = drawn.reduce((sum, one) => sum + one.watch, 0);
    return hours === 0 ? null : (alarms / hours) * quietHours;
  };
  const { interval } = bootstrap(healthy, (drawn) => ({ interval: rate(drawn) }));
  return { value: rate(healthy), interval };
}
