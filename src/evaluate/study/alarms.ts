/** A recording → when each arm raises its alarm, minute after minute. */
import type { Recording } from '../../simulate/index.ts';
import { type Arm, arms, originsOf } from './arms.ts';
import { type Alarm, healthyMinutes, startWatch } from './detection.ts';
import { minutesOf, type SeriesKind, seriesReader } from './minutes.ts';
import { startMonitor } from './monitor.ts';

export interface Alarms {
  /** The minute at whose end the monitor without observability fires, from 0; null: never. */
  readonly monitor: { readonly minute: number; readonly rule: string } | null;
  /** First alarm of the watch of each arm; null: never. */
  readonly watch: Readonly<Record<Arm, Alarm | null>>;
  /** Requests that failed in the five minutes before the monitor fired, or before the end. */
  readonly failures: ReadonlyMap<string, number>;
  /** The most surprising that the watch saw, by kind. */
  readonly highest: ReadonlyMap<SeriesKind, number>;
  /** How often either raised an alarm after minutes without one. */
  readonly episodes: { readonly monitor: number; readonly watch: number };
}

/** Minutes without an alarm after which the next one is another alarm. */
const quietMinutes = 10;

export function alarmsOf(recording: Recording): Alarms {
  const read = seriesReader(recording.services);
  const watching = startWatch();
  const monitoring = startMonitor(recording.memoryLimits, healthyMinutes);
  const watch: Record<Arm, Alarm | null> = { it: null, traces: null, signals: null };
  let monitor: Alarms['monitor'] = null;
  let failures: ReadonlyMap<string, number> | null = null;
  const [ofWatch, ofMonitor] = [episodeCounter(), episodeCounter()];
  for (const minute of minutesOf(recording)) {
    const alarms = watching.next(minute.minute, read(minute));
    for (const arm of arms) watch[arm] ??= plainest(alarms, arm);
    if (alarms.length > 0) ofWatch.add(minute.minute);
    const [rule] = monitoring.next(minute);
    if (rule === undefined) continue;
    ofMonitor.add(minute.minute);
    monitor ??= { minute: minute.minute, rule };
    failures ??= monitoring.failures();
  }
  failures ??= monitoring.failures();
  const episodes = { monitor: ofMonitor.count(), watch: ofWatch.count() };
  return { monitor, watch, failures, highest: watching.highest, episodes };
}

const plainest = (alarms: readonly Alarm[], arm: Arm): Alarm | null =>
  alarms
    .filter(({ name }) => originsOf[arm].includes(name.origin))
    .sort((a, b) => b.surprise - a.surprise)[0] ?? null;

function episodeCounter() {
  let last = Number.NEGATIVE_INFINITY;
  let count = 0;
  return {
    add(minute: number): void {
      if (minute - last > quietMinutes) count += 1;
      last = minute;
    },
    count: () => count,
  };
}
