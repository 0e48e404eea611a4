/** What the simulated processes record, before it is written as OTLP. Times are simulated ms. */

/** A number that is a double on the wire even when it happens to be whole. */
export interface Double {
  readonly double: number;
}
export type Value = string | number | boolean | Double | readonly string[];
export type Attributes = Readonly<Record<string, Value>>;

/** A double rounded to `digits` decimals, as an application would round it. */
export const double = (value: number, digits = 4): Double => ({
  double: Number(value.toFixed(digits)),
});

/** One process as its telemetry describes it. */
export interface Resource {
  readonly attributes: Attributes;
  /** Name of the instrumentation scope of its spans and logs. */
  readonly scope: string;
}

/** OTLP numbers: internal 1, server 2, client 3, producer 4, consumer 5. */
export type SpanKind = 1 | 2 | 3 | 4 | 5;

export interface SpanEvent {
  readonly time: number;
  readonly name: string;
  readonly attributes: Attributes;
}

export interface SpanRecord {
  readonly resource: Resource;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root span. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** The span that it follows from without being its child; null if there is none. */
  readonly link: { readonly traceId: string; readonly spanId: string } | null;
  /** Null when the status is unset. */
  readonly error: { readonly message: string } | null;
}

export interface LogRecord {
  readonly resource: Resource;
  readonly time: number;
  readonly severity: 'INFO' | 'WARN' | 'ERROR';
  readonly body: string;
  readonly attributes: Attributes;
  /** Both empty outside a request. */
  readonly traceId: string;
  readonly spanId: string;
}

export interface Histogram {
  readonly bounds: readonly number[];
  /** One more than bounds. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

export interface PointRecord {
  readonly resource: Resource;
  readonly time: number;
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Attributes;
  /** Gauges are last values, counters cumulative and monotonic, histograms deltas since `from`. */
  readonly reading:
    | { readonly kind: 'gauge'; readonly value: number }
    | { readonly kind: 'counter'; readonly from: number; readonly value: number }
    | { readonly kind: 'histogram'; readonly from: number; readonly value: Histogram };
}

export interface Telemetry {
  readonly spans: SpanRecord[];
  readonly logs: LogRecord[];
  readonly points: PointRecord[];
}
