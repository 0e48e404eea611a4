/** What `doctor data` finds in telemetry that has one of everything wrong. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { TelemetryCheck } from '../src/model.ts';
import { importDumps, storeHealth, telemetryQuality } from '../src/session.ts';
import { gauge, log, scratch, span } from './fixtures/store/dump.ts';

const { dump, path } = scratch('doctor');

async function found(...imports: readonly (readonly unknown[])[]) {
  const db = path();
  for (const records of imports) await importDumps(db, [dump(records)]);
  const lines = await telemetryQuality(db);
  return (check: TelemetryCheck) => {
    const line = lines.find((one) => one.check === check);
    return line && [line.count, line.of, line.examples];
  };
}

const minute = 60_000;
const long = 'f'.repeat(32);
const beat = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => span({ id: 100 + from + n, start: (from + n) * minute }));

test('sound telemetry has nothing but what is always said', async () => {
  const of = await found([...beat(3), log('up', 10), gauge('load', 1, 10)]);
  for (const check of ['orphan-spans', 'duplicates', 'gaps', 'sampling', 'bad-times'] as const) {
    expect(of(check)?.[0]).toBe(0);
  }
  expect(of('missing-signals')).toEqual([0, 1, []]);
});

test('each check counts its own, with examples', async () => {
  const first = [
    span({ id: 1, raw: { traceId: long } }),
    span({ id: 2, parent: 9, raw: { traceId: long } }),
    span({
      trace: 7,
      id: 3,
      service: 'edge',
      attributes: { 'http.method': 'GET', SampleRate: 20 },
    }),
    span({ trace: 8, id: 4, raw: { startTimeUnixNano: '0' } }),
    span({ trace: 8, id: 0 }),
    ...beat(4),
    ...beat(4, 30),
  ];
  const of = await found(first, [span({ id: 1, raw: { traceId: long } }), log('up', 10)]);
  expect(of('orphan-spans')?.slice(0, 2)).toEqual([1, 12]);
  expect(of('duplicates')?.slice(0, 2)).toEqual([1, 14]);
  expect(of('zero-ids')?.[0]).toBe(1);
  expect(of('bad-times')?.[0]).toBe(1);
  expect(of('sampling')).toEqual([1, 12, ['SampleRate']]);
  expect(of('gaps')).toEqual([1, null, ['2026-07-12T14:04:00.000Z, 26 min']]);
  expect(of('convention-versions')).toEqual([1, null, ['HTTP before 1.23']]);
  expect(of('missing-signals')).toEqual([1, 2, ['edge: no logs']]);
  const events = [{ name: 'x', droppedAttributesCount: 1 }];
  const short = [
    span({ id: 1 }),
    span({ id: 2, raw: { droppedLinksCount: 4, droppedEventsCount: 0 } }),
    span({ id: 3, raw: { events } }),
  ];
  expect((await found(short))('dropped-by-limits')).toEqual([
    2,
    3,
    [
      expect.stringMatching(/0002: \{"droppedLinksCount":4\}$/),
      expect.stringMatching(/0003: of an event or link$/),
    ],
  ]);
  const scoped = span({ id: 7 });
  Object.assign(scoped.resourceSpans[0]?.scopeSpans[0] ?? {}, { schemaUrl: 'https://s/1' });
  expect((await found([scoped]))('convention-versions')).toEqual([1, null, ['https://s/1']]);
  // All trace ids of the fixture but one are small numbers.
  expect(of('truncated-ids')?.slice(0, 2)).toEqual([3, 4]);
});

test('a damaged case is said to be damaged, a missing one is missing', async () => {
  const db = path();
  expect(storeHealth(db).caseFaults).toBeNull();
  await importDumps(db, [dump(beat(3))]);
  expect(storeHealth(db).caseFaults).toEqual([]);
  writeFileSync(db, 'no database at all, whatever its name says'.repeat(30));
  expect(storeHealth(db).caseFaults).toHaveLength(1);
});
