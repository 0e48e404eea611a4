/** What happened, in one look: the verdict in words, the time around it, what changed, and who suffered most. */
import type { Overview, ServiceHealth } from '../../model.ts';
import { heard } from '../contrasts.ts';
import { safe } from '../glyphs.ts';
import { filterValue, type Held, sqlText } from '../held.ts';
import { atTop, type Motion, moved, nextWhere, placed, rowsIn } from '../list.ts';
import { servicesSql } from '../listed-sql.ts';
import { passing } from '../passing.ts';
import type { Area, Screen, Step } from '../screen.ts';
import {
  inOrder,
  isSortAction,
  quietSort,
  resorted,
  type SortAction,
  sayUnsorted,
} from '../table.ts';
import { decisionsIn, noDecisions } from './decisions.ts';
import { heldChange, nearestFirst, placeOfChange } from './incident-changes.ts';
import { sortable } from './incident-services.ts';
import { type IncidentState, layoutOf, View, waiting } from './incident-view.ts';
import { filteredService, inMs } from './service-facts.ts';

type Action =
  | 'open'
  | 'pane'
  | 'traces'
  | 'explain'
  | 'logs'
  | 'causes'
  | 'next-error'
  | 'previous-error'
  | SortAction;

export const incident: Screen<IncidentState, Overview, Action> = {
  title: 'Incident',
  listSql: ({ focus, services }) =>
    focus === 'services' ? servicesSql(services.map(({ service }) => service)) : null,
  keeps: ['sort', 'list', 'focus', 'changed'],
  bindings: [
    { keys: ['enter', 'l', 'right'], action: 'open', help: 'open' },
    { keys: ['tab', 'shift-tab'], action: 'pane', help: 'changes' },
    { keys: ['w'], action: 'causes', help: 'why' },
    { keys: ['t'], action: 'traces', help: 'traces' },
    { keys: ['x'], action: 'explain', help: 'explain' },
    { keys: ['o'], action: 'logs', help: 'logs' },
    { keys: ['e'], action: 'next-error', help: 'next failing', quiet: true },
    { keys: ['E'], action: 'previous-error', help: 'previous failing', quiet: true },
    ...quietSort,
  ],
  init: (overview) => ({
    overview,
    services: overview.services,
    changes: nearestFirst(overview),
    filter: '',
    sort: null,
    list: atTop,
    changed: atTop,
    focus: 'services',
    decided: noDecisions,
    problem: null,
  }),
  noted: (state, notes) => ({ ...state, decided: decisionsIn(notes) }),
  filtered: (state, text) => arranged({ ...state, filter: text, list: atTop, changed: atTop }),
  held(state) {
    const { services, list, changes, changed, focus } = state;
    const change = changes[changed.at];
    if (focus === 'changes') return change ? heldChange(change) : null;
    const one = services[list.at];
    return one ? heldService(one) : null;
  },
  problem: ({ problem }) => problem,
  rows: (state) =>
    state.focus === 'services'
      ? rowsIn(state, state.services.length)
      : { count: state.changes.length, at: (at) => ({ ...state, changed: { at, top: 0 } }) },
  update,
  waiting,
  View,
};

function heldService({ service, observed, baseline, incident, rank }: ServiceHealth): Held {
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
}

function arranged(state: IncidentState): IncidentState {
  const { overview, filter, sort } = state;
  const { rows, problem } = passing(overview.services, filter, filteredService);
  const changes = passing(nearestFirst(overview), filter, ({ service, model, from, to }) => ({
    text: `${service} ${to}`,
    facts: { service, model, from, to },
  }));
  return { ...state, problem, changes: changes.rows, services: inOrder(rows, sortable, sort) };
}

function update(state: IncidentState, action: Action | Motion, area: Area): Step<IncidentState> {
  if (action === 'pane') {
    return state.overview.changes.length === 0
      ? { state, say: 'no version changed while the case was recorded' }
      : { state: otherPane(state) };
  }
  if (isSortAction(action)) {
    const sort = resorted(state.sort, action, sortable);
    const next = arranged({ ...state, sort, list: atTop });
    return {
      state: { ...next, focus: 'services' },
      say: `sorted by ${sort?.title ?? 'how bad it is'}`,
      ...sayUnsorted(sort, action),
    };
  }
  return state.focus === 'services'
    ? inServices(state, action, area)
    : inChanges(state, action, area);
}

const otherPane = (state: IncidentState): IncidentState => ({
  ...state,
  focus: state.focus === 'services' ? 'changes' : 'services',
});

type ListAction = Exclude<Action, 'pane' | SortAction> | Motion;

function inServices(state: IncidentState, action: ListAction, area: Area): Step<IncidentState> {
  const { services, list } = state;
  const rows = layoutOf(state, area).listRows;
  const one = services[list.at];
  const at = (item: number): Step<IncidentState> => ({
    state: { ...state, list: placed(list, item, services.length, rows) },
  });
  const fails = (index: number): boolean => (services[index]?.incident?.errors ?? 0) > 0;
  switch (action) {
    case 'open':
    case 'traces':
    case 'explain':
    case 'logs':
    case 'causes':
      return one ? ofService(state, action, one.service) : { state };
    case 'next-error':
      return at(nextWhere(list.at, services.length, 1, fails));
    case 'previous-error':
      return at(nextWhere(list.at, services.length, -1, fails));
    default:
      return { state: { ...state, list: moved(list, action, services.length, rows) } };
  }
}

function ofService(
  state: IncidentState,
  action: 'open' | 'traces' | 'explain' | 'logs' | 'causes',
  service: string,
): Step<IncidentState> {
  switch (action) {
    case 'open':
      return { state, go: { screen: 'graph', service } };
    case 'causes':
      return { state, go: { screen: 'causes', service } };
    case 'traces': {
      const { services, calls } = state.overview;
      const filter = `service=${filterValue(heard(services, calls, service))}`;
      return { state, go: { screen: 'traces', filter } };
    }
    case 'explain':
      return { state, go: { screen: 'explain', service } };
    case 'logs':
      return { state, go: { screen: 'logs', filter: service } };
  }
}

function inChanges(state: IncidentState, action: ListAction, area: Area): Step<IncidentState> {
  const { changes, changed } = state;
  const one = changes[changed.at];
  switch (action) {
    case 'open':
    case 'traces':
      return one ? { state, go: placeOfChange(one) } : { state };
    case 'explain':
    case 'logs':
    case 'causes':
      return one ? ofService(state, action, one.service) : { state };
    case 'next-error':
    case 'previous-error':
      return { state, say: 'a change does not fail: Tab leads to the services' };
    default: {
      const rows = layoutOf(state, area).listRows;
      return { state: { ...state, changed: moved(changed, action, changes.length, rows) } };
    }
  }
}
