/** Frames are made by hand, of raw and of repeated blocks: Node 20 has no encoder (RFC 8878, 3.1.1). */
import { expect, test } from 'vitest';
import { unzstd, unzstdFrame } from '../src/import/zstd.ts';

/** The header of a frame that gives no content size, and a window of two to the power of `log`. */
const header = (log: number): Buffer => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3]);

function block(type: number, size: number, content: Uint8Array, last: boolean): Buffer {
  const head = Buffer.alloc(3);
  head.writeUIntLE((size << 3) | (type << 1) | (last ? 1 : 0), 0, 3);
  return Buffer.concat([head, content]);
}
const raw = (text: string, last = true): Buffer => block(0, text.length, Buffer.from(text), last);
const repeated = (byte: string, count: number, last = true): Buffer =>
  block(1, count, Buffer.from(byte), last);
const frame = (...blocks: Uint8Array[]): Buffer => Buffer.concat([header(20), ...blocks]);

/** 640 bytes of "spans and logs, ", as the zstd program writes them: compressed, with a checksum. */
const sample = Buffer.from(
  '28b52ffd0468bd0000807370616e7320616e64206c6f67732c200100da4c3597168e04eb',
  'hex',
);
const sampleText = 'spans and logs, '.repeat(40);

async function unpack(bytes: Uint8Array, chunk = 65536): Promise<[string, string | null]> {
  let damage: string | null = null;
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  };
  const parts: Uint8Array[] = [];
  for await (const part of unzstd(chunks(), (what) => {
    damage = what;
  })) {
    parts.push(part);
  }
  return [Buffer.concat(parts).toString(), damage];
}

test.each([1, 2, 5, 65536])(
  'frames with and without a content size, in chunks of %d',
  async (chunk) => {
    const skippable = Buffer.from('502a4d1803000000616263', 'hex');
    const frames = [sample, frame(raw('a', false), raw('b')), frame(raw('')), skippable, sample];
    const text = `${sampleText}ab${sampleText}`;
    expect(await unpack(Buffer.concat(frames), chunk)).toEqual([text, null]);
  },
);

test('what came before a cut or a corrupt place is kept', async () => {
  const whole = Buffer.concat([
    sample,
    frame(raw('one,', false), raw('two,', false), raw('three')),
  ]);
  const cut = 'the zstd stream is cut: it ends within a frame';
  expect(await unpack(whole.subarray(0, -4))).toEqual([`${sampleText}one,two,t`, cut]);
  expect(await unpack(whole.subarray(0, -8))).toEqual([`${sampleText}one,two,`, cut]);
  const corrupt = Buffer.concat([header(20), raw('one,', false), Buffer.from([7, 0, 0]), sample]);
  expect(await unpack(corrupt)).toEqual(['one,', 'the zstd stream is corrupt']);
});

test('a checksum is checked', async () => {
  const wrong = Buffer.from(sample);
  wrong[wrong.length - 1] = (wrong.at(-1) as number) ^ 1;
  expect(await unpack(wrong)).toEqual([
    sampleText,
    'the zstd stream is corrupt (its checksum is wrong)',
  ]);
});

test('bytes after a frame are a defect', async () => {
  const [text, damage] = await unpack(Buffer.concat([sample, Buffer.from('garbage'), sample]));
  expect(text).toBe(sampleText);
  expect(damage).toBe('the zstd stream goes on with bytes that are no frame');
});

test('a window of 128 MB is the largest', async () => {
  expect(await unpack(Buffer.concat([header(27), raw('a')]))).toEqual(['a', null]);
  const [text, damage] = await unpack(Buffer.concat([header(28), raw('a')]));
  expect(text).toBe('');
  expect(damage).toContain('window of more than 128 MB');
});

test('a bomb expands as a stream', { timeout: 60_000 }, async () => {
  const blocks = Array.from({ length: 8_000 }, (_, n) => repeated(' ', 128 * 1024, n === 7_999));
  const bomb = frame(...blocks);
  const before = process.memoryUsage.rss();
  let bytes = 0;
  let longest = 0;
  const chunks = async function* () {
    yield bomb;
  };
  for await (const part of unzstd(chunks(), expect.unreachable)) {
    bytes += part.length;
    longest = Math.max(longest, part.length);
  }
  expect(bytes).toBe(8_000 * 128 * 1024);
  expect(longest).toBe(128 * 1024);
  expect(process.memoryUsage.rss() - before).toBeLessThan(200e6);
  expect(await unzstdFrame(bomb)).toContain('more than 256 MB');
});

test('damaged frames free what they held', async () => {
  const torn = Buffer.concat([header(27), repeated('a', 100_000, false)]);
  for (let run = 0; run < 200; run += 1) {
    expect(await unzstdFrame(torn)).toBe('a zstd frame is cut: it ends within a frame: left out');
  }
  expect(await unzstdFrame(sample)).toEqual(Buffer.from(sampleText));
});
