/** The bytes of a stream of messages that wait to be read. */
import type { LongMessage } from './long-message.ts';

export interface Frame {
  readonly bytes: Uint8Array;
  /** Where it begins in the file, in bytes. */
  readonly at: number;
  /**
   * `torn`: the input ends inside it. `lost`: bytes between messages that are none. `joined`: whole
   * in itself, but the next one begins within its last bytes. `oversize`: a record that is passed over.
   */
  readonly kind: 'whole' | 'joined' | 'torn' | 'lost' | 'oversize';
}

/** Bytes of the stream that are not taken yet. */
export class Held {
  #buffer = Buffer.allocUnsafe(512 * 1024);
  #start = 0;
  #end = 0;
  #taken = 0;
  /** The message being read, if it is too long to be held. */
  long: LongMessage | null = null;

  /** Where the message ends that was found sound, as what follows another, in bytes of the file. */
  soundTo = -1;

  /** Where the bytes begin in the file. */
  get at(): number {
    return this.#taken;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  push(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#buffer.length) {
      const size = Math.max(this.#buffer.length, 2 * (this.length + chunk.length));
      // Frames are handed out as views: the old bytes must stay.
      const grown = Buffer.allocUnsafe(size);
      grown.set(this.bytes);
      this.#end = this.length;
      this.#start = 0;
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The bytes between `from` and `to` as a frame; takes all up to `next`. */
  take(from: number, to: number, kind: Frame['kind'], next = to): Frame {
    const frame = { bytes: this.bytes.subarray(from, to), at: this.#taken + from, kind };
    this.#start += next;
    this.#taken += next;
    return frame;
  }
}
