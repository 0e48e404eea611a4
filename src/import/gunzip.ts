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
    for await (const piece of pieces(chunks)) {
      fed += piece.length;
      await settle(stream, piece);
      yield* output.splice(0);
      if (holdsMore(piece, fed - stream.bytesWritten)) {
        damage = 'bytes after the end of the gzip stream were not read';
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

/**
 * The same bytes in the pieces that are fed, however a pipe divides them: to wait for the stream
 * costs the same for two bytes as for thousands.
 */
async function* pieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let given = 0;
  let piece = Buffer.allocUnsafe(firstPieceBytes);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + piece.length - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < piece.length) continue;
      yield piece;
      given += filled;
      piece = Buffer.allocUnsafe(given < pieceBytes ? firstPieceBytes : pieceBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

/** Whether the last `count` bytes of `piece`, which the stream left, are more than padding. */
function holdsMore(piece: Uint8Array, count: number): boolean {
  // Zeros pad a file to whole blocks.
  return count > 0 && piece.subarray(-count).some((byte) => byte !== 0);
}

/** Gives the stream `piece`, or its end if that is null; waits until it took it, ended or failed. */
async function settle(stream: Gunzip, piece: Uint8Array | null): Promise<void> {
  if (stream.readableEnded || stream.errored !== null) return;
  const waiting = new AbortController();
  const { signal } = waiting;
  const over = once(stream, 'end', { signal });
  const taken = new Promise<void>((resolve) => {
    if (piece === null) stream.end();
    else stream.write(piece, () => resolve());
  });
  try {
    await Promise.race([over, taken]);
  } catch {
    // Its error is in `errored`.
  } finally {
    waiting.abort();
  }
}
