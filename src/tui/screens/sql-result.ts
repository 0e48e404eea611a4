/** What a statement returned as a table, and what can be asked. */
import { padTo } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { cell, cut, type Line, line } from '../line.ts';
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
      title: safe(name, 80),
      width,
      // Numbers end below each other, and keep their distance from what follows.
      text: (row) => (isNumber ? padTo(textOf(row[at]), width - 2, 'right') : textOf(row[at])),
    };
  });
}

const textOf = (value: Row[number] | undefined): string =>
  value === null || value === undefined ? '·' : safe(String(value), 300);

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
