/**
 * What detectors read: aggregates per minute, and a bounded sample of whole traces. Plain data,
 * so that a worker or another engine can hand it over; its size depends on operations and
 * minutes, not on spans.
 */
import type { Impact, Window } from './answer.ts';
import type { Histogram, ServiceGraph, SkewPair, TraceTree } from './graph.ts';
import type {
  Attributes,
  Buckets,
  DefectCount,
  Nanos,
  Regime,
  SpanId,
  SpanKind,
  TraceId,
} from './telemetry.ts';

/**
 * The two sides of the comparison. In regime `healthy-traces` the healthy traces are the
 * baseline and the failed or slow ones the incident.
 */
export type Cohort = 'baseline' | 'incident';

/** One trace in a line, for choosing windows and the sample. */
export interface TraceSummary {
  readonly traceId: TraceId;
  readonly rootService: string;
  readonly rootName: string;
  /** Root operation and set of services: traces of one type can be compared. */
  readonly type: string;
  /** Null when no span of the trace has a usable time. */
  readonly start: Nanos | null;
  /** Duration of the root span, ns; null when it is not timed. */
  readonly duration: number | null;
  readonly failed: boolean;
  readonly spans: number;
  /** Spans whose status is error, also where the request as a whole did not fail. */
  readonly errors: number;
  readonly label: string | null;
}

/** Points of a metric that tells how well the work of the system is done, in time order. */
export interface Indicator {
  readonly times: readonly Nanos[];
  /** One for each time. */
  readonly values: readonly number[];
}

/** The window a label stands for: the extent of its spans and logs. */
export interface LabelWindow extends Window {
  readonly label: string;
}

/** How the comparison is made: decided before the features are computed. */
export interface ComparisonPlan {
  readonly regime: Regime;
  readonly baseline: Window | null;
  readonly incident: Window;
  /**
   * How a trace finds its cohort: by its label (null = unlabelled), by the window its start
   * lies in, or by being healthy or not.
   */
  readonly cohortBy:
    | { readonly how: 'label'; readonly baseline: string | null; readonly incident: string | null }
    | { readonly how: 'time' }
    | { readonly how: 'health' };
  /** Root duration in ns above which a trace is slow, by trace type and by root operation. */
  readonly slowAbove: Readonly<Record<string, number>>;
  /** Share of the traces of a stratum that are kept whole, 0 to 1. */
  readonly keep: Readonly<Record<string, number>>;
  /** Signals left out on request. */
  readonly without: readonly Signal[];
  /**
   * Also metrics of which it is not known what they say or of what they tell the use, and of every
   * metric its points one by one and its buckets: no detector reads them, other methods do.
   */
  readonly everyPoint?: boolean;
}

export type Signal = 'traces' | 'logs' | 'metrics';

/** Who produced a number. Null where the telemetry does not tell. */
export interface Source {
  readonly service: string;
  readonly instance: string | null;
  /** Version of the model it names, else of the service. */
  readonly version: string | null;
  /** The model it names. */
  readonly model: string | null;
  readonly rank: string | null;
}

/** Counts and latency of one operation of one source, minute by minute. */
export interface OperationFeature {
  readonly source: Source;
  readonly operation: string;
  readonly kind: SpanKind;
  /** Spans of it that began a trace. */
  readonly roots: number;
  readonly minutes: readonly OperationMinute[];
}

export interface OperationMinute {
  readonly cohort: Cohort;
  /** Start of the minute. */
  readonly minute: Nanos;
  readonly count: number;
  readonly errors: number;
  /** Span durations. */
  readonly duration: Histogram;
  /** Time in the span not covered by its children. */
  readonly self: Histogram;
  /** The slowest span of the minute. */
  readonly slowest: { readonly traceId: TraceId; readonly spanId: SpanId; readonly ns: number };
}

/** How often a parent operation makes a certain call: what is expected, and what came. */
export interface CallFeature {
  readonly parent: OperationName;
  readonly child: OperationName;
  readonly baseline: CallCount;
  readonly incident: CallCount;
}

export interface OperationName {
  readonly service: string;
  readonly operation: string;
}

export interface CallCount {
  /** Parent spans. */
  readonly parents: number;
  /** Parent spans with at least one such child. */
  readonly withCall: number;
  /** Parent spans that failed, or have a failed child. */
  readonly failed: number;
  /** Of those, with at least one such child. */
  readonly failedWithCall: number;
}

/** A number that is reported again and again: a metric series, or an attribute of spans. */
export interface ValueFeature {
  readonly name: string;
  readonly unit: string;
  readonly origin: 'metric' | 'span';
  readonly source: Source;
  /** What else identifies the series, without what `source` holds. */
  readonly attributes: Attributes;
  /** In time order. */
  readonly minutes: readonly ValueMinute[];
  /** Of a metric, in the order they came in, where the plan asks for every point. */
  readonly points?: readonly ValuePoint[];
  /** The metric is a sum that only grows: its values say how fast, so they follow the traffic. */
  readonly isRate?: boolean;
}

export interface ValuePoint {
  readonly cohort: Cohort;
  readonly value: number;
}

export interface ValueMinute {
  readonly cohort: Cohort;
  readonly minute: Nanos;
  readonly count: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly spread: number;
  readonly example: ValueExample;
  /** Of a histogram, where the plan asks for every point; left out where its bounds changed. */
  readonly buckets?: Buckets | undefined;
}

/** Where a value can be looked at. */
export type ValueExample =
  | { readonly at: Nanos }
  | { readonly traceId: TraceId; readonly spanId: SpanId; readonly at: Nanos };

/** One log record as an event of a span. */
export interface TraceLog {
  /** Index of its span in the tree. */
  readonly span: number;
  readonly at: Nanos;
  /** What tells the place in the code that wrote it; equal for records of one statement. */
  readonly statement: string;
  /** As `Log.severity`. */
  readonly severity: number;
  readonly id: string;
}

/** How often a service wrote what outside of any trace of the case, minute by minute. */
export interface LogFeature {
  readonly service: string;
  /** The event's name, else the template of the body. */
  readonly template: string;
  /** The highest that it was written with. */
  readonly severity: number;
  /** In time order. */
  readonly minutes: readonly LogMinute[];
}

export interface LogMinute {
  readonly cohort: Cohort;
  readonly minute: Nanos;
  readonly count: number;
  /** Id of one of the records. */
  readonly example: string;
}

/** When the points of a metric series came, whatever they say. */
export interface ReportFeature {
  readonly metric: string;
  readonly service: string;
  readonly instance: string | null;
  /** Cumulative: reported by the clock, also while nothing happens. */
  readonly clocked: boolean;
  readonly first: Nanos;
  /** The last before `quiet`; the first if there is none. */
  readonly last: Nanos;
  /** Points within the baseline. */
  readonly baseline: number;
  /** The baseline from its first point in it on. */
  readonly watched: Window;
  /** Longest time without a point in `watched`, ns. */
  readonly pause: number;
  /** Longest time without a point in the incident. */
  readonly quiet: Window;
}

export interface SampledTrace {
  readonly tree: TraceTree;
  /** Its log records that belong to a span, by span, then time. */
  readonly logs: readonly TraceLog[];
  readonly cohort: Cohort;
  readonly bad: 'failed' | 'slow' | null;
  readonly type: string;
  /** How many traces of the case this one stands for (1 divided by the share kept). */
  readonly stands: number;
}

export interface Features {
  /** Unix nanoseconds of offset 0, decimal. */
  readonly epochNs: string;
  readonly plan: ComparisonPlan;
  readonly graph: ServiceGraph;
  readonly sample: readonly SampledTrace[];
  readonly operations: readonly OperationFeature[];
  readonly calls: readonly CallFeature[];
  readonly values: readonly ValueFeature[];
  /** By service, then template; none where traces find their cohort by their health. */
  readonly logs: readonly LogFeature[];
  /** Of every metric; none without a baseline. */
  readonly reports: readonly ReportFeature[];
  readonly skew: readonly SkewPair[];
  readonly traffic: Readonly<Record<Cohort, Traffic>>;
  readonly impact: Impact;
  readonly records: number;
  readonly defects: readonly DefectCount[];
}

/** Traces of a cohort, all of them (not only the sampled). */
export interface Traffic {
  readonly traces: number;
  readonly failed: number;
  readonly slow: number;
}
