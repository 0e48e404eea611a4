/** What a click means: the keys that lead to where it went. */

import { displayWidth } from '../text.ts';
import type { Line } from './line.ts';

/** The line with the tabs. */
const tabRow = 1;
/** Lines above the screen, and below it. */
const above = 3;
const below = 2;

/**
 * Keys for a click on a frame: the digit of a tab; as many steps as the row is away from the one
 * with the cursor; Enter on that row itself. None where there is no cursor.
 */
export function keysOfClick(
  lines: readonly Line[],
  { column, row }: { readonly column: number; readonly row: number },
): readonly string[] {
  if (row === tabRow) return tabAt(lines[tabRow] ?? [], column);
  if (row < above || row >= lines.length - below) return [];
  const current = lines.findIndex(
    (cells, at) => at >= above && cells.some(({ style }) => style.includes('inverse')),
  );
  if (current < 0) return [];
  if (row === current) return ['enter'];
  const key = row > current ? 'down' : 'up';
  return Array.from({ length: Math.abs(row - current) }, () => key);
}

function tabAt(cells: Line, column: number): readonly string[] {
  let from = 0;
  for (const { text } of cells) {
    const to = from + displayWidth(text);
    const digit = /^[ [(]*(\d)/.exec(text)?.[1];
    if (column >= from && column < to) return digit === undefined ? [] : [digit];
    from = to;
  }
  return [];
}
