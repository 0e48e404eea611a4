/** What the first screen is made from, on drawn cases and on the samples. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Features, OperationFeature, Overview, Store } from '../src/model.ts';
import { nanos } from '../src/model.ts';
import { overviewInText, overviewName } from '../src/session/kept-overview.ts';
import { changesOf } from '../src/session/overview.ts';
import { previewOf } from '../src/session/preview.ts';
import { chooseWindow, importDumps, keepView, openSession, type Session } from '../src/session.ts';
import { openStore } from '../src/store/index.ts';
import { smallDump, temporaryFolder, written } from './cli.ts';

async function opened(dump: string): Promise<Session> {
  const db = join(temporaryFolder(), 'case.db');
  await importDumps(db, [dump], { fresh: true });
  return openSession(db);
}

async function overviewOfSample(name: string): Promise<Overview> {
  await using session = await opened(join('sample-traces', name));
  return await session.overview();
}

describe('kept in the case', () => {
  test('it comes back equal, and only as long as the case is what it was', async () => {
    const db = join(temporaryFolder(), 'case.db');
    const folder = temporaryFolder();
    await importDumps(db, [written(folder, 'dump.json', smallDump())], { fresh: true });
    const overview = await overviewOf(db);
    const keptAs = await nameNow(db);
    await keepView(db, '{}', { overview, keptAs });
    expect(await keptIn(db)).toEqual(overview);

    await importDumps(db, [written(folder, 'more.json', smallDump({ requests: 30 }))], {});
    expect(await keptIn(db)).toBeNull();
    // Found before the import, and left after it.
    await keepView(db, '{}', { overview, keptAs });
    expect(await keptIn(db)).toBeNull();
    await chooseWindow(db, 'incident', '-1s');
    expect(await nameNow(db)).not.toBe(keptAs);
  });

  async function overviewOf(db: string): Promise<Overview> {
    await using session = await openSession(db);
    return await session.overview();
  }

  async function reading<Result>(db: string, read: (store: Store) => Promise<Result>) {
    const store = openStore(db, 'read');
    try {
      return await read(store);
    } finally {
      await store.close();
    }
  }
  const nameNow = (db: string) => reading(db, overviewName);
  const keptIn = (db: string) =>
    reading(db, async (store) =>
      overviewInText(await store.keptOverview(await overviewName(store))),
    );
});

test('the first look has all traffic and all services, and compares nothing', async () => {
  const db = join(temporaryFolder(), 'case.db');
  await importDumps(db, [written(temporaryFolder(), 'dump.json', smallDump())], { fresh: true });
  const store = openStore(db, 'read');
  const { traffic, trend, services } = previewOf(await store.glimpse());
  const summaries = await store.traceSummaries();
  await store.close();
  expect(traffic.baseline).toBeNull();
  expect(traffic.incident?.requests).toBe(summaries.length);
  expect(traffic.incident?.failed).toBe(summaries.filter(({ failed }) => failed).length);
  expect(trend.bins.reduce((sum, { requests }) => sum + requests, 0)).toBe(summaries.length);
  const share = services.map(({ incident }) => (incident ? incident.errors / incident.spans : 0));
  expect(share).toEqual([...share].sort((a, b) => b - a));
  expect(services.map(({ service }) => service).sort()).toEqual(['api', 'web']);
});

describe('samples', () => {
  test('a model that got worse: its version change, and the signal that shows it', async () => {
    const { changes, trend, services, diagnosis } = await overviewOfSample('model-degradation');
    const [cause] = diagnosis.causes;
    expect(changes.map(({ service }) => service)).toContain(cause?.service);
    const change = changes.find(({ service }) => service === cause?.service);
    expect(cause?.entity).toContain(change?.to);
    expect(change?.from).not.toBe(change?.to);
    expect(trend.signal).toMatchObject({ layer: 'model', service: cause?.service });
    const [evidence] = cause?.evidence ?? [];
    expect(trend.signal?.incident).toBeLessThan(trend.signal?.baseline ?? 0);
    expect(trend.signal?.incident).toBeCloseTo(evidence?.effect.incident ?? 0, 1);
    expect(services[0]).toMatchObject({ service: cause?.service, rank: 1 });
  });

  test('stale data: the one series of several that the evidence is about', async () => {
    const { trend, diagnosis } = await overviewOfSample('stale-data');
    const [evidence] = diagnosis.causes[0]?.evidence ?? [];
    expect(trend.signal?.layer).toBe('data');
    expect(trend.signal?.baseline).toBeCloseTo(evidence?.effect.baseline ?? 0, 0);
    // The evidence tells the level from its onset on, the line all of the incident.
    expect(trend.signal?.incident).toBeGreaterThan(2 * (trend.signal?.baseline ?? 0));
    expect(trend.signal?.incident).toBeLessThanOrEqual(evidence?.effect.incident ?? 0);
  });

  test('the cause stands first, also one that fell silent', async () => {
    const { services } = await overviewOfSample('service-unreachable');
    const [first] = services;
    expect(first).toMatchObject({ rank: 1 });
    expect(first?.incident?.spans ?? 0).toBeLessThan(first?.baseline?.spans ?? 0);
  });

  test('who sent no span has the calls to it, in each window', async () => {
    const { services, calls } = await overviewOfSample('service-unreachable');
    const unseen = services.filter(({ observed }) => !observed);
    expect(unseen.length).toBeGreaterThan(0);
    for (const { service, baseline, incident } of unseen) {
      const own = calls.filter(({ callee }) => callee === service);
      const sum = (side: 'baseline' | 'incident') =>
        own.reduce((all, call) => all + (call[side]?.calls ?? 0), 0);
      expect([service, baseline?.spans ?? 0]).toEqual([service, sum('baseline')]);
      expect([service, incident?.spans ?? 0]).toEqual([service, sum('incident')]);
    }
  });

  test('a metric point: the series that moved is first among those with that point', async () => {
    await using session = await opened('sample-traces/stale-data');
    const { causes } = await session.diagnose();
    const risen = causes[0]?.evidence.filter(
      ({ effect }) => effect.incident > (effect.baseline ?? 0),
    );
    const refs = risen?.flatMap((one) => one.refs) ?? [];
    const last = refs.filter((ref) => ref.signal === 'metric').at(-1);
    if (last?.signal !== 'metric') throw new Error('no metric is cited');
    const { series, epochNs } = await session.point(last.metric, last.service, last.at);
    expect(BigInt(epochNs)).toBeGreaterThan(0n);
    const [first, ...others] = series.map(({ points }) => points.at(-1)?.value ?? 0);
    expect(others.length).toBeGreaterThan(0);
    for (const other of others) expect(first).toBeGreaterThan(other);
  });
});

describe('a small case', () => {
  test('requests add up to the bins, and lie in the pieces', async () => {
    const dump = written(temporaryFolder(), 'dump.json', smallDump({ requests: 20, failed: 5 }));
    await using session = await opened(dump);
    const { trend, traffic } = await session.overview();
    const sum = (of: (bin: (typeof trend.bins)[number]) => number): number =>
      trend.bins.reduce((all, bin) => all + of(bin), 0);
    expect(sum(({ requests }) => requests)).toBe(20);
    expect(sum(({ failed }) => failed)).toBe(5);
    expect(traffic.baseline).toMatchObject({ requests: 15, failed: 0 });
    expect(traffic.incident).toMatchObject({ requests: 5, failed: 5 });
    const [piece] = trend.pieces;
    for (const { at } of trend.bins) {
      expect(at + trend.bin).toBeGreaterThan(piece?.from ?? 0);
      expect(at).toBeLessThanOrEqual(piece?.to ?? 0);
    }
  });

  test('traces are listed by start, with their counts', async () => {
    const dump = written(temporaryFolder(), 'dump.json', smallDump({ requests: 3, failed: 1 }));
    await using session = await opened(dump);
    const { traces } = await session.traces();
    expect(
      traces.map(({ spans, errors, services, failed }) => [spans, errors, services, failed]),
    ).toEqual([
      [3, 3, 2, true],
      [3, 0, 2, false],
      [3, 0, 2, false],
    ]);
    expect(traces[0]?.start).toBe(0);
    expect(traces[0]?.duration).toBe(50e6);
  });

  test('what is not there is refused by name', async () => {
    const dump = written(temporaryFolder(), 'dump.json', smallDump());
    await using session = await opened(dump);
    await expect(session.log('nope')).rejects.toThrow('no log record has the id "nope"');
    await expect(session.point('cpu', 'api', '2026-01-01T00:00:00.000Z')).rejects.toThrow(
      'api has no point of the metric cpu',
    );
  });
});

describe('version changes', () => {
  const operation = (
    service: string,
    version: string | null,
    minutes: readonly (readonly [minute: number, count: number])[],
    model: string | null = null,
  ): OperationFeature => ({
    source: { service, instance: null, version, model, rank: null },
    operation: 'work',
    kind: 'server',
    roots: 0,
    minutes: minutes.map(([minute, count]) => ({
      cohort: 'incident',
      minute: nanos(minute * 60e9),
      count,
      errors: 0,
      duration: { from: 0, counts: [] },
      self: { from: 0, counts: [] },
      slowest: {} as Features['operations'][number]['minutes'][number]['slowest'],
    })),
  });

  test('a version that came later than another one, and what it took the place of', () => {
    const changes = changesOf([
      operation('api', '1', [[0, 5]]),
      operation('api', '2', [[3, 5]]),
      operation('api', '3', [
        [7, 1],
        [5, 1],
      ]),
    ]);
    expect(changes).toEqual([
      { kind: 'version', at: 180e9, service: 'api', model: null, from: '1', to: '2' },
      { kind: 'version', at: 300e9, service: 'api', model: null, from: '1', to: '3' },
    ]);
  });

  test('versions that were there together from the start are no change', () => {
    expect(changesOf([operation('api', '1', [[0, 5]]), operation('api', '2', [[0, 5]])])).toEqual(
      [],
    );
  });

  test('a model swapped without a version is one', () => {
    const [change] = changesOf([
      operation('chat', null, [[0, 5]], 'small'),
      operation('chat', null, [[2, 5]], 'large'),
    ]);
    expect(change).toMatchObject({ service: 'chat', model: 'large', from: 'small', to: 'large' });
  });
});
