/**
 * How a case is kept: the one interface that every engine implements. Asynchronous, because an
 * engine may be far away; typed rows only, never a handle.
 */
import type { Diagnosis } from './answer.ts';
import type { Cohorts, ContrastedSignal } from './contrast.ts';
import type { TelemetryFinding } from './doctor.ts';
import type { ComparisonPlan, Features, Indicator, LabelWindow, TraceSummary } from './features.ts';
import type { Filter, Listed } from './filter.ts';
import type { ServiceGraph, SkewPair, TraceTree } from './graph.ts';
import type { Glimpse, TraceLine } from './overview.ts';
import type { LogTemplates, MetricLines } from './signals.ts';
import type {
  Batch,
  DefectCount,
  Log,
  LogRecord,
  MetricPointRecord,
  Nanos,
  SpanRecord,
} from './telemetry.ts';

/** What one file brought. `read` = stored + duplicates + skipped records. */
export interface FileSummary {
  readonly path: string;
  readonly format: string;
  readonly read: number;
  /** Newly stored. */
  readonly spans: number;
  readonly logs: number;
  readonly metrics: number;
  readonly metricPoints: number;
  readonly spanEvents: number;
  readonly spanLinks: number;
  readonly exemplars: number;
  readonly duplicates: number;
  readonly skipped: number;
  readonly defects: readonly DefectCount[];
}

/** One file being imported: all of it arrives, or nothing does. */
export interface FileImport {
  add(batch: Batch): Promise<void>;
  /** Drops what this case already has and counts it. The rest is durable after `summarise`. */
  commit(file: { readonly format: string; readonly sha256: string }): Promise<FileSummary>;
  /** Takes back everything this file added. */
  rollback(): Promise<void>;
}

/** A cell of a query result; bytes are given as hex text, integers beyond 2^53 as bigint. */
export type Cell = string | number | bigint | null;

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<readonly Cell[]>;
}

/** One imported file. */
export interface ImportRow {
  readonly id: number;
  readonly path: string;
  readonly label: string | null;
  readonly format: string;
  readonly spans: number;
  readonly logs: number;
  readonly metricPoints: number;
  readonly duplicates: number;
  readonly skipped: number;
  readonly sha256: string;
}

/** What somebody wrote down. */
export interface Note {
  readonly id: number;
  /** `case`, `service:NAME`, `trace:ID`, …: what it is about. */
  readonly target: string;
  readonly body: string;
  /** ISO 8601. */
  readonly created: string;
}

/** Windows chosen by hand, as they were written; null: found by aidebug. */
export interface WindowChoices {
  readonly baseline: string | null;
  readonly incident: string | null;
}

/** Whole records of one signal. */
export type SignalRecords =
  | { readonly signal: 'traces'; readonly records: AsyncIterable<SpanRecord> }
  | { readonly signal: 'logs'; readonly records: AsyncIterable<LogRecord> }
  | { readonly signal: 'metrics'; readonly records: AsyncIterable<MetricPointRecord> };

/** Which part of a list, in which order. */
export interface ListView {
  /** Null: all. */
  readonly limit: number | null;
  /** Only the columns that a person looks at first. */
  readonly brief: boolean;
  /** A column of the list; null: its time. */
  readonly sort: { readonly column: string; readonly descending: boolean } | null;
}

/** Spans and logs of one trace. */
export interface TraceData {
  readonly epochNs: string;
  readonly tree: TraceTree;
  readonly logs: readonly Log[];
  /** Clocks that differ, of the whole case; times of the trace are as they were recorded. */
  readonly skew: readonly SkewPair[];
}

/** What the imports since the store was opened reached. */
export interface Touched {
  readonly traces: number;
  readonly services: number;
  /** True if they share no service and no trace with what the case held before. */
  readonly foreign: boolean;
}

export interface Store {
  /** Where the case lies: a path or an address. */
  readonly location: string;
  readonly readOnly: boolean;

  /** Gives the label to an import that is there already. */
  relabel(sha256: string, label: string | null): Promise<void>;
  beginFile(path: string, label: string | null): Promise<FileImport>;
  /**
   * Computes what depends on the whole case (trace summaries, services, edges) and makes the
   * imports since the store was opened durable: closed without it, the case is as it was.
   */
  summarise(): Promise<Touched>;

  /**
   * What attribute names of the user stand for, from now on and in what is there; null: as it is.
   * Durable after `summarise`.
   */
  setMapping(mapping: Readonly<Record<string, string>> | null): Promise<void>;
  /** The names of the user among them. */
  mappedNames(): Promise<readonly string[]>;
  /** By id, the order of import. */
  imports(): Promise<readonly ImportRow[]>;
  /**
   * Takes back what an import brought, by its id or path. Durable after `summarise`, as the next.
   * @throws {UserError} if none or several are meant.
   */
  removeImport(named: string): Promise<void>;
  /** Null takes the label away. */
  labelImport(named: string, label: string | null): Promise<void>;
  windowChoices(): Promise<WindowChoices>;
  /** Null: leaves it to aidebug again. Durable at once. */
  chooseWindow(name: keyof WindowChoices, spec: string | null): Promise<void>;

  /** How the screens were left; null: they were not. */
  viewState(): Promise<string | null>;
  /** Durable at once. */
  saveViewState(body: string): Promise<void>;
  /** Differs where an answer may differ: imports, labels, windows, names of the user. */
  contentMark(): Promise<string>;
  /** An overview that was kept under that name; null: none was. */
  keptOverview(name: string): Promise<string | null>;
  /** In place of what was kept before. Durable at once. */
  keepOverview(name: string, body: string): Promise<void>;
  /** By time. */
  notes(): Promise<readonly Note[]>;
  /** `now`: unix nanoseconds. Durable at once, as the next. */
  addNote(target: string, body: string, now: bigint): Promise<void>;
  /** False if there is no such note. */
  removeNote(id: number): Promise<boolean>;

  /** Unix nanoseconds of offset 0, decimal: the start of the case's data. */
  epochNs(): Promise<string>;
  /** The same of the end of the case's data: what relative times count from. */
  endNs(): Promise<string>;
  labelWindows(): Promise<readonly LabelWindow[]>;
  /** Read faster than anything that is compared. */
  glimpse(): Promise<Glimpse>;
  /** By start, then trace id. */
  traceSummaries(): Promise<readonly TraceSummary[]>;
  /** By start, then trace id. */
  traceLines(): Promise<readonly TraceLine[]>;
  /** By metric, then what else identifies a series. */
  indicators(): Promise<readonly Indicator[]>;
  features(plan: ComparisonPlan): Promise<Features>;
  /** @throws {UserError} if no trace or several traces begin with `prefix`. */
  trace(prefix: string): Promise<TraceData>;
  /** Null if there is no such record. */
  log(id: string): Promise<Log | null>;
  /** Statements that were logged, with how often on each side. */
  templates(plan: ComparisonPlan): Promise<LogTemplates>;
  /**
   * Records of one statement of one service, by time, or of all (null); at most `limit`: the first,
   * or those around a moment.
   */
  logsOf(
    service: string | null,
    template: string | null,
    limit: number,
    around: Nanos | null,
  ): Promise<readonly Log[]>;
  /** Series of metrics with what changed in them, maybe of one metric of one service; at most `limit`. */
  metricLines(
    plan: ComparisonPlan,
    limit: number,
    only?: { readonly metric: string; readonly service: string },
  ): Promise<MetricLines>;
  serviceGraph(): Promise<ServiceGraph>;
  defects(): Promise<readonly DefectCount[]>;
  /** What the telemetry has wrong or lacks, every check once. */
  findings(): Promise<readonly TelemetryFinding[]>;

  /** Whole records, as they were imported: all spans of the traces that pass. */
  spanRecords(filter: Filter): AsyncIterable<SpanRecord>;
  logRecords(filter: Filter): AsyncIterable<LogRecord>;
  pointRecords(filter: Filter): AsyncIterable<MetricPointRecord>;
  /**
   * The records that pass, by time unless another order is asked for; equal ones in a fixed order.
   * @throws {UserError} if there is no such column to sort by.
   */
  list(
    of: Listed,
    filter: Filter,
    view: ListView,
  ): Promise<QueryResult & { readonly brief: readonly string[] }>;
  /** The filter in SQL, over the public view of that list. */
  condition(of: Listed, filter: Filter): Promise<string>;
  /** How many pass. */
  count(of: Listed, filter: Filter): Promise<number>;
  /**
   * The spans or logs that pass `incident`, and those that pass `baseline` (null: all others); at
   * most `limit` a side, whole traces chosen by hash of the trace id.
   */
  cohorts(
    of: ContrastedSignal,
    filters: { readonly incident: Filter; readonly baseline: Filter | null },
    limit: number,
  ): Promise<Cohorts>;
  /** Runs one read-only statement. @throws {UserError} if SQLite refuses it. */
  query(sql: string): Promise<QueryResult>;
  /** What was found, for the views `causes` and `evidence`; kept in memory on a read-only case. */
  saveDiagnosis(diagnosis: Diagnosis, version: string): Promise<void>;
  /** Version of aidebug that made the stored diagnosis; null if none is stored. */
  diagnosisVersion(): Promise<string | null>;
  close(): Promise<void>;
}
