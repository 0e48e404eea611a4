/** Columns of text that fit a width. Cells may hold telemetry: they are made harmless here. */
import { displayWidth, padTo, sanitise } from '../text.ts';
import type { Style } from './style.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Between two columns. */
const gap = '  ';
export const columnGap = gap.length;
/** A wider column is cut down to this before a table gives up its columns. */
const narrow = 8;

/**
 * Lines of a table with its title line, none of them wider than `columns`. Where even narrow
 * columns do not fit side by side, every row is a block of `title  value` lines.
 */
export function table(
  titles: readonly Column[],
  rows: readonly (readonly string[])[],
  columns: number,
  style: Style,
): readonly string[] {
  const layout = layoutOf(titles, rows, columns);
  return [...layout.head(style), ...rows.flatMap((row, at) => layout.row(row, at))];
}

export interface Layout {
  head(style: Style): readonly string[];
  row(cells: readonly string[], at: number): readonly string[];
}

/** How rows like these are laid out; later rows of the same kind are cut to it. */
export function layoutOf(
  titles: readonly Column[],
  rows: readonly (readonly string[])[],
  columns: number,
): Layout {
  const names = titles.map(({ title }) => sanitise(title));
  const natural = names.map((name, at) =>
    Math.max(displayWidth(name), ...rows.map((row) => displayWidth(sanitise(row[at] ?? '', 500)))),
  );
  const widths = shrunk(natural, columns - gap.length * (titles.length - 1));
  if (widths === null) return blocks(names, columns);
  const cell = (text: string, width: number, at: number): string => {
    const shown = sanitise(text, 500);
    const align = titles[at]?.align;
    // A longer number further down keeps its digits: its column was not made narrow on purpose.
    const whole =
      columns === Number.POSITIVE_INFINITY || (align === 'right' && width === natural[at]);
    return whole && displayWidth(shown) > width ? shown : padTo(shown, width, align);
  };
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, at) => cell(cells[at] ?? '', width, at))
      .join(gap)
      .trimEnd();
  return { head: (style) => [style.bold(line(names))], row: (cells) => [line(cells)] };
}

/** Takes room from the widest columns first; null if that is not enough. */
function shrunk(natural: readonly number[], room: number): readonly number[] | null {
  const least = natural.reduce((sum, width) => sum + Math.min(width, narrow), 0);
  if (least > room) return null;
  const widths = [...natural];
  for (let total = sum(widths); total > room; total = sum(widths)) {
    const widest = Math.max(...widths);
    const next = Math.max(narrow, ...widths.filter((width) => width < widest));
    const wide = widths.filter((width) => width === widest).length;
    const step = Math.max(1, Math.min(widest - next, Math.floor((total - room) / wide)));
    let left = total - room;
    widths.forEach((width, at) => {
      if (width !== widest || left <= 0) return;
      widths[at] = width - Math.min(step, left);
      left -= Math.min(step, left);
    });
  }
  return widths;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function blocks(names: readonly string[], columns: number): Layout {
  const width = Math.min(Math.max(0, ...names.map(displayWidth)), Math.floor(columns / 3));
  const room = columns - width - gap.length;
  return {
    head: () => [],
    row: (cells, at) => [
      `row ${at + 1}`,
      ...names.map((name, column) => {
        const text = sanitise(cells[column] ?? '', 500);
        const value = displayWidth(text) > room ? padTo(text, room) : text;
        return `${padTo(name, width)}${gap}${value}`.trimEnd();
      }),
    ],
  };
}
