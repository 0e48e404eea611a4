/** Imports taken back or named anew; windows chosen by hand. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  caseWindows,
  chooseWindow,
  editImports,
  importDumps,
  listImports,
  openSession,
} from '../src/session.ts';
import { ask, gauge, log, scratch, span } from './fixtures/store/dump.ts';

const { dump, path } = scratch('imports');

const everything = [
  'SELECT trace_id, span_id, name, start_ns, attributes, label FROM spans ORDER BY 1, 2',
  'SELECT id, body, time_ns, label FROM logs ORDER BY 1',
  'SELECT metric, time_ns, value FROM metric_points ORDER BY 1, 2, 3',
  'SELECT trace_id, spans, errors, label FROM traces ORDER BY 1',
  'SELECT service, spans FROM services ORDER BY 1',
  'SELECT label, from_ns, to_ns FROM windows ORDER BY 1',
  'SELECT service, count(*) FROM spans JOIN services USING (service) GROUP BY 1 ORDER BY 1',
];

async function contents(db: string): Promise<unknown[]> {
  return await Promise.all(everything.map((sql) => ask(db, sql)));
}

const record = fc.oneof(
  fc
    .record({ trace: fc.integer({ min: 1, max: 3 }), id: fc.integer({ min: 1, max: 4 }) })
    .map((draft) => span({ ...draft, start: draft.id * 10 })),
  fc.constantFrom('down', 'up').map((body) => log(body, 5)),
  fc.constantFrom(1, 2).map((value) => gauge('load', value, 10)),
);
const file = fc.array(record, { minLength: 1, maxLength: 5 });

test('an import taken back leaves the case as if it had never been', async () => {
  await fc.assert(
    fc.asyncProperty(file, file, fc.constantFrom(undefined, 'baseline'), async (a, b, label) => {
      const [both, only] = [path(), path()];
      const taken = dump([...a, log('own', 1)]);
      await importDumps(both, [taken], { label });
      await importDumps(both, [dump([...b, log('other', 2)])], { label: 'incident' });
      await importDumps(only, [dump([...b, log('other', 2)])], { label: 'incident' });
      await editImports(both, (store) => store.removeImport(taken));
      expect(await contents(both)).toEqual(await contents(only));
    }),
    { numRuns: 25 },
  );
});

test('an import is named by id or path, and a wrong name changes nothing', async () => {
  const db = path();
  const first = dump([span({ id: 1 })]);
  await importDumps(db, [first, dump([span({ id: 2 })])]);
  await editImports(db, (store) => store.labelImport('2', 'incident'));
  expect((await listImports(db)).map(({ label }) => label)).toEqual([null, 'incident']);
  await editImports(db, (store) => store.labelImport(first, 'baseline'));
  expect((await caseWindows(db)).map(({ name }) => name)).toEqual(['baseline', 'incident']);
  const before = await contents(db);
  await expect(editImports(db, (store) => store.removeImport('7'))).rejects.toThrow('no import');
  expect(await contents(db)).toEqual(before);
});

describe('windows chosen by hand', () => {
  const data = async (): Promise<string> => {
    const db = path();
    const requests = Array.from({ length: 60 }, (_, n) =>
      span({ trace: n + 1, id: 1, start: n * 1000, length: 100, failed: n >= 40 }),
    );
    await importDumps(db, [dump(requests)]);
    return db;
  };
  const windows = async (db: string, request = {}) => {
    await using session = await openSession(db);
    return (await session.diagnose(request)).windows;
  };

  test('are used until auto, and flags go before them', async () => {
    const db = await data();
    const free = await windows(db);
    await chooseWindow(db, 'incident', '-20s');
    const chosen = await windows(db);
    expect(chosen.incident.from).toBe('2026-07-12T14:00:39.100Z');
    expect(chosen.baseline?.to).toBe('2026-07-12T14:00:39.099999999Z');
    expect(await windows(db, { incident: '-10s/-0s' })).not.toEqual(chosen);
    expect(await windows(db, { incident: 'auto' })).toEqual(free);
    expect(await caseWindows(db)).toMatchObject([{ name: 'incident', spec: '-20s' }]);
    await chooseWindow(db, 'incident', 'auto');
    expect(await windows(db)).toEqual(free);
  });

  test('may be a trace, and must hold data', async () => {
    const db = await data();
    await chooseWindow(db, 'incident', `trace:${'29'.padStart(32, '0')}`);
    expect((await windows(db)).incident).toEqual({
      from: '2026-07-12T14:00:40.000Z',
      to: '2026-07-12T14:00:40.100Z',
    });
    for (const spec of ['2020-01-01/2020-01-02', 'nowhere', 'trace:zz', '-5m/-10m']) {
      await expect(chooseWindow(db, 'incident', spec)).rejects.toThrow();
    }
  });
});
