/** Reads on in one JSON value, byte by byte, to where it ends or cannot be one. */
import {
  backslash,
  isSpace,
  newline,
  openBrace,
  openBracket,
  quote,
  tableOf,
} from './json-bytes.ts';
import type { HeldText } from './json-held.ts';

/** Of a scan: go on, the value is whole, it cannot be whole, more bytes are needed. */
export type Verdict = 'on' | 'whole' | 'broken' | 'wait';

/** Bytes after `{` that decide whether a request begins there. */
export const lookahead = 64;

/** Bytes that matter outside strings. */
const matters = tableOf(...Buffer.from('"{}[]\n'));
/** Bytes that end a run of plain ones within a string. */
const endsRun = tableOf(quote, backslash, newline);
const requestKey = /^\{\s*"resource(?:Spans|Logs|Metrics|_spans|_logs|_metrics)"/;

export class ValueScan {
  readonly #held: HeldText;
  #depth = 0;
  #inString = false;

  constructor(held: HeldText) {
    this.#held = held;
  }

  /** Another value begins. */
  begin(): void {
    this.#depth = 0;
    this.#inString = false;
  }

  /** As far as the value can be read; `on` if that is to the end of what is here. */
  run(final: boolean): Verdict {
    while (this.#held.at < this.#held.end) {
      const verdict = this.#inString ? this.#scanString(final) : this.#scanOutside(final);
      if (verdict !== 'on') return verdict;
    }
    return 'on';
  }

  /** Inside a string up to its closing quote or to an escape. */
  #scanString(final: boolean): Verdict {
    const bytes = this.#held.bytes;
    const end = this.#held.end;
    let at = this.#held.at;
    while (at < end && endsRun[bytes[at] as number] === 0) at += 1;
    this.#held.at = at;
    if (at === end) return 'on';
    const byte = bytes[at];
    if (byte === newline) return 'broken';
    if (byte === backslash) return this.#skipEscape(final);
    if (bytes[at - 1] === openBrace) {
      const verdict = this.#hidesRequest(at, final);
      if (verdict !== 'on') return verdict;
    }
    this.#inString = false;
    this.#held.at += 1;
    return 'on';
  }

  /**
   * `broken` if the quote at `at`, which ends a string, really begins the key of a request: a writer
   * that was killed within a string, and started again, wrote on there.
   */
  #hidesRequest(at: number, final: boolean): Verdict {
    if (this.#held.end - at < lookahead && !final) return 'wait';
    const limit = Math.min(this.#held.end, at + lookahead);
    if (!requestKey.test(this.#held.bytes.toString('latin1', at - 1, limit))) return 'on';
    this.#held.at = limit;
    return 'broken';
  }

  #skipEscape(final: boolean): Verdict {
    if (this.#held.at + 1 === this.#held.end) {
      if (!final) return 'wait';
      this.#held.at += 1;
    } else {
      // A line break is never escaped: it stands for a torn line.
      this.#held.at += this.#held.bytes[this.#held.at + 1] === newline ? 1 : 2;
    }
    return 'on';
  }

  /** Outside strings up to the next quote, or the end of the value. */
  #scanOutside(final: boolean): Verdict {
    const bytes = this.#held.bytes;
    const end = this.#held.end;
    for (let at = this.#held.at; at < end; at += 1) {
      const byte = bytes[at] as number;
      if (matters[byte] === 0) continue;
      const verdict = this.#structure(byte, at, final);
      if (verdict !== 'on') return verdict;
      if (byte === quote) return 'on';
    }
    this.#held.at = end;
    return 'on';
  }

  /** Takes the byte at `at`: a quote, a line break, or a bracket outside strings. */
  #structure(byte: number, at: number, final: boolean): Verdict {
    if (byte === openBrace && this.#depth > 0) {
      const verdict = this.#beginsAnew(at, final);
      if (verdict !== 'on') {
        this.#held.at = at;
        return verdict;
      }
    }
    this.#held.at = at + 1;
    if (byte === quote) this.#inString = true;
    else if (byte === newline) this.#held.line += 1;
    else if (byte === openBrace || byte === openBracket) this.#depth += 1;
    else {
      this.#depth -= 1;
      if (this.#depth === 0) return 'whole';
    }
    return 'on';
  }

  /** `broken` if the brace at `at`, inside a value, can only be the begin of another value. */
  #beginsAnew(at: number, final: boolean): Verdict {
    const bytes = this.#held.bytes;
    if (this.#held.end - at < lookahead && !final) return 'wait';
    const onNewLine = bytes[at - 1] === newline;
    const request = this.isRequest(at);
    if (!onNewLine && !request) return 'on';
    let before = at - 1;
    while (isSpace(bytes[before] as number)) before -= 1;
    const char = String.fromCharCode(bytes[before] as number);
    if (request) return char === ':' && !onNewLine ? 'on' : 'broken';
    return '[,:'.includes(char) ? 'on' : 'broken';
  }

  isRequest(at: number): boolean {
    const next = this.#held.bytes[at + 1] as number;
    if (next === quote ? this.#held.bytes[at + 2] !== 0x72 : !isSpace(next)) return false;
    const limit = Math.min(this.#held.end, at + lookahead);
    return requestKey.test(this.#held.bytes.toString('latin1', at, limit));
  }
}
