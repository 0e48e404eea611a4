/**
 * Whole records out of a case, as import made them: for export. In an order that no order of
 * imports changes.
 */
import type { Database } from 'better-sqlite3';
import type {
  Filter,
  LogRecord,
  MetricPointRecord,
  ResourceRecord,
  ScopeRecord,
  SpanEventRecord,
  SpanLinkRecord,
  SpanRecord,
} from '../../model.ts';
import { mergedObject } from '../../text/json.ts';
import { extentOf } from './extent.ts';
import { compile } from './filter.ts';
import { logIdText } from './schema.ts';

/** Rows as objects with exact integers. */
function* rowsOf<Row>(db: Database, sql: string, values: readonly unknown[]): Generator<Row> {
  yield* db
    .prepare(sql)
    .safeIntegers()
    .iterate(...values) as IterableIterator<Row>;
}

function sharedReader(db: Database) {
  const resources = new Map<bigint, ResourceRecord>();
  const scopes = new Map<bigint, ScopeRecord>();
  const findResource = db.prepare(/* sql */ `SELECT attributes, schema_url AS schemaUrl
    FROM resource WHERE resource_id = ?`);
  const findScope = db.prepare(/* sql */ `SELECT name, version, attributes,
    schema_url AS schemaUrl FROM scope WHERE scope_id = ?`);
  const reader =
    <Row>(known: Map<bigint, Row>, find: typeof findScope) =>
    (id: bigint): Row => {
      let row = known.get(id);
      if (row === undefined) {
        row = find.get(id) as Row;
        if (known.size >= 100_000) known.clear();
        known.set(id, row);
      }
      return row;
    };
  return { resourceOf: reader(resources, findResource), scopeOf: reader(scopes, findScope) };
}

interface SpanRow {
  readonly span_key: bigint;
  readonly head_id: bigint;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly startNs: bigint | null;
  readonly endNs: bigint | null;
  readonly rawTime: string | null;
  readonly dropped: string | null;
  readonly attributes: string | null;
  readonly nested: bigint;
}

type Head = Pick<
  SpanRecord,
  'name' | 'kind' | 'status' | 'statusMessage' | 'traceState' | 'attributes'
> & { readonly resource_id: bigint; readonly scope_id: bigint; readonly flags: bigint };

function spanHeads(db: Database): (id: bigint) => Head {
  const known = new Map<bigint, Head>();
  const find = db
    .prepare(/* sql */ `SELECT resource_id, scope_id, name, kind, status,
      status_message AS statusMessage, trace_state AS traceState, flags, attributes
      FROM span_head WHERE head_id = ?`)
    .safeIntegers();
  return (id) => {
    const head = known.get(id) ?? (find.get(id) as Head);
    if (known.size >= 100_000) known.clear();
    known.set(id, head);
    return head;
  };
}

/** Times are exact, and so the count comes as an integer of 64 bits too. */
function eventOf(row: unknown): SpanEventRecord {
  const event = row as SpanEventRecord & { readonly droppedAttributes: bigint | number };
  return { ...event, droppedAttributes: Number(event.droppedAttributes) };
}

/** All spans of the traces that pass, by trace, then id, then what else tells them apart. */
export function* spanRecords(db: Database, filter: Filter): Generator<SpanRecord> {
  const { resourceOf, scopeOf } = sharedReader(db);
  const headOf = spanHeads(db);
  const events = db
    .prepare(/* sql */ `SELECT name, time_ns AS timeNs, attributes,
      dropped_attributes AS droppedAttributes FROM span_event WHERE span_key = ? ORDER BY position`)
    .safeIntegers();
  const links = db.prepare(/* sql */ `SELECT trace_id AS traceId, span_id AS spanId,
    trace_state AS traceState, flags, attributes, dropped_attributes AS droppedAttributes
    FROM span_link WHERE span_key = ? ORDER BY position`);
  const { sql, values } = compile(filter, 'traces', extentOf(db).last);
  const rows = rowsOf<SpanRow>(
    db,
    /* sql */ `SELECT span_key, head_id, trace_id AS traceId, span_id AS spanId,
      parent_span_id AS parentSpanId, start_ns AS startNs, end_ns AS endNs, raw_time AS rawTime,
      attributes, nested, dropped FROM trace_name CROSS JOIN span USING (trace_key)
      WHERE ${sql === '1' ? '1' : `trace_id IN (SELECT trace_id FROM traces WHERE ${sql})`}
      ORDER BY trace_id, span_id, span_key`,
    values,
  );
  const recordOf = (row: SpanRow): SpanRecord => {
    const { span_key, head_id, nested, attributes: own, ...span } = row;
    const { resource_id, scope_id, flags, attributes, ...head } = headOf(head_id);
    const has = nested > 0n;
    return {
      ...span,
      ...head,
      resource: resourceOf(resource_id),
      scope: scopeOf(scope_id),
      flags: Number(flags),
      attributes: mergedObject(attributes, own ?? '{}'),
      events: has ? events.all(span_key).map(eventOf) : [],
      links: has ? (links.all(span_key) as SpanLinkRecord[]) : [],
    };
  };
  yield* inContentOrder(rows, recordOf);
}

/** Spans of one id come in the order of their content, not in that of the imports. */
function* inContentOrder(
  rows: Iterable<SpanRow>,
  recordOf: (row: SpanRow) => SpanRecord,
): Generator<SpanRecord> {
  let same: SpanRecord[] = [];
  const sorted = (): readonly SpanRecord[] =>
    same.length < 2 ? same : same.toSorted((a, b) => (contentOf(a) < contentOf(b) ? -1 : 1));
  for (const row of rows) {
    const record = recordOf(row);
    const [first] = same;
    if (first && (first.spanId !== record.spanId || first.traceId !== record.traceId)) {
      yield* sorted();
      same = [];
    }
    same.push(record);
  }
  yield* sorted();
}

const contentOf = (span: SpanRecord): string =>
  JSON.stringify(span, (_, value) => (typeof value === 'bigint' ? String(value) : value));

type LogRow = Omit<LogRecord, 'resource' | 'scope' | 'flags' | 'severityNumber' | 'structured'> & {
  readonly resource_id: bigint;
  readonly scope_id: bigint;
  readonly flags: bigint;
  readonly structured: bigint;
  readonly severityNumber: bigint;
};

/** By time, then content. */
export function* logRecords(db: Database, filter: Filter): Generator<LogRecord> {
  const { resourceOf, scopeOf } = sharedReader(db);
  const { sql, values } = compile(filter, 'logs', extentOf(db).last);
  const rows = rowsOf<LogRow>(
    db,
    /* sql */ `SELECT resource_id, scope_id, time_ns AS timeNs, observed_ns AS observedNs,
      raw_time AS rawTime, severity_number AS severityNumber, severity_text AS severityText, body,
      structured, event_name AS eventName, trace_id AS traceId, span_id AS spanId, flags, attributes
      FROM log_record JOIN log_head USING (head_id) WHERE ${sql === '1' ? '1' : `${logIdText()} IN (SELECT id FROM logs WHERE ${sql})`}
      ORDER BY time_ns, hash, occurrence`,
    values,
  );
  for (const { resource_id, scope_id, flags, structured, severityNumber, ...log } of rows) {
    yield {
      ...log,
      resource: resourceOf(resource_id),
      scope: scopeOf(scope_id),
      flags: Number(flags),
      structured: structured === 1n,
      severityNumber: Number(severityNumber),
    };
  }
}

interface PointRow {
  readonly resource_id: bigint;
  readonly scope_id: bigint;
  readonly metric: string;
  readonly unit: string;
  readonly type: MetricPointRecord['type'];
  readonly temporality: MetricPointRecord['temporality'];
  readonly monotonic: bigint;
  readonly timeNs: bigint | null;
  readonly startNs: bigint | null;
  readonly rawTime: string | null;
  readonly value: bigint | number | string | null;
  readonly count: bigint | null;
  readonly sum: number | null;
  readonly detail: string | null;
  readonly exemplars: string | null;
  readonly flags: bigint;
  readonly attributes: string;
}

/** The columns of `metric_points` that a filter may name, and the key that the view hides. */
const pointsToFilter = /* sql */ `SELECT q.point_key, n.metric, n.unit, n.type, o.service, o.instance,
  q.time_ns, q.value, q.count, q.sum, n.attributes, o.attributes AS resource
  FROM metric_point q JOIN metric_series n USING (series_id) JOIN resource o USING (resource_id)`;

/** By metric, series and time. */
export function* pointRecords(db: Database, filter: Filter): Generator<MetricPointRecord> {
  const { resourceOf, scopeOf } = sharedReader(db);
  const { sql, values } = compile(filter, 'metrics', extentOf(db).last);
  const rows = rowsOf<PointRow>(
    db,
    /* sql */ `SELECT m.resource_id, m.scope_id, m.metric, m.unit, m.type, m.temporality,
      m.monotonic, p.time_ns AS timeNs, p.start_ns AS startNs, p.raw_time AS rawTime, p.value,
      p.count, p.sum, p.detail, p.exemplars, p.flags, m.attributes
      FROM metric_point p JOIN metric_series m USING (series_id) JOIN resource r USING (resource_id)
      JOIN scope c USING (scope_id)
      WHERE p.point_key IN (SELECT point_key FROM (${pointsToFilter}) WHERE ${sql})
      ORDER BY m.metric, r.attributes, r.schema_url, c.name, c.version, c.attributes, c.schema_url,
        m.attributes, m.type, m.unit, m.temporality, m.monotonic, p.time_ns, p.hash, p.occurrence`,
    values,
  );
  for (const row of rows) {
    const { resource_id, scope_id, monotonic, value, count, flags, ...point } = row;
    yield {
      ...point,
      resource: resourceOf(resource_id),
      scope: scopeOf(scope_id),
      monotonic: monotonic === 1n,
      value: exact(value),
      count: count === null ? null : Number(count),
      exemplarCount: 0,
      flags: Number(flags),
    };
  }
}

/** What SQLite could not hold as a number is text: NaN, or more than 63 bits. */
function exact(value: PointRow['value']): number | bigint | null {
  if (typeof value !== 'string') return value;
  return value === 'NaN' ? Number.NaN : BigInt(value);
}
