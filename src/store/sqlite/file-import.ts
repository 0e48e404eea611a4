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
import type { Aggregates } from './aggregates.ts';
import { nextKey } from './columns.ts';
import { dayCounter } from './days.ts';
import { dropDuplicates, type FirstRows } from './duplicates.ts';
import { type Arriving, inserter } from './insert.ts';
import { indexes } from './schema.ts';
import { spanGroups } from './span-groups.ts';
import { type TraceWriter, traceWriter } from './traces.ts';

/** Examples kept per kind of defect. */
const exampleLimit = 5;

/** What the imports of one run share. */
export interface ImportRun {
  /** The last import before it. */
  readonly began: number;
  /** Takes what is found in all traces; null once they must be read from the case. */
  fresh: Aggregates | null;
}

export function beginFileImport(
  db: Database,
  path: string,
  label: string | null,
  run: ImportRun,
): FileImport {
  if (!db.inTransaction) db.exec('BEGIN IMMEDIATE');
  db.exec('SAVEPOINT file');
  const importId = Number(
    db.prepare(/* sql */ 'INSERT INTO import (path, label) VALUES (?, ?)').run(path, label)
      .lastInsertRowid,
  );
  const first: FirstRows = {
    log: nextKey(db, 'log_record', 'log_key'),
    point: nextKey(db, 'metric_point', 'point_key'),
  };
  const arriving: Arriving = {
    importId,
    groups: spanGroups(),
    spans: { spans: 0, events: 0, links: 0 },
    days: { span: dayCounter(), log: dayCounter(), metric: dayCounter() },
  };
  const insert = inserter(db, arriving);
  const defects = defectCounter();
  const counts = { metrics: 0, skipped: 0 };
  const file = { db, path, label, run, importId, first, arriving, defects, counts };

  return {
    async add(batch: Batch) {
      insert(batch);
      counts.metrics += batch.metrics;
      counts.skipped += batch.skipped;
      for (const defect of batch.defects) defects.add(defect);
    },
    async commit(bytes) {
      try {
        return commitFile(file, bytes);
      } finally {
        arriving.groups.close();
      }
    },
    async rollback() {
      arriving.groups.close();
      takeBack(db);
    },
  };
}

interface ArrivingFile {
  readonly db: Database;
  readonly path: string;
  readonly label: string | null;
  readonly run: ImportRun;
  readonly importId: number;
  readonly first: FirstRows;
  readonly arriving: Arriving;
  readonly defects: ReturnType<typeof defectCounter>;
  readonly counts: { readonly metrics: number; readonly skipped: number };
}

function commitFile(
  file: ArrivingFile,
  { format, sha256 }: { readonly format: string; readonly sha256: string },
): FileSummary {
  const { db, path, label, run, importId, first, arriving, defects } = file;
  const { skipped } = file.counts;
  const read = arriving.spans.spans + recordsSince(db, first) + skipped;
  const known = labelsOf(db, sha256, run.began);
  if (known.all.includes(label) || known.before.length > 0) {
    takeBack(db);
    if (label !== null && !known.all.includes(label)) relabel(db, sha256, label);
    const stored = nothingStored(read - skipped);
    return { path, format, skipped, ...stored, read, defects: defects.counts() };
  }
  // Built when the first file is loaded: faster than kept up to date from the start.
  db.exec(indexes());
  const ownDefects = defects.counts();
  const traces = bringTogether(file);
  for (const defect of traces.conflicts) defects.add(defect);
  const dropped = dropDuplicates(db, importId, first);
  const { spans, events, links } = arriving.spans;
  for (const [signal, days] of Object.entries(arriving.days)) days.write(db, importId, signal);
  const summary: FileSummary = {
    path,
    format,
    skipped,
    spans: spans - traces.dropped.spans,
    spanEvents: events - traces.dropped.events,
    spanLinks: links - traces.dropped.links,
    ...countStored(db, first, file.counts.metrics),
    duplicates: traces.dropped.spans + dropped.logs + dropped.points,
    read,
    defects: defects.counts(),
  };
  finish(db, importId, { ...summary, defects: ownDefects }, sha256);
  db.exec('DELETE FROM diagnosis');
  db.exec('RELEASE file');
  return summary;
}

/** The spans of the file as traces. */
function bringTogether({ db, label, run, importId, arriving }: ArrivingFile): TraceWriter {
  const writer = traceWriter(db, importId, label);
  // Their targets may have been passed by.
  if (arriving.spans.links > 0) run.fresh = null;
  for (const words of arriving.groups.traces()) {
    const found = writer.add(words);
    if (found === null) run.fresh = null;
    else run.fresh?.add(found.columns, !found.isLinked);
  }
  return writer;
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

const countSince = (db: Database, table: string, key: string, first: number): number =>
  db.prepare(`SELECT count(*) FROM ${table} WHERE ${key} >= ?`).pluck().get(first) as number;

const recordsSince = (db: Database, first: FirstRows): number =>
  countSince(db, 'log_record', 'log_key', first.log) +
  countSince(db, 'metric_point', 'point_key', first.point);

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
    logs: countSince(db, 'log_record', 'log_key', first.log),
    metrics: metricPoints === 0 ? 0 : metrics,
    metricPoints,
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
