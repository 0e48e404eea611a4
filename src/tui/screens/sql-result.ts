/** A statement, what it returned as a table, and what can be asked. */
import type { Cell } from '../../model.ts';
import { padTo, wrap } from '../../text.ts';
import type { Field } from '../field.ts';
import { safe } from '../glyphs.ts';
import { cell, cut, type Line, line, reversed } from '../line.ts';
import type { Place, SqlResult, Subjects } from '../screen.ts';
import type { TableColumn } from '../table.ts';

const widest = 44;

type Row = SqlResult['rows'][number];

/** Columns as wide as what is in them. */
export function columnsOf({ columns, rows }: SqlResult, room: number): readonly TableColumn<Row>[] {
  const seen = rows.slice(0, 200);
  return columns.map((name, at) => {
    const cells = seen.map((row) => textOf(row[at]).length);
    const width = Math.min(
      widest,
      room - 2,
      2 + cells.reduce((most, length) => Math.max(most, length), name.length),
    );
    const isNumber = seen.length > 0 && seen.every((row) => typeof row[at] !== 'string');
    return {
      title: titleOf(name),
      width,
      order: (a, b) => compareCells(a[at] ?? null, b[at] ?? null),
      lacks: (row) => (row[at] ?? null) === null,
      ...(isNumber ? { greatest: true as const } : {}),
      // Numbers end below each other, and keep their distance from what follows.
      text: (row) => (isNumber ? padTo(textOf(row[at]), width - 2, 'right') : textOf(row[at])),
    };
  });
}

export const titleOf = (name: string): string => safe(name, 80);

/** Numbers, then texts, as SQLite has them. */
function compareCells(a: Cell, b: Cell): number {
  if (a === null || b === null) return 0;
  if (typeof a !== typeof b && (typeof a === 'string' || typeof b === 'string')) {
    return typeof a === 'string' ? 1 : -1;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

const textOf = (value: Row[number] | undefined): string =>
  value === null || value === undefined ? '·' : safe(String(value), 300);

/** Of a long statement, lines that are seen while it is not edited. */
const mostLines = 6;

/** The statement; `isCurrent`: with the cursor on it. */
export function statementLines(
  {
    field,
    editing,
    isCurrent,
  }: { readonly field: Field; readonly editing: boolean; readonly isCurrent: boolean },
  columns: number,
): readonly Line[] {
  const room = columns - 6;
  const { text, at } = field;
  const shown = editing ? `${text.slice(0, at)}▏${text.slice(at)}` : text;
  // Every line break of a paste is a space: the statement is one line.
  const parts = chunks(safe(shown, 8_000), room).slice(0, editing ? 12 : mostLines);
  const lines = parts.map(
    (part, index): Line => [
      cell(index === 0 ? ' sql> ' : '  ..> ', 'dim'),
      cell(part, ...(editing ? (['bold'] as const) : [])),
    ],
  );
  return !editing && isCurrent ? lines.map((one) => reversed(one, columns)) : lines;
}

/** Pieces of a text, each as wide as there is room: nothing moves while it is typed. */
function chunks(text: string, room: number): readonly string[] {
  const wrapped = wrap(text, room);
  return wrapped.length === 0 ? [''] : wrapped;
}

/** What can be asked, where there is nothing else to see. */
export const tablesLines = (
  tables: Subjects['sql']['tables'],
  columns: number,
): readonly Line[] => [
  line(''),
  ...tables.map(({ name, columns: names }) =>
    cut([cell(` ${name} `, 'bold'), cell(names.join(', '), 'dim')], columns),
  ),
];

/** What a row names: a span, a trace, a log record, a service; null: none of them. */
export function placeOfRow({ columns }: SqlResult, row: Row): Place | null {
  const value = (name: string): string | null => {
    const cell = row[columns.indexOf(name)];
    return typeof cell === 'string' && cell !== '' ? cell : null;
  };
  const traceId = value('trace_id');
  const id = value('id');
  const service = value('service') ?? value('root_service') ?? value('callee');
  if (traceId !== null && /^[0-9a-f]{32}$/.test(traceId)) {
    return { screen: 'trace', traceId, spanId: value('span_id') } as Place;
  }
  if (id !== null && /^[0-9a-f]{16}(-\d+)?$/.test(id)) return { screen: 'log', id };
  return service === null ? null : { screen: 'graph', service };
}
