/** Numbers over time as bars: what the scale reaches, and what is said of what it does not. */
import { describe, expect, test } from 'vitest';
import { plainText } from '../src/tui/paint.ts';
import { plotLines } from '../src/tui/plot.ts';

const columns = 60;
/** Ten rows of bars, the axis and its ends. */
const rows = 12;

function drawn(values: readonly number[], level: number | null = null): readonly string[] {
  const points = values.map((value, at) => ({ at, value }));
  const plot = { points, level, band: null, window: null, mark: null, clock: String };
  return plotLines(plot, columns, rows).map((one) => plainText(one));
}

/** Rows of bars that are reached by some value and not by all. */
const steps = (lines: readonly string[]): number =>
  lines.slice(0, -2).filter((one) => /[▁-█]/.test(one) && / [▁-█]*$/.test(one)).length;

const series = (of: (at: number) => number) => Array.from({ length: 40 }, (_, at) => of(at));

describe('a few odd values among others', () => {
  const spike = series((at) => (at === 20 ? 90_000 : at < 25 ? 10 : 14));
  const dip = series((at) => (at === 20 ? 0 : at < 25 ? 10_010 : 10_090));

  test('do not leave baseline and incident on one row, and are told', () => {
    const lines = drawn(spike);
    expect(lines[0]).toContain('▲');
    expect(lines[0]).toMatch(/^ +14 /);
    expect(lines.at(-1)).toContain('▲ up to 90,000');
    expect(steps(lines)).toBeGreaterThan(1);
    const low = drawn(dip);
    expect(low.at(-3)).toContain('▼');
    expect(low.at(-1)).toContain('▼ down to 0');
  });

  test('are drawn where the others are all the same', () => {
    const lines = drawn(series((at) => (at === 20 ? 90 : 10)));
    expect(lines.join('\n')).not.toMatch(/[▲▼]/);
    expect(lines[0]).toMatch(/^ +90 /);
  });

  test('and what lasts is none: all of a fall is drawn', () => {
    const lines = drawn(series((at) => (at < 25 ? 10_000 : 12)));
    expect(lines.join('\n')).not.toMatch(/[▲▼]/);
    expect(lines[0]).toMatch(/^ +10,000 /);
  });

  test('what is compared with stays in sight', () => {
    const lines = drawn(spike, 5_000);
    expect(lines.join('\n')).not.toMatch(/▼/);
    expect(lines.join('\n')).toContain('┄');
  });
});
