/** Healthy hours, to count the alarms that nothing has caused. */
import { record } from '../../simulate/index.ts';
import { alarmsOf } from './alarms.ts';
import { faultyMinutes } from './case.ts';
import { healthyMinutes } from './detection.ts';

export interface HealthyRun {
  readonly seed: number;
}

export interface HealthyOutcome extends HealthyRun {
  /** Hours that were watched: after those that tell what is usual. */
  readonly hours: number;
  /** Alarms: those within ten minutes of each other are one. */
  readonly watch: number;
  readonly monitor: number;
  /** What raised the first, for whoever looks into it. */
  readonly raisedBy: string | null;
}

export const watchedHours = faultyMinutes / 60;

export function runHealthy({ seed }: HealthyRun): HealthyOutcome {
  const { episodes, watch } = alarmsOf(record('healthy', seed, { healthyMinutes, faultyMinutes }));
  return { seed, hours: watchedHours, ...episodes, raisedBy: watch.signals?.name.key ?? null };
}
