/** Places of what many records share, and what each adds to the hash of a record. */
import { enlarged } from './column.ts';
import { textDigest } from './content-hash.ts';

/** Of SHA-1. */
const digestBytes = 20;

export class SharedParts {
  readonly #most: number;
  readonly #places = new Map<string, number>();
  /** Of every place, because scanners remember places for longer. */
  #digests = new Uint8Array(64 * digestBytes);
  #count = 0;

  /** Remembers `most` at once; what was forgotten gets another place when it comes again. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The place of these parts; `onNew` is called if they have none yet. */
  placeOf(parts: readonly unknown[], onNew: () => void): number {
    const key = JSON.stringify(parts);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    if (this.#places.size >= this.#most) this.#places.clear();
    const place = this.#count;
    this.#count += 1;
    this.#places.set(key, place);
    if (this.#count * digestBytes > this.#digests.length) {
      this.#digests = enlarged(this.#digests, new Uint8Array(2 * this.#digests.length));
    }
    this.#digests.set(textDigest(parts), place * digestBytes);
    onNew();
    return place;
  }

  digestAt(place: number): Uint8Array {
    return this.#digests.subarray(place * digestBytes, (place + 1) * digestBytes);
  }
}
