/** The points of one OTLP metric. Spec: opentelemetry-proto, metrics/v1/metrics.proto. */
import type { MetricPointRecord, MetricType, ResourceRecord, ScopeRecord } from '../../model.ts';
import type { Draft } from '../draft.ts';
import { shownValue } from '../shown.ts';
import { attributesText, doubleText } from './any-value.ts';
import { bucketsDetail, exponentialDetail, summaryDetail } from './distributions.ts';
import {
  asInteger,
  countField,
  doubleField,
  enumField,
  type Fields,
  field,
  isFields,
  objects,
  textField,
  unsignedField,
} from './fields.ts';
import { hexId } from './ids.ts';
import { isUnset, rawTimes, timeNs } from './times.ts';

interface Kind {
  readonly type: MetricType;
  readonly names: readonly [string, string];
  /** JSON text of what a distribution holds besides count and sum; null for plain numbers. */
  readonly detail: ((draft: Draft, point: Fields) => string) | null;
}

const kinds: readonly Kind[] = [
  { type: 'gauge', names: ['gauge', 'gauge'], detail: null },
  { type: 'sum', names: ['sum', 'sum'], detail: null },
  { type: 'histogram', names: ['histogram', 'histogram'], detail: bucketsDetail },
  {
    type: 'exponential-histogram',
    names: ['exponentialHistogram', 'exponential_histogram'],
    detail: exponentialDetail,
  },
  { type: 'summary', names: ['summary', 'summary'], detail: summaryDetail },
];

const temporalities: ReadonlyMap<string, MetricPointRecord['temporality']> = new Map([
  ['0', null],
  ['UNSPECIFIED', null],
  ['1', 'delta'],
  ['DELTA', 'delta'],
  ['2', 'cumulative'],
  ['CUMULATIVE', 'cumulative'],
]);
const temporalityField = ['aggregationTemporality', 'aggregation_temporality'] as const;
const timeField = ['timeUnixNano', 'time_unix_nano'] as const;
const startField = ['startTimeUnixNano', 'start_time_unix_nano'] as const;
const noRecordedValue = 1;

/** What all points of a metric share. */
type Shared = Pick<
  MetricPointRecord,
  'resource' | 'scope' | 'metric' | 'unit' | 'type' | 'temporality' | 'monotonic'
>;

/** Adds a metric and its points, stopping after each point so that a full batch can be taken. */
export function* decodeMetric(
  draft: Draft,
  metric: Fields,
  resource: ResourceRecord,
  scope: ScopeRecord,
  depth: number,
): Generator<void> {
  draft.metric();
  const name = textField(draft, metric, 'name');
  const unit = textField(draft, metric, 'unit');
  if (name === '') draft.note('bad-record', 'a metric has no name: its points are kept');
  const kind = kinds.find(({ names }) => field(metric, ...names) !== undefined);
  const data = kind && field(metric, ...kind.names);
  if (kind === undefined) return unknownData(draft, metric);
  if (!isFields(data)) {
    draft.skip('bad-record', `${kind.names[0]} is ${shownValue(data)}, not an object: left out`);
    return;
  }
  const shared: Shared = {
    resource,
    scope,
    metric: name,
    unit,
    type: kind.type,
    temporality: enumField(draft, data, temporalityField, temporalities, prefix, null),
    monotonic: isMonotonic(draft, data),
  };
  draft.at(depth, kind.names[0]);
  draft.at(depth + 1, 'dataPoints');
  const points = field(data, 'dataPoints', 'data_points');
  for (const [index, point] of objects(draft, points, 'dataPoints', true)) {
    draft.at(depth + 2, index);
    draft.point(pointRecord(draft, point, kind, shared));
    yield;
  }
}

function isMonotonic(draft: Draft, data: Fields): boolean {
  const value = field(data, 'isMonotonic', 'is_monotonic') ?? false;
  if (typeof value !== 'boolean') {
    draft.note('bad-record', `isMonotonic is ${shownValue(value)}: taken as false`);
  }
  return value === true;
}

const prefix = 'AGGREGATION_TEMPORALITY_';
const known = ['name', 'description', 'unit', 'metadata'];

/** A metric without data is legal and empty; data under an unknown name is a newer type. */
function unknownData(draft: Draft, metric: Fields): void {
  const other = Object.keys(metric).find((key) => !known.includes(key) && isFields(metric[key]));
  if (other !== undefined) draft.skip('unknown-signal', `metric data "${other}" is not known`);
}

function pointRecord(
  draft: Draft,
  point: Fields,
  { detail }: Kind,
  shared: Shared,
): MetricPointRecord {
  const flags = unsignedField(draft, point, 'flags');
  const exemplars = exemplarTexts(draft, point);
  const recorded = (flags & noRecordedValue) === 0;
  const time = times(draft, point);
  // Field by field: spreading so wide a record is several times slower.
  return {
    resource: shared.resource,
    scope: shared.scope,
    metric: shared.metric,
    unit: shared.unit,
    type: shared.type,
    temporality: shared.temporality,
    monotonic: shared.monotonic,
    timeNs: time.timeNs,
    startNs: time.startNs,
    rawTime: time.rawTime,
    value: detail === null && recorded ? numberOf(draft, point) : null,
    count: detail === null ? null : countField(draft, point, 'count'),
    sum: detail === null ? null : doubleField(draft, point, 'sum'),
    detail: detail === null ? null : detail(draft, point),
    exemplars: exemplars.length === 0 ? null : `[${exemplars.join(',')}]`,
    exemplarCount: exemplars.length,
    flags,
    attributes: attributesText(draft, point.attributes),
  };
}

/** The value of a number point or exemplar: exact if an integer; null if it has none. */
function numberOf(draft: Draft, point: Fields): number | bigint | null {
  const integer = field(point, 'asInt', 'as_int');
  if (integer === undefined) return doubleField(draft, point, 'asDouble', 'as_double');
  const exact = asInteger(integer);
  if (exact === null) draft.note('bad-record', `asInt is ${shownValue(integer)}: left out`);
  return exact;
}

function times(
  draft: Draft,
  point: Fields,
): Pick<MetricPointRecord, 'timeNs' | 'startNs' | 'rawTime'> {
  const start = field(point, ...startField);
  const found = timeNs(field(point, ...timeField));
  const startNs = timeNs(start);
  if (found !== null && (startNs !== null || isUnset(start))) {
    return { timeNs: found, startNs, rawTime: null };
  }
  const rawTime = rawTimes(point, startField, timeField);
  draft.note('bad-time', `a time of the point cannot be used: ${rawTime}`);
  return { timeNs: found, startNs, rawTime };
}

function exemplarTexts(draft: Draft, point: Fields): readonly string[] {
  const { exemplars } = point;
  if (exemplars === undefined || exemplars === null) return [];
  const found: string[] = [];
  for (const [, exemplar] of objects(draft, exemplars, 'exemplars', false)) {
    const value = numberOf(draft, exemplar);
    const number = typeof value === 'bigint' ? value.toString() : doubleText(value);
    const attributes = field(exemplar, 'filteredAttributes', 'filtered_attributes');
    found.push(
      `{"time":${quoted(timeNs(field(exemplar, ...timeField))?.toString())},"value":${number},` +
        `"traceId":${quoted(hexId(field(exemplar, 'traceId', 'trace_id'), 32))},` +
        `"spanId":${quoted(hexId(field(exemplar, 'spanId', 'span_id'), 16))},` +
        `"attributes":${attributesText(draft, attributes)}}`,
    );
  }
  return found;
}

const quoted = (text: string | null | undefined): string => (text ? `"${text}"` : 'null');
