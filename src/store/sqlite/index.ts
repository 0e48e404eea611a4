/** A case in one SQLite file, behind the `Store` interface. */
import type { Database } from 'better-sqlite3';
import { UserError } from '../../errors.ts';
import { featureBuilder } from '../../features/index.ts';
import { linkTrace, serviceGraphBuilder } from '../../graph/index.ts';
import type {
  ComparisonPlan,
  DefectCode,
  DefectCount,
  Diagnosis,
  Features,
  LabelWindow,
  Nanos,
  ServiceGraph,
  Store,
  Touched,
  TraceData,
  TraceId,
  TraceSummary,
} from '../../model.ts';
import { peerOf } from '../../semantics/index.ts';
import { beginFileImport, relabel } from './file-import.ts';
import { openDatabase } from './open.ts';
import { runQuery } from './query.ts';
import { epochOf, logsIn, seriesIn, tracesIn } from './rows.ts';
import { views } from './schema.ts';
import { summarise } from './summary.ts';

export { removeDatabase } from './open.ts';
export { views as viewsSql } from './schema.ts';

/**
 * Opens a case. `read`: must exist, is never written. `write`: created if missing. `scratch`:
 * as `write`, but every change is undone on close.
 * @throws {UserError} if the file is missing, is no case, or is of another schema version.
 */
export function openStore(path: string, mode: 'read' | 'write' | 'scratch'): Store {
  const db = openDatabase(path, mode);
  const firstImport = lastImport(db);
  return {
    location: path,
    readOnly: mode === 'read',
    imports: async () => all(db, 'SELECT path, label, sha256 FROM import ORDER BY import_id'),
    async relabel(sha256, label) {
      const id = db.prepare('SELECT import_id FROM import WHERE sha256 = ?').pluck().get(sha256);
      if (id !== undefined) relabel(db, id as number, label);
    },
    beginFile: async (file, label) => beginFileImport(db, file, label),
    async summarise() {
      summarise(db);
      return touched(db, firstImport);
    },
    epochNs: async () => String(epochOf(db)),
    labelWindows: async () => labelWindows(db),
    traceSummaries: async () => traceSummaries(db),
    features: async (plan) => features(db, plan),
    trace: async (prefix) => traceData(db, prefix),
    serviceGraph: async () => serviceGraph(db),
    defects: async () => defects(db),
    query: async (sql) => runQuery(db, sql),
    saveDiagnosis: async (diagnosis, version) => saveDiagnosis(db, mode, diagnosis, version),
    diagnosisVersion: async () =>
      (db.prepare('SELECT version FROM diagnosis').pluck().get() as string | undefined) ?? null,
    async close() {
      if (mode === 'scratch') db.exec('ROLLBACK TO scratch; RELEASE scratch');
      db.close();
    },
  };
}

const all = <Row>(db: Database, sql: string, ...values: unknown[]): Row[] =>
  db.prepare(sql).all(...values) as Row[];

const lastImport = (db: Database): number =>
  db.prepare('SELECT coalesce(max(import_id), 0) FROM import').pluck().get() as number;

function touched(db: Database, before: number): Touched {
  const count = (sql: string): number => db.prepare(sql).pluck().get({ before }) as number;
  const services = (test: string): string => /* sql */ `SELECT r.service FROM resource r
    WHERE EXISTS (SELECT 1 FROM span s WHERE s.resource_id = r.resource_id AND s.import_id ${test})
    OR EXISTS (SELECT 1 FROM log_record g WHERE g.resource_id = r.resource_id AND g.import_id ${test})
    OR EXISTS (SELECT 1 FROM metric_series m JOIN metric_point p USING (series_id)
      WHERE m.resource_id = r.resource_id AND p.import_id ${test})`;
  const older = before > 0 && lastImport(db) > before;
  return {
    traces: count(/* sql */ 'SELECT count(DISTINCT trace_id) FROM span WHERE import_id > :before'),
    services: count(
      /* sql */ `SELECT count(*) FROM (SELECT DISTINCT service FROM (${services('> :before')}))`,
    ),
    foreign:
      older &&
      count(/* sql */ `SELECT count(*) FROM
        (${services('> :before')} INTERSECT ${services('<= :before')})`) === 0 &&
      count(/* sql */ `SELECT count(*) FROM span n JOIN span o USING (trace_id)
        WHERE n.import_id > :before AND o.import_id <= :before`) === 0,
  };
}

function labelWindows(db: Database): readonly LabelWindow[] {
  const epoch = epochOf(db);
  return db
    .prepare(/* sql */ `SELECT label, from_ns - :epoch AS "from", to_ns - :epoch AS "to"
      FROM windows WHERE from_ns IS NOT NULL ORDER BY label`)
    .all({ epoch }) as LabelWindow[];
}

interface TraceRow {
  trace_id: TraceId;
  root_service: string;
  root_name: string;
  type: string;
  start: Nanos | null;
  duration_ns: number | null;
  failed: number;
  label: string | null;
}

function traceSummaries(db: Database): readonly TraceSummary[] {
  const rows = db
    .prepare(/* sql */ `SELECT trace_id, root_service, root_name, type, start_ns - ? AS start,
      duration_ns, failed, label FROM trace ORDER BY start_ns, trace_id`)
    .all(epochOf(db)) as TraceRow[];
  return rows.map((row) => ({
    traceId: row.trace_id,
    rootService: row.root_service,
    rootName: row.root_name,
    type: row.type,
    start: row.start,
    duration: row.duration_ns,
    failed: row.failed === 1,
    label: row.label,
  }));
}

function features(db: Database, plan: ComparisonPlan): Features {
  const epoch = epochOf(db);
  const builder = featureBuilder(plan, epoch);
  for (const spans of tracesIn(db, epoch)) builder.addTrace(linkTrace(spans));
  for (const series of seriesIn(db, epoch)) builder.addSeries(series);
  const records = db
    .prepare(/* sql */ `SELECT (SELECT count(*) FROM span) + (SELECT count(*) FROM log_record)
      + (SELECT count(*) FROM metric_point)`)
    .pluck()
    .get() as number;
  return builder.finish({ defects: defects(db), records });
}

function serviceGraph(db: Database): ServiceGraph {
  const builder = serviceGraphBuilder(peerOf);
  for (const spans of tracesIn(db, epochOf(db))) builder.add(linkTrace(spans));
  return builder.finish();
}

/** Defects of all imports and of the case, by code. */
function defects(db: Database): readonly DefectCount[] {
  const rows = all<{ code: DefectCode; count: number; examples: string }>(
    db,
    /* sql */ 'SELECT code, count, examples FROM defect ORDER BY code, examples',
  );
  const byCode = new Map<DefectCode, { count: number; examples: string[] }>();
  for (const { code, count, examples } of rows) {
    const entry = byCode.get(code) ?? { count: 0, examples: [] };
    byCode.set(code, entry);
    entry.count += count;
    entry.examples.push(...(JSON.parse(examples) as string[]));
  }
  return [...byCode].map(([code, { count, examples }]) => ({
    code,
    count,
    examples: examples.slice(0, 5),
  }));
}

/** @throws {UserError} if no trace or several traces begin with `prefix`. */
function traceData(db: Database, prefix: string): TraceData {
  const wanted = prefix.toLowerCase();
  const found = /^[0-9a-f]{1,32}$/.test(wanted)
    ? all<{ trace_id: TraceId }>(
        db,
        'SELECT trace_id FROM trace WHERE trace_id >= ? AND trace_id < ? ORDER BY trace_id LIMIT 4',
        wanted,
        `${wanted}g`,
      ).map((row) => row.trace_id)
    : [];
  const [traceId] = found;
  if (traceId === undefined) {
    throw new UserError('usage', `no trace begins with ${JSON.stringify(prefix)}`, {
      hint: 'List them: aidebug query "SELECT trace_id, root_name, errors FROM traces LIMIT 20"',
    });
  }
  if (found.length > 1) {
    throw new UserError(
      'usage',
      `several traces begin with ${wanted}: ${found.slice(0, 3).join(', ')}`,
      {
        hint: 'Give more digits.',
      },
    );
  }
  const epoch = epochOf(db);
  const [spans = []] = [...tracesIn(db, epoch, { only: traceId })];
  return { epochNs: String(epoch), tree: linkTrace(spans), logs: [...logsIn(db, epoch, traceId)] };
}

/** On a case that must not be written, the views read a temporary table instead. */
function saveDiagnosis(
  db: Database,
  mode: 'read' | 'write' | 'scratch',
  diagnosis: Diagnosis,
  version: string,
): void {
  if (mode === 'read') {
    db.exec('DROP TABLE IF EXISTS temp.diagnosis');
    db.exec('CREATE TEMP TABLE diagnosis (version TEXT, body TEXT)');
    for (const view of views().split(/(?=^-- )/m)) {
      if (/^CREATE VIEW (causes|evidence)\b/m.test(view)) {
        db.exec(
          view.replace(/CREATE VIEW (\w+)/, 'DROP VIEW IF EXISTS temp.$1; CREATE TEMP VIEW $1'),
        );
      }
    }
  }
  db.exec('DELETE FROM diagnosis');
  db.prepare('INSERT INTO diagnosis VALUES (?, ?)').run(version, JSON.stringify(diagnosis));
}
