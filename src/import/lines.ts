/** Whole lines of a byte stream, without copying each of them. */

const newline = 0x0a;
/** A longer line is handed on in parts. */
const longestLine = 16 * 1024 * 1024;

export interface Line {
  readonly bytes: Buffer;
  readonly from: number;
  /** Behind the line break, if there is one. */
  readonly to: number;
  /** False: a part of a line that is too long to be held. */
  readonly isWhole: boolean;
}

export class Lines {
  #bytes = Buffer.allocUnsafe(512 * 1024);
  #from = 0;
  #end = 0;
  /** How far it is known that there is no line break. */
  #searched = 0;
  /** Within a line of which a part was handed on. */
  #inLong = false;

  push(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The lines that are there; with `final` also what is left. Valid until the next `push`. */
  *take(final: boolean): Generator<Line> {
    for (;;) {
      const found = this.#bytes.subarray(0, this.#end).indexOf(newline, this.#searched);
      if (found < 0) break;
      yield this.#line(found + 1, !this.#inLong && found - this.#from < longestLine);
      this.#inLong = false;
    }
    this.#searched = this.#end;
    const left = this.#end - this.#from;
    if (left === 0 || (!final && !this.#inLong && left < longestLine)) return;
    const isWhole = final && !this.#inLong && left < longestLine;
    this.#inLong = !final;
    yield this.#line(this.#end, isWhole);
  }

  #line(to: number, isWhole: boolean): Line {
    const line = { bytes: this.#bytes, from: this.#from, to, isWhole };
    this.#from = to;
    this.#searched = to;
    return line;
  }

  #makeRoom(count: number): void {
    const left = this.#end - this.#from;
    const size = Math.max(this.#bytes.length, 2 * (left + count));
    const to = size > this.#bytes.length ? Buffer.allocUnsafe(size) : this.#bytes;
    this.#bytes.copy(to, 0, this.#from, this.#end);
    this.#bytes = to;
    this.#searched -= this.#from;
    this.#end = left;
    this.#from = 0;
  }
}
