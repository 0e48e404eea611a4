/** What the first screen shows: the answer, and what the case looked like around it. */
import type { Diagnosis } from './answer.ts';
import type { WindowDiff } from './diff.ts';
import type { Cohort } from './features.ts';
import type { Histogram, ServiceEdge } from './graph.ts';
import type { Layer, Nanos, TraceId } from './telemetry.ts';

/** Traffic and one signal over time. Stretches without any data lie between pieces, not in them. */
export interface Trend {
  /** In time order; one, or two where the windows lie far apart. */
  readonly pieces: readonly { readonly from: Nanos; readonly to: Nanos }[];
  /** Length of a bin, ns. */
  readonly bin: number;
  /** Only bins in which requests began, by `at`: the begin of the bin. */
  readonly bins: readonly TrendBin[];
  /** The data or model signal that speaks most for a cause; null if none does. */
  readonly signal: TrendSignal | null;
}

export interface TrendBin {
  readonly at: Nanos;
  readonly requests: number;
  readonly failed: number;
  /** Durations of the root spans. */
  readonly duration: Histogram;
}

export interface TrendSignal {
  readonly name: string;
  readonly service: string;
  readonly unit: string;
  readonly layer: Layer;
  /** Minute means, in time order. */
  readonly points: readonly { readonly at: Nanos; readonly value: number }[];
  /** Medians of the minute means; null if the side has none. */
  readonly baseline: number | null;
  readonly incident: number | null;
}

/** Something that was put in place while the case was recorded. */
export interface ChangeEvent {
  readonly kind: 'version';
  readonly at: Nanos;
  readonly service: string;
  /** The model, where a model changed; else null. */
  readonly model: string | null;
  /** What was there before; null if unknown. */
  readonly from: string | null;
  readonly to: string;
}

/** One service in both cohorts. */
export interface ServiceHealth {
  readonly service: string;
  /** False: sent no span, known from its callers only; the numbers are then theirs. */
  readonly observed: boolean;
  readonly baseline: Health | null;
  readonly incident: Health | null;
  /** Rank of the cause at this service; null if it is none. */
  readonly rank: number | null;
}

export interface Health {
  readonly spans: number;
  readonly errors: number;
  /** 99th percentile of span durations, ns; null if none is timed. */
  readonly p99: number | null;
}

export interface Overview {
  /** Unix nanoseconds of offset 0, decimal. */
  readonly epochNs: string;
  readonly diagnosis: Diagnosis;
  /** Requests, failed and p99 of the windows that were compared. */
  readonly traffic: Readonly<
    Record<
      Cohort,
      { readonly requests: number; readonly failed: number; readonly p99: number | null } | null
    >
  >;
  readonly trend: Trend;
  /** By time. */
  readonly changes: readonly ChangeEvent[];
  /** Worst first: causes by rank, then by how much worse they got, then by name. */
  readonly services: readonly ServiceHealth[];
  /** By caller, callee, via. */
  readonly calls: readonly CallHealth[];
  /** The two sides, operation by operation. */
  readonly sides: WindowDiff;
}

/** What is known of a case before it was compared with anything. */
export interface Glimpse {
  /** Unix nanoseconds of offset 0, decimal. */
  readonly epochNs: string;
  /** Every trace, by start. */
  readonly requests: readonly {
    /** Null when no span of it has a usable time. */
    readonly start: Nanos | null;
    /** Duration of the root span, ns; null when it is not timed. */
    readonly duration: number | null;
    readonly failed: boolean;
  }[];
  /** By name. */
  readonly services: readonly {
    readonly service: string;
    readonly observed: boolean;
    readonly spans: number;
    readonly errors: number;
  }[];
}

/** What the first screen shows while the case is being compared: all of it as one side. */
export type Preview = Pick<Overview, 'epochNs' | 'traffic' | 'trend' | 'services'>;

/** Calls from one service to another in both cohorts, estimated from the traces kept whole. */
export interface CallHealth {
  readonly caller: string;
  readonly callee: string;
  readonly via: ServiceEdge['via'];
  /** Null: none was seen. */
  readonly baseline: CallSide | null;
  readonly incident: CallSide | null;
  /** 95th percentile in equal stretches of the case, ns; null: no call timed, or a break between its pieces. */
  readonly history: readonly (number | null)[];
  /** Traces with such a call, failed and slow ones of the incident first; a few. */
  readonly examples: readonly TraceId[];
}

export interface CallSide {
  readonly calls: number;
  readonly errors: number;
  /** As the caller saw it, ns; null if no call was timed. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** One trace in a list. */
export interface TraceLine {
  readonly traceId: TraceId;
  readonly rootService: string;
  readonly rootName: string;
  /** Null when no span of the trace has a usable time. */
  readonly start: Nanos | null;
  /** Duration of the root span, ns; null when it is not timed. */
  readonly duration: number | null;
  readonly spans: number;
  /** Spans with status error. */
  readonly errors: number;
  readonly services: number;
  readonly failed: boolean;
  readonly label: string | null;
}
