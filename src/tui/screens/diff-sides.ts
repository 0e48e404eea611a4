/** The two sides of a case, operation by operation. */
import type { OperationDiff, OperationSide, WindowDiff } from '../../model.ts';
import { formatDuration } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { counted, duration, growth, percent } from '../health.ts';
import { cut, type Line, line } from '../line.ts';
import type { Cursor } from '../list.ts';
import type { Area } from '../screen.ts';
import { byText, type Sort, type TableColumn, tableLines } from '../table.ts';

interface Chosen {
  readonly filter: string;
}

export const operationRows = ({ operations }: WindowDiff, { filter }: Chosen) =>
  operations.filter(({ service, operation }) =>
    `${service} ${operation}`.toLowerCase().includes(filter),
  );

export function operationView(
  { overview, list, sort }: { overview: { sides: WindowDiff }; list: Cursor; sort: Sort },
  rows: readonly OperationDiff[],
  area: Area,
): readonly Line[] {
  const { a, b, operations } = overview.sides;
  const none =
    operations.length === 0 ? 'there are no spans to compare' : 'no operation passes the filter';
  const side = ({ name, requests, failed }: WindowDiff['a']): string =>
    `${name}: ${counted(requests, 'request')}, ${percent(failed, requests)} failed`;
  const table = { rows, columns: operationColumns(overview.sides), list, sort, none };
  const by = sort === null ? 'own time for each request' : sort.title.trim();
  return [
    cut(line(` A ${side(a)}  →  B ${side(b)}`, 'bold'), area.columns),
    line(` ${counted(rows.length, 'operation')} · sorted by ${by}`, 'dim'),
    ...tableLines(table, { ...area, rows: area.rows - 2 }),
  ];
}

const signed = (ns: number): string =>
  Math.abs(ns) < 1 ? '0' : `${ns > 0 ? '+' : '−'}${formatDuration(Math.abs(ns) / 1e6)}`;

const rate = (side: OperationSide | null): number => (side ? side.errors / side.count : -1);

const arrow = (a: string, b: string): string => (a === b ? a : `${a} → ${b}`);

export function operationColumns({ a, b }: WindowDiff): readonly TableColumn<OperationDiff>[] {
  const each = (side: OperationSide | null, requests: number): number =>
    side === null || requests === 0 ? 0 : side.count / requests;
  return [
    {
      title: 'operation',
      width: 0,
      text: ({ operation, changed }) =>
        `${changed === 'added' ? '+ ' : changed === 'removed' ? '− ' : ''}${safe(operation, 200)}`,
      order: (one, other) => byText(one.operation, other.operation),
    },
    {
      title: 'service',
      width: 18,
      text: ({ service }) => safe(service, 60),
      order: (one, other) => byText(one.service, other.service),
    },
    {
      title: 'a request',
      width: 14,
      from: 110,
      align: 'right',
      text: (one) => arrow(each(one.a, a.requests).toFixed(2), each(one.b, b.requests).toFixed(2)),
      order: (one, other) => each(one.b, b.requests) - each(other.b, b.requests),
      greatest: true,
    },
    {
      title: 'failed',
      width: 16,
      align: 'right',
      text: (one) =>
        arrow(
          one.a ? percent(one.a.errors, one.a.count) : '–',
          one.b ? percent(one.b.errors, one.b.count) : '–',
        ),
      style: (one) => (rate(one.b) > rate(one.a) && (one.b?.errors ?? 0) > 0 ? ['red'] : []),
      order: (one, other) => rate(one.b) - rate(one.a) - (rate(other.b) - rate(other.a)),
      greatest: true,
    },
    {
      title: 'p95 A',
      width: 10,
      align: 'right',
      text: (one) => duration(one.a?.p95),
      order: (one, other) => (one.a?.p95 ?? -1) - (other.a?.p95 ?? -1),
      greatest: true,
    },
    {
      title: 'p95 B',
      width: 10,
      align: 'right',
      text: (one) => duration(one.b?.p95),
      order: (one, other) => (one.b?.p95 ?? -1) - (other.b?.p95 ?? -1),
      greatest: true,
    },
    {
      title: '×p95',
      width: 8,
      from: 100,
      align: 'right',
      text: (one) => growth(one.a?.p95, one.b?.p95),
    },
    {
      title: 'Δ own time',
      width: 11,
      from: 90,
      align: 'right',
      text: ({ delta }) => signed(delta),
      order: (one, other) => Math.abs(one.delta) - Math.abs(other.delta),
      greatest: true,
    },
  ];
}
