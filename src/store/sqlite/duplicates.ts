/**
 * Finding, after a file is loaded and through the indexes, what the case already had.
 * A span is known by its ids and content (traces.ts); a log record or metric point by its content and
 * by how many equal ones came before it in the same file, so that equal lines of one file survive.
 */
import type { Database } from 'better-sqlite3';
import { viewAt } from '../../graph/index.ts';
import type { Defect, TraceColumns } from '../../model.ts';

/** First row of the file being imported, per table; rows of a file are consecutive. */
export interface FirstRows {
  readonly log: number;
  readonly point: number;
}

export interface DropCounts {
  readonly logs: number;
  readonly points: number;
}

/** Removes the file's duplicates and makes the older record a member of this import too. */
export function dropDuplicates(db: Database, importId: number, first: FirstRows): DropCounts {
  numberEqualRecords(db, logTable, first.log);
  numberEqualRecords(db, pointTable, first.point);
  const logs = drop(db, importId, logTable, first.log);
  const points = drop(db, importId, pointTable, first.point);
  return { logs, points };
}

interface Table {
  readonly signal: string;
  readonly name: string;
  readonly key: string;
  /** Identity of an older row `o` and a new row `n`, with the oldest row it may have. */
  readonly same: string;
}

const logTable: Table = {
  signal: 'log',
  name: 'log_record',
  key: 'log_key',
  same: 'o.hash = n.hash AND o.occurrence = n.occurrence AND o.log_key < :first',
};
const pointTable: Table = {
  signal: 'metric',
  name: 'metric_point',
  key: 'point_key',
  same: 'o.hash = n.hash AND o.occurrence = n.occurrence AND o.point_key < :first',
};

function drop(db: Database, importId: number, table: Table, first: number): number {
  const { name, key, signal } = table;
  const older = db.prepare(`SELECT 1 FROM ${name} WHERE ${key} < ? LIMIT 1`).get(first);
  if (older === undefined) return 0;
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
  db.exec(`DELETE FROM ${name} WHERE ${key} IN (SELECT new_key FROM duplicate)`);
  return changes;
}

/** Few records are equal: those are found by the index alone. */
function numberEqualRecords(db: Database, { name, key }: Table, first: number): void {
  const equal = /* sql */ `SELECT hash FROM ${name} GROUP BY hash HAVING count(*) > 1`;
  db.prepare(/* sql */ `UPDATE ${name} SET occurrence = w.n FROM (
      SELECT ${key} AS k, row_number() OVER (PARTITION BY hash ORDER BY ${key}) AS n
      FROM ${name} WHERE hash IN (${equal}) AND ${key} >= ?
    ) w WHERE w.k = ${name}.${key} AND w.n > 1`).run(first);
}

/**
 * Spans of a trace that share id and side with another but not its content, a defect each: both
 * are kept. Client and server may share an id (Zipkin, B3), which is no conflict.
 */
export function* conflictsIn(trace: TraceColumns): Generator<Defect> {
  const seen = new Set<string>();
  for (let index = 0; index < trace.count; index += 1) {
    const { kind } = viewAt(trace, index);
    const spanId = trace.spanId(index);
    const side = `${spanId} ${kind === 'server' || kind === 'consumer'}`;
    if (seen.has(side)) yield conflictOf(trace.traceId, spanId);
    seen.add(side);
  }
}

export const conflictOf = (traceId: string, spanId: string): Defect => ({
  code: 'conflicting-duplicate',
  at: `${traceId}/${spanId}`,
  message: 'two spans with this id differ; both are kept',
});
