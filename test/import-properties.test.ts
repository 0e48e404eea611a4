/** What holds for every dump, however it is cut, spelled or delivered. */
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../src/errors.ts';
import { aSpan, type Contents, read, resource, start } from './fixtures/import/read.ts';

const hex = (digits: number) =>
  fc
    .bigInt({ min: 1n, max: 16n ** BigInt(digits) - 1n })
    .map((id) => id.toString(16).padStart(digits, '0'));
const value = fc.oneof(
  fc.string({ unit: 'binary' }).map((stringValue) => ({ stringValue })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => ({ intValue: `${n}` })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((doubleValue) => ({ doubleValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
);
const attributes = fc.array(fc.record({ key: fc.string({ maxLength: 8 }), value }), {
  maxLength: 4,
});
const span = fc.record({
  traceId: hex(32),
  spanId: hex(16),
  name: fc.string({ unit: 'binary', maxLength: 12 }),
  kind: fc.integer({ min: 0, max: 5 }),
  startTimeUnixNano: fc.constant(start),
  endTimeUnixNano: fc.constant(start),
  attributes,
});
const log = fc.record({ timeUnixNano: fc.constant(start), body: value, attributes });
const metric = fc.record({
  name: fc.constantFrom('requests', 'cpu'),
  gauge: fc.record({
    dataPoints: fc.array(fc.record({ timeUnixNano: fc.constant(start), asDouble: fc.double() }), {
      maxLength: 3,
    }),
  }),
});
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 });
const request = fc.oneof(
  list(span).map((spans) => ({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })),
  list(log).map((logRecords) => ({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] })),
  list(metric).map((metrics) => ({
    resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }],
  })),
);
const requests = fc.array(request, { minLength: 1, maxLength: 4 });

const json = (item: unknown): string => JSON.stringify(item);
const spellings: Readonly<Record<string, (items: readonly object[]) => string | Uint8Array>> = {
  lines: (items) => items.map(json).join('\n'),
  closed: (items) => items.map((item) => `${json(item)}\r\n`).join(''),
  array: json,
  prettyArray: (items) => JSON.stringify(items, null, 2),
  pretty: (items) => items.map((item) => JSON.stringify(item, null, 1)).join('\n'),
  joined: (items) => items.map(json).join(''),
  merged: (items) => {
    const merged: Record<string, unknown[]> = {};
    for (const [key, found] of items.flatMap((item) => Object.entries(item))) {
      merged[key] = [...(merged[key] ?? []), ...found];
    }
    return `\ufeff${json(merged)}`;
  },
  gzip: (items) => gzipSync(items.map(json).join('\n')),
};
const records = ({ spans, logs, points, metrics, skipped }: Contents) => ({
  spans,
  logs,
  points,
  metrics,
  skipped,
});

test('every spelling of a dump gives equal records', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (items) => {
      const [first, ...others] = await Promise.all(
        Object.values(spellings).map(async (spell) => records(await read(spell(items)))),
      );
      for (const other of others) expect(other).toEqual(first);
    }),
    { numRuns: 60 },
  );
});

test('a dump cut anywhere gives a prefix of its records, or says that it is none', async () => {
  const spelling = fc.constantFrom(...Object.values(spellings));
  await fc.assert(
    fc.asyncProperty(requests, spelling, fc.double({ min: 0, max: 1, noNaN: true }), cutAnywhere),
    { numRuns: 300 },
  );
});

async function cutAnywhere(
  items: readonly object[],
  spell: (items: readonly object[]) => string | Uint8Array,
  part: number,
): Promise<void> {
  const bytes = Buffer.from(spell(items));
  const whole = await read(bytes);
  const cut = bytes.subarray(0, Math.floor(part * bytes.length));
  const kept = await read(cut).catch((error: unknown) => {
    expect(error).toBeInstanceOf(UserError);
    return null;
  });
  if (kept === null) return;
  for (const kind of ['spans', 'logs', 'points'] as const) {
    expect(kept[kind]).toEqual(whole[kind].slice(0, kept[kind].length));
  }
  const lost = (['spans', 'logs', 'points'] as const).some(
    (kind) => kept[kind].length < whole[kind].length,
  );
  // Between two lines nobody can tell that more was to come.
  const ended = cut.length > 0 && (cut.at(-1) === 0x0a || cut.at(-1) === 0x7d);
  if (lost && !ended) expect(kept.defects.length).toBeGreaterThan(0);
}

test('how the bytes are divided does not matter', async () => {
  const noise = fc.constantFrom(
    '',
    'noise\n',
    '{"a":\n',
    '{"resourceSpans":[{"x',
    '\n',
    ']',
    '\\"',
  );
  const text = fc.array(fc.oneof(request.map(json), noise), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.constantFrom('\n', ',', ''),
      fc.integer({ min: 1, max: 80 }),
      async (parts, separator, chunk) => {
        const bytes = Buffer.from(`{"resourceSpans":[]}\n${parts.join(separator)}`);
        const whole = await read(bytes);
        expect(await read(bytes, chunk)).toEqual(whole);
        expect(await read(gzipSync(bytes), chunk)).toEqual(whole);
      },
    ),
    { numRuns: 150 },
  );
});

test('any bytes after a sound line are survived', async () => {
  const first = Buffer.from(
    `${json({ resourceSpans: [{ scopeSpans: [{ spans: [aSpan()] }] }] })}\n`,
  );
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: fc.constantFrom(...'{}[]",:\\\n a1') }).map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(noise, async (bytes) => {
      const all = await read(Buffer.concat([first, bytes]));
      expect(all.spans).toHaveLength(1);
    }),
    { numRuns: 300 },
  );
});

test('gzip with any byte changed never gives a wrong record without a defect', async () => {
  const items = Array.from({ length: 50 }, (_, i) => ({
    resourceSpans: [{ scopeSpans: [{ spans: [aSpan({ spanId: `${i + 1}`.padStart(16, '0') })] }] }],
  }));
  const good = gzipSync(items.map(json).join('\n'));
  const whole = await read(good);
  expect(gunzipSync(good).length).toBeGreaterThan(good.length);
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] as number) ^ by;
      const kept = await read(bad).catch((error: unknown) => {
        expect(error).toBeInstanceOf(UserError);
        return null;
      });
      if (kept && kept.defects.length === 0) expect(records(kept)).toEqual(records(whole));
    }),
    { numRuns: 100 },
  );
});

test('64-bit integers are exact, as text and bare', async () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  await fc.assert(
    fc.asyncProperty(int64, fc.boolean(), async (integer, bare) => {
      const written = bare ? `${integer}` : `"${integer}"`;
      const attribute = `{"key":"n","value":{"intValue":${written}}}`;
      const point = `{"timeUnixNano":${start},"asInt":${written},"attributes":[${attribute}]}`;
      const metrics = `[{"name":"m","gauge":{"dataPoints":[${point}]}}]`;
      const { points } = await read(
        `{"resourceMetrics":[{"scopeMetrics":[{"metrics":${metrics}}]}]}`,
      );
      expect(points[0]?.value).toBe(integer);
      expect(points[0]?.attributes).toBe(`{"n":${integer}}`);
      expect(points[0]?.timeNs).toBe(BigInt(start));
    }),
  );
});
