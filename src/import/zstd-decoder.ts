/**
 * A decoder of zstd streams: libzstd in WebAssembly, of the package `zstddec`.
 *
 * It calls the functions of libzstd itself. The package's own streaming loops for ever at damage,
 * does not tell what is wrong, and frees nothing if it is left early.
 */
import { ZSTDDecoder } from 'zstddec/stream';

/** What of libzstd is used; all numbers are addresses and sizes of 32 bits. */
interface Library {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
  free(address: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): void;
  /** The bytes it wants next, 0 at the end of a frame, or the negative of an error's number. */
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

let library: Library | null = null;

class Loader extends ZSTDDecoder {
  // Called without `this`.
  override _init(result: { instance: { exports: unknown } }): void {
    super._init(result as Parameters<ZSTDDecoder['_init']>[0]);
    library = result.instance.exports as Library;
  }
}

/** A block has at most 128 KiB; its header and that of a frame come on top. */
const bufferBytes = 129 * 1024;
/** As much of a frame as tells how long its header is. */
const frameStart = 5;
const blockHeader = 3;
/** The state of both buffers: for output and then for input address, size, and how much is done. */
const stateLength = 6;
const stateBytes = stateLength * 4;
const inputState = 3 * 4;

/** Of the numbers in zstd_errors.h those that say more than that the data are corrupt. */
const errors: Readonly<Record<number, string>> = {
  10: 'goes on with bytes that are no frame',
  16: 'needs a window of more than 128 MB (to unpack it: zstd -d --long=31)',
  22: 'is corrupt (its checksum is wrong)',
  32: 'needs a dictionary',
  64: 'needs more memory than there is',
};

export class ZstdDecoder {
  readonly #library: Library;
  readonly #context: number;
  readonly #state: number;
  readonly #input: number;
  readonly #output: number;
  #wanted = frameStart;
  #whole = true;
  #error: string | null = null;

  private constructor(loaded: Library) {
    this.#library = loaded;
    this.#context = loaded.ZSTD_createDCtx();
    this.#state = loaded.malloc(stateBytes);
    this.#input = loaded.malloc(bufferBytes);
    this.#output = loaded.malloc(bufferBytes);
  }

  /** To be closed: nothing else frees its memory. */
  static async open(): Promise<ZstdDecoder> {
    await new Loader().init();
    return new ZstdDecoder(library as unknown as Library);
  }

  close(): void {
    this.#library.ZSTD_freeDCtx(this.#context);
    for (const address of [this.#state, this.#input, this.#output]) this.#library.free(address);
  }

  /** What is wrong with the stream if it ends here: the rest of a sentence that it begins. */
  get damage(): string | null {
    return this.#error ?? (this.#whole ? null : 'is cut: it ends within a frame');
  }

  /** What `bytes`, the next of the stream, stand for: block by block, and nothing after damage. */
  *decode(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length && this.#error === null; ) {
      const [taken, made] = this.#step(bytes.subarray(at, at + this.#portion()));
      at += taken;
      if (made.length > 0) yield made;
    }
  }

  /**
   * What a call makes before it fails is lost, so none is given more than the end of one block.
   * The decoder also wants the header of the next one.
   */
  #portion(): number {
    const wanted = this.#wanted > blockHeader ? this.#wanted - blockHeader : this.#wanted;
    return Math.min(wanted, bufferBytes);
  }

  /** How many bytes of `part` it took, and what it made. */
  #step(part: Uint8Array): [number, Uint8Array] {
    const { memory } = this.#library;
    const state = [this.#output, bufferBytes, 0, this.#input, part.length, 0];
    new Uint32Array(memory.buffer, this.#state).set(state);
    new Uint8Array(memory.buffer, this.#input).set(part);
    const result = this.#library.ZSTD_decompressStream(
      this.#context,
      this.#state,
      this.#state + inputState,
    );
    if (result < 0) this.#error = errors[-result] ?? 'is corrupt';
    this.#whole = result === 0;
    this.#wanted = result || frameStart;
    // The memory may have grown: it has another buffer then.
    const [, , made, , , taken = 0] = new Uint32Array(memory.buffer, this.#state, stateLength);
    return [taken, new Uint8Array(memory.buffer, this.#output, made).slice()];
  }
}
