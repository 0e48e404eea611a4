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
  backslash,
  closeBrace,
  closeBracket,
  countLines,
  isSpace,
  newline,
  openBrace,
  openBracket,
  quote,
  tableOf,
} from './json-bytes.ts';
import { type Lists, noLists } from './json-lists.ts';
import { type Cut, type PartLimits, type PartPlace, partLimits, ValueParts } from './json-parts.ts';
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

/** Of a scan: go on, the value is whole, it cannot be whole, more bytes are needed. */
type Verdict = 'on' | 'whole' | 'broken' | 'wait';

/** A longer value cannot be read even if it is made of short records: V8 holds no such text. */
const maxValueBytes = 500 * 1024 * 1024;
/** Bytes after `{` that decide whether a request begins there. */
const lookahead = 64;

/** Bytes that matter outside strings. */
const matters = tableOf(...Buffer.from('"{}[]\n'));
/** Bytes that end a run of plain ones within a string. */
const endsRun = tableOf(quote, backslash, newline);
/** Space, tab, CR, LF, comma, brackets, record separator (RFC 7464), byte order mark. */
const separators = tableOf(0x20, 9, 13, 10, 0x2c, 0x5b, 0x5d, 0x1e, 0xef, 0xbb, 0xbf);

/** A line break with a bit flipped: none of them is a comma with a bit flipped. */
const damagedBreak = tableOf(...[1, 2, 4, 8, 16, 32, 64, 128].map((bit) => newline ^ bit));

const requestKey = /^\{\s*"resource(?:Spans|Logs|Metrics|_spans|_logs|_metrics)"/;
const requestStarts = ['{"resourceSpans"', '{"resourceLogs"', '{"resourceMetrics"'];

export class JsonSplitter {
  #bytes = Buffer.allocUnsafe(512 * 1024);
  /** First byte of the value being read. */
  #start = 0;
  #startLine = 1;
  /** Next byte to look at. */
  #at = 0;
  #line = 1;
  #end = 0;
  /** Where we are: between values, in a value, or after broken input. */
  #state: 'between' | 'value' | 'lost' = 'between';
  #depth = 0;
  #inString = false;
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
    return this.#line;
  }

  /** Whether a value may begin here, and nothing waits. */
  get isIdle(): boolean {
    return this.#state === 'between' && this.#at === this.#end && this.#openArrays === 0;
  }

  /** A line was read by somebody else. */
  passLine(): void {
    this.#line += 1;
  }

  push(chunk: Uint8Array): void {
    this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
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
    const bytes = this.#bytes;
    for (; this.#at < this.#end; this.#at += 1) {
      const byte = bytes[this.#at] as number;
      if (separators[byte] !== 1) {
        if (byte !== openBrace) return this.#stray(final);
        this.#begin();
        return 'again';
      }
      if (byte === newline) this.#line += 1;
      else if (byte === openBracket) this.#openArrays += 1;
      else if (byte === closeBracket) this.#openArrays = Math.max(0, this.#openArrays - 1);
    }
    this.#start = this.#at;
    return final ? this.#unclosed() : 'more';
  }

  /** The end of the input between values: fine, unless an array is open. */
  #unclosed(): Piece | 'more' {
    if (this.#openArrays === 0) return 'more';
    this.#openArrays = 0;
    return { kind: 'torn', text: '', line: this.#line, part: null };
  }

  #begin(): void {
    this.#state = 'value';
    this.#start = this.#at;
    this.#startLine = this.#line;
    this.#depth = 0;
    this.#inString = false;
    this.#parts.begin();
  }

  /** What begins with neither `{` nor `[`: a bare scalar, or text that is not JSON. */
  #stray(final: boolean): Piece | 'more' {
    const from = this.#at;
    this.#start = from;
    const limit = Math.min(this.#end, from + strayBytes);
    const begin = this.#bytes.toString('latin1', from, limit);
    if (!final && !begin.includes('\n') && begin.length < strayBytes) return 'more';
    const { kind, length } = strayAt(begin);
    const line = this.#line;
    const text = this.#bytes.toString('utf8', from, from + length);
    if (kind !== 'text') {
      this.#at += length;
      return { kind: kind === 'odd' ? 'broken' : 'value', text, line, part: null };
    }
    this.#state = 'lost';
    const torn = final && this.#openArrays > 0 && from + length === this.#end;
    if (torn) this.#openArrays = 0;
    return { kind: torn ? 'torn' : 'broken', text, line, part: null };
  }

  #value(final: boolean): Piece | 'again' | 'more' {
    this.#verdict ??= this.#scan(final);
    if (this.#parts.concerns(this.#at - this.#start)) {
      const cut = this.#parts.next(this.#bytes.subarray(this.#start, this.#at));
      if (cut !== null) return this.#divide(cut);
    }
    const verdict = this.#verdict;
    this.#verdict = null;
    if (verdict === 'whole') return this.#whole();
    if (verdict === 'broken') return this.#giveUp('broken');
    if (verdict === 'on' && final) return this.#giveUp('torn');
    return this.#waitOrGiveUp();
  }

  /** As far as the value can be read; `on` if that is to the end of what is here. */
  #scan(final: boolean): Verdict {
    while (this.#at < this.#end) {
      const verdict = this.#inString ? this.#scanString(final) : this.#scanOutside(final);
      if (verdict !== 'on') return verdict;
    }
    return 'on';
  }

  #divide({ piece, head, resume }: Cut): Piece | 'again' {
    this.#start += resume - head.length;
    this.#bytes.set(head, this.#start);
    return piece === null ? 'again' : { ...piece, line: this.#startLine };
  }

  #whole(): Piece | 'again' {
    if (!this.#parts.passesAll) return this.#emit('value', this.#at);
    this.#state = 'between';
    this.#start = this.#at;
    return 'again';
  }

  #waitOrGiveUp(): Piece | 'more' {
    if (this.#end - this.#start < maxValueBytes) return 'more';
    const text = this.#bytes.toString('utf8', this.#start, this.#start + strayBytes);
    this.#lose();
    return { kind: 'oversize', text, line: this.#startLine, part: null };
  }

  /** Inside a string up to its closing quote or to an escape. */
  #scanString(final: boolean): Verdict {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    while (at < end && endsRun[bytes[at] as number] === 0) at += 1;
    this.#at = at;
    if (at === end) return 'on';
    const byte = bytes[at];
    if (byte === newline) return 'broken';
    if (byte === backslash) return this.#skipEscape(final);
    if (bytes[at - 1] === openBrace) {
      const verdict = this.#hidesRequest(at, final);
      if (verdict !== 'on') return verdict;
    }
    this.#inString = false;
    this.#at += 1;
    return 'on';
  }

  /**
   * `broken` if the quote at `at`, which ends a string, really begins the key of a request: a writer
   * that was killed within a string, and started again, wrote on there.
   */
  #hidesRequest(at: number, final: boolean): Verdict {
    if (this.#end - at < lookahead && !final) return 'wait';
    const limit = Math.min(this.#end, at + lookahead);
    if (!requestKey.test(this.#bytes.toString('latin1', at - 1, limit))) return 'on';
    this.#at = limit;
    return 'broken';
  }

  #skipEscape(final: boolean): Verdict {
    if (this.#at + 1 === this.#end) {
      if (!final) return 'wait';
      this.#at += 1;
    } else {
      // A line break is never escaped: it stands for a torn line.
      this.#at += this.#bytes[this.#at + 1] === newline ? 1 : 2;
    }
    return 'on';
  }

  /** Outside strings up to the next quote, or the end of the value. */
  #scanOutside(final: boolean): Verdict {
    const bytes = this.#bytes;
    const end = this.#end;
    for (let at = this.#at; at < end; at += 1) {
      const byte = bytes[at] as number;
      if (matters[byte] === 0) continue;
      const verdict = this.#structure(byte, at, final);
      if (verdict !== 'on') return verdict;
      if (byte === quote) return 'on';
    }
    this.#at = end;
    return 'on';
  }

  /** Takes the byte at `at`: a quote, a line break, or a bracket outside strings. */
  #structure(byte: number, at: number, final: boolean): Verdict {
    if (byte === openBrace && this.#depth > 0) {
      const verdict = this.#beginsAnew(at, final);
      if (verdict !== 'on') {
        this.#at = at;
        return verdict;
      }
    }
    this.#at = at + 1;
    if (byte === quote) this.#inString = true;
    else if (byte === newline) this.#line += 1;
    else if (byte === openBrace || byte === openBracket) this.#depth += 1;
    else {
      this.#depth -= 1;
      if (this.#depth === 0) return 'whole';
    }
    return 'on';
  }

  /** `broken` if the brace at `at`, inside a value, can only be the begin of another value. */
  #beginsAnew(at: number, final: boolean): Verdict {
    const bytes = this.#bytes;
    if (this.#end - at < lookahead && !final) return 'wait';
    const onNewLine = bytes[at - 1] === newline;
    const request = this.#isRequest(at);
    if (!onNewLine && !request) return 'on';
    let before = at - 1;
    while (isSpace(bytes[before] as number)) before -= 1;
    const char = String.fromCharCode(bytes[before] as number);
    if (request) return char === ':' && !onNewLine ? 'on' : 'broken';
    return '[,:'.includes(char) ? 'on' : 'broken';
  }

  #isRequest(at: number): boolean {
    const next = this.#bytes[at + 1] as number;
    if (next === quote ? this.#bytes[at + 2] !== 0x72 : !isSpace(next)) return false;
    const limit = Math.min(this.#end, at + lookahead);
    return requestKey.test(this.#bytes.toString('latin1', at, limit));
  }

  #emit(kind: Piece['kind'], to: number): Piece {
    const text = this.#bytes.toString('utf8', this.#start, to);
    this.#state = 'between';
    this.#start = to;
    return { kind, text, line: this.#startLine, part: this.#parts.place };
  }

  /**
   * The value cannot be whole. A writer killed in mid-line and started again appends to the torn
   * line, so a request may begin within what is pending: it is read again from there.
   */
  #giveUp(kind: 'broken' | 'torn'): Piece | 'again' {
    const pending = this.#bytes.subarray(this.#start + 1, this.#at);
    const inner = Math.max(...requestStarts.map((text) => pending.lastIndexOf(text)));
    if (inner >= 0) {
      const at = this.#start + 1 + inner;
      this.#line -= countLines(this.#bytes, at, this.#at);
      const piece = this.#emit('broken', at);
      this.#at = at;
      this.#begin();
      return piece;
    }
    // What is too long was said to be left out.
    const piece = this.#parts.passesAll ? 'again' : this.#emit(kind, this.#at);
    this.#lose();
    if (kind === 'torn') this.#openArrays = 0;
    return piece;
  }

  #lose(): void {
    this.#state = 'lost';
    // The bytes before tell whether a brace begins a line.
    this.#start = Math.max(0, this.#at - 2);
  }

  /** Skips to where a value can begin again. What it skips belongs to a piece given out before. */
  #lost(final: boolean): 'again' | 'more' {
    const bytes = this.#bytes.subarray(0, this.#end);
    while (this.#at < this.#end) {
      const found = bytes.indexOf(openBrace, this.#at);
      const stop = found < 0 ? this.#end : found;
      this.#line += countLines(bytes, this.#at, stop);
      this.#at = stop;
      if (found < 0 || (this.#end - found < lookahead && !final)) break;
      if (this.#beginsLine(found) || this.#isRequest(found)) {
        this.#begin();
        return 'again';
      }
      this.#at += 1;
    }
    this.#start = Math.max(this.#start, this.#at - 2);
    return 'more';
  }

  /** Whether a line break stands before the brace at `at`, or did until a bit of it was flipped. */
  #beginsLine(at: number): boolean {
    const before = this.#bytes[at - 1] as number;
    if (before === newline) return true;
    return damagedBreak[before] === 1 && this.#bytes[at - 2] === closeBrace;
  }

  #makeRoom(count: number): void {
    if (this.#end + count <= this.#bytes.length) return;
    const live = this.#end - this.#start;
    const size = Math.max(this.#bytes.length, 2 * (live + count));
    const grown = size > this.#bytes.length ? Buffer.allocUnsafe(size) : this.#bytes;
    this.#bytes.copy(grown, 0, this.#start, this.#end);
    this.#bytes = grown;
    this.#at -= this.#start;
    this.#end = live;
    this.#start = 0;
  }
}
