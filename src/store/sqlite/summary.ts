/** What depends on the whole case, computed after imports: traces, services, operations, edges. */
import type { Database } from 'better-sqlite3';
import { summariser } from '../../features/index.ts';
import { type Aggregates, aggregates } from './aggregates.ts';
import { countDays } from './days.ts';
import { type Extent, findExtent, hasStrays, strays } from './extent.ts';
import { defectCounter } from './file-import.ts';
import { keepLines, linesInRows } from './lines.ts';
import { learnStatements } from './log-rows.ts';
import { hashText } from './schema.ts';
import { traceTypes } from './traces.ts';
import { hasLinks, packReader } from './trees.ts';

/**
 * `fresh` is what was found in all traces of the case while they came; null if some were there
 * before, or were brought together from several files.
 */
export function summarise(db: Database, fresh: Aggregates | null): void {
  db.exec('SAVEPOINT summary');
  if (db.prepare('SELECT 1 FROM also_in LIMIT 1').get() !== undefined) countDays(db);
  labelTraces(db);
  // Ids of spans that were given up on the way.
  db.exec('DELETE FROM trace_name WHERE trace_key NOT IN (SELECT trace_key FROM trace)');
  const extent = findExtent(db);
  for (const table of ['service', 'operation', 'edge']) db.exec(`DELETE FROM ${table}`);
  db.exec('DELETE FROM defect WHERE import_id IS NULL');
  const found = fresh !== null && !hasStrays(db, extent) ? fresh : fromPacks(db, extent);
  db.exec('DELETE FROM trace_type WHERE type_key NOT IN (SELECT type_key FROM trace)');
  keepLines(db, extent);
  learnStatements(db);
  found.write(db);
  const defects = defectCounter();
  for (const defect of found.defects()) defects.add(defect);
  addOverlaps(db, defects);
  for (const defect of strays(db, extent)) defects.add(defect);
  const addDefect = db.prepare(/* sql */ 'INSERT INTO defect VALUES (NULL, ?, ?, ?)');
  for (const { code, count, examples } of defects.counts()) {
    addDefect.run(code, count, JSON.stringify(examples));
  }
  db.exec('RELEASE summary');
}

/** Also corrects what was written of traces when it was not known yet which times are believed. */
function fromPacks(db: Database, extent: Extent): Aggregates {
  const found = aggregates(hasLinks(db));
  const change = db.prepare(/* sql */ `UPDATE trace SET type_key = ?, start_ns = ? + ?,
    duration_ns = ?, failed = ? WHERE trace_key = ?`);
  const typeKeyOf = traceTypes(db);
  const summaryOf = summariser();
  const correct = hasStrays(db, extent);
  const read = packReader(db, extent);
  for (const line of linesInRows(db, extent)) {
    const { columns, isLinked } = read(line);
    found.add(columns, !isLinked);
    if (!correct) continue;
    const summary = summaryOf(columns);
    const { start, duration, failed } = summary;
    const at = start === null ? null : BigInt(Math.round(start));
    const lasts = duration === null ? null : Math.round(duration);
    change.run(typeKeyOf(summary), at, extent.epoch, lasts, Number(failed), line.key);
  }
  return found;
}

/** The label of a trace is that of its imports; a record of several counts as baseline. */
function labelTraces(db: Database): void {
  const sets = db.prepare('SELECT DISTINCT imports FROM trace').pluck().all() as string[];
  const labelsOf = db
    .prepare(/* sql */ `SELECT label FROM import WHERE label IS NOT NULL
      AND import_id IN (SELECT value FROM json_each(?)) ORDER BY label <> 'baseline', label LIMIT 1`)
    .pluck();
  const change = db.prepare('UPDATE trace SET label = ? WHERE imports = ? AND label IS NOT ?');
  for (const imports of sets) {
    const label = (labelsOf.get(imports) as string | undefined) ?? null;
    change.run(label, imports, label);
  }
}

/** Records whose imports have different labels. Metric points join windows by time: no overlap. */
function addOverlaps(db: Database, defects: ReturnType<typeof defectCounter>): void {
  const shared = (signal: string, table: string, key: string, at: string): string => /* sql */ `
    SELECT ${at} AS at FROM (
      SELECT a.record_key AS k, i.label FROM also_in a JOIN import i USING (import_id)
        WHERE a.signal = '${signal}'
      UNION SELECT r.${key}, i.label FROM ${table} r JOIN import i USING (import_id)
        WHERE r.shared = 1
    ) JOIN ${table} r ON r.${key} = k GROUP BY k HAVING count(DISTINCT label) > 1`;
  const found = db
    .prepare(/* sql */ `SELECT at FROM (
      ${shared('span', 'span', 'span_key', spanName)} UNION ALL
      ${shared('log', 'log_record', 'log_key', `'log ' || ${hashText('r.hash')}`)}) ORDER BY at`)
    .pluck()
    .iterate() as IterableIterator<string>;
  const message = 'in two labelled windows; it counts as baseline';
  for (const at of found) defects.add({ code: 'window-overlap', at, message });
}

const spanName = /* sql */ `'span ' || (SELECT trace_id FROM trace_name n
  WHERE n.trace_key = r.trace_key) || '/' || r.span_id`;
