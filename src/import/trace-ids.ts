/** Trace ids → numbers in the order of their first appearance. */

/** Ids remembered at once, at about 40 bytes each: beyond, an id gets another number, as though new. */
const mostIds = 2_000_000;

/**
 * Open addressing over words: a map of strings would cost several times as much memory, and as
 * much time as all else that is done with a span.
 */
export class TraceIds {
  /** Four words an id; its number plus one; 0 where the place is free. */
  #words = new Uint32Array(4 * 4096);
  #numbers = new Uint32Array(4096);
  #held = 0;
  /** Numbers given so far. */
  count = 0;

  /** The number of the id; equal to what `count` was if it is new. */
  numberOf(a: number, b: number, c: number, d: number): number {
    const mask = this.#numbers.length - 1;
    for (let at = mixed(a, b, c, d) & mask; ; at = (at + 1) & mask) {
      const number = this.#numbers[at] as number;
      if (number === 0) return this.#add(at, a, b, c, d);
      const words = this.#words;
      const word = at * 4;
      if (
        words[word] === a &&
        words[word + 1] === b &&
        words[word + 2] === c &&
        words[word + 3] === d
      ) {
        return number - 1;
      }
    }
  }

  #add(at: number, a: number, b: number, c: number, d: number): number {
    this.#put(at, a, b, c, d, this.count + 1);
    this.count += 1;
    this.#held += 1;
    if (this.#held >= mostIds) this.#resize(4096);
    else if (this.#held * 2 > this.#numbers.length) this.#resize(this.#numbers.length * 2);
    return this.count - 1;
  }

  #put(at: number, a: number, b: number, c: number, d: number, number: number): void {
    this.#words[at * 4] = a;
    this.#words[at * 4 + 1] = b;
    this.#words[at * 4 + 2] = c;
    this.#words[at * 4 + 3] = d;
    this.#numbers[at] = number;
  }

  /** To more places with all ids, or to fewer with none. */
  #resize(places: number): void {
    const [words, numbers] = [this.#words, this.#numbers];
    this.#words = new Uint32Array(4 * places);
    this.#numbers = new Uint32Array(places);
    if (places < numbers.length) {
      this.#held = 0;
      return;
    }
    const mask = places - 1;
    for (const [old, number] of numbers.entries()) {
      if (number === 0) continue;
      const [a = 0, b = 0, c = 0, d = 0] = words.subarray(old * 4, old * 4 + 4);
      let at = mixed(a, b, c, d) & mask;
      while (this.#numbers[at] !== 0) at = (at + 1) & mask;
      this.#put(at, a, b, c, d, number);
    }
  }
}

/** The last step of MurmurHash3 over all words: ids may count upwards. */
function mixed(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a, 0xcc9e2d51) ^ Math.imul(b, 0x1b873593) ^ Math.imul(c, 0x85ebca6b) ^ d;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
