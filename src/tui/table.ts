/** Lists in columns that can be sorted: which columns fit, their titles, and the rows around the cursor. */
import { cell, column, cut, type Line, line, reversed, type Style } from './line.ts';
import { type Cursor, firstSeen } from './list.ts';
import type { Area, Binding } from './screen.ts';

export interface TableColumn<Row> {
  readonly title: string;
  /** Columns with the gap before it; 0: what the others leave. */
  readonly width: number;
  readonly align?: 'left' | 'right';
  /** Left out of a narrower list. */
  readonly from?: number;
  /** Left out of a list as wide as this. */
  readonly below?: number;
  /** Harmless already. */
  text(row: Row): string;
  style?(row: Row): readonly Style[];
  /** Least first; without it nothing is sorted by it. */
  readonly order?: (a: Row, b: Row) => number;
  /** True: the greatest comes first when it is chosen. */
  readonly greatest?: true;
  /** There is nothing to sort by: such rows come last, whichever way. */
  lacks?(row: Row): boolean;
}

/** How a list is sorted; null: as it was made. */
export type Sort = { readonly title: string; readonly descending: boolean } | null;

export type SortAction = 'sort-left' | 'sort-right' | 'reverse';

export const sortBindings: readonly Binding<SortAction>[] = [
  { keys: ['>'], action: 'sort-right', help: 'sort' },
  { keys: ['<'], action: 'sort-left', help: 'sort by the column before', quiet: true },
  { keys: ['R'], action: 'reverse', help: 'reverse', quiet: true },
];

/** Where the footer has no room for them. */
export const quietSort: readonly Binding<SortAction>[] = sortBindings.map((binding) => ({
  ...binding,
  quiet: true,
}));

export const isSortAction = (action: string): action is SortAction =>
  action === 'sort-left' || action === 'sort-right' || action === 'reverse';

/** The order after a key: through the columns and back to how the list was made. */
export function resorted<Row>(
  sort: Sort,
  action: SortAction,
  columns: readonly Pick<TableColumn<Row>, 'title' | 'order' | 'greatest'>[],
): Sort {
  if (action === 'reverse') return sort && { ...sort, descending: !sort.descending };
  // One column may be there twice, for narrow lists and for wide ones.
  const ordered = columns.filter(({ order }) => order);
  const titles = ordered.map(({ title }) => title);
  const sortable = ordered.filter(({ title }, at) => titles.indexOf(title) === at);
  const at = sortable.findIndex(({ title }) => title === sort?.title);
  const count = sortable.length + 1;
  const next = (at + 1 + (action === 'sort-right' ? 1 : count - 1)) % count;
  const chosen = sortable[next - 1];
  return chosen ? { title: chosen.title, descending: chosen.greatest === true } : null;
}

/** A title, and which way it is sorted by, if it is. */
export const marked = (title: string, sort: Sort): string =>
  title.trim() !== sort?.title ? title : `${title}${sort.descending ? '↓' : '↑'}`;

/** What is said of a key that finds nothing to reverse: nothing where it has. */
export const sayUnsorted = (sort: Sort, action: SortAction): { readonly say?: string } =>
  sort === null && action === 'reverse' ? { say: 'R reverses what > has sorted' } : {};

/** Rows in an order; equal ones stay as they were, and those that lack what it is come last. */
export function inOrder<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  sort: Sort,
): readonly Row[] {
  const chosen = columns.find(({ title, order }) => order && title === sort?.title);
  const order = chosen?.order;
  if (!order || !sort) return rows;
  const sorted = (some: readonly Row[]): readonly Row[] =>
    [...some].sort(sort.descending ? (a, b) => order(b, a) : order);
  const { lacks } = chosen;
  if (!lacks) return sorted(rows);
  return [...sorted(rows.filter((row) => !lacks(row))), ...rows.filter(lacks)];
}

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export interface Table<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly TableColumn<Row>[];
  readonly list: Cursor;
  readonly sort: Sort;
  /** Said where there is no row. */
  readonly none: string;
  readonly focused?: boolean;
}

/** Rows of a table that are seen below its titles. */
export const tableRows = ({ rows }: Area): number => Math.max(1, rows - 1);

/** The titles, then the rows around the cursor. */
export function tableLines<Row>(table: Table<Row>, area: Area): readonly Line[] {
  const { rows, list, sort, none, focused = true } = table;
  const seen = tableRows(area);
  const top = firstSeen(list, rows.length, seen);
  const columns = fitting(table.columns, area.columns - 1);
  const titles = columns.map(({ title, width, align }) => {
    return padded(marked(title, sort), width, align, ['dim']);
  });
  const shown = rows.slice(top, top + seen).map((row, index): Line => {
    const current = top + index === list.at;
    const cells = columns.flatMap(({ text, style, width, align }) =>
      padded(text(row), width, align, style?.(row) ?? []),
    );
    const whole = cut([cell(current && focused ? '▸' : ' '), ...cells], area.columns);
    return current && focused ? reversed(whole, area.columns) : whole;
  });
  return [
    cut([cell(' '), ...titles.flat()], area.columns),
    ...(shown.length > 0 ? shown : [line(` ${none}`, 'dim')]),
  ].slice(0, area.rows);
}

/** A cell with a gap: before it where it stands at the right, else behind it. */
function padded(
  text: string,
  width: number,
  align: 'left' | 'right' = 'left',
  style: readonly Style[] = [],
): Line {
  if (align === 'right') return [cell(' '), column(text, width - 1, { align, style })];
  return [column(text, width - 1, { style }), cell(' ')];
}

/** Columns wide enough for the list, with their widths. */
function fitting<Row>(
  columns: readonly TableColumn<Row>[],
  width: number,
): readonly TableColumn<Row>[] {
  const kept = columns.filter(
    ({ from = 0, below = Number.POSITIVE_INFINITY }) => width >= from && width < below,
  );
  const used = kept.reduce((sum, one) => sum + one.width, 0);
  return kept.map((one) => (one.width > 0 ? one : { ...one, width: Math.max(8, width - used) }));
}
