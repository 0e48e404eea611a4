/**
 * What a span looks like behind its name, when it looks like one that was read before:
 *
 *     ,"kind":2,"startTimeUnixNano":"#","endTimeUnixNano":"#","attributes":[{"key":"request.id",
 *     "value":{"intValue":"#"}}],"status":{}}
 *
 * Between the places that are marked # all bytes are the same, and so is the head.
 */
import type { Cursor } from './cursor.ts';
import { copy, matches, type Pattern, patternOf } from './pattern.ts';
import type { Slot } from './slot.ts';

/** What differs from span to span. */
export const hole = { start: 0, end: 2, text: 4, integer: 5 } as const;

const mostHoles = 256;

export interface Template {
  /** Trace state and flags: those stand before the name. */
  readonly state: number;
  readonly flags: number;
  /** Bytes before each hole, and those behind the last. */
  readonly between: readonly Pattern[];
  readonly holes: readonly number[];
  /** `"name":` of the attributes in holes; null for a time. */
  readonly names: readonly (Uint8Array | null)[];
  /** Holes with attributes, in the order of their names. */
  readonly order: readonly number[];
  readonly head: number;
  readonly telling: boolean;
}

/** Holes of the span that is being read, in their order. */
export class Holes {
  #count = 0;
  readonly #kinds: number[] = [];
  readonly #slots: (Slot | null)[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  /** Where the span has its name; -1: not read yet. */
  begin = -1;
  /** False once something differs that no hole is known for. */
  #isWhole = true;

  clear(): void {
    this.#count = 0;
    this.begin = -1;
    this.#isWhole = true;
  }

  /** Nothing can be learned of this span. */
  spoil(): void {
    this.#isWhole = false;
  }

  /** The same, if the name was read already. */
  spoilBehind(): void {
    if (this.begin >= 0) this.#isWhole = false;
  }

  add(kind: number, slot: Slot | null, from: number, to: number): void {
    if (this.begin < 0 || this.#count >= mostHoles) {
      this.#isWhole = false;
      return;
    }
    this.#kinds[this.#count] = kind;
    this.#slots[this.#count] = slot;
    this.#from[this.#count] = from;
    this.#to[this.#count] = to;
    this.#count += 1;
  }

  /** What the span is like that ends at `end`; null if spans like it cannot be told. */
  learn(
    bytes: Uint8Array,
    end: number,
    of: Pick<Template, 'state' | 'flags' | 'head' | 'telling'>,
  ): Template | null {
    if (!this.#isWhole || this.begin < 0) return null;
    const holes = this.#kinds.slice(0, this.#count);
    const slots = this.#slots.slice(0, this.#count);
    const between: Pattern[] = [];
    let from = this.begin;
    for (let i = 0; i < this.#count; i += 1) {
      between.push(patternOf(bytes, from, this.#from[i]));
      from = this.#to[i] as number;
    }
    between.push(patternOf(bytes, from, end));
    const nameAt = (index: number): string => slots[index]?.known.name ?? '';
    const order = slots
      .flatMap((slot, index) => (slot === null ? [] : [index]))
      .sort((a, b) => (nameAt(a) < nameAt(b) ? -1 : 1));
    return { ...of, between, holes, order, names: slots.map((slot) => slot?.text ?? null) };
  }
}

/** Reads spans that are like a template. */
export class TemplateReader {
  readonly #cursor: Cursor;
  readonly #from = new Int32Array(mostHoles);
  readonly #to = new Int32Array(mostHoles);
  #template: Template | null = null;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  /**
   * Reads what lies between the name and the end of the span; times go to the four words at `at`.
   * False if it is not like that: the cursor is then where it was.
   */
  read(template: Template, words: Uint32Array, at: number): boolean {
    const cursor = this.#cursor;
    const begin = cursor.at;
    const { between, holes } = template;
    this.#template = template;
    for (let i = 0; i < holes.length; i += 1) {
      if (
        !cursor.takesPattern(between[i] as Pattern) ||
        !this.#hole(i, holes[i] as number, words, at)
      ) {
        cursor.at = begin;
        return false;
      }
    }
    if (cursor.takesPattern(between[holes.length] as Pattern)) return true;
    cursor.at = begin;
    return false;
  }

  #hole(index: number, kind: number, words: Uint32Array, at: number): boolean {
    const cursor = this.#cursor;
    if (kind === hole.start || kind === hole.end) {
      if (!cursor.timeDigits()) return false;
      words[at + kind] = cursor.words[0] as number;
      words[at + kind + 1] = cursor.words[1] as number;
      return true;
    }
    if (kind === hole.integer) {
      if (!cursor.integer()) return false;
    } else if (!this.#text()) return false;
    this.#from[index] = cursor.from;
    this.#to[index] = cursor.to;
    return true;
  }

  /** The string up to its closing quote, which belongs to what follows. */
  #text(): boolean {
    const cursor = this.#cursor;
    if (!cursor.stringRest() || !cursor.isPlain || cursor.to - cursor.from > 65_536) return false;
    cursor.at = cursor.to;
    return true;
  }

  /** Bytes that `writeOwn` needs at most. */
  get ownBytes(): number {
    const { order, names } = this.#template as Template;
    let bytes = 2;
    for (const index of order) {
      const name = names[index] as Uint8Array;
      bytes += name.length + (this.#to[index] as number) - (this.#from[index] as number) + 3;
    }
    return bytes;
  }

  /** Writes the attributes of the span read last that its head does not hold. */
  writeOwn(to: Buffer, at: number): number {
    const { order, names, holes } = this.#template as Template;
    if (order.length === 0) return at;
    const { bytes } = this.#cursor;
    let next = at;
    for (let i = 0; i < order.length; i += 1) {
      const index = order[i] as number;
      const name = names[index] as Uint8Array;
      const isText = holes[index] === hole.text ? 1 : 0;
      to[next] = i === 0 ? 0x7b : 0x2c;
      next = copy(name, 0, name.length, to, next + 1);
      const [from, end] = [this.#from[index] as number, this.#to[index] as number];
      // With its quotes.
      next = copy(bytes, from - isText, end + isText, to, next);
    }
    to[next] = 0x7d;
    return next + 1;
  }
}

/** Whether the bytes at the cursor may be read by the template. */
export const fits = (template: Template, state: number, flags: number, cursor: Cursor): boolean =>
  template.state === state &&
  template.flags === flags &&
  matches(cursor.view, cursor.at, cursor.end, template.between[0] as Pattern);
