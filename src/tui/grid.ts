/** A grid of cells to draw boxes and lines on, where lines that meet join. */
import { displayWidth } from '../text.ts';
import { cell, type Line, type Style } from './line.ts';

/** Sides of a cell that a line reaches. */
export const sides = { up: 1, down: 2, left: 4, right: 8 } as const;
const { up, down, left, right } = sides;

const joints: Readonly<Record<number, string>> = {
  [up + down]: '│',
  [left + right]: '─',
  [down + left]: '┐',
  [up + left]: '┘',
  [down + right]: '┌',
  [up + right]: '└',
  [up + down + right]: '├',
  [up + down + left]: '┤',
  [down + left + right]: '┬',
  [up + left + right]: '┴',
  [up + down + left + right]: '┼',
};
/** The same where a line matters. */
const heavyJoints: Readonly<Record<string, string>> = { '─': '━', '│': '┃' };

interface Spot {
  /** Empty: the second cell of a wide glyph. */
  glyph: string;
  sides: number;
  style: readonly Style[];
}

export interface Grid {
  /** Text from a cell on; what lies outside is left out. */
  write(x: number, y: number, text: string, style: readonly Style[]): void;
  /** A line through a cell, towards the sides given; it joins those that are there. */
  draw(x: number, y: number, sides: number, heavy: boolean): void;
  lines(): readonly Line[];
}

const graphemes = new Intl.Segmenter();

export function gridOf(columns: number, rows: number): Grid {
  const spots = Array.from({ length: rows }, () =>
    Array.from({ length: columns }, (): Spot => ({ glyph: ' ', sides: 0, style: [] })),
  );
  const put = (x: number, y: number, glyph: string, style: readonly Style[]): void => {
    const spot = spots[y]?.[x];
    if (spot) Object.assign(spot, { glyph, style });
  };
  return {
    write(x, y, text, style) {
      let at = x;
      for (const { segment } of graphemes.segment(text)) {
        const wide = displayWidth(segment);
        put(at, y, segment, style);
        for (let more = 1; more < wide; more += 1) put(at + more, y, '', style);
        at += wide;
      }
    },
    draw(x, y, towards, heavy) {
      const spot = spots[y]?.[x];
      if (!spot) return;
      spot.sides |= towards;
      const glyph = joints[spot.sides] ?? '─';
      spot.glyph = heavy ? (heavyJoints[glyph] ?? glyph) : glyph;
      if (heavy) spot.style = ['red'];
    },
    lines: () => spots.map(lineOf),
  };
}

/** Cells of one style together. */
function lineOf(spots: readonly Spot[]): Line {
  const runs: { text: string; readonly style: readonly Style[] }[] = [];
  for (const { glyph, style } of spots) {
    const last = runs.at(-1);
    if (last && last.style.join() === style.join()) last.text += glyph;
    else runs.push({ text: glyph, style });
  }
  return runs.map(({ text, style }) => cell(text, ...style));
}
