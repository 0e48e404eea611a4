/** Two traces, or the two sides of a case, laid side by side. */
import type { OperationName } from './features.ts';
import type { SpanId, TraceId } from './telemetry.ts';

/** What became of a step from A to B. */
type Changed = 'same' | 'changed' | 'added' | 'removed';

/** Spans of one service and name below one another step, in one trace. */
export interface StepSide {
  readonly count: number;
  readonly errors: number;
  /** Sum of their durations, ns; null if none is timed. */
  readonly total: number | null;
  /** Sum of their own times, ns. */
  readonly self: number;
  /** The first of them. */
  readonly spanId: SpanId;
  /** Its begin since the trace began, ns. */
  readonly start: number;
}

export interface AttributeChange {
  readonly key: string;
  /** As text; null: it is not there. */
  readonly a: string | null;
  readonly b: string | null;
}

export interface StepDiff {
  readonly service: string;
  readonly name: string;
  /** Steps above it. */
  readonly level: number;
  readonly changed: Changed;
  readonly a: StepSide | null;
  readonly b: StepSide | null;
  /** Total of B less that of A, ns; the whole of it where one side is missing. */
  readonly delta: number;
  /** Of the attributes of the first span of each side and of its resource. */
  readonly attributes: readonly AttributeChange[];
}

export interface TraceDiff {
  readonly a: TracePart;
  readonly b: TracePart;
  /** Duration of B less that of A, ns; null if one is not timed. */
  readonly delta: number | null;
  /** Callers before what they call, by begin. */
  readonly steps: readonly StepDiff[];
  /** Index of the first step of B that differs in more than time; -1: none does. */
  readonly first: number;
}

export interface TracePart {
  readonly traceId: TraceId;
  readonly spans: number;
  readonly errors: number;
  /** Of all of its spans, ns; null if none is timed. */
  readonly duration: number | null;
}

/** One operation on one side of the comparison. */
export interface OperationSide {
  readonly count: number;
  readonly errors: number;
  /** Quantiles of durations, ns; null if none is timed. */
  readonly p50: number | null;
  readonly p95: number | null;
  /** Sum of own times, ns. */
  readonly self: number;
}

export interface OperationDiff extends OperationName {
  readonly changed: Changed;
  readonly a: OperationSide | null;
  readonly b: OperationSide | null;
  /** Own time for each request in B less that in A, ns. */
  readonly delta: number;
}

/** Two windows or labels. */
export interface WindowDiff {
  readonly a: SidePart;
  readonly b: SidePart;
  /** The greatest change of own time for each request first. */
  readonly operations: readonly OperationDiff[];
}

interface SidePart {
  /** As it was asked for. */
  readonly name: string;
  readonly requests: number;
  readonly failed: number;
}
