/**
 * Rows of logs and metrics → typed records, with times as offsets from the case's start: here, and
 * where spans are read, absolute nanoseconds become numbers.
 */
import type { Database } from 'better-sqlite3';
import { UserError } from '../../errors.ts';
import {
  type Attributes,
  type AttributeValue,
  type Buckets,
  type Log,
  type MetricPoint,
  type MetricSeries,
  nanos,
  type SpanId,
  type TraceId,
} from '../../model.ts';
import { renamer } from '../../semantics/index.ts';
import { sanitise } from '../../text.ts';
import type { Extent } from './extent.ts';
import { mappingOf } from './mapping.ts';
import { labelOf, logIdText, severityName } from './schema.ts';

interface Resource {
  readonly service: string;
  readonly instance: string | null;
  readonly attributes: Attributes;
}

const noAttributes: Attributes = {};

export function parseAttributes(text: string): Attributes {
  if (text === '{}') return noAttributes;
  try {
    return JSON.parse(text) as Attributes;
  } catch (cause) {
    // An import writes JSON only.
    throw new UserError('unreadable', `the case is corrupt (attributes: ${sanitise(text, 60)})`, {
      hint: 'Import the dump again with --new, or name another case with --db.',
      cause,
    });
  }
}

/** A time as offset; null where it is not believed. */
const believed = (column: string): string =>
  `CASE WHEN ${column} BETWEEN :believedFrom AND :believedTo THEN ${column} - :epoch END`;

export function resourceReader(db: Database): (id: number) => Resource {
  const rename = renamer(mappingOf(db));
  const known = new Map<number, Resource>();
  const find = db.prepare(
    /* sql */ 'SELECT service, instance, attributes FROM resource WHERE resource_id = ?',
  );
  return (id) => {
    let resource = known.get(id);
    if (!resource) {
      const row = find.get(id) as { service: string; instance: string | null; attributes: string };
      resource = { ...row, attributes: rename(parseAttributes(row.attributes)) };
      if (known.size >= 100_000) known.clear();
      known.set(id, resource);
    }
    return resource;
  };
}

interface LogRow {
  id: string;
  at: number | null;
  service: string;
  instance: string | null;
  severity_number: number;
  severity: string;
  event_name: string;
  body: string;
  trace_id: TraceId | null;
  span_id: SpanId | null;
  label: string | null;
  attributes: string;
}

/** Which logs to read: of one trace, one by its content hash and occurrence, or of one statement. */
type LogChoice =
  | { readonly trace: TraceId }
  | { readonly hash: bigint; readonly occurrence: number }
  | {
      /** Null: of any. */
      readonly service: string | null;
      /** An event of that name, or one of the templates; null: any statement. */
      readonly event: string | null;
      /** JSON array of keys of templates. */
      readonly keys: string;
      /** Unix nanoseconds: only what was written before it, the latest first, or from it on. */
      readonly at?: bigint;
      readonly side?: 'before' | 'after';
      readonly limit: number;
    };

/** Log records by time, then id. */
export function* logsIn(db: Database, extent: Extent, choice: LogChoice): Generator<Log> {
  const where =
    'trace' in choice
      ? 'g.trace_id = :trace'
      : 'hash' in choice
        ? 'g.hash = :hash AND g.occurrence = :occurrence'
        : `(:service IS NULL OR r.service = :service)
          AND (:event IS NULL OR h.event_name = :event
            OR h.event_name = '' AND g.template_key IN (SELECT value FROM json_each(:keys)))
          ${sideOf(choice.side)}`;
  const limit = 'limit' in choice ? 'LIMIT :limit' : '';
  const order = 'side' in choice && choice.side === 'before' ? 'DESC' : 'ASC';
  // Not through the view: it hides the hash, and with it the index.
  const rows = db
    .prepare(/* sql */ `SELECT
      ${logIdText('g.')} AS id,
      ${believed('g.time_ns')} AS at, r.service, r.instance, h.severity_number,
      ${severityName('h')} AS severity, h.event_name, g.body, g.trace_id, g.span_id,
      CASE g.shared WHEN 0 THEN i.label ELSE ${labelOf('log', 'g.log_key', 'i.label')} END AS label,
      g.attributes
      FROM log_record g JOIN log_head h USING (head_id) JOIN resource r USING (resource_id)
      JOIN import i ON i.import_id = g.import_id WHERE ${where} ORDER BY g.time_ns ${order}, id ${order} ${limit}`)
    .iterate({ ...extent, ...withoutSide(choice) }) as IterableIterator<LogRow>;
  for (const row of rows) {
    yield {
      id: row.id,
      time: row.at === null ? null : nanos(row.at),
      service: row.service,
      instance: row.instance,
      severity: row.severity_number,
      severityText: row.severity,
      eventName: row.event_name,
      body: row.body,
      traceId: row.trace_id,
      spanId: row.span_id,
      label: row.label,
      attributes: parseAttributes(row.attributes),
    };
  }
}

const sideOf = (side: 'before' | 'after' | undefined): string =>
  side === undefined ? '' : `AND g.time_ns ${side === 'before' ? '<' : '>='} :at`;

/** SQLite binds numbers and texts; which side it is stands in the statement. */
function withoutSide(choice: LogChoice): object {
  if (!('side' in choice)) return choice;
  const { side: _, ...bound } = choice;
  return bound;
}

interface SeriesRow {
  series_id: number;
  metric: string;
  unit: string;
  type: MetricSeries['type'];
  temporality: MetricSeries['temporality'];
  monotonic: number;
  resource_id: number;
  attributes: string;
}

type PointRow = [
  at: number,
  value: number | null,
  count: number | null,
  sum: number | null,
  detail: string | null,
];

/** Which series to read: those of one metric of one service, or of metrics of such names. */
export type SeriesChoice =
  | { readonly metric: string; readonly service: string }
  | { readonly wants: (metric: string) => boolean };

/**
 * Metric series by metric, resource and attributes, each with its points in time order; `buckets`:
 * with those of histograms.
 */
export function* seriesIn(
  db: Database,
  extent: Extent,
  choice: SeriesChoice | null = null,
  buckets = false,
): Generator<MetricSeries> {
  const isOne = choice !== null && 'metric' in choice;
  const wants = choice !== null && 'wants' in choice ? choice.wants : () => true;
  const resourceOf = resourceReader(db);
  // Series are put in order without their points, which would each carry all that the order goes by.
  const all = db
    .prepare(/* sql */ `SELECT m.series_id, m.metric, m.unit, m.type, m.temporality, m.monotonic,
      m.resource_id, m.attributes
      FROM metric_series m JOIN resource r USING (resource_id) JOIN scope c USING (scope_id)
      ${isOne ? 'WHERE m.metric = :metric AND r.service = :service' : ''}
      ORDER BY m.metric, r.attributes, r.schema_url, c.name, c.version, c.attributes, c.schema_url,
        m.attributes, m.type, m.unit, m.temporality, m.monotonic, m.series_id`)
    .all(isOne ? choice : {}) as SeriesRow[];
  const pointsOf = db
    .prepare(/* sql */ `SELECT time_ns - :epoch,
      CASE WHEN value <> 'NaN' THEN CAST(value AS REAL) END, count, sum,
      ${buckets ? "CASE :type WHEN 'histogram' THEN detail END" : 'NULL'}
      FROM metric_point
      WHERE series_id = :series AND time_ns BETWEEN :believedFrom AND :believedTo
      ORDER BY time_ns, hash, occurrence`)
    .raw();
  const { epoch, believedFrom, believedTo } = extent;
  const rename = renamer(mappingOf(db));
  for (const row of all) {
    if (!wants(row.metric)) continue;
    const of = { series: row.series_id, epoch, believedFrom, believedTo };
    const points = pointsOf.all(buckets ? { ...of, type: row.type } : of) as PointRow[];
    if (points.length === 0) continue;
    yield seriesOf(
      row,
      rename(parseAttributes(row.attributes)),
      resourceOf(row.resource_id),
      points.flatMap((point) => pointOf(point) ?? []),
    );
  }
}

const seriesOf = (
  row: SeriesRow,
  attributes: Attributes,
  resource: Resource,
  points: readonly MetricPoint[],
): MetricSeries => ({
  metric: row.metric,
  unit: row.unit,
  type: row.type,
  temporality: row.temporality,
  monotonic: row.monotonic === 1,
  service: resource.service,
  instance: resource.instance,
  attributes,
  resource: resource.attributes,
  points,
});

/** Null for a point that recorded no finite value, or an empty histogram. */
function pointOf([at, value, count, sum, detail]: PointRow): MetricPoint | null {
  if (value !== null) return Number.isFinite(value) ? { time: nanos(at), value, count: 1 } : null;
  if (count === null || count === 0 || sum === null || !Number.isFinite(sum)) return null;
  const point = { time: nanos(at), value: sum / count, count };
  const buckets = detail === null ? undefined : bucketsIn(detail);
  return buckets ? { ...point, buckets } : point;
}

/** Undefined if a bound or count is none. */
function bucketsIn(detail: string): Buckets | undefined {
  const { bounds, counts } = parseAttributes(detail);
  const areNumbers = (list: AttributeValue | undefined): list is readonly number[] =>
    Array.isArray(list) && list.every((one) => typeof one === 'number');
  const isWhole = areNumbers(bounds) && areNumbers(counts) && counts.length === bounds.length + 1;
  return isWhole ? { bounds, counts } : undefined;
}
