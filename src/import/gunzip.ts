/**
 * Gzip that keeps what is whole. Node drops the output that waits in the stream when the input is
 * cut or corrupt; here the output of every piece is taken out before the next piece goes in.
 */
import { once } from 'node:events';
import { createGunzip, type Gunzip } from 'node:zlib';

/**
 * Bytes fed at once. What a piece gives before a corrupt place in it is lost, so pieces are small,
 * and smaller at the begin: a small file is not lost whole.
 */
const pieceBytes = 4096;
const firstPieceBytes = 64;

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * The decompressed bytes of all members. At damage it calls `onDamage(what)` and stops, but reads
 * `chunks` to their end, so that their hash is that of the file.
 */
export async function* gunzip(
  chunks: AsyncIterable<Uint8Array>,
  onDamage: (what: string) => void,
): AsyncGenerator<Uint8Array> {
  const stream = createGunzip({ chunkSize: 64 * 1024 });
  const output: Uint8Array[] = [];
  stream.on('data', (chunk: Uint8Array) => output.push(chunk));
  stream.on('error', () => {
    // Read from `errored`; without a listener it would end the process.
  });
  let damage: string | null = null;
  let fed = 0;
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + (fed < pieceBytes ? firstPieceBytes : pieceBytes));
        at += part.length;
        fed += part.length;
        await settle(stream, part);
        yield* output.splice(0);
        if (holdsMore(part, fed - stream.bytesWritten)) {
          damage = 'bytes after the end of the gzip stream were not read';
        }
      }
    }
    await settle(stream, null);
    yield* output.splice(0);
    if (stream.errored) damage = `the gzip stream is cut or corrupt (${stream.errored.message})`;
    if (damage !== null) onDamage(damage);
  } finally {
    stream.destroy();
  }
}

/** Whether the last `count` bytes of `part`, which the stream left, are more than padding. */
function holdsMore(part: Uint8Array, count: number): boolean {
  // Zeros pad a file to whole blocks.
  return count > 0 && part.subarray(-count).some((byte) => byte !== 0);
}

/** Gives the stream `part`, or its end if that is null; waits until it took it, ended or failed. */
async function settle(stream: Gunzip, part: Uint8Array | null): Promise<void> {
  if (stream.readableEnded || stream.errored !== null) return;
  const waiting = new AbortController();
  const { signal } = waiting;
  const over = once(stream, 'end', { signal });
  const taken = new Promise<void>((resolve) => {
    if (part === null) stream.end();
    else stream.write(part, () => resolve());
  });
  try {
    await Promise.race([over, taken]);
  } catch {
    // Its error is in `errored`.
  } finally {
    waiting.abort();
  }
}
