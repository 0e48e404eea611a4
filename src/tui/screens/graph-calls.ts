/** Calls as lines below the layers: those that no line is drawn for, and those of one service. */
import type { CallHealth } from '../../model.ts';
import { safe } from '../glyphs.ts';
import { percent } from '../health.ts';
import { cell, column, cut, type Line } from '../line.ts';
import type { Area } from '../screen.ts';
import { inOrder, marked, type Sort } from '../table.ts';
import { failing, type Graph } from './graph-model.ts';
import { type EdgeNumbers, numbersOf } from './graph-numbers.ts';
import { callOrders } from './graph-order.ts';

type Pairs = readonly (readonly [caller: string, callee: string])[];

export const callsIn = ({ callees }: Graph, pairs: Pairs): readonly CallHealth[] =>
  pairs.flatMap(([from, to]) => (callees.get(from) ?? []).filter(({ callee }) => callee === to));

/** Calls that no line is drawn for, the failing ones first. */
export function otherCalls(graph: Graph, listed: Pairs, width: number): readonly Line[] {
  const calls = callsIn(graph, listed);
  if (calls.length === 0) return [];
  const cells = [...calls]
    .sort((a, b) => failing(b) - failing(a))
    .map(({ caller, callee, incident }, at) => {
      const failed = (incident?.errors ?? 0) > 0;
      const share = incident && failed ? ` ✗ ${percent(incident.errors, incident.calls)}` : '';
      const text = `${at === 0 ? '' : ', '}${safe(caller, 30)} → ${safe(callee, 30)}${share}`;
      return cell(text, failed ? 'red' : 'dim');
    });
  return [cut([cell(' also ', 'dim'), ...cells], width)];
}

interface CallColumn {
  readonly title: string;
  readonly width: number;
  of(numbers: EdgeNumbers): string;
}

const columnsOfCalls: readonly CallColumn[] = [
  { title: 'calls/min', width: 10, of: ({ rate }) => rate },
  { title: 'Δcalls', width: 9, of: ({ rateChange }) => rateChange },
  { title: 'failed', width: 8, of: ({ failed }) => failed },
  { title: 'Δfailed', width: 10, of: ({ failedChange }) => failedChange },
  { title: 'p95', width: 10, of: ({ p95 }) => p95 },
  { title: 'Δp95', width: 10, of: ({ p95Change }) => p95Change },
];

/** With fewer lines than an empty one, the titles and a call there is nothing to say. */
const leastRows = 3;
const mostName = 70;

/** Calls to the service and by it, worst first on either side where they are not sorted; the last line counts what is left out. */
export function callsAround(
  graph: Graph,
  service: string | undefined,
  { columns, rows }: Area,
  sort: Sort,
): readonly Line[] {
  if (service === undefined || rows < leastRows) return [];
  const calls = new Set([
    ...(graph.callers.get(service) ?? []),
    ...(graph.callees.get(service) ?? []),
  ]);
  if (calls.size === 0) return [];
  const taken = columnsOfCalls.reduce((sum, { width }) => sum + width, 0);
  const name = Math.max(20, Math.min(mostName, columns - 1 - taken));
  const titles: Line = [
    column(` calls of ${safe(service, 40)}`, name, { style: ['dim'] }),
    ...columnsOfCalls.map(({ title, width }) =>
      column(marked(title, sort), width, { align: 'right', style: ['dim'] }),
    ),
  ];
  const room = rows - 2;
  const shown = inOrder([...calls], callOrders, sort).slice(0, calls.size > room ? room - 1 : room);
  const left = calls.size - shown.length;
  return [
    [],
    titles,
    ...shown.map((call): Line => {
      const numbers = numbersOf([call], graph);
      return [
        column(` ${callText(call)}`, name, { style: failing(call) > 0 ? ['red'] : [] }),
        ...columnsOfCalls.map(({ width, of }) => column(of(numbers), width, { align: 'right' })),
      ];
    }),
    ...(left > 0 ? [[cell(` +${left} more`, 'dim')]] : []),
  ].map((one) => cut(one, columns));
}

const callText = ({ caller, callee, via, incident }: CallHealth): string =>
  [
    (incident?.errors ?? 0) > 0 ? '✗ ' : '  ',
    `${safe(caller, 30)} → ${safe(callee, 30)}`,
    via === 'call' ? '' : ` by ${via}`,
  ].join('');
