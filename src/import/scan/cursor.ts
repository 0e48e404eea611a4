/**
 * JSON bytes being read by one who knows what stands there. A read that finds something else gives
 * false, and whoever asked gives the record up: the plain decoder then reads it.
 */
import { matches, type Pattern, patternOf } from './pattern.ts';

/** What a byte is within a string: 0 plain, else one of these. */
const closing = 1;
const escaping = 2;
const notJson = 3;
const beyondAscii = 4;
const inString = new Uint8Array(256).fill(beyondAscii, 128).fill(notJson, 0, 32);
inString[0x22] = closing;
inString[0x5c] = escaping;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;

/** Values of lower-case hexadecimal digits; 255 for all else. */
const hexDigit = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value += 1) hexDigit[value.toString(16).charCodeAt(0)] = value;

/** Years 1990 to 2100, in seconds: other times are left to the plain decoder. */
const firstSecond = Date.UTC(1990, 0) / 1000;
const lastSecond = Date.UTC(2100, 0) / 1000;

export class Cursor {
  bytes: Buffer = Buffer.alloc(0);
  /** The same bytes. */
  view = new DataView(this.bytes.buffer);
  at = 0;
  end = 0;
  /** Of the string or number read last, where it lies, without quotes. */
  from = 0;
  to = 0;
  /** Whether the string read last is ASCII without escapes: its bytes are its JSON text. */
  isPlain = true;
  /** Of the string read last, FNV-1a over its bytes. */
  hash = 0;
  /** Words of the id or time read last. */
  readonly words = new Uint32Array(4);

  begin(bytes: Buffer, from: number, end: number): void {
    if (this.bytes !== bytes) {
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /** Takes the byte, after white space. */
  takes(byte: number): boolean {
    if ((this.bytes[this.at] as number) <= 0x20) this.#skipSpace();
    if (this.bytes[this.at] !== byte || this.at >= this.end) return false;
    this.at += 1;
    return true;
  }

  /** The next byte after white space, which is left. */
  next(): number {
    if ((this.bytes[this.at] as number) <= 0x20) this.#skipSpace();
    return this.at < this.end ? (this.bytes[this.at] as number) : 0;
  }

  #skipSpace(): void {
    const { bytes, end } = this;
    let { at } = this;
    while (at < end && (bytes[at] as number) <= 0x20 && isSpace(bytes[at] as number)) at += 1;
    this.at = at;
  }

  /** After a member: true if another follows, false at the closing byte; null for anything else. */
  follows(close: number): boolean | null {
    if (this.takes(comma)) return true;
    return this.takes(close) ? false : null;
  }

  /**
   * Takes the members of an object, each key at most once: `read` is given the place
   * of the key. Gives a bit for each that was there; -1 if something is not known.
   */
  members(keys: readonly Pattern[], read: (found: number) => boolean): number {
    if (!this.takes(0x7b)) return -1;
    if (this.takes(0x7d)) return 0;
    let seen = 0;
    for (let guess = 0; ; guess += 1) {
      const found = this.key(keys, guess);
      if (found < 0 || (seen & (1 << found)) !== 0 || !read(found)) return -1;
      seen |= 1 << found;
      const more = this.follows(0x7d);
      if (more === null) return -1;
      if (!more) return seen;
      guess = found;
    }
  }

  /** Takes the elements of a list: `read` is given their places. False if one is not known. */
  elements(read: (index: number) => boolean): boolean {
    if (!this.takes(0x5b)) return false;
    if (this.takes(0x5d)) return true;
    for (let index = 0; ; index += 1) {
      if (!read(index)) return false;
      const more = this.follows(0x5d);
      if (more !== true) return more === false;
    }
  }

  /** Takes `""`. */
  emptyText(): boolean {
    if (this.next() !== quote || this.bytes[this.at + 1] !== quote) return false;
    this.at += 2;
    return true;
  }

  /** Takes one of the keys, each with its quotes, and the colon; -1 if another stands there. */
  key(keys: readonly Pattern[], guess: number): number {
    if (this.next() !== quote) return -1;
    for (let tried = 0; tried < keys.length; tried += 1) {
      const index = guess + tried < keys.length ? guess + tried : guess + tried - keys.length;
      if (this.takesPattern(keys[index] as Pattern)) return this.takes(colon) ? index : -1;
    }
    return -1;
  }

  /** Takes these bytes, if they come next without white space. */
  takesPattern(pattern: Pattern): boolean {
    if (!matches(this.view, this.at, this.end, pattern)) return false;
    this.at += pattern.length;
    return true;
  }

  /** A string: sets `from`, `to`, `isPlain` and `hash`. */
  string(): boolean {
    return this.takes(quote) && this.stringRest();
  }

  /** The same behind the opening quote. */
  stringRest(): boolean {
    const { bytes, end } = this;
    let { at } = this;
    let hash = 0x811c9dc5;
    let isPlain = true;
    this.from = at;
    for (; at < end; at += 1) {
      const byte = bytes[at] as number;
      hash = Math.imul(hash ^ byte, 0x01000193);
      const kind = inString[byte] as number;
      if (kind === 0) continue;
      if (kind === closing) break;
      if (kind === notJson) return false;
      isPlain = false;
      if (kind === escaping) at += 1;
    }
    if (at >= end) return false;
    this.to = at;
    this.at = at + 1;
    this.isPlain = isPlain;
    this.hash = hash;
    return true;
  }

  /** Text of the string read last. @throws {SyntaxError} if an escape in it is none. */
  text(): string {
    if (this.isPlain) return this.bytes.toString('latin1', this.from, this.to);
    return JSON.parse(this.bytes.toString('utf8', this.from - 1, this.to + 1)) as string;
  }

  /** An id of lower-case digits that is not zero: two words for every 16 of them. */
  id(digits: 16 | 32): boolean {
    if (!this.takes(quote)) return false;
    const { bytes, at, words } = this;
    if (bytes[at + digits] !== quote || at + digits >= this.end) return false;
    let any = 0;
    for (let word = 0; word * 8 < digits; word += 1) {
      let value = 0;
      for (let i = at + word * 8; i < at + word * 8 + 8; i += 1) {
        const digit = hexDigit[bytes[i] as number] as number;
        if (digit === 255) return false;
        value = (value << 4) | digit;
      }
      words[word] = value;
      any |= value;
    }
    this.from = at;
    this.at = at + digits + 1;
    return any !== 0;
  }

  /** Nanoseconds as 19 digits, in quotes or not: two words, the low one first. */
  time(): boolean {
    const quoted = this.takes(quote);
    if (!this.timeDigits()) return false;
    return quoted ? this.takes(quote) : isEnd(this.bytes[this.at] as number);
  }

  /** The same without quotes. */
  timeDigits(): boolean {
    const { bytes, at, words } = this;
    let seconds = 0;
    let ns = 0;
    for (let i = at; i < at + 10; i += 1) {
      const digit = (bytes[i] as number) - 0x30;
      if (digit < 0 || digit > 9) return false;
      seconds = seconds * 10 + digit;
    }
    for (let i = at + 10; i < at + 19; i += 1) {
      const digit = (bytes[i] as number) - 0x30;
      if (digit < 0 || digit > 9) return false;
      ns = ns * 10 + digit;
    }
    this.from = at;
    this.to = at + 19;
    this.at = at + 19;
    if (seconds < firstSecond || seconds >= lastSecond || this.at > this.end) return false;
    // In halves, because the product has more bits than a double.
    const upper = Math.floor(seconds / 65_536);
    const high = upper * 1e9;
    const highUpper = Math.floor(high / 65_536);
    const low = (high - highUpper * 65_536) * 65_536 + (seconds - upper * 65_536) * 1e9 + ns;
    const carry = Math.floor(low / 2 ** 32);
    words[0] = low - carry * 2 ** 32;
    words[1] = highUpper + carry;
    return true;
  }

  /** A whole number of at most 15 digits as `asInteger` writes it: sets `from` and `to`. */
  integer(): boolean {
    const { bytes, at, end } = this;
    let to = at;
    if (bytes[to] === 0x2d) to += 1;
    const first = to;
    while (to < end && isDigit(bytes[to] as number)) to += 1;
    const digits = to - first;
    if (digits === 0 || digits > 15 || (bytes[first] === 0x30 && to - at > 1)) return false;
    this.from = at;
    this.to = to;
    this.at = to;
    return true;
  }

  /** Whether what may stand behind a number stands here. */
  isAtEnd(): boolean {
    return isEnd(this.bytes[this.at] as number);
  }

  /** A bare whole number of at most ten digits; -1 if there is none. */
  count(): number {
    const first = this.next();
    const { bytes } = this;
    let value = 0;
    let to = this.at;
    for (; to < this.end && isDigit(bytes[to] as number); to += 1) {
      value = value * 10 + (bytes[to] as number) - 0x30;
    }
    const digits = to - this.at;
    if (digits === 0 || digits > 10 || (first === 0x30 && digits > 1)) return -1;
    if (!isEnd(bytes[to] as number)) return -1;
    this.at = to;
    return value;
  }

  /** A bare number with its end behind it. */
  number(): boolean {
    const { bytes, end } = this;
    let to = this.next() === 0 ? end : this.at;
    this.from = to;
    while (to < end && !isEnd(bytes[to] as number)) to += 1;
    if (to === this.from || to - this.from > 30) return false;
    this.to = to;
    this.at = to;
    return number.test(bytes.toString('latin1', this.from, to));
  }

  /** Skips an object or array; what lies between its brackets is not looked at. Sets `from`, `to`. */
  skip(): boolean {
    const open = this.next();
    if (open !== 0x7b && open !== 0x5b) return false;
    this.from = this.at;
    let depth = 0;
    for (let at = this.at; at >= 0 && at < this.end; at += 1) {
      const byte = this.bytes[at] as number;
      if (byte === quote) at = endOfString(this.bytes, at, this.end);
      else depth += deeper[byte] as number;
      if (depth > 0) continue;
      this.to = at + 1;
      this.at = at + 1;
      return true;
    }
    return false;
  }
}

/** How much deeper what follows a bracket lies. */
const deeper = new Int8Array(256);
for (const open of [0x7b, 0x5b]) deeper[open] = 1;
for (const close of [0x7d, 0x5d]) deeper[close] = -1;

const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 9;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
/** What may stand behind a number. */
const isEnd = (byte: number): boolean =>
  byte === comma || byte === 0x7d || byte === 0x5d || isSpace(byte);
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Position of the closing quote; far below zero if there is none. */
function endOfString(bytes: Buffer, from: number, end: number): number {
  for (let at = from + 1; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte === quote) return at;
    if (byte === 0x5c) at += 1;
    else if (byte === 0x0a) return noEnd;
  }
  return noEnd;
}

const noEnd = -(2 ** 30);

/** Keys as they are written, with their quotes. */
export const keysOf = (...names: readonly string[]): readonly Pattern[] =>
  names.map((name) => patternOf(Buffer.from(`"${name}"`)));
