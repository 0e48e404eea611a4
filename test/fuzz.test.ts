/**
 * Dumps harmed at random: nothing crashes, nothing hangs, and what was not touched is there.
 *
 *     npm run fuzz             100,000 inputs; FUZZ_SEED=… for others
 */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { UserError } from '../src/errors.ts';
import { openDump } from '../src/import/index.ts';
import { delimited, framed, protobuf, zstd } from './fixtures/import/arbitrary.ts';
import {
  aSpan,
  batchReader,
  logs,
  memory,
  metrics,
  start,
  traces,
} from './fixtures/import/read.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 3_000);
const seed = Number(process.env.FUZZ_SEED ?? 1);
const longestMs = 5_000;
const mostBytes = 512e6;

/** Mulberry32: the same inputs for the same seed. */
function random(from: number): (below: number) => number {
  let state = from >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A dump in pieces (lines, messages); the records of a piece know its number. */
interface Base {
  readonly name: string;
  readonly pieces: readonly Uint8Array[];
  /** Whether what is harmed in one piece must leave the others alone. */
  readonly apart: boolean;
}

const count = 12;
const numbers = Array.from({ length: count }, (_, n) => n);
const attribute = (key: string, value: object) => ({ key, value });

/** Piece `n` of a dump, of the signals in turn. */
function request(n: number): object {
  const attributes = [
    attribute('piece', { intValue: String(n) }),
    attribute('text', { stringValue: 'naïve "quoted" \\ text\n' }),
    attribute('nested', {
      kvlistValue: { values: [attribute('a', { arrayValue: { values: [{}] } })] },
    }),
  ];
  if (n % 3 === 1) return logs({ timeUnixNano: start, severityNumber: 9, attributes });
  const point = { timeUnixNano: start, asDouble: 0.5, attributes };
  if (n % 3 === 2) return metrics({ name: 'load', gauge: { dataPoints: [point] } });
  return traces(aSpan({ attributes }), aSpan({ spanId: 'eee19b7ec3c1b175', attributes }));
}

const lines = numbers.map((n) => Buffer.from(`${JSON.stringify(request(n))}\n`));
const pretty = numbers.map((n) => Buffer.from(`${JSON.stringify(request(n), null, 2)}\n`));
const messages = numbers.map((n) => protobuf(request(n)));
const zipkin = numbers.map((n) => ({
  traceId: 'ab12',
  id: String(n + 1),
  timestamp: 1_544_712_660_000_000,
  duration: 5,
  localEndpoint: { serviceName: 'web' },
  tags: { piece: String(n) },
}));
const jaeger = numbers.map((n) => ({
  traceID: 'ab12',
  spanID: String(n + 1),
  operationName: 'x',
  startTime: 1_544_712_660_000_000,
  duration: 5,
  tags: [{ key: 'piece', type: 'int64', value: n }],
  process: { serviceName: 'web', tags: [] },
}));
const asLines = (rows: readonly object[]) =>
  rows.map((row) => Buffer.from(`${JSON.stringify(row)}\n`));
const bases: readonly Base[] = [
  { name: 'JSON Lines', pieces: lines, apart: true },
  { name: 'pretty JSON', pieces: pretty, apart: false },
  { name: 'framed', pieces: messages.map((message) => framed(message)), apart: true },
  { name: 'delimited', pieces: messages.map((message) => delimited(message)), apart: true },
  { name: 'concatenated', pieces: messages, apart: true },
  { name: 'gzip', pieces: [gzipSync(Buffer.concat(lines))], apart: false },
  { name: 'zstd', pieces: lines.map(zstd), apart: false },
  { name: 'framed zstd', pieces: messages.map((message) => framed(zstd(message))), apart: true },
  { name: 'Zipkin', pieces: asLines(zipkin), apart: true },
  { name: 'Jaeger', pieces: asLines(jaeger), apart: true },
];

type Below = (below: number) => number;

/** Harms a piece. */
const harms: Readonly<Record<string, (bytes: Buffer, below: Below) => Uint8Array>> = {
  'bit flips': (bytes, below) => {
    const harmed = Buffer.from(bytes);
    for (let left = 1 + below(3); left > 0; left -= 1) {
      const at = below(harmed.length);
      harmed[at] = (harmed[at] as number) ^ (1 << below(8));
    }
    return harmed;
  },
  cut: (bytes, below) => bytes.subarray(0, below(bytes.length)),
  'cut out': (bytes, below) => {
    const from = below(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + below(20))]);
  },
  'invalid UTF-8': (bytes, below) => {
    const harmed = Buffer.from(bytes);
    harmed.fill(Buffer.from('c328f09f', 'hex'), below(harmed.length), harmed.length - 1);
    return harmed;
  },
  noise: (bytes, below) => {
    const at = below(bytes.length);
    const noise = Buffer.from(Array.from({ length: 1 + below(40) }, () => below(256)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
  'huge lengths': (bytes, below) => {
    const at = below(bytes.length);
    const huge = Buffer.from('fffffffff7ffffffff7f', 'hex').subarray(0, 1 + below(10));
    return Buffer.concat([bytes.subarray(0, at), huge, bytes.subarray(at + huge.length)]);
  },
  nesting: (bytes, below) => {
    const at = below(bytes.length);
    const deep = Buffer.from(
      ['[', '{"a":', '{"arrayValue":{"values":['][below(3)]?.repeat(10_000) ?? '',
    );
    return Buffer.concat([bytes.subarray(0, at), deep, bytes.subarray(at)]);
  },
  doubled: (bytes) => Buffer.concat([bytes, bytes]),
};
const harmNames = Object.keys(harms);

/** Numbers of the pieces whose records came through; null if nothing could be read. */
async function survivors(bytes: Uint8Array, chunk: number): Promise<ReadonlySet<number> | null> {
  const found = new Set<number>();
  try {
    const dump = await openDump(memory(bytes, chunk));
    const recordsOf = batchReader();
    for await (const batch of dump.batches) {
      const { spans, logs: records, points } = recordsOf(batch);
      for (const { attributes } of [...spans, ...records, ...points]) {
        const { piece } = JSON.parse(attributes) as { piece?: unknown };
        if (piece !== undefined) found.add(Number(piece));
      }
    }
    return found;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

test(`${runs} harmed dumps`, { timeout: 3_600_000 }, async () => {
  const below = random(seed);
  const faults: string[] = [];
  let peak = 0;
  for (let run = 0; run < runs && faults.length < 5; run += 1) {
    const base = bases[run % bases.length] as Base;
    const harm = harmNames[below(harmNames.length)] as string;
    // Kilobytes of noise before all else hide what it is.
    const at = harm === 'nesting' ? base.pieces.length - 1 : below(base.pieces.length);
    const harmed = base.pieces.map((piece, n) =>
      n === at ? (harms[harm] as (typeof harms)[string])(Buffer.from(piece), below) : piece,
    );
    const from = Date.now();
    const name = `seed ${seed}, run ${run}: ${base.name}, ${harm} in ${at}`;
    const found = await survivors(Buffer.concat(harmed), 1 + below(4_000)).catch(
      (error: unknown) => {
        faults.push(`${name}: ${(error as Error).stack}`);
        return null;
      },
    );
    if (Date.now() - from > longestMs) faults.push(`${name}: took ${Date.now() - from} ms`);
    const lost = base.apart ? numbers.filter((n) => n !== at && !found?.has(n)) : [];
    if (lost.length > 0) faults.push(`${name}: lost ${lost.join(', ')}`);
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  expect(faults).toEqual([]);
  expect(peak).toBeLessThan(mostBytes);
});

test('a bomb is read as a stream', { timeout: 60_000 }, async () => {
  const line = `${JSON.stringify(request(0))}\n`;
  const bomb = Buffer.concat([gzipSync(line), gzipSync(Buffer.alloc(300e6, ' ')), gzipSync(line)]);
  const before = process.memoryUsage.rss();
  expect(await survivors(bomb, 65_536)).toEqual(new Set([0]));
  expect(process.memoryUsage.rss() - before).toBeLessThan(200e6);
});

test('a record that is a bomb is passed over', { timeout: 60_000 }, async () => {
  const line = JSON.stringify(request(0));
  const at = line.indexOf('naïve');
  const bomb = Buffer.concat([
    gzipSync(line.slice(0, at)),
    gzipSync(Buffer.alloc(300e6, 'x')),
    gzipSync(`${line.slice(at)}\n${line}\n`),
  ]);
  const before = process.memoryUsage.rss();
  expect(await survivors(bomb, 65_536)).toEqual(new Set([0]));
  expect(process.memoryUsage.rss() - before).toBeLessThan(300e6);
});
