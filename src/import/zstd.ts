/** Zstandard (RFC 8878) streams of one or many frames. Node 20 has no decoder of its own. */
import { ZstdDecoder } from './zstd-decoder.ts';

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
  const decoder = await ZstdDecoder.open();
  try {
    for await (const chunk of chunks) yield* decoder.decode(chunk);
    if (decoder.damage !== null) onDamage(`the zstd stream ${decoder.damage}`);
  } finally {
    decoder.close();
  }
}

/** The content of one frame, or why there is none. */
export async function unzstdFrame(frame: Uint8Array): Promise<Uint8Array | string> {
  const decoder = await ZstdDecoder.open();
  try {
    const output: Uint8Array[] = [];
    let bytes = 0;
    for (const block of decoder.decode(frame)) {
      output.push(block);
      bytes += block.length;
      if (bytes > maxFrameBytes) return 'a zstd frame expands to more than 256 MB: left out';
    }
    if (decoder.damage !== null) return `a zstd frame ${decoder.damage}: left out`;
    return Buffer.concat(output, bytes);
  } finally {
    decoder.close();
  }
}
