/**
 * The door: open a case, import into it, ask it. The command line and the screens know nothing
 * below it.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { diagnose } from './diagnose/index.ts';
import { UserError } from './errors.ts';
import { planComparison } from './features/index.ts';
import { fileSource, listDump, openDump } from './import/index.ts';
import type {
  Batch,
  Diagnosis,
  FileSummary,
  LabelWindow,
  QueryResult,
  ServiceGraph,
  Signal,
  Store,
  TraceData,
  Window,
} from './model.ts';
import { nanos } from './model.ts';
import { openStore, removeDatabase } from './store/index.ts';

export { viewsSql } from './store/index.ts';

export interface ImportOptions {
  /** Given to every file; undefined: by its folder, `baseline/` or `incident/`; null: none. */
  readonly label?: string | null | undefined;
  /** Starts a fresh case. */
  readonly fresh?: boolean;
  /**
   * ISO 8601 (UTC where no zone is given): records before `since`, or at `until` and after, are
   * left out and not counted. A span counts by its start; a record without a time is kept.
   */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Reads and counts everything, keeps nothing. */
  readonly dryRun?: boolean;
  /** Bytes of standard input, for the path `-`. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  readonly path: string;
  readonly bytesRead: number;
  /** Null when the size is not known (standard input). */
  readonly bytesTotal: number | null;
  readonly records: number;
  readonly done: boolean;
}

export interface ImportResult {
  readonly files: readonly FileSummary[];
  readonly totals: Omit<FileSummary, 'path' | 'format' | 'defects'> & {
    readonly traces: number;
    readonly services: number;
  };
  /** Files that could not be read at all, with the reason; the others are imported. */
  readonly unreadable: readonly { readonly path: string; readonly error: UserError }[];
  readonly warnings: readonly string[];
}

export interface DiagnosisRequest {
  /** A label, or `FROM/TO` in ISO 8601 or relative to the end of the data (`-10m/-5m`). */
  readonly baseline?: string | undefined;
  readonly incident?: string | undefined;
  /** Onset as the user knows it: the incident begins here. */
  readonly at?: string | undefined;
  readonly without?: readonly Signal[];
}

export interface Session extends AsyncDisposable {
  readonly location: string;
  /** @throws {UserError} if a window is malformed or empty. */
  diagnose(request?: DiagnosisRequest): Promise<Diagnosis>;
  /** Runs the diagnosis first if the statement reads its views. @throws {UserError} bad SQL. */
  query(sql: string): Promise<QueryResult>;
  /** @throws {UserError} if no trace or several traces begin with `prefix`. */
  trace(prefix: string): Promise<TraceData>;
  serviceGraph(): Promise<ServiceGraph>;
}

/** Schema or analysis of another version makes a stored diagnosis void. */
const diagnosisVersion = '1';

/** @throws {UserError} if there is no case at `path`, or it is of another version. */
export async function openSession(path: string): Promise<Session> {
  const store = openStore(path, 'read');
  const diagnosed = async (request: DiagnosisRequest): Promise<Diagnosis> => {
    const labels = await store.labelWindows();
    const summaries = await store.traceSummaries();
    const end = summaries.reduce(
      (last, { start, duration }) => Math.max(last, (start ?? 0) + (duration ?? 0)),
      0,
    );
    const epoch = BigInt(await store.epochNs());
    const windowOf = (text: string | undefined): Window | null =>
      text === undefined ? null : parseWindow(text, labels, epoch, end);
    const at = request.at === undefined ? null : parseTime(request.at, epoch, end);
    const plan = planComparison(summaries, labels, {
      baseline: windowOf(request.baseline),
      incident:
        windowOf(request.incident) ?? (at === null ? null : { from: nanos(at), to: nanos(end) }),
      without: request.without ?? [],
    });
    return diagnose(await store.features(plan));
  };
  return {
    location: path,
    diagnose: (request = {}) => diagnosed(request),
    async query(sql) {
      // The views of the diagnosis are filled on first use; naming them in vain costs only time.
      if (
        /\b(causes|evidence)\b/i.test(sql) &&
        (await store.diagnosisVersion()) !== diagnosisVersion
      ) {
        await store.saveDiagnosis(await diagnosed({}), diagnosisVersion);
      }
      return store.query(sql);
    },
    trace: (prefix) => store.trace(prefix),
    serviceGraph: () => store.serviceGraph(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/**
 * Imports dumps into the case at `path`, creating it if there is none.
 * @throws {UserError} if nothing at all could be read.
 */
export async function importDumps(
  path: string,
  dumps: readonly string[],
  options: ImportOptions = {},
): Promise<ImportResult> {
  const period = periodOf(options);
  const unreadable: { path: string; error: UserError }[] = [];
  const readable = async <T>(path: string, read: () => Promise<T>): Promise<readonly T[]> => {
    try {
      return [await read()];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unreadable.push({ path, error });
      return [];
    }
  };
  const found: Awaited<ReturnType<typeof listDump>>[number][] = [];
  for (const dump of dumps) found.push(...(await readable(dump, () => listDump(dump))).flat());
  if (found.length === 0 && unreadable[0]) throw unreadable[0].error;
  if (options.fresh && !options.dryRun) removeCase(path);
  const store = openStore(path, options.dryRun ? 'scratch' : 'write');
  try {
    const files: FileSummary[] = [];
    for (const file of found) {
      const label = options.label === undefined ? file.label : options.label;
      const read = () => importFile(store, file.path, label, period, options);
      files.push(...(await readable(file.path, read)));
    }
    const [failure] = unreadable;
    if (files.length === 0 && failure) throw failure.error;
    const { traces, services, foreign } = await store.summarise();
    const warnings = foreign
      ? [
          'these files share no service and no trace with what the case held; use --new for a fresh case',
        ]
      : [];
    return { files, totals: { ...totalsOf(files), traces, services }, unreadable, warnings };
  } finally {
    await store.close();
  }
}

/** `--new` must not take a file that only happens to have the name of the case. */
function removeCase(path: string): void {
  if (existsSync(path) && !looksLikeCase(path)) {
    throw new UserError('unreadable', `${path}: not an aidebug case, so it is not replaced`, {
      hint: 'Name another path for the case, or remove this one yourself.',
    });
  }
  removeDatabase(path);
}

/** SQLite keeps the id of the application at byte 68: `aide`. An empty file is nobody's loss. */
function looksLikeCase(path: string): boolean {
  if (!statSync(path).isFile()) return false;
  const head = Buffer.alloc(72);
  const file = openSync(path, 'r');
  const length = readSync(file, head, 0, head.length, 0);
  closeSync(file);
  return length === 0 || head.toString('latin1', 68) === 'aide';
}

async function importFile(
  store: Store,
  path: string,
  label: string | null,
  period: Period | null,
  { stdin, onProgress }: ImportOptions,
): Promise<FileSummary> {
  const source = await fileSource(path, stdin);
  const dump = await openDump(source);
  const file = await store.beginFile(path, label);
  let records = 0;
  const report = (done: boolean): void =>
    onProgress?.({ path, bytesRead: dump.bytesRead(), bytesTotal: source.size, records, done });
  try {
    for await (const batch of dump.batches) {
      await file.add(period ? within(batch, period) : batch);
      records += batch.spans.length + batch.logs.length + batch.points.length;
      report(false);
    }
    // Part of a file is not the file: importing all of it later must not look like a repetition.
    const sha256 = period
      ? `${dump.sha256()} ${period.from ?? ''}/${period.to ?? ''}`
      : dump.sha256();
    const summary = await file.commit({ format: dump.format, sha256 });
    report(true);
    return summary;
  } catch (error) {
    await file.rollback();
    throw error;
  }
}

/** Unix nanoseconds; null: open. */
interface Period {
  readonly from: bigint | null;
  /** Exclusive. */
  readonly to: bigint | null;
}

/** Null if nothing is to be left out. */
function periodOf({ since, until }: ImportOptions): Period | null {
  if (since === undefined && until === undefined) return null;
  const exact = (text: string | undefined): bigint | null => {
    const time = text === undefined ? null : unixNs(text);
    if (time === null && text !== undefined) {
      throw new UserError('usage', `${text}: not a time`, {
        hint: 'Write ISO 8601: 2026-07-12T14:02:00Z.',
      });
    }
    return time;
  };
  return { from: exact(since), to: exact(until) };
}

function within(batch: Batch, { from, to }: Period): Batch {
  const holds = (time: bigint | null): boolean =>
    time === null || ((from === null || time >= from) && (to === null || time < to));
  const points = batch.points.filter(({ timeNs }) => holds(timeNs));
  return {
    ...batch,
    spans: batch.spans.filter(({ startNs }) => holds(startNs)),
    logs: batch.logs.filter(({ timeNs }) => holds(timeNs)),
    points,
    metrics: points.length === 0 ? 0 : batch.metrics,
  };
}

function totalsOf(files: readonly FileSummary[]) {
  const sum = (count: (file: FileSummary) => number): number =>
    files.reduce((total, file) => total + count(file), 0);
  return {
    read: sum((file) => file.read),
    spans: sum((file) => file.spans),
    logs: sum((file) => file.logs),
    metrics: sum((file) => file.metrics),
    metricPoints: sum((file) => file.metricPoints),
    spanEvents: sum((file) => file.spanEvents),
    spanLinks: sum((file) => file.spanLinks),
    exemplars: sum((file) => file.exemplars),
    duplicates: sum((file) => file.duplicates),
    skipped: sum((file) => file.skipped),
  };
}

/** A label, or two times with a slash between them. */
function parseWindow(
  text: string,
  labels: readonly LabelWindow[],
  epoch: bigint,
  end: number,
): Window {
  const named = labels.find(({ label }) => label === text);
  if (named) return { from: named.from, to: named.to };
  const [from, to, ...rest] = text.split('/');
  if (from === undefined || to === undefined || rest.length > 0) {
    const known = labels.map(({ label }) => label).join(', ') || 'none';
    throw new UserError('usage', `${text}: neither a label of this case nor FROM/TO`, {
      hint: `Labels: ${known}. Times: 2026-07-12T14:02Z/2026-07-12T14:47Z or -10m/-0m.`,
    });
  }
  const window = { from: nanos(parseTime(from, epoch, end)), to: nanos(parseTime(to, epoch, end)) };
  if (window.from >= window.to) {
    throw new UserError('usage', `${text}: ends before it begins`, { hint: 'Write FROM/TO.' });
  }
  return window;
}

const unitNs: Readonly<Record<string, number>> = { s: 1e9, m: 60e9, h: 3600e9, d: 86_400e9 };

/** ISO 8601, or time before the end of the data: -90s, -10m, -2h. As an offset, ns. */
function parseTime(text: string, epoch: bigint, end: number): number {
  const relative = /^-(\d+(?:\.\d+)?)([smhd])$/.exec(text);
  if (relative) return end - Number(relative[1]) * (unitNs[relative[2] ?? 's'] ?? 1e9);
  const absolute = unixNs(text);
  if (absolute === null) {
    throw new UserError('usage', `${text}: not a time`, {
      hint: 'Write ISO 8601 (2026-07-12T14:02:00Z) or a time before the end of the data (-10m).',
    });
  }
  return Number(absolute - epoch);
}

const iso8601 =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** ISO 8601 as unix nanoseconds, exact; UTC where no zone is given. Null if it is no time. */
function unixNs(text: string): bigint | null {
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] =
    iso8601.exec(text) ?? [];
  const whole = Date.parse(`${date}T${minutes}:${seconds}${zone}`);
  return Number.isNaN(whole) ? null : BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
