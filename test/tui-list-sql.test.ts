/** The statement behind a list: what S opens has the rows that are listed, in their order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Overview } from '../src/model.ts';
import { importDumps, openSession, type Session } from '../src/session.ts';
import { visitOf } from '../src/tui/frame.ts';
import type { CausesState } from '../src/tui/screens/causes.ts';
import type { DiffState } from '../src/tui/screens/diff.ts';
import type { IncidentState } from '../src/tui/screens/incident-view.ts';
import type { LinesState } from '../src/tui/screens/lines.ts';
import type { LogsState } from '../src/tui/screens/logs.ts';
import type { MetricsState } from '../src/tui/screens/metrics.ts';
import type { SqlState } from '../src/tui/screens/sql.ts';
import { type Player, play } from './screens.ts';

const folder = mkdtempSync(join(tmpdir(), 'aidebug-list-sql-'));
const db = join(folder, 'case.db');
let session: Session;
let overview: Overview;
beforeAll(async () => {
  await importDumps(db, [join('sample-traces', 'retrieval-empty')], { fresh: true });
  session = await openSession(db);
  overview = await session.overview();
}, 60_000);
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const opened = async (...keys: readonly string[]): Promise<Player> => {
  const player = await play(session, overview, { columns: 120, rows: 36 });
  await player.press(...keys);
  return player;
};
const stateOf = <State>(player: Player): State =>
  (visitOf(player.frame()).state as { of: State }).of;

/** Columns of the rows that the statement finds that `S` opens; at most a thousand. */
async function found(player: Player, ...names: readonly string[]): Promise<readonly unknown[]> {
  await player.press('S');
  const { listed, result, problem } = stateOf<SqlState>(player);
  expect(problem).toBeNull();
  const at = names.map((name) => result?.columns.indexOf(name) ?? -1);
  return listed.rows.map((row) => at.map((index) => row[index]));
}

describe('Incident', () => {
  test.each([
    ['1'],
    ['1', '>'],
    ['1', '>', '>', 'R'],
    ['1', '<'],
    ['1', '/', ...'errors>0', 'enter', '>'],
    ['1', '/', ...'p99>10 -service=*api', 'enter', '>', '>'],
    ['1', '/', ...'zzzz', 'enter'],
  ])('%s %s %s %s %s', async (...keys) => {
    const player = await opened(...keys);
    const listed = stateOf<IncidentState>(player).services.map(({ service }) => [service]);
    expect(await found(player, 'service')).toEqual(listed);
  });
});

describe('Causes', () => {
  test.each([
    ['2'],
    ['2', '>'],
    ['2', '>', 'R'],
    ['2', '>', '>', '>'],
    ['2', '<'],
    ['2', '/', ...'rank>1', 'enter', '<', 'R'],
    ['2', '/', ...'layer=data OR band=*e*', 'enter'],
    ['2', '/', ...'-layer=data score>0.01', 'enter', '>'],
    ['2', '/', ...'prod', 'enter'],
    ['2', '/', ...'prdata', 'enter'],
    ['2', '/', ...'class=retrieval*', 'enter'],
    ['2', '/', ...'nosuch=1', 'enter'],
  ])('%s %s %s %s %s', async (...keys) => {
    const player = await opened(...keys);
    const listed = stateOf<CausesState>(player).causes.map(({ rank }) => [rank]);
    expect(await found(player, 'rank')).toEqual(listed);
  });
});

describe('Trace', () => {
  test.each([
    ['4', 'enter', '/', ...'dur>1ms', 'enter'],
    ['4', 'enter', 'v', '>'],
    ['4', 'enter', 'v', 'v', '>', '/', ...'dur>1ms', 'enter', 'R'],
    ['4', 'enter', '/', ...'zzzz', 'enter'],
  ])('S and Ctrl-S have the same spans: %s %s %s %s', async (...keys) => {
    const player = await opened(...keys, 'ctrl-s');
    const listed = keys.includes('z') ? [] : (player.exported() ?? []);
    expect(await found(player, 'span_id')).toEqual(listed.map(({ spanId }) => [spanId]));
  });
});

describe('Diff', () => {
  test.each([
    ['7', 'v'],
    ['7', 'v', '>', '>', '>'],
    ['7', 'v', '.', '/', ...'own>0', 'enter', '>', 'R'],
    ['7', 'v', '/', ...'zzz', 'enter'],
  ])('operations: %s %s %s %s', async (...keys) => {
    const player = await opened(...keys, 'ctrl-s');
    const listed = keys.includes('z') ? [] : (player.exported() ?? []);
    expect(await found(player, 'service', 'name')).toEqual(
      listed.map(({ service, operation }) => [service, operation]),
    );
  });

  test('spans of both traces', async () => {
    const player = await opened('7', '>');
    const { diff } = stateOf<DiffState>(player);
    const rows = await found(player, 'trace_id');
    expect(rows).toHaveLength((diff?.a.spans ?? 0) + (diff?.b.spans ?? 0));
  });
});

describe('Logs', () => {
  const listedIn = (player: Player) =>
    stateOf<LogsState>(player).shown.map(({ service, template, all }) => [service, template, all]);

  test.each([
    ['5', '>'],
    ['5', '>', '>', 'R'],
    ['5', 's', '>', '>', '>'],
    ['5', '/', ...'level>=warn', 'enter', '<'],
    ['5', '/', ...'service=*api* count>3', 'enter', '<', '<'],
    ['5', '/', ...'level<warn -level=debug', 'enter'],
    ['5', '/', ...'level=error OR sev>err', 'enter'],
    ['5', '/', ...'change>15', 'enter'],
    ['5', '/', ...'the', 'enter', '<'],
    ['5', '>', '>', '>', '>'],
  ])('statements: %s %s %s %s %s', async (...keys) => {
    const player = await opened(...keys);
    const listed = listedIn(player);
    const rows = await found(player, 'service', 'statement', 'records');
    expect(new Set(rows.map(String))).toEqual(new Set(listed.map(String)));
    expect(rows).toHaveLength(listed.length);
  });

  test('all statements, none left out', async () => {
    const player = await opened('5');
    const listed = listedIn(player);
    const rows = await found(player, 'service', 'statement', 'records');
    expect(rows.map(String).sort()).toEqual(listed.map(String).sort());
  });

  test('records of each statement, and of no other', async () => {
    const player = await opened('5');
    const { shown } = stateOf<LogsState>(player);
    expect(shown.some(({ template }) => template.includes('<*>'))).toBe(true);
    for (let at = 0; at < Math.min(shown.length, 40); at += 1) {
      await player.press('enter');
      const { subject } = stateOf<LinesState>(player);
      const ids = subject.logs.map(({ id }) => [id]);
      expect(ids.length).toBeGreaterThan(0);
      expect(await found(player, 'id')).toEqual(ids.slice(0, 1000));
      await player.press('escape', 'escape', 'y', 's');
      const { rows } = await session.query(player.copied() ?? '');
      let count = 0;
      for await (const _ of rows) count += 1;
      if (!shown[at]?.content) expect(count).toBe(shown[at]?.all);
      await player.press('j');
    }
  });
});

describe('Metrics', () => {
  test.each([
    ['6', '>'],
    ['6', '>', '>', 'R'],
    ['6', '<'],
    ['6', '<', '<', 'R'],
    ['6', '/', ...'moved>3', 'enter'],
    ['6', '/', ...'service=*api*', 'enter', '<', '<'],
    ['6', '/', ...'cpu', 'enter', '>', '>', '>'],
  ])('%s %s %s %s %s', async (...keys) => {
    const player = await opened(...keys);
    const { shown } = stateOf<MetricsState>(player);
    expect(shown.length).toBeGreaterThan(0);
    const listed = shown.map(({ metric, service, instance, attributes }) => [
      ...[metric, service, instance, JSON.stringify(attributes)],
    ]);
    expect(await found(player, 'metric', 'service', 'instance', 'attributes')).toEqual(listed);
  });

  test('what drifted: spans that carry the attribute, or points of the metric', async () => {
    const player = await opened('6', 'v');
    const { items } = stateOf<MetricsState>(player);
    const signals = items.flatMap((item) => (item.kind === 'signal' ? [item.signal] : []));
    expect(new Set(signals.map(({ origin }) => origin)).size).toBe(2);
    for (const { origin, n, name } of signals) {
      const rows = await found(player, origin === 'span' ? 'span_id' : 'time');
      const least = origin === 'span' ? Math.min(1000, n.baseline + n.incident) : 1;
      expect(rows.length, name).toBeGreaterThanOrEqual(least);
      await player.press('escape', 'j');
    }
  });

  test('what drifted is filtered by its columns', async () => {
    const player = await opened('6', 'v', '/', ...'effect>0.5 outcome=drifted', 'enter');
    const { items } = stateOf<MetricsState>(player);
    expect(items.length).toBeGreaterThan(0);
    expect(items.every((one) => one.kind === 'signal' && one.signal.effect.value > 0.5)).toBe(true);
    await player.press('/', 'ctrl-u', ...'nosuch>1', 'enter');
    expect(player.lines().join('\n')).toContain('no column is called nosuch');
  });

  test('the example of a signal is among the spans', async () => {
    const player = await opened('6', 'v');
    const [first] = stateOf<MetricsState>(player).items;
    const example = first?.kind === 'signal' ? first.signal.examples.incident : null;
    const rows = await found(player, 'trace_id', 'span_id');
    expect(example?.signal).toBe('span');
    expect(rows.map(String)).toContain(
      example?.signal === 'span' ? `${example.traceId},${example.spanId}` : '',
    );
  });
});
