/**
 * Finding, after a file is loaded and through the indexes, what the case already had.
 * A span is known by its ids and content; a log record or metric point by its content and
 * by how many equal ones came before it in the same file, so that equal lines of one file survive.
 */
import type { Database } from 'better-sqlite3';
import type { Defect, Span } from '../../model.ts';

/** First row of the file being imported, per table; rows of a file are consecutive. */
export interface FirstRows {
  readonly span: number;
  readonly log: number;
  readonly point: number;
}

export interface DropCounts {
  readonly spans: number;
  readonly logs: number;
  readonly points: number;
}

/** Removes the file's duplicates and makes the older record a member of this import too. */
export function dropDuplicates(db: Database, importId: number, first: FirstRows): DropCounts {
  const spans = drop(db, importId, spanTable, first.span);
  numberEqualRecords(db, 'log_record', 'log_key', first.log);
  numberEqualRecords(db, 'metric_point', 'point_key', first.point);
  const logs = drop(db, importId, logTable, first.log);
  const points = drop(db, importId, pointTable, first.point);
  return { spans, logs, points };
}

interface Table {
  readonly signal: string;
  readonly name: string;
  readonly key: string;
  /** Identity of an older row `o` and a new row `n`, with the oldest row it may have. */
  readonly same: string;
  readonly children: readonly string[];
}

const spanTable: Table = {
  signal: 'span',
  name: 'span',
  key: 'span_key',
  same: 'o.trace_id = n.trace_id AND o.span_id = n.span_id AND o.hash = n.hash AND o.span_key < n.span_key',
  children: ['span_event', 'span_link'],
};
const logTable: Table = {
  signal: 'log',
  name: 'log_record',
  key: 'log_key',
  same: 'o.hash = n.hash AND o.occurrence = n.occurrence AND o.log_key < :first',
  children: [],
};
const pointTable: Table = {
  signal: 'metric',
  name: 'metric_point',
  key: 'point_key',
  same: 'o.hash = n.hash AND o.occurrence = n.occurrence AND o.point_key < :first',
  children: [],
};

function drop(db: Database, importId: number, table: Table, first: number): number {
  const { name, key, signal } = table;
  db.exec('DROP TABLE IF EXISTS temp.duplicate');
  db.exec('CREATE TEMP TABLE duplicate (new_key INTEGER PRIMARY KEY, old_key INTEGER)');
  const { changes } = db
    .prepare(/* sql */ `INSERT INTO duplicate SELECT n.${key}, min(o.${key}) FROM ${name} n
      JOIN ${name} o ON ${table.same} WHERE n.${key} >= :first GROUP BY n.${key}`)
    .run({ first });
  if (changes === 0) return 0;
  db.prepare(/* sql */ `INSERT OR IGNORE INTO also_in SELECT ?, o.${key}, ?
    FROM duplicate d JOIN ${name} o ON o.${key} = d.old_key WHERE o.import_id <> ?`).run(
    signal,
    importId,
    importId,
  );
  db.prepare(/* sql */ `UPDATE ${name} SET shared = 1 WHERE shared = 0 AND ${key} IN
    (SELECT record_key FROM also_in WHERE signal = ? AND import_id = ?)`).run(signal, importId);
  for (const owned of [...table.children, name]) {
    db.exec(`DELETE FROM ${owned} WHERE ${key} IN (SELECT new_key FROM duplicate)`);
  }
  return changes;
}

function numberEqualRecords(db: Database, table: string, key: string, first: number): void {
  db.prepare(/* sql */ `UPDATE ${table} SET occurrence = w.n FROM (
      SELECT ${key} AS k, row_number() OVER (PARTITION BY hash ORDER BY ${key}) AS n
      FROM ${table} WHERE ${key} >= ?
    ) w WHERE w.k = ${table}.${key} AND w.n > 1`).run(first);
}

/**
 * Spans of the file that share ids and side with another span but not its content, a defect each:
 * both are kept. Client and server may share an id (Zipkin, B3), which is no conflict.
 */
export function* conflicts(db: Database, first: number): Generator<Defect> {
  const found = db
    .prepare(/* sql */ `SELECT DISTINCT n.span_key, n.trace_id, n.span_id FROM span n
      JOIN span o ON o.trace_id = n.trace_id AND o.span_id = n.span_id
        AND o.span_key < n.span_key
        AND (o.kind IN ('server', 'consumer')) = (n.kind IN ('server', 'consumer'))
      WHERE n.span_key >= ? ORDER BY n.trace_id, n.span_id`)
    .raw()
    .all(first) as [number, string, string][];
  for (const [, traceId, spanId] of found) yield conflict(traceId, spanId);
}

/** The same of a trace whose spans come by id: what the whole case has, in any order of imports. */
export function* conflictsIn(spans: readonly Span[]): Generator<Defect> {
  let last = '';
  let sides = new Set<boolean>();
  for (const { traceId, spanId, kind } of spans) {
    if (spanId !== last) sides = new Set();
    const receives = kind === 'server' || kind === 'consumer';
    if (sides.has(receives)) yield conflict(traceId, spanId);
    sides.add(receives);
    last = spanId;
  }
}

const conflict = (traceId: string, spanId: string): Defect => ({
  code: 'conflicting-duplicate',
  at: `${traceId}/${spanId}`,
  message: 'two spans with this id differ; both are kept',
});
