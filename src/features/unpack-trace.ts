/** Packs → traces. */
import { linkTrace } from '../graph/index.ts';
import {
  type Attributes,
  type Nanos,
  nanos,
  noTime,
  type Span,
  type SpanId,
  type SpanKind,
  type SpanLink,
  type SpanStatus,
  type TraceId,
  type TraceTree,
} from '../model.ts';
import { linked, type PackTail } from './trace-pack.ts';

/** What a span has of its head, shared by all its spans. */
export interface HeadView {
  readonly service: string;
  readonly instance: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  /** For `Span.alike`. */
  readonly found: unknown[];
}

export interface UnpackOptions {
  readonly traceId: TraceId;
  readonly label: string | null;
  /** Unix nanoseconds of offset 0. */
  readonly epoch: bigint;
  /** Unix nanoseconds: times that are not between are not believed. */
  readonly believedFrom: bigint;
  readonly believedTo: bigint;
  readonly headOf: (id: number) => HeadView;
  readonly rename: (attributes: Attributes) => Attributes;
}

/**
 * The trace as analysis of all spans reads it: attributes are those of few values and those that
 * are telling, events are left out. Spans that the rows show in full are equal in all else.
 */
export function unpackTrace(pack: Uint8Array, options: UnpackOptions): TraceTree {
  const reader = new Reader(pack);
  const isLinked = reader.number() === linked;
  const count = reader.number();
  return isLinked ? readLinked(reader, count, options) : readUnlinked(reader, count, options);
}

/** Keys of the spans in a pack, in its order. */
export function packedKeys(pack: Uint8Array): number[] {
  const reader = new Reader(pack);
  const isLinked = reader.number() === linked;
  const count = reader.number();
  const keys: number[] = [];
  if (!isLinked) {
    for (let i = 0; i < count; i += 1) {
      reader.number();
      keys.push(reader.number());
      reader.at += 32;
    }
    return keys;
  }
  const first = reader.number();
  reader.at += 8;
  for (let i = 0; i < count; i += 1) {
    reader.number();
    const isOrphan = reader.number() === 0;
    reader.number();
    reader.number();
    keys.push(first + reader.number());
    reader.at += isOrphan ? 16 : 8;
  }
  return keys;
}

class Reader {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  number(): number {
    const { bytes } = this;
    let byte = bytes[this.at] as number;
    this.at += 1;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 0x80;
    do {
      byte = bytes[this.at] as number;
      this.at += 1;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return value;
  }

  time(): bigint {
    const { buffer, byteOffset } = this.bytes;
    const time = new DataView(buffer, byteOffset + this.at, 8).getBigInt64(0, true);
    this.at += 8;
    return time;
  }

  id(): string {
    this.at += 8;
    return hexAt(this.bytes, this.at - 8);
  }

  /** What is left: JSON text, or nothing. */
  tail(): PackTail {
    if (this.at === this.bytes.length) return noTail;
    return JSON.parse(new TextDecoder().decode(this.bytes.subarray(this.at))) as PackTail;
  }
}

const noTail: PackTail = {};

/** Two digits of every byte. */
const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** An id of 8 bytes: two words, each low byte first. */
function hexAt(bytes: Uint8Array, at: number): string {
  let text = '';
  for (const byte of [3, 2, 1, 0, 7, 6, 5, 4]) text += digits[bytes[at + byte] as number];
  return text;
}

/** Ids are written out only where somebody asks for them. */
class PackedSpan implements Span {
  readonly #head: HeadView;
  readonly #bytes: Uint8Array;
  readonly #idAt: number;
  /** The span above, if it is there. */
  #above: PackedSpan | null = null;
  #orphan: boolean;
  readonly traceId: TraceId;
  readonly label: string | null;
  readonly start: Nanos;
  readonly end: Nanos;
  attributes: Attributes;
  links: readonly SpanLink[] = [];
  alike: unknown[] | undefined;

  constructor(
    head: HeadView,
    { traceId, label }: UnpackOptions,
    bytes: Uint8Array,
    idAt: number,
    orphan: boolean,
    start: number,
    end: number,
  ) {
    this.#head = head;
    this.#bytes = bytes;
    this.#idAt = idAt;
    this.#orphan = orphan;
    this.traceId = traceId;
    this.label = label;
    this.start = nanos(start);
    this.end = nanos(end);
    this.attributes = head.attributes;
    this.alike = head.found;
  }

  hangBelow(above: PackedSpan): void {
    this.#above = above;
  }

  get spanId(): SpanId {
    return hexAt(this.#bytes, this.#idAt) as SpanId;
  }
  get parentId(): SpanId | null {
    if (this.#orphan) return hexAt(this.#bytes, this.#idAt + 8) as SpanId;
    return this.#above?.spanId ?? null;
  }
  get timed(): boolean {
    return true;
  }
  get service(): string {
    return this.#head.service;
  }
  get instance(): string | null {
    return this.#head.instance;
  }
  get name(): string {
    return this.#head.name;
  }
  get kind(): SpanKind {
    return this.#head.kind;
  }
  get status(): SpanStatus {
    return this.#head.status;
  }
  get statusMessage(): string {
    return this.#head.statusMessage;
  }
  get resource(): Attributes {
    return this.#head.resource;
  }
  get events(): readonly never[] {
    return noEvents;
  }
}

const noEvents: readonly never[] = [];

function readLinked(reader: Reader, count: number, options: UnpackOptions): TraceTree {
  const { epoch, believedFrom, believedTo, headOf } = options;
  reader.number();
  const first = reader.time();
  const base = Number(first - epoch);
  const latest = Number(believedTo - epoch);
  const spans: PackedSpan[] = [];
  const parent = new Int32Array(count);
  let isBelieved = first >= believedFrom;
  for (let index = 0; index < count; index += 1) {
    const head = headOf(reader.number());
    const above = reader.number() - 2;
    const start = base + reader.number();
    const end = start + reader.number();
    reader.number();
    if (end > latest) isBelieved = false;
    const isOrphan = above === -2;
    spans.push(new PackedSpan(head, options, reader.bytes, reader.at, isOrphan, start, end));
    reader.at += isOrphan ? 16 : 8;
    parent[index] = above;
  }
  for (let index = 0; index < count; index += 1) {
    const above = parent[index] as number;
    if (above >= 0) spans[index]?.hangBelow(spans[above] as PackedSpan);
  }
  addTail(spans, reader.tail(), options);
  if (!isBelieved) return linkTrace(standInTimes(spans.map((span) => believedSpan(span, options))));
  return treeOf(options.traceId, spans, parent);
}

function addTail(spans: readonly PackedSpan[], tail: PackTail, { rename }: UnpackOptions): void {
  for (const [index, own] of Object.entries(tail.attributes ?? {})) {
    const span = spans[Number(index)] as PackedSpan;
    span.attributes = { ...span.attributes, ...rename(own) };
    span.alike = undefined;
  }
  for (const [index, links] of Object.entries(tail.links ?? {})) {
    (spans[Number(index)] as PackedSpan).links = links.map(linkOf);
  }
}

const linkOf = ([trace, span]: readonly [string, string]): SpanLink => ({
  traceId: trace as TraceId,
  spanId: span as SpanId,
  attributes: {},
});

/** Links are known: what is left is to turn them round. */
function treeOf(traceId: TraceId, spans: readonly Span[], parent: Int32Array): TraceTree {
  const count = spans.length;
  const children: number[][] = new Array(count);
  for (let index = 0; index < count; index += 1) children[index] = [];
  const roots: number[] = [];
  const orphans: number[] = [];
  const depth = new Int32Array(count);
  for (let index = 0; index < count; index += 1) {
    const above = parent[index] as number;
    if (above >= 0) (children[above] as number[]).push(index);
    else if (above === -1) roots.push(index);
    else {
      orphans.push(index);
      parent[index] = -1;
    }
  }
  roots.push(...orphans);
  // The list grows while it is read.
  const order = [...roots];
  for (const index of order) {
    for (const child of children[index] as number[]) {
      depth[child] = (depth[index] as number) + 1;
      order.push(child);
    }
  }
  return { traceId, spans, parent, children, roots, orphans, cycles: [], depth };
}

function readUnlinked(reader: Reader, count: number, options: UnpackOptions): TraceTree {
  const { traceId, label, epoch, headOf } = options;
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
    const { found: _, ...shared } = head;
    spans.push({
      ...{ ...shared, traceId, label, spanId: id, events: noEvents, links: [] },
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

/** The span as an object of its own, its times only where they are believed. */
function believedSpan(span: Span, { epoch, believedFrom, believedTo }: UnpackOptions): Span {
  const [from, to] = [Number(believedFrom - epoch), Number(believedTo - epoch)];
  const believed = (time: number): Nanos => nanos(time >= from && time <= to ? time : Number.NaN);
  const [start, end] = [believed(span.start), believed(span.end)];
  const { traceId, spanId, parentId, service, instance, name, kind, status, statusMessage } = span;
  const { label, attributes, resource, events, links } = span;
  return {
    ...{ traceId, spanId, parentId, service, instance, name, kind, status, statusMessage },
    ...{ start, end, timed: end >= start, label, attributes, resource, events, links },
  };
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
