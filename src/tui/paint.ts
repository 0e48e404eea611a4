/** Lines of cells as text with the escape codes of a terminal. */
import { toAscii } from './glyphs.ts';
import type { Line, Style } from './line.ts';

/** The background; `either`: it is not known. */
type Theme = 'dark' | 'light' | 'either';

/** What the terminal can show. */
export interface Look {
  readonly color: boolean;
  readonly ascii: boolean;
  /** What it is drawn on: no colour that cannot be read there. Left out: dark. */
  readonly theme?: Theme;
  /** No escape code at all: not for a terminal. */
  readonly bare?: boolean;
}

/** SGR codes on and off: ECMA-48 §8.3.117. Bold and dim share their off code. */
const codes: Readonly<Record<Style, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  inverse: [7, 27],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
};

const emphasis: ReadonlySet<Style> = new Set(['bold', 'dim', 'inverse']);

/**
 * What stands for a style that cannot be read: of the colours that terminals come with, yellow, green
 * and cyan fade on white, blue on black; red and magenta can be read on both.
 */
const instead: Readonly<Record<Theme, Readonly<Partial<Record<Style, Style>>>>> = {
  dark: { blue: 'cyan' },
  light: { yellow: 'magenta', green: 'blue', cyan: 'blue' },
  either: { yellow: 'magenta', green: 'bold', cyan: 'bold', blue: 'bold' },
};

/** One line; blanks at its end are left to the terminal. */
export function painted(cells: Line, { color, ascii, theme = 'dark', bare = false }: Look): string {
  if (bare) return plainText(cells, ascii);
  const last = cells.findLastIndex(
    ({ text, style }) => style.includes('inverse') || text.trimEnd() !== '',
  );
  return cells
    .slice(0, last + 1)
    .map(({ text, style }, at) => {
      const shown = at === last && !style.includes('inverse') ? text.trimEnd() : text;
      const used = style
        .filter((one) => color || emphasis.has(one))
        .map((one) => instead[theme][one] ?? one);
      const on = used.map((one) => `\x1b[${codes[one][0]}m`).join('');
      const off = [...used].reverse().map((one) => `\x1b[${codes[one][1]}m`);
      return `${on}${ascii ? toAscii(shown) : shown}${off.join('')}`;
    })
    .join('');
}

/** One line without any escape code. */
export function plainText(cells: Line, ascii = false): string {
  const text = cells.map((one) => one.text).join('');
  return (ascii ? toAscii(text) : text).trimEnd();
}
