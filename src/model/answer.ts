/** What aidebug says about a case: evidence, causes and the verdict. Plain data, cloneable. */
import type {
  Band,
  DefectCount,
  Layer,
  Nanos,
  Regime,
  SpanId,
  TraceId,
  Verdict,
} from './telemetry.ts';

/** A span of time. `to` is inclusive of the last record's end. */
export interface Window {
  readonly from: Nanos;
  readonly to: Nanos;
}

/** Something a person can open: one span, one log record, one metric point. */
export type Reference =
  | { readonly signal: 'span'; readonly traceId: TraceId; readonly spanId: SpanId }
  | { readonly signal: 'log'; readonly id: string }
  | {
      readonly signal: 'metric';
      readonly metric: string;
      readonly service: string;
      readonly at: Nanos;
    };

/** What was measured. Every kind is produced by exactly one detector. */
export type EvidenceKind =
  | 'unreachable-callee'
  | 'connection-failure'
  | 'name-resolution-failure'
  | 'callee-failure'
  | 'callee-timeout'
  | 'error-origin'
  | 'exception-mix'
  | 'tool-failure'
  | 'bare-error'
  | 'self-time'
  | 'storage-time'
  | 'inference-time'
  | 'network-gap'
  | 'retransmissions'
  | 'missing-calls'
  | 'missing-runs'
  | 'freshness'
  | 'completeness'
  | 'rejected'
  | 'retrieval'
  | 'retrieval-score'
  | 'skew'
  | 'schema'
  | 'drift'
  | 'quality'
  | 'quality-by-version'
  | 'loss'
  | 'cpu'
  | 'memory'
  | 'out-of-memory'
  | 'disk'
  | 'gpu'
  | 'gpu-error'
  | 'pool'
  | 'limit'
  | 'rate-limited'
  | 'queue'
  | 'load'
  | 'retries'
  | 'retrying'
  | 'agent-turns'
  | 'model-change'
  | 'prompt-change'
  | 'prompt-length'
  | 'output-length'
  | 'context-limit'
  | 'rejected-step'
  | 'unfounded-step'
  | 'most-steps'
  | 'restarts'
  | 'slow-peer'
  | 'error-event'
  | 'skipped-event'
  | 'new-event'
  | 'abandoned-callee'
  | 'warning-log'
  | 'silent-log'
  | 'silence'
  | 'silent-series'
  | 'attribute-contrast'
  | 'release-contrast'
  | 'carried-failures'
  | 'unexplained-failures';

/** One measured observation about one entity. */
export interface Evidence {
  /** Derived from content: the same for the same data. */
  readonly id: string;
  readonly kind: EvidenceKind;
  /** `service:x`, `operation:x/op`, `edge:a->b`, `model:m@v`, `rank:n`, … */
  readonly entity: string;
  readonly service: string;
  readonly operation: string | null;
  readonly instance: string | null;
  /** 0 (nothing) to 1 (certain and complete): significance times effect. */
  readonly strength: number;
  readonly effect: { readonly baseline: number | null; readonly incident: number };
  readonly n: { readonly baseline: number; readonly incident: number };
  /** Probability of an effect at least this large without a fault, corrected for multiple tests. */
  readonly p: number;
  readonly firstSeen: Nanos | null;
  /** One sentence with the numbers, in plain words. */
  readonly summary: string;
  /** One to five. */
  readonly refs: readonly Reference[];
  /** Bad traces it accounts for, sorted; empty when it is not about traces. */
  readonly traces: readonly TraceId[];
}

export interface Impact extends Window {
  readonly requests: number;
  readonly failed: number;
  readonly slow: number;
  /** Services with a part in a failed or slow request, sorted. */
  readonly services: readonly string[];
  /** Distinct user ids of failed or slow requests; null if no span names a user. */
  readonly users: number | null;
}

// ---------------------------------------------------------------- the published answer
// Exactly what `--format json` prints: times are ISO 8601 text, ids lower-case hex.

export type PublishedReference =
  | Exclude<Reference, { signal: 'metric' }>
  | {
      readonly signal: 'metric';
      readonly metric: string;
      readonly service: string;
      readonly at: string;
    };

export interface CitedEvidence {
  readonly id: string;
  readonly kind: EvidenceKind;
  readonly direction: 'supports' | 'contradicts';
  /** Share of the cause's score in log space; negative for contradictions. */
  readonly weight: number;
  readonly entity: string;
  readonly summary: string;
  readonly effect: Evidence['effect'];
  readonly n: Evidence['n'];
  readonly p: number;
  readonly firstSeen: string | null;
  readonly refs: readonly PublishedReference[];
}

export interface PathStep {
  /** The service nearer the cause. */
  readonly from: string;
  readonly to: string;
  /**
   * Within one request: from the end of the failed or slow call at `from` to the end of what `to`
   * did for its own caller, by the clock of `to`. Median of the bad requests that show both; null if
   * none does, or if `to` did not wait for `from`.
   */
  readonly delayMs: number | null;
}

/** Traces to lay side by side; null where the case holds none. */
export interface Exemplars {
  /** Shows the cause. */
  readonly bad: TraceId | null;
  /** Of the same kind, and went well. */
  readonly good: TraceId | null;
}

/**
 * Of the failed and slow requests of the impact, how many would have gone well without the cause:
 * failures that were born at its service, and slow requests that its service in its usual time
 * would have made quick enough (null if nothing tells its usual time). Estimated from the sample.
 */
interface Explained {
  readonly failed: number;
  readonly slow: number | null;
}

/** A ranked candidate: entity × layer × fault class. */
export interface Cause {
  readonly rank: number;
  readonly service: string;
  readonly entity: string;
  readonly operation: string | null;
  readonly instance: string | null;
  readonly layer: Layer;
  readonly faultClass: string;
  /** 0 to 1. Only the order has meaning until it is calibrated. */
  readonly score: number;
  readonly confidence: number;
  readonly band: Band;
  readonly summary: string;
  readonly onset: string | null;
  /** Strongest first; contradictions last. Weights add up to `score`. */
  readonly evidence: readonly CitedEvidence[];
  /** Telemetry that would have settled it. */
  readonly missing: readonly string[];
  readonly explains: Explained;
  readonly path: readonly PathStep[];
  readonly exemplars: Exemplars;
  /** Commands that run as they are. */
  readonly nextChecks: readonly string[];
}

interface PublishedWindow {
  readonly from: string;
  readonly to: string;
}

export interface Diagnosis {
  readonly verdict: Verdict;
  readonly regime: Regime;
  readonly windows: {
    readonly baseline: PublishedWindow | null;
    readonly incident: PublishedWindow;
  };
  readonly onset: string | null;
  readonly impact: Omit<Impact, 'from' | 'to'> & PublishedWindow;
  /** Score 0 to 1: the share of records without a defect. */
  readonly dataQuality: { readonly score: number; readonly defects: readonly DefectCount[] };
  readonly causes: readonly Cause[];
  readonly ruledOut: readonly { readonly service: string; readonly why: string }[];
}
