/** What the telemetry of a case has wrong or lacks, by SQL; and whether SQLite and the case are sound. */
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { UserError } from '../../errors.ts';
import type { DefectCode, DefectCount, StoreHealth, TelemetryFinding } from '../../model.ts';
import { isoTime } from '../../text.ts';
import { openDatabase } from './open.ts';
import { schemaVersion } from './schema.ts';

const examplesKept = 5;

/** In the order of `TelemetryCheck`; a check that found nothing has count 0. */
export function telemetryFindings(
  db: Database,
  defects: readonly DefectCount[],
): readonly TelemetryFinding[] {
  const one = (sql: string): number => (db.prepare(sql).pluck().get() as number | null) ?? 0;
  const spans = one('SELECT count(*) FROM span');
  const records =
    spans + one('SELECT count(*) FROM log_record') + one('SELECT count(*) FROM metric_point');
  const counted = (
    check: TelemetryFinding['check'],
    codes: readonly DefectCode[],
    of: number | null,
  ): TelemetryFinding => {
    const found = defects.filter(({ code }) => codes.includes(code));
    const count = found.reduce((sum, defect) => sum + defect.count, 0);
    const examples = found.flatMap((defect) => defect.examples).slice(0, examplesKept);
    return { check, count, of, examples };
  };
  const duplicates = one('SELECT sum(duplicates) FROM import');
  return [
    counted('orphan-spans', ['orphan-span'], spans),
    counted('parent-cycles', ['parent-cycle'], spans),
    { check: 'duplicates', count: duplicates, of: records + duplicates, examples: repeats(db) },
    counted('conflicting-duplicates', ['conflicting-duplicate'], spans),
    counted('zero-ids', ['zero-id'], records),
    truncatedIds(db),
    counted('bad-times', ['bad-time'], records),
    counted('clock-skew', ['clock-skew'], null),
    gaps(db),
    sampling(db, spans),
    droppedByLimits(db, spans),
    missingSignals(db),
    conventions(db),
    counted(
      'unreadable-records',
      ['bad-record', 'truncated-input', 'oversize-value', 'unknown-signal'],
      null,
    ),
    counted('window-overlap', ['window-overlap'], records),
  ];
}

const texts = (db: Database, sql: string): string[] => db.prepare(sql).pluck().all() as string[];

const repeats = (db: Database): string[] =>
  texts(
    db,
    /* sql */ `SELECT path || ': ' || duplicates FROM import WHERE duplicates > 0
      ORDER BY duplicates DESC, path LIMIT ${examplesKept}`,
  );

/** Trace ids of 64 bits, in a case that also has those of 128: some hop cut them. */
function truncatedIds(db: Database): TelemetryFinding {
  const short = /* sql */ "FROM trace_name WHERE trace_id < '00000000000000010000000000000000'";
  const [count, of] = db
    .prepare(/* sql */ `SELECT (SELECT count(*) ${short}), (SELECT count(*) FROM trace)`)
    .raw()
    .get() as [number, number];
  const examples = texts(db, `SELECT trace_id ${short} ORDER BY trace_id LIMIT ${examplesKept}`);
  return { check: 'truncated-ids', count, of, examples };
}

const minuteNs = 60_000_000_000n;

/**
 * Pauses of at least a minute, and of ten times the usual distance of minutes with spans or logs,
 * within the imports of one label: the pipeline stopped, or the system did.
 */
function gaps(db: Database): TelemetryFinding {
  const rows = db
    .prepare(/* sql */ `SELECT DISTINCT label, minute FROM (
        SELECT label, start_ns / ${minuteNs} AS minute FROM spans, extent x
          WHERE start_ns BETWEEN x.believed_from AND x.believed_to
        UNION SELECT label, time_ns / ${minuteNs} FROM logs, extent x
          WHERE time_ns BETWEEN x.believed_from AND x.believed_to)
      ORDER BY label, minute`)
    .safeIntegers()
    .raw()
    .all() as [string | null, bigint][];
  const pauses: { from: bigint; minutes: bigint }[] = [];
  const usual: bigint[] = [];
  for (const [at, [label, minute]] of rows.entries()) {
    const [before, last] = rows[at - 1] ?? [];
    if (last === undefined || before !== label) continue;
    usual.push(minute - last);
    if (minute - last > 1n) pauses.push({ from: last + 1n, minutes: minute - last - 1n });
  }
  const median = usual.sort((a, b) => Number(a - b))[Math.floor(usual.length / 2)] ?? 1n;
  const found = pauses.filter(({ minutes }) => minutes + 1n > 10n * (median - 1n));
  const longest = found.toSorted((a, b) => Number(b.minutes - a.minutes || a.from - b.from));
  return {
    check: 'gaps',
    count: found.length,
    of: null,
    examples: longest
      .slice(0, examplesKept)
      .map(({ from, minutes }) => `${isoTime(from * minuteNs)}, ${minutes} min`),
  };
}

/** Attributes by which SDKs and collectors say that a span stands for others. */
const samplingKeys = [
  'sampling.probability',
  'sampling.ratio',
  'sampling.rule',
  'sampling.priority',
  'sampler.type',
  'sampler.param',
  'SampleRate',
  '_sample_rate',
  'otel.sampling.probability',
];

/** W3C trace state: `ot=th:` is the threshold of consistent sampling, `p:` its predecessor. */
function sampling(db: Database, of: number): TelemetryFinding {
  const tests = samplingKeys.map((key) => `instr(attributes, '"${key}":') > 0`).join(' OR ');
  const count = db
    .prepare(/* sql */ `SELECT count(*) FROM span WHERE ${tests} OR head_id IN
      (SELECT head_id FROM span_head WHERE trace_state LIKE '%ot=%' OR ${tests})`)
    .pluck()
    .get() as number;
  const states = texts(
    db,
    /* sql */ `SELECT DISTINCT trace_state FROM span_head WHERE trace_state LIKE '%ot=%'
      ORDER BY trace_state LIMIT ${examplesKept}`,
  );
  const keys = samplingKeys.filter((key) => isUsed(db, key));
  return { check: 'sampling', count, of, examples: [...keys, ...states].slice(0, examplesKept) };
}

/** Spans of which an SDK left something out because of its limits. */
function droppedByLimits(db: Database, of: number): TelemetryFinding {
  const where = /* sql */ `FROM span s JOIN trace_name t USING (trace_key) WHERE dropped IS NOT NULL
    OR nested > 0 AND (
      EXISTS (SELECT 1 FROM span_event e WHERE e.span_key = s.span_key AND dropped_attributes > 0)
      OR EXISTS (SELECT 1 FROM span_link l WHERE l.span_key = s.span_key AND dropped_attributes > 0))`;
  const count = db.prepare(`SELECT count(*) ${where}`).pluck().get() as number;
  const examples = texts(
    db,
    /* sql */ `SELECT trace_id || '/' || span_id || ': ' || coalesce(dropped, 'of an event or link')
      ${where} ORDER BY trace_id, span_id LIMIT ${examplesKept}`,
  );
  return { check: 'dropped-by-limits', count, of, examples };
}

/** Whether a span has an attribute of this name. */
const isUsed = (db: Database, name: string): boolean =>
  ['span_head', 'span'].some((table) =>
    db
      .prepare(`SELECT 1 FROM ${table} WHERE instr(attributes, ?) > 0 LIMIT 1`)
      .get(`${JSON.stringify(name)}:`),
  );

/** Services that send one kind of signal but not another that the case does have. */
function missingSignals(db: Database): TelemetryFinding {
  const rows = db
    .prepare(/* sql */ `SELECT service,
      max(EXISTS (SELECT 1 FROM span_head s WHERE s.resource_id = r.resource_id)) AS spans,
      max(EXISTS (SELECT 1 FROM log_head g WHERE g.resource_id = r.resource_id)) AS logs,
      max(EXISTS (SELECT 1 FROM metric_series m WHERE m.resource_id = r.resource_id)) AS metrics
      FROM (SELECT service, resource_id FROM resource) r GROUP BY service ORDER BY service`)
    .all() as { service: string; spans: number; logs: number; metrics: number }[];
  const signals = (['spans', 'logs', 'metrics'] as const).filter((signal) =>
    rows.some((row) => row[signal] === 1),
  );
  const lacking = rows
    .map((row) => ({ service: row.service, without: signals.filter((name) => row[name] === 0) }))
    .filter(({ without }) => without.length > 0);
  return {
    check: 'missing-signals',
    count: lacking.length,
    of: rows.length,
    examples: lacking
      .slice(0, examplesKept)
      .map(({ service, without }) => `${service}: no ${without.join(', no ')}`),
  };
}

/** A name that only one generation of a convention has (semantic conventions, changelog). */
const generations: readonly (readonly [string, string])[] = [
  ['http.method', 'HTTP before 1.23'],
  ['http.request.method', 'HTTP 1.23 or later'],
  ['db.system', 'database before 1.30'],
  ['db.system.name', 'database 1.30 or later'],
  ['gen_ai.system', 'GenAI before 1.37'],
  ['gen_ai.provider.name', 'GenAI 1.37 or later'],
  ['openinference.span.kind', 'OpenInference'],
  ['traceloop.span.kind', 'OpenLLMetry'],
  ['net.peer.name', 'network before 1.21'],
  ['server.address', 'network 1.21 or later'],
];

/** Schema URLs as they were written, and generations of names that are really in use. */
function conventions(db: Database): TelemetryFinding {
  const urls = texts(
    db,
    /* sql */ `SELECT schema_url FROM resource WHERE schema_url <> ''
      UNION SELECT schema_url FROM scope WHERE schema_url <> '' ORDER BY schema_url`,
  );
  const used = generations.filter(([key]) => isUsed(db, key)).map(([, name]) => name);
  const all = [...urls, ...used];
  return { check: 'convention-versions', count: all.length, of: null, examples: all };
}

/** Whether this SQLite can do what is needed, and whether the case at `path` is sound. */
export function storeHealth(path: string): StoreHealth {
  const memory = new SqliteDatabase(':memory:');
  const can = (sql: string): boolean => {
    try {
      memory.exec(sql);
      return true;
    } catch {
      return false;
    }
  };
  const health = {
    sqlite: memory.prepare('SELECT sqlite_version()').pluck().get() as string,
    json: can("SELECT json_extract('[1]', '$[0]')"),
    fullText: can('CREATE VIRTUAL TABLE t USING fts5(body)'),
    schema: schemaVersion,
  };
  memory.close();
  return { ...health, caseFaults: caseFaults(path) };
}

function caseFaults(path: string): readonly string[] | null {
  try {
    const { db, close } = openDatabase(path, 'read', false);
    const found = db.pragma('quick_check(5)') as { quick_check: string }[];
    close();
    return found.map((row) => row.quick_check).filter((text) => text !== 'ok');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.includes('there is no case') ? null : [error.message];
  }
}
