/** Lists of attributes: each name and value is looked up by its bytes, and known from then on. */
import { type KnownName, longestValue, type Operation } from '../attribute-sharing.ts';
import { doubleText } from '../otlp/any-value.ts';
import { type Cursor, keysOf } from './cursor.ts';

/** A value that heads hold, of one name. */
export interface SharedValue {
  readonly id: number;
  readonly name: KnownName;
  /** As JSON text. */
  readonly text: string;
  readonly kind: number;
  readonly bytes: Uint8Array;
}

interface Name {
  readonly operation: Operation;
  readonly bytes: Uint8Array;
  readonly known: KnownName;
  /** `"name":` as it is written in front of a value. */
  readonly text: Uint8Array;
  readonly values: Map<number, SharedValue>;
  /** The last list that had it. */
  list: number;
}

const kinds = keysOf('stringValue', 'intValue', 'boolValue', 'doubleValue');
const [stringKind, intKind, boolKind] = [0, 1, 2];
const memberKeys = keysOf('key', 'value');
const [yes, no] = [Buffer.from('true'), Buffer.from('false')];
/** Longer text may have to be cut: the plain decoder knows. */
const longestText = 64 * 1024;
/** Names, and values of each, remembered by their bytes. */
const mostRemembered = 1_000;

/** What was met in the attributes of spans of one name. */
export interface Met {
  readonly operation: Operation;
  /** By the hash of their bytes. */
  readonly names: Map<number, Name>;
  /** The name that stood at each place of the last list: mostly it stands there again. */
  readonly last: Name[];
}

export class AttributeScanner {
  readonly #cursor: Cursor;
  #lists = 0;
  #ids = 0;
  /** Values of the list read last that a head holds, as they stood. */
  readonly shared: SharedValue[] = [];
  /** Its other attributes: the name, and where the JSON text of the value lies. */
  readonly #ownNames: Name[] = [];
  readonly #ownTexts: (Buffer | null)[] = [];
  readonly #ownFrom: number[] = [];
  readonly #ownTo: number[] = [];
  #sorted = true;
  telling = false;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  /** No attributes: what a record begins with. */
  clear(): void {
    this.shared.length = 0;
    this.#ownNames.length = 0;
    this.#sorted = true;
    this.telling = false;
    this.#lists += 1;
  }

  /** Reads a list; false if there is something in it that is not known. */
  read(met: Met): boolean {
    const cursor = this.#cursor;
    if (!cursor.takes(0x5b)) return false;
    if (cursor.takes(0x5d)) return true;
    for (let place = 0; ; place += 1) {
      if (!cursor.takes(0x7b) || cursor.key(memberKeys, 0) !== 0) return false;
      const name = this.#name(met, place);
      if (name === null || name.list === this.#lists) return false;
      name.list = this.#lists;
      if (!cursor.takes(0x2c) || cursor.key(memberKeys, 1) !== 1) return false;
      if (!this.#value(name) || !cursor.takes(0x7d)) return false;
      const more = cursor.follows(0x5d);
      if (more !== true) return more === false;
    }
  }

  #name({ operation, names, last }: Met, place: number): Name | null {
    const cursor = this.#cursor;
    const guess = last[place];
    if (guess !== undefined && isNext(cursor, guess.bytes)) return guess;
    if (!cursor.string() || !cursor.isPlain) return null;
    const { bytes, from, to, hash } = cursor;
    const found = names.get(hash);
    if (found !== undefined && equal(found.bytes, bytes, from - 1, to + 1)) {
      last[place] = found;
      return found;
    }
    const known = operation.nameOf(cursor.text());
    const made: Name = {
      bytes: Uint8Array.prototype.slice.call(bytes, from - 1, to + 1),
      operation,
      known,
      text: Buffer.from(known.text),
      values: new Map(),
      list: 0,
    };
    if (names.size < mostRemembered) names.set(hash, made);
    last[place] = made;
    return made;
  }

  /** Reads an AnyValue of a simple kind. */
  #value(name: Name): boolean {
    const cursor = this.#cursor;
    if (!cursor.takes(0x7b)) return false;
    const kind = cursor.key(kinds, 0);
    if (kind === stringKind) return this.#string(name) && cursor.takes(0x7d);
    if (kind === intKind) return this.#integer(name) && cursor.takes(0x7d);
    if (kind === boolKind) {
      cursor.next();
      const from = cursor.at;
      if (!cursor.word(yes) && !cursor.word(no)) return false;
      this.#add(name, kind, from, cursor.at);
      return cursor.takes(0x7d);
    }
    if (kind < 0 || !cursor.number()) return false;
    const { bytes, from, to } = cursor;
    const text = doubleText(Number(bytes.toString('latin1', from, to))) as string;
    this.#addText(name, text);
    return cursor.takes(0x7d);
  }

  #string(name: Name): boolean {
    const cursor = this.#cursor;
    if (!cursor.string() || cursor.to - cursor.from > longestText) return false;
    const { from, to } = cursor;
    if (cursor.isPlain) this.#add(name, stringKind, from - 1, to + 1);
    else this.#addText(name, JSON.stringify(cursor.text()));
    return true;
  }

  #integer(name: Name): boolean {
    const cursor = this.#cursor;
    const quoted = cursor.takes(0x22);
    if (!cursor.integer()) return false;
    const { from, to } = cursor;
    if (quoted && !cursor.takes(0x22)) return false;
    this.#add(name, intKind, from, to);
    return quoted || cursor.next() === 0x7d;
  }

  /** A value whose bytes are its JSON text. */
  #add(name: Name, kind: number, from: number, to: number): void {
    if (name.known.values === null || to - from > longestValue) {
      this.#own(name, null, from, to);
      return;
    }
    const { bytes } = this.#cursor;
    const hash = hashOf(bytes, from, to);
    const found = name.values.get(hash);
    if (found !== undefined && found.kind === kind && equal(found.bytes, bytes, from, to)) {
      this.shared.push(found);
      return;
    }
    const text = bytes.toString('latin1', from, to);
    if (!name.operation.isShared(name.known, text)) this.#own(name, null, from, to);
    else this.#share(name, kind, hash, text);
  }

  #addText(name: Name, text: string): void {
    if (name.operation.isShared(name.known, text)) {
      const bytes = Buffer.from(text);
      const hash = hashOf(bytes, 0, bytes.length);
      const found = name.values.get(hash);
      if (found !== undefined && found.text === text) this.shared.push(found);
      else this.#share(name, stringKind, hash, text);
    } else this.#own(name, Buffer.from(text), 0, 0);
  }

  #share(name: Name, kind: number, hash: number, text: string): void {
    this.#ids += 1;
    const bytes = new Uint8Array(Buffer.from(text));
    const value = { id: this.#ids, name: name.known, text, kind, bytes };
    if (name.values.size >= mostRemembered) name.values.clear();
    name.values.set(hash, value);
    this.shared.push(value);
  }

  #own(name: Name, text: Buffer | null, from: number, to: number): void {
    const names = this.#ownNames;
    const last = names.length;
    if (last > 0 && (names[last - 1] as Name).known.name >= name.known.name) this.#sorted = false;
    if (name.known.telling) this.telling = true;
    names.push(name);
    this.#ownTexts[last] = text;
    this.#ownFrom[last] = from;
    this.#ownTo[last] = to;
  }

  /** Bytes that `writeOwn` needs at most. */
  get ownBytes(): number {
    let bytes = 2;
    for (let i = 0; i < this.#ownNames.length; i += 1) {
      const text = this.#ownTexts[i] as Buffer | null;
      const length =
        text === null ? (this.#ownTo[i] as number) - (this.#ownFrom[i] as number) : text.length;
      bytes += (this.#ownNames[i] as Name).text.length + length + 1;
    }
    return bytes;
  }

  /** Writes the attributes that no head holds, as JSON object text; nothing if there are none. */
  writeOwn(to: Buffer, at: number): number {
    const count = this.#ownNames.length;
    if (count === 0) return at;
    const order = this.#sorted ? null : this.#order();
    let next = at;
    for (let i = 0; i < count; i += 1) {
      const index = order === null ? i : (order[i] as number);
      to[next] = i === 0 ? 0x7b : 0x2c;
      next = copy((this.#ownNames[index] as Name).text, 0, -1, to, next + 1);
      const text = this.#ownTexts[index] as Buffer | null;
      next =
        text === null
          ? copy(
              this.#cursor.bytes,
              this.#ownFrom[index] as number,
              this.#ownTo[index] as number,
              to,
              next,
            )
          : copy(text, 0, -1, to, next);
    }
    to[next] = 0x7d;
    return next + 1;
  }

  #order(): readonly number[] {
    const nameAt = (index: number): string => (this.#ownNames[index] as Name).known.name;
    return this.#ownNames.map((_, index) => index).sort((a, b) => (nameAt(a) < nameAt(b) ? -1 : 1));
  }
}

/** Takes the key if it stands there. */
function isNext(cursor: Cursor, key: Uint8Array): boolean {
  const { bytes, end } = cursor;
  if (cursor.next() !== 0x22) return false;
  const { at } = cursor;
  if (at + key.length > end || !equal(key, bytes, at, at + key.length)) return false;
  cursor.at = at + key.length;
  return true;
}

function equal(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let i = 0; i < known.length; i += 1) if (known[i] !== bytes[from + i]) return false;
  return true;
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash;
}

/** Short runs are copied faster byte by byte. Gives where the copy ends. */
function copy(from: Uint8Array, begin: number, end: number, to: Uint8Array, at: number): number {
  const stop = end < 0 ? from.length : end;
  if (stop - begin > 64) {
    to.set(from.subarray(begin, stop), at);
    return at + stop - begin;
  }
  let next = at;
  for (let i = begin; i < stop; i += 1) {
    to[next] = from[i] as number;
    next += 1;
  }
  return next;
}
