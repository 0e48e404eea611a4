/** The bytes of a pack, one after another; and what can be read of one without its columns. */
import type { SpanId } from '../model.ts';
import { linked, type PackTail } from './trace-pack.ts';

/** Where the rest of what is known of the spans in a pack stands, in its order. */
interface PackedRows {
  readonly keys: readonly number[];
  /** Their heads. */
  readonly heads: readonly number[];
}

export function packedRows(pack: Uint8Array): PackedRows {
  const reader = new Reader(pack);
  const isLinked = reader.number() === linked;
  const count = reader.number();
  const keys: number[] = [];
  const heads: number[] = [];
  if (!isLinked) {
    for (let i = 0; i < count; i += 1) {
      heads.push(reader.number());
      keys.push(reader.number());
      reader.at += 32;
    }
    return { keys, heads };
  }
  const first = reader.number();
  reader.at += 8;
  for (let i = 0; i < count; i += 1) {
    heads.push(reader.number());
    const isOrphan = reader.number() === 0;
    reader.number();
    reader.number();
    keys.push(first + reader.number());
    reader.at += isOrphan ? 16 : 8;
  }
  return { keys, heads };
}

/** Bytes of an id in the order in which they are written out: two words, each low byte first. */
const byteOrder = [3, 2, 1, 0, 7, 6, 5, 4] as const;
const idBytes = byteOrder.length;

/** Ids of the spans of a linked pack, in its order: read together, they are parts of one text. */
export function packedIds(pack: Uint8Array): readonly SpanId[] {
  const reader = new Reader(pack);
  reader.number();
  const count = reader.number();
  reader.number();
  reader.at += 8;
  const bytes = Buffer.alloc(idBytes * count);
  for (let i = 0; i < count; i += 1) {
    reader.number();
    const isOrphan = reader.number() === 0;
    for (let skipped = 0; skipped < 3; skipped += 1) reader.number();
    for (let at = 0; at < idBytes; at += 1) {
      bytes[idBytes * i + at] = pack[reader.at + (byteOrder[at] as number)] as number;
    }
    reader.at += isOrphan ? 2 * idBytes : idBytes;
  }
  const digits = bytes.toString('hex');
  const ids = new Array<SpanId>(count);
  for (let i = 0; i < count; i += 1) {
    ids[i] = digits.slice(2 * idBytes * i, 2 * idBytes * (i + 1)) as SpanId;
  }
  return ids;
}

/** A time, low byte first. */
const timeOf = new BigInt64Array(1);
const timeBytes = new Uint8Array(timeOf.buffer);

export class Reader {
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
    for (let i = 0; i < 8; i += 1) timeBytes[i] = this.bytes[this.at + i] as number;
    this.at += 8;
    return timeOf[0] as bigint;
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
export function hexAt(bytes: Uint8Array, at: number): string {
  let text = '';
  for (const byte of byteOrder) text += digits[bytes[at + byte] as number];
  return text;
}
