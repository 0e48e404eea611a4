/** Writing decoded records into the private tables: one statement a table, shared things once. */
import { hash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { templateOf } from '../../features/log-template.ts';
import type {
  Attributes,
  Batch,
  LogRecord,
  MetricPointRecord,
  ResourceRecord,
  ScopeRecord,
} from '../../model.ts';
import { instanceOf, type Mapping, renamer, serviceOf } from '../../semantics/index.ts';
import type { DayCounter } from './days.ts';
import { type SpanCounts, spanInserter } from './insert-spans.ts';
import { mappingOf } from './mapping.ts';
import type { SpanGroups } from './span-groups.ts';

/**
 * Texts as one, so that no two lists of texts give the same: each with its length before it, and
 * null as no text at all.
 */
function joined(parts: readonly unknown[]): string {
  let all = '';
  for (const part of parts) {
    const text = part === null ? '' : String(part);
    all += part === null ? '-' : `${text.length}:${text}`;
  }
  return all;
}

/** 64 bits of SHA-1: among a million records a false match has a chance of 3 in 10^8. */
const contentHash = (parts: readonly unknown[]): string => hash('sha1', joined(parts)).slice(0, 16);

/** What a file brought so far, and where its parts wait. */
export interface Arriving {
  readonly importId: number;
  readonly groups: SpanGroups;
  readonly spans: SpanCounts;
  readonly days: Readonly<Record<'span' | 'log' | 'metric', DayCounter>>;
}

/** Adds batches under one import id. */
export function inserter(db: Database, arriving: Arriving): (batch: Batch) => void {
  const { importId, groups, days } = arriving;
  const mapping = mappingOf(db);
  const shared = { importId, resourceOf: resources(db, mapping), scopeOf: scopes(db) };
  const target = { ...shared, mapping, groups, days: days.span };
  const addSpans = spanInserter(db, target, arriving.spans);
  const addLog = logs(db, shared);
  const addPoint = points(db, shared);
  return (batch) => {
    if (batch.spans.count > 0) addSpans(batch.spans);
    for (const log of batch.logs) {
      addLog(log);
      days.log.add(log.timeNs, log.timeNs);
    }
    for (const point of batch.points) {
      addPoint(point);
      days.metric.add(point.timeNs, point.timeNs);
    }
  };
}

/** A row that many records share, and what it adds to the content of each. */
interface SharedRow {
  readonly id: number;
  readonly digest: string;
}

interface ResourceRow extends SharedRow {
  readonly service: string;
}

interface Shared {
  readonly importId: number;
  readonly resourceOf: (resource: ResourceRecord) => ResourceRow;
  readonly scopeOf: (scope: ScopeRecord) => SharedRow;
}

/**
 * Remembers what was looked up for equal lists of texts. Bounded: an attribute that differs in
 * every resource must not make memory grow with the dump; the table still knows them all.
 */
function remembered<Key extends readonly unknown[], Row>(
  lookUp: (...key: Key) => Row,
): (...key: Key) => Row {
  const known = new Map<string, Row>();
  return (...key) => {
    const identity = joined(key);
    let row = known.get(identity);
    if (row === undefined) {
      row = lookUp(...key);
      if (known.size >= 100_000) known.clear();
      known.set(identity, row);
    }
    return row;
  };
}

/** Records of one resource or scope mostly share one object: no text is compared then. */
function byObject<Thing extends object, Row>(lookUp: (thing: Thing) => Row): (thing: Thing) => Row {
  const known = new WeakMap<Thing, Row>();
  return (thing) => {
    let row = known.get(thing);
    if (row === undefined) {
      row = lookUp(thing);
      known.set(thing, row);
    }
    return row;
  };
}

function resources(db: Database, mapping: Mapping): Shared['resourceOf'] {
  const rename = renamer(mapping);
  const add = db.prepare(/* sql */ `INSERT OR IGNORE INTO resource
    (service, instance, schema_url, attributes) VALUES (?, ?, ?, ?)`);
  const find = db
    .prepare(/* sql */ 'SELECT resource_id FROM resource WHERE attributes = ? AND schema_url = ?')
    .pluck();
  const rowOf = remembered((attributes: string, schemaUrl: string): ResourceRow => {
    const parsed = rename(JSON.parse(attributes) as Attributes);
    const service = serviceOf(parsed);
    add.run(service, instanceOf(parsed), schemaUrl, attributes);
    const id = find.get(attributes, schemaUrl) as number;
    return { id, service, digest: contentHash([attributes, schemaUrl]) };
  });
  return byObject(({ attributes, schemaUrl }) => rowOf(attributes, schemaUrl));
}

function scopes(db: Database): Shared['scopeOf'] {
  const add = db.prepare(
    /* sql */ 'INSERT OR IGNORE INTO scope (name, version, attributes) VALUES (?, ?, ?)',
  );
  const find = db
    .prepare(
      /* sql */ 'SELECT scope_id FROM scope WHERE name = ? AND version = ? AND attributes = ?',
    )
    .pluck();
  const rowOf = remembered((...row: [string, string, string]): SharedRow => {
    add.run(...row);
    return { id: find.get(...row) as number, digest: contentHash(row) };
  });
  return byObject(({ name, version, attributes }) => rowOf(name, version, attributes));
}

function logs(db: Database, { importId, resourceOf, scopeOf }: Shared): (log: LogRecord) => void {
  const add = db.prepare(/* sql */ `INSERT INTO log_record
    (import_id, resource_id, scope_id, time_ns, observed_ns, raw_time, severity_number,
     severity_text, body, event_name, trace_id, span_id, flags, attributes, structured,
     template_id, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const addTemplate = db.prepare(/* sql */ 'INSERT OR IGNORE INTO log_template VALUES (?, ?)');
  const templateId = remembered((template: string): string => {
    const id = contentHash([template]).slice(0, 12);
    addTemplate.run(id, template);
    return id;
  });
  return (g) => {
    const resource = resourceOf(g.resource);
    const scope = scopeOf(g.scope);
    const times = [g.timeNs, g.observedNs, g.rawTime, g.severityNumber, g.severityText];
    const text = [g.body, g.eventName, g.traceId, g.spanId, g.flags, g.attributes];
    add.run(
      importId,
      resource.id,
      scope.id,
      ...times,
      ...text,
      Number(g.structured),
      templateId(templateOf(g.body)),
      // The text {"a":1} and the map that is written so are two bodies.
      contentHash([
        resource.digest,
        scope.digest,
        ...times,
        ...text,
        ...(g.structured ? [''] : []),
      ]),
    );
  };
}

function points(
  db: Database,
  { importId, resourceOf, scopeOf }: Shared,
): (point: MetricPointRecord) => void {
  const seriesOf = series(db);
  const add = db.prepare(/* sql */ `INSERT INTO metric_point
    (import_id, series_id, time_ns, start_ns, raw_time, value, count, sum, detail, exemplars,
     flags, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return (p) => {
    const resource = resourceOf(p.resource);
    const scope = scopeOf(p.scope);
    const monotonic = Number(p.monotonic);
    const type = [p.metric, p.attributes, p.type, p.unit, p.temporality ?? '', monotonic] as const;
    const times = [p.timeNs, p.startNs, p.rawTime];
    const rest = [p.count, p.sum, p.detail, p.exemplars, p.flags];
    const digest = contentHash([
      resource.digest,
      scope.digest,
      ...type,
      ...times,
      p.value,
      ...rest,
    ]);
    const seriesId = seriesOf(resource.id, scope.id, ...type);
    add.run(importId, seriesId, ...times, stored(p.value), ...rest, digest);
  };
}

/** SQLite has neither NaN nor integers of more than 63 bits: they are kept as text. */
function stored(value: number | bigint | null): number | bigint | string | null {
  const fits =
    typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : !Number.isNaN(value);
  return value === null || fits ? value : String(value);
}

type SeriesKey = readonly [
  resource: number,
  scope: number,
  metric: string,
  attributes: string,
  type: string,
  unit: string,
  temporality: string,
  monotonic: number,
];

/** Row id of a series, by what identifies it. */
function series(db: Database): (...key: SeriesKey) => number {
  const find = db
    .prepare(/* sql */ `SELECT series_id FROM metric_series WHERE resource_id = ?
      AND scope_id = ? AND metric = ? AND attributes = ? AND type = ? AND unit = ?
      AND coalesce(temporality, '') = ? AND monotonic = ?`)
    .pluck();
  const add = db.prepare(/* sql */ `INSERT INTO metric_series
    (resource_id, scope_id, metric, attributes, type, unit, temporality, monotonic)
    VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''), ?)`);
  return remembered((...key: SeriesKey): number => {
    const known = find.get(...key) as number | undefined;
    return known ?? Number(add.run(...key).lastInsertRowid);
  });
}
