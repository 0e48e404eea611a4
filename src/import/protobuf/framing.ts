/**
 * How protobuf messages lie in a file, and cutting the file into them.
 *
 *     bare      0a len ResourceSpans 0a len ResourceSpans …   one request, or several one after another
 *     u32       00 00 1f 40 message …       the Collector's file exporter: 32 bits, big-endian
 *     varint    c0 3e message …             protobuf's own delimited streams
 *
 * In `u32` a message may also be JSON or a zstd frame, as the Collector writes those.
 */

import { entryField, scopeField } from '../../otlp/messages.ts';
import { isZstd } from '../zstd.ts';
import { type Frame, Held } from './held.ts';
import { LongMessage } from './long-message.ts';
import { FieldCursor, readVarint } from './wire.ts';

export type Framing = 'bare' | 'u32' | 'varint';

/**
 * A longer message is not held in memory, but read field by field. The first byte of a length
 * below this is never 0a, with which a bare request begins.
 */
const maxMessageBytes = 128 * 1024 * 1024;
/** How much of a message tells whether it is one. */
const proofBytes = 64 * 1024;

/** The framing of a file that begins so; null if it is none. */
export function framingOf(head: Uint8Array): Framing | null {
  const begins = framings.find((framing) => {
    const header = beginAt(head, 0, head.length, framing);
    return header !== null && (framing === 'bare' || !isLong(header));
  });
  return begins ?? framings.find((framing) => isChainAfterDamage(head, framing)) ?? null;
}

const framings: readonly Framing[] = ['u32', 'bare', 'varint'];

/** Where the first message is damaged: whether one follows that is whole and not alone. */
function isChainAfterDamage(head: Uint8Array, framing: Framing): boolean {
  for (let at = 1; at < Math.min(head.length, maxDamage); at += 1) {
    const first = headerAt(head, at, head.length, framing);
    if (first === null || first.to - first.from < minProof || first.to > head.length) continue;
    if (first.to === head.length) return true;
    if (headerAt(head, first.to, head.length, framing) !== null) return true;
  }
  return false;
}

/** Bytes looked at for the first sound message. */
const maxDamage = 32 * 1024;
/** A shorter message may be chance. */
const minProof = 24;

interface Header {
  /** Where the message begins and ends. */
  readonly from: number;
  readonly to: number;
}

const isLong = ({ from, to }: Header): boolean => to - from > maxMessageBytes;

/** The message that begins at `at`, as far as `end` shows; null if none does that can be held. */
function headerAt(bytes: Uint8Array, at: number, end: number, framing: Framing): Header | null {
  const header = beginAt(bytes, at, end, framing);
  return header === null || isLong(header) ? null : header;
}

/** The same, however long it is. */
function beginAt(bytes: Uint8Array, at: number, end: number, framing: Framing): Header | null {
  const header = extentAt(bytes, at, end, framing);
  if (header === null || header.to === header.from) return null;
  const { from, to } = header;
  const shown = Math.min(to, end, from + proofBytes);
  if (framing === 'bare') return isEntry(bytes, from, shown, shown < to) ? { from: at, to } : null;
  if (framing === 'u32' && isOther(bytes.subarray(from, from + 4))) return header;
  return from < shown && isMessage(bytes, from, shown, shown < to) ? header : null;
}

function extentAt(bytes: Uint8Array, at: number, end: number, framing: Framing): Header | null {
  if (framing === 'u32') {
    if (at + 4 > end) return null;
    const length = Buffer.from(bytes.buffer, bytes.byteOffset + at, 4).readUInt32BE();
    return { from: at + 4, to: at + 4 + length };
  }
  if (framing === 'bare' && bytes[at] !== 0x0a) return null;
  const length = readVarint(bytes, framing === 'bare' ? at + 1 : at, end);
  return length && { from: length.next, to: length.next + length.value };
}

/** JSON or a zstd frame. */
const isOther = (begin: Uint8Array): boolean =>
  (begin[0] === 0x7b && (begin[1] === 0x22 || begin[1] === 0x20 || begin[1] === 0x0a)) ||
  isZstd(begin);

/** Whether a request stands there; if it is `cut`, its begin. */
function isMessage(bytes: Uint8Array, from: number, to: number, cut: boolean): boolean {
  const fields = new FieldCursor(bytes, from, to);
  while (fields.next()) {
    if (fields.number !== 1 || fields.type !== 2) return false;
    if (!isEntry(bytes, fields.from, fields.to, false)) return false;
  }
  if (!fields.broken) return true;
  const rest = cut ? extentAt(bytes, fields.begin, to, 'bare') : null;
  if (rest === null) return cut && bytes[fields.begin] === 0x0a;
  return isEntry(bytes, rest.from, to, true);
}

/** Whether a `ResourceSpans`, `ResourceLogs` or `ResourceMetrics` stands there. */
function isEntry(bytes: Uint8Array, from: number, to: number, cut: boolean): boolean {
  const fields = new FieldCursor(bytes, from, to);
  while (fields.next()) if (!isEntryField(fields)) return false;
  // Of a field that is cut the tag must be right.
  return !fields.broken || (cut && tags.has(bytes[fields.begin] as number));
}

/**
 * Whether the message there is sound down to its records. Within an entry other messages look like
 * one; where a length is damaged, only what is whole in itself shows where the next begins.
 */
function isSound(bytes: Uint8Array, { from, to }: Header): boolean {
  if (isOther(bytes.subarray(from, from + 4))) {
    const last = bytes[to - 1];
    return bytes[from] !== 0x7b || last === 0x7d || last === 0x0a;
  }
  const entries = new FieldCursor(bytes, from, to);
  let records = 0;
  while (entries.next()) {
    const entry = new FieldCursor(bytes, entries.from, entries.to);
    while (entry.next()) {
      if (entry.number !== entryField.scopes) continue;
      const count = soundRecords(bytes, entry.from, entry.to);
      if (count === null) return false;
      records += count;
    }
    if (entry.broken) return false;
  }
  return records > 0 && !entries.broken;
}

/** How many records a scope has; null if one is not whole. */
function soundRecords(bytes: Uint8Array, from: number, to: number): number | null {
  const parts = new FieldCursor(bytes, from, to);
  let records = 0;
  while (parts.next()) {
    if (parts.type !== 2 || parts.number > 3) return null;
    if (parts.number !== scopeField.records) continue;
    const fields = new FieldCursor(bytes, parts.from, parts.to);
    while (fields.next()) {
      // Whether the fields are those of a record is for its decoder to say.
    }
    if (fields.broken) return null;
    records += 1;
  }
  return parts.broken ? null : records;
}

export const isEntryField = ({ number, type }: FieldCursor): boolean =>
  type === 2 && numbers.has(number);
const numbers: ReadonlySet<number> = new Set(Object.values(entryField));
/** First bytes of the tags of those fields. */
const tags: ReadonlySet<number> = new Set([0x0a, 0x12, 0x1a, 0xc2]);

/**
 * The messages of a stream in order; in `bare`, each entry of a request as a message of its own.
 * Where none stands, reading resumes at the next place where one does.
 */
export async function* frames(
  chunks: AsyncIterable<Uint8Array>,
  framing: Framing,
): AsyncGenerator<Frame> {
  const held = new Held();
  for await (const chunk of chunks) {
    held.push(chunk);
    yield* wholeFrames(held, framing, false);
  }
  yield* wholeFrames(held, framing, true);
  // Cut between two of its records.
  if (held.long?.isOpen) yield held.take(0, 0, 'torn');
}

function* wholeFrames(held: Held, framing: Framing, atEnd: boolean): Generator<Frame> {
  while (held.length > 0) {
    const { long } = held;
    const isRead =
      long === null
        ? yield* nextFrame(held, framing, atEnd)
        : yield* longFrames(held, long, framing, atEnd);
    if (!isRead) return;
  }
}

/** What comes next; false if more bytes are needed to tell. */
function* nextFrame(held: Held, framing: Framing, atEnd: boolean): Generator<Frame, boolean> {
  const begin = beginAt(held.bytes, 0, held.length, framing);
  const header = begin === null || isLong(begin) ? null : begin;
  // A message is judged by its begin, and by what follows it: wait until that is there.
  const needed = proofBytes + (header?.to ?? 0);
  if (!atEnd && held.length < needed && needed < maxMessageBytes) return false;
  if (header === null) {
    if (begin !== null && !isOther(held.bytes.subarray(begin.from))) {
      held.long = new LongMessage(begin.to - begin.from);
      held.take(0, begin.from, 'whole');
    } else if (framing === 'u32' && isEmpty(held, atEnd)) held.take(0, 4, 'whole');
    else yield held.take(0, nextHeader(held, framing), 'lost');
  } else if (header.to <= held.length) yield takeMessage(held, header, framing);
  else yield held.take(header.from, nextHeader(held, framing, header.from + 1), 'torn');
  return true;
}

/** The parts of a long message; false if more bytes are needed. */
function* longFrames(
  held: Held,
  long: LongMessage,
  framing: Framing,
  atEnd: boolean,
): Generator<Frame, boolean> {
  for (;;) {
    const step = long.next(held.bytes, atEnd);
    if (step === 'torn') {
      const frame = held.take(0, nextHeader(held, framing), 'torn');
      yield { ...frame, bytes: long.around(frame.bytes) };
    }
    if (step === 'more') return false;
    if (typeof step === 'string') {
      held.long = null;
      return true;
    }
    const frame = held.take(0, step.taken, step.kind);
    if (step.request !== null) yield { ...frame, bytes: step.request };
    else if (step.kind === 'oversize') yield frame;
  }
}

/**
 * If a length has lost its first bytes, the last of the message before may look like them: then
 * both messages are read whole.
 */
function takeMessage(held: Held, header: Header, framing: Framing): Frame {
  const { from, to } = header;
  const end = trueEnd(held, header, framing);
  const shared = to - end;
  if (shared === 0 || shared >= lengthBytes || !isSound(held.bytes, header)) {
    return held.take(from, end, 'whole');
  }
  return held.take(from, to, 'joined', end);
}

/** Of a length, in any framing, as far as messages are that long. */
const lengthBytes = 4;

/** A message of no bytes is a request that asks nothing. What follows shows that it is one. */
const isEmpty = ({ bytes, length }: Held, atEnd: boolean): boolean =>
  length >= 4 &&
  bytes.subarray(0, 4).every((byte) => byte === 0) &&
  ((length === 4 && atEnd) || headerAt(bytes, 4, length, 'u32') !== null);

/**
 * Where the message really ends. If bytes were lost from it, its length reaches into the next one:
 * it is not sound, or none begins where it ends. A sound one inside of it is that next one.
 */
function trueEnd(held: Held, header: Header, framing: Framing): number {
  const { bytes, length } = held;
  const { from, to } = header;
  if (isWhole(held, header, framing)) return to;
  for (let at = from + 1; at < to; at += 1) {
    const next = headerAt(bytes, at, length, framing);
    if (next === null || next.to - next.from < minProof || next.to > length) continue;
    if (isSound(bytes, next) && follower(bytes, length, next, framing) !== null) return at;
  }
  return to;
}

/** Whether it is sound, and so is what follows it: that need not be looked at again. */
function isWhole(held: Held, header: Header, framing: Framing): boolean {
  const { bytes, length, at } = held;
  const after = follower(bytes, length, header, framing);
  if (after === null) return false;
  const isKnown = held.soundTo === at + header.to;
  if (after !== 'end' && after.to <= length) held.soundTo = at + after.to;
  return isKnown || isSound(bytes, header);
}

/** The sound message that comes after it, or the end; null if neither does. */
function follower(
  bytes: Uint8Array,
  length: number,
  { to }: Header,
  framing: Framing,
): Header | 'end' | null {
  if (to === length) return 'end';
  const after = headerAt(bytes, to, length, framing);
  return after !== null && (after.to > length || isSound(bytes, after)) ? after : null;
}

/** Positions tried for messages within another. */
const mostTried = 1_000_000;

/** Whether the whole is a message, sound down to its records. */
export const isSoundMessage = (bytes: Uint8Array): boolean =>
  isSound(bytes, { from: 0, to: bytes.length });

/**
 * Messages in the framing of the Collector that lie within the bytes of one and end where it does:
 * bytes of that were lost, and its length reached over them. None where it lost no bytes.
 */
export function messagesWithin(bytes: Uint8Array): readonly Uint8Array[] {
  for (let at = 1; at < Math.min(bytes.length, mostTried); at += 1) {
    const found: Uint8Array[] = [];
    for (let next = at; next < bytes.length; ) {
      const header = headerAt(bytes, next, bytes.length, 'u32');
      if (header === null || header.to > bytes.length || !isSound(bytes, header)) break;
      found.push(bytes.subarray(header.from, header.to));
      next = header.to;
      if (next === bytes.length) return found;
    }
  }
  return [];
}

/** Where the next sound message begins; the end of what is held if none does. */
function nextHeader({ bytes, length }: Held, framing: Framing, from = 1): number {
  for (let at = from; at < length; at += 1) {
    const header = headerAt(bytes, at, length, framing);
    if (header === null || header.to - header.from < minProof || header.to > length) continue;
    if (isSound(bytes, header)) return at;
  }
  return length;
}
