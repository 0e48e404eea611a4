/** Who calls whom, around one service: before and after, and the way the failure took. */
import type { Overview } from '../../model.ts';
import { plural } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { filterValue } from '../held.ts';
import { atTop, type Motion, moved, nextWhere, placed } from '../list.ts';
import { passing } from '../passing.ts';
import type { Area, Screen, Step } from '../screen.ts';
import { isSortAction, quietSort, resorted, type SortAction, sayUnsorted } from '../table.ts';
import { tracesOf } from './graph-edge.ts';
import { graphSql, heldIn, rowsOf } from './graph-held.ts';
import { callAt, type Matrix, matrixOf } from './graph-matrix.ts';
import { movedCell, nextFailing, sameCell, worstCell } from './graph-matrix-cursor.ts';
import { type GraphRow, graphOf, seenIn, treeRows } from './graph-model.ts';
import { servicesInOrder, siblingsInOrder } from './graph-order.ts';
import {
  cursorIn,
  type GraphState,
  listRows,
  matrixIn,
  modeAfter,
  reachable,
  sortColumns,
  sortSaid,
  View,
} from './graph-view.ts';
import { filteredService } from './service-facts.ts';

type Action =
  | 'open'
  | 'left'
  | 'right'
  | 'focus'
  | 'whole'
  | 'traces'
  | 'explain'
  | 'logs'
  | 'causes'
  | 'mode'
  | 'path'
  | 'invert'
  | 'deeper'
  | 'shallower'
  | 'next-error'
  | 'previous-error'
  | SortAction;

export const graph: Screen<GraphState, Overview, Action> = {
  title: 'Graph',
  listSql: graphSql,
  keeps: ['focus', 'depth', 'pathOnly', 'inverted', 'mode', 'sort', 'list'],
  bindings: [
    { keys: ['enter'], action: 'open', help: 'focus, or show more' },
    { keys: ['l', 'right'], action: 'right', help: 'along the calls', quiet: true },
    { keys: ['h', 'left'], action: 'left', help: 'back along the calls', quiet: true },
    { keys: ['t'], action: 'traces', help: 'traces' },
    { keys: ['x'], action: 'explain', help: 'explain', quiet: true },
    { keys: ['o'], action: 'logs', help: 'logs', quiet: true },
    { keys: ['w'], action: 'causes', help: 'why' },
    { keys: ['f'], action: 'focus', help: 'focus', quiet: true },
    { keys: ['F'], action: 'whole', help: 'around the first cause again', quiet: true },
    { keys: ['v'], action: 'mode', help: 'view' },
    { keys: ['p'], action: 'path', help: 'path only' },
    { keys: ['i'], action: 'invert', help: 'callers' },
    { keys: [']'], action: 'deeper', help: 'further' },
    { keys: ['['], action: 'shallower', help: 'nearer', quiet: true },
    { keys: ['e'], action: 'next-error', help: 'next failing', quiet: true },
    { keys: ['E'], action: 'previous-error', help: 'previous failing', quiet: true },
    ...quietSort,
  ],
  init(overview) {
    const [first] = overview.diagnosis.causes;
    const [worst] = overview.services;
    const whole = graphOf(overview);
    const begun = listed({
      overview,
      graph: whole,
      focus: first?.service ?? worst?.service ?? null,
      depth: 1,
      opened: new Set(),
      pathOnly: false,
      inverted: false,
      mode: null,
      cell: worstCell(matrixOf(whole, new Set(whole.services.keys()))),
      filter: '',
      problem: null,
      sort: null,
      rows: [],
      list: atTop,
    });
    return onService(begun, begun.focus);
  },
  crumb: ({ graph, focus, depth, inverted, pathOnly }) =>
    graph.services.size === 0
      ? ''
      : [
          focus === null ? '' : `▸ ${safe(focus, 40)}`,
          pathOnly ? 'path' : plural(depth, 'hop'),
          ...(inverted ? ['callers'] : []),
        ].join(' '),
  aimed: (state, place) =>
    place.screen === 'graph' && place.service !== undefined
      ? focused(state, meant(state, place.service))
      : state,
  filtered: (state, text) => listed({ ...state, filter: text, list: atTop }),
  held: heldIn,
  problem: ({ problem }) => problem,
  rows: rowsOf,
  update,
  View,
};

function listed(state: GraphState): GraphState {
  const { graph, filter, inverted, sort } = state;
  const rows = treeRows(graph, seenIn(graph, state), inverted, (siblings) =>
    siblingsInOrder(graph, siblings, sort),
  );
  if (filter === '') return { ...state, rows, problem: null };
  // A filter looks everywhere, and what it finds stands alone.
  const all = [...graph.services.values()];
  const { rows: passed, problem } = passing(all, filter, filteredService);
  const found = passed.map(({ service }) => service);
  return {
    ...state,
    problem,
    rows: servicesInOrder(graph, found, sort).map(rowOf),
  };
}

function onService(state: GraphState, service: string | null): GraphState {
  const at = state.rows.findIndex((row) => row.kind === 'service' && row.service === service);
  return { ...state, list: { at: Math.max(0, at), top: 0 } };
}

/** The service of that name, or the first whose name begins so or has it within; else the one in the middle. */
function meant({ graph, focus }: GraphState, name: string): string {
  if (graph.services.has(name)) return name;
  const names = [...graph.services.keys()];
  const begins = names.find((one) => one.startsWith(name));
  return begins ?? names.find((one) => one.includes(name)) ?? focus ?? name;
}

const focused = (state: GraphState, service: string): GraphState =>
  onService(
    listed({ ...state, focus: service, opened: new Set(), pathOnly: false, filter: '' }),
    service,
  );

/** Shown again after a change; the cursor stays on its service. */
function changed(state: GraphState, change: Partial<GraphState>): GraphState {
  const service = state.rows[state.list.at]?.service ?? null;
  return onService(listed({ ...state, ...change }), service);
}

/** Further away than this everything is everywhere. */
const mostHops = 6;

function update(state: GraphState, action: Action | Motion, area: Area): Step<GraphState> {
  if (isSortAction(action)) return sorted(state, action, area);
  const matrix = matrixIn(state);
  return (matrix && inMatrix(state, matrix, action, area)) ?? inRows(state, action, area);
}

/** In another order, with the cursor on the same service or call. */
function sorted(state: GraphState, action: SortAction, area: Area): Step<GraphState> {
  const columns = sortColumns(state, area);
  if (columns === null) return { state, say: 'no list is drawn here: v shows the tree' };
  const sort = resorted(state.sort, action, columns);
  const next = changed(state, { sort });
  const [before, after] = [matrixIn(state), matrixIn(next)];
  const cell = before && after ? sameCell(before, after, state.cell) : state.cell;
  return {
    state: { ...next, cell },
    say: sortSaid(state, sort, area),
    ...sayUnsorted(sort, action),
  };
}

/** What a key means to the cell under the cursor; null: the same as to a row. */
function inMatrix(
  state: GraphState,
  matrix: Matrix,
  action: Exclude<Action, SortAction> | Motion,
  area: Area,
): Step<GraphState> | null {
  const { cell } = state;
  const call = callAt(matrix, cell);
  switch (action) {
    case 'traces': {
      const go = call ? tracesOf(call) : null;
      return go ? { state, go } : { state, say: 'no trace is known with this call' };
    }
    case 'open':
    case 'focus':
    case 'explain':
    case 'logs':
    case 'causes': {
      const service = call?.callee ?? matrix.rows[cell.row];
      const row = service === undefined ? null : rowOf(service);
      return row && atRow({ ...state, mode: null }, row, action);
    }
    case 'next-error':
    case 'previous-error': {
      const next = nextFailing(matrix, cell, action === 'next-error' ? 1 : -1);
      return next ? { state: { ...state, cell: next } } : { state, say: noneFails };
    }
    case 'whole':
    case 'mode':
    case 'path':
    case 'invert':
    case 'deeper':
    case 'shallower':
      return null;
    default:
      return { state: { ...state, cell: movedCell(matrix, cell, action, listRows(state, area)) } };
  }
}

const noneFails = 'nothing further that fails in this direction';

const rowOf = (service: string): GraphRow => ({
  ...{ kind: 'service', service, call: null, lead: '', again: false, cycle: false },
});

function inRows(
  state: GraphState,
  action: Exclude<Action, SortAction> | Motion,
  area: Area,
): Step<GraphState> {
  const { rows, list } = state;
  switch (action) {
    case 'left':
    case 'right':
      return alongCalls(state, action, area);
    case 'open':
    case 'focus':
    case 'traces':
    case 'explain':
    case 'logs':
    case 'causes': {
      const row = rows[list.at];
      return row ? atRow(state, row, action) : { state };
    }
    case 'whole':
      return { state: graph.init(state.overview, area) };
    case 'mode':
      return { state: { ...state, mode: modeAfter(state, area) } };
    case 'path':
      return state.graph.spread.length === 0
        ? { state, say: 'no path: the failure did not spread' }
        : { state: changed(state, { pathOnly: !state.pathOnly }) };
    case 'invert':
      return { state: changed(state, { inverted: !state.inverted }) };
    case 'deeper':
      return further(state);
    case 'shallower':
      return { state: changed(state, { depth: Math.max(0, state.depth - 1) }) };
    case 'next-error':
      return jumped(state, 1, area);
    case 'previous-error':
      return jumped(state, -1, area);
    default: {
      const places = reachable(state, area);
      const on = { at: Math.max(0, places.indexOf(cursorIn(state, area))), top: list.top };
      const to = moved(on, action, places.length, listRows(state, area));
      return { state: { ...state, list: { at: places[to.at] ?? 0, top: to.top } } };
    }
  }
}

function further(state: GraphState): Step<GraphState> {
  if (state.depth >= mostHops) return { state, say: `${mostHops} hops are the furthest` };
  if (state.filter !== '') return { state, say: 'a filter looks everywhere already' };
  if (state.mode === 'matrix') return { state, say: 'the matrix has every service already' };
  if (state.pathOnly) return { state, say: 'only the path is shown; p: all around it' };
  const more = changed(state, { depth: state.depth + 1 });
  // A service may take the row that counted it as left out: rows tell nothing.
  const seen = ({ graph: whole, ...ego }: GraphState) => seenIn(whole, ego).size;
  if (seen(more) > seen(state)) return { state: more };
  return { state, say: 'nothing further: all that is connected is shown' };
}

/** To the caller by which the row is reached, or to the first service that it calls. */
function alongCalls(state: GraphState, way: 'left' | 'right', area: Area): Step<GraphState> {
  const { rows, list, inverted, graph } = state;
  const row = rows[list.at];
  if (row?.kind !== 'service') return way === 'right' ? inRows(state, 'open', area) : { state };
  const seen = new Set(rows.map(({ service }) => service));
  const [up, down] = inverted ? (['callee', 'caller'] as const) : (['caller', 'callee'] as const);
  const below = (inverted ? graph.callers : graph.callees).get(row.service) ?? [];
  const to = way === 'left' ? row.call?.[up] : below.find((call) => seen.has(call[down]))?.[down];
  return { state: to === undefined ? state : onService(state, to) };
}

function atRow(
  state: GraphState,
  row: GraphRow,
  action: 'open' | 'focus' | 'traces' | 'explain' | 'logs' | 'causes',
): Step<GraphState> {
  const { service } = row;
  switch (action) {
    case 'traces':
      return {
        state,
        go: { screen: 'traces', filter: `service=${filterValue(heard(state, row))}` },
      };
    case 'explain':
      return { state, go: { screen: 'explain', service: heard(state, row) } };
    case 'logs':
      return { state, go: { screen: 'logs', filter: service } };
    case 'causes':
      return { state, go: { screen: 'causes', service } };
    default:
      return row.kind === 'more' && action === 'open'
        ? { state: changed(state, { opened: new Set([...state.opened, service]) }) }
        : { state: focused(state, service) };
  }
}

function jumped(state: GraphState, step: 1 | -1, area: Area): Step<GraphState> {
  const { rows, list } = state;
  const at = nextWhere(list.at, rows.length, step, (index) => fails(state, rows[index]));
  return at === list.at
    ? { state, say: noneFails }
    : { state: { ...state, list: placed(list, at, rows.length, listRows(state, area)) } };
}

/** The service, or who called it if it sent no span. */
function heard({ graph }: GraphState, row: GraphRow): string {
  const { service } = row;
  const call = row.kind === 'service' ? row.call : null;
  const caller = call?.caller ?? graph.callers.get(service)?.[0]?.caller;
  return graph.services.get(service)?.observed === false ? (caller ?? service) : service;
}

const fails = ({ graph }: GraphState, row: GraphRow | undefined): boolean => {
  if (row?.kind !== 'service') return false;
  const itself = graph.services.get(row.service)?.incident?.errors ?? 0;
  return itself > 0 || (row.call?.incident?.errors ?? 0) > 0;
};
