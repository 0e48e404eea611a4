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
  SpanRecord,
} from '../../model.ts';
import { instanceOf, serviceOf } from '../../semantics/index.ts';

/** 64 bits of SHA-1: among a million records a false match has a chance of 3 in 10^8. */
const contentHash = (parts: readonly unknown[]): string =>
  hash('sha1', parts.join('\u0001')).slice(0, 16);

/** Adds batches under one import id. */
export function inserter(db: Database, importId: number): (batch: Batch) => void {
  const resourceId = resources(db);
  const scopeId = scopes(db);
  const addSpan = spans(db, importId, resourceId, scopeId);
  const addLog = logs(db, importId, resourceId, scopeId);
  const addPoint = points(db, importId, resourceId, scopeId);
  return (batch) => {
    for (const span of batch.spans) addSpan(span);
    for (const log of batch.logs) addLog(log);
    for (const point of batch.points) addPoint(point);
  };
}

/**
 * Remembers the row ids of things that many records share. Bounded: an attribute that differs in
 * every resource must not make memory grow with the dump; the table still knows them all.
 */
function remembered(lookUp: (identity: string) => number): (identity: string) => number {
  const known = new Map<string, number>();
  return (identity) => {
    let id = known.get(identity);
    if (id === undefined) {
      id = lookUp(identity);
      if (known.size >= 100_000) known.clear();
      known.set(identity, id);
    }
    return id;
  };
}

type IdOf<T> = (thing: T) => number;

function resources(db: Database): IdOf<ResourceRecord> {
  const add = db.prepare(/* sql */ `INSERT OR IGNORE INTO resource
    (service, instance, schema_url, attributes) VALUES (?, ?, ?, ?)`);
  const find = db
    .prepare(/* sql */ 'SELECT resource_id FROM resource WHERE attributes = ? AND schema_url = ?')
    .pluck();
  const idOf = remembered((identity) => {
    const [schemaUrl = '', attributes = '{}'] = identity.split('\u0001');
    const parsed = JSON.parse(attributes) as Attributes;
    add.run(serviceOf(parsed), instanceOf(parsed), schemaUrl, attributes);
    return find.get(attributes, schemaUrl) as number;
  });
  return ({ attributes, schemaUrl }) => idOf(`${schemaUrl}\u0001${attributes}`);
}

function scopes(db: Database): IdOf<ScopeRecord> {
  const add = db.prepare(
    /* sql */ 'INSERT OR IGNORE INTO scope (name, version, attributes) VALUES (?, ?, ?)',
  );
  const find = db
    .prepare(
      /* sql */ 'SELECT scope_id FROM scope WHERE name = ? AND version = ? AND attributes = ?',
    )
    .pluck();
  const idOf = remembered((identity) => {
    const row = identity.split('\u0001');
    add.run(...row);
    return find.get(...row) as number;
  });
  return ({ name, version, attributes }) => idOf(`${name}\u0001${version}\u0001${attributes}`);
}

function spans(
  db: Database,
  importId: number,
  resourceId: IdOf<ResourceRecord>,
  scopeId: IdOf<ScopeRecord>,
): (span: SpanRecord) => void {
  const add = db.prepare(/* sql */ `INSERT INTO span
    (import_id, resource_id, scope_id, trace_id, span_id, parent_span_id, name, kind, status,
     status_message, start_ns, end_ns, raw_time, trace_state, flags, attributes, hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const addEvent = db.prepare(/* sql */ 'INSERT INTO span_event VALUES (?, ?, ?, ?, ?)');
  const addLink = db.prepare(/* sql */ 'INSERT INTO span_link VALUES (?, ?, ?, ?, ?, ?)');
  return (s) => {
    const own = [s.traceId, s.spanId, s.parentSpanId, s.name, s.kind, s.status, s.statusMessage];
    const rest = [s.startNs, s.endNs, s.rawTime, s.traceState, s.flags, s.attributes];
    const nested = [
      ...s.events.flatMap((event) => [event.name, event.timeNs, event.attributes]),
      ...s.links.flatMap((link) => [link.traceId, link.spanId, link.traceState, link.attributes]),
    ];
    const content = [
      s.resource.attributes,
      s.scope.name,
      s.scope.version,
      ...own,
      ...rest,
      ...nested,
    ];
    const { lastInsertRowid: key } = add.run(
      importId,
      resourceId(s.resource),
      scopeId(s.scope),
      ...own,
      ...rest,
      contentHash(content),
    );
    s.events.forEach((event, position) => {
      addEvent.run(key, position, event.name, event.timeNs, event.attributes);
    });
    s.links.forEach((link, position) => {
      addLink.run(key, position, link.traceId, link.spanId, link.traceState, link.attributes);
    });
  };
}

function logs(
  db: Database,
  importId: number,
  resourceId: IdOf<ResourceRecord>,
  scopeId: IdOf<ScopeRecord>,
): (log: LogRecord) => void {
  const add = db.prepare(/* sql */ `INSERT INTO log_record
    (import_id, resource_id, scope_id, time_ns, observed_ns, raw_time, severity_number,
     severity_text, body, event_name, trace_id, span_id, flags, attributes, template_id, hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const addTemplate = db.prepare(/* sql */ 'INSERT OR IGNORE INTO log_template VALUES (?, ?)');
  const templateIds = new Map<string, string>();
  const templateId = (body: string): string => {
    const template = templateOf(body);
    const known = templateIds.get(template);
    if (known !== undefined) return known;
    const id = contentHash([template]).slice(0, 12);
    addTemplate.run(id, template);
    if (templateIds.size >= 100_000) templateIds.clear();
    templateIds.set(template, id);
    return id;
  };
  return (g) => {
    const times = [g.timeNs, g.observedNs, g.rawTime, g.severityNumber, g.severityText];
    const text = [g.body, g.eventName, g.traceId, g.spanId, g.flags, g.attributes];
    const content = [g.resource.attributes, g.scope.name, g.scope.version, ...times, ...text];
    add.run(
      importId,
      resourceId(g.resource),
      scopeId(g.scope),
      ...times,
      ...text,
      templateId(g.body),
      contentHash(content),
    );
  };
}

function points(
  db: Database,
  importId: number,
  resourceId: IdOf<ResourceRecord>,
  scopeId: IdOf<ScopeRecord>,
): (point: MetricPointRecord) => void {
  const seriesId = series(db);
  const add = db.prepare(/* sql */ `INSERT INTO metric_point
    (import_id, series_id, time_ns, start_ns, raw_time, value, count, sum, detail, exemplars,
     flags, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return (p) => {
    const identity = [
      p.metric,
      resourceId(p.resource),
      scopeId(p.scope),
      p.attributes,
      p.type,
      p.unit,
      p.temporality ?? '',
      Number(p.monotonic),
    ].join('\u0001');
    const own = [p.timeNs, p.startNs, p.rawTime, p.value, p.count, p.sum, p.detail, p.exemplars];
    const content = [p.metric, p.resource.attributes, p.scope.name, p.attributes, p.type, p.unit];
    const digest = contentHash([...content, p.temporality, p.monotonic, ...own, p.flags]);
    add.run(importId, seriesId(identity), ...own, p.flags, digest);
  };
}

/** Row id of a series by its joined identity, in the order of the unique index. */
function series(db: Database): (identity: string) => number {
  const find = db
    .prepare(/* sql */ `SELECT series_id FROM metric_series WHERE metric = ? AND resource_id = ?
      AND scope_id = ? AND attributes = ? AND type = ? AND unit = ?
      AND coalesce(temporality, '') = ? AND monotonic = ?`)
    .pluck();
  const add = db.prepare(/* sql */ `INSERT INTO metric_series
    (metric, resource_id, scope_id, attributes, type, unit, temporality, monotonic)
    VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''), ?)`);
  return remembered((identity) => {
    const [metric, resource, scope, attributes, type, unit, temporality, monotonic] =
      identity.split('\u0001');
    const row = [
      metric,
      Number(resource),
      Number(scope),
      attributes,
      type,
      unit,
      temporality,
      Number(monotonic),
    ];
    const known = find.get(...row) as number | undefined;
    return known ?? Number(add.run(...row).lastInsertRowid);
  });
}
