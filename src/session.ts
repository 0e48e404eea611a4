/**
 * The door: open a case, import into it, ask it. The command line and the screens know nothing
 * below it.
 */
import { detectors, diagnose, drift, median } from './diagnose/index.ts';
import { UserError } from './errors.ts';
import type {
  Diagnosis,
  Drift,
  ExplainRequest,
  Explanation,
  Features,
  Listed,
  ListView,
  Log,
  LogRecords,
  LogTemplates,
  MetricLines,
  Nanos,
  Note,
  Overview,
  QueryResult,
  SeriesLine,
  ServiceGraph,
  SignalRecords,
  Store,
  TraceData,
  TraceLine,
} from './model.ts';
import { parseFilter } from './search/index.ts';
import { compared, type DiagnosisRequest, isSignal, planned } from './session/compared.ts';
import { type Diff, diffOf } from './session/diff.ts';
import { explain } from './session/explain.ts';
import { logsThat } from './session/logs.ts';
import { overviewOf } from './session/overview.ts';
import { openStore } from './store/index.ts';
import { isoTime } from './text.ts';

/** Features of a session → diagnosis: of the same features with something left out as well. */
export { diagnose as diagnoseFeatures } from './diagnose/index.ts';
export {
  caseWindows,
  chooseWindow,
  type DiagnosisRequest,
} from './session/compared.ts';
export type { Diff } from './session/diff.ts';
export { diffCases } from './session/diff-cases.ts';
export { storeHealth, telemetryCoverage, telemetryQuality } from './session/doctor.ts';
export {
  type ImportProgress,
  type ImportResult,
  importDumps,
} from './session/import.ts';
export { editImports, listImports } from './session/imports.ts';
export { noteTargetIn } from './session/note-target.ts';
export { addNote, keepView, listNotes, removeNote } from './session/notes.ts';
export { viewsSql } from './store/index.ts';

export interface Session extends AsyncDisposable {
  readonly location: string;
  /** @throws {UserError} if a window is malformed or empty, or what is to be left out not known. */
  diagnose(request?: DiagnosisRequest): Promise<Diagnosis>;
  /** What detectors read of the windows: other methods can be held against them. */
  features(request?: DiagnosisRequest): Promise<Features>;
  /** Runs the diagnosis first if the statement reads its views. @throws {UserError} bad SQL. */
  query(sql: string): Promise<QueryResult>;
  /** @throws {UserError} if no trace or several traces begin with `prefix`. */
  trace(prefix: string): Promise<TraceData>;
  /**
   * What passes the filter (see `search/`), and how many there are without the limit; `brief`: the
   * columns that a person looks at first.
   * @throws {UserError} if the filter or the column to sort by is wrong.
   */
  list(
    of: Listed,
    filter: string,
    view: ListView,
  ): Promise<QueryResult & { readonly total: number; readonly brief: readonly string[] }>;
  /** The filter as a condition over the public view of the list. @throws {UserError} if it is wrong. */
  condition(of: Listed, filter: string): Promise<string>;
  /** What passes the filter, whole: for export. @throws {UserError} if the filter is wrong. */
  records(signal: Listed, filter: string): SignalRecords;
  serviceGraph(): Promise<ServiceGraph>;
  /** Which attribute values tell two cohorts apart. @throws {UserError} if a filter is wrong. */
  explain(request: ExplainRequest): Promise<Explanation>;
  /** Which distributions moved between the windows. @throws {UserError} as `diagnose`. */
  drift(request?: Pick<DiagnosisRequest, 'baseline' | 'incident' | 'at'>): Promise<Drift>;
  /**
   * What differs between two traces (ids, or how they begin), or between two windows, written as in
   * a `DiagnosisRequest`. @throws {UserError} if nothing of the case is meant, or they do not fit.
   */
  diff(a: string, b: string): Promise<Diff>;
  /** The diagnosis with what the case looked like around it. @throws {UserError} as `diagnose`. */
  overview(request?: DiagnosisRequest): Promise<Overview>;
  /** Every trace in a line, by start, then id. */
  traces(): Promise<{ readonly epochNs: string; readonly traces: readonly TraceLine[] }>;
  /** @throws {UserError} if there is no such log record. */
  log(id: string): Promise<{ readonly epochNs: string; readonly log: Log }>;
  /** How the screens were left, as they wrote it; null: they were not. */
  viewState(): Promise<string | null>;
  /** What people wrote down, by time. */
  notes(): Promise<readonly Note[]>;
  /** Statements that were logged, and what changed in them. */
  templates(): Promise<LogTemplates>;
  /** Records of one statement of one service, by time, or of all (null); at most so many. */
  logsOf(
    service: string | null,
    template: string | null,
    around?: Nanos | null,
  ): Promise<LogRecords>;
  /** Records that pass the filter, by time; at most so many. @throws {UserError} if it is wrong. */
  logsThat(filter: string): Promise<LogRecords>;
  /** Series of metrics, and what changed in them. */
  metricLines(): Promise<MetricLines>;
  /**
   * Series of that metric of that service, those with a point at that time (ISO 8601) first.
   * @throws {UserError} if there is none.
   */
  point(
    metric: string,
    service: string,
    at: string,
  ): Promise<MetricLines & { readonly at: string }>;
}

/** Records and series that a person looks through. */
const mostRecords = 5_000;
const mostLines = 2_000;

/** Schema or analysis of another version makes a stored diagnosis void. */
const diagnosisVersion = '2';

/** @throws {UserError} if there is no case at `path`, or it is of another version. */
export async function openSession(path: string): Promise<Session> {
  const store = openStore(path, 'read');
  return {
    location: path,
    diagnose: async (request = {}) => (await examined(store, request)).diagnosis,
    async features(request = {}) {
      usedDetectors(request);
      return (await compared(store, request)).features;
    },
    async query(sql) {
      // The views of the diagnosis are filled on first use; naming them in vain costs only time.
      if (
        /\b(causes|evidence)\b/i.test(sql) &&
        (await store.diagnosisVersion()) !== diagnosisVersion
      ) {
        await store.saveDiagnosis((await examined(store, {})).diagnosis, diagnosisVersion);
      }
      return store.query(sql);
    },
    trace: (prefix) => store.trace(prefix),
    async list(of, filter, view) {
      const parsed = parseFilter(filter, of);
      return { total: await store.count(of, parsed), ...(await store.list(of, parsed, view)) };
    },
    condition: async (of, filter) => store.condition(of, parseFilter(filter, of)),
    records(signal, filter) {
      const parsed = parseFilter(filter, signal);
      if (signal === 'traces') return { signal, records: store.spanRecords(parsed) };
      if (signal === 'logs') return { signal, records: store.logRecords(parsed) };
      return { signal, records: store.pointRecords(parsed) };
    },
    serviceGraph: () => store.serviceGraph(),
    explain: (request) => explain(store, request),
    drift: async (request = {}) =>
      drift((await compared(store, { ...request, everyPoint: true })).features),
    diff: (a, b) => diffOf(store, a, b),
    async overview(request = {}) {
      const { features, summaries, diagnosis } = await examined(store, request);
      return overviewOf(diagnosis, features, summaries);
    },
    traces: async () => ({ epochNs: await store.epochNs(), traces: await store.traceLines() }),
    log: (id) => logOf(store, id),
    viewState: () => store.viewState(),
    notes: () => store.notes(),
    templates: async () => store.templates((await planned(store, {})).plan),
    async logsOf(service, template, around = null) {
      const logs = await store.logsOf(service, template, mostRecords + 1, around);
      const epochNs = await store.epochNs();
      return { epochNs, logs: logs.slice(0, mostRecords), more: logs.length > mostRecords };
    },
    logsThat: (filter) => logsThat(store, filter, mostRecords),
    metricLines: async () => store.metricLines((await planned(store, {})).plan, mostLines),
    point: (metric, service, at) => pointOf(store, metric, service, at),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

async function examined(store: Store, request: DiagnosisRequest) {
  const using = usedDetectors(request);
  const { features, summaries } = await compared(store, request);
  return { features, summaries, diagnosis: diagnose(features, using) };
}

/** @throws {UserError} if what is to be left out is not known. */
function usedDetectors(request: DiagnosisRequest) {
  const left = (request.without ?? []).filter((name) => !isSignal(name));
  const unknown = left.find((name) => !detectors.some((detector) => detector.name === name));
  if (unknown !== undefined) {
    const names = detectors.map(({ name }) => name).join(', ');
    throw new UserError('usage', `${unknown} is neither a signal nor a detector`, {
      hint: `Signals are traces, logs and metrics; detectors are ${names}.`,
    });
  }
  return detectors.filter(({ name }) => !left.includes(name));
}

async function logOf(store: Store, id: string): ReturnType<Session['log']> {
  const log = await store.log(id);
  if (!log) throw new UserError('usage', `no log record has the id ${JSON.stringify(id)}`);
  return { epochNs: await store.epochNs(), log };
}

/** Series that a person looks through. */
const mostSeries = 50;

async function pointOf(
  store: Store,
  metric: string,
  service: string,
  at: string,
): ReturnType<Session['point']> {
  const { plan } = await planned(store, {});
  const lines = await store.metricLines(plan, mostSeries, { metric, service });
  if (lines.series.length === 0) {
    throw new UserError('usage', `${service} has no point of the metric ${metric}`);
  }
  const epoch = BigInt(lines.epochNs);
  const values = lines.series.flatMap(({ points }) => points.map(({ value }) => Math.abs(value)));
  const seen = leastSeen * values.reduce((most, value) => Math.max(most, value), 0);
  const series = lines.series
    .map((one) => ({ one, strange: strangeness(one, at, epoch, seen) }))
    .sort((a, b) => b.strange - a.strange)
    .map(({ one }) => one);
  return { ...lines, at, series };
}

/** Of the greatest value of a metric: nobody sees less in a plot of its series. */
const leastSeen = 0.01;

/**
 * How far the point at that time is from the usual ones of its series, in median deviations; less
 * than nothing if there is no such point. Deviations count as `least` at the least. Of several series the one that is meant is the odd one.
 */
function strangeness({ points }: SeriesLine, at: string, epoch: bigint, least: number): number {
  const point = points.find((one) => isoTime(epoch + BigInt(Math.round(one.at))) === at);
  if (!point) return -1;
  const usual = median(points.map(({ value }) => value));
  const spread = median(points.map(({ value }) => Math.abs(value - usual)));
  return Math.abs(point.value - usual) / Math.max(spread, least, 1e-12);
}
