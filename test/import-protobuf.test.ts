/** Protobuf in every framing holds what the same dump holds as JSON; damage costs only itself. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { delimited, framed, protobuf, request, zstd } from './fixtures/import/arbitrary.ts';
import {
  aSpan,
  type Contents,
  logs,
  metrics,
  read,
  start,
  traces,
} from './fixtures/import/read.ts';

const records = ({ spans, logs, points, metrics, skipped }: Contents) => ({
  spans,
  logs,
  points,
  metrics,
  skipped,
});
const lines = (requests: readonly object[]): string =>
  requests.map((r) => JSON.stringify(r)).join('\n');

test('our wire reader gives what protobufjs wrote, in every framing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 3 }), async (requests) => {
      const expected = records(await read(lines(requests)));
      const messages = requests.map(protobuf);
      const framings = {
        concatenated: Buffer.concat(messages),
        framed: framed(...messages),
        delimited: delimited(...messages),
        gzip: gzipSync(framed(...messages)),
      };
      for (const bytes of Object.values(framings)) {
        expect(records(await read(bytes))).toEqual(expected);
        expect(records(await read(bytes, 7))).toEqual(expected);
      }
    }),
    { numRuns: 100, interruptAfterTimeLimit: 20000, endOnFailure: true },
  );
});

const id = (number: number): string => number.toString(16).padStart(16, '0');
const spans = (...numbers: number[]): object =>
  traces(...numbers.map((number) => aSpan({ spanId: id(number), attributes: [] })));
const found = async (bytes: Uint8Array) => {
  const all = await read(bytes);
  return {
    spans: all.spans.map(({ spanId }) => Number.parseInt(spanId, 16)),
    defects: [...new Set(all.defects.map(({ code }) => code))],
    skipped: all.skipped,
  };
};

describe('the three signals are told apart without a hint', () => {
  const point = { timeUnixNano: start, asInt: '1' };
  test.each([
    [
      'a metric named like a trace id and a description like a span id',
      'points',
      metrics({
        name: 'sixteen.letters.',
        description: '8 bytes.',
        gauge: { dataPoints: [point] },
      }),
    ],
    ['a log with nothing but a body', 'logs', logs({ body: { stringValue: 'down' } })],
    ['a log with only an observed time', 'logs', logs({ observedTimeUnixNano: start })],
    [
      'a span without times',
      'spans',
      traces(aSpan({ startTimeUnixNano: '0', endTimeUnixNano: '0' })),
    ],
    ['a metric without points', 'metrics', metrics({ name: 'idle', sum: { dataPoints: [] } })],
  ] as const)('%s', async (_, signal, dump) => {
    const all = await read(protobuf(dump));
    const counts = { spans: all.spans.length, logs: all.logs.length, points: all.points.length };
    const expected = {
      spans: 0,
      logs: 0,
      points: 0,
      ...(signal === 'metrics' ? {} : { [signal]: 1 }),
    };
    expect(counts).toEqual(expected);
    if (signal === 'metrics') expect(all.metrics).toBe(1);
  });
});

describe('damage costs only itself', () => {
  const three = [spans(1, 2, 3), spans(4, 5, 6), spans(7, 8, 9)].map(protobuf);
  const all = [1, 2, 3, 4, 5, 6, 7, 8, 9];

  test('cut anywhere, what is whole before is kept', async () => {
    for (const bytes of [framed(...three), delimited(...three), Buffer.concat(three)]) {
      for (let length = 200; length < bytes.length; length += 13) {
        const kept = await found(bytes.subarray(0, length));
        expect(kept.spans).toEqual(all.slice(0, kept.spans.length));
        // At least all whole messages before the cut.
        const each = bytes.length / 3;
        expect(kept.spans.length).toBeGreaterThanOrEqual(3 * Math.floor(length / each));
      }
    }
  });

  test('a message of noise between two sound ones', async () => {
    const noise = Buffer.alloc(90, 0xa5);
    const kept = await found(
      Buffer.concat([framed(three[0] as Uint8Array), noise, framed(...three.slice(1))]),
    );
    expect(kept).toEqual({ spans: all, defects: ['bad-record'], skipped: 1 });
  });

  test('any one byte changed harms at most the records near it', async () => {
    const bytes = Buffer.from(framed(...three, ...three.map((message) => message)));
    const whole = await found(bytes);
    expect(whole.spans).toHaveLength(18);
    for (let at = 4; at < bytes.length; at += 5) {
      const harmed = Buffer.from(bytes);
      harmed[at] = (harmed[at] as number) ^ 0x41;
      // At most the message it is in.
      expect((await found(harmed)).spans.length).toBeGreaterThanOrEqual(14);
    }
  });

  test('a length that lost its first byte, after a message that ends like one', async () => {
    const value = { arrayValue: { values: [{}] } };
    const first = protobuf(traces(aSpan({ spanId: id(1), attributes: [{ key: 'a', value }] })));
    expect(first.at(-1)).toBe(0);
    const rest = framed(...three).subarray(1);
    const kept = await found(Buffer.concat([framed(first), rest]));
    expect(kept).toEqual({ spans: [1, ...all], defects: ['bad-record'], skipped: 0 });
  });

  test('a zstd message that lost as many bytes as the next one has', async () => {
    const [first, second, third] = three.map((message) => framed(zstd(message))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const cut = first.subarray(0, first.length - second.length + 30);
    const long = Buffer.from(
      framed(zstd(protobuf(spans(...Array.from({ length: 20 }, (_, n) => n + 100))))),
    );
    const torn = long.subarray(0, long.length - second.length);
    expect(torn.readUInt32BE() + 4).toBe(torn.length + second.length);
    const kept = await found(Buffer.concat([torn, second, third]));
    expect(kept).toEqual({ spans: [4, 5, 6, 7, 8, 9], defects: ['bad-record'], skipped: 1 });
    expect((await found(Buffer.concat([cut, second, third]))).spans).toEqual([4, 5, 6, 7, 8, 9]);
  });

  test('a length over all bounds', async () => {
    const huge = Buffer.concat([Buffer.from('ffffffff', 'hex'), Buffer.alloc(40, 1)]);
    const kept = await found(Buffer.concat([framed(...three), huge, framed(...three)]));
    expect(kept.spans).toEqual([...all, ...all]);
  });
});

test('a frame may be JSON', async () => {
  const messages = [1, 2].map((number) => Buffer.from(JSON.stringify(spans(number))));
  expect(await found(framed(...messages))).toEqual({ spans: [1, 2], defects: [], skipped: 0 });
});

describe('a message that is too long to be held', () => {
  const mebibyte = 1024 * 1024;
  const time = (number: number): string => `${BigInt(start) + BigInt(number)}`;
  const log = (number: number, size: number): Uint8Array => {
    const message = logs({
      observedTimeUnixNano: time(number),
      body: { stringValue: 'x'.repeat(size) },
    });
    // The record is what stands behind the scope.
    const bytes = protobuf(message);
    return bytes.subarray(Buffer.from(bytes).indexOf('lib') + 3);
  };
  const field = (number: number, ...parts: readonly Uint8Array[]): Uint8Array =>
    Buffer.concat([Uint8Array.of(number * 8 + 2), delimited(Buffer.concat(parts))]);
  const scope = field(1, field(1, Buffer.from('lib')));
  const records = Array.from({ length: 130 }, (_, n) => log(n + 1, mebibyte + 1));
  const huge = log(1_000, 65 * mebibyte);
  const small = protobuf(logs({ observedTimeUnixNano: time(2_000) }));
  const long = field(1, field(2, scope, ...records.slice(0, 9), huge, ...records.slice(9)));
  const numbersIn = async (bytes: Uint8Array) => {
    const { logs: records, defects, skipped } = await read(bytes);
    const numbers = records.map(({ observedNs }) => Number((observedNs ?? 0n) - BigInt(start)));
    return { numbers, defects: defects.map(({ code }) => code), skipped };
  };
  const numbers = [...records.keys()].map((n) => n + 1);

  test.each([
    ['bare', Buffer.concat([small, long, small])],
    ['framed', framed(small, long, small)],
    ['delimited', delimited(small, long, small)],
  ])('%s is read all the same, but for a record over 64 MiB', async (_, bytes) => {
    const found = await numbersIn(bytes);
    expect(found.numbers).toEqual([2000, ...numbers, 2000]);
    expect(found.skipped).toBe(1);
    expect(new Set(found.defects)).toEqual(new Set(['oversize-value']));
  });
});
