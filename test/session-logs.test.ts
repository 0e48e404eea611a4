/** How logs of a case reach the features: events of spans, and counts of what no trace holds. */
import { describe, expect, test } from 'vitest';
import type { Features } from '../src/model.ts';
import { type DiagnosisRequest, importDumps, openSession } from '../src/session.ts';
import { log, scratch, span, spanHex, traceHex } from './fixtures/store/dump.ts';

const { dump, path } = scratch('session-logs');

const ofTrace = (trace: number, id: number | null) => ({
  traceId: traceHex(trace),
  ...(id !== null && { spanId: spanHex(id) }),
});
const placed = (lineno: number) => ({
  attributes: [
    { key: 'log.logger', value: { stringValue: 'c.Cart' } },
    { key: 'code.lineno', value: { intValue: String(lineno) } },
  ],
});

const baseline = [
  span({ trace: 1, id: 1, start: 0, length: 100 }),
  span({ trace: 1, id: 2, parent: 1, start: 10, length: 50, kind: 1 }),
  log('user 17 added a book', 20, ofTrace(1, 2)),
  log('user 18 added a lamp', 30, { ...ofTrace(1, null), severityNumber: 17 }),
  log('total is 12.50', 70, { ...ofTrace(1, 1), ...placed(42) }),
  log('emptied', 80, { ...ofTrace(1, 1), eventName: 'cart.emptied' }),
  log('its span is not there', 90, ofTrace(1, 77)),
  log('flushed 3 pages', 40),
  log('flushed 9 pages', 50),
  log('of a trace that is not there', 60, ofTrace(99, 1)),
];
const incident = [
  span({ trace: 2, id: 3, start: 120_000, length: 100 }),
  log('flushed 5 pages', 120_050),
];

async function featuresOf(
  parts: readonly (readonly [readonly unknown[], string?])[],
  request: DiagnosisRequest = {},
): Promise<Features> {
  const db = path();
  for (const [records, label] of parts) await importDumps(db, [dump(records)], { label });
  await using session = await openSession(db);
  return await session.features(request);
}

const labelled = [
  [baseline, 'baseline'],
  [incident, 'incident'],
] as const;
const eventsOf = ({ sample }: Features) =>
  sample[0]?.logs.map(({ span: at, statement, severity }) => [at, statement, severity]);
const countsOf = ({ logs }: Features) =>
  logs.map(({ service, template, minutes }) => [
    service,
    template,
    minutes.map(({ cohort, count }) => `${cohort} ${count}`),
  ]);

describe('logs of a trace', () => {
  test('by span: of the span they name, else of the deepest that was open', async () => {
    expect(eventsOf(await featuresOf(labelled))).toEqual([
      [0, 'c.Cart:42', 9],
      [0, 'cart.emptied', 9],
      [1, 'user <n> added a <*>', 9],
      [1, 'user <n> added a <*>', 17],
    ]);
  });

  test('are left out on request', async () => {
    const features = await featuresOf(labelled, { without: ['logs'] });
    expect(eventsOf(features)).toEqual([]);
    expect(countsOf(features)).toEqual([]);
  });
});

describe('logs of no trace', () => {
  const expected = [
    ['shop', 'flushed <n> pages', ['baseline 2', 'incident 1']],
    ['shop', 'of a trace that is not there', ['baseline 1']],
  ];

  test('by template, minute and label, in whatever order they were imported', async () => {
    expect(countsOf(await featuresOf(labelled))).toEqual(expected);
    expect(countsOf(await featuresOf([...labelled].reverse()))).toEqual(expected);
  });

  test('by time, where windows are times', async () => {
    const request = { baseline: '-5m/-1m', incident: '-1m' };
    expect(countsOf(await featuresOf([[[...baseline, ...incident]]], request))).toEqual(expected);
  });
});
