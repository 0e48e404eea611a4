/**
 * A document of blocks, each some lines that belong together: the cursor goes from block to block,
 * and scrolls by lines.
 */

import { cell, cut, emptyLine, type Line, line, reversed } from './line.ts';
import { type Cursor, type Motion, moved } from './list.ts';
import type { Area, Place } from './screen.ts';

export interface Block {
  readonly lines: readonly Line[];
  /** What Enter opens; null: nothing. */
  readonly opens: Place | null;
  /** Lines at its begin that are a heading above it. */
  readonly heading: number;
}

export const block = (lines: readonly Line[], opens: Place | null = null): Block => ({
  lines,
  opens,
  heading: 0,
});

/** The block with an empty line and a heading above it. */
export const headed = (title: string, { lines, opens }: Block): Block => ({
  lines: [emptyLine, line(title, 'bold'), ...lines],
  opens,
  heading: 2,
});

/** `at` counts blocks, `top` lines. */
export function movedInDoc(
  cursor: Cursor,
  motion: Motion,
  blocks: readonly Block[],
  rows: number,
): Cursor {
  const { at } = moved({ at: cursor.at, top: 0 }, motion, blocks.length, Math.ceil(rows / 2));
  return { at, top: firstLine({ at, top: cursor.top }, blocks, rows) };
}

/** The same over blocks that open something: the others are passed over, and seen in passing. */
export function movedToOpening(
  cursor: Cursor,
  motion: Motion,
  blocks: readonly Block[],
  rows: number,
): Cursor {
  const { at, top } = movedInDoc(cursor, motion, blocks, rows);
  const step = at < cursor.at ? -1 : 1;
  const ahead = openingFrom(blocks, at, step);
  const kept = ahead >= 0 ? ahead : openingFrom(blocks, at, step === 1 ? -1 : 1);
  // At the ends what opens nothing is seen as well, as far as there is room for it.
  const end = step === 1 ? Number.POSITIVE_INFINITY : 0;
  const place = { at: kept >= 0 ? kept : at, top: ahead >= 0 ? top : end };
  return { at: place.at, top: firstLine(place, blocks, rows) };
}

/** The nearest block that opens something; -1: none. */
export function openingFrom(blocks: readonly Block[], at: number, step: 1 | -1): number {
  for (let index = at; index >= 0 && index < blocks.length; index += step) {
    if (blocks[index]?.opens) return index;
  }
  return -1;
}

/** First line to draw, so that the block under the cursor is seen: all of it, or its begin. */
function firstLine({ at, top }: Cursor, blocks: readonly Block[], rows: number): number {
  const height = (list: readonly Block[]): number =>
    list.reduce((sum, { lines }) => sum + lines.length, 0);
  const begin = height(blocks.slice(0, at));
  const end = begin + (blocks[at]?.lines.length ?? 0);
  const most = Math.max(0, height(blocks) - rows);
  return Math.max(0, Math.min(Math.max(top, end - rows), begin, most));
}

/** "↑ 3 ↓ 12 more lines": what of the document is not in sight; empty: all of it is. */
export function moreText(blocks: readonly Block[], { at, top }: Cursor, rows: number): string {
  const above = firstLine({ at: Math.min(at, blocks.length - 1), top }, blocks, rows);
  const below = blocks.reduce((sum, { lines }) => sum + lines.length, 0) - above - rows;
  const parts = [...(above > 0 ? [`↑ ${above}`] : []), ...(below > 0 ? [`↓ ${below}`] : [])];
  return parts.length === 0 ? '' : `${parts.join(' ')} more lines`;
}

/** At most `rows` lines; the block under the cursor is marked where the pane has the focus. */
export function docView(
  blocks: readonly Block[],
  cursor: Cursor,
  { columns, rows }: Area,
  focused: boolean,
): readonly Line[] {
  const at = Math.min(cursor.at, blocks.length - 1);
  const top = firstLine({ at, top: cursor.top }, blocks, rows);
  const lines = blocks.flatMap(({ lines, heading }, index) =>
    lines.map((one, row) => {
      const current = index === at && focused && row >= heading;
      const mark = current && row === heading ? '▸' : ' ';
      const marked = cut([cell(mark), ...one], columns);
      return current ? reversed(marked, columns) : marked;
    }),
  );
  return lines.slice(top, top + rows);
}
