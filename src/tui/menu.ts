/** What can be taken of the thing under the cursor, in a list; a letter or Enter takes one. */
import { wrap } from '../text.ts';
import { safe } from './glyphs.ts';
import type { Taking } from './held.ts';
import type { Key } from './keys.ts';
import { cell, column, cut, emptyLine, type Line, line, reversed } from './line.ts';
import type { Area } from './screen.ts';

export interface Menu {
  /** Of what. Harmless already. */
  readonly what: string;
  readonly items: readonly Taking[];
  readonly at: number;
}

/** The menu after a key; what was taken; or closed (null). */
export function inMenu(menu: Menu, { name }: Key): Menu | Taking | null {
  const { items, at } = menu;
  if (name === 'up' || name === 'down') {
    const next = at + (name === 'down' ? 1 : -1);
    return { ...menu, at: Math.max(0, Math.min(items.length - 1, next)) };
  }
  if (name === 'enter') return items[at] ?? null;
  return items.find(({ key }) => key === name) ?? null;
}

export const isTaking = (result: Menu | Taking): result is Taking => 'text' in result;

export function menuView({ what, items, at }: Menu, { columns, rows }: Area): readonly Line[] {
  const listed = items.map(({ key, name, text }, index): Line => {
    const cells = cut(
      [
        cell(index === at ? '▸ ' : '  '),
        cell(key, 'bold'),
        cell('  '),
        column(name, 10),
        cell(safe(text, 400), 'dim'),
      ],
      columns,
    );
    return index === at ? reversed(cells, columns) : cells;
  });
  const shown = items[at]?.text ?? '';
  const preview = shown
    .split('\n')
    .flatMap((part) => wrap(safe(part, 2_000), columns - 4))
    .slice(0, Math.max(0, rows - listed.length - 5));
  return [
    line(` Copy of ${what}`, 'bold'),
    emptyLine,
    ...listed,
    emptyLine,
    ...preview.map((part) => line(`   ${part}`)),
  ].slice(0, rows);
}
