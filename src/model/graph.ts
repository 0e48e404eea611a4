/** Traces as trees and services as a graph: the plain data that `graph/` builds. */
import type { Span, SpanId, SpanLink, TraceId } from './telemetry.ts';

/**
 * Counts of latency buckets (`graph/histogram.ts`), one after another from bucket `from` on. Those of
 * windows are sums of those of minutes.
 */
export interface Histogram {
  from: number;
  counts: number[];
}

/** One trace, linked. Does not depend on the order of the input. */
export interface TraceTree {
  readonly traceId: TraceId;
  /** By start, then span id. An index into it is what every other field and result holds. */
  readonly spans: readonly Span[];
  /** Index of the parent in `spans`; -1 for a root or an orphan. */
  readonly parent: Int32Array;
  /** Indexes of the children of each span, in start order. */
  readonly children: readonly (readonly number[])[];
  /** True roots first (cut cycles among them), then orphans; each in start order. */
  readonly roots: readonly number[];
  /** Spans whose parent id is set but was not captured, in start order. */
  readonly orphans: readonly number[];
  /** Spans whose parent link was cut because it closed a cycle (a span that names itself included), in start order. */
  readonly cycles: readonly number[];
  /** Links above each span; 0 for a root or an orphan. */
  readonly depth: Int32Array;
}

/** What a span says beside its ids, times, label and links. */
export type SpanView = Omit<
  Span,
  'traceId' | 'spanId' | 'parentId' | 'start' | 'end' | 'timed' | 'label' | 'links'
>;

/**
 * A linked trace as columns: what is counted over all traces is counted from these, without an
 * object for each span. Columns may be longer than `count`, and hold until the next trace is read.
 */
export interface TraceColumns {
  readonly traceId: TraceId;
  readonly count: number;
  /** By start, then span id; many spans may share one view. */
  readonly spans: readonly SpanView[];
  /** As in `TraceTree`. */
  readonly parent: Int32Array;
  readonly cycles: readonly number[];
  /** As in `Span`, ns. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** 1: its times are usable. */
  readonly timed: Uint8Array;
  spanId(index: number): SpanId;
  /** As in `Span`. */
  parentId(index: number): SpanId | null;
  links(index: number): readonly SpanLink[];
}

/** Plain data: can be structured-cloned. */
export interface ServiceGraph {
  /** By service name. */
  readonly nodes: readonly ServiceNode[];
  /** By caller, callee, via. */
  readonly edges: readonly ServiceEdge[];
  /** Node name by alias key (`aliasKey`). Names that identify nobody are absent. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Unanswered client calls whose address identifies nobody (loopback, a gateway to many). */
  readonly unresolvedCalls: number;
  /** Span links whose target was not captured, or not kept within the memory bound. */
  readonly unresolvedLinks: number;
}

export interface ServiceNode {
  readonly service: string;
  /** False: sent no span, known from its callers only. */
  readonly observed: boolean;
  readonly spans: number;
  /** Spans with status error. */
  readonly errors: number;
  /** Sorted. */
  readonly instances: readonly string[];
  /** Other names callers use for it, without ports, sorted. */
  readonly aliases: readonly string[];
  /** Of an observed node always `service`. */
  readonly kind: 'service' | 'database' | 'messaging' | 'external';
}

/** Calls from one service to another; a service's calls to itself are no edge. */
export interface ServiceEdge {
  readonly caller: string;
  readonly callee: string;
  /** `link`: a span link only. `messaging`: a producer or consumer takes part. */
  readonly via: 'call' | 'link' | 'messaging';
  readonly calls: number;
  /** Failed calls: status of the client span; of the callee's span if there is no client span. */
  readonly errors: number;
  /** Calls whose callee sent no span. */
  readonly unanswered: number;
  readonly unansweredErrors: number;
  /** Duration as the caller saw it, ns (see `histogram.ts`); null if no call was timed. */
  readonly p50Ns: number | null;
  readonly p95Ns: number | null;
  readonly p99Ns: number | null;
}

/** Clock difference between two hosts that call each other. */
export interface SkewPair {
  /** Host of the client side: `instance`, or `service` of spans that name no instance. */
  readonly from: string;
  /** Host of the server side. */
  readonly to: string;
  /** Nanoseconds to ADD to times of `to` to bring them onto the clock of `from`; never 0. */
  readonly ns: number;
  /** Calls the median rests on, at least 3. */
  readonly pairs: number;
}
