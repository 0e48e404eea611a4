/**
 * The services as a matrix, for graphs with too many calls to draw: callers in rows, callees in
 * columns, both in the order of the layers, or of what they are sorted by. A cell is darker the worse its call went.
 *
 *        1 2 3
 *     1 gateway    ▓✗·      ▓✗ a third of the calls fails; · as before
 *     2 cart          █     █ ten times as slow
 */
import type { CallHealth } from '../../model.ts';
import { safe } from '../glyphs.ts';
import { cell, column, cut, type Line, line, type Style } from '../line.ts';
import { firstSeen } from '../list.ts';
import type { Area } from '../screen.ts';
import type { Sort } from '../table.ts';
import { callKey, failing, type Graph } from './graph-model.ts';
import { servicesInOrder } from './graph-order.ts';

/** A matrix of more is not looked through. */
const mostServices = 60;

export interface Matrix {
  /** By layer, callers before callees, or as they are sorted; the number of a service is its place here, from 1. */
  readonly services: readonly string[];
  /** Those that call, and those that are called. */
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** By `callKey`; of several kinds of calls the worst. */
  readonly calls: ReadonlyMap<string, CallHealth>;
}

export interface MatrixCursor {
  readonly row: number;
  readonly column: number;
}

/** Of the services that are seen, as far as there are not too many: those that are worst off. */
export function matrixOf(graph: Graph, seen: ReadonlySet<string>, sort: Sort = null): Matrix {
  const shown = new Set(
    [...graph.services.keys()].filter((service) => seen.has(service)).slice(0, mostServices),
  );
  const own = graph.calls.filter(({ caller, callee }) => shown.has(caller) && shown.has(callee));
  const calls = new Map<string, CallHealth>();
  for (const call of own) {
    const key = callKey(call.caller, call.callee);
    const known = calls.get(key);
    if (!known || badness(call) > badness(known)) calls.set(key, call);
  }
  const depth = layersOf(shown, own);
  const layered = [...shown].sort((a, b) => (depth.get(a) ?? 0) - (depth.get(b) ?? 0));
  const services = servicesInOrder(graph, layered, sort);
  const callers = new Set(own.map(({ caller }) => caller));
  const callees = new Set(own.map(({ callee }) => callee));
  return {
    services,
    rows: services.filter((service) => callers.has(service)),
    columns: services.filter((service) => callees.has(service)),
    calls,
  };
}

/** Deeper than this nobody tells layers apart; and what calls in cycles would get ever deeper. */
const deepest = 6;

/** Longest way from a service that nobody calls. */
function layersOf(
  services: ReadonlySet<string>,
  calls: readonly CallHealth[],
): ReadonlyMap<string, number> {
  const depth = new Map([...services].map((service) => [service, 0]));
  for (let round = 0; round < deepest; round += 1) {
    for (const { caller, callee } of calls) {
      const least = Math.min(deepest, (depth.get(caller) ?? 0) + 1);
      if (least > (depth.get(callee) ?? 0)) depth.set(callee, least);
    }
  }
  return depth;
}

/** Shades of a cell, from a call that is as it was to the worst. */
const shades = ['·', '▒', '▓', '█'] as const;

/**
 * How bad a call is, 0 to 3: the share that fails more than before, and how much slower it is. The
 * steps are those at which a person would speak of some, many and most; of slower by half, several
 * times and an order of magnitude.
 */
export function badness(call: CallHealth): number {
  const share = failing(call) / 1000;
  const { baseline, incident } = call;
  const slower = baseline?.p95 && incident?.p95 ? incident.p95 / baseline.p95 : 1;
  const above = (value: number, steps: readonly number[]): number =>
    steps.filter((step) => value >= step).length;
  return Math.max(above(share, [0.01, 0.2, 0.6]), above(slower, [1.5, 3, 10]));
}

const cellWidth = 2;
const numberWidth = 3;
const mostName = 28;

/** The call under the cursor; undefined: nobody calls there. */
export const callAt = (
  { rows, columns, calls }: Matrix,
  { row, column }: MatrixCursor,
): CallHealth | undefined => calls.get(callKey(rows[row] ?? '', columns[column] ?? ''));

/** Two lines with the numbers of the columns, then a row a caller; those around the cursor. */
export function matrixLines(
  graph: Graph,
  matrix: Matrix,
  cursor: MatrixCursor,
  { columns: width, rows: height }: Area,
): readonly Line[] {
  const name = Math.min(mostName, Math.floor(width / 3));
  const room = Math.max(1, Math.floor((width - 1 - numberWidth - name - 1) / cellWidth));
  const left = firstSeen({ at: cursor.column, top: 0 }, matrix.columns.length, room);
  const shown = matrix.columns.slice(left, left + room);
  const seen = Math.max(1, height - 2);
  const top = firstSeen({ at: cursor.row, top: 0 }, matrix.rows.length, seen);
  const numbers = shown.map((service) => String(matrix.services.indexOf(service) + 1));
  const heads = [0, 1].map(
    (digit): Line => [
      cell(' '.repeat(1 + numberWidth + name + 1)),
      ...shown.map((service, at) => {
        const text = (numbers[at] ?? '').padStart(2).charAt(digit);
        const marked = left + at === cursor.column ? ['inverse' as const] : [];
        return column(text, cellWidth, { style: [...styleOf(graph, service), ...marked] });
      }),
    ],
  );
  const lines = matrix.rows.slice(top, top + seen).map((caller, at): Line => {
    const current = top + at === cursor.row;
    const health = graph.services.get(caller);
    const rank = health?.rank ? `#${health.rank} ` : '';
    return [
      cell(current ? '▸' : ' '),
      column(`${matrix.services.indexOf(caller) + 1} `, numberWidth, {
        align: 'right',
        style: ['dim'],
      }),
      column(`${rank}${safe(caller, 60)}`, name, {
        style: [...styleOf(graph, caller), ...(current ? ['inverse' as const] : [])],
      }),
      cell(' '),
      ...shown.map((callee, index) =>
        cellOf(graph, matrix, { caller, callee }, current && left + index === cursor.column),
      ),
    ];
  });
  return [...heads, ...lines].map((one) => cut(one, width));
}

function cellOf(
  graph: Graph,
  { calls }: Matrix,
  { caller, callee }: Pick<CallHealth, 'caller' | 'callee'>,
  current: boolean,
) {
  const call = calls.get(callKey(caller, callee));
  const marked: readonly Style[] = current ? ['inverse'] : [];
  if (!call) return cell('  ', ...marked);
  const isOnPath = graph.path.has(callKey(caller, callee));
  const red: readonly Style[] = failing(call) > 0 || isOnPath ? ['red'] : [];
  const mark = failing(call) > 0 ? '✗' : isOnPath ? '━' : ' ';
  return cell(`${shades[badness(call)]}${mark}`, ...red, ...marked);
}

const styleOf = ({ spread }: Graph, service: string): readonly Style[] =>
  spread.includes(service) ? ['red'] : [];

/** What the cells mean. */
export const matrixLegend = (matrix: Matrix, services: number, sort: Sort): Line =>
  line(
    `${sort === null ? '' : ` by ${sort.title}${sort.descending ? '↓' : '↑'},`} ${matrix.services.length === services ? services : `${matrix.services.length} of ${services}`} services, callers in rows · as before  ▒ worse  ▓ much  █ most  ✗ fails  ━ path`,
    'dim',
  );
