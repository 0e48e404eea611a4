/** The imports of a case: what each brought, taking one back, naming one anew. */
import type { Database } from 'better-sqlite3';
import { UserError } from '../../errors.ts';
import type { ImportRow } from '../../model.ts';
import { countDays } from './days.ts';
import { traceWriter } from './traces.ts';

export const importRows = (db: Database): readonly ImportRow[] =>
  db
    .prepare(/* sql */ `SELECT import_id AS id, path, label, format, spans, logs,
      metric_points AS metricPoints, duplicates, skipped, sha256 FROM import ORDER BY import_id`)
    .all() as ImportRow[];

interface Signal {
  readonly name: string;
  readonly table: string;
  readonly key: string;
  /** Tables with rows below a record. */
  readonly children: readonly string[];
}

const signals: readonly Signal[] = [
  { name: 'span', table: 'span', key: 'span_key', children: ['span_event', 'span_link'] },
  { name: 'log', table: 'log_record', key: 'log_key', children: [] },
  { name: 'metric', table: 'metric_point', key: 'point_key', children: [] },
];

/** Takes an import back: what another import brought too stays, as a part of that one. */
export function removeImport(db: Database, id: number): void {
  const traces = db
    .prepare(/* sql */ `SELECT trace_key FROM trace
      WHERE EXISTS (SELECT 1 FROM json_each(imports) WHERE value = ?)`)
    .pluck()
    .all(id) as number[];
  for (const signal of signals) {
    keepShared(db, signal, id);
    removeOwn(db, signal, id);
  }
  traceWriter(db, null, null).renew(traces);
  countDays(db);
  db.prepare('DELETE FROM defect WHERE import_id = ?').run(id);
  db.prepare('DELETE FROM import WHERE import_id = ?').run(id);
  db.exec(/* sql */ `
    DELETE FROM metric_series WHERE series_id NOT IN (SELECT series_id FROM metric_point);
    DELETE FROM log_template WHERE template_key NOT IN (SELECT template_key FROM log_record);
    DELETE FROM log_head WHERE head_id NOT IN (SELECT head_id FROM log_record);
    DELETE FROM span_head WHERE head_id NOT IN (SELECT head_id FROM span);
    DELETE FROM resource WHERE resource_id NOT IN (SELECT resource_id FROM span_head
      UNION SELECT resource_id FROM log_head UNION SELECT resource_id FROM metric_series);
    DELETE FROM scope WHERE scope_id NOT IN (SELECT scope_id FROM span_head
      UNION SELECT scope_id FROM log_head UNION SELECT scope_id FROM metric_series);
    DELETE FROM diagnosis`);
}

/** Records that another import brought too become its own. */
function keepShared(db: Database, { name, table, key }: Signal, id: number): void {
  const member = `signal = '${name}' AND record_key = ${table}.${key}`;
  db.prepare('DELETE FROM also_in WHERE signal = ? AND import_id = ?').run(name, id);
  db.prepare(/* sql */ `UPDATE ${table} SET import_id =
      coalesce((SELECT min(import_id) FROM also_in WHERE ${member}), import_id)
    WHERE shared = 1 AND import_id = ?`).run(id);
  db.exec(/* sql */ `DELETE FROM also_in WHERE signal = '${name}' AND import_id =
    (SELECT import_id FROM ${table} WHERE ${key} = record_key)`);
  db.exec(/* sql */ `UPDATE ${table} SET shared = 0 WHERE shared = 1
    AND NOT EXISTS (SELECT 1 FROM also_in WHERE ${member})`);
}

function removeOwn(db: Database, { table, key, children }: Signal, id: number): void {
  for (const child of children) {
    db.prepare(/* sql */ `DELETE FROM ${child} WHERE ${key} IN
      (SELECT ${key} FROM ${table} WHERE import_id = ?)`).run(id);
  }
  db.prepare(`DELETE FROM ${table} WHERE import_id = ?`).run(id);
}

/** Null takes the label away. The windows change with it: a stored diagnosis is void. */
export function labelImport(db: Database, id: number, label: string | null): void {
  db.prepare('UPDATE import SET label = ? WHERE import_id = ?').run(label, id);
  db.exec('DELETE FROM diagnosis');
}

/**
 * The import that a person means: by id, or by its path or the end of it.
 * @throws {UserError} if none or several are meant.
 */
export function findImport(db: Database, named: string): number {
  const rows = importRows(db);
  const found = /^\d+$/.test(named)
    ? rows.filter(({ id }) => id === Number(named))
    : rows.filter(({ path }) => path === named || path.endsWith(`/${named}`));
  const [only] = found;
  if (only && found.length === 1) return only.id;
  const what = only ? `several imports are called ${named}` : `no import is called ${named}`;
  throw new UserError('usage', what, { hint: 'Name it by its id: aidebug imports ls' });
}
