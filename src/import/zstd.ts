/**
 * Zstandard (RFC 8878) streams of one or many frames. Node 20 has no decoder of its own.
 */
import { Decompress } from 'fzstd';

/**
 * Fed at once. A block of four bytes may stand for 128 KiB, and all blocks of a piece are expanded
 * before the first can be handed on: 4 KiB are at most 128 MiB.
 */
const pieceBytes = 4 * 1024;
/** A message of the Collector's file exporter that expands further is no message. */
const maxFrameBytes = 256 * 1024 * 1024;

export const isZstd = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;

/**
 * The decompressed bytes of all frames. At damage it calls `onDamage(what)` and stops, but reads
 * `chunks` to their end, so that their hash is that of the file.
 */
export async function* unzstd(
  chunks: AsyncIterable<Uint8Array>,
  onDamage: (what: string) => void,
): AsyncGenerator<Uint8Array> {
  const output: Uint8Array[] = [];
  const stream = new Decompress((chunk) => void output.push(chunk));
  let damage: string | null = null;
  const feed = (bytes: Uint8Array, last: boolean): void => {
    try {
      stream.push(bytes, last);
    } catch (error) {
      damage = `the zstd stream is cut or corrupt (${(error as Error).message})`;
    }
  };
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length && damage === null; at += pieceBytes) {
      feed(chunk.subarray(at, at + pieceBytes), false);
      yield* output.splice(0);
    }
  }
  if (damage === null) feed(new Uint8Array(0), true);
  yield* output.splice(0);
  if (damage !== null) onDamage(damage);
}

/** The content of one frame, or why there is none. */
export function unzstdFrame(frame: Uint8Array): Uint8Array | string {
  const output: Uint8Array[] = [];
  let bytes = 0;
  const stream = new Decompress((chunk) => {
    output.push(chunk);
    bytes += chunk.length;
  });
  try {
    for (let at = 0; at < frame.length; at += pieceBytes) {
      stream.push(frame.subarray(at, at + pieceBytes), at + pieceBytes >= frame.length);
      if (bytes > maxFrameBytes) return 'a zstd frame expands to more than 256 MB: left out';
    }
  } catch (error) {
    return `a zstd frame is cut or corrupt (${(error as Error).message}): left out`;
  }
  return Buffer.concat(output, bytes);
}
