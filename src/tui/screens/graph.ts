/** Who calls whom, around one service: before and after, and the way the failure took. */
import type { Overview } from '../../model.ts';
import { plural } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { filterValue, sqlText } from '../held.ts';
import { type Line, line, padded } from '../line.ts';
import { atTop, type Cursor, type Motion, moved, nextWhere, placed, rowsIn } from '../list.ts';
import type { Area, Screen, Step } from '../screen.ts';
import { type Layers, layerLines, layersOf } from './graph-layers.ts';
import { boxedService, graphRowView, nodeLines, otherCalls, pathLine } from './graph-lines.ts';
import { type Graph, type GraphRow, graphOf, mostDrawn, seenIn, treeRows } from './graph-model.ts';

export interface GraphState {
  readonly overview: Overview;
  readonly graph: Graph;
  readonly focus: string | null;
  readonly depth: number;
  readonly opened: ReadonlySet<string>;
  readonly pathOnly: boolean;
  readonly inverted: boolean;
  /** Null: layers where they fit. */
  readonly mode: 'tree' | 'layers' | null;
  readonly filter: string;
  readonly rows: readonly GraphRow[];
  readonly list: Cursor;
}

type Action =
  | 'open'
  | 'focus'
  | 'whole'
  | 'traces'
  | 'logs'
  | 'causes'
  | 'mode'
  | 'path'
  | 'invert'
  | 'deeper'
  | 'shallower'
  | 'next-error'
  | 'previous-error';

export const graph: Screen<GraphState, Overview, Action> = {
  title: 'Graph',
  listSql: () =>
    'SELECT caller, callee, via, calls, errors, unanswered, p95_ms FROM edges ORDER BY errors DESC, caller, callee',
  keeps: ['focus', 'depth', 'pathOnly', 'inverted', 'mode', 'list'],
  bindings: [
    { keys: ['enter', 'l', 'right'], action: 'open', help: 'focus, or show more' },
    { keys: ['t'], action: 'traces', help: 'traces' },
    { keys: ['o'], action: 'logs', help: 'logs', quiet: true },
    { keys: ['w'], action: 'causes', help: 'why' },
    { keys: ['f'], action: 'focus', help: 'focus', quiet: true },
    { keys: ['F'], action: 'whole', help: 'around the first cause again', quiet: true },
    { keys: ['v'], action: 'mode', help: 'tree or layers' },
    { keys: ['p'], action: 'path', help: 'path only' },
    { keys: ['i'], action: 'invert', help: 'callers' },
    { keys: [']'], action: 'deeper', help: 'further' },
    { keys: ['['], action: 'shallower', help: 'nearer', quiet: true },
    { keys: ['e'], action: 'next-error', help: 'next failing', quiet: true },
    { keys: ['E'], action: 'previous-error', help: 'previous failing', quiet: true },
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
      filter: '',
      rows: [],
      list: atTop,
    });
    return onService(begun, begun.focus);
  },
  crumb: ({ focus, depth, inverted, pathOnly }) =>
    [
      focus === null ? '' : `▸ ${safe(focus, 40)}`,
      pathOnly ? 'path' : plural(depth, 'hop'),
      ...(inverted ? ['callers'] : []),
    ].join(' '),
  aimed: (state, place) =>
    place.screen === 'graph' && place.service !== undefined ? focused(state, place.service) : state,
  filtered: (state, text) => listed({ ...state, filter: text.toLowerCase(), list: atTop }),
  held({ rows, list, graph: { services } }) {
    const row = rows[list.at];
    if (!row) return null;
    const { service } = row;
    const health = services.get(service)?.incident;
    const name = sqlText(service);
    return {
      what: `service ${safe(service, 60)}`,
      target: `service:${service}`,
      id: service,
      facts: { service, spans: health?.spans ?? 0, errors: health?.errors ?? 0 },
      sql: `SELECT * FROM edges WHERE caller = ${name} OR callee = ${name} ORDER BY errors DESC`,
      command: ['traces', `service=${filterValue(service)}`],
    };
  },
  rows: (state) => rowsIn(state, state.rows.length),
  update,
  View,
};

function listed(state: GraphState): GraphState {
  const { graph, filter, inverted } = state;
  const rows = treeRows(graph, seenIn(graph, state), inverted);
  if (filter === '') return { ...state, rows };
  // A filter looks everywhere, and what it finds stands alone.
  const found = [...graph.services.keys()].filter((one) => one.toLowerCase().includes(filter));
  return {
    ...state,
    rows: found.map((service) => ({
      kind: 'service',
      service,
      call: null,
      lead: '',
      again: false,
      cycle: false,
    })),
  };
}

function onService(state: GraphState, service: string | null): GraphState {
  const at = state.rows.findIndex((row) => row.kind === 'service' && row.service === service);
  return { ...state, list: { at: Math.max(0, at), top: 0 } };
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
  const { rows, list } = state;
  switch (action) {
    case 'open':
    case 'focus':
    case 'traces':
    case 'logs':
    case 'causes': {
      const row = rows[list.at];
      return row ? atRow(state, row, action) : { state };
    }
    case 'whole':
      return { state: graph.init(state.overview, area) };
    case 'mode':
      return { state: { ...state, mode: layersIn(state, area) ? 'tree' : 'layers' } };
    case 'path':
      return state.graph.spread.length === 0
        ? { state, say: 'no path: the failure did not spread' }
        : { state: changed(state, { pathOnly: !state.pathOnly }) };
    case 'invert':
      return { state: changed(state, { inverted: !state.inverted }) };
    case 'deeper':
      return { state: changed(state, { depth: Math.min(mostHops, state.depth + 1) }) };
    case 'shallower':
      return { state: changed(state, { depth: Math.max(0, state.depth - 1) }) };
    case 'next-error':
      return jumped(state, 1, area);
    case 'previous-error':
      return jumped(state, -1, area);
    default:
      return { state: { ...state, list: moved(list, action, rows.length, listRows(state, area)) } };
  }
}

function atRow(
  state: GraphState,
  row: GraphRow,
  action: 'open' | 'focus' | 'traces' | 'logs' | 'causes',
): Step<GraphState> {
  const { service } = row;
  switch (action) {
    case 'traces':
      return {
        state,
        go: { screen: 'traces', filter: `service=${filterValue(heard(state, row))}` },
      };
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
    ? { state, say: 'nothing further that fails in this direction' }
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
  const errors = row.call
    ? row.call.incident?.errors
    : graph.services.get(row.service)?.incident?.errors;
  return (errors ?? 0) > 0;
};

/** The service under the cursor in words, and the path. */
const footRows = (state: GraphState, { rows }: Area): number =>
  rows < 14 ? 0 : (rows < 24 ? 3 : 6) + (state.graph.spread.length > 0 ? 2 : 1);

const listRows = (state: GraphState, area: Area): number =>
  Math.max(1, area.rows - 1 - footRows(state, area));

/** Most names fit into it; and a narrower one tells no names apart. */
const readableBox = 16;
const smallestBox = 12;

/** From this width on layers are the first choice. */
const layersFrom = 100;

function layersIn(state: GraphState, area: Area): Layers | null {
  const { graph, mode, filter, inverted } = state;
  if (mode === 'tree' || filter !== '' || inverted) return null;
  if (mode === null && area.columns < layersFrom) return null;
  const seen = seenIn(graph, state);
  if (seen.size > mostDrawn) return null;
  const room = { columns: area.columns, rows: listRows(state, area) };
  return layersOf(graph, seen, room, mode === null ? readableBox : smallestBox);
}

function View(state: GraphState, area: Area): readonly Line[] {
  const { rows, list, graph, overview } = state;
  if (graph.services.size === 0) return [line(' the case holds no service', 'dim')];
  const seen = listRows(state, area);
  const row = rows[list.at];
  const layers = layersIn(state, area);
  const body = layers
    ? [
        line(` ${layerTitle(layers, graph)}`, 'dim'),
        ...layerLines(
          layers,
          { columns: area.columns, rows: seen },
          graph.path,
          row?.service,
          (one) => boxedService(graph, one),
        ),
        ...otherCalls(graph, layers.listed, area.columns),
      ]
    : graphRowView(state, { columns: area.columns, rows: seen });
  const foot = footRows(state, area);
  if (foot === 0) return body.slice(0, area.rows);
  const path = pathLine(graph, overview, area.columns);
  const said = nodeLines(state, row, area.columns);
  return [...padded(body, seen + 1), ...padded([...path, ...said], foot)].slice(0, area.rows);
}

function layerTitle({ layers }: Layers, { services }: Graph): string {
  const shown = layers.flat().length;
  const all = plural(services.size, 'service');
  return `${shown === services.size ? all : `${shown} of ${all}`}, callers at the left`;
}
