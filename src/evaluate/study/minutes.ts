/**
 * A recording → what of it can be watched, minute by minute. A record counts in the minute in which
 * it came in (a span when it ends), so a minute is closed when it is over and never changes again.
 */
import { type Signal, signalOf } from '../../semantics/index.ts';
import type { Recording } from '../../simulate/index.ts';

/** Where a series comes from: what an arm of the study has, or has not. */
export type Origin = 'it' | 'traces' | 'logs' | 'signals';

/** How its numbers are tested. */
export type SeriesKind = 'share' | 'time' | 'tail' | 'count' | 'value' | 'gauge';

export interface SeriesName {
  readonly key: string;
  readonly service: string;
  readonly origin: Origin;
  readonly kind: SeriesKind;
  /** The direction that is bad. */
  readonly worse: 'up' | 'down';
  /** Smallest change that matters, in the unit of the values. */
  readonly floor: number;
  /** The age of something that is refreshed again and again. */
  readonly isAge: boolean;
}

/** What was seen of a series in one minute. */
export interface Seen {
  readonly name: SeriesName;
  readonly count: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly spread: number;
  /** Of times every one, in the order they came; of others none. */
  readonly values: readonly number[];
}

export interface MinuteOfTelemetry {
  /** From 0. */
  readonly minute: number;
  readonly spans: readonly Span[];
  readonly logs: readonly Log[];
  readonly points: readonly Point[];
}

type Span = Recording['spans'][number]['record'];
type Log = Recording['logs'][number]['record'];
type Point = Recording['points'][number]['record'];

export const minuteMs = 60_000;

/** All minutes of the recording in order. */
export function minutesOf({ end, ...recording }: Recording): readonly MinuteOfTelemetry[] {
  const minutes = Math.ceil(end / minuteMs);
  const spans = byMinute(recording.spans, minutes);
  const logs = byMinute(recording.logs, minutes);
  const points = byMinute(recording.points, minutes);
  return Array.from({ length: minutes }, (_, minute) => ({
    minute,
    spans: spans[minute] ?? [],
    logs: logs[minute] ?? [],
    points: points[minute] ?? [],
  }));
}

/** What comes in after the last minute is left out. */
function byMinute<Kind>(
  timed: readonly { readonly at: number; readonly record: Kind }[],
  minutes: number,
): readonly (readonly Kind[])[] {
  const all = Array.from({ length: minutes }, (): Kind[] => []);
  for (const { at, record } of timed) all[Math.max(0, Math.floor(at / minuteMs))]?.push(record);
  return all;
}

export const serviceOf = ({ resource }: Pick<Span, 'resource'>): string =>
  String(resource.attributes['service.name'] ?? '');

/** Reads one minute after the other; `services` are those whose logs are counted. */
export function seriesReader(
  services: readonly string[],
): (minute: MinuteOfTelemetry) => ReadonlyMap<string, Seen> {
  const [readSpan, logs, readPoint] = [spanReader(), logReader(services), pointReader()];
  return (minute) => {
    const seen = new Map<string, Running>();
    const add = adder(seen);
    for (const span of minute.spans) readSpan(span, add);
    logs(minute.logs, add);
    for (const point of minute.points) readPoint(point, add);
    return seen;
  };
}

interface Running {
  readonly name: SeriesName;
  count: number;
  mean: number;
  spread: number;
  values: number[];
}

type Add = (name: SeriesName, value: number, weight?: number) => void;

/** Welford's update, for values that stand for `weight` observations. */
const adder =
  (seen: Map<string, Running>): Add =>
  (name, value, weight = 1) => {
    let running = seen.get(name.key);
    if (!running) {
      running = { name, count: 0, mean: 0, spread: 0, values: [] };
      seen.set(name.key, running);
    }
    running.count += weight;
    if (name.kind === 'time') running.values.push(value);
    const delta = value - running.mean;
    running.mean += (delta * weight) / running.count;
    running.spread += weight * delta * (value - running.mean);
  };

/** An error budget of 1 % is the usual one. */
const leastShare = 0.01;
/** A fifth longer is the least that is noticed of times (Seow, "Designing and Engineering Time", 2008). */
export const leastLogTime = Math.log(1.2);

function spanReader(): (span: Span, add: Add) => void {
  const named = remembered();
  return (span, add) => {
    const service = serviceOf(span);
    const place = `${service} ${span.kind} ${span.name}`;
    const of = { service, origin: 'traces' as const, worse: 'up' as const, isAge: false };
    add(named(`fails ${place}`, { ...of, kind: 'share', floor: leastShare }), span.error ? 1 : 0);
    if (!span.error) {
      add(
        named(`takes ${place}`, { ...of, kind: 'time', floor: leastLogTime }),
        Math.log(Math.max(0.01, span.end - span.start)),
      );
    }
    for (const [attribute, value] of Object.entries(span.attributes)) {
      const signal = signalOf(attribute);
      const number = typeof value === 'object' && 'double' in value ? value.double : value;
      if (signal === null || typeof number !== 'number') continue;
      const key = `says ${place} ${attribute}`;
      add(named(key, { service, origin: 'traces', ...judgedBy(signal), kind: 'value' }), number);
    }
  };
}

const judgedBy = ({ kind, worse, floor }: Signal) => ({
  worse,
  floor,
  isAge: kind === 'freshness',
});

/** Warnings and errors of each service, 0 where it has none. */
function logReader(services: readonly string[]): (logs: readonly Log[], add: Add) => void {
  const named = remembered();
  return (logs, add) => {
    const counts = new Map(services.map((service) => [service, 0]));
    for (const log of logs) {
      if (log.severity === 'INFO') continue;
      const service = serviceOf(log);
      counts.set(service, (counts.get(service) ?? 0) + 1);
    }
    for (const [service, count] of counts) {
      const of = {
        service,
        origin: 'logs',
        kind: 'count',
        worse: 'up',
        floor: 1,
        isAge: false,
      } as const;
      add(named(`warns ${service}`, of), count);
    }
  };
}

/** Of machines: what waits, what is full, what was started again. */
const itKinds = new Set<string>(['queue', 'pool', 'restarts', 'gpu-error']);
/** How much of a machine is used: that changes without any harm. */
const useKinds = new Set<string>(['cpu', 'memory', 'disk', 'gpu', 'limit']);

/** Whether a metric tells of machines, as any monitor has it, and not of data or models. */
export function isItMetric(metric: string): boolean {
  const kind = signalOf(metric)?.kind;
  return kind === undefined || itKinds.has(kind) || useKinds.has(kind);
}

function pointReader(): (point: Point, add: Add) => void {
  const named = remembered();
  const added = increaseReader();
  return (point, add) => {
    const { metric, attributes } = point;
    const signal = signalOf(metric);
    if (signal === null || useKinds.has(signal.kind)) return;
    const read = numberOf(point, signal.rare ? added : null);
    if (read === null) return;
    const service = serviceOf(point);
    // A new version goes on with the series of the old one.
    const rest = Object.entries(attributes).filter(([name]) => !/version|model/.test(name));
    const key = `${service} ${metric} ${JSON.stringify(rest)}`;
    const origin = isItMetric(metric) ? 'it' : 'signals';
    const name = named(key, { service, origin, kind: read.kind, ...judgedBy(signal) });
    add(name, read.value, read.weight);
  };

  /** `rare`: what a gauge counts is told by how far it has come. */
  function numberOf(point: Point, rare: ReturnType<typeof increaseReader> | null) {
    const { reading } = point;
    if (reading.kind === 'histogram') {
      const { count, sum } = reading.value;
      return count === 0 ? null : { kind: 'value' as const, value: sum / count, weight: count };
    }
    const isLevel = reading.kind === 'gauge' && rare === null;
    const value = isLevel ? reading.value : added(point, reading.value);
    return value === null ? null : { kind: 'gauge' as const, value, weight: 1 };
  }
}

/** What was added to a count since the point before it; null of the first one of a process. */
function increaseReader(): (point: Point, value: number) => number | null {
  const before = new Map<string, number>();
  return (point, value) => {
    const { 'service.instance.id': process } = point.resource.attributes;
    const of = [serviceOf(point), point.metric, process, point.attributes];
    const series = JSON.stringify(of);
    const last = before.get(series);
    before.set(series, value);
    return last === undefined ? null : Math.max(0, value - last);
  };
}

/** One object a key: names are made for every record. */
function remembered() {
  const known = new Map<string, SeriesName>();
  return (key: string, of: Omit<SeriesName, 'key'>): SeriesName => {
    let name = known.get(key);
    if (!name) {
      name = { key, ...of };
      known.set(key, name);
    }
    return name;
  };
}
