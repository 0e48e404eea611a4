/** Reading OTLP/JSON from its bytes gives what the plain decoder gives, for any bytes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Draft } from '../src/import/draft.ts';
import { everyTime } from '../src/import/format.ts';
import { requestScanner } from '../src/import/scan/request.ts';
import { request as anyRequest } from './fixtures/import/arbitrary.ts';
import {
  aSpan,
  type Contents,
  end,
  logs,
  metrics,
  read,
  resource,
  spanId,
  start,
  traces,
} from './fixtures/import/read.ts';

/** A line within an array is read by the plain decoder; its places are the same. */
const plainly = (lines: readonly string[]): string => `[${lines.join(',\n')}]`;

const told = ({ batches: _, ...all }: Contents) => all;

async function same(lines: readonly string[]): Promise<Contents> {
  const fast = await read(`${lines.join('\n')}\n`);
  expect(told(fast)).toEqual(told(await read(plainly(lines))));
  return fast;
}

/** Whether the line is read without the plain decoder of lines. */
function isScanned(line: string): boolean {
  const draft = new Draft({ name: 'dump', holds: everyTime, mapped: [] });
  const bytes = Buffer.from(line);
  return requestScanner(draft).read(bytes, 0, bytes.length);
}

const attribute = (key: string, value: object) => ({ key, value });
const route = attribute('http.route', { stringValue: '/cart' });
const request = (id: number) => attribute('request.id', { intValue: `${id}` });
const many = (change: (index: number) => object, count = 40): string =>
  JSON.stringify(traces(...Array.from({ length: count }, (_, index) => aSpan(change(index)))));
const id = (index: number): string => (index + 1).toString(16).padStart(16, '0');

describe('spans that are like one another', () => {
  test('differ in ids, times and attributes of many values', async () => {
    const line = many((index) => ({
      spanId: id(index),
      parentSpanId: index % 3 === 0 ? '' : id(index - 1),
      startTimeUnixNano: String(BigInt(start) + BigInt(index) * 4_294_967_296n),
      endTimeUnixNano: String(BigInt(end) + BigInt(index) * 5_000_000_123n + 200_000_000_000n),
      attributes: [route, request(index * 7), attribute('z', { stringValue: `z${index}` })],
      status: index % 5 === 0 ? { code: 2, message: 'it failed' } : {},
    }));
    expect(isScanned(line)).toBe(true);
    const { spans } = await same([line, line]);
    expect(spans).toHaveLength(80);
  });

  test('an odd one among them is read as it is', async () => {
    const odd: readonly object[] = [
      { attributes: [route, attribute('request.id', { intValue: 12 })] },
      { attributes: [attribute('request.id', { intValue: '-0' }), route] },
      { attributes: [attribute('request.id', { intValue: '007' }), route] },
      { attributes: [attribute('request.id', { intValue: '9223372036854775807' }), route] },
      { attributes: [route, request(1), request(2)] },
      { attributes: [route, attribute('request.id', { stringValue: 'a "b" \\ \u0007 é 😀' })] },
      { attributes: [attribute('list', { arrayValue: { values: [{ intValue: '1' }] } })] },
      { attributes: [attribute('empty', {}), attribute('none', { stringValue: null })] },
      {
        attributes: [attribute('d', { doubleValue: 5 }), attribute('e', { doubleValue: -0.25e-7 })],
      },
      { attributes: [attribute('d', { doubleValue: 'NaN' })] },
      { attributes: null },
      { attributes: [route, { key: 'x' }, { value: {} }] },
      { startTimeUnixNano: Number(start) },
      { startTimeUnixNano: end, endTimeUnixNano: start },
      { startTimeUnixNano: '0' },
      { startTimeUnixNano: '4102444800000000001' },
      { traceId: '0'.repeat(32) },
      { traceId: '5B8EFFF798038103D269B633813FC60C' },
      { spanId: spanId.slice(2) },
      { parentSpanId: 'no' },
      { kind: 'SPAN_KIND_CLIENT' },
      { kind: 9 },
      { flags: 4_294_967_295 },
      { flags: 4_294_967_296 },
      { flags: -1 },
      { name: '' },
      { name: 'a\tb\u2028' },
      { traceState: 'ot=th:8', status: { code: 'STATUS_CODE_OK' } },
      { status: { message: 'x', code: 1 } },
      { status: null },
      { events: [{ name: 'exception', timeUnixNano: start, attributes: [route] }] },
      { links: [{ traceId: '5b8efff798038103d269b633813fc60d', spanId }], droppedLinksCount: 3 },
      { unknownField: [1, { a: '}' }] },
    ];
    const line = many(
      (index) => ({
        spanId: id(index),
        attributes: [route, request(index)],
        ...(index % 2 === 0 ? odd[index / 2] : {}),
      }),
      2 * odd.length,
    );
    await same([line, line]);
  });

  test('shapes of lists, resources and scopes', async () => {
    const spans = [aSpan({}), aSpan({ spanId: id(1) })];
    const scopes = [{ scope: { name: 'lib' }, spans, schemaUrl: 'https://s/1' }, { spans: [] }];
    const entries: readonly object[] = [
      { resource, scopeSpans: scopes, schemaUrl: 'https://r/1' },
      { resource, scopeSpans: scopes },
      { resource, scopeSpans: scopes, schemaUrl: 'https://r/2' },
      { scopeSpans: scopes },
      { scopeSpans: scopes, resource },
      { resource: { attributes: 5 }, scopeSpans: scopes },
      { resource, scopeSpans: [{ scope: null, spans }] },
      { resource, scopeSpans: [5, { spans: [7, ...spans] }] },
      { resource, scopeSpans: 'none' },
    ];
    await same([
      ...entries.map((entry) => JSON.stringify({ resourceSpans: [entry] })),
      JSON.stringify({ resourceSpans: entries }),
      JSON.stringify({ resourceSpans: entries, resourceLogs: [] }),
      JSON.stringify({ resourceSpans: [] }),
    ]);
  });
});

const text = fc.oneof(
  fc.constantFrom('POST', 'GET', ''),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const value = fc.oneof(
  text.map((stringValue) => ({ stringValue })),
  fc.integer().map((n) => ({ intValue: `${n}` })),
  fc.maxSafeInteger().map((intValue) => ({ intValue })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((doubleValue) => ({ doubleValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  fc.constant({ arrayValue: { values: [{ stringValue: 'x' }] } }),
);
const attributes = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b', 'http.route', 'é', 'user.id', 'x"y'), value }),
  { maxLength: 5 },
);
const hex = (digits: number) =>
  fc.oneof(
    fc.bigInt({ min: 1n, max: 40n }).map((n) => n.toString(16).padStart(digits, '0')),
    fc.constantFrom('', 'zz', '0'.repeat(digits)),
  );
const span = fc.record(
  {
    traceId: hex(32),
    spanId: hex(16),
    parentSpanId: hex(16),
    name: fc.constantFrom('GET /', 'POST /', 'ü'),
    flags: fc.constantFrom(0, 257, '3'),
    kind: fc.constantFrom(0, 2, 3, 7, 'SPAN_KIND_SERVER'),
    startTimeUnixNano: fc.constantFrom(start, end, Number(start), '12'),
    endTimeUnixNano: fc.constantFrom(end, start),
    attributes,
    status: fc.constantFrom({}, { code: 2 }, { code: 2, message: 'no' }, { code: '1' }),
  },
  { requiredKeys: ['traceId', 'spanId', 'startTimeUnixNano', 'endTimeUnixNano'] },
);
const spanLists = fc.array(fc.array(span, { maxLength: 8 }), { minLength: 1, maxLength: 6 });

/** White space as some writers have it. */
const spaced = (json: string): string =>
  JSON.stringify(JSON.parse(json), null, 1).replace(/\n */g, ' ');

test('any spans, with white space or without', async () => {
  await fc.assert(
    fc.asyncProperty(spanLists, fc.boolean(), async (lists, isSpaced) => {
      const lines = lists.map((spans) => JSON.stringify(traces(...spans)));
      await same(isSpaced ? lines.map(spaced) : lines);
    }),
    { numRuns: 300 },
  );
});

test('any request of any signal', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyRequest, { minLength: 1, maxLength: 4 }), async (requests) => {
      // Twice: what was met before is read in another way.
      const lines = [...requests, ...requests].map((one) => JSON.stringify(one));
      await same(lines);
    }),
    { numRuns: 300 },
  );
});

test('any harm to the bytes of a line costs the same either way', async () => {
  const line = many((index) => ({ spanId: id(index), attributes: [route, request(index)] }), 3);
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(fc.nat(line.length - 1), fc.constantFrom('"', '\\', '{', '}', ',', 'x', '7', ' ')),
        {
          minLength: 1,
          maxLength: 2,
        },
      ),
      async (harms) => {
        let harmed = line;
        for (const [at, char] of harms) harmed = harmed.slice(0, at) + char + harmed.slice(at + 1);
        const fast = await read(`${line}\n${harmed}\n`);
        // The plain decoder has a line for itself too if another follows on it.
        const plain = await read(`${line}\n${harmed} \u001e\n`);
        expect(fast.spans).toEqual(plain.spans);
        expect(fast.skipped).toBe(plain.skipped);
      },
    ),
    { numRuns: 300 },
  );
});

const folder = join(process.env.AIDEBUG_DATA ?? '', 'otlp');
const corpus = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.jsonl?$/.test(name),
    )
  : [];
if (corpus.length === 0) test.skip('AIDEBUG_DATA is not set: no real dump is read', () => {});

const isRequest = /^\{"resource(?:Spans|Logs|Metrics)"/;

test.each(corpus)('%s', async (name) => {
  const all = readFileSync(join(folder, name), 'utf8');
  const lines = all.split('\n').filter((line) => isRequest.test(line));
  // Some dumps are one value on many lines.
  const values = lines.length > 0 ? lines : [JSON.stringify(wholeValue(all))];
  if (isRequest.test(values[0] ?? '')) await same(values);
});

function wholeValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const logLine = (count: number): string =>
  JSON.stringify(
    logs(
      ...Array.from({ length: count }, (_, index) => ({
        timeUnixNano: start,
        observedTimeUnixNano: end,
        severityNumber: 9,
        severityText: 'INFO',
        body: { stringValue: `request ${index} done` },
        attributes: [route, request(index), attribute('ok', { boolValue: index % 2 === 0 })],
        traceId: aTrace,
        spanId,
        flags: 1,
      })),
    ),
  );
const aTrace = '5b8efff798038103d269b633813fc60c';
const metricLine = (...dataPoints: object[]): string =>
  JSON.stringify(
    metrics(
      { name: 'load', unit: '1', gauge: { dataPoints } },
      { name: 'sent', sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true } },
    ),
  );

describe('logs and metrics', () => {
  test('are read without the plain decoder', async () => {
    const lines = [
      logLine(40),
      metricLine({ timeUnixNano: start, asDouble: 0.5, attributes: [route] }),
    ];
    expect(lines.map(isScanned)).toEqual([true, true]);
    const all = await same([...lines, ...lines]);
    expect([all.logs.length, all.points.length]).toEqual([80, 4]);
    expect(all.points.map(({ temporality }) => temporality).sort()).toEqual([
      'cumulative',
      'cumulative',
      null,
      null,
    ]);
  });

  test('an odd log is read as it is', async () => {
    const odd: readonly object[] = [
      {},
      { timeUnixNano: start },
      { observedTimeUnixNano: end, body: { stringValue: 'a "b" \\ \u0007 é 😀' } },
      { timeUnixNano: '0', observedTimeUnixNano: end },
      { timeUnixNano: 'soon', observedTimeUnixNano: end },
      { timeUnixNano: start, body: { kvlistValue: { values: [route] } } },
      { timeUnixNano: start, body: { intValue: '5' } },
      { timeUnixNano: start, body: {} },
      { timeUnixNano: start, body: 'bare' },
      { timeUnixNano: start, severityNumber: 'SEVERITY_NUMBER_ERROR', severityText: '' },
      { timeUnixNano: start, severityNumber: 25 },
      { timeUnixNano: start, traceId: '', spanId: '' },
      { timeUnixNano: start, traceId: '0'.repeat(32), spanId: 'no' },
      { timeUnixNano: start, eventName: 'gen_ai.choice', droppedAttributesCount: 2 },
      { timeUnixNano: start, attributes: [route, route] },
      { timeUnixNano: start, attributes: [attribute('d', { doubleValue: 5 })] },
      { timeUnixNano: start, flags: -1 },
      { timeUnixNano: start, unknownField: {} },
    ];
    const line = JSON.stringify(logs(...odd));
    await same([line, logLine(3), line]);
  });

  test('an odd point is read as it is', async () => {
    const odd: readonly object[] = [
      { timeUnixNano: start, asInt: '5', startTimeUnixNano: start },
      { timeUnixNano: start, asInt: 7, attributes: [route] },
      { timeUnixNano: start, asInt: '9223372036854775807' },
      { timeUnixNano: start, asInt: '18446744073709551615' },
      { timeUnixNano: start, asDouble: 'NaN' },
      { timeUnixNano: start, asDouble: -0.25e-7, exemplars: [] },
      { timeUnixNano: start, flags: 1 },
      { timeUnixNano: start },
      { asDouble: 1 },
      { timeUnixNano: start, startTimeUnixNano: '0', asDouble: 1 },
      { timeUnixNano: start, asDouble: 1, exemplars: [{ asDouble: 1, timeUnixNano: start }] },
      { timeUnixNano: start, asDouble: 1, attributes: [{ key: 5 }] },
    ];
    const lines = odd.map((point) => metricLine(point, { timeUnixNano: end, asDouble: 2 }));
    const histogram = { timeUnixNano: start, count: '2', sum: 3, bucketCounts: ['1', '1'] };
    const delta = { dataPoints: [histogram], aggregationTemporality: 1 };
    await same([
      ...lines,
      ...lines,
      JSON.stringify(metrics({ name: 'x', histogram: delta }, { name: '' }, { name: 'empty' })),
      JSON.stringify(metrics({ gauge: { dataPoints: [odd[0]] }, name: 'late' })),
      JSON.stringify(
        metrics({ name: 'sent', sum: { dataPoints: [odd[0]], aggregationTemporality: 1 } }),
      ),
    ]);
  });
});
