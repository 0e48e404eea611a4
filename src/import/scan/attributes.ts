/**
 * Lists of attributes. The spans of one name have mostly the same names in the same order, and few
 * values for most of them: what stood there last time is compared first, and read only if it is not
 * there again.
 *
 *     {"key":"http.route","value":{"stringValue":"/cart"}}
 *     ^ begin, the same for all values   ^        ^ rest: one of the values that are known
 */
import { longestValue, type Operation } from '../attribute-sharing.ts';
import { doubleValueText } from '../otlp/any-value.ts';
import { type Cursor, keysOf } from './cursor.ts';
import { OwnAttributes } from './own-attributes.ts';
import { matches, type Pattern, patternOf } from './pattern.ts';
import { SharedValues, type Slot } from './slot.ts';
import { type Holes, hole, type Template } from './template.ts';

/** What was met in the attributes of spans of one name. */
export interface Met {
  readonly operation: Operation;
  /** In the order in which they come. */
  readonly slots: Slot[];
  /** What such spans were like, by their surroundings; the last first. */
  readonly templates: Map<number, Template[]>;
}

const kinds = keysOf('stringValue', 'intValue', 'boolValue', 'doubleValue');
const [stringKind, intKind, boolKind] = [0, 1, 2];
const memberKeys = keysOf('key', 'value');
const [yes, no] = [patternOf(Buffer.from('true')), patternOf(Buffer.from('false'))];
/** Longer text may have to be cut: the plain decoder knows. */
const longestText = 64 * 1024;
/** Slots of one name of spans, and values of each, that are compared. */
const mostSlots = 200;
const mostValues = 8;
/** Slots tried for one attribute, the most likely first. */
const mostTried = 6;

export class AttributeScanner {
  readonly #cursor: Cursor;
  readonly #holes: Holes;
  #lists = 0;
  #ids = 0;
  /** Values of the list read last that a head holds, as they stood. */
  readonly shared = new SharedValues();
  /** Its other attributes. */
  readonly own = new OwnAttributes();

  constructor(cursor: Cursor, holes: Holes) {
    this.#cursor = cursor;
    this.#holes = holes;
  }

  /** No attributes: what a record begins with. */
  clear(): void {
    this.shared.clear();
    this.own.clear();
    this.#lists += 1;
  }

  /** Reads a list; false if there is something in it that is not known. */
  read(met: Met): boolean {
    const cursor = this.#cursor;
    if (!cursor.takes(0x5b)) return false;
    if (cursor.takes(0x5d)) return true;
    for (let place = 0; ; ) {
      const next = this.#attribute(met, place);
      if (next < 0) return false;
      place = next;
      const more = cursor.follows(0x5d);
      if (more !== true) return more === false;
    }
  }

  /** Gives the place of the slot that is likely next; -1 if the attribute is not known. */
  #attribute(met: Met, place: number): number {
    const cursor = this.#cursor;
    const { slots } = met;
    cursor.next();
    for (let tried = 0; tried < mostTried; tried += 1) {
      const slot = slots[place + tried];
      if (slot === undefined) break;
      if (!matches(cursor.view, cursor.at, cursor.end, slot.begin)) continue;
      if (slot.list === this.#lists) return -1;
      slot.list = this.#lists;
      cursor.at += slot.begin.length;
      return this.#isKnownValue(slot) || this.#value(slot) ? place + tried + 1 : -1;
    }
    const slot = this.#learn(met);
    if (slot === null || slot.list === this.#lists || slots.length > mostSlots) return -1;
    slot.list = this.#lists;
    if (!slots.includes(slot)) slots.splice(place, 0, slot);
    return this.#value(slot) ? place + 1 : -1;
  }

  #isKnownValue({ values }: Slot): boolean {
    const { view, at, end } = this.#cursor;
    for (let i = 0; i < values.length; i += 1) {
      const { rest, value } = values[i] as Slot['values'][number];
      if (!matches(view, at, end, rest)) continue;
      this.#cursor.at = at + rest.length;
      this.shared.add(value);
      return true;
    }
    return false;
  }

  /** Reads up to the value; null if the attribute is of another shape. */
  #learn({ operation, slots }: Met): Slot | null {
    const cursor = this.#cursor;
    const from = cursor.at;
    if (!cursor.takes(0x7b) || cursor.key(memberKeys, 0) !== 0) return null;
    if (!cursor.string() || !cursor.isPlain) return null;
    const name = cursor.text();
    if (!cursor.takes(0x2c) || cursor.key(memberKeys, 1) !== 1 || !cursor.takes(0x7b)) return null;
    const kind = cursor.key(kinds, 0);
    if (kind < 0) return null;
    cursor.next();
    const quoted = (kind === stringKind || kind === intKind) && cursor.takes(0x22);
    if (kind === stringKind && !quoted) return null;
    const begin = patternOf(cursor.bytes, from, cursor.at);
    // Further on or back in the list than was tried.
    const found = slots.find((slot) => matches(cursor.view, from, cursor.end, slot.begin));
    if (found !== undefined) return found;
    // A name that has values of two kinds, or is written in two ways, has two slots.
    if (slots.some((slot) => slot.known.name === name && slot.list === this.#lists)) return null;
    const known = operation.nameOf(name);
    const text = new Uint8Array(Buffer.from(known.text));
    return { operation, known, text, kind, begin, quoted, values: [], list: 0 };
  }

  /** Reads the value that begins at the cursor, and the two braces behind it. */
  #value(slot: Slot): boolean {
    const cursor = this.#cursor;
    const from = cursor.at;
    const before = slot.values.length;
    if (!this.#readers[slot.kind]?.(slot) || !cursor.takes(0x7d) || !cursor.takes(0x7d)) {
      slot.values.length = before;
      return false;
    }
    const made = slot.values.at(-1);
    // The value that was just made known ends here.
    if (made !== undefined && made.rest === unknown) {
      const rest = patternOf(cursor.bytes, from, cursor.at);
      slot.values[slot.values.length - 1] = { rest, value: made.value };
    }
    return true;
  }

  /** By kind. */
  readonly #readers: readonly ((slot: Slot) => boolean)[] = [
    (slot) => {
      const cursor = this.#cursor;
      if (!cursor.stringRest() || cursor.to - cursor.from > longestText) return false;
      if (cursor.isPlain) this.#add(slot, cursor.from - 1, cursor.to + 1);
      else this.#addText(slot, JSON.stringify(cursor.text()));
      return true;
    },
    (slot) => {
      const cursor = this.#cursor;
      if (!cursor.integer()) return false;
      const { from, to } = cursor;
      if (slot.quoted ? !cursor.takes(0x22) : cursor.next() !== 0x7d) return false;
      this.#add(slot, from, to);
      return true;
    },
    (slot) => {
      const cursor = this.#cursor;
      const from = cursor.at;
      if (!cursor.takesPattern(yes) && !cursor.takesPattern(no)) return false;
      this.#add(slot, from, cursor.at);
      return true;
    },
    (slot) => {
      const cursor = this.#cursor;
      if (!cursor.number()) return false;
      const value = Number(cursor.bytes.toString('latin1', cursor.from, cursor.to));
      this.#addText(slot, doubleValueText(value) as string);
      return true;
    },
  ];

  /** A value whose bytes are its JSON text. */
  #add(slot: Slot, from: number, to: number): void {
    if (slot.known.values === null) {
      const isText = slot.kind === stringKind ? 1 : 0;
      const kind = isText ? hole.text : hole.integer;
      if (slot.kind === boolKind) this.#holes.spoil();
      else this.#holes.add(kind, slot, from + isText, to - isText);
      this.own.keep(slot, this.#cursor.bytes, from, to);
    } else if (to - from > longestValue) {
      this.#holes.spoil();
      this.own.keep(slot, this.#cursor.bytes, from, to);
    } else this.#addText(slot, this.#cursor.bytes.toString('latin1', from, to));
  }

  #addText(slot: Slot, text: string): void {
    if (!slot.operation.isShared(slot.known, text)) {
      // Too many by now: those that were known are no longer shared either.
      if (slot.known.values === null) slot.values.length = 0;
      this.#holes.spoil();
      const bytes = Buffer.from(text);
      this.own.keep(slot, bytes, 0, bytes.length);
      return;
    }
    const known = slot.values.find(({ value }) => value.text === text);
    if (known !== undefined) {
      this.shared.add(known.value);
      return;
    }
    this.#ids += 1;
    const value = { id: this.#ids, name: slot.known, text };
    if (slot.values.length >= mostValues) slot.values.shift();
    slot.values.push({ rest: unknown, value });
    this.shared.add(value);
  }
}

/** Stands for the rest of a value that is not read to its end yet: nothing matches it. */
const unknown: Pattern = { doubles: new Float64Array(0), rest: new Uint8Array(0), length: 2 ** 53 };
