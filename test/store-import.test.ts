/** What an import counts and keeps: identity, duplicates, labels and membership. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileSummary } from '../src/model.ts';
import { importDumps, openSession } from '../src/session.ts';
import { ask, gauge, log, scratch, span } from './fixtures/store/dump.ts';

const { dump, path } = scratch('store-import');

const real = join(process.env.AIDEBUG_DATA ?? '', 'otlp/otel-tui/test_data.json');
const present = existsSync(real);
if (!present) test.skip('AIDEBUG_DATA is not set: no real dump is imported', () => {});

const stored = ({ spans, logs, metricPoints }: FileSummary): number => spans + logs + metricPoints;

const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');

/** A span by its attributes, so that tests can make it differ. */
const tagged = (id: number, tag: string, more = {}) => span({ id, attributes: { tag }, ...more });

describe.runIf(present)('a real dump', () => {
  const counts = {
    read: 5121,
    spans: 547,
    logs: 23,
    metrics: 2650,
    metricPoints: 4551,
    spanEvents: 139,
    spanLinks: 53,
    exemplars: 11,
    duplicates: 0,
    skipped: 0,
  };

  test('is counted exactly, once; gzipped it is all duplicates', async () => {
    const db = path();
    const first = await importDumps(db, [real]);
    expect(first.totals).toEqual({ ...counts, traces: 141, services: 29 });

    const again = await importDumps(db, [real]);
    const nothing = Object.fromEntries(Object.keys(counts).map((key) => [key, 0]));
    expect(again.totals).toMatchObject({ ...nothing, read: 5121, duplicates: 5121 });

    const packed = path('.json.gz');
    writeFileSync(packed, gzipSync(readFileSync(real)));
    const zipped = await importDumps(db, [packed]);
    expect(zipped.totals).toMatchObject({ ...nothing, read: 5121, duplicates: 5121 });
    expect(zipped.warnings).toEqual([]);

    const [counted] = await ask(
      db,
      `SELECT (SELECT count(*) FROM spans) AS spans, (SELECT count(*) FROM logs) AS logs,
        (SELECT count(*) FROM metric_points) AS points, (SELECT count(*) FROM span_events) AS events,
        (SELECT count(*) FROM span_links) AS links, (SELECT count(*) FROM traces) AS traces,
        (SELECT count(*) FROM imports) AS imports`,
    );
    expect(counted).toEqual({
      spans: 547,
      logs: 23,
      points: 4551,
      events: 139,
      links: 53,
      traces: 141,
      imports: 2,
    });
  });
});

describe('duplicates', () => {
  test('equal lines of one file survive; the same lines of another file do not come twice', async () => {
    const db = path();
    const three = [log('retrying', 5), log('retrying', 5), log('retrying', 5)];
    const point = [gauge('g', 1), gauge('g', 1)];
    const first = await importDumps(db, [dump([...three, ...point])]);
    expect(first.totals).toMatchObject({ logs: 3, metricPoints: 2, duplicates: 0 });
    const more = await importDumps(db, [dump([...three, log('retrying', 5), ...point])]);
    expect(more.totals).toMatchObject({ logs: 1, metricPoints: 0, duplicates: 5 });
    const ids = (await ask(db, 'SELECT id FROM logs ORDER BY id')).map(({ id }) => String(id));
    expect(new Set(ids).size).toBe(4);
    expect(ids.map((id) => id.slice(16))).toEqual(['', '-2', '-3', '-4']);
  });

  test('two files that share records: each is kept once and belongs to both', async () => {
    const db = path();
    const a = [tagged(1, 'a'), tagged(2, 'shared'), log('shared')];
    const b = [log('shared'), tagged(2, 'shared'), tagged(3, 'b')];
    const { files } = await importDumps(db, [dump(a), dump(b)]);
    expect(files.map(({ spans, logs, duplicates }) => ({ spans, logs, duplicates }))).toEqual([
      { spans: 2, logs: 1, duplicates: 0 },
      { spans: 1, logs: 0, duplicates: 2 },
    ]);
  });

  test('identical spans of one file are one; different ones with one id are a conflict', async () => {
    const db = path();
    const same = tagged(1, 'same');
    const one = await importDumps(db, [dump([same, same, tagged(2, 'x'), tagged(2, 'y')])]);
    expect(one.totals).toMatchObject({ read: 4, spans: 3, duplicates: 1 });
    expect(one.files[0]?.defects).toMatchObject([{ code: 'conflicting-duplicate', count: 1 }]);
    // Across files as well, and all are kept.
    const two = await importDumps(db, [dump([tagged(1, 'other')])]);
    expect(two.files[0]?.defects).toMatchObject([{ code: 'conflicting-duplicate', count: 1 }]);
    expect(await ask(db, 'SELECT code, count FROM defects WHERE path IS NULL')).toEqual([
      { code: 'conflicting-duplicate', count: 2 },
    ]);
    expect(await ask(db, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: 4 }]);
  });

  test('client and server may share an id, as Zipkin does', async () => {
    const db = path();
    const client = span({ id: 1, kind: 3, service: 'web' });
    const server = span({ id: 1, kind: 2, service: 'cart' });
    const { files, totals } = await importDumps(db, [dump([client, server])]);
    expect(totals).toMatchObject({ spans: 2, duplicates: 0 });
    expect(files[0]?.defects).toEqual([]);
    expect(await ask(db, 'SELECT code FROM defects')).toEqual([]);
    expect(await ask(db, 'SELECT caller, callee FROM edges')).toEqual([
      { caller: 'web', callee: 'cart' },
    ]);
  });

  test('no two contents are taken for one, whatever separators they hold', async () => {
    const hostile = fc.constantFrom('', 'a', '\u0001', '\u0000', '1:a', '-', 'a\u0001', '\ud800');
    const record = fc.tuple(hostile, hostile, hostile);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(record, { maxLength: 6, selector: String }),
        async (records) => {
          const distinct = new Map(
            records.map((texts) => [JSON.stringify(texts.map(wellFormed)), texts]),
          );
          const lines = [...distinct.values()].map(([name, message, state]) =>
            span({ id: 1, name, raw: { status: { message }, traceState: state } }),
          );
          const { totals } = await importDumps(path(), [
            dump([...lines, log('so it is no empty file')]),
          ]);
          expect(totals.spans).toBe(lines.length);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('read is stored + duplicates + skipped, for any mixture of any files', async () => {
    const record = fc.oneof(
      fc.integer({ min: 1, max: 3 }).map((id) => span({ id })),
      fc.integer({ min: 1, max: 3 }).map((id) => span({ id, failed: true })),
      fc.constantFrom('a', 'b').map((body) => log(body)),
      fc.integer({ min: 1, max: 3 }).map((value) => gauge('g', value)),
      fc.constant(span({ id: 0 })),
      fc.constant({ resourceSpans: [{ scopeSpans: [{ spans: [7, 'x'] }] }] }),
    );
    const files = fc.array(fc.array(record, { minLength: 1, maxLength: 8 }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(files, async (contents) => {
        const db = path();
        const dumps = contents.map((records) => dump([log('first'), ...records]));
        const { files: summaries, totals } = await importDumps(db, dumps);
        for (const file of [...summaries, { ...totals, path: '', format: '', defects: [] }]) {
          expect(file.read).toBe(stored(file) + file.duplicates + file.skipped);
        }
        const [count] = await ask(
          db,
          `SELECT (SELECT count(*) FROM spans) + (SELECT count(*) FROM logs)
            + (SELECT count(*) FROM metric_points) AS n`,
        );
        expect(count?.n).toBe(totals.spans + totals.logs + totals.metricPoints);
      }),
      { numRuns: 40 },
    );
  });
});

describe('labels', () => {
  const windows = (db: string) => ask(db, 'SELECT label, spans, logs FROM windows');
  const overlaps = (db: string) =>
    ask(db, "SELECT code, count FROM defects WHERE code = 'window-overlap'");

  test('the same file with another label is relabelled', async () => {
    const db = path();
    const file = dump([span({ id: 1 }), log('a')]);
    await importDumps(db, [file], { label: 'baseline' });
    expect(await windows(db)).toEqual([{ label: 'baseline', spans: 1, logs: 1 }]);
    await importDumps(db, [file], { label: 'incident' });
    expect(await windows(db)).toEqual([{ label: 'incident', spans: 1, logs: 1 }]);
    expect(await ask(db, 'SELECT label FROM traces')).toEqual([{ label: 'incident' }]);
    // Without a word about labels it keeps the one it has; told to have none it has none.
    await importDumps(db, [file]);
    expect(await windows(db)).toHaveLength(1);
    await importDumps(db, [file], { label: null });
    expect(await windows(db)).toEqual([]);
    expect(await ask(db, 'SELECT label FROM traces')).toEqual([{ label: null }]);
  });

  test('a record in both windows counts as baseline, and is counted as an overlap', async () => {
    const db = path();
    const shared = [tagged(1, 's'), log('shared')];
    const other = tagged(1, 'i', { trace: 2, start: 50 });
    for (const [records, label] of [
      [[...shared, other], 'incident'],
      [[...shared, log('healthy')], 'baseline'],
    ] as const) {
      await importDumps(db, [dump(records)], { label });
    }
    expect(await windows(db)).toEqual([
      { label: 'baseline', spans: 1, logs: 2 },
      { label: 'incident', spans: 1, logs: 0 },
    ]);
    expect(await overlaps(db)).toEqual([{ code: 'window-overlap', count: 2 }]);
    expect(await ask(db, 'SELECT label FROM traces ORDER BY trace_id')).toEqual([
      { label: 'baseline' },
      { label: 'incident' },
    ]);
  });

  test('the same bytes under both labels of one folder are in both windows', async () => {
    const db = path();
    const folder = path('');
    for (const label of ['baseline', 'incident']) {
      mkdirSync(join(folder, label), { recursive: true });
      dump([span({ id: 1 })], join(folder, label, 'traces.jsonl'));
    }
    const { totals } = await importDumps(db, [folder]);
    expect(totals).toMatchObject({ read: 2, spans: 1, duplicates: 1 });
    // The folder once more changes nothing, its labels included.
    for (const dumps of [[], [folder], [folder, folder]]) {
      if (dumps.length > 0) expect((await importDumps(db, dumps)).totals.spans).toBe(0);
      expect(await windows(db)).toEqual([{ label: 'baseline', spans: 1, logs: 0 }]);
      expect(await overlaps(db)).toEqual([{ code: 'window-overlap', count: 1 }]);
    }
  });

  test('a record also in an unlabelled import keeps its label, without an overlap', async () => {
    const db = path();
    await importDumps(db, [dump([tagged(1, 'a')])]);
    await importDumps(db, [dump([tagged(1, 'a'), log('x')])], { label: 'incident' });
    expect(await ask(db, 'SELECT label FROM spans')).toEqual([{ label: 'incident' }]);
    expect(await overlaps(db)).toEqual([]);
  });

  test('300 labels are 300 windows', async () => {
    const db = path();
    for (let i = 0; i < 300; i += 1) {
      const file = dump([span({ trace: i + 1, id: 1, start: i })]);
      await importDumps(db, [file], { label: `l-${i}` });
    }
    expect(await windows(db)).toHaveLength(300);
    await using session = await openSession(db);
    expect((await session.diagnose({ baseline: 'l-0', incident: 'l-299' })).regime).toBe(
      'declared',
    );
  }, 60_000);
});

describe('text that means harm', () => {
  const evil = [
    "'; DROP TABLE span; --",
    'a\u0000b',
    '\u0001',
    '\u001b[2J',
    'lone \ud800',
    '🙂'.repeat(300),
    '$.x"]',
  ];

  test.each(evil.map((text) => [text.slice(0, 30), text]))(
    '%j is kept as a name of everything',
    async (_, text) => {
      const db = path();
      const nasty = span({
        id: 1,
        service: text,
        name: text,
        attributes: { [text]: text },
        raw: { traceState: text, status: { code: 2, message: text } },
      });
      const metric = gauge(text, 1, 0, {
        attributes: [{ key: text, value: { stringValue: text } }],
      });
      const scoped = structuredClone(nasty) as ReturnType<typeof span>;
      Object.assign(scoped.resourceSpans[0]?.scopeSpans[0]?.scope ?? {}, { version: text });
      Object.assign(scoped.resourceSpans[0] ?? {}, { schemaUrl: text });
      const { totals } = await importDumps(db, [dump([nasty, scoped, metric, log(text)])], {
        label: 'incident',
      });
      expect(totals).toMatchObject({ spans: 2, logs: 1, metricPoints: 1, skipped: 0 });
      // Half a pair is no text: three bytes that stand for nothing.
      const shown = text.replace(/\p{Surrogate}/gu, '\ufffd\ufffd\ufffd');
      expect(await ask(db, 'SELECT DISTINCT service, name, status_message FROM spans')).toEqual([
        { service: shown, name: shown, status_message: shown },
      ]);
      const body = text.replace(/\p{Surrogate}/gu, '\ufffd');
      expect(await ask(db, 'SELECT body FROM logs')).toEqual([{ body }]);
      const valid = 'SELECT min(json_valid(attributes)) AS ok FROM';
      for (const view of ['spans', 'logs', 'metric_points']) {
        expect(await ask(db, `${valid} ${view}`)).toEqual([{ ok: 1 }]);
      }
      await using session = await openSession(db);
      await session.diagnose();
    },
  );

  test('attributes can be read by json_extract, and huge ones are cut and counted', async () => {
    const db = path();
    const huge = 'x'.repeat(10 * 1024 * 1024);
    const attributes = { 'user.id': 'u1', tokens: 12, share: 0.5, huge };
    const { files } = await importDumps(db, [dump([span({ id: 1, attributes })])]);
    expect(files[0]?.defects).toMatchObject([{ code: 'oversize-value', count: 1 }]);
    const [row] = await ask(
      db,
      `SELECT json_extract(attributes, '$."user.id"') AS user, attributes ->> 'tokens' AS tokens,
        attributes ->> 'share' AS share, length(attributes ->> 'huge') < 70000 AS cut FROM spans`,
    );
    expect(row).toEqual({ user: 'u1', tokens: 12, share: 0.5, cut: 1 });
  });

  test('numbers that SQLite cannot hold are kept as text', async () => {
    const db = path();
    const value = (asInt: string) => gauge('big', 0, 0, { asDouble: undefined, asInt });
    const records = [
      value('9223372036854775807'),
      value('18446744073709551615'),
      gauge('odd', 0, 0, { asDouble: 'NaN' }),
      gauge('odd', 0, 0, { asDouble: 'Infinity' }),
      gauge('odd', 0, 0, { flags: 1, asDouble: undefined }),
    ];
    const { totals } = await importDumps(db, [dump(records)]);
    expect(totals).toMatchObject({ metricPoints: 5, skipped: 0 });
    const values = await ask(db, 'SELECT value FROM metric_points ORDER BY metric, typeof(value)');
    expect(values.map((row) => row.value)).toEqual([
      9223372036854775807n,
      '18446744073709551615',
      null,
      Number.POSITIVE_INFINITY,
      'NaN',
    ]);
    await using session = await openSession(db);
    expect((await session.diagnose()).verdict).toBe('no-clear-cause');
  });
});
