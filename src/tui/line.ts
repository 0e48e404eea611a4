/**
 * Screens are drawn as lines of styled cells: widths are known here, so that whatever is beside
 * something else stays beside it, also next to wide characters.
 */
import { displayWidth, padTo, wrap } from '../text.ts';

/** The user's own 16 colours; never the only carrier of a meaning. */
export type Style =
  | 'bold'
  | 'dim'
  | 'inverse'
  | 'red'
  | 'green'
  | 'yellow'
  | 'blue'
  | 'magenta'
  | 'cyan';

/** Text must be harmless already (`sanitise`), and hold no line break. */
export interface Cell {
  readonly text: string;
  readonly style: readonly Style[];
}

export type Line = readonly Cell[];

export const emptyLine: Line = [];

export const cell = (text: string, ...style: readonly Style[]): Cell => ({ text, style });

/** A line of one cell. */
export const line = (text: string, ...style: readonly Style[]): Line => [cell(text, ...style)];

/** `text` in exactly `columns` columns. */
export const column = (
  text: string,
  columns: number,
  { align = 'left', style = [] }: { align?: 'left' | 'right'; style?: readonly Style[] } = {},
): Cell => ({ text: columns <= 0 ? '' : padTo(text, columns, align), style });

/** At most `rows` lines of a text; where it goes on, the last one says so. */
export function wrapped(text: string, columns: number, rows: number): readonly string[] {
  const lines = wrap(text, columns);
  if (lines.length <= rows) return lines;
  return lines.slice(0, rows).map((one, at) => (at < rows - 1 ? one : goingOn(one, columns)));
}

const goingOn = (text: string, columns: number): string =>
  displayWidth(text) + 2 <= columns ? `${text} …` : padTo(`${text} …`, columns);

export const widthOf = (cells: Line): number =>
  cells.reduce((sum, { text }) => sum + displayWidth(text), 0);

/** At most `columns` columns of a line; what is cut ends in an ellipsis, also between two cells. */
export function cut(cells: Line, columns: number): Line {
  const kept: Cell[] = [];
  let left = columns;
  for (const [at, { text, style }] of cells.entries()) {
    if (left <= 0) break;
    const width = displayWidth(text);
    const isLast = width < left || !cells.slice(at + 1).some((cell) => cell.text.trim() !== '');
    if (width <= left && isLast) kept.push({ text, style });
    else kept.push({ text: padTo(`${text}…`, left), style });
    left -= width;
  }
  return kept;
}

/** Exactly `columns` columns of a line. */
export function fill(cells: Line, columns: number): Line {
  const kept = cut(cells, columns);
  const left = columns - widthOf(kept);
  return left > 0 ? [...kept, cell(' '.repeat(left))] : kept;
}

/** A line of the whole width in reverse: where the cursor is. */
export const reversed = (cells: Line, columns: number): Line =>
  fill(cells, columns).map(({ text, style }) => ({
    text,
    style: ['inverse', ...style.filter((one) => one !== 'dim')],
  }));

/** Two blocks side by side, `left` in exactly `columns` columns, with `between` in the gap. */
export function beside(
  left: readonly Line[],
  right: readonly Line[],
  columns: number,
  between: Cell = cell(' │ ', 'dim'),
): readonly Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, at) => [
    ...fill(left[at] ?? [], columns),
    between,
    ...(right[at] ?? []),
  ]);
}

/** Exactly `rows` lines. */
export const padded = (lines: readonly Line[], rows: number): readonly Line[] =>
  Array.from({ length: Math.max(0, rows) }, (_, at) => lines[at] ?? emptyLine);
