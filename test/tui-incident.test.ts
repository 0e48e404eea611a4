import { describe, expect, test } from 'vitest';
import { type ChangeEvent, nanos, type Overview } from '../src/model.ts';
import { isoTime } from '../src/text.ts';
import { visitOf } from '../src/tui/frame.ts';
import { openedCase, play } from './screens.ts';

const { session, overview } = openedCase('incident');

const minute = 60e9;
const onset = 20 * minute;
const change = (minutes: number, to: string): ChangeEvent => ({
  ...{ kind: 'version', service: 'api', model: null, from: 'v0', to },
  at: nanos(minutes * minute),
});

/** The same case, with changes around an onset. */
function changed(summary = 'short'): Overview {
  const whole = overview();
  const [first] = whole.diagnosis.causes;
  if (!first) throw new Error('the case has a cause');
  return {
    ...whole,
    changes: [
      change(2, 'long-before'),
      change(12, 'before'),
      change(19, 'just-before'),
      change(22, 'just-after'),
      change(40, 'long-after'),
    ],
    diagnosis: {
      ...whole.diagnosis,
      onset: isoTime(BigInt(whole.epochNs) + BigInt(onset)),
      causes: [{ ...first, summary }, ...whole.diagnosis.causes.slice(1)],
    },
  };
}

const opened = (of: Overview, columns = 80) => play(session(), of, { columns, rows: 36 });
const openedAs = (caseName: string, of: Overview) =>
  play(session(), of, { columns: 80, rows: 36 }, null, caseName);
const placeOf = (player: Awaited<ReturnType<typeof opened>>) => visitOf(player.frame()).place;

describe('what changed', () => {
  const versions = (lines: readonly string[]) =>
    lines.flatMap((one) => /◆.* (\S+) \(api/.exec(one)?.[1] ?? []);

  test.each([80, 120])(
    'the last change before the onset is named first, %i columns',
    async (columns) => {
      const player = await opened(changed(), columns);
      expect(versions(player.lines())[0]).toBe('just-before');
      expect(player.lines().join('\n')).toMatch(/just-before/);
      await player.press('tab');
      const order = ['just-before', 'before', 'long-before', 'just-after', 'long-after'];
      expect(versions(player.lines()).slice(-5)).toEqual(order);
    },
  );

  test.each([80, 120])(
    'both values are whole in %i columns, the name gives way',
    async (columns) => {
      const long = {
        ...change(19, '2025.11.4'),
        from: '2025.10.2',
        service: 'recommendation-ranker',
      };
      const player = await opened({ ...changed(), changes: [long] }, columns);
      await player.press('tab');
      expect(player.lines().join('\n')).toMatch(/2025\.11\.4 \(rec.*er, was 2025\.10\.2\)/);
    },
  );

  test('a row says how long before the onset it was', async () => {
    const player = await opened(changed());
    await player.press('tab');
    expect(player.lines().find((one) => one.includes(' before (api'))).toMatch(/8 min before/);
    expect(player.lines().find((one) => one.includes('just-after'))).toMatch(/2 min after/);
  });

  test('Enter opens the traces that name the new version', async () => {
    const player = await opened(changed());
    await player.press('tab', 'j', 'enter');
    expect(placeOf(player)).toEqual({ screen: 'traces', filter: 'service=api "before"' });
  });
});

/** The same case, compared with what was before it. */
function windowed(day: string): Overview {
  const whole = overview();
  const windows = {
    baseline: { from: `${day}T12:00:00.000Z`, to: `${day}T12:10:00.000Z` },
    incident: { from: '2026-01-02T12:10:00.000Z', to: '2026-01-02T12:20:00.000Z' },
  };
  const of = { ...whole.diagnosis.windows.incident };
  return {
    ...whole,
    diagnosis: {
      ...whole.diagnosis,
      regime: 'declared',
      windows: {
        baseline: { ...of, ...windows.baseline },
        incident: { ...of, ...windows.incident },
      },
    },
  };
}

test('what the incident is compared with is seen, with its day if that is another', async () => {
  const narrow = (await opened(windowed('2026-01-02'))).lines().join('\n');
  expect(narrow).toMatch(/Time line +baseline 12:00:00–12:10:00 /);
  const wide = (await opened(windowed('2026-01-01'), 160)).lines();
  expect(wide[0]).toMatch(
    / baseline 2026-01-01 12:00:00–12:10:00 · incident 12:10:00–12:20:00 UTC/,
  );
  expect(wide.join('\n')).toContain(
    'baseline 2026-01-01 12:00:00–12:10:00 vs incident 12:10:00–12:20:00',
  );
});

test('the windows stay in the first line: the name of the case gives way', async () => {
  const of = windowed('2026-01-02');
  const player = await openedAs('postmortem-of-the-second-of-january.db', of);
  expect(player.lines()[0]).toMatch(
    /▸ postmor…ary\.db ▸ Incident .*incident 12:10:00–12:20:00 UTC/,
  );
  await player.resize(160, 36);
  expect(player.lines()[0]).toContain('postmortem-of-the-second-of-january.db');
});

test('a service opens as itself: the graph around it', async () => {
  const player = await opened(overview());
  const [first] = overview().services;
  await player.press('enter');
  expect(placeOf(player)).toEqual({ screen: 'graph', service: first?.service });
  await player.press('escape', 't');
  expect(placeOf(player)).toEqual({ screen: 'traces', filter: `service=${first?.service}` });
});

test('a service that sent no span is looked at where its calls fail most', async () => {
  const whole = overview();
  const [first, ...rest] = whole.services;
  if (!first) throw new Error('the case has a service');
  const call = (caller: string, errors: number) => ({
    ...{ caller, callee: first.service, via: 'call' as const, baseline: null },
    incident: { calls: 9, errors, p50: null, p95: null, p99: null },
  });
  const silent = [{ ...first, observed: false }, ...rest];
  const calls = [call('little', 1), call('much', 5)] as unknown as Overview['calls'];
  const player = await opened({ ...whole, services: silent, calls });
  await player.press('t');
  expect(placeOf(player)).toEqual({ screen: 'traces', filter: 'service=much' });
  await player.press('escape', 'x');
  expect(placeOf(player)).toEqual({ screen: 'explain', service: first.service });
});

test('in the smallest terminal the extent is told before the layers, and what is cut is marked', async () => {
  const player = await opened(overview());
  await player.resize(60, 16);
  const told = player.lines().find((one) => one.includes('onset '));
  expect(told).toMatch(/^ onset \d\d:\d\d:\d\d · \d+ failed/);
  expect(told).toMatch(/ …$|services?(, \d+ users?)?$/);
});

test('an explanation that is longer than its room says that it goes on', async () => {
  const player = await opened(changed('calls failed for many reasons '.repeat(40).trim()));
  const lines = player.lines().filter((one) => one.includes('many reasons'));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.at(-1)).toMatch(/…$/);
});
