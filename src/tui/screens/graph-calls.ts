/** Calls as lines below the layers: those that no line is drawn for, and those of one service. */
import type { CallHealth } from '../../model.ts';
import { safe } from '../glyphs.ts';
import { duration, growth, percent } from '../health.ts';
import { cell, column, cut, type Line } from '../line.ts';
import type { Area } from '../screen.ts';
import { inOrder, marked, type Sort } from '../table.ts';
import { ratesText } from './graph-edge.ts';
import { failing, type Graph } from './graph-model.ts';
import { callOrders } from './graph-order.ts';

/** Calls that no line is drawn for, the failing ones first. */
export function otherCalls(
  graph: Graph,
  listed: readonly (readonly [caller: string, callee: string])[],
  width: number,
): readonly Line[] {
  const calls = listed.flatMap(([from, to]) =>
    (graph.callees.get(from) ?? []).filter(({ callee }) => callee === to),
  );
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
  of(call: CallHealth, graph: Graph): string;
}

const columnsOfCalls: readonly CallColumn[] = [
  {
    title: 'failed',
    width: 8,
    of: ({ incident }) => (incident ? percent(incident.errors, incident.calls) : '–'),
  },
  { title: 'p95', width: 10, of: ({ incident }) => duration(incident?.p95) },
  {
    title: 'Δp95',
    width: 8,
    of: ({ baseline, incident }) => growth(baseline?.p95, incident?.p95),
  },
  { title: 'calls/min (before)', width: 20, of: (call, { minutes }) => ratesText(call, minutes) },
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
    ...shown.map(
      (call): Line => [
        column(` ${callText(call)}`, name, { style: failing(call) > 0 ? ['red'] : [] }),
        ...columnsOfCalls.map(({ width, of }) =>
          column(of(call, graph), width, { align: 'right' }),
        ),
      ],
    ),
    ...(left > 0 ? [[cell(` +${left} more`, 'dim')]] : []),
  ].map((one) => cut(one, columns));
}

const callText = ({ caller, callee, via, incident }: CallHealth): string =>
  [
    (incident?.errors ?? 0) > 0 ? '✗ ' : '  ',
    `${safe(caller, 30)} → ${safe(callee, 30)}`,
    via === 'call' ? '' : ` by ${via}`,
  ].join('');
