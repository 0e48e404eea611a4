/** What happened, in one look: the verdict in words, the time around it, and who suffered most. */
import { once } from '../../grouping.ts';
import type { Health, Overview, Preview, ServiceHealth } from '../../model.ts';
import { safe } from '../glyphs.ts';
import { count, duration, growth, percent } from '../health.ts';
import { filterValue, sqlText } from '../held.ts';
import { cell, column, emptyLine, type Line, line, reversed } from '../line.ts';
import {
  atTop,
  type Cursor,
  firstSeen,
  type Motion,
  moved,
  nextWhere,
  placed,
  rowsIn,
} from '../list.ts';
import type { Area, Screen, Step } from '../screen.ts';
import {
  byText,
  inOrder,
  isSortAction,
  quietSort,
  resorted,
  type Sort,
  type SortAction,
  type TableColumn,
} from '../table.ts';
import { previewLines, timelineLines } from './timeline.ts';
import { verdictLines } from './verdict.ts';

export interface IncidentState {
  readonly overview: Overview;
  /** Services that pass the filter, worst first. */
  readonly services: readonly ServiceHealth[];
  readonly filter: string;
  readonly sort: Sort;
  readonly list: Cursor;
}

type Action = 'open' | 'traces' | 'logs' | 'graph' | 'next-error' | 'previous-error' | SortAction;

export const incident: Screen<IncidentState, Overview, Action> = {
  title: 'Incident',
  listSql: () =>
    'SELECT service, layer, spans, errors, instances, observed FROM services ORDER BY errors DESC, service',
  keeps: ['sort', 'list'],
  bindings: [
    { keys: ['enter', 'l', 'right'], action: 'open', help: 'causes' },
    { keys: ['t'], action: 'traces', help: 'traces' },
    { keys: ['o'], action: 'logs', help: 'logs' },
    { keys: ['w'], action: 'graph', help: 'graph' },
    { keys: ['e'], action: 'next-error', help: 'next failing' },
    { keys: ['E'], action: 'previous-error', help: 'previous failing', quiet: true },
    ...quietSort,
  ],
  init: (overview) => ({
    overview,
    services: overview.services,
    filter: '',
    sort: null,
    list: atTop,
  }),
  filtered: (state, text) => arranged({ ...state, filter: text.toLowerCase(), list: atTop }),
  held({ services, list }) {
    const one = services[list.at];
    if (!one) return null;
    const { service, observed, baseline, incident, rank } = one;
    return {
      what: `service ${safe(service, 60)}`,
      target: `service:${service}`,
      id: service,
      facts: {
        service,
        observed,
        spans: incident?.spans ?? 0,
        errors: incident?.errors ?? 0,
        p99Ms: inMs(incident?.p99),
        errorsBefore: baseline?.errors ?? 0,
        spansBefore: baseline?.spans ?? 0,
        p99MsBefore: inMs(baseline?.p99),
        cause: rank,
      },
      sql: `SELECT * FROM operations WHERE service = ${sqlText(service)} ORDER BY errors DESC`,
      command: ['traces', `service=${filterValue(service)}`],
    };
  },
  rows: (state) => rowsIn(state, state.services.length),
  update,
  waiting,
  View,
};

function arranged(state: IncidentState): IncidentState {
  const { overview, filter, sort } = state;
  const passing = overview.services.filter(({ service }) => service.toLowerCase().includes(filter));
  return { ...state, services: inOrder(passing, sortable, sort) };
}

const inMs = (ns: number | null | undefined): number | null =>
  (ns ?? null) === null ? null : Number(ns) / 1e6;

function update(state: IncidentState, action: Action | Motion, area: Area): Step<IncidentState> {
  const { services, list } = state;
  const rows = layoutOf(state, area).listRows;
  const at = (item: number): Step<IncidentState> => ({
    state: { ...state, list: placed(list, item, services.length, rows) },
  });
  if (isSortAction(action)) {
    const sort = resorted(state.sort, action, sortable);
    const next = arranged({ ...state, sort, list: atTop });
    return { state: next, say: `sorted by ${sort?.title ?? 'how bad it is'}` };
  }
  const fails = (index: number): boolean => (services[index]?.incident?.errors ?? 0) > 0;
  switch (action) {
    case 'open': {
      const service = services[list.at]?.service;
      return { state, go: { screen: 'causes', ...(service === undefined ? {} : { service }) } };
    }
    case 'traces':
      return { state, go: { screen: 'traces' } };
    case 'logs':
    case 'graph': {
      const service = services[list.at]?.service;
      if (service === undefined) return { state };
      return action === 'graph'
        ? { state, go: { screen: 'graph', service } }
        : { state, go: { screen: 'logs', filter: service } };
    }
    case 'next-error':
      return at(nextWhere(list.at, services.length, 1, fails));
    case 'previous-error':
      return at(nextWhere(list.at, services.length, -1, fails));
    default:
      return { state: { ...state, list: moved(list, action, services.length, rows) } };
  }
}

/** Services that must stay in sight, whatever else there is to say. */
const fewestServices = 3;

interface Layout {
  readonly above: readonly Line[];
  readonly listRows: number;
}

/** What stays the same while the cursor moves is made once for each size. */
function layoutOf({ overview }: IncidentState, area: Area): Layout {
  const known = layouts(overview);
  const size = `${area.columns}x${area.rows}`;
  const layout = known.get(size) ?? laidOut(overview, area);
  known.set(size, layout);
  return layout;
}

const layouts = once((_: Overview) => new Map<string, Layout>());

/** The verdict, then as much of the time line as leaves room for some services. */
function laidOut(overview: Overview, { columns, rows }: Area): Layout {
  const verdict = verdictLines(overview, columns, rows < 14 ? 3 : 5);
  const room = rows - verdict.length - 1 - fewestServices;
  const gap = room > 10 ? 1 : 0;
  const timeline = timelineLines(overview, columns, room - 2 * gap);
  const above = [
    ...verdict,
    ...(gap ? [emptyLine] : []),
    ...timeline,
    ...(gap && timeline.length > 0 ? [emptyLine] : []),
  ];
  return { above, listRows: Math.max(1, rows - above.length - 1) };
}

/** Traffic and services of the whole case, while it is being compared. */
function waiting(preview: Preview, { columns, rows }: Area): readonly Line[] {
  const { services } = preview;
  return [
    line(' looking for the cause …', 'bold'),
    emptyLine,
    ...previewLines(preview, columns, Math.max(2, rows - fewestServices - 4)),
    emptyLine,
    [cell(' '), ...headCells('Services, most errors first', services.length, columns - 1)],
    ...services.map((health) => [cell(' '), ...serviceCells(health, columns - 1)]),
  ].slice(0, rows);
}

function View(state: IncidentState, area: Area): readonly Line[] {
  const { above, listRows } = layoutOf(state, area);
  const { services, list } = state;
  const top = firstSeen(list, services.length, listRows);
  const shown = services.slice(top, top + listRows).map((health, index) => {
    const current = top + index === list.at;
    const cells = [cell(current ? '▸' : ' '), ...serviceCells(health, area.columns - 1)];
    return current ? reversed(cells, area.columns) : cells;
  });
  const title = headCells(titleOf(state.sort), services.length, area.columns - 1);
  const none = shown.length === 0 ? [line(' no service passes the filter', 'dim')] : [];
  return [...above, [cell(' '), ...title], ...shown, ...none].slice(0, area.rows);
}

const titleOf = (sort: Sort): string =>
  sort === null ? 'Services, worst first' : `Services, by ${sort.title}`;

interface ServiceColumn {
  readonly title: string;
  readonly width: number;
  readonly of: (health: ServiceHealth) => string;
  /** What it is sorted by. */
  readonly by: (health: ServiceHealth) => number;
}

const rateOf = (health: Health | null): number =>
  health && health.spans > 0 ? health.errors / health.spans : -1;

/** Least important last: columns that do not fit are left out from the end. */
const serviceColumns: readonly ServiceColumn[] = [
  {
    title: 'errors',
    width: 9,
    of: ({ incident }) => (incident ? percent(incident.errors, incident.spans) : '–'),
    by: ({ incident }) => rateOf(incident),
  },
  {
    title: 'p99',
    width: 10,
    of: ({ incident }) => duration(incident?.p99),
    by: ({ incident }) => incident?.p99 ?? -1,
  },
  {
    title: 'Δp99',
    width: 8,
    of: ({ baseline, incident }) => growth(baseline?.p99, incident?.p99),
    by: ({ baseline, incident }) =>
      baseline?.p99 && incident?.p99 ? incident.p99 / baseline.p99 : -1,
  },
  {
    title: 'cause',
    width: 7,
    of: ({ rank }) => (rank === null ? '' : `#${rank}`),
    by: ({ rank }) => -(rank ?? Number.POSITIVE_INFINITY),
  },
  {
    title: 'spans',
    width: 10,
    of: ({ incident }) => count(incident?.spans ?? 0),
    by: ({ incident }) => incident?.spans ?? 0,
  },
  {
    title: 'before',
    width: 10,
    of: ({ baseline }) => (baseline ? percent(baseline.errors, baseline.spans) : '–'),
    by: ({ baseline }) => rateOf(baseline),
  },
];

/** The columns as a list that can be sorted by them, the greatest first; and by name. */
const sortable: readonly TableColumn<ServiceHealth>[] = [
  ...serviceColumns.map(
    ({ title, width, of, by }): TableColumn<ServiceHealth> => ({
      ...{ title, width, text: of, greatest: true },
      order: (a, b) => (by(a) === by(b) ? 0 : by(a) - by(b)),
    }),
  ),
  {
    title: 'name',
    width: 0,
    text: ({ service }) => service,
    order: (a, b) => byText(a.service, b.service),
  },
];

/** Room for a name that tells services apart. */
const leastName = 32;
const mostName = 48;

function fitting(columns: number): {
  readonly name: number;
  readonly rest: readonly ServiceColumn[];
} {
  let left = columns - leastName;
  const rest = serviceColumns.filter(({ width }) => {
    left -= width;
    return left >= 0;
  });
  const used = rest.reduce((sum, { width }) => sum + width, 0);
  return { name: Math.min(mostName, columns - used), rest };
}

function headCells(title: string, count: number, columns: number): Line {
  const { name, rest } = fitting(columns);
  return [
    column(`${title} (${count})`, name, { style: ['bold'] }),
    ...rest.map(({ title, width }) => column(title, width, { align: 'right', style: ['dim'] })),
  ];
}

function serviceCells(health: ServiceHealth, columns: number): Line {
  const { name, rest } = fitting(columns);
  const failed = (health.incident?.errors ?? 0) > 0;
  const mark = failed ? '✗' : ' ';
  const silent = health.observed ? '' : ' (sent no span)';
  return [
    cell(`${mark} `, 'red'),
    column(`${safe(health.service, 60)}${silent}`, name - 2),
    ...rest.map(({ width, of }) => column(of(health), width, { align: 'right' })),
  ];
}
