/** Places of what many records share, and what each adds to the hash of a record. */
import { textDigest } from './content-hash.ts';

export class SharedParts {
  readonly #most: number;
  readonly #places = new Map<string, number>();
  /** Of those remembered, from the place `#first` on. */
  #digests: Uint8Array[] = [];
  #first = 0;

  /** Remembers `most` at once; what was forgotten gets another place when it comes again. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The place of these parts; `onNew` is called if they have none yet. */
  placeOf(parts: readonly unknown[], onNew: () => void): number {
    const key = JSON.stringify(parts);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    if (this.#places.size >= this.#most) {
      this.#places.clear();
      this.#first += this.#digests.length;
      this.#digests = [];
    }
    const place = this.#first + this.#digests.length;
    this.#places.set(key, place);
    this.#digests.push(textDigest(parts));
    onNew();
    return place;
  }

  /** Of a place that was just given. */
  digestAt(place: number): Uint8Array {
    return this.#digests[place - this.#first] as Uint8Array;
  }
}
