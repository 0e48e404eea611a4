/**
 * The protobuf wire format: fields of a message in the order they stand.
 * Source: protobuf.dev, "Encoding".
 */

/** Wire types that OTLP uses; groups (3, 4) are no part of proto3. */
export type WireType = 0 | 1 | 2 | 5;

/** A cursor over the fields of one message; `next` moves it. It makes no objects: fields are many. */
export class FieldCursor {
  bytes: Uint8Array;
  end = 0;
  /** Where the field itself begins: its tag. */
  begin = 0;
  number = 0;
  type: WireType = 0;
  /** Where the value lies: of a length-delimited field its content, else the encoded number. */
  from = 0;
  to = 0;
  #next = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.over(bytes, start, end);
  }

  /** Turns to another message. */
  over(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.begin = start;
    this.end = end;
    this.#next = start;
  }

  /** Moves to the next field. False at the end, and where no whole field stands: see `broken`. */
  next(): boolean {
    const { bytes, end } = this;
    const at = this.#next;
    this.begin = at;
    if (at >= end) return false;
    const first = bytes[at] as number;
    let tag = first;
    this.from = at + 1;
    if (first >= 0x80) {
      const long = readVarint(bytes, at, end);
      if (long === null) return false;
      tag = long.value;
      this.from = long.next;
    }
    this.number = tag < 0x80 ? tag >> 3 : Math.floor(tag / 8);
    if (this.number === 0 || this.number > 536_870_911) return false;
    const type = tag & 7;
    this.to = this.#endOfValue(type);
    if (this.to < 0 || this.to > end) return false;
    this.type = type as WireType;
    this.#next = this.to;
    return true;
  }

  /** After `next` gave false: whether bytes are left that are no whole field. */
  get broken(): boolean {
    return this.begin < this.end;
  }

  /** End of the value that begins at `from`; -1 if there is none. */
  #endOfValue(type: number): number {
    if (type === 1) return this.from + 8;
    if (type === 5) return this.from + 4;
    if (type === 0) return endOfVarint(this.bytes, this.from, this.end);
    if (type !== 2) return -1;
    const { bytes, from, end } = this;
    const length = from < end ? (bytes[from] as number) : 0x80;
    if (length < 0x80) {
      this.from = from + 1;
      return from + 1 + length;
    }
    const long = readVarint(bytes, from, end);
    if (long === null) return -1;
    this.from = long.next;
    return long.next + long.value;
  }
}

/** A varint of at most 53 bits and where it ends; null if it is cut or larger. */
export function readVarint(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly value: number; readonly next: number } | null {
  let value = 0;
  let scale = 1;
  for (let next = at; next < end && next < at + 8; ) {
    const byte = bytes[next] as number;
    next += 1;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? { value, next } : null;
    scale *= 128;
  }
  return null;
}

/** A message and a view of the same bytes. */
export interface WireBytes {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** Where the content begins whose length stands at `at`; -1 if it does not end at `to`. */
export function contentAt(bytes: Uint8Array, at: number, to: number): number {
  if (at >= to) return -1;
  const short = bytes[at] as number;
  if (short < 0x80) return at + 1 + short === to ? at + 1 : -1;
  const length = readVarint(bytes, at, to);
  return length !== null && length.next + length.value === to ? length.next : -1;
}

/** Position after the varint of at most ten bytes; -1 if it is cut or longer. */
export function endOfVarint(bytes: Uint8Array, at: number, end: number): number {
  for (let next = at; next < end && next < at + 10; next += 1) {
    if ((bytes[next] as number) < 0x80) return next + 1;
  }
  return -1;
}

/** The varint as an unsigned 64-bit integer; bits beyond are dropped, as protobuf does. */
export function varint64(bytes: Uint8Array, from: number, to: number): bigint {
  let value = 0n;
  for (let at = to - 1; at >= from; at -= 1) {
    value = (value << 7n) | BigInt((bytes[at] as number) & 0x7f);
  }
  return BigInt.asUintN(64, value);
}
