/** Writing decoded records into the private tables: one statement a table, shared things once. */
import type { Database } from 'better-sqlite3';
import { once } from '../../grouping.ts';
import type { Attributes, Batch, ResourceRecord, ScopeRecord } from '../../model.ts';
import { instanceOf, type Mapping, renamer, serviceOf } from '../../semantics/index.ts';
import type { DayCounter } from './days.ts';
import { logInserter } from './insert-logs.ts';
import { pointInserter } from './insert-points.ts';
import { type SpanCounts, spanInserter } from './insert-spans.ts';
import { mappingOf } from './mapping.ts';
import { remembered } from './remembered.ts';
import type { SpanGroups } from './span-groups.ts';

/** What a file brought so far, and where its parts wait. */
export interface Arriving {
  readonly importId: number;
  readonly groups: SpanGroups;
  readonly spans: SpanCounts;
  readonly days: Readonly<Record<'span' | 'log' | 'metric', DayCounter>>;
}

/** What records of all signals share. */
export interface Shared {
  readonly importId: number;
  readonly resourceOf: (resource: ResourceRecord) => ResourceRow;
  /** Row id of a scope. */
  readonly scopeOf: (scope: ScopeRecord) => number;
}

interface ResourceRow {
  readonly id: number;
  readonly service: string;
}

/** Adds batches under one import id. */
export function inserter(db: Database, arriving: Arriving): (batch: Batch) => void {
  const { importId, groups, days } = arriving;
  const mapping = mappingOf(db);
  const shared = { importId, resourceOf: resources(db, mapping), scopeOf: scopes(db) };
  const addSpans = spanInserter(
    db,
    { ...shared, mapping, groups, days: days.span },
    arriving.spans,
  );
  const addLogs = logInserter(db, shared, days.log);
  const addPoints = pointInserter(db, shared, days.metric);
  return ({ spans, logs, points }) => {
    if (spans.count > 0) addSpans(spans);
    if (logs.count > 0) addLogs(logs);
    if (points.count > 0) addPoints(points);
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
    return { id: find.get(attributes, schemaUrl) as number, service };
  });
  return once(({ attributes, schemaUrl }) => rowOf(attributes, schemaUrl));
}

function scopes(db: Database): Shared['scopeOf'] {
  const add = db.prepare(/* sql */ `INSERT OR IGNORE INTO scope
    (name, version, attributes, schema_url) VALUES (?, ?, ?, ?)`);
  const find = db
    .prepare(/* sql */ `SELECT scope_id FROM scope
      WHERE name = ? AND version = ? AND attributes = ? AND schema_url = ?`)
    .pluck();
  const rowOf = remembered((...row: [string, string, string, string]): number => {
    add.run(...row);
    return find.get(...row) as number;
  });
  return once(({ name, version, attributes, schemaUrl }) =>
    rowOf(name, version, attributes, schemaUrl),
  );
}
