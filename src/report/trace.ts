/** One trace as plain data: the spans in the order of a tree, with what is computed of them. */
import { criticalPath, gapReader, type Segment, selfTimes } from '../graph/index.ts';
import type {
  AttributeValue,
  Log,
  Span,
  SpanKind,
  SpanStatus,
  TraceData,
  TraceTree,
} from '../model.ts';
import { isoTime } from '../text.ts';

type Attributes = Readonly<Record<string, AttributeValue>>;

export interface PublishedSpan {
  readonly spanId: string;
  /** The span it hangs below; null for a root and for an orphan. */
  readonly parent: string | null;
  /** As recorded: set also when that span was not captured or the link was cut. */
  readonly parentSpanId: string | null;
  /** Links above it. */
  readonly depth: number;
  readonly service: string;
  readonly instance: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  /** ISO 8601; null if a time is unusable, as are the numbers below. */
  readonly start: string | null;
  /** Since the first span of the trace. */
  readonly offsetMs: number | null;
  readonly durationMs: number | null;
  readonly selfMs: number | null;
  /** Of a call: what neither side's spans account for. Null if nobody answered. */
  readonly networkGapMs: number | null;
  readonly critical: boolean;
  /** How much of the critical path is its own. */
  readonly criticalMs: number;
  /** Its parent was not captured. */
  readonly orphan: boolean;
  /** Its parents lead back to itself; the link was cut here. */
  readonly cycle: boolean;
  readonly attributes: Attributes;
  readonly events: readonly {
    readonly name: string;
    readonly time: string | null;
    readonly attributes: Attributes;
  }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

export interface PublishedLog {
  readonly id: string;
  readonly time: string | null;
  readonly service: string;
  readonly spanId: string | null;
  /** OTLP severity number, 0 if unknown. */
  readonly severity: number;
  readonly severityText: string;
  readonly body: string;
}

export interface PublishedTrace {
  readonly traceId: string;
  readonly start: string | null;
  /** From the first start to the last end; null if no span is timed. */
  readonly durationMs: number | null;
  /** Depth first, siblings by start. */
  readonly spans: readonly PublishedSpan[];
  /** By time. */
  readonly logs: readonly PublishedLog[];
}

/** A trace with what its pictures need besides. */
export interface DrawableTrace {
  readonly tree: TraceTree;
  /** Made when it is asked for: of a large trace a screen shows few spans. */
  readonly published: () => PublishedTrace;
  /** The published span of an index, made when it is first asked for. */
  readonly publishedAt: (index: number) => PublishedSpan;
  /** Indexes of the spans in the order of the published ones. */
  readonly order: readonly number[];
  readonly path: readonly Segment[];
  /** Own time of each span, ns, by its index. */
  readonly own: Float64Array;
  /** First start and last end of the timed spans, ns; null if there is none. */
  readonly extent: { readonly from: number; readonly to: number } | null;
}

export function drawable({ epochNs, tree, logs }: TraceData): DrawableTrace {
  const epoch = BigInt(epochNs);
  const iso = (ns: number): string => isoTime(epoch + BigInt(Math.round(ns)));
  const extent = extentOf(tree.spans);
  const path = criticalPath(tree);
  let order: readonly number[] | null = null;
  const inOrder = (): readonly number[] => {
    order ??= depthFirst(tree);
    return order;
  };
  const own = selfTimes(tree);
  const publish = publisher({ tree, path, own, extent }, iso);
  const made: (PublishedSpan | undefined)[] = new Array(tree.spans.length).fill(undefined);
  const publishedAt = (index: number): PublishedSpan => {
    const span = made[index] ?? publish(index);
    made[index] = span;
    return span;
  };
  const published = () => ({
    traceId: tree.traceId,
    start: extent && iso(extent.from),
    durationMs: extent && milliseconds(extent.to - extent.from),
    spans: inOrder().map(publishedAt),
    logs: logs.map((log) => publishedLog(log, iso)),
  });
  return {
    ...{ tree, published, publishedAt, own, path, extent },
    get order() {
      return inOrder();
    },
  };
}

/** To the nanosecond: what is beyond is noise of the floating point. */
export const milliseconds = (ns: number): number => Math.round(ns) / 1e6;

function extentOf(spans: readonly Span[]): DrawableTrace['extent'] {
  const timed = spans.filter((span) => span.timed);
  const [first] = timed;
  if (first === undefined) return null;
  // Spans come by start.
  return {
    from: first.start,
    to: timed.reduce<number>((last, { end }) => Math.max(last, end), first.end),
  };
}

function depthFirst({ roots, children }: TraceTree): readonly number[] {
  const order: number[] = [];
  const stack = [...roots].reverse();
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    order.push(index);
    // Not spread: a span may have more children than a call may have arguments.
    const below = children[index] ?? [];
    for (let at = below.length - 1; at >= 0; at -= 1) stack.push(below[at] as number);
  }
  return order;
}

function publisher(
  { tree, path, own, extent }: Pick<DrawableTrace, 'tree' | 'path' | 'own' | 'extent'>,
  iso: (ns: number) => string,
): (index: number) => PublishedSpan {
  const origin = extent?.from ?? 0;
  const gapOf = gapReader(tree);
  const critical = new Map<number, number>();
  for (const { span, from, to } of path) critical.set(span, (critical.get(span) ?? 0) + to - from);
  const orphans = new Set(tree.orphans);
  const cycles = new Set(tree.cycles);
  return (index) => {
    const span = tree.spans[index] as Span;
    const ifTimed = (ns: number): number | null => (span.timed ? milliseconds(ns) : null);
    return {
      spanId: span.spanId,
      parent: tree.spans[tree.parent[index] ?? -1]?.spanId ?? null,
      parentSpanId: span.parentId,
      depth: tree.depth[index] ?? 0,
      service: span.service,
      instance: span.instance,
      name: span.name,
      kind: span.kind,
      status: span.status,
      statusMessage: span.statusMessage,
      start: span.timed ? iso(span.start) : null,
      offsetMs: ifTimed(span.start - origin),
      durationMs: ifTimed(span.end - span.start),
      selfMs: ifTimed(own[index] ?? 0),
      // In a list of spans nobody asks for it.
      get networkGapMs() {
        const gap = gapOf(index);
        return gap === null ? null : milliseconds(gap.ns);
      },
      critical: critical.has(index),
      criticalMs: milliseconds(critical.get(index) ?? 0),
      orphan: orphans.has(index),
      cycle: cycles.has(index),
      get attributes() {
        return span.attributes;
      },
      events: span.events.map(({ name, time, attributes }) => ({
        name,
        time: time === null ? null : iso(time),
        attributes,
      })),
      links: span.links.map(({ traceId, spanId }) => ({ traceId, spanId })),
    };
  };
}

const publishedLog = (log: Log, iso: (ns: number) => string): PublishedLog => ({
  id: log.id,
  time: log.time === null ? null : iso(log.time),
  service: log.service,
  spanId: log.spanId,
  severity: log.severity,
  severityText: log.severityText,
  body: log.body,
});
