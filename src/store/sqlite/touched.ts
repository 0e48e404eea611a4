/** What a run of imports reached: for the summary, and to tell a foreign dump from one that fits. */
import type { Database } from 'better-sqlite3';
import type { Touched } from '../../model.ts';

export const lastImport = (db: Database): number =>
  db.prepare('SELECT coalesce(max(import_id), 0) FROM import').pluck().get() as number;

export const isEmptyCase = (db: Database): boolean =>
  db.prepare('SELECT 1 FROM trace LIMIT 1').get() === undefined && lastImport(db) === 0;

const services = (test: string): string => /* sql */ `SELECT service FROM resource
  WHERE resource_id IN (SELECT resource_id FROM span_head WHERE import_id ${test})
    OR resource_id IN (SELECT resource_id FROM log_head WHERE import_id ${test})
    OR resource_id IN (SELECT m.resource_id FROM metric_series m JOIN metric_point USING (series_id)
      WHERE import_id ${test})`;

/** Traces with a span of the imports that pass. */
const traces = (test: string): string => /* sql */ `SELECT 1 FROM trace WHERE EXISTS
  (SELECT 1 FROM json_each(imports) WHERE value ${test})`;

/** Of the imports after `before`. Records that were there already count as shared, not as new. */
export function touched(db: Database, before: number): Touched {
  const count = (select: string): number =>
    db.prepare(/* sql */ `SELECT count(*) FROM (${select})`).pluck().get({ before }) as number;
  const isNew = before > 0 && lastImport(db) > before;
  const both = `${traces('> :before')} AND EXISTS
    (SELECT 1 FROM json_each(imports) WHERE value <= :before)`;
  const shares = (): boolean =>
    count('SELECT 1 FROM also_in WHERE import_id > :before LIMIT 1') > 0 ||
    count(`${services('> :before')} INTERSECT ${services('<= :before')} LIMIT 1`) > 0 ||
    count(`${both} LIMIT 1`) > 0;
  return {
    traces: count(
      before === 0
        ? 'SELECT 1 FROM trace'
        : 'SELECT DISTINCT trace_key FROM span WHERE import_id > :before',
    ),
    services: count(`SELECT DISTINCT service FROM (${services('> :before')})`),
    foreign:
      isNew &&
      count(
        'SELECT 1 FROM span UNION ALL SELECT 1 FROM log_record UNION ALL SELECT 1 FROM metric_point LIMIT 1',
      ) > 0 &&
      !shares(),
  };
}
