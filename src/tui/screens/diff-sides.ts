/** The two sides of a case, operation by operation. */
import type { OperationDiff, OperationSide, WindowDiff } from '../../model.ts';
import { operationName } from '../../report/index.ts';
import { displayWidth } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { counted, duration, growth, percent, signed } from '../health.ts';
import { cut, type Line, line, type Style } from '../line.ts';
import type { Cursor } from '../list.ts';
import { passing } from '../passing.ts';
import type { Area } from '../screen.ts';
import { byText, type Sort, type TableColumn, tableLines } from '../table.ts';
import { marks, styles } from './diff-steps.ts';
import { inMs } from './service-facts.ts';

interface Chosen {
  /** True: not what stayed as it was (=). */
  readonly changedOnly: boolean;
  readonly filter: string;
}

/** Those that pass; `problem`: why the filter is none. */
export const operationRows = ({ operations }: WindowDiff, { filter, changedOnly }: Chosen) =>
  passing(
    changedOnly ? operations.filter(({ changed }) => changed !== 'same') : operations,
    filter,
    (one) => ({ text: `${one.service} ${operationName(one)}`, facts: factsOf(one) }),
  );

/** What a filter can compare; times in ms, failures in percent. */
const factsOf = ({ service, operation, changed, sure, a, b, delta, rank }: OperationDiff) => ({
  ...{ service, operation, name: operation, changed, sure, rank },
  a: inMs(a?.p95),
  b: inMs(b?.p95),
  failed: b ? 100 * rate(b) : null,
  before: a ? 100 * rate(a) : null,
  own: delta / 1e6,
});

export function operationView(
  {
    overview,
    list,
    sort,
    changedOnly,
    filter,
  }: Chosen & {
    readonly overview: { readonly sides: WindowDiff };
    readonly list: Cursor;
    readonly sort: Sort;
  },
  rows: readonly OperationDiff[],
  area: Area,
): readonly Line[] {
  const { a, b, operations } = overview.sides;
  const none =
    operations.length === 0
      ? 'there are no spans to compare'
      : changedOnly
        ? 'no operation that changed passes; . shows what did not'
        : 'no operation passes the filter';
  const side = ({ name, requests, failed }: WindowDiff['a']): string =>
    `${name}: ${counted(requests, 'request')}, ${percent(failed, requests)} failed`;
  const table = { rows, columns: operationColumns(overview.sides), list, sort, none };
  const hidden = changedOnly ? ' · without =' : '';
  const by = sort === null ? 'by failures, own time' : `by ${sort.title.trim()}`;
  const { length } = rows.filter(({ sure }) => sure);
  const short = ({ name, requests, failed }: WindowDiff['a']): string =>
    `${name} ${requests} (${percent(failed, requests)} failed)`;
  const heads =
    a.requests === 0
      ? [' nothing to compare with: all is of the incident; Space on two traces, then d']
      : [` A ${side(a)}  →  B ${side(b)}`, ` A ${short(a)} → B ${short(b)}`];
  const head = heads.find((text) => displayWidth(text) <= area.columns) ?? (heads[1] as string);
  const { problem } = operationRows(overview.sides, { filter, changedOnly });
  const all = counted(rows.length, 'operation');
  const changed = a.requests === 0 ? all : `${length} of ${all} changed by more than noise (~)`;
  const said = ` ${changed}${hidden} · ${by}`;
  return [
    cut(line(head, 'bold'), area.columns),
    cut(
      problem === null ? line(said, 'dim') : line(` ${safe(problem, 300)}`, 'yellow'),
      area.columns,
    ),
    ...tableLines(table, { ...area, rows: area.rows - 2 }),
  ];
}

const failed = (side: OperationSide | null): string =>
  side ? percent(side.errors, side.count) : '–';

const rate = (side: OperationSide | null): number => (side ? side.errors / side.count : -1);

const failing = {
  style: ({ failures }) => (failures === 'up' ? ['red'] : failures ? ['green'] : []),
  order: (one, other) => rate(one.b) - rate(one.a) - (rate(other.b) - rate(other.a)),
  greatest: true,
} satisfies Partial<TableColumn<OperationDiff>>;

const quiet = ({ sure }: OperationDiff): readonly Style[] => (sure ? [] : ['dim']);

/** Narrower lists have room for names only. */
const wideFrom = 100;

const arrow = (a: string, b: string): string => (a === b ? a : `${a} → ${b}`);

const failedColumns: readonly TableColumn<OperationDiff>[] = [
  {
    title: 'failed',
    width: 16,
    from: wideFrom,
    align: 'right',
    text: (one) => arrow(failed(one.a), failed(one.b)),
    ...failing,
  },
  {
    title: 'failed',
    width: 8,
    below: wideFrom,
    align: 'right',
    text: (one) => failed(one.b),
    ...failing,
  },
];

export function operationColumns({ a, b }: WindowDiff): readonly TableColumn<OperationDiff>[] {
  const each = (side: OperationSide | null, requests: number): number =>
    side === null || requests === 0 ? 0 : side.count / requests;
  return [
    {
      title: '',
      width: 2,
      text: ({ changed }) => marks[changed],
      style: ({ changed, sure }) => (sure ? styles[changed] : ['dim']),
    },
    {
      title: 'operation',
      width: 0,
      text: (one) => safe(operationName(one), 200),
      style: quiet,
      order: (one, other) => byText(one.operation, other.operation),
    },
    {
      title: 'service',
      width: 19,
      text: ({ service }) => safe(service, 60),
      style: quiet,
      order: (one, other) => byText(one.service, other.service),
    },
    {
      title: 'a request',
      width: 14,
      from: 116,
      align: 'right',
      text: (one) => arrow(each(one.a, a.requests).toFixed(2), each(one.b, b.requests).toFixed(2)),
      order: (one, other) => each(one.b, b.requests) - each(other.b, b.requests),
      greatest: true,
    },
    ...failedColumns,
    {
      title: 'p95 A',
      width: 9,
      align: 'right',
      text: (one) => duration(one.a?.p95),
      order: (one, other) => (one.a?.p95 ?? -1) - (other.a?.p95 ?? -1),
      greatest: true,
    },
    {
      title: 'p95 B',
      width: 9,
      align: 'right',
      text: (one) => duration(one.b?.p95),
      style: ({ time }) => (time === null ? [] : ['bold']),
      order: (one, other) => (one.b?.p95 ?? -1) - (other.b?.p95 ?? -1),
      greatest: true,
    },
    {
      title: '×p95',
      width: 7,
      from: 104,
      align: 'right',
      text: (one) => growth(one.a?.p95, one.b?.p95),
    },
    {
      title: 'Δ own',
      width: 10,
      align: 'right',
      text: ({ delta }) => signed(delta),
      style: quiet,
      order: (one, other) => Math.abs(one.delta) - Math.abs(other.delta),
      greatest: true,
    },
  ];
}
