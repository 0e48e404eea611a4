/** Records as OTLP/JSON has them. Fields that say nothing are left out, as protobuf does. */
import type { LogRecord, MetricPointRecord, SpanRecord } from '../model.ts';
import { anyValue, type Json, keyValues } from './any-value.ts';

const spanKinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const statusCodes = ['unset', 'ok', 'error'];

/** Without what is undefined, empty or 0. */
function compact(fields: Readonly<Record<string, unknown>>): Json {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) =>
        value !== undefined &&
        value !== null &&
        value !== '' &&
        value !== 0 &&
        !(Array.isArray(value) && value.length === 0),
    ),
  );
}

const time = (ns: bigint | null): string | undefined => ns?.toString();

/** The times as they were written, where one could not be used. */
const written = (rawTime: string | null): Json =>
  rawTime === null ? {} : (JSON.parse(quotedIntegers(rawTime)) as Json);

/** Long integers as text: `JSON.parse` would round them. */
const quotedIntegers = (text: string): string => text.replace(/:(-?\d{16,})(?=[,}])/g, ':"$1"');

export function spanFields(span: SpanRecord): Json {
  return {
    ...compact({
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId,
      traceState: span.traceState,
      name: span.name,
      kind: spanKinds.indexOf(span.kind),
      startTimeUnixNano: time(span.startNs),
      endTimeUnixNano: time(span.endNs),
      attributes: keyValues(span.attributes),
      events: span.events.map((event) =>
        compact({
          timeUnixNano: time(event.timeNs),
          name: event.name,
          attributes: keyValues(event.attributes),
          droppedAttributesCount: event.droppedAttributes,
        }),
      ),
      links: span.links.map((link) =>
        compact({
          traceId: link.traceId,
          spanId: link.spanId,
          traceState: link.traceState,
          attributes: keyValues(link.attributes),
          droppedAttributesCount: link.droppedAttributes,
          flags: link.flags,
        }),
      ),
      flags: span.flags,
    }),
    ...(span.dropped === null ? {} : (JSON.parse(span.dropped) as Json)),
    ...written(span.rawTime),
    status: compact({ code: statusCodes.indexOf(span.status), message: span.statusMessage }),
  };
}

export function logFields(log: LogRecord): Json {
  return {
    ...compact({
      timeUnixNano: time(log.timeNs),
      observedTimeUnixNano: time(log.observedNs),
      severityNumber: log.severityNumber,
      severityText: log.severityText,
      attributes: keyValues(log.attributes),
      flags: log.flags,
      traceId: log.traceId,
      spanId: log.spanId,
      eventName: log.eventName,
    }),
    ...written(log.rawTime),
    ...(log.body === ''
      ? {}
      : { body: log.structured ? anyValue(log.body) : { stringValue: log.body } }),
  };
}

const temporalities = { delta: 1, cumulative: 2 } as const;

const dataNames = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  'exponential-histogram': 'exponentialHistogram',
  summary: 'summary',
} as const;

/** A metric that holds these points; all of one series kind. */
export function metricFields(points: readonly MetricPointRecord[]): Json {
  const [first] = points;
  if (first === undefined) throw new Error('a metric has a point');
  const data = {
    ...(first.temporality && { aggregationTemporality: temporalities[first.temporality] }),
    ...(first.monotonic && { isMonotonic: true }),
    dataPoints: points.map(pointFields),
  };
  return { ...compact({ name: first.metric, unit: first.unit }), [dataNames[first.type]]: data };
}

function pointFields(point: MetricPointRecord): Json {
  return {
    ...compact({
      startTimeUnixNano: time(point.startNs),
      timeUnixNano: time(point.timeNs),
      attributes: keyValues(point.attributes),
      flags: point.flags,
      exemplars: point.exemplars === null ? [] : exemplars(point.exemplars),
    }),
    ...written(point.rawTime),
    ...number(point.value),
    ...(point.count !== null && { count: String(point.count) }),
    ...(point.sum !== null && { sum: double(point.sum) }),
    ...(point.detail === null ? {} : detailFields(point.detail)),
  };
}

function number(value: number | bigint | null): Json {
  if (value === null) return {};
  return typeof value === 'bigint' ? { asInt: value.toString() } : { asDouble: double(value) };
}

/** JSON has no word for what is not finite; OTLP/JSON writes it as text. */
const double = (value: number): number | string => (Number.isFinite(value) ? value : `${value}`);

/** Detail of a distribution (see `import/otlp/distributions.ts`) under the names of OTLP. */
function detailFields(text: string): Json {
  const detail = JSON.parse(quotedCounts(text)) as Record<string, unknown>;
  const { bounds, counts, min, max, quantiles, positive, negative, ...rest } = detail;
  return {
    ...rest,
    ...(bounds !== undefined && { explicitBounds: bounds }),
    ...(counts !== undefined && { bucketCounts: counts }),
    ...(quantiles !== undefined && { quantileValues: quantiles }),
    ...(positive !== undefined && { positive: buckets(positive as Json) }),
    ...(negative !== undefined && { negative: buckets(negative as Json) }),
    ...(min !== null && min !== undefined && { min }),
    ...(max !== null && max !== undefined && { max }),
  };
}

const buckets = ({ offset, counts }: Json): Json => ({ offset, bucketCounts: counts });

/** Counts have 64 bits. */
const quotedCounts = (text: string): string =>
  text.replace(/(?<=[[,:])(\d{16,})(?=[\],}])/g, '"$1"');

function exemplars(text: string): readonly Json[] {
  // The values of exemplars are numbers as attributes have them: read with their reader.
  return anyElements(text).map((exemplar) => {
    const { time: at, value, traceId, spanId, attributes } = exemplar;
    return {
      ...compact({
        timeUnixNano: at?.stringValue,
        traceId: traceId?.stringValue,
        spanId: spanId?.stringValue,
        filteredAttributes: (attributes?.kvlistValue as { values?: unknown } | undefined)?.values,
      }),
      ...exemplarValue(value),
    };
  });
}

function exemplarValue(value: Json | undefined): Json {
  if (value?.intValue !== undefined) return { asInt: value.intValue };
  const double = value?.doubleValue ?? value?.stringValue;
  return double === undefined ? {} : { asDouble: double };
}

/** The members of each object of an array. */
function anyElements(text: string): readonly Readonly<Record<string, Json | undefined>>[] {
  const { arrayValue } = anyValue(text) as { arrayValue: { values: readonly Json[] } };
  return arrayValue.values.map((element) => {
    const { values } = element.kvlistValue as { values: readonly { key: string; value: Json }[] };
    return Object.fromEntries(values.map(({ key, value }) => [key, value]));
  });
}
