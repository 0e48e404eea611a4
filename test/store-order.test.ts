/** The order of imports, and how a dump is split into files, change nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importDumps, openSession } from '../src/session.ts';
import { at, gauge, log, rowsOf, scratch, span } from './fixtures/store/dump.ts';

const { dump, path } = scratch('store-order');

/** Views whose content may not depend on the order; `imports` and `notes` are about imports. */
const views = [
  'spans',
  'span_events',
  'span_links',
  'logs',
  'log_templates',
  'metric_points',
  'traces',
  'services',
  'operations',
  'edges',
  'windows',
  'causes',
  'evidence',
];

async function answerOf(files: readonly (readonly [string, string | null])[]) {
  const db = path();
  for (const [file, label] of files) await importDumps(db, [file], { label: label ?? undefined });
  await using session = await openSession(db);
  const tables: Record<string, readonly string[]> = {};
  for (const view of [...views, '(SELECT code, sum(count) FROM defects GROUP BY code)']) {
    const rows = await rowsOf(session, `SELECT * FROM ${view}`);
    tables[view] = rows.map((row) => Object.values(row).map(String).join(' | ')).sort();
  }
  return { diagnosis: JSON.stringify(await session.diagnose()), tables };
}

/** Requests of three services; in the incident the last one fails now and then. */
function request(trace: number, start: number, failed: boolean): unknown[] {
  const common = { trace, attributes: { 'user.id': `u${trace % 5}` } };
  return [
    span({ ...common, id: 1, service: 'web', name: 'GET /', start, length: 40, failed }),
    span({
      ...common,
      id: 2,
      parent: 1,
      service: 'web',
      kind: 3,
      name: 'call',
      start: start + 5,
      length: 30,
      failed,
      attributes: { 'server.address': 'cart' },
    }),
    span({
      ...common,
      id: 3,
      parent: 2,
      service: 'cart',
      instance: `cart-${trace % 2}`,
      start: start + 6 + (trace % 3),
      length: 20 + (trace % 7),
      failed,
      raw: {
        events: failed ? [{ name: 'exception', timeUnixNano: at(start) }] : [],
        links: [{ traceId: 'f'.repeat(32), spanId: '1'.repeat(16) }],
      },
    }),
    log(`request ${trace} took ${start}`, start, { traceId: '0'.repeat(31) + (trace % 10) }),
    gauge('process.cpu.utilization', (trace % 4) / 4, start),
  ];
}

const baseline = Array.from({ length: 12 }, (_, i) => request(i + 1, i * 1000, false)).flat();
const incident = Array.from({ length: 12 }, (_, i) =>
  request(i + 50, 60_000 + i * 1000, i % 2 === 0),
).flat();
/** Orphans, cycles, a conflict, an overlap, a stray: defects must not depend on the order either. */
const oddities = [
  span({ trace: 90, id: 7, parent: 99 }),
  span({ trace: 90, id: 8, parent: 8 }),
  span({ trace: 91, id: 1, parent: 2 }),
  span({ trace: 91, id: 2, parent: 1 }),
  ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((id) => [
    span({ trace: 92, id, name: 'one' }),
    span({ trace: 92, id, name: 'other' }),
  ]),
];

/** Its defect names a line of a file, so it is left out where files are split. */
const timeless = log('no time', 0, { timeUnixNano: '0' });

/** A list cut into at most `pieces` files. */
const splitting = (records: readonly unknown[], pieces: number) =>
  fc
    .array(fc.nat(pieces - 1), { minLength: records.length, maxLength: records.length })
    .map((choice) =>
      Array.from({ length: pieces }, (_, piece) => records.filter((_, i) => choice[i] === piece)),
    );

describe('the answer', () => {
  test('is the same for every split and every order, also with labels', async () => {
    const whole = await answerOf([
      [dump([...baseline, ...oddities]), 'baseline'],
      [dump(incident), 'incident'],
    ]);
    expect(JSON.parse(whole.diagnosis)).toMatchObject({ regime: 'declared' });
    const files = fc
      .tuple(splitting([...baseline, ...oddities], 3), splitting(incident, 3))
      .chain(([healthy, bad]) => {
        const labelled = [
          ...healthy.map((records) => [records, 'baseline'] as const),
          ...bad.map((records) => [records, 'incident'] as const),
        ].filter(([records]) => records.length > 0);
        return fc.shuffledSubarray(labelled, { minLength: labelled.length });
      });
    await fc.assert(
      fc.asyncProperty(files, async (parts) => {
        const found = await answerOf(parts.map(([records, label]) => [dump(records), label]));
        expect(found.tables).toEqual(whole.tables);
        expect(found.diagnosis).toBe(whole.diagnosis);
      }),
      { numRuns: 12 },
    );
  });

  test('is the same in any order of files that share records, labels and conflicts', async () => {
    const shared = baseline.slice(0, 25);
    const files: (readonly [string, string | null])[] = [
      [dump(baseline), 'baseline'],
      [dump([...shared, ...incident]), 'incident'],
      [dump([...shared.slice(5), ...oddities, timeless]), null],
      [dump([...oddities.slice(3), ...incident.slice(3)]), 'canary'],
    ];
    const first = await answerOf(files);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(files, { minLength: files.length }), async (order) => {
        const found = await answerOf(order);
        expect(found.tables).toEqual(first.tables);
        expect(found.diagnosis).toBe(first.diagnosis);
      }),
      { numRuns: 12 },
    );
  });

  test('does not depend on the order of lines in a file without labels', async () => {
    const records = [...baseline, ...incident, ...oddities, timeless];
    const first = await answerOf([[dump(records), null]]);
    expect(JSON.parse(first.diagnosis)).toMatchObject({ regime: 'change-point' });
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(records, { minLength: records.length }),
        async (order) => {
          const found = await answerOf([[dump(order), null]]);
          expect(found.tables).toEqual(first.tables);
          expect(withoutExamples(found.diagnosis)).toBe(withoutExamples(first.diagnosis));
        },
      ),
      { numRuns: 10 },
    );
  });
});

/** Examples of defects name lines of the file. */
function withoutExamples(diagnosis: string): string {
  const answer = JSON.parse(diagnosis) as { dataQuality: { defects: { examples: unknown }[] } };
  for (const defect of answer.dataQuality.defects) defect.examples = [];
  return JSON.stringify(answer);
}
