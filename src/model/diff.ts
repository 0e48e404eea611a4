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
  /** Sum of their own times, ns, without what they wait for peers. */
  readonly self: number;
  /** Sum of what they wait for the network, ns. */
  readonly gap: number;
  /** Sum of what they wait in a collective for the last rank, ns. */
  readonly wait: number;
  /** The rank they wait for longest. */
  readonly waitsFor: string | null;
  /** How much of the critical path is their own, ns. */
  readonly critical: number;
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
  /** Of a training run, where both traces have several. */
  readonly rank: string | null;
  /** Steps above it. */
  readonly level: number;
  readonly changed: Changed;
  readonly a: StepSide | null;
  readonly b: StepSide | null;
  /** Total of B less that of A, ns; the whole of it where one side is missing. */
  readonly delta: number;
  /** The same of own time and network: what no step below it and no peer accounts for. */
  readonly own: number;
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
  /**
   * Index of the step where the two part: by a failure, by what runs or how often; without one, by
   * most of the difference in time; -1: by nothing.
   */
  readonly first: number;
  /** By a failure, by what runs or how often: in more than time. */
  readonly parts: boolean;
  /** Index of the step whose own time makes up most of the difference; -1: there is none. */
  readonly most: number;
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

/** Which way something went, by more than noise. */
export type Move = 'up' | 'down';

export interface OperationDiff extends OperationName {
  /** `same`: its times and failures differ by no more than noise. */
  readonly changed: Changed;
  /** By more than noise; what was called now and then may be missing by chance. */
  readonly sure: boolean;
  readonly a: OperationSide | null;
  readonly b: OperationSide | null;
  /** Its times, and its share of failures; null: noise, or not on both sides. */
  readonly time: Move | null;
  readonly failures: Move | null;
  /** The smallest p of these, corrected for the number of operations; 1: within the noise. */
  readonly p: number;
  /**
   * Its own time in B less what as many calls of it would have taken in A, for each request of B,
   * ns. As many: as its callers would have made in A.
   */
  readonly delta: number;
  /** The rank of a training run that makes up most of it; null: none does. */
  readonly rank: string | null;
  /** A collective: its time is time until the last rank has come. */
  readonly waits: boolean;
}

/** Two windows or labels. */
export interface WindowDiff {
  readonly a: SidePart;
  readonly b: SidePart;
  /**
   * What fails more first, by how many; then what else changed by more than noise, the greatest
   * change of own time first; then collectives; then the others.
   */
  readonly operations: readonly OperationDiff[];
}

interface SidePart {
  /** As it was asked for. */
  readonly name: string;
  readonly requests: number;
  readonly failed: number;
}
