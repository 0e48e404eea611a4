/**
 * A request that is too long to be held, as several that are not: each has some of its records, and
 * around them the resource and the scope that came before. A schema URL behind them is not read.
 */
import { entryField, scopeField } from '../../otlp/messages.ts';
import { readVarint } from './wire.ts';

/** What is to be done with the bytes that are there. */
export interface Step {
  /** So many are done with. */
  readonly taken: number;
  /** A request made of them, if they hold records. */
  readonly request: Uint8Array | null;
  /** `oversize`: a record that is passed over begins there. */
  readonly kind: 'whole' | 'oversize';
}

const mebibyte = 1024 * 1024;
/** A longer record was made to hurt; what else is longer is read piece by piece. */
export const longestRecord = 64 * mebibyte;
/** Records of a long scope that are handed on at once. */
const partBytes = 4 * mebibyte;
const nothing = new Uint8Array(0);
/** The tag and the length of a field. */
const mostHeaderBytes = 16;

/** A message of which the begin was read: the request, an entry, a list of one scope. */
interface Open {
  /** Bytes of it that are not read yet. */
  left: number;
  /** Its first field if that is a resource or a scope; null before any. */
  head: Uint8Array | null;
}

interface Field {
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

export class LongMessage {
  readonly #open: Open[];
  #passed = 0;

  constructor(length: number) {
    this.#open = [{ left: length, head: null }];
  }

  /** Whether more of the message has to come. */
  get isOpen(): boolean {
    return this.#passed > 0 || this.#open.some(({ left }) => left > 0);
  }

  /** The next step; `done` at its end, `broken` where it is no message, `torn` if too little is left. */
  next(bytes: Uint8Array, atEnd: boolean): Step | 'more' | 'done' | 'broken' | 'torn' {
    if (this.#passed > 0) return this.#pass(bytes);
    while (this.#open.length > 1 && this.#top.left === 0) this.#open.pop();
    if (this.#top.left === 0) return 'done';
    if (bytes.length < mostHeaderBytes && !atEnd) return 'more';
    const field = fieldAt(bytes, 0);
    if (field === null || !this.#fits(field)) return 'broken';
    if (field.to > longestRecord) return this.#long(field);
    if (bytes.length < field.to) return atEnd ? 'torn' : 'more';
    return this.#short(bytes, field);
  }

  get #top(): Open {
    return this.#open.at(-1) as Open;
  }

  #fits({ number, to }: Field): boolean {
    const { left, head } = this.#top;
    // Every writer has it first. Elsewhere it is the next entry, and the length was damaged.
    const isLate = number === 1 && this.#open.length > 1 && head !== null;
    return to <= left && !isLate && fieldsOf[this.#open.length - 1]?.has(number) === true;
  }

  #take(count: number): number {
    this.#top.left -= count;
    this.#top.head ??= nothing;
    return count;
  }

  #pass(bytes: Uint8Array): Step | 'more' {
    const taken = Math.min(this.#passed, bytes.length);
    if (taken === 0) return 'more';
    this.#passed -= taken;
    return { taken, request: null, kind: 'whole' };
  }

  /** A field that cannot be held: what holds records is read on inside of it. */
  #long({ number, from, to }: Field): Step {
    this.#take(to);
    if (this.#open.length < 3 && this.#isItem(number)) {
      this.#open.push({ left: to - from, head: null });
      return { taken: from, request: null, kind: 'whole' };
    }
    this.#passed = to;
    return { taken: 0, request: null, kind: 'oversize' };
  }

  #short(bytes: Uint8Array, { number, to }: Field): Step {
    if (this.#isItem(number)) {
      const taken = this.#take(this.#open.length === 3 ? this.#endOfRecords(bytes, to) : to);
      return { taken, request: this.around(bytes.subarray(0, taken)), kind: 'whole' };
    }
    // A copy: what is held moves on.
    if (number === 1) this.#top.head = Uint8Array.from(bytes.subarray(0, to));
    return { taken: this.#take(to), request: null, kind: 'whole' };
  }

  /** Behind the records that are there whole after the one that ends at `to`, as far as a part goes. */
  #endOfRecords(bytes: Uint8Array, to: number): number {
    const wanted = partBytes + this.#open.reduce((sum, { head }) => sum + (head?.length ?? 0), 0);
    let end = to;
    while (end < wanted) {
      const next = fieldAt(bytes, end);
      if (next === null || next.to > bytes.length || next.to - end > longestRecord) break;
      if (next.number !== scopeField.records || next.to > this.#top.left) break;
      end = next.to;
    }
    return end;
  }

  /** Whether the field holds records, or is one. */
  #isItem(number: number): boolean {
    return itemsOf[this.#open.length - 1]?.has(number) === true;
  }

  /** A request that holds the fields, in messages like those that are open. */
  around(fields: Uint8Array): Uint8Array {
    return this.#open.slice(1).reduceRight((inner, { head }, at) => {
      const tag = at === 0 ? 0x0a : 0x12;
      const content = Buffer.concat([head ?? nothing, inner]);
      return Buffer.concat([Buffer.from([tag]), varint(content.length), content]);
    }, fields);
  }
}

/** Fields that hold records or are records: of the request, an entry, a list of one scope. */
const itemsOf: readonly ReadonlySet<number>[] = [
  new Set([1]),
  new Set([entryField.scopes, entryField.oldScopes]),
  new Set([scopeField.records]),
];
/** All that they have. */
const fieldsOf: readonly ReadonlySet<number>[] = [
  new Set([1]),
  new Set(Object.values(entryField)),
  new Set([1, 2, 3]),
];

/** The length-delimited field at `at`; null if it is another, or none. */
function fieldAt(bytes: Uint8Array, at: number): Field | null {
  const tag = readVarint(bytes, at, bytes.length);
  if (tag === null || (tag.value & 7) !== 2) return null;
  const length = readVarint(bytes, tag.next, bytes.length);
  if (length === null) return null;
  const number = Math.floor(tag.value / 8);
  return { number, from: length.next, to: length.next + length.value };
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}
