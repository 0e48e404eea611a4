/**
 * Attributes of protobuf records. The spans of one name have mostly the same names in the same
 * order, and few values for most of them: what stood there last time is compared first, and read
 * only if it is not there again.
 *
 *     0a 0a http.route 12 07 0a 05 /cart
 *     ^ begin, the same for all values  ^ rest: one of the values that are known
 */
import { isUtf8 } from 'node:buffer';
import { type KnownName, longestValue, type Operation } from '../attribute-sharing.ts';
import { doubleValueText } from '../otlp/any-value.ts';
import { OwnAttributes, type OwnName } from '../scan/own-attributes.ts';
import { copy, matches, type Pattern, patternOf } from '../scan/pattern.ts';
import { type SharedValue, SharedValues } from '../scan/slot.ts';
import { longestText } from '../scan/words.ts';
import { contentAt, endOfVarint, varint64, type WireBytes } from './wire.ts';

/** An attribute of one name. */
interface MetName extends OwnName {
  /** From the tag of the name to that of the value. */
  readonly begin: Pattern;
  readonly values: { readonly rest: Pattern; readonly value: SharedValue }[];
  /** The last list that had it. */
  list: number;
}

/** What was met in the attributes of spans of one name, in the order in which they come. */
export interface Met {
  readonly operation: Operation;
  readonly names: MetName[];
}

/** Names of one name of spans, and values of each, that are compared. */
const mostNames = 200;
const mostValues = 8;
/** Names tried for one attribute, the most likely first. */
const mostTried = 6;
/** Tags: of the two fields of a KeyValue, of some of an AnyValue. */
const [keyTag, valueTag] = [0x0a, 0x12];
const [stringTag, boolTag, intTag, doubleTag] = [0x0a, 0x10, 0x18, 0x21];
const quote = 0x22;

/** Bytes that stand in JSON text as they are. */
const isPlainByte = new Uint8Array(256).fill(1, 0x20, 0x80);
isPlainByte[quote] = 0;
isPlainByte[0x5c] = 0;

export class AttributeReader {
  #lists = 0;
  #ids = 0;
  /** Place of the name that is likely next. */
  #place = 0;
  /** JSON texts of the values of the record being read. */
  #texts = Buffer.alloc(16 * 1024);
  #end = 0;
  /** Values of the record that a head holds, as they stood. */
  readonly shared = new SharedValues();
  /** Its other attributes. */
  readonly own = new OwnAttributes();

  /** No attributes: what a record begins with. */
  clear(): void {
    this.shared.clear();
    this.own.clear();
    this.#lists += 1;
    this.#place = 0;
    this.#end = 0;
  }

  /** Reads a KeyValue; false if there is something in it that is not known. */
  read(wire: WireBytes, from: number, to: number, met: Met): boolean {
    const { names } = met;
    for (let tried = 0; tried < mostTried; tried += 1) {
      const name = names[this.#place + tried];
      if (name === undefined) break;
      if (!matches(wire.view, from, to, name.begin)) continue;
      this.#place += tried + 1;
      return this.#named(wire, from + name.begin.length, to, name, met.operation);
    }
    const name = learned(wire, from, to, met);
    if (name === null || names.length > mostNames) return false;
    if (!names.includes(name)) names.splice(this.#place, 0, name);
    this.#place += 1;
    return this.#named(wire, from + name.begin.length, to, name, met.operation);
  }

  /** An attribute up to its value. */
  #named(wire: WireBytes, at: number, to: number, name: MetName, operation: Operation): boolean {
    // Of equal names the last wins: the plain decoder knows.
    if (name.list === this.#lists) return false;
    name.list = this.#lists;
    for (let i = 0; i < name.values.length; i += 1) {
      const { rest, value } = name.values[i] as MetName['values'][number];
      if (rest.length !== to - at || !matches(wire.view, at, to, rest)) continue;
      this.shared.add(value);
      return true;
    }
    return this.#value(wire, at, to, name, operation);
  }

  /** The value: an AnyValue, behind its length, of one field. */
  #value(wire: WireBytes, from: number, to: number, name: MetName, operation: Operation): boolean {
    const { bytes } = wire;
    const at = contentAt(bytes, from, to);
    if (at < 0 || at === to) return false;
    const text = this.#read(wire, at, to, name.known);
    if (text === null) return false;
    if (text === '') return this.#keep(name);
    if (!operation.isShared(name.known, text)) {
      // Too many by now: those that were known are no longer shared either.
      if (name.known.values === null) name.values.length = 0;
      this.#reserve(text.length * 3);
      this.#end += this.#texts.write(text, this.#end);
      return this.#keep(name);
    }
    const known = name.values.find(({ value }) => value.text === text);
    if (known !== undefined) this.shared.add(known.value);
    else {
      this.#ids += 1;
      const value = { id: this.#ids, name: name.known, text };
      if (name.values.length >= mostValues) name.values.shift();
      name.values.push({ rest: patternOf(bytes, from, to), value });
      this.shared.add(value);
    }
    return true;
  }

  /** Where the texts begin of the value that is read. */
  #begin = 0;

  #keep(name: MetName): true {
    this.own.keep(name, this.#texts, this.#begin, this.#end);
    return true;
  }

  /** JSON text of the value; '' if it was written at once; null if it is not known. */
  #read({ bytes, view }: WireBytes, at: number, to: number, known: KnownName): string | null {
    this.#begin = this.#end;
    switch (bytes[at]) {
      case stringTag:
        return this.#text(bytes, at + 1, to, known);
      case intTag:
        return this.#integer(bytes, at + 1, to, known);
      case boolTag:
        if (at + 2 !== to || (bytes[at + 1] as number) >= 0x80) return null;
        return bytes[at + 1] === 0 ? 'false' : 'true';
      case doubleTag:
        return at + 9 === to ? doubleValueText(view.getFloat64(at + 1, true)) : null;
      default:
        return null;
    }
  }

  #text(bytes: Buffer, at: number, to: number, known: KnownName): string | null {
    const from = contentAt(bytes, at, to);
    if (from < 0 || to - from > longestText) return null;
    let end = from;
    while (end < to && isPlainByte[bytes[end] as number] === 1) end += 1;
    if (end < to) return JSON.stringify(bytes.toString('utf8', from, to));
    if (known.values !== null && to - from + 2 <= longestValue) {
      return `"${bytes.toString('latin1', from, to)}"`;
    }
    this.#reserve(to - from + 2);
    this.#texts[this.#end] = quote;
    this.#end = copy(bytes, from, to, this.#texts, this.#end + 1);
    this.#texts[this.#end] = quote;
    this.#end += 1;
    return '';
  }

  #integer(bytes: Buffer, at: number, to: number, known: KnownName): string | null {
    if (endOfVarint(bytes, at, to) !== to) return null;
    if (to - at > 7) return BigInt.asIntN(64, varint64(bytes, at, to)).toString();
    let value = 0;
    for (let i = to - 1; i >= at; i -= 1) value = value * 128 + ((bytes[i] as number) & 0x7f);
    if (known.values !== null) return String(value);
    this.#digits(value);
    return '';
  }

  /** Of 49 bits at most. */
  #digits(value: number): void {
    let count = 1;
    for (let limit = 10; limit <= value; limit *= 10) count += 1;
    this.#reserve(count);
    let rest = value;
    for (let at = this.#end + count - 1; at >= this.#end; at -= 1) {
      const left = Math.floor(rest / 10);
      this.#texts[at] = 0x30 + rest - left * 10;
      rest = left;
    }
    this.#end += count;
  }

  /** Room for so many bytes: texts of the same record that lie elsewhere stay where they are. */
  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#texts.length) return;
    this.#texts = Buffer.alloc(2 * Math.max(bytes, this.#texts.length));
    this.#begin = 0;
    this.#end = 0;
  }
}

/** Reads up to the value; null if the attribute is of another shape. */
function learned({ bytes, view }: WireBytes, from: number, to: number, met: Met): MetName | null {
  const length = bytes[from + 1] as number;
  // A longer name has a longer length before it.
  const end = from + 2 + length;
  if (bytes[from] !== keyTag || length >= 0x80 || end >= to || bytes[end] !== valueTag) return null;
  if (!isUtf8(bytes.subarray(from + 2, end))) return null;
  const begin = patternOf(bytes, from, end + 1);
  // Further on or back in the list than was tried.
  const found = met.names.find((name) => matches(view, from, to, name.begin));
  if (found !== undefined) return found;
  const known = met.operation.nameOf(bytes.toString('utf8', from + 2, end));
  const text = new Uint8Array(Buffer.from(known.text));
  return { known, text, begin, values: [], list: 0 };
}
