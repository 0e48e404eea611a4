/** Every real dump: what is in scope gives the counts of its manifest, the rest is named. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../src/errors.ts';
import { fileSource, listDump, openDump } from '../src/import/index.ts';
import { type Contents, contentsOf } from './fixtures/import/read.ts';

interface Sample {
  readonly file: string;
  readonly format: string;
  readonly expect: Readonly<Record<string, number>>;
}

const data = process.env.AIDEBUG_DATA ?? '';
const present = existsSync(join(data, 'otlp/manifest.json'));
const samples: readonly Sample[] = present
  ? JSON.parse(readFileSync(join(data, 'otlp/manifest.json'), 'utf8'))
  : [];
const inScope =
  /^(?:OTLP|gzip|zstd|JSON array of requests|pretty-printed|collector|varint|Jaeger|Zipkin|invalid JSON .*line 2 column 1)/;
/** What the message must name, by what the manifest calls the format. */
const named: readonly (readonly [RegExp, string])[] = [
  [/^Langfuse/, 'Langfuse'],
  [/ReadableSpan/, 'ReadableSpan'],
  [/^empty/, 'is empty'],
  [/line 1 column 6/, 'not telemetry'],
];

/** What is really wrong with a sample; everything else is sound. */
const knownDefects: readonly (readonly [string, readonly string[]])[] = [
  ['apiv3__GetTrace.json', ['bad-time']],
  ['fx__trace_invalid_json.json', ['bad-time']],
  ['fx__trace_scan_error.json', ['bad-time']],
  // These begin in 1970.
  ['traceWithMultipleSpansWithTheSameValueInDifferentTags.json', ['bad-time']],
  ['traceWithOverlappingChildrenLongerThanParent.json', ['bad-time']],
  ['traceWithSingleChildLongerThanParentAndStartsAfterParent.json', ['bad-time']],
  ['traceWithTwoNonOverlappingChildren.json', ['bad-time']],
  ['smartthings-oauth-authorization.json', ['bad-time']],
];

function formatNamed(format: string): string {
  if (/^(?:OTLP protobuf|collector|varint)/.test(format)) return 'otlp-protobuf';
  if (/^Jaeger|line 2 column 1/.test(format)) return 'jaeger-json';
  return format.startsWith('Zipkin') ? 'zipkin-json' : 'otlp-json';
}

if (!present) test.skip('AIDEBUG_DATA is not set: no real dump is read', () => {});

function counts(all: Contents): Record<string, number> {
  const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
  return {
    spans: all.spans.length,
    error_spans: all.spans.filter(({ status }) => status === 'error').length,
    events: sum(all.spans.map(({ events }) => events.length)),
    links: sum(all.spans.map(({ links }) => links.length)),
    traces: new Set(all.spans.map(({ traceId }) => traceId)).size,
    logs: all.logs.length,
    metrics: all.metrics,
    points: all.points.length,
    pts_gauge: all.points.filter(({ type }) => type === 'gauge').length,
    pts_sum: all.points.filter(({ type }) => type === 'sum').length,
    pts_histogram: all.points.filter(({ type }) => type === 'histogram').length,
    pts_exponentialHistogram: all.points.filter(({ type }) => type === 'exponential-histogram')
      .length,
    exemplars: sum(all.points.map(({ exemplarCount }) => exemplarCount)),
  };
}

describe.runIf(present)('a sample of the manifest', () => {
  test.each(samples.filter(({ format }) => inScope.test(format)))('$file', async (sample) => {
    const dump = await openDump(await fileSource(join(data, 'otlp', sample.file)));
    const all = await contentsOf(dump);
    const found = counts(all);
    expect(dump.format).toBe(formatNamed(sample.format));
    expect({ ...found, ...sample.expect }).toEqual(found);
    expect(all.skipped).toBe(0);
    const known = knownDefects.find(([end]) => sample.file.endsWith(end))?.[1] ?? [];
    expect([...new Set(all.defects.map(({ code }) => code))].sort()).toEqual(known);
    const bytes = readFileSync(join(data, 'otlp', sample.file));
    expect(dump.sha256()).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(dump.bytesRead()).toBe(bytes.length);
  });

  test.each(samples.filter(({ format }) => !inScope.test(format)))('$file', async (sample) => {
    const opening = fileSource(join(data, 'otlp', sample.file)).then(openDump);
    const word = named.find(([format]) => format.test(sample.format))?.[1];
    expect(word).toBeDefined();
    await expect(opening).rejects.toThrow(word);
    await expect(opening).rejects.toBeInstanceOf(UserError);
    await expect(opening).rejects.toMatchObject({ code: 'unreadable' });
  });

  test('one dump in every spelling, the same records', async () => {
    const spellings = [
      ...['jsonl', 'jsonl.gz', 'jsonl.zst', 'array.json', 'crlf-bom.json'],
      ...['pb', 'lp4be.pb', 'delimited.pb'],
    ];
    for (const signal of ['traces', 'logs', 'metrics']) {
      const [first, ...others] = await Promise.all(
        spellings.map(async (end) => {
          const path = join(data, 'otlp/derived', `${signal}.${end}`);
          const { spans, logs, points } = await contentsOf(await openDump(await fileSource(path)));
          return { spans, logs, points };
        }),
      );
      for (const other of others) expect(other).toEqual(first);
    }
  });
});

describe.runIf(present)('a labelled case', () => {
  const cases = present ? readdirSync(join(data, 'rca')) : [];

  test('every file is read without a defect', async () => {
    for (const { path } of await listDump(join(data, 'rca', cases[0] as string))) {
      const all = await contentsOf(await openDump(await fileSource(path)));
      expect(all.defects).toEqual([]);
      expect(all.spans.length + all.logs.length + all.points.length).toBeGreaterThan(0);
      expect(Math.max(...all.batches)).toBeLessThanOrEqual(5000);
    }
  });

  test('its folders are its labels, and its answer is not telemetry', async () => {
    const files = await listDump(join(data, 'rca', cases.at(-1) as string));
    const labels = files.map(({ path, label }) => [path.split('/').slice(-2).join('/'), label]);
    expect(labels).toContainEqual(['baseline/traces.jsonl.gz', 'baseline']);
    expect(labels).toContainEqual(['incident/traces.jsonl.gz', 'incident']);
    expect(labels.at(-1)?.[1]).toBeNull();
    expect(files.some(({ path }) => path.endsWith('label.json'))).toBe(false);
  });
});

test.runIf(present)('the failed agent runs are read whole', async () => {
  const path = join(data, 'agents/whowhen.otlp.jsonl.gz');
  const all = await contentsOf(await openDump(await fileSource(path)));
  expect(all.defects).toEqual([]);
  expect(new Set(all.spans.map(({ traceId }) => traceId)).size).toBe(60);
});
