import { describe, expect, test } from 'vitest';
import { smallDump } from './cli.ts';
import { openedCase, play } from './screens.ts';

const begin = 1_750_000_000_000_000_000n;

interface Drawn {
  readonly metric: string;
  readonly before: readonly number[];
  readonly during: readonly number[];
}

const always = (value: number): readonly number[] => Array<number>(12).fill(value);

/** A point a second. */
const gauges: readonly Drawn[] = [
  {
    // A step or two of a gauge that tells 150 apart, and that was never off before.
    metric: 'null.ratio',
    before: always(0),
    during: [1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1].map((of) => of / 150),
  },
  {
    metric: 'cpu.usage',
    before: [31, 35, 33, 36, 32, 34, 35, 31, 33, 34, 32, 35].map((of) => of / 1000),
    during: [151, 163, 157, 162, 155, 160, 158, 161, 159, 160, 158, 157].map((of) => of / 100),
  },
  { metric: 'is.leader', before: always(0), during: always(1) },
  {
    metric: 'noise',
    before: [5, 6, 5, 7, 6, 5, 6, 7, 6, 5, 5, 6],
    during: [6, 5, 6, 7, 5, 6, 6, 5, 7, 6, 6, 5],
  },
  { metric: 'now.and.then', before: always(2), during: [...always(2).slice(2), 9, 7] },
  { metric: 'limit', before: always(4), during: always(4) },
  { metric: 'only.now', before: [], during: [1, 2, 3] },
];

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });

function dump(from: number, of: 'before' | 'during', failed: number): string {
  const metrics = gauges.map((drawn) => ({
    name: drawn.metric,
    gauge: {
      dataPoints: drawn[of].map((asDouble, at) => ({
        timeUnixNano: String(begin + BigInt(from + at) * 1_000_000_000n),
        asDouble,
        attributes: [text('pod', 'api-0')],
      })),
    },
  }));
  const resource = { attributes: [text('service.name', 'api')] };
  const points = { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] };
  return `${smallDump({ from, failed })}\n${JSON.stringify(points)}`;
}

const { session, overview } = openedCase('metrics', {
  baseline: dump(0, 'before', 0),
  incident: dump(600, 'during', 10),
});

const opened = async (columns: number, ...keys: readonly string[]) => {
  const player = await play(session(), overview(), { columns, rows: 36 });
  await player.press('6', ...keys);
  return player;
};

describe('the list of series', () => {
  const rowOf = (lines: readonly string[], metric: string): number =>
    lines.findIndex((one) => new RegExp(`^[▸> ]${metric} pod=api-0 +api`).test(one));

  test('what varied and is forty times as much stands before one step of a coarse gauge', async () => {
    const lines = (await opened(80)).lines();
    expect(rowOf(lines, 'null.ratio')).toBeGreaterThan(0);
    expect(rowOf(lines, 'cpu.usage')).toBeLessThan(rowOf(lines, 'is.leader'));
    expect(rowOf(lines, 'is.leader')).toBeLessThan(rowOf(lines, 'null.ratio'));
  });

  test.each([
    ['null.ratio', '↑new level'],
    ['is.leader', '↑new level'],
    ['now.and.then', 'at times'],
    ['limit', 'same'],
    ['cpu.usage', ' σ'],
  ])('%s: %s', async (metric, said) => {
    const lines = (await opened(80)).lines();
    const row = lines[rowOf(lines, metric)] ?? '';
    expect(row).toContain(said);
    if (said !== ' σ') expect(row).not.toContain('σ');
  });

  test('deviations are sd in ASCII, not seconds', async () => {
    const lines = (await opened(80)).lines(true);
    expect(lines[rowOf(lines, 'cpu.usage')]).toMatch(/\d\.\dsd$/);
  });

  test('of what has nothing to be compared with, no distance is said', async () => {
    const lines = (await opened(80)).lines();
    expect(lines[rowOf(lines, 'only.now')]).not.toMatch(/σ|same|new/);
  });
});

describe('one series', () => {
  test('says and draws all that its preview does, and how its values were spread', async () => {
    const player = await opened(80);
    const preview = player.lines().join('\n');
    await player.press('enter');
    const detail = player.lines().join('\n');
    for (const said of [/before 0\.0335 \(.*(12 points|n 12)\) → incident 1\.58 /, /┄/]) {
      expect(preview).toMatch(said);
      expect(detail).toMatch(said);
    }
    expect(detail).toMatch(/up by [\d.]+ deviations of the values before/);
    expect(detail).toMatch(/values +before +incident/);
    expect(detail).toContain('▴');
  });

  test('B takes the baseline off the plot', async () => {
    const player = await opened(80, 'enter');
    expect(player.lines().join('\n')).toContain('▓');
    await player.press('B');
    expect(player.lines().join('\n')).not.toMatch(/[▓░┄]/);
  });

  test('of what never varied, the level is said', async () => {
    const player = await opened(80, '/', ...'null.ratio', 'enter', 'enter');
    expect(player.lines().join('\n')).toContain('was always 0 before: a new level');
  });
});
