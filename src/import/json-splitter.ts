/**
 * Cuts a byte stream into top-level JSON values without parsing them.
 *
 * At the top level white space, commas and square brackets separate values, so that JSON Lines,
 * concatenated documents, and an array of values all stream. A value ends where its braces
 * balance. What cannot be a value is given up early, so that one bad record never takes the
 * rest of the dump with it:
 *
 *     {"resourceSpans":[{"resource":{"attr        torn by a crash: broken
 *     {"resourceSpans":[ ... ]}                   a request begins where none can: next value
 *
 * - a line break inside a string is not JSON: the value is broken there;
 * - so is a line that begins with `{` where the grammar has no room for one;
 * - so is a request (`{"resourceSpans"` ...) that begins inside another;
 * - after broken input, reading resumes at a line that begins with `{`, or at a request.
 *
 * A value that is too long to be held is handed out in parts: see `json-parts.ts`. The cut depends
 * on the bytes alone, never on how they are divided into chunks.
 */
import {
  closeBrace,
  closeBracket,
  countLines,
  newline,
  openBrace,
  openBracket,
  tableOf,
} from './json-bytes.ts';
import { HeldText } from './json-held.ts';
import { type Lists, noLists } from './json-lists.ts';
import { type Cut, type PartLimits, type PartPlace, partLimits, ValueParts } from './json-parts.ts';
import { lookahead, ValueScan, type Verdict } from './json-scan.ts';
import { strayAt, strayBytes } from './stray-text.ts';

export interface Piece {
  /**
   * `value`: braces balance. `broken`: cannot be JSON. `torn`: the input ended inside it. Of a long
   * value, `orphans`: part of it, without what it belongs to; `oversize`: what is left out.
   */
  readonly kind: 'value' | 'broken' | 'torn' | 'orphans' | 'oversize';
  /** Of `oversize`, and of `broken` text that begins no value, only the first 160 bytes. */
  readonly text: string;
  /** Line where the value begins, from 1. */
  readonly line: number;
  /** Where a part of a value stands in it; null if this is all of it. */
  readonly part: PartPlace | null;
}

/** A longer value cannot be read even if it is made of short records: V8 holds no such text. */
const maxValueBytes = 500 * 1024 * 1024;
/** What separates values and means nothing else: space, tab, CR, comma, RS (RFC 7464), BOM. */
const blank = tableOf(0x20, 9, 13, 0x2c, 0x1e, 0xef, 0xbb, 0xbf);

/** A line break with a bit flipped: none of them is a comma with a bit flipped. */
const damagedBreak = tableOf(...[1, 2, 4, 8, 16, 32, 64, 128].map((bit) => newline ^ bit));

const requestStarts = ['{"resourceSpans"', '{"resourceLogs"', '{"resourceMetrics"'];

export class JsonSplitter {
  readonly #held = new HeldText();
  readonly #scan = new ValueScan(this.#held);
  #startLine = 1;
  /** Where we are: between values, in a value, or after broken input. */
  #state: 'between' | 'value' | 'lost' = 'between';
  #openArrays = 0;
  /** What is known of the value up to `#at`, while parts of it are handed out. */
  #verdict: Verdict | null = null;
  readonly #parts: ValueParts;

  /** Long values are divided between elements of `lists`. */
  constructor(lists: Lists = noLists, limits: PartLimits = partLimits) {
    this.#parts = new ValueParts(lists, limits);
  }

  /** Line of the next byte to look at, from 1. */
  get line(): number {
    return this.#held.line;
  }

  /** Whether a value may begin here, and nothing waits. */
  get isIdle(): boolean {
    return this.#state === 'between' && this.#held.at === this.#held.end && this.#openArrays === 0;
  }

  /** A line was read by somebody else. */
  passLine(): void {
    this.#held.line += 1;
  }

  push(chunk: Uint8Array): void {
    this.#held.push(chunk);
  }

  /** The pieces known so far; with `final` also what the input ended in. */
  *pieces(final: boolean): Generator<Piece> {
    for (;;) {
      const step = this.#step(final);
      if (step === 'more') return;
      if (step !== 'again') yield step;
    }
  }

  #step(final: boolean): Piece | 'again' | 'more' {
    if (this.#state === 'between') return this.#between(final);
    if (this.#state === 'lost') return this.#lost(final);
    return this.#value(final);
  }

  #between(final: boolean): Piece | 'again' | 'more' {
    const bytes = this.#held.bytes;
    const end = this.#held.end;
    for (let at = this.#held.at; at < end; at += 1) {
      const byte = bytes[at] as number;
      if (blank[byte] === 1) continue;
      if (byte === newline) this.#held.line += 1;
      else if (byte === openBracket) this.#openArrays += 1;
      else if (byte === closeBracket) this.#openArrays = Math.max(0, this.#openArrays - 1);
      else {
        this.#held.at = at;
        if (byte !== openBrace) return this.#stray(final);
        this.#begin();
        return 'again';
      }
    }
    this.#held.at = end;
    this.#held.start = this.#held.at;
    return final ? this.#unclosed() : 'more';
  }

  /** The end of the input between values: fine, unless an array is open. */
  #unclosed(): Piece | 'more' {
    if (this.#openArrays === 0) return 'more';
    this.#openArrays = 0;
    return { kind: 'torn', text: '', line: this.#held.line, part: null };
  }

  #begin(): void {
    this.#state = 'value';
    this.#held.start = this.#held.at;
    this.#startLine = this.#held.line;
    this.#scan.begin();
    this.#parts.begin();
  }

  /** What begins with neither `{` nor `[`: a bare scalar, or text that is not JSON. */
  #stray(final: boolean): Piece | 'more' {
    const from = this.#held.at;
    this.#held.start = from;
    const limit = Math.min(this.#held.end, from + strayBytes);
    const begin = this.#held.bytes.toString('latin1', from, limit);
    if (!final && !begin.includes('\n') && begin.length < strayBytes) return 'more';
    const { kind, length } = strayAt(begin);
    const line = this.#held.line;
    const text = this.#held.bytes.toString('utf8', from, from + length);
    if (kind !== 'text') {
      this.#held.at += length;
      return { kind: kind === 'odd' ? 'broken' : 'value', text, line, part: null };
    }
    this.#state = 'lost';
    const torn = final && this.#openArrays > 0 && from + length === this.#held.end;
    if (torn) this.#openArrays = 0;
    return { kind: torn ? 'torn' : 'broken', text, line, part: null };
  }

  #value(final: boolean): Piece | 'again' | 'more' {
    this.#verdict ??= this.#scan.run(final);
    if (this.#parts.concerns(this.#held.at - this.#held.start)) {
      const cut = this.#parts.next(this.#held.bytes.subarray(this.#held.start, this.#held.at));
      if (cut !== null) return this.#divide(cut);
    }
    const verdict = this.#verdict;
    this.#verdict = null;
    if (verdict === 'whole') return this.#whole();
    if (verdict === 'broken') return this.#giveUp('broken');
    if (verdict === 'on' && final) return this.#giveUp('torn');
    return this.#waitOrGiveUp();
  }

  #divide({ piece, head, resume }: Cut): Piece | 'again' {
    this.#held.start += resume - head.length;
    this.#held.bytes.set(head, this.#held.start);
    return piece === null ? 'again' : { ...piece, line: this.#startLine };
  }

  #whole(): Piece | 'again' {
    if (!this.#parts.passesAll) return this.#emit('value', this.#held.at);
    this.#state = 'between';
    this.#held.start = this.#held.at;
    return 'again';
  }

  #waitOrGiveUp(): Piece | 'more' {
    if (this.#held.end - this.#held.start < maxValueBytes) return 'more';
    const text = this.#held.bytes.toString('utf8', this.#held.start, this.#held.start + strayBytes);
    this.#lose();
    return { kind: 'oversize', text, line: this.#startLine, part: null };
  }

  #emit(kind: Piece['kind'], to: number): Piece {
    const text = this.#held.bytes.toString('utf8', this.#held.start, to);
    this.#state = 'between';
    this.#held.start = to;
    return { kind, text, line: this.#startLine, part: this.#parts.place };
  }

  /**
   * The value cannot be whole. A writer killed in mid-line and started again appends to the torn
   * line, so a request may begin within what is pending: it is read again from there.
   */
  #giveUp(kind: 'broken' | 'torn'): Piece | 'again' {
    const pending = this.#held.bytes.subarray(this.#held.start + 1, this.#held.at);
    const inner = Math.max(...requestStarts.map((text) => pending.lastIndexOf(text)));
    if (inner >= 0) {
      const at = this.#held.start + 1 + inner;
      this.#held.line -= countLines(this.#held.bytes, at, this.#held.at);
      const piece = this.#emit('broken', at);
      this.#held.at = at;
      this.#begin();
      return piece;
    }
    // What is too long was said to be left out.
    const piece = this.#parts.passesAll ? 'again' : this.#emit(kind, this.#held.at);
    this.#lose();
    if (kind === 'torn') this.#openArrays = 0;
    return piece;
  }

  #lose(): void {
    this.#state = 'lost';
    // The bytes before tell whether a brace begins a line.
    this.#held.start = Math.max(0, this.#held.at - 2);
  }

  /** Skips to where a value can begin again. What it skips belongs to a piece given out before. */
  #lost(final: boolean): 'again' | 'more' {
    const bytes = this.#held.bytes.subarray(0, this.#held.end);
    while (this.#held.at < this.#held.end) {
      const found = bytes.indexOf(openBrace, this.#held.at);
      const stop = found < 0 ? this.#held.end : found;
      this.#held.line += countLines(bytes, this.#held.at, stop);
      this.#held.at = stop;
      if (found < 0 || (this.#held.end - found < lookahead && !final)) break;
      if (this.#beginsLine(found) || this.#scan.isRequest(found)) {
        this.#begin();
        return 'again';
      }
      this.#held.at += 1;
    }
    this.#held.start = Math.max(this.#held.start, this.#held.at - 2);
    return 'more';
  }

  /** Whether a line break stands before the brace at `at`, or did until a bit of it was flipped. */
  #beginsLine(at: number): boolean {
    const before = this.#held.bytes[at - 1] as number;
    if (before === newline) return true;
    return damagedBreak[before] === 1 && this.#held.bytes[at - 2] === closeBrace;
  }
}
