/** The Diff screen: its two lists filtered, sorted, copied and exported. */
import { describe, expect, test } from 'vitest';
import { visitOf } from '../src/tui/frame.ts';
import type { DiffState } from '../src/tui/screens/diff.ts';
import { openedCase, type Player, play } from './screens.ts';

const { session, overview } = openedCase('diff');
const opened = async (...keys: readonly string[]): Promise<Player> => {
  const player = await play(session(), overview(), { columns: 130, rows: 36 });
  await player.press('7', ...keys);
  return player;
};
const text = (player: Player): string => player.lines().join('\n');
const stateOf = (player: Player): DiffState => visitOf(player.frame()).state?.of as DiffState;
const column = (player: Player, name: string): readonly number[] =>
  (player.exported() ?? []).map((row) => Math.abs(Number(row[name])));
const descending = (numbers: readonly number[]): readonly number[] =>
  [...numbers].sort((a, b) => b - a);

describe('steps of two traces', () => {
  test('are sorted by any column, and the file has them so', async () => {
    const player = await opened('.');
    const sorts: string[] = [];
    for (let at = 0; at < 8; at += 1) {
      await player.press('>');
      const { stepSort } = stateOf(player);
      if (stepSort === null) break;
      sorts.push(stepSort.title);
      expect(text(player)).toContain(`sorted by ${stepSort.title}`);
      expect(text(player)).toMatch(new RegExp(`${stepSort.title}[↓↑]`));
    }
    expect(sorts).toEqual(['step', 'service', 'n A→B', 'A', 'B', 'Δ', 'own Δ']);
    await player.press('<', 'ctrl-s');
    expect(column(player, 'ownMs')).toEqual(descending(column(player, 'ownMs')));
    await player.press('R', 'ctrl-s');
    expect([...column(player, 'ownMs')].reverse()).toEqual(descending(column(player, 'ownMs')));
    await player.press('7', '/', ...'nosuch>1', 'enter');
    expect(text(player)).toContain('no column is called nosuch');
  });
});

describe('the two sides', () => {
  test('every column is come to', async () => {
    const player = await opened('v');
    const sorts: string[] = [];
    for (let at = 0; at < 12; at += 1) {
      await player.press('>');
      sorts.push(stateOf(player).sort?.title ?? '');
    }
    expect(new Set(sorts).size).toBe(8);
  });

  test('an operation is copied, and the file has what is listed', async () => {
    const player = await opened('v', '/', ...'service=api failed>0', 'enter', '>', 'ctrl-s');
    const rows = player.exported() ?? [];
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ service }) => service))).toEqual(new Set(['api']));
    await player.press('y', 'j');
    expect(JSON.parse(player.copied() ?? '')).toEqual(rows[0]);
    await player.press('y', 's');
    const { rows: found } = await session().query(player.copied() ?? '');
    let count = 0;
    for await (const _ of found) count += 1;
    expect(count).toBeGreaterThan(0);
    await player.press('/', 'ctrl-u', ...'nosuch>1', 'enter');
    expect(text(player)).toContain('no column is called nosuch');
  });
});
