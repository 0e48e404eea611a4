/** Rows of a query in every format, as lines while they come. */
import type { Cell, QueryResult } from '../model.ts';
import { sanitise } from '../text.ts';
import { cellJson, envelope, jsonText } from './json.ts';
import { markdownText } from './markdown-text.ts';
import type { Style } from './style.ts';
import { layoutOf } from './table.ts';

export interface RowsView {
  readonly columns: number;
  /** False where rows are piped on: a table is then as wide as its cells. */
  readonly fitted: boolean;
  readonly style: Style;
  /** Also CSV, which otherwise keeps control characters, must then be harmless. */
  readonly terminal: boolean;
  /** What the JSON object is called, and what it says besides the rows. */
  readonly kind?: string;
  readonly facts?: Readonly<Record<string, number>>;
}

type RowsFormat = (result: QueryResult, view: RowsView) => AsyncIterable<string>;

/** Rows that decide how wide the columns of a table are; the rest is cut to it. */
const measuredRows = 1_000;

export const rowsFormats = {
  table: tableText,
  json: jsonObject,
  jsonl: jsonLines,
  csv: csvText,
  md: markdownTable,
} satisfies Readonly<Record<string, RowsFormat>>;

export type RowsFormatName = keyof typeof rowsFormats;

export const isRowsFormat = (name: string): name is RowsFormatName =>
  Object.hasOwn(rowsFormats, name);

/** Objects as rows, their fields in the order named. */
export function rowsOf<Row extends object>(
  rows: readonly Row[],
  columns: readonly (keyof Row & string)[],
): QueryResult {
  const cells = rows.map((row) => columns.map((column) => row[column] as Cell));
  return {
    columns,
    rows: (async function* () {
      yield* cells;
    })(),
  };
}

async function* tableText(result: QueryResult, view: RowsView) {
  const { style } = view;
  // What is piped on is meant to be used: nothing is cut there.
  const columns = view.fitted ? view.columns : Number.POSITIVE_INFINITY;
  let at = 0;
  let measured: (readonly Cell[])[] | null = [];
  let layout = layoutOf([], [], columns);
  const flush = function* (rows: readonly (readonly Cell[])[]): Generator<string> {
    const cells = rows.map((row) => row.map(cellText));
    const titles = result.columns.map((title, column) => ({
      title,
      align: rows.some((row) => isNumber(row[column])) ? ('right' as const) : ('left' as const),
    }));
    layout = layoutOf(titles, cells, columns);
    for (const line of layout.head(style)) yield `${line}\n`;
    for (const row of cells) for (const line of layout.row(row, at++)) yield `${line}\n`;
  };
  for await (const row of result.rows) {
    if (measured === null) {
      for (const line of layout.row(row.map(cellText), at++)) yield `${line}\n`;
    } else if (measured.push(row) === measuredRows) {
      yield* flush(measured);
      measured = null;
    }
  }
  if (measured !== null) yield* flush(measured);
}

const isNumber = (cell: Cell | undefined): boolean =>
  typeof cell === 'number' || typeof cell === 'bigint';

const cellText = (cell: Cell): string => (cell === null ? '' : String(cell));

/** One object, written when all rows are known: a failure on the way must not leave half of it. */
async function* jsonObject(
  { columns, rows }: QueryResult,
  { kind = 'Query', facts = {} }: Pick<RowsView, 'kind' | 'facts'>,
) {
  const names = distinct(columns);
  const [begin = '', end = ''] = envelope(kind, { ...facts, columns: names, rows: [] }).split(
    '"rows":[]',
  );
  const texts: string[] = [];
  for await (const row of rows) texts.push(rowJson(names, row));
  yield `${begin}"rows":[`;
  for (const [at, text] of texts.entries()) yield at === 0 ? text : `,${text}`;
  yield `]${end}`;
}

async function* jsonLines({ columns, rows }: QueryResult) {
  const names = distinct(columns);
  for await (const row of rows) yield `${rowJson(names, row)}\n`;
}

const rowJson = (names: readonly string[], row: readonly Cell[]): string =>
  `{${row.map((cell, at) => `${jsonText(names[at])}:${cellJson(cell)}`).join(',')}}`;

/** Two columns of one name would be one field: the later ones get a number. */
function distinct(columns: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    let name = column;
    for (let number = 2; taken.has(name); number += 1) name = `${column}_${number}`;
    taken.add(name);
    return name;
  });
}

/** RFC 4180: CRLF, quotes doubled. Null is an empty field, an empty text is `""`. */
async function* csvText({ columns, rows }: QueryResult, { terminal }: RowsView) {
  const field = (cell: Cell): string => {
    if (cell === null) return '';
    const text = terminal ? sanitise(String(cell), Number.POSITIVE_INFINITY) : String(cell);
    return text === '' || /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  yield `${columns.map(field).join(',')}\r\n`;
  for await (const row of rows) yield `${row.map(field).join(',')}\r\n`;
}

async function* markdownTable({ columns, rows }: QueryResult) {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |\n`;
  yield line(columns);
  yield `|${columns.map(() => '---|').join('')}\n`;
  for await (const row of rows) yield line(row.map(cellText));
}
