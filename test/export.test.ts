/** What is exported and imported again gives the same records. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { otlpLines, otlpProtobuf } from '../src/export/index.ts';
import type { Listed } from '../src/model.ts';
import { importDumps, openSession } from '../src/session.ts';
import { aidebug, temporaryFolder } from './cli.ts';
import { request, requestCount } from './fixtures/import/arbitrary.ts';
import { scratch } from './fixtures/store/dump.ts';

const { dump, folder, path } = scratch('export');
const signals: readonly Listed[] = ['traces', 'logs', 'metrics'];

async function records(db: string): Promise<readonly unknown[]> {
  await using session = await openSession(db);
  const all: unknown[] = [];
  for (const signal of signals) {
    for await (const record of session.records(signal, '').records) all.push(record);
  }
  return all;
}

/** Everything of the case, as one file a signal. */
async function exported(db: string, format: 'otlp' | 'otlp-proto'): Promise<string[]> {
  await using session = await openSession(db);
  const files: string[] = [];
  for (const signal of signals) {
    const found = session.records(signal, '');
    const pieces: Uint8Array[] = [];
    const stream = format === 'otlp' ? otlpLines(found) : otlpProtobuf(found);
    for await (const piece of stream) pieces.push(Buffer.from(piece));
    if (pieces.length === 0) continue;
    const file = join(folder, `${signal}.${format}`);
    writeFileSync(file, Buffer.concat(pieces));
    files.push(file);
  }
  return files;
}

async function again(db: string, format: 'otlp' | 'otlp-proto'): Promise<readonly unknown[]> {
  const copy = path();
  await importDumps(copy, await exported(db, format));
  return records(copy);
}

test('import(export(x)) = x, as JSON and as protobuf', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 3 }), async (requests) => {
      const db = path();
      await importDumps(db, [dump(requests)]);
      const all = await records(db);
      expect(all.length).toBeLessThanOrEqual(requests.reduce((n, one) => n + requestCount(one), 0));
      expect(await again(db, 'otlp')).toEqual(all);
      expect(await again(db, 'otlp-proto')).toEqual(all);
    }),
    { numRuns: 40 },
  );
});

describe.runIf(process.env.AIDEBUG_DATA)('the real dump', () => {
  test('comes back whole', async () => {
    const db = path();
    await importDumps(db, [join(process.env.AIDEBUG_DATA ?? '', 'otlp/otel-tui/test_data.json')]);
    const all = await records(db);
    expect(all).toHaveLength(547 + 23 + 4551);
    expect(await again(db, 'otlp')).toEqual(all);
    expect(await again(db, 'otlp-proto')).toEqual(all);
  });
});

test('values of every kind come back as the kind that they were', async () => {
  const values = [
    ...['NaN', 'Infinity', '-Infinity', 2.5].map((doubleValue) => ({ doubleValue })),
    ...['NaN', '2.5', '{"doubleValue":"NaN"}'].map((stringValue) => ({ stringValue })),
    ...[{ intValue: '-9223372036854775808' }, { boolValue: false }, { bytesValue: 'AAH/' }, {}],
    { arrayValue: { values: [{ doubleValue: 'NaN' }, { arrayValue: { values: [] } }] } },
    { kvlistValue: { values: [{ key: 'doubleValue', value: { stringValue: '2.5' } }] } },
  ];
  const attributes = values.map((value, at) => ({ key: String.fromCharCode(97 + at), value }));
  const log = { timeUnixNano: '1750000000000000000', attributes };
  const db = path();
  await importDumps(db, [dump([{ resourceLogs: [{ scopeLogs: [{ logRecords: [log] }] }] }])]);
  const [file] = await exported(db, 'otlp');
  const [entry] = JSON.parse(readFileSync(file ?? '', 'utf8')).resourceLogs;
  expect(entry.scopeLogs[0].logRecords[0].attributes).toEqual(attributes);
});

test('times that cannot be used come back as they were written', async () => {
  const span = {
    traceId: '1'.repeat(32),
    spanId: '2'.repeat(16),
    startTimeUnixNano: '12',
    name: 'x',
  };
  const db = path();
  await importDumps(db, [dump([{ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }])]);
  expect(await again(db, 'otlp')).toEqual(await records(db));
});

test('a filter, files and pipes', async () => {
  const cwd = temporaryFolder();
  writeFileSync(
    join(cwd, 'dump.json'),
    JSON.stringify({
      resourceSpans: [1, 2].map((n) => ({
        scopeSpans: [
          {
            spans: [
              {
                traceId: String(n).repeat(32),
                spanId: '2'.repeat(16),
                startTimeUnixNano: '1750000000000000000',
                endTimeUnixNano: '1750000000000000001',
                status: { code: n },
              },
            ],
          },
        ],
      })),
    }),
  );
  await aidebug(['import', 'dump.json', '-q'], { cwd });
  const failed = await aidebug(['export', 'traces', 'status=error'], { cwd });
  expect(failed.stdout.trimEnd().split('\n')).toHaveLength(1);
  const { stdout } = await aidebug(['--db', 'b.db', 'import', '-', '--format', 'json'], {
    cwd,
    input: failed.stdout,
  });
  expect(JSON.parse(stdout).data.totals).toMatchObject({ spans: 1, skipped: 0 });
  expect(
    await aidebug(['export', 'traces', '--format', 'otlp-proto', '-o', 'out.pb'], { cwd }),
  ).toMatchObject({ status: 0, stdout: '' });
  const back = await aidebug(['--db', 'c.db', 'import', 'out.pb', '--format', 'json'], { cwd });
  expect(JSON.parse(back.stdout).data.totals).toMatchObject({ spans: 2, skipped: 0 });
  const csv = await aidebug(['export', 'traces', '--format', 'csv'], { cwd });
  expect(csv.stdout.split('\r\n')).toHaveLength(4);
  for (const args of [['profiles'], ['traces', 'foo=1'], ['traces', '-o', 'no/such/folder/x']]) {
    expect((await aidebug(['export', ...args], { cwd })).status).toBe(2);
  }
});
