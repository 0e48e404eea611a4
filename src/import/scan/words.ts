/** Texts and lists that come again and again, known by their bytes or numbers. */
import type { Cursor } from './cursor.ts';
import { matches, type Pattern, patternOf } from './pattern.ts';

/** Remembered at once; what was forgotten gets another number when it comes again. */
const mostRemembered = 50_000;
/** Longer text may have to be cut: the plain decoder knows. */
export const longestText = 64 * 1024;

/** A text that records share, as a number. */
export interface Word<Known = never> {
  readonly id: number;
  readonly text: string;
  readonly bytes: Pattern;
  /** What whoever asks for it has found out about it. */
  known: Known | null;
}

export const noText: Word = {
  id: 0,
  text: '',
  bytes: patternOf(new Uint8Array(0)),
  known: null,
};

export class Words<Known = never> {
  /** By the hash of their bytes. */
  #words = new Map<number, Word<Known>>();
  #count = 0;

  /** The text in quotes at the cursor; null if there is none, or it is too long. */
  read(cursor: Cursor): Word<Known> | null {
    if (!cursor.string() || cursor.to - cursor.from > longestText) return null;
    const { bytes, view, from, to, hash } = cursor;
    return (
      this.#find(bytes, view, from, to, hash) ?? this.#add(bytes, from, to, hash, cursor.text())
    );
  }

  /** The text that these bytes are. */
  at(bytes: Buffer, view: DataView, from: number, to: number): Word<Known> {
    const hash = hashOf(bytes, from, to);
    const found = this.#find(bytes, view, from, to, hash);
    return found ?? this.#add(bytes, from, to, hash, bytes.toString('utf8', from, to));
  }

  #find(
    bytes: Buffer,
    view: DataView,
    from: number,
    to: number,
    hash: number,
  ): Word<Known> | undefined {
    const found = this.#words.get(hash);
    if (found === undefined || found.bytes.length !== to - from) return undefined;
    return matches(view, from, bytes.length, found.bytes) ? found : undefined;
  }

  #add(bytes: Buffer, from: number, to: number, hash: number, text: string): Word<Known> {
    this.#count += 1;
    const word = { id: this.#count, text, bytes: patternOf(bytes, from, to), known: null };
    if (this.#words.size >= mostRemembered) this.#words = new Map();
    this.#words.set(hash, word);
    return word;
  }
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash;
}

interface KnownList {
  readonly numbers: Int32Array;
  readonly place: number;
}

/** Places by lists of numbers: of heads, by what they hold. */
export class Places {
  /** The list that is asked for: it stays as it is until its place is remembered. */
  numbers = new Int32Array(256);
  #known = new Map<number, KnownList>();
  #asked = { hash: 0, count: 0 };

  reserve(count: number): void {
    if (this.numbers.length < count) this.numbers = new Int32Array(2 * count);
  }

  /** The place of the first `count` numbers; -1 if it is not known. */
  known(count: number): number {
    const { numbers } = this;
    let hash = count;
    for (let i = 0; i < count; i += 1)
      hash = Math.imul(hash ^ (numbers[i] as number), 0x5bd1e995) ^ (hash >>> 15);
    const found = this.#known.get(hash);
    if (found !== undefined && isSame(found.numbers, numbers, count)) return found.place;
    this.#asked = { hash, count };
    return -1;
  }

  /** Gives the place to the numbers that were asked for last, and were not known. */
  remember(place: number): number {
    const { hash, count } = this.#asked;
    if (this.#known.size >= mostRemembered) this.#known = new Map();
    this.#known.set(hash, { numbers: this.numbers.slice(0, count), place });
    return place;
  }
}

function isSame(known: Int32Array, numbers: Int32Array, count: number): boolean {
  if (known.length !== count) return false;
  for (let i = 0; i < count; i += 1) if (known[i] !== numbers[i]) return false;
  return true;
}
