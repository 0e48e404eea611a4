/**
 * Every screen as a person would see it, on a real dump and on a sample: text files to be read.
 * And the same frames at any size: never wider than the terminal, never its last row.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Overview } from '../src/model.ts';
import { importDumps, openSession, type Session } from '../src/session.ts';
import { visitOf } from '../src/tui/frame.ts';
import { type Player, play, widest } from './screens.ts';

const data = process.env.AIDEBUG_DATA;
const cases = [
  { name: 'cart', dump: join(data ?? '', 'otlp/otel-tui/test_data.json'), given: Boolean(data) },
  { name: 'model-degradation', dump: join('sample-traces', 'model-degradation'), given: true },
];

/** Keys that lead from the start to each screen. */
const screens = {
  incident: [],
  causes: ['2'],
  evidence: ['2', 'enter'],
  graph: ['3'],
  matrix: ['3', 'v'],
  tree: ['3', 'v', 'v'],
  callers: ['3', 'i'],
  traces: ['4'],
  explain: ['2', 'x'],
  trace: ['4', 'enter'],
  span: ['4', 'enter', 'enter'],
  flame: ['4', 'enter', 'v'],
  logs: ['5'],
  lines: ['5', 'enter'],
  metrics: ['6'],
  series: ['6', 'enter'],
  drift: ['6', 'v'],
  diff: ['7'],
  sides: ['7', 'v'],
  sql: ['8'],
  help: ['2', '?'],
  filter: ['4', '/', 'p', 'o', 's', 't'],
} as const;

/** Of the widest, only what most people look at: the tiers are the same. */
const sizes = [
  { columns: 120, rows: 36, tiers: ['unicode', 'ascii'] },
  { columns: 80, rows: 24, tiers: ['unicode', 'ascii', 'no-color'] },
  { columns: 200, rows: 60, tiers: ['unicode'] },
] as const;
type Tier = (typeof sizes)[number]['tiers'][number];

/** Escape codes as they can be read in a file. */
const readable = (line: string): string => line.replaceAll('\x1b', '␛');

function drawn(player: Player, tier: Tier): readonly string[] {
  if (tier !== 'no-color') return player.lines(tier === 'ascii');
  return player.painted({ color: false, ascii: false }).map(readable);
}

for (const { name, dump, given } of cases)
  describe.skipIf(!given)(name, () => screensOf(name, dump));

function screensOf(name: string, dump: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'aidebug-screens-'));
  const db = join(folder, 'case.db');
  let session: Session;
  let overview: Overview;
  beforeAll(async () => {
    await importDumps(db, [dump], { fresh: true });
    session = await openSession(db);
    overview = await session.overview();
  });
  afterAll(async () => {
    await session[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [screen, keys] of Object.entries(screens)) {
    test(`${screen} at every size`, async () => {
      const player = await play(session, overview, sizes[0]);
      await player.press(...keys);
      for (const { columns, rows, tiers } of sizes) {
        await player.resize(columns, rows);
        expectWithin(player);
        for (const tier of tiers) {
          await expect(`${drawn(player, tier).join('\n')}\n`).toMatchFileSnapshot(
            `golden/screens/${name}-${screen}-${columns}x${rows}-${tier}.txt`,
          );
        }
      }
    });
  }

  test('without colours: nothing but bold, dim and reverse, and the same text', async () => {
    const player = await play(session, overview, { columns: 120, rows: 36 });
    for (const keys of Object.values(screens)) {
      await player.press('escape', ...keys);
      const lines = player.painted({ color: false, ascii: false });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with ESC.
      const bare = lines.map((one) => one.replace(/\x1b\[(1|2|7|22|27)m/g, '').trimEnd());
      expect(bare).toEqual(player.lines());
    }
  });

  function sideBySide(): void {
    test('traces to lay side by side open as references do', async () => {
      const player = await play(session, overview, { columns: 120, rows: 36 });
      const opened = async (text: string) => {
        for (let tries = 0; !player.lines().some((one) => one.includes(`▸→ ${text}`)); tries += 1) {
          expect(tries).toBeLessThan(40);
          await player.press('j');
        }
        await player.press('enter');
        const { place } = visitOf(player.frame());
        await player.press('escape');
        return place;
      };
      await player.press('2', 'j', 'enter');
      const { bad, good } = overview.diagnosis.causes[1]?.exemplars ?? { bad: null, good: null };
      expect([bad, good]).not.toContain(null);
      expect(await opened('bad trace')).toMatchObject({ screen: 'trace', traceId: bad });
      expect(await opened('good trace')).toMatchObject({ screen: 'trace', traceId: good });
    });
  }

  if (name === 'cart') sideBySide();

  test('a signal that drifted has the screen for itself, and opens the record that shows it', async () => {
    const { signals } = await session.drift();
    const player = await play(session, overview, { columns: 120, rows: 36 });
    await player.press('6', 'v', 'enter');
    if (signals.length > 0) {
      expect(player.lines().join('\n')).not.toContain('sorted by rank');
      expect(player.lines().at(-1)).toContain('example');
    }
    await player.press('enter');
    const reference = signals[0]?.examples.incident;
    const { place } = visitOf(player.frame());
    if (reference?.signal === 'span') {
      expect(place).toMatchObject({ screen: 'trace', traceId: reference.traceId });
    } else if (reference?.signal === 'metric') {
      expect(place).toMatchObject({ screen: 'point', metric: reference.metric, at: reference.at });
    } else expect(place).toEqual({ screen: 'metrics' });
  });

  test('of the sides, what did not change is hidden and shown again', async () => {
    const player = await play(session, overview, { columns: 120, rows: 36 });
    await player.press('7', 'v');
    if (overview.sides.operations.every(({ changed }) => changed !== 'same')) return;
    if (!player.lines()[3]?.includes(' requests, ')) await player.press('v');
    const all = player.lines().slice(0, -1);
    await player.press('.');
    expect(player.lines()[4]).toContain('without =');
    expect(player.lines().filter((one) => /^[ ▸]= /.test(one))).toEqual([]);
    await player.press('.');
    expect(player.lines().slice(0, -1)).toEqual(all);
  });

  test('where SQL is typed, the footer tells the keys of its field only', async () => {
    const player = await play(session, overview, { columns: 120, rows: 36 });
    await player.press('8', 'i');
    expect(player.lines().at(-1)?.trim()).toMatch(/^Enter runs .* Esc leaves$/);
    await player.press('escape');
    expect(player.lines().at(-1)).toContain('? help');
  });

  test('ASCII is ASCII, and as wide', async () => {
    const player = await play(session, overview, { columns: 120, rows: 36 });
    for (const keys of Object.values(screens)) {
      await player.press('escape', ...keys);
      expect(player.lines(true).join('\n')).toMatch(/^[\n -~]*$/);
      expect(player.lines(true).map((one) => one.length)).toEqual(
        player.lines(false).map((one) => widest([one])),
      );
    }
  });

  test('any size, any keys: within the terminal, and its last row left alone', async () => {
    const keys = [
      ...'12345678jkgGeE?/tvzphl<>RqHLfFwi[]sBvdX.',
      'space',
      'enter',
      'escape',
      'tab',
      'ctrl-d',
      'ctrl-u',
    ];
    const size = fc.record({
      columns: fc.integer({ min: 60, max: 200 }),
      rows: fc.integer({ min: 16, max: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(
        size,
        fc.array(fc.oneof(fc.constantFrom(...keys), size), { maxLength: 12 }),
        async (first, events) => {
          const player = await play(session, overview, first);
          expectWithin(player);
          for (const event of events) {
            if (typeof event === 'string') await player.press(event);
            else await player.resize(event.columns, event.rows);
            expectWithin(player);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('too small a terminal is told what is needed', async () => {
    const player = await play(session, overview, { columns: 52, rows: 14 });
    expect(player.lines()[0]).toBe('aidebug needs 60x16 (now 52x14): enlarge, or q');
    await player.resize(80, 24);
    expect(player.lines()[1]).toContain('[1 Incident]');
  });
}

function expectWithin(player: Player): void {
  const { columns, rows } = player.frame();
  const lines = player.lines();
  expect(lines).toHaveLength(rows - 1);
  expect(widest(lines)).toBeLessThanOrEqual(columns);
}
