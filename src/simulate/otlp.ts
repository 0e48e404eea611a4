/**
 * Telemetry as the collector's file exporter writes it: one `Export…ServiceRequest` in OTLP/JSON
 * a line. Spec: opentelemetry-proto, "JSON Protobuf Encoding" (hex ids, 64-bit integers as
 * strings, enums as integers). Records leave in the order in which they ended, in batches of
 * uneven size, grouped by resource within a batch, as the batch processor hands them on.
 */
import { grouped } from '../grouping.ts';
import type { Random } from './random.ts';
import type {
  Attributes,
  LogRecord,
  PointRecord,
  Resource,
  SpanRecord,
  Value,
} from './telemetry.ts';

/** Writes simulated ms as unix nanoseconds. */
export type UnixTime = (ms: number) => string;

const severityNumbers = { INFO: 9, WARN: 13, ERROR: 17 } as const;
/** Delta and cumulative, as OTLP numbers them. */
const delta = 1;
const cumulative = 2;

export function traceLines(spans: readonly SpanRecord[], unix: UnixTime, random: Random): string {
  const ordered = [...spans].sort((a, b) => a.end - b.end);
  return lines(ordered, random, (batch) => ({
    resourceSpans: byResource(batch).map(([resource, own]) => ({
      resource: resourceOf(resource),
      scopeSpans: [{ scope: { name: resource.scope }, spans: own.map((s) => spanOf(s, unix)) }],
    })),
  }));
}

export function logLines(logs: readonly LogRecord[], unix: UnixTime, random: Random): string {
  const ordered = [...logs].sort((a, b) => a.time - b.time);
  return lines(ordered, random, (batch) => ({
    resourceLogs: byResource(batch).map(([resource, own]) => ({
      resource: resourceOf(resource),
      scopeLogs: [{ scope: { name: resource.scope }, logRecords: own.map((l) => logOf(l, unix)) }],
    })),
  }));
}

export function metricLines(
  points: readonly PointRecord[],
  unix: UnixTime,
  random: Random,
): string {
  const ordered = [...points].sort((a, b) => a.time - b.time);
  return lines(ordered, random, (batch) => ({
    resourceMetrics: byResource(batch).map(([resource, own]) => ({
      resource: resourceOf(resource),
      scopeMetrics: [
        { scope: { name: 'otelcol/prometheusreceiver' }, metrics: metrics(own, unix) },
      ],
    })),
  }));
}

function lines<T>(records: readonly T[], random: Random, request: (batch: T[]) => object): string {
  const written: string[] = [];
  for (let from = 0; from < records.length; ) {
    const size = Math.min(200, Math.max(3, Math.round(random.lognormal(48, 0.5))));
    written.push(`${JSON.stringify(request(records.slice(from, from + size)))}\n`);
    from += size;
  }
  return written.join('');
}

/** Groups in order of first appearance. */
function byResource<T extends { resource: Resource }>(records: readonly T[]): [Resource, T[]][] {
  return [...grouped(records, ({ resource }) => resource)];
}

const resourceOf = (resource: Resource) => ({ attributes: keyValues(resource.attributes) });

function spanOf(span: SpanRecord, unix: UnixTime): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    flags: 257,
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: unix(span.start),
    endTimeUnixNano: unix(span.end),
    attributes: keyValues(span.attributes),
    ...(span.events.length > 0 && {
      events: span.events.map((event) => ({
        timeUnixNano: unix(event.time),
        name: event.name,
        attributes: keyValues(event.attributes),
      })),
    }),
    ...(span.link !== null && { links: [{ ...span.link, flags: 257 }] }),
    status: span.error === null ? {} : { message: span.error.message, code: 2 },
  };
}

/** Spec: the log data model; the collector observes a record a little after it was written. */
function logOf(log: LogRecord, unix: UnixTime): object {
  return {
    timeUnixNano: unix(log.time),
    observedTimeUnixNano: unix(log.time + 0.21),
    severityNumber: severityNumbers[log.severity],
    severityText: log.severity,
    body: { stringValue: log.body },
    attributes: keyValues(log.attributes),
    ...(log.traceId !== '' && { flags: 1 }),
    traceId: log.traceId,
    spanId: log.spanId,
  };
}

function metrics(points: readonly PointRecord[], unix: UnixTime): object[] {
  return [...grouped(points, ({ metric }) => metric)].map(([name, own]) => {
    const kind = own[0]?.reading.kind ?? 'gauge';
    const dataPoints = own.map((point) => dataPointOf(point, unix));
    const head = { name, unit: own[0]?.unit ?? '' };
    if (kind === 'gauge') return { ...head, gauge: { dataPoints } };
    if (kind === 'histogram') {
      return { ...head, histogram: { dataPoints, aggregationTemporality: delta } };
    }
    return { ...head, sum: { dataPoints, aggregationTemporality: cumulative, isMonotonic: true } };
  });
}

function dataPointOf({ attributes, time, reading }: PointRecord, unix: UnixTime): object {
  const base = { attributes: keyValues(attributes), timeUnixNano: unix(time) };
  if (reading.kind === 'gauge') return { ...base, asDouble: reading.value };
  const started = { ...base, startTimeUnixNano: unix(reading.from) };
  if (reading.kind === 'counter') return { ...started, asInt: String(reading.value) };
  const { bounds, counts, count, sum } = reading.value;
  return {
    ...started,
    count: String(count),
    sum,
    bucketCounts: counts.map(String),
    explicitBounds: bounds,
  };
}

const keyValues = (attributes: Attributes): object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

function anyValue(value: Value): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if ('double' in value) return { doubleValue: value.double };
  return { arrayValue: { values: value.map((item) => ({ stringValue: item })) } };
}
