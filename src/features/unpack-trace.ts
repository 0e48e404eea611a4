/** Packs → traces. */
import { columnsOf, linkTrace, viewAt } from '../graph/index.ts';
import {
  type Attributes,
  nanos,
  noTime,
  type Span,
  type SpanId,
  type SpanLink,
  type SpanView,
  type TraceColumns,
  type TraceId,
  type TraceTree,
} from '../model.ts';
import { hexAt, Reader } from './pack-reader.ts';
import { linked, type PackTail } from './trace-pack.ts';

/** What a span has of its head, shared by all its spans. */
export type HeadView = SpanView;

export interface UnpackOptions {
  /** Unix nanoseconds of offset 0; null: of each trace its own start. */
  readonly epoch: bigint | null;
  /** Unix nanoseconds: times that are not between are not believed. */
  readonly believedFrom: bigint;
  readonly believedTo: bigint;
  readonly headOf: (id: number) => HeadView;
  readonly rename: (attributes: Attributes) => Attributes;
}

/**
 * Reads packs, one after another: the columns hold until the next is read. They are what analysis
 * of all spans reads: attributes are those of few values and those that are telling, events are
 * left out. Spans that the rows show in full are equal in all else. The id of the trace is asked for
 * where it is needed.
 */
export function unpacker(
  options: UnpackOptions,
): (traceId: () => TraceId, pack: Uint8Array) => TraceColumns {
  const { believedFrom, believedTo } = options;
  const columns = new PackColumns();
  return (traceId, pack) => {
    const reader = new Reader(pack);
    const isLinked = reader.number() === linked;
    const count = reader.number();
    const epoch = options.epoch ?? startOfPack(pack) ?? 0n;
    if (!isLinked) return columnsOf(readUnlinked(reader, count, traceId(), { ...options, epoch }));
    reader.number();
    const first = reader.time();
    columns.read(traceId, reader, count, Number(first - epoch), options);
    const isBelieved = first >= believedFrom && columns.last <= Number(believedTo - epoch);
    return isBelieved ? columns : columnsOf(believedTree(columns, { ...options, epoch }));
  };
}

/** The columns of a linked pack. Ids are written out only where somebody asks for them. */
class PackColumns implements TraceColumns {
  count = 0;
  spans: SpanView[] = [];
  parent = new Int32Array(64);
  start = new Float64Array(64);
  end = new Float64Array(64);
  timed = new Uint8Array(64).fill(1);
  readonly cycles: readonly number[] = [];
  /** The latest end. */
  last = 0;
  /** Where the id of each span stands in the pack; behind it, of an orphan, that of its parent. */
  #idAt = new Uint32Array(64);
  #orphan = new Uint8Array(64);
  #bytes: Uint8Array = new Uint8Array(0);
  #traceId: () => TraceId = () => '' as TraceId;
  #links: PackTail['links'];

  read(
    traceId: () => TraceId,
    reader: Reader,
    count: number,
    base: number,
    { headOf, rename }: Pick<UnpackOptions, 'headOf' | 'rename'>,
  ): void {
    if (this.parent.length < count) this.#grow(2 * count);
    this.#traceId = traceId;
    this.count = count;
    this.#bytes = reader.bytes;
    const { spans, parent, start, end } = this;
    spans.length = count;
    let last = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < count; index += 1) {
      spans[index] = headOf(reader.number());
      const above = reader.number() - 2;
      const from = base + reader.number();
      const to = from + reader.number();
      reader.number();
      parent[index] = above < 0 ? -1 : above;
      start[index] = from;
      end[index] = to;
      if (to > last) last = to;
      this.#idAt[index] = reader.at;
      this.#orphan[index] = above === -2 ? 1 : 0;
      reader.at += above === -2 ? 16 : 8;
    }
    this.last = last;
    this.#addTail(reader.tail(), rename);
  }

  #addTail({ attributes, links }: PackTail, rename: UnpackOptions['rename']): void {
    this.#links = links;
    for (const [place, own] of Object.entries(attributes ?? {})) {
      const span = this.spans[Number(place)] as SpanView;
      const all = { ...span.attributes, ...rename(own) };
      this.spans[Number(place)] = { ...span, attributes: all, alike: undefined };
    }
  }

  #grow(count: number): void {
    this.parent = new Int32Array(count);
    this.start = new Float64Array(count);
    this.end = new Float64Array(count);
    this.timed = new Uint8Array(count).fill(1);
    this.#idAt = new Uint32Array(count);
    this.#orphan = new Uint8Array(count);
  }

  get traceId(): TraceId {
    return this.#traceId();
  }

  spanId(index: number): SpanId {
    return hexAt(this.#bytes, this.#idAt[index] as number) as SpanId;
  }

  parentId(index: number): SpanId | null {
    if (this.#orphan[index] === 1) {
      return hexAt(this.#bytes, (this.#idAt[index] as number) + 8) as SpanId;
    }
    const above = this.parent[index] as number;
    return above < 0 ? null : this.spanId(above);
  }

  links(index: number): readonly SpanLink[] {
    return this.#links?.[index]?.map(linkOf) ?? noLinks;
  }
}

const noLinks: readonly SpanLink[] = [];

const linkOf = ([trace, span]: readonly [string, string]): SpanLink => ({
  traceId: trace as TraceId,
  spanId: span as SpanId,
  attributes: {},
});

/** What a tree needs beside what columns hold: the case knows labels of traces, not of spans. */
type Believing = UnpackOptions & { readonly epoch: bigint };

function readUnlinked(
  reader: Reader,
  count: number,
  traceId: TraceId,
  options: Believing,
): TraceTree {
  const { epoch, headOf } = options;
  const spans: Span[] = [];
  for (let index = 0; index < count; index += 1) {
    const head = headOf(reader.number());
    reader.number();
    const id = reader.id() as SpanId;
    const parent = reader.id();
    const [start, end] = [
      believedTime(reader.time(), options),
      believedTime(reader.time(), options),
    ];
    const { alike: _, ...shared } = head;
    spans.push({
      ...{ ...shared, traceId, label: null, spanId: id, links: [] },
      parentId: parent === zeroId ? null : (parent as SpanId),
      start: nanos(start === null ? Number.NaN : Number(start - epoch)),
      end: nanos(end === null ? Number.NaN : Number(end - epoch)),
      timed: start !== null && end !== null && end >= start,
    });
  }
  const tail = reader.tail();
  const whole = spans.map((span, index): Span => {
    const own = tail.attributes?.[index];
    const links = tail.links?.[index]?.map(linkOf) ?? [];
    const attributes = own ? { ...span.attributes, ...options.rename(own) } : span.attributes;
    return { ...span, attributes, links };
  });
  return linkTrace(standInTimes(whole));
}

const zeroId = '0000000000000000';

const believedTime = (time: bigint, { believedFrom, believedTo }: UnpackOptions): bigint | null =>
  time >= believedFrom && time <= believedTo ? time : null;

/** The trace with times only where they are believed. */
function believedTree(
  trace: TraceColumns,
  { epoch, believedFrom, believedTo }: Believing,
): TraceTree {
  const [from, to] = [Number(believedFrom - epoch), Number(believedTo - epoch)];
  const believed = (time: number): number => (time >= from && time <= to ? time : Number.NaN);
  const spans = Array.from({ length: trace.count }, (_, index): Span => {
    const { alike: _alike, ...view } = viewAt(trace, index);
    const [start, end] = [
      believed(trace.start[index] as number),
      believed(trace.end[index] as number),
    ];
    return {
      ...{ ...view, traceId: trace.traceId, label: null },
      ...{ spanId: trace.spanId(index), parentId: trace.parentId(index) },
      ...{ start: nanos(start), end: nanos(end), timed: end >= start },
      links: trace.links(index),
    };
  });
  return linkTrace(standInTimes(spans));
}

/**
 * A span without usable times stays in its trace: it stands at its own start or end, else at the
 * start of the trace, with no duration.
 */
export function standInTimes(spans: readonly Span[]): readonly Span[] {
  if (spans.every((span) => span.timed)) return spans;
  const first = spans.reduce(
    (least, { start }) => Math.min(least, Number.isNaN(start) ? least : start),
    Number.POSITIVE_INFINITY,
  );
  const origin = Number.isFinite(first) ? first : 0;
  return spans.map((span) => {
    if (span.timed) return span;
    const known = Number.isNaN(span.start) ? span.end : span.start;
    const at = nanos(Number.isNaN(known) ? origin : known);
    return { ...span, start: at, end: at };
  });
}

/** The least start of a pack, unix nanoseconds; null if none is usable. */
export function startOfPack(pack: Uint8Array): bigint | null {
  const reader = new Reader(pack);
  const isLinked = reader.number() === linked;
  const count = reader.number();
  if (isLinked) {
    reader.number();
    return reader.time();
  }
  let least: bigint | null = null;
  for (let index = 0; index < count; index += 1) {
    reader.number();
    reader.number();
    reader.at += 16;
    const start = reader.time();
    reader.at += 8;
    if (start !== noTime && (least === null || start < least)) least = start;
  }
  return least;
}

/** Whether its spans have ids of their own, usable times and no cycle. */
export const isLinkedPack = (pack: Uint8Array): boolean => pack[0] === linked;
