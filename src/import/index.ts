/**
 * Dumps of telemetry as batches of records. Nothing here throws for bad data: what cannot be used
 * is a defect. Only an input that cannot be read at all is a `UserError`.
 */
import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { Batch } from '../model.ts';
import { everyTime, type Format, type Head, headBytes } from './format.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { jaeger } from './jaeger.ts';
import { otlpJson } from './otlp-json.ts';
import { outline } from './outline.ts';
import { type Peeked, peek } from './peek.ts';
import { otlpProtobuf } from './protobuf/index.ts';
import { shown } from './shown.ts';
import type { Source } from './source.ts';
import { explainUnread } from './unread.ts';
import { zipkin } from './zipkin.ts';
import { isZstd, unzstd } from './zstd.ts';

export { fileSource, listDump, type Source } from './source.ts';

/** Every format that is read, asked in this order. To add one: write its module, add it here. */
const formats: readonly Format[] = [otlpJson, otlpProtobuf, jaeger, zipkin];

export interface Dump {
  /** Name of the format. */
  readonly format: string;
  /** In input order, about 2,000 records each; to be iterated once. */
  readonly batches: AsyncIterable<Batch>;
  /** SHA-256 of the bytes as read (compressed if they are), hex; only once `batches` has ended. */
  sha256(): string;
  /** Bytes read so far, of the same. */
  bytesRead(): number;
}

export interface DumpOptions {
  /** Whether records of this time are wanted, unix nanoseconds; left out: all are. */
  readonly holds?: (time: bigint | null) => boolean;
  /** Attribute names of the user that stand for others. */
  readonly mapped?: readonly string[];
}

/**
 * Tells the format from the first 64 KiB, decompressed, never from the name. Iterate `batches` to
 * its end, or leave its loop: both close the source.
 * @throws {UserError} `unreadable` if the source is empty or in no format that is read; reading
 * on, `batches` throws it too if the source fails.
 */
export async function openDump(
  source: Source,
  { holds = everyTime, mapped = [] }: DumpOptions = {},
): Promise<Dump> {
  const name = source.path === '-' ? 'stdin' : source.path;
  const hash = createHash('sha256');
  let bytes = 0;
  let damage: string | null = null;
  const raw = await peek(
    readable(source, name, (chunk) => {
      bytes += chunk.length;
      hash.update(chunk);
    }),
    4,
  );
  const plain = decompressed(raw, (what) => {
    damage = what;
  });
  const { head, chunks, close } = await peek(plain, headBytes);
  const begin = asHead(head);
  const format = formats.find(({ matches }) => matches(begin));
  if (format === undefined) {
    await close();
    throw explainUnread(shown(name), begin, damage);
  }
  const input = { name, chunks, damage: () => damage, holds, mapped };
  let digest: string | null = null;
  return {
    format: format.name,
    batches: ended(format.decode(input, begin), () => {
      digest = hash.digest('hex');
    }),
    sha256() {
      if (digest === null) throw new Error('the hash is known once all batches are read');
      return digest;
    },
    bytesRead: () => bytes,
  };
}

function decompressed(
  { head, chunks }: Peeked,
  onDamage: (what: string) => void,
): AsyncIterable<Uint8Array> {
  if (isGzip(head)) return gunzip(chunks, onDamage);
  return isZstd(head) ? unzstd(chunks, onDamage) : chunks;
}

function asHead(bytes: Uint8Array): Head {
  const text = new TextDecoder().decode(bytes);
  return { bytes, text, paths: outline(text) };
}

/** The bytes of the source; a failure to read them is the user's to know of. */
async function* readable(
  source: Source,
  name: string,
  onChunk: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source.open()) {
      onChunk(chunk);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { message } = error as Error;
    throw new UserError('unreadable', `${shown(name)}: ${shown(message)}`, { cause: error });
  }
}

async function* ended<T>(items: AsyncIterable<T>, onEnd: () => void): AsyncGenerator<T> {
  yield* items;
  onEnd();
}
