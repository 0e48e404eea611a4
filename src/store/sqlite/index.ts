/** A case in one SQLite file, behind the `Store` interface. */
import type { Database } from 'better-sqlite3';
import { indicatorsOf, isJudged } from '../../features/index.ts';
import type {
  ComparisonPlan,
  Diagnosis,
  Indicator,
  LabelWindow,
  Nanos,
  Store,
  WindowChoices,
} from '../../model.ts';
import { aggregates, foundInTraces } from './aggregates.ts';
import { readCohorts } from './cohorts.ts';
import { defectsIn } from './defects.ts';
import { telemetryFindings } from './doctor.ts';
import { extentOf } from './extent.ts';
import { storeFailure } from './failure.ts';
import { featuresOf } from './features.ts';
import { beginFileImport, type ImportRun, relabel } from './file-import.ts';
import { compile, readable } from './filter.ts';
import { glimpse } from './glimpse.ts';
import { findImport, importRows, labelImport, removeImport } from './imports.ts';
import {
  addNote,
  contentMark,
  keepOverview,
  keptOverview,
  notesIn,
  removeNote,
  saveViewState,
  viewState,
} from './kept.ts';
import { linesIn, type StoredLine } from './lines.ts';
import { countRecords, listRecords } from './list.ts';
import { templatesIn } from './log-rows.ts';
import { logTemplates } from './log-templates.ts';
import { mappingOf, setMapping } from './mapping.ts';
import { metricLines } from './metric-lines.ts';
import { type Mode, openDatabase } from './open.ts';
import { runQuery } from './query.ts';
import { reading } from './reading.ts';
import { logRecords, pointRecords, spanRecords } from './records.ts';
import { seriesIn } from './rows.ts';
import { views } from './schema.ts';
import { logOf, logsOf, traceData, traceLines } from './shown.ts';
import { summarise } from './summary.ts';
import { isEmptyCase, lastImport, touched } from './touched.ts';
import { renewTraces } from './traces.ts';

export { storeHealth } from './doctor.ts';
export { views as viewsSql } from './schema.ts';

/**
 * Opens a case. `read`: must exist, is never written. `write`: created if missing; nothing of an
 * import is there until `summarise` has ended. `scratch`: as `write`, but nothing is kept.
 * `fresh`: what the case holds is replaced by what is imported, once that is there.
 * @throws {UserError} if the file is missing, is no case, or is of another schema version.
 */
export function openStore(path: string, mode: Mode, { fresh = false } = {}): Store {
  const { db, close } = openDatabase(path, mode, fresh);
  /** A method that tells of a damaged file or a full disk as of something the user can act on. */
  const method =
    <Args extends unknown[], Result>(run: (...args: Args) => Result) =>
    async (...args: Args): Promise<Awaited<Result>> => {
      try {
        return await run(...args);
      } catch (error) {
        throw storeFailure(error, path);
      }
    };
  const importRun = importRunOf(db);
  const lines = lineReader(db);
  return {
    location: path,
    readOnly: mode === 'read',
    relabel: method((sha256, label) => relabel(db, sha256, label)),
    beginFile: method((file, label) => {
      const { add, commit, rollback } = beginFileImport(db, file, label, importRun());
      return { add: method(add), commit: method(commit), rollback: method(rollback) };
    }),
    summarise: method(() => {
      const { began, fresh } = importRun();
      summarise(db, fresh);
      const result = touched(db, began);
      if (db.inTransaction) db.exec('COMMIT');
      return result;
    }),
    setMapping: method((mapping) => {
      if (setMapping(db, mapping)) renewTraces(db);
    }),
    mappedNames: method(() => Object.keys(mappingOf(db))),
    imports: method(() => importRows(db)),
    removeImport: method((named) => {
      importRun().fresh = null;
      removeImport(db, findImport(db, named));
    }),
    labelImport: method((named, label) => labelImport(db, findImport(db, named), label)),
    ...keeping(db, method),
    windowChoices: method(() => windowChoices(db)),
    chooseWindow: method((name, spec) => chooseWindow(db, name, spec)),
    epochNs: method(() => String(extentOf(db).epoch)),
    endNs: method(() => String(extentOf(db).last)),
    labelWindows: method(() => labelWindows(db)),
    glimpse: method(() => glimpse(db, extentOf(db))),
    traceSummaries: method(() => lines.read()),
    traceLines: method(() => traceLines(db)),
    indicators: method(() => reading(db, () => judged(db))),
    features: method((plan) => featuresOf(db, plan, lines.take(), mode === 'read' ? path : null)),
    log: method((id) => logOf(db, id)),
    ...looks(db, method),
    trace: method((prefix) => traceData(db, prefix)),
    serviceGraph: method(() => foundInTraces(db).graph),
    defects: method(() => defectsIn(db)),
    findings: method(() => telemetryFindings(db, defectsIn(db))),
    spanRecords: (filter) => streamed(path, () => spanRecords(db, filter)),
    logRecords: (filter) => streamed(path, () => logRecords(db, filter)),
    pointRecords: (filter) => streamed(path, () => pointRecords(db, filter)),
    list: method((of, filter, view) => listRecords(db, of, filter, view, path)),
    condition: method((of, filter) => readable(compile(filter, of, extentOf(db).last), of)),
    count: method((of, filter) => countRecords(db, of, filter)),
    cohorts: method((of, filters, limit) => readCohorts(db, of, filters, limit)),
    query: method((sql) => runQuery(db, sql, path)),
    saveDiagnosis: method((diagnosis, version) => saveDiagnosis(db, mode, diagnosis, version)),
    diagnosisVersion: method(() => diagnosisVersion(db)),
    close: method(close),
  };
}

const judged = (db: Database): readonly Indicator[] =>
  indicatorsOf(seriesIn(db, extentOf(db), { wants: isJudged }));

type Method = <Args extends unknown[], Result>(
  run: (...args: Args) => Result,
) => (...args: Args) => Promise<Awaited<Result>>;

type Keeping = 'viewState' | 'saveViewState' | 'notes' | 'addNote' | 'removeNote';
type KeepingOverview = 'contentMark' | 'keptOverview' | 'keepOverview';

/** What people leave in the case, and what was found in it. */
const keeping = (db: Database, method: Method): Pick<Store, Keeping | KeepingOverview> => ({
  contentMark: method(() => contentMark(db)),
  keptOverview: method((name: string) => keptOverview(db, name)),
  keepOverview: method((name: string, body: string) => keepOverview(db, name, body)),
  viewState: method(() => viewState(db)),
  saveViewState: method((body: string) => saveViewState(db, body)),
  notes: method(() => notesIn(db)),
  addNote: method((target: string, body: string, now: bigint) => addNote(db, target, body, now)),
  removeNote: method((id: number) => removeNote(db, id)),
});

/** What a person looks through: statements that were logged, series of metrics. */
const looks = (
  db: Database,
  method: Method,
): Pick<Store, 'templates' | 'logsOf' | 'metricLines'> => ({
  templates: method((plan: ComparisonPlan) =>
    reading(db, () => logTemplates(db, extentOf(db), plan, linesIn(db), templatesIn(db))),
  ),
  logsOf: method(
    (service: string | null, template: string | null, limit: number, around: Nanos | null) =>
      logsOf(db, service, template, limit, around),
  ),
  metricLines: method((plan, limit, only) =>
    reading(db, () => metricLines(db, extentOf(db), plan, { limit, only })),
  ),
});

/** Records one by one; a failure on the way is told as of something the user can act on. */
async function* streamed<Row>(path: string, rows: () => Generator<Row>): AsyncGenerator<Row> {
  try {
    yield* rows();
  } catch (error) {
    throw storeFailure(error, path);
  }
}

/** The run of imports that this store serves, begun when it is first asked for. */
function importRunOf(db: Database): () => ImportRun {
  let run: ImportRun | null = null;
  return () => {
    run ??= { began: lastImport(db), fresh: isEmptyCase(db) ? aggregates(false) : null };
    return run;
  };
}

function labelWindows(db: Database): readonly LabelWindow[] {
  const { epoch } = extentOf(db);
  return db
    .prepare(/* sql */ `SELECT label, from_ns - :epoch AS "from", to_ns - :epoch AS "to"
      FROM windows WHERE from_ns IS NOT NULL ORDER BY label`)
    .all({ epoch }) as LabelWindow[];
}

function windowChoices(db: Database): WindowChoices {
  const rows = db.prepare('SELECT name, spec FROM chosen_window').raw().all() as [string, string][];
  const chosen = new Map(rows);
  return { baseline: chosen.get('baseline') ?? null, incident: chosen.get('incident') ?? null };
}

function chooseWindow(db: Database, name: keyof WindowChoices, spec: string | null): void {
  db.prepare('DELETE FROM chosen_window WHERE name = ?').run(name);
  if (spec !== null) db.prepare('INSERT INTO chosen_window VALUES (?, ?)').run(name, spec);
  db.exec('DELETE FROM diagnosis');
  if (db.inTransaction) db.exec('COMMIT');
}

/** The plan of a comparison is made from lines; the features of it are then made from the same. */
function lineReader(db: Database) {
  let last: readonly StoredLine[] | null = null;
  const read = (): readonly StoredLine[] => linesIn(db);
  return {
    read: (): readonly StoredLine[] => {
      last = read();
      return last;
    },
    /** Those that were read last, once: after that the case may have changed. */
    take(): readonly StoredLine[] {
      const lines = last ?? read();
      last = null;
      return lines;
    },
  };
}

/** On a case that must not be written, the views read a temporary table instead. */
function saveDiagnosis(db: Database, mode: Mode, diagnosis: Diagnosis, version: string): void {
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

const diagnosisVersion = (db: Database): string | null =>
  (db.prepare('SELECT version FROM diagnosis').pluck().get() as string | undefined) ?? null;
