/** Attributes of one record that no head holds, sorted by name as they come: there are few. */
import type { KnownName } from '../attribute-sharing.ts';
import { copy } from './pattern.ts';

export interface OwnName {
  readonly known: KnownName;
  /** `"name":` as it stands in front of a value in JSON text. */
  readonly text: Uint8Array;
}

export class OwnAttributes {
  readonly #names: OwnName[] = [];
  /** Where the JSON text of each value lies. */
  readonly #sources: Uint8Array[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  #count = 0;
  /** Whether analysis reads one of them of every span. */
  telling = false;

  clear(): void {
    this.#count = 0;
    this.telling = false;
  }

  keep(name: OwnName, source: Uint8Array, from: number, to: number): void {
    const names = this.#names;
    if (name.known.telling) this.telling = true;
    let at = this.#count;
    for (; at > 0 && (names[at - 1] as OwnName).known.name > name.known.name; at -= 1) {
      names[at] = names[at - 1] as OwnName;
      this.#sources[at] = this.#sources[at - 1] as Uint8Array;
      this.#from[at] = this.#from[at - 1] as number;
      this.#to[at] = this.#to[at - 1] as number;
    }
    names[at] = name;
    this.#sources[at] = source;
    this.#from[at] = from;
    this.#to[at] = to;
    this.#count += 1;
  }

  /** Bytes that `writeOwn` needs at most. */
  get ownBytes(): number {
    let bytes = 2;
    for (let i = 0; i < this.#count; i += 1) {
      const length = (this.#to[i] as number) - (this.#from[i] as number);
      bytes += (this.#names[i] as OwnName).text.length + length + 1;
    }
    return bytes;
  }

  /** Writes them as JSON object text and gives where it ends; nothing if there are none. */
  writeOwn(to: Buffer, at: number): number {
    if (this.#count === 0) return at;
    let next = at;
    for (let i = 0; i < this.#count; i += 1) {
      const { text } = this.#names[i] as OwnName;
      to[next] = i === 0 ? 0x7b : 0x2c;
      next = copy(text, 0, text.length, to, next + 1);
      const source = this.#sources[i] as Uint8Array;
      next = copy(source, this.#from[i] as number, this.#to[i] as number, to, next);
    }
    to[next] = 0x7d;
    return next + 1;
  }
}
