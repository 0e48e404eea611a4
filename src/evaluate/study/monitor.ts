/**
 * What a monitor without observability sees: error rates, response times, processors, memory, disks
 * and processes, each against a fixed threshold. The rules and thresholds are those of a collection
 * that many start from (samber/awesome-prometheus-alerts, folders `haproxy`, `docker-containers`,
 * `host-and-hardware`, `kubernetes`); what an error rate is of is five minutes instead of one,
 * because with a few requests a minute one failure more would be an alarm.
 */
import { fewestTelling } from '../../statistics.ts';
import { type MinuteOfTelemetry, serviceOf } from './minutes.ts';

/** One rule in words, for the document. */
export const monitorRules: readonly string[] = [
  'more than 5 % of the requests to a service, and three at least, failed over five minutes, for one minute more',
  'a route takes more than 1 s in the mean, for two minutes; not where it does so while healthy',
  'a process uses more than 80 % of its two cores, for two minutes',
  'a process holds more than 80 % of the memory it may, for two minutes',
  'a disk is busy more than 80 % of the time, for two minutes',
  'requests wait in a service, one or more in the mean, for two minutes; or so for connections of a pool',
  'a process was started again more than 3 times within ten minutes',
  'a service that was there is not heard for two minutes',
];

const failedShare = 0.05;
const slowMs = 1_000;
const cores = 2;
const usedShare = 0.8;
const waiting = 1;
const restartsAllowed = 3;

export interface Monitor {
  /** Takes the next minute; the rules that fire at its end and did not before. */
  next(minute: MinuteOfTelemetry): readonly string[];
  /** Requests that failed in the last five minutes, by service. */
  failures(): ReadonlyMap<string, number>;
}

/** `memoryLimits`: bytes a process may hold, by its id; what fires before `since` is left alone. */
export function startMonitor(memoryLimits: ReadonlyMap<string, number>, since: number): Monitor {
  const requests: Counts[] = [];
  const restarts: ReadonlyMap<string, number>[] = [];
  const heard = new Map<string, number>();
  const streaks = streakCounter(since);
  const failures = () => summed(requests.slice(-failureMinutes), ({ failed }) => failed);
  return {
    next(minute) {
      requests.push(countsOf(minute));
      restarts.push(restartsOf(minute));
      for (const { resource } of minute.points) heard.set(serviceOf({ resource }), minute.minute);
      const silent = [...heard].filter(([, last]) => last < minute.minute);
      return streaks.next(minute.minute, [
        ...failing(requests.slice(-failureMinutes)),
        ...slowRoutes(minute),
        ...levelsAbove(minute, memoryLimits),
        ...restarted(restarts.slice(-restartMinutes - 1)),
        ...silent.map(([service]) => `silent ${service}`),
      ]);
    },
    failures,
  };
}

const failureMinutes = 5;
const restartMinutes = 10;
/** Minutes that a rule must hold. */
const leastStreak = 2;

/** Rules that have held long enough, but not those that did so before `since`. */
function streakCounter(since: number) {
  const streaks = new Map<string, number>();
  const usual = new Set<string>();
  return {
    next(minute: number, holding: readonly string[]): readonly string[] {
      for (const rule of streaks.keys()) if (!holding.includes(rule)) streaks.delete(rule);
      for (const rule of holding) streaks.set(rule, (streaks.get(rule) ?? 0) + 1);
      const fired = [...streaks].filter(([, length]) => length >= leastStreak);
      if (minute < since) for (const [rule] of fired) usual.add(rule);
      return fired.flatMap(([rule]) => (minute >= since && !usual.has(rule) ? rule : []));
    },
  };
}

interface Counts {
  readonly all: ReadonlyMap<string, number>;
  readonly failed: ReadonlyMap<string, number>;
}

const serverKind = 2;

function countsOf({ spans }: MinuteOfTelemetry): Counts {
  const [all, failed] = [new Map<string, number>(), new Map<string, number>()];
  for (const span of spans) {
    if (span.kind !== serverKind) continue;
    const service = serviceOf(span);
    all.set(service, (all.get(service) ?? 0) + 1);
    if (span.error) failed.set(service, (failed.get(service) ?? 0) + 1);
  }
  return { all, failed };
}

function summed(counts: readonly Counts[], of: (one: Counts) => ReadonlyMap<string, number>) {
  const sums = new Map<string, number>();
  for (const one of counts) {
    for (const [key, count] of of(one)) sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return sums;
}

function failing(counts: readonly Counts[]): readonly string[] {
  const failed = summed(counts, (one) => one.failed);
  const all = summed(counts, (one) => one.all);
  return [...failed]
    .filter(
      ([service, count]) => count >= fewestTelling && count > failedShare * (all.get(service) ?? 0),
    )
    .map(([service]) => `fails ${service}`);
}

/** Routes are the requests that come from outside. */
function slowRoutes({ spans }: MinuteOfTelemetry): readonly string[] {
  const times = new Map<string, number[]>();
  for (const span of spans) {
    if (span.kind !== serverKind || span.parentSpanId !== '') continue;
    const route = `slow ${span.name}`;
    times.set(route, [...(times.get(route) ?? []), span.end - span.start]);
  }
  return [...times].filter(([, all]) => meanOf(all) > slowMs).map(([route]) => route);
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Gauges whose mean over the minute is above their threshold. */
function levelsAbove(
  { points }: MinuteOfTelemetry,
  memoryLimits: ReadonlyMap<string, number>,
): readonly string[] {
  const values = new Map<string, { limit: number; all: number[] }>();
  for (const { resource, metric, reading, attributes } of points) {
    if (reading.kind !== 'gauge') continue;
    const { 'service.instance.id': process, 'host.name': host } = resource.attributes;
    const limit = limitOf(metric, memoryLimits.get(String(process)));
    if (limit === null) continue;
    const pool = attributes['db.client.connection.pool.name'] ?? '';
    const key = `${metric} ${String(process ?? host)} ${String(pool)}`;
    const known = values.get(key) ?? { limit, all: [] };
    known.all.push(reading.value);
    values.set(key, known);
  }
  return [...values].filter(([, { limit, all }]) => meanOf(all) >= limit).map(([key]) => key);
}

function limitOf(metric: string, memory: number | undefined): number | null {
  if (metric === 'container.cpu.usage') return usedShare * cores;
  if (metric === 'container.memory.usage') return memory === undefined ? null : usedShare * memory;
  if (metric === 'system.disk.utilization') return usedShare;
  const waits = ['http.server.requests.waiting', 'db.client.connections.pending_requests'];
  return waits.includes(metric) ? waiting : null;
}

/** Highest count of restarts of each service in the minute. */
function restartsOf({ points }: MinuteOfTelemetry): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  for (const point of points) {
    if (point.metric !== 'k8s.container.restarts' || point.reading.kind !== 'gauge') continue;
    const service = serviceOf(point);
    most.set(service, Math.max(most.get(service) ?? 0, point.reading.value));
  }
  return most;
}

function restarted(counts: readonly ReadonlyMap<string, number>[]): readonly string[] {
  const [first, last] = [counts[0], counts.at(-1)];
  if (!first || !last) return [];
  return [...last]
    .filter(([service, count]) => count - (first.get(service) ?? 0) > restartsAllowed)
    .map(([service]) => `restarts ${service}`);
}
