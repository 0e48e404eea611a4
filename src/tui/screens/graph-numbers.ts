/** What the calls along a line of the graph come to, and how far that is from what they were before. */
import type { CallHealth, CallSide, Cohort } from '../../model.ts';
import { duration, percent, perMinute, signed } from '../health.ts';
import type { Graph } from './graph-model.ts';

/** Of one call, or of all that a line stands for. Empty: there is nothing to compare. */
export interface EdgeNumbers {
  /** Calls by the minute, and by which part more they are. */
  readonly rate: string;
  readonly rateChange: string;
  /** Share that failed, and by how many points it grew. */
  readonly failed: string;
  readonly failedChange: string;
  /** Of one call only: percentiles do not add up. */
  readonly p95: string;
  readonly p95Change: string;
}

type Sides = Readonly<Record<Cohort, Pick<CallSide, 'calls' | 'errors'> | null>>;

export function numbersOf(
  calls: readonly CallHealth[],
  { minutes, byHealth, compares }: Pick<Graph, 'minutes' | 'byHealth' | 'compares'>,
): EdgeNumbers {
  const sides: Sides = { baseline: summed(calls, 'baseline'), incident: summed(calls, 'incident') };
  const { baseline, incident } = sides;
  const [only] = calls.length === 1 ? calls : [];
  const oneSide = compares ? oneSided(sides, byHealth) : '';
  return {
    rate: incident ? perMinute(incident.calls, minutes.incident) : '–',
    // Failed traces against healthy ones of the same time: of which there are more is no change.
    rateChange:
      oneSide ??
      (baseline && incident && !byHealth
        ? moreBy(incident.calls / minutes.incident / (baseline.calls / minutes.baseline))
        : ''),
    failed: incident ? percent(incident.errors, incident.calls) : '–',
    failedChange: baseline && incident ? points(share(incident) - share(baseline)) : '',
    p95: only ? duration(only.incident?.p95) : '–',
    p95Change: oneSide ?? (only ? slower(only) : ''),
  };
}

function summed(calls: readonly CallHealth[], side: Cohort): Sides[Cohort] {
  const own = calls.flatMap((call) => call[side] ?? []);
  const sum = (of: 'calls' | 'errors') => own.reduce((all, one) => all + one[of], 0);
  return own.length === 0 || sum('calls') === 0
    ? null
    : { calls: sum('calls'), errors: sum('errors') };
}

/** Calls that only one side has; null: both have them, or neither. */
function oneSided({ baseline, incident }: Sides, byHealth: boolean): string | null {
  if (incident && !baseline) return byHealth ? 'bad only' : 'new';
  if (baseline && !incident) return byHealth ? 'ok only' : 'gone';
  return null;
}

const share = ({ calls, errors }: Pick<CallSide, 'calls' | 'errors'>): number => errors / calls;

const slower = ({ baseline, incident }: CallHealth): string => {
  const [before, after] = [baseline?.p95 ?? null, incident?.p95 ?? null];
  return before === null || after === null ? '' : signed(after - before);
};

/** "+12%", "−3%", and "×14" of many times as many; what rounds to nothing is "0". */
const moreBy = (times: number): string =>
  times >= 10 ? `×${times.toFixed(0)}` : hundredths(times - 1, 0, '%');

const points = (difference: number): string => hundredths(difference, 1, ' pt');

function hundredths(part: number, digits: number, unit: string): string {
  const text = (100 * Math.abs(part)).toFixed(digits);
  if (Number(text) === 0) return '0';
  return `${part > 0 ? '+' : '−'}${text}${unit}`;
}

/** Beside the head of an arrow, over and under it: what comes along it. */
export function labelOf(calls: readonly CallHealth[], graph: Graph): readonly string[] {
  const { rate, failed, p95Change } = numbersOf(calls, graph);
  const fails = calls.some(({ baseline, incident }) =>
    [baseline, incident].some((side) => (side?.errors ?? 0) > 0),
  );
  const change = p95Change === '0' || p95Change === '' ? [] : [p95Change];
  const often = rate === '–' ? [] : [`${rate}/min`];
  return [...often, ...(fails && failed !== '–' ? [`✗ ${failed}`] : []), ...change];
}
