/**
 * A JSON value that is too long to be held, as several that are not: each has a part of the
 * elements of its lists, and around them what they belong to.
 *
 *     {"resourceSpans":[{"resource":R,"scopeSpans":[{"scope":S,"spans":[1,2,3,4]}]}]}
 *       → {"resourceSpans":[{"resource":R,"scopeSpans":[{"scope":S,"spans":[1,2]}]}]}
 *       → {"resourceSpans":[{"resource":R,"scopeSpans":[{"scope":S,"spans":[3,4]}]}]}
 *
 * One element over 64 MiB is passed over. Where the cuts are depends on the bytes alone.
 */
import {
  backslash,
  closeBrace,
  closeBracket,
  colon,
  comma,
  isSpace,
  openBrace,
  openBracket,
  quote,
  tableOf,
} from './json-bytes.ts';
import { type ListFrame, type Lists, OpenLists } from './json-lists.ts';

/** Where the first element of a part stands in the value: in the list `key`, and in those below. */
export interface PartPlace {
  readonly key: string;
  readonly indexes: readonly number[];
}

interface PartPiece {
  /** `orphans`: what the elements belong to is not known. `oversize`: an element is passed over. */
  readonly kind: 'value' | 'orphans' | 'oversize';
  /** Of `oversize` only the begin. */
  readonly text: string;
  readonly part: PartPlace | null;
}

/** The bytes of the value before `resume` are done with: `head` takes their place. */
export interface Cut {
  readonly piece: PartPiece | null;
  readonly head: Uint8Array;
  readonly resume: number;
}

/** All in bytes. */
export interface PartLimits {
  /** Length of a part that ends between two elements of the outermost list. */
  readonly part: number;
  /** The same deeper: the schema URL stands behind the records, so only the last part has it. */
  readonly inner: number;
  /** What the elements belong to did not come for so long: they are read without it. */
  readonly orphans: number;
  /** A longer record was made to hurt. */
  readonly record: number;
}

const mebibyte = 1024 * 1024;
export const partLimits: PartLimits = {
  part: 4 * mebibyte,
  inner: 8 * mebibyte,
  orphans: 16 * mebibyte,
  record: 64 * mebibyte,
};
/** Kept of what is passed over. */
const shownBytes = 160;

const structural = tableOf(
  ...[quote, openBrace, closeBrace, openBracket, closeBracket, colon, comma],
);
const endsRun = tableOf(quote, backslash);

export class ValueParts {
  readonly #open: OpenLists;
  readonly #limits: PartLimits;
  // Positions count from the begin of the value as it is held.
  #at = 0;
  #inString = false;
  #stringFrom = 0;
  #stringTo = 0;
  /** What surrounds the elements of this part ends here. */
  #headEnd = 0;
  /** Where an element of a list last began, or a list ended. */
  #since = 0;
  #place: PartPlace | null = null;
  #passes: 'nothing' | 'element' | 'all' = 'nothing';

  constructor(lists: Lists, limits: PartLimits) {
    this.#open = new OpenLists(lists);
    this.#limits = limits;
  }

  /** Another value begins. */
  begin(): void {
    this.#open.begin();
    this.#at = 0;
    this.#inString = false;
    this.#headEnd = 0;
    this.#since = 0;
    this.#place = null;
    this.#passes = 'nothing';
  }

  /** Of what is not handed out yet; null if that is the whole value. */
  get place(): PartPlace | null {
    return this.#place;
  }

  /** Whether the value as a whole was too long: nothing is left of it. */
  get passesAll(): boolean {
    return this.#passes === 'all';
  }

  /** Whether a value of `length` bytes has to be looked at. */
  concerns(length: number): boolean {
    return length >= this.#limits.part || this.#passes !== 'nothing';
  }

  /** The next cut in what there is of the value; null if there is none. */
  next(value: Buffer): Cut | null {
    for (;;) {
      const limit =
        this.#passes === 'nothing' ? this.#since + this.#limits.record : Number.POSITIVE_INFINITY;
      if (this.#at >= limit || this.#isEndless()) return this.#giveUp(value);
      if (this.#at >= value.length) return this.#passes === 'nothing' ? null : this.#forget(value);
      const end = Math.min(value.length, limit);
      const cut = this.#inString ? this.#passString(value, end) : this.#passOutside(value, end);
      if (cut !== null) return cut;
    }
  }

  /** Whether it does not become shorter by being divided: it was made to hurt. */
  #isEndless(): boolean {
    const isLong = this.#passes === 'nothing' && this.#at >= 2 * this.#limits.record;
    if (isLong && this.#open.allDivide) this.#open.forget();
    return isLong && this.#open.allDivide;
  }

  #passString(value: Buffer, end: number): null {
    let at = this.#at;
    while (at < end && endsRun[value[at] as number] === 0) at += 1;
    this.#stringTo = at;
    if (at < end) {
      this.#inString = value[at] === backslash;
      at += this.#inString ? 2 : 1;
    }
    this.#at = at;
    return null;
  }

  /** Up to the next quote or `end`, or to where an element begins. */
  #passOutside(value: Buffer, end: number): Cut | null {
    for (let at = this.#at; at < end; at += 1) {
      const byte = value[at] as number;
      if (structural[byte] === 0) continue;
      this.#at = at + 1;
      if (byte === quote) {
        this.#inString = true;
        this.#stringFrom = at + 1;
        return null;
      }
      const since = this.#since;
      const cut = this.#structure(byte, value);
      if (cut !== null || since !== this.#since) return cut;
    }
    this.#at = end;
    return null;
  }

  /** Takes the bracket, comma or colon that was just read. */
  #structure(byte: number, value: Buffer): Cut | null {
    const at = this.#at;
    const open = this.#open;
    if (byte === openBrace || byte === openBracket) {
      if (open.open(byte === openBracket, at)) this.#since = at;
      return null;
    }
    const { current } = open;
    if (byte === colon) {
      // Names that matter are short.
      const to = Math.min(this.#stringTo, this.#stringFrom + 64);
      if (current?.isList === false)
        open.named(current, value.toString('latin1', this.#stringFrom, to));
      return null;
    }
    if (current?.isList && this.#passes === 'element') return this.#passed(value, current);
    if (byte !== comma) {
      if (open.close(byte === closeBracket, at)) this.#since = at;
      return null;
    }
    if (!current?.isList) return null;
    open.advance(current, at);
    this.#since = at;
    const length = at - this.#headEnd;
    return length >= this.#limits.part && length >= this.#wanted() ? this.#divide(value) : null;
  }

  /** How long a part must be to end between two elements of the innermost list. */
  #wanted(): number {
    if (!this.#open.divides) return Number.POSITIVE_INFINITY;
    if (!this.#open.hasOwners) return this.#limits.orphans;
    return this.#open.lists.length === 1 ? this.#limits.part : this.#limits.inner;
  }

  /** Ends the part before the comma that was just read. */
  #divide(value: Buffer): Cut {
    const { closing, hasOwners, lists } = this.#open;
    const piece: PartPiece = {
      kind: hasOwners ? 'value' : 'orphans',
      text: value.toString('utf8', 0, this.#at - 1) + closing,
      part: this.#place ?? { key: '', indexes: [] },
    };
    this.#place = { key: lists[0]?.key ?? '', indexes: lists.map(({ index }) => index) };
    const resume = this.#at;
    const head = this.#open.surroundings(value);
    this.#at = head.length;
    this.#headEnd = head.length;
    this.#since = head.length;
    return { piece, head, resume };
  }

  /** The element being read is too long: it is passed over. */
  #giveUp(value: Buffer): Cut {
    const list = this.#open.backToList();
    this.#passes = list === undefined ? 'all' : 'element';
    const from = list?.element ?? 0;
    const text = value.toString('utf8', from, from + shownBytes);
    return { piece: { kind: 'oversize', text, part: null }, head: Buffer.alloc(0), resume: 0 };
  }

  /** Lets go of what was passed over, when that is worth the copying of what stands before it. */
  #forget(value: Buffer): Cut | null {
    const from = this.#open.backToList()?.element ?? 0;
    if (value.length - from < this.#limits.part + from) return null;
    let last = value.length - 1;
    while (last > from && isSpace(value[last] as number)) last -= 1;
    // The splitter looks back at the last byte, and at the last that is no white space.
    const seen = [value[last] as number, value[value.length - 1] as number];
    const head = Buffer.concat([value.subarray(0, from), Uint8Array.from(seen)]);
    this.#at += head.length - value.length;
    return { piece: null, head, resume: value.length };
  }

  /** The element that was passed over ends before the byte that was just read. */
  #passed(value: Buffer, list: ListFrame): Cut {
    const isLast = value[this.#at - 1] !== comma;
    const head = Buffer.from(value.subarray(0, list.element));
    // With the last element goes the comma before it.
    if (isLast && head.at(-1) === comma) head[head.length - 1] = 0x20;
    const resume = isLast ? this.#at - 1 : this.#at;
    list.index += 1;
    this.#passes = 'nothing';
    this.#at = head.length;
    this.#since = head.length;
    return { piece: null, head, resume };
  }
}
