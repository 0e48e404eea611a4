/**
 * One file on its way into the case: one savepoint in the transaction of the import, so that all
 * of it arrives or nothing does.
 */
import type { Database } from 'better-sqlite3';
import type {
  Batch,
  Defect,
  DefectCode,
  DefectCount,
  FileImport,
  FileSummary,
} from '../../model.ts';
import { conflicts, type DropCounts, dropDuplicates, type FirstRows } from './duplicates.ts';
import { inserter } from './insert.ts';
import { indexes } from './schema.ts';

/** Examples kept per kind of defect. */
const exampleLimit = 5;

/** `runBegan` is the last import before this run of imports. */
export function beginFileImport(
  db: Database,
  path: string,
  label: string | null,
  runBegan: number,
): FileImport {
  if (!db.inTransaction) db.exec('BEGIN IMMEDIATE');
  db.exec('SAVEPOINT file');
  const importId = Number(
    db.prepare(/* sql */ 'INSERT INTO import (path, label) VALUES (?, ?)').run(path, label)
      .lastInsertRowid,
  );
  const first: FirstRows = {
    span: nextKey(db, 'span', 'span_key'),
    log: nextKey(db, 'log_record', 'log_key'),
    point: nextKey(db, 'metric_point', 'point_key'),
  };
  const insert = inserter(db, importId);
  const defects = defectCounter();
  let metrics = 0;
  let skipped = 0;

  return {
    async add(batch: Batch) {
      insert(batch);
      metrics += batch.metrics;
      skipped += batch.skipped;
      for (const defect of batch.defects) defects.add(defect);
    },
    async commit({ format, sha256 }) {
      const read = recordsSince(db, first) + skipped;
      const known = labelsOf(db, sha256, runBegan);
      if (known.all.includes(label) || known.before.length > 0) {
        takeBack(db);
        if (label !== null && !known.all.includes(label)) relabel(db, sha256, label);
        const stored = nothingStored(read - skipped);
        return { path, format, skipped, ...stored, read, defects: defects.counts() };
      }
      // Built when the first file is loaded: faster than kept up to date from the start.
      db.exec(indexes());
      const dropped = dropDuplicates(db, importId, first);
      const ownDefects = defects.counts();
      for (const defect of conflicts(db, first.span)) defects.add(defect);
      const summary: FileSummary = {
        path,
        format,
        skipped,
        ...countStored(db, first, metrics),
        duplicates: total(dropped),
        read,
        defects: defects.counts(),
      };
      finish(db, importId, { ...summary, defects: ownDefects }, sha256);
      db.exec('DELETE FROM diagnosis');
      db.exec('RELEASE file');
      return summary;
    },
    async rollback() {
      takeBack(db);
    },
  };
}

function takeBack(db: Database): void {
  db.exec('ROLLBACK TO file');
  db.exec('RELEASE file');
}

/**
 * The labels under which the case has this very file. Within one run the same bytes under two
 * labels are no repetition: the records are in both windows.
 */
function labelsOf(db: Database, sha256: string, runBegan: number) {
  const known = db
    .prepare(/* sql */ 'SELECT import_id AS id, label FROM import WHERE sha256 = ?')
    .all(sha256) as { id: number; label: string | null }[];
  const labels = (files: typeof known) => files.map(({ label }) => label);
  return { all: labels(known), before: labels(known.filter(({ id }) => id <= runBegan)) };
}

/** Changes the label of a file, and with it the windows: a stored diagnosis is then void. */
export function relabel(db: Database, sha256: string, label: string | null): void {
  const { changes } = db
    .prepare(/* sql */ 'UPDATE import SET label = ? WHERE sha256 = ? AND label IS NOT ?')
    .run(label, sha256, label);
  if (changes > 0) db.exec('DELETE FROM diagnosis');
}

const nextKey = (db: Database, table: string, key: string): number =>
  db.prepare(`SELECT coalesce(max(${key}), 0) + 1 FROM ${table}`).pluck().get() as number;

const countSince = (db: Database, table: string, key: string, first: number): number =>
  db.prepare(`SELECT count(*) FROM ${table} WHERE ${key} >= ?`).pluck().get(first) as number;

const recordsSince = (db: Database, first: FirstRows): number =>
  countSince(db, 'span', 'span_key', first.span) +
  countSince(db, 'log_record', 'log_key', first.log) +
  countSince(db, 'metric_point', 'point_key', first.point);

const total = ({ spans, logs, points }: DropCounts): number => spans + logs + points;

const nothingStored = (duplicates: number) => ({
  spans: 0,
  logs: 0,
  metrics: 0,
  metricPoints: 0,
  spanEvents: 0,
  spanLinks: 0,
  exemplars: 0,
  duplicates,
});

function countStored(db: Database, first: FirstRows, metrics: number) {
  const metricPoints = countSince(db, 'metric_point', 'point_key', first.point);
  return {
    spans: countSince(db, 'span', 'span_key', first.span),
    logs: countSince(db, 'log_record', 'log_key', first.log),
    metrics: metricPoints === 0 ? 0 : metrics,
    metricPoints,
    spanEvents: countSince(db, 'span_event', 'span_key', first.span),
    spanLinks: countSince(db, 'span_link', 'span_key', first.span),
    exemplars: db
      .prepare(/* sql */ `SELECT coalesce(sum(json_array_length(exemplars)), 0) FROM metric_point
        WHERE point_key >= ? AND exemplars IS NOT NULL`)
      .pluck()
      .get(first.point) as number,
  };
}

function finish(db: Database, importId: number, file: FileSummary, sha256: string): void {
  db.prepare(/* sql */ `UPDATE import SET format = ?, sha256 = ?, read = ?, spans = ?, logs = ?,
    metrics = ?, metric_points = ?, span_events = ?, span_links = ?, exemplars = ?,
    duplicates = ?, skipped = ? WHERE import_id = ?`).run(
    file.format,
    sha256,
    file.read,
    file.spans,
    file.logs,
    file.metrics,
    file.metricPoints,
    file.spanEvents,
    file.spanLinks,
    file.exemplars,
    file.duplicates,
    file.skipped,
    importId,
  );
  const add = db.prepare(/* sql */ 'INSERT INTO defect VALUES (?, ?, ?, ?)');
  for (const { code, count, examples } of file.defects) {
    add.run(importId, code, count, JSON.stringify(examples));
  }
}

/** Counts defects by code and keeps the first few of each. */
export function defectCounter(): {
  add(defect: Defect): void;
  /** By code. */
  counts(): readonly DefectCount[];
} {
  const byCode = new Map<DefectCode, { count: number; examples: string[] }>();
  return {
    add({ code, at, message }) {
      const entry = byCode.get(code) ?? { count: 0, examples: [] };
      entry.count += 1;
      if (entry.examples.length < exampleLimit) entry.examples.push(`${at}: ${message}`);
      byCode.set(code, entry);
    },
    counts: () =>
      [...byCode]
        .map(([code, { count, examples }]) => ({ code, count, examples }))
        .sort((a, b) => (a.code < b.code ? -1 : 1)),
  };
}
