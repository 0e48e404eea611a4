/** The door: windows and times as people give them, imports that fail in part, odd cases. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../src/errors.ts';
import { type DiagnosisRequest, importDumps, openSession } from '../src/session.ts';
import { ask, at, gauge, log, scratch, span } from './fixtures/store/dump.ts';

const { dump, folder, path } = scratch('session');

const refusal = async (run: () => Promise<unknown>): Promise<UserError> => {
  const error = await run().then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
};

async function caseOf(parts: readonly (readonly [readonly unknown[], string?])[]): Promise<string> {
  const db = path();
  for (const [records, label] of parts) await importDumps(db, [dump(records)], { label });
  return db;
}

async function diagnose(db: string, request: DiagnosisRequest = {}) {
  await using session = await openSession(db);
  return await session.diagnose(request);
}

/** Requests a second apart, from `from` seconds on. */
const requests = (from: number, count: number, failed = false) =>
  Array.from({ length: count }, (_, i) =>
    span({ trace: from * 100 + i + 1, id: 1, start: (from + i) * 1000, length: 100, failed }),
  );

describe('windows', () => {
  const data = () => caseOf([[[...requests(0, 60), ...requests(60, 60, true)]]]);
  const windows = async (db: string, request: DiagnosisRequest) => {
    const { regime, windows: found } = await diagnose(db, request);
    return [regime, found.baseline, found.incident];
  };
  const clock = (seconds: number, rest = '.000'): string =>
    `2026-07-12T14:0${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}${rest}Z`;

  test.each([
    // The end of the data is the end of the last span: 119.1 s.
    ['-60s/-0s', clock(59, '.100'), clock(119, '.100')],
    ['-1m/-30s', clock(59, '.100'), clock(89, '.100')],
    ['-0.5m/-0m', clock(89, '.100'), clock(119, '.100')],
    ['2026-07-12T14:01:00Z/2026-07-12T14:02:00Z', clock(60), clock(120)],
    ['2026-07-12T14:01/2026-07-12T14:02', clock(60), clock(120)],
    ['2026-07-12 14:01:00.5/2026-07-12T14:02:00', clock(60, '.500'), clock(120)],
    ['2026-07-12T16:01:00+02:00/2026-07-12T14:02:00Z', clock(60), clock(120)],
    ['2026-07-12T14:01:00.000000001Z/-0s', clock(60, '.000000001'), clock(119, '.100')],
  ])('--incident %s', async (incident, from, to) => {
    const [regime, baseline, found] = await windows(await data(), { incident });
    expect(regime).toBe('declared');
    expect(found).toEqual({ from, to });
    // Nothing said about the baseline: all that came before.
    expect(baseline).toMatchObject({ from: clock(0) });
  });

  test.each(['Asia/Tokyo', 'America/New_York'])(
    'times without a zone are UTC in %s',
    async (zone) => {
      vi.stubEnv('TZ', zone);
      const [, , found] = await windows(await data(), {
        incident: '2026-07-12T14:01/2026-07-12T14:02',
      });
      expect(found).toEqual({ from: clock(60), to: clock(120) });
    },
  );
  afterEach(() => vi.unstubAllEnvs());

  test('a baseline alone leaves the rest as the incident', async () => {
    const db = await data();
    const [regime, baseline, incident] = await windows(db, { baseline: '-2m/-1m' });
    expect(regime).toBe('declared');
    expect(baseline).toMatchObject({ to: clock(59, '.100') });
    expect(incident).toEqual({ from: clock(59, '.100000001'), to: clock(119, '.100') });
    const [, , before] = await windows(db, { baseline: '-1m/-0m' });
    expect(before).toEqual({ from: clock(0), to: clock(59, '.099999999') });
  });

  test('--at begins the incident there', async () => {
    const { windows: found, impact } = await diagnose(await data(), { at: '2026-07-12T14:01:00Z' });
    expect(found.incident).toEqual({ from: clock(60), to: clock(119, '.100') });
    expect(impact).toMatchObject({ requests: 60, failed: 60 });
  });

  test.each([
    [{ incident: 'yesterday' }, /neither a label.*nor FROM/],
    [{ incident: 'a/b/c' }, /neither a label/],
    [{ incident: 'a/b' }, /not a time/],
    [{ incident: '-1m/-2m' }, /ends before it begins/],
    [{ incident: '-1m/-1m' }, /ends before it begins/],
    [{ incident: '12 July 2026/-0m' }, /not a time/],
    [{ incident: '2026-02-30/-0m' }, /not a time/],
    [{ incident: '2026-07-12T25:00/-0m' }, /not a time/],
    [{ incident: '5/-0m' }, /not a time/],
    [{ incident: '+1m/-0m' }, /not a time/],
    [{ baseline: '' }, /neither a label/],
    [{ at: 'noon' }, /not a time/],
    [{ at: '2026-07-13' }, /after the end of the data/],
    [{ at: '2020-01-01' }, /before the beginning of the data/],
    [{ baseline: '-5m', incident: '-5m' }, /lies within the baseline/],
    [{ incident: '2025-01-01/2025-01-02' }, /no data of this case/],
    [{ baseline: '2027-01-01/2027-01-02' }, /no data of this case/],
  ] as [DiagnosisRequest, RegExp][])('%j is refused', async (request, message) => {
    const error = await refusal(async () => diagnose(await data(), request));
    expect(error.code).toBe('usage');
    expect(error.message).toMatch(message);
    expect(error.hint).toBeDefined();
  });

  test('two labels are compared import by import, although their times overlap', async () => {
    const db = await caseOf([
      [requests(0, 20), 'blue'],
      [requests(10, 20, true), 'green'],
    ]);
    const { regime, impact } = await diagnose(db, { baseline: 'blue', incident: 'green' });
    expect(regime).toBe('declared');
    expect(impact).toMatchObject({ requests: 20, failed: 20 });
  });

  test('one side labelled: the unlabelled imports are the other', async () => {
    const labelledIncident = await caseOf([
      [requests(0, 20)],
      [requests(30, 20, true), 'incident'],
    ]);
    expect(await diagnose(labelledIncident)).toMatchObject({
      regime: 'declared',
      windows: {
        baseline: { from: clock(0), to: clock(19, '.100') },
        incident: { from: clock(30) },
      },
      impact: { requests: 20, failed: 20 },
    });
    const labelledBaseline = await caseOf([
      [requests(0, 20), 'baseline'],
      [requests(30, 20, true)],
    ]);
    expect(await diagnose(labelledBaseline)).toMatchObject({
      regime: 'declared',
      impact: { requests: 20, failed: 20 },
    });
    const onlyIncident = await caseOf([[requests(0, 20), 'incident']]);
    expect((await diagnose(onlyIncident)).regime).not.toBe('declared');
  });

  test('relative times count from the end of the data, whatever its signal', async () => {
    const db = await caseOf([
      [[...requests(0, 20), log('last words', 600_000), gauge('g', 1, 900_000)]],
    ]);
    const { windows: found } = await diagnose(db, { incident: '-15m/-0m' });
    expect(found.incident).toEqual({ from: clock(0), to: '2026-07-12T14:15:00.000Z' });
  });
});

describe('a dump that is partly unreadable', () => {
  test('costs only the file that cannot be read', async () => {
    const db = path();
    const junk = path('.bin');
    writeFileSync(junk, Buffer.from([0, 1, 2, 3, 255]));
    const empty = path('.json');
    writeFileSync(empty, '');
    const { files, totals, unreadable } = await importDumps(db, [
      dump([span({ id: 1 })]),
      junk,
      empty,
      join(folder, 'missing.json'),
      dump([span({ id: 2 })]),
    ]);
    expect(files).toHaveLength(2);
    expect(totals.spans).toBe(2);
    expect(unreadable.map(({ error }) => error.code)).toEqual(Array(3).fill('unreadable'));
    expect(await ask(db, 'SELECT count(*) AS n FROM imports')).toEqual([{ n: 2 }]);
  });

  test('costs nothing at all if no file can be read: no case is made, none is lost', async () => {
    const junk = path('.bin');
    writeFileSync(junk, 'this is no telemetry');
    const none = path();
    await refusal(() => importDumps(none, [junk]));
    expect(readdirSync(folder).some((name) => join(folder, name).startsWith(none))).toBe(false);

    const db = await caseOf([[requests(0, 5)]]);
    const before = await ask(db, 'SELECT * FROM spans');
    for (const dumps of [[junk], [join(folder, 'missing.json')]]) {
      await refusal(() => importDumps(db, dumps, { fresh: true }));
      expect(await ask(db, 'SELECT * FROM spans')).toEqual(before);
    }
  });

  test('a source that breaks in the middle takes back only what it brought', async () => {
    const db = path();
    const lines = Array.from({ length: 9000 }, (_, i) =>
      JSON.stringify(span({ trace: i + 1, id: 1 })),
    );
    async function* breaking() {
      yield Buffer.from(`${lines.join('\n')}\n`);
      throw new Error('the pipe broke');
    }
    const good = dump([log('a')]);
    const { files, unreadable } = await importDumps(db, ['-', good], { stdin: breaking() });
    expect(files.map((file) => file.path)).toEqual([good]);
    expect(unreadable[0]?.error.message).toMatch(/the pipe broke/);
    expect(await ask(db, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: 0 }]);
    expect(await ask(db, 'SELECT count(*) AS n FROM logs')).toEqual([{ n: 1 }]);
    expect(await ask(db, 'SELECT count(*) AS n FROM imports')).toEqual([{ n: 1 }]);
  });

  test('a bug in the middle leaves the case as it was', async () => {
    const db = await caseOf([[[log('a')]]]);
    const before = readFileSync(db);
    const onProgress = (): never => {
      throw new TypeError('a bug');
    };
    await expect(importDumps(db, [dump(requests(0, 3))], { onProgress })).rejects.toThrow(
      TypeError,
    );
    expect(await ask(db, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: 0 }]);
    expect(readFileSync(db).length).toBe(before.length);
  });
});

describe('a dry run', () => {
  test('counts as an import would and leaves no trace', async () => {
    const db = await caseOf([[requests(0, 5)]]);
    const before = readFileSync(db);
    const file = dump([...requests(0, 5), ...requests(60, 3)]);
    const { totals } = await importDumps(db, [file], { dryRun: true });
    expect(totals).toMatchObject({ read: 8, spans: 3, duplicates: 5, traces: 3 });
    const fresh = await importDumps(db, [file], { dryRun: true, fresh: true });
    expect(fresh.totals).toMatchObject({ read: 8, spans: 8, duplicates: 0 });
    expect(readFileSync(db)).toEqual(before);
    expect(readdirSync(folder).filter((name) => join(folder, name).startsWith(db))).toHaveLength(1);
    const none = path();
    expect((await importDumps(none, [file], { dryRun: true })).totals.spans).toBe(8);
    expect(existsSync(none)).toBe(false);
  });
});

describe('a foreign dump', () => {
  const warnings = async (db: string, records: readonly unknown[]) =>
    (await importDumps(db, [dump(records)])).warnings;

  test('is imported with a warning; one that shares a service or a trace is not warned of', async () => {
    const db = await caseOf([[requests(0, 5)]]);
    expect(await warnings(db, [span({ trace: 1, id: 9, service: 'other' })])).toEqual([]);
    expect(await warnings(db, [log('of shop')])).toEqual([]);
    expect(await warnings(db, [span({ trace: 9999, id: 1, service: 'stranger' })])).toHaveLength(1);
  });

  test('a file that holds only what is there already is not foreign', async () => {
    const db = await caseOf([[requests(0, 5)]]);
    expect(await warnings(db, requests(0, 4))).toEqual([]);
  });
});

describe('odd cases', () => {
  test.each([
    ['only logs', [log('a', 5), log('b', 10)], '.005', '.010'],
    ['only metrics', [gauge('g', 1, 5), gauge('g', 2, 10)], '.005', '.010'],
    ['one span', [span({ id: 1, start: 5, length: 5 })], '.005', '.010'],
    [
      'spans without times',
      [span({ id: 1, raw: { startTimeUnixNano: 0, endTimeUnixNano: 0 } }), log('a', 7)],
      '.007',
      '.007',
    ],
  ])('%s: no clear cause, and a window that is the data', async (_, records, from, to) => {
    const db = await caseOf([[records]]);
    const { verdict, windows } = await diagnose(db);
    expect(verdict).toBe('no-clear-cause');
    expect(windows.incident).toEqual({
      from: `2026-07-12T14:00:00${from}Z`,
      to: `2026-07-12T14:00:00${to}Z`,
    });
  });

  test('logs of two labels are two windows', async () => {
    const db = await caseOf([
      [[log('a', 1)], 'baseline'],
      [[log('b', 2000)], 'incident'],
    ]);
    expect(await diagnose(db)).toMatchObject({ regime: 'declared', verdict: 'no-clear-cause' });
  });

  test('cycles, orphans and bad times are counted, kept and survived', async () => {
    const records = [
      ...requests(0, 5),
      span({ trace: 1, id: 5, parent: 5 }),
      span({ trace: 2, id: 5, parent: 6 }),
      span({ trace: 2, id: 6, parent: 5 }),
      span({ trace: 3, id: 5, parent: 77 }),
      span({ trace: 4, id: 5, parent: 1, raw: { startTimeUnixNano: '0' } }),
      span({ trace: 4, id: 6, parent: 1, start: 50, length: -20 }),
    ];
    const db = await caseOf([[records]]);
    const { dataQuality } = await diagnose(db);
    expect(dataQuality.defects.map(({ code, count }) => [code, count])).toEqual([
      ['bad-time', 2],
      ['orphan-span', 1],
      ['parent-cycle', 2],
    ]);
    expect(await ask(db, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: records.length }]);
  });

  test.each([1995, 2099])(
    'one span of %i stretches no window and costs no exactness',
    async (year) => {
      const far = BigInt(Date.UTC(year, 5)) * 1_000_000n;
      const stray = { startTimeUnixNano: String(far), endTimeUnixNano: String(far + 5n) };
      const healthy = requests(0, 150);
      const bad = [...requests(200, 150, true), span({ trace: 77_777, id: 1, raw: stray })];
      const sound = await diagnose(
        await caseOf([
          [healthy, 'baseline'],
          [bad.slice(0, -1), 'incident'],
        ]),
      );
      const db = await caseOf([
        [healthy, 'baseline'],
        [bad, 'incident'],
      ]);
      const found = await diagnose(db);
      expect(found.windows).toEqual(sound.windows);
      expect(found.causes[0]?.service).toBe(sound.causes[0]?.service);
      expect(found.dataQuality.defects).toMatchObject([{ code: 'bad-time', count: 1 }]);
      expect(
        await ask(
          db,
          'SELECT start_ns FROM spans ORDER BY abs(start_ns - 1783864800000000000) DESC LIMIT 1',
        ),
      ).toEqual([{ start_ns: far }]);
      expect(await ask(db, 'SELECT min(start_time) AS first FROM traces')).toEqual([
        { first: '2026-07-12T14:00:00.000Z' },
      ]);
    },
  );

  test('a small labelled import a year after a large one is no stray', async () => {
    const year = 365n * 86_400_000_000_000n;
    const later = [1, 2, 3, 4, 5].map((trace) => {
      const start = BigInt(at(trace * 1000)) + year;
      const raw = { startTimeUnixNano: String(start), endTimeUnixNano: String(start + 1000n) };
      return span({ trace: 5000 + trace, id: 1, failed: true, raw });
    });
    const db = await caseOf([
      [requests(0, 800), 'baseline'],
      [later, 'incident'],
    ]);
    const { regime, impact, windows, dataQuality } = await diagnose(db);
    expect({ regime, failed: impact.failed }).toEqual({ regime: 'declared', failed: 5 });
    expect(windows.incident.from).toBe('2027-07-12T14:00:01.000Z');
    expect(dataQuality.defects).toEqual([]);
  });
});

describe('a trace', () => {
  test('is found by any unambiguous beginning of its id', async () => {
    const db = await caseOf([
      [
        [
          span({ trace: 0xab, id: 1 }),
          span({ trace: 0xab, id: 2, parent: 1 }),
          log('x', 1, { traceId: '0'.repeat(30).concat('ab') }),
        ],
      ],
    ]);
    await using session = await openSession(db);
    for (const prefix of ['0', '0'.repeat(30), '0'.repeat(30).concat('AB')]) {
      const { tree, logs } = await session.trace(prefix);
      expect([tree.spans.length, logs.length]).toEqual([2, 1]);
    }
    for (const prefix of ['f', '', 'xyz', "' OR 1=1 --", '0'.repeat(33)]) {
      expect((await refusal(() => session.trace(prefix))).code).toBe('usage');
    }
    const two = await caseOf([[[span({ trace: 1, id: 1 }), span({ trace: 2, id: 1 })]]]);
    await using other = await openSession(two);
    expect((await refusal(() => other.trace('0'))).message).toMatch(/several traces/);
  });
});

describe('a period', () => {
  test('leaves out what was recorded outside of it; the whole file can come later', async () => {
    const db = path();
    const file = dump(requests(0, 60));
    const part = await importDumps(db, [file], {
      since: '2026-07-12T14:00:10',
      until: '2026-07-12T14:00:20Z',
    });
    expect(part.totals).toMatchObject({ read: 10, spans: 10 });
    const all = await importDumps(db, [file]);
    expect(all.totals).toMatchObject({ read: 60, spans: 50, duplicates: 10 });
    expect((await refusal(() => importDumps(db, [file], { since: 'noon' }))).code).toBe('usage');
  });
});

test('progress ends with everything read', async () => {
  const seen: [number, number | null, number, string][] = [];
  const file = dump(requests(0, 10));
  await importDumps(path(), [file], {
    onProgress: ({ bytesRead, bytesTotal, records, stage }) =>
      seen.push([bytesRead, bytesTotal, records, stage]),
  });
  const size = readFileSync(file).length;
  expect(seen.slice(-2)).toEqual([
    [size, size, 10, 'storing'],
    [size, size, 10, 'done'],
  ]);
});
