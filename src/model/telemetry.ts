/**
 * The vocabulary every other module speaks: types, unit helpers and nothing else.
 * No I/O, nothing imported. The words are defined in ARCHITECTURE.md.
 */

// ---------------------------------------------------------------- units and ids

/**
 * Nanoseconds since the epoch of the loaded case (`Features.epochNs`, `TraceData.epochNs`).
 * A safe integer for cases shorter than 104 days; unix nanoseconds are past 2^53.
 */
export type Nanos = number & { readonly __unit: 'ns' };

/** 32 lower-case hex digits (W3C trace context). */
export type TraceId = string & { readonly __id: 'trace' };
/** 16 lower-case hex digits; unique only within its trace. */
export type SpanId = string & { readonly __id: 'span' };

export const nanos = (value: number): Nanos => value as Nanos;
export const milliseconds = (ns: number): number => ns / 1e6;
/** Start of the minute a time lies in. */
export const minuteOf = (time: Nanos): Nanos => nanos(Math.floor(time / 60e9) * 60e9);

/**
 * An attribute value as analysis sees it. 64-bit integers beyond 2^53 are exact only in the
 * stored JSON text; bytes are `{"bytesValue": base64}`; a double that JSON cannot hold is
 * `{"doubleValue": "NaN"}`, "Infinity" or "-Infinity".
 */
export type AttributeValue =
  | null
  | string
  | number
  | boolean
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };
export type Attributes = Readonly<Record<string, AttributeValue>>;

export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type SpanStatus = 'unset' | 'ok' | 'error';
export type Layer = 'infrastructure' | 'data' | 'model' | 'application';
export type Band = 'likely' | 'possible' | 'weak';
export type Verdict = 'likely' | 'possible' | 'no-clear-cause';
export type Regime = 'declared' | 'change-point' | 'healthy-traces' | 'peers' | 'absolute';

// ---------------------------------------------------------------- what import hands to the store

/** A defect of the input that analysis survives. Collected and counted, never thrown. */
export interface Defect {
  readonly code: DefectCode;
  /** Where to look: `file:line`, `file#record` or an id. */
  readonly at: string;
  /** One sentence: what is wrong and what was kept. */
  readonly message: string;
}

export type DefectCode =
  | 'bad-record'
  | 'bad-time'
  | 'zero-id'
  | 'truncated-input'
  | 'oversize-value'
  | 'conflicting-duplicate'
  | 'orphan-span'
  | 'parent-cycle'
  | 'clock-skew'
  | 'window-overlap'
  | 'unknown-signal';

/** Defects of one code: how many, and the first few. */
export interface DefectCount {
  readonly code: DefectCode;
  readonly count: number;
  /** At most five, in input order: `at: message`. */
  readonly examples: readonly string[];
}

/** Attributes are JSON object text with sorted keys, so that equal sets are equal text. */
export interface ResourceRecord {
  readonly attributes: string;
  readonly schemaUrl: string;
}

export interface ScopeRecord {
  readonly name: string;
  readonly version: string;
  readonly attributes: string;
  readonly schemaUrl: string;
}

export interface SpanEventRecord {
  readonly name: string;
  /** Unix nanoseconds; null if missing or unusable. */
  readonly timeNs: bigint | null;
  readonly attributes: string;
  /** Attributes that the SDK left out because of its limits. */
  readonly droppedAttributes: number;
}

export interface SpanLinkRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: string;
  readonly droppedAttributes: number;
}

export interface SpanRecord {
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
  /** Lower-case hex. */
  readonly traceId: string;
  readonly spanId: string;
  /** Null for a root. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  /** Unix nanoseconds; null if missing or unusable (defect `bad-time`). */
  readonly startNs: bigint | null;
  readonly endNs: bigint | null;
  /** The times as they were written, when one of them is unusable; else null. */
  readonly rawTime: string | null;
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: string;
  readonly events: readonly SpanEventRecord[];
  readonly links: readonly SpanLinkRecord[];
  /** JSON object of OTLP's `dropped…Count` that are not 0: what the SDK left out; null: nothing. */
  readonly dropped: string | null;
}

export interface LogRecord {
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
  /** Time of the event, else the observed time; null if neither is usable. */
  readonly timeNs: bigint | null;
  readonly observedNs: bigint | null;
  readonly rawTime: string | null;
  /** 0 (unspecified) to 24 (fatal4), as in the OTLP data model. */
  readonly severityNumber: number;
  readonly severityText: string;
  /** Text bodies as they are; structured bodies as JSON text. */
  readonly body: string;
  readonly structured: boolean;
  readonly eventName: string;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly flags: number;
  readonly attributes: string;
}

export type MetricType = 'gauge' | 'sum' | 'histogram' | 'exponential-histogram' | 'summary';

export interface MetricPointRecord {
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
  readonly metric: string;
  readonly unit: string;
  readonly type: MetricType;
  /** Null for a gauge or summary. */
  readonly temporality: 'delta' | 'cumulative' | null;
  readonly monotonic: boolean;
  readonly timeNs: bigint | null;
  readonly startNs: bigint | null;
  readonly rawTime: string | null;
  /** The value of a gauge or sum point; null for the other types and for "no recorded value". */
  readonly value: number | bigint | null;
  /** Count and sum of a histogram, exponential histogram or summary point; else null. */
  readonly count: number | null;
  readonly sum: number | null;
  /** JSON text of buckets, quantiles, minimum and maximum; null for a gauge or sum. */
  readonly detail: string | null;
  /** JSON array text; null if there are none. */
  readonly exemplars: string | null;
  readonly exemplarCount: number;
  readonly flags: number;
  readonly attributes: string;
}

/** What many spans have in common. */
export interface SpanHead {
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  readonly traceState: string;
  readonly flags: number;
  /** Attributes of few values: JSON object text with sorted keys. */
  readonly attributes: string;
}

/** What few spans have. */
export type SpanRest = Pick<SpanRecord, 'rawTime' | 'events' | 'links' | 'dropped'>;

/** Stands in a column of times for one that is missing or unusable. */
export const noTime = -(2n ** 63n);

/** Spans as columns: a million objects would cost more than all else. */
export interface SpanColumns {
  readonly count: number;
  /** Trace ids that the dump has not had before, 32 hex digits each, in their order. */
  readonly traces: Uint8Array;
  /** Heads that the dump has not had before, in their order. */
  readonly heads: readonly SpanHead[];
  /** Of each span, the place of its trace and of its head among all of the dump. */
  readonly trace: Uint32Array;
  readonly head: Uint32Array;
  /** 32 bytes a span: the hex digits of its id and of its parent's; 0 for those of no parent. */
  readonly ids: Uint8Array;
  /** Two a span: start and end, unix nanoseconds or `noTime`. */
  readonly times: BigInt64Array;
  /** Attributes beside those of the head, as those; no text: there are none. */
  readonly attributes: Uint8Array;
  /** Where those of each span end. */
  readonly attributesEnd: Uint32Array;
  /** 1: among them are some that analysis reads of every span. */
  readonly telling: Uint8Array;
  readonly rest: ReadonlyMap<number, SpanRest>;
}

/** What many log records have in common. */
export interface LogHead {
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly flags: number;
  readonly structured: boolean;
}

/** Log records as columns. */
export interface LogColumns {
  readonly count: number;
  /** Heads that the dump has not had before, in their order. */
  readonly heads: readonly LogHead[];
  /** Templates that the dump has not had before, in their order (`text/log-template.ts`). */
  readonly templates: readonly string[];
  /** Of each record, the place of its head, and of its template, among all of the dump. */
  readonly head: Uint32Array;
  readonly template: Uint32Array;
  /** Two a record: its time and its observed time, unix nanoseconds or `noTime`. */
  readonly times: BigInt64Array;
  /** 48 bytes a record: hex digits of its trace id and span id; 0 where it has none. */
  readonly ids: Uint8Array;
  /** Body and attributes of each in turn, UTF-8; attributes as those of `LogRecord`. */
  readonly text: Uint8Array;
  /** Two a record: where its body ends, and where its attributes. */
  readonly textEnd: Uint32Array;
  /** Of all that a record says: equal records have one, others hardly ever do. */
  readonly hashes: BigInt64Array;
  /** The times as they were written, where one of them is unusable. */
  readonly rawTimes: ReadonlyMap<number, string>;
}

/** What the points of a series have in common. */
export type PointSeries = Pick<
  MetricPointRecord,
  'resource' | 'scope' | 'metric' | 'unit' | 'type' | 'temporality' | 'monotonic' | 'attributes'
>;

/** What points have that are no plain number. */
export type PointRest = Pick<
  MetricPointRecord,
  'rawTime' | 'count' | 'sum' | 'detail' | 'exemplars' | 'exemplarCount' | 'flags'
> & { readonly wide?: bigint };

/** How the value of a point is kept; `wide`: an integer of more than 63 bits, in its rest. */
export const valueKind = { none: 0, double: 1, integer: 2, wide: 3 } as const;

/** Metric points as columns. */
export interface PointColumns {
  readonly count: number;
  /** Series that the dump has not had before, in their order. */
  readonly series: readonly PointSeries[];
  /** Of each point, the place of its series among all of the dump. */
  readonly of: Uint32Array;
  /** Two a point: its time and its start, unix nanoseconds or `noTime`. */
  readonly times: BigInt64Array;
  /** Of `valueKind`. */
  readonly kinds: Uint8Array;
  /** Integers as they are, doubles by their bits. */
  readonly values: BigInt64Array;
  /** As of log records. */
  readonly hashes: BigInt64Array;
  readonly rest: ReadonlyMap<number, PointRest>;
}

/** One decoded unit of a dump: small enough to hold, large enough to insert at once. */
export interface Batch {
  readonly spans: SpanColumns;
  readonly logs: LogColumns;
  readonly points: PointColumns;
  /** Metric objects met (a metric holds many points). */
  readonly metrics: number;
  /** Records that could not be kept; each also has a defect. */
  readonly skipped: number;
  readonly defects: readonly Defect[];
}

// ---------------------------------------------------------------- what analysis reads

export interface SpanEvent {
  readonly name: string;
  readonly time: Nanos | null;
  readonly attributes: Attributes;
}

export interface SpanLink {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  readonly attributes: Attributes;
}

export interface Span {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  /** Null for a root; set also when the parent was not captured. */
  readonly parentId: SpanId | null;
  readonly service: string;
  /** `service.instance.id`, pod, container or host of the resource; null if it has none. */
  readonly instance: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  readonly start: Nanos;
  /** Never before `start`. */
  readonly end: Nanos;
  /** False if a time was missing or unusable: `start` and `end` are then stand-ins. */
  readonly timed: boolean;
  readonly label: string | null;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  /**
   * Spans with the same one differ in nothing but ids, label, times and links; it keeps what was
   * found of them (graph/alike.ts). Left out where that is not known.
   */
  readonly alike?: unknown[] | undefined;
}

/** A name a client span gives for its callee. `rpc` is the RPC service, `peer` is `peer.service`. */
export interface PeerName {
  readonly kind: 'peer' | 'host' | 'rpc' | 'database' | 'messaging' | 'ip';
  readonly name: string;
}

/** Every name a client span gives for its callee, strongest first. */
export interface PeerAddress {
  readonly names: readonly PeerName[];
}

/** Severity numbers from which on a record is a warning or an error (OTLP log data model). */
export const severities = { warning: 13, error: 17 } as const;

export interface Log {
  /** Derived from content: the same in every import order. */
  readonly id: string;
  readonly time: Nanos | null;
  readonly service: string;
  readonly instance: string | null;
  readonly severity: number;
  readonly severityText: string;
  /** Of its own field; empty: it has none there. */
  readonly eventName: string;
  readonly body: string;
  readonly traceId: TraceId | null;
  readonly spanId: SpanId | null;
  readonly label: string | null;
  readonly attributes: Attributes;
}

/** One metric series: points of one metric, resource and attribute set, in time order. */
export interface MetricSeries {
  readonly metric: string;
  readonly unit: string;
  readonly type: MetricType;
  readonly temporality: 'delta' | 'cumulative' | null;
  readonly monotonic: boolean;
  readonly service: string;
  readonly instance: string | null;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly points: readonly MetricPoint[];
}

export interface MetricPoint {
  readonly time: Nanos;
  /** Gauge or sum value; mean of a histogram or summary point. */
  readonly value: number;
  /** Observations behind the value: 1 for a gauge or sum. */
  readonly count: number;
  /** Of a histogram with explicit bounds, where they are asked for. */
  readonly buckets?: Buckets | undefined;
}

/** How many observations lie up to each bound, and above the last: one count more than bounds. */
export interface Buckets {
  /** Ascending. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}
