/** Metric series, what moved furthest first; or what drifted, by rank; and the one under the cursor over time. */
import type { Drift, MetricLines, SeriesLine } from '../../model.ts';
import { rowsThat } from '../../search/index.ts';
import { isoTime } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { count } from '../health.ts';
import { type Line, line, padded } from '../line.ts';
import { atTop, type Cursor, type Motion, moved, rowsIn } from '../list.ts';
import { seriesSql } from '../list-sql.ts';
import { passing } from '../passing.ts';
import { type Area, placeOf, type Screen, type Step } from '../screen.ts';
import {
  inOrder,
  isSortAction,
  resorted,
  type Sort,
  type SortAction,
  sayUnsorted,
  sortBindings,
  tableLines,
  tableRows,
} from '../table.ts';
import {
  type DriftItem,
  driftColumns,
  driftHead,
  driftItems,
  driftLines,
  filteredItem,
} from './metric-drift.ts';
import { heldItem, heldSeries } from './metric-held.ts';
import { attributesText, keyOfSeries, seriesColumns, seriesLines } from './metric-series.ts';

export interface MetricsState {
  readonly subject: MetricLines;
  readonly view: 'series' | 'drift';
  readonly shown: readonly SeriesLine[];
  readonly filter: string;
  /** Why the filter is none. */
  readonly wrong: string | null;
  /** The same of what drifted, of which other things are known. */
  readonly wrongOfDrift: string | null;
  readonly sort: Sort;
  /** True: level and range of the baseline are drawn in the plot. */
  readonly overlay: boolean;
  readonly list: Cursor;
  /** Null until it was asked for and found. */
  readonly drift: Drift | null;
  /** Why it was not found; empty: no reason known. */
  readonly problem: string;
  readonly items: readonly DriftItem[];
  readonly driftSort: Sort;
  readonly driftList: Cursor;
  /** True: the signal under the cursor has the screen for itself. */
  readonly alone: boolean;
}

type Action = 'open' | 'overlay' | 'view' | 'close' | SortAction;

export const metrics: Screen<MetricsState, MetricLines, Action> = {
  title: 'Metrics',
  listSql: (state) => (state.view === 'series' ? seriesSql(state) : null),
  keeps: ['sort', 'overlay', 'list', 'view', 'driftSort', 'driftList'],
  bindings: [
    { keys: ['enter', 'l', 'right'], action: 'open', help: 'open' },
    { keys: ['v'], action: 'view', help: 'series or drift' },
    { keys: ['B'], action: 'overlay', help: 'baseline' },
    ...sortBindings,
  ],
  offers(state, action) {
    if (!isAlone(state)) return true;
    return action === 'open' ? 'example' : !isSortAction(action);
  },
  closable: (state) => isAlone(state),
  init: (subject) =>
    arranged({
      subject,
      view: 'series',
      shown: [],
      filter: '',
      wrong: null,
      wrongOfDrift: null,
      sort: null,
      overlay: true,
      list: atTop,
      drift: null,
      problem: '',
      items: [],
      driftSort: null,
      driftList: atTop,
      alone: false,
    }),
  filtered: (state, filter) =>
    arranged({ ...state, filter: filter.toLowerCase(), list: atTop, driftList: atTop }),
  wants: ({ view }) => (view === 'drift' ? { ask: 'drift' } : null),
  answered: (state, _question, reply) =>
    'answer' in reply
      ? arranged({ ...state, drift: reply.answer as Drift, problem: '' })
      : { ...state, problem: reply.problem },
  held: ({ view, shown, list, items, driftList }) => {
    const item = items[driftList.at];
    const one = shown[list.at];
    if (view === 'drift') return item ? heldItem(item) : null;
    return one ? heldSeries(one) : null;
  },
  problem: ({ view, wrong, wrongOfDrift, problem }) =>
    view === 'series' ? wrong : (wrongOfDrift ?? (problem || null)),
  rows: (state) =>
    state.view === 'series'
      ? rowsIn(state, state.shown.length)
      : {
          count: state.items.length,
          at: (at) => ({ ...state, driftList: { at, top: 0 } }),
        },
  update,
  View,
};

const isAlone = ({ view, alone, items, driftList }: MetricsState): boolean =>
  view === 'drift' && alone && items[driftList.at]?.kind === 'signal';

function arranged(state: MetricsState): MetricsState {
  const { subject, filter, sort, drift, driftSort } = state;
  const found = rowsThat(subject.series, filter, filteredRow);
  // While the filter is none, what was listed last stays.
  const wrong = 'problem' in found ? found.problem : null;
  const before = state.shown.length > 0 ? state.shown : subject.series;
  const series = 'problem' in found ? before : found.rows;
  const drifted = passing(drift ? driftItems(drift) : [], filter, filteredItem);
  return {
    ...state,
    wrong,
    wrongOfDrift: drifted.problem,
    shown: inOrder(series, seriesColumns, sort),
    items: inOrder(drifted.rows, driftColumns, driftSort),
  };
}

/** What a filter can look for and compare. */
const filteredRow = (one: SeriesLine) => ({
  text: textOf(one),
  facts: {
    metric: one.metric,
    service: one.service,
    instance: one.instance,
    layer: one.layer,
    unit: one.unit,
    before: one.sides.baseline?.median ?? null,
    incident: one.sides.incident?.median ?? null,
    moved: one.distance,
  },
});

const textOf = (one: SeriesLine): string =>
  `${one.metric} ${one.service} ${one.instance ?? ''} ${one.layer ?? ''} ${attributesText(one)}`.toLowerCase();

function update(state: MetricsState, action: Action | Motion, area: Area): Step<MetricsState> {
  const { view, overlay } = state;
  if (action === 'close') return { state: { ...state, alone: false } };
  if (action === 'overlay') return { state: { ...state, overlay: !overlay } };
  if (action === 'view') {
    return { state: { ...state, view: view === 'series' ? 'drift' : 'series' } };
  }
  return view === 'series' ? inSeries(state, action, area) : inDrift(state, action, area);
}

function inSeries(
  state: MetricsState,
  action: 'open' | SortAction | Motion,
  area: Area,
): Step<MetricsState> {
  const { shown, list, subject } = state;
  if (isSortAction(action)) {
    const sort = resorted(state.sort, action, seriesColumns);
    return {
      state: { ...arranged({ ...state, sort }), list: atTop },
      ...sayUnsorted(sort, action),
    };
  }
  if (action !== 'open') {
    return { state: { ...state, list: moved(list, action, shown.length, listRows(area)) } };
  }
  const one = shown[list.at];
  const at = one?.points.find((point) => point.at >= subject.incident.from) ?? one?.points.at(-1);
  if (!one || !at) return { state };
  const { metric, service } = one;
  const series = keyOfSeries(one);
  return { state, go: { screen: 'point', metric, service, at: isoAt(subject, at.at), series } };
}

const isoAt = ({ epochNs }: MetricLines, at: number): string =>
  isoTime(BigInt(epochNs) + BigInt(Math.round(at)));

function inDrift(
  state: MetricsState,
  action: 'open' | SortAction | Motion,
  area: Area,
): Step<MetricsState> {
  const { items, driftList: list } = state;
  if (isSortAction(action)) {
    const driftSort = resorted(state.driftSort, action, driftColumns);
    return {
      state: { ...arranged({ ...state, driftSort }), driftList: atTop },
      ...sayUnsorted(driftSort, action),
    };
  }
  if (action !== 'open') {
    return { state: { ...state, driftList: moved(list, action, items.length, listRows(area)) } };
  }
  const item = items[list.at];
  if (!item) return { state };
  // Beside the list there is no room for all that is known of it.
  if (item.kind === 'signal' && !state.alone) return { state: { ...state, alone: true } };
  const reference = item.kind === 'signal' ? item.signal.examples.incident : item.change.reference;
  if (reference === null) return { state, say: 'no record of the incident shows it alone' };
  return { state, go: placeOf(reference) };
}

/** The plot gets half of the screen, with its heading. */
const plotRows = ({ rows }: Area): number => (rows < 12 ? 0 : Math.floor(rows / 2));
const tableArea = (area: Area): Area => ({ ...area, rows: area.rows - 1 - plotRows(area) });
const listRows = (area: Area): number => tableRows(tableArea(area));

function View(state: MetricsState, area: Area): readonly Line[] {
  const rows = plotRows(area);
  const below = { columns: area.columns, rows };
  const [lines, detail] =
    state.view === 'series' ? seriesView(state, area, below) : driftView(state, area, below);
  if (rows === 0 || detail === null) return lines;
  return [...padded(lines, area.rows - rows), ...detail];
}

type Parts = readonly [list: readonly Line[], detail: readonly Line[] | null];

function seriesView(state: MetricsState, area: Area, below: Area): Parts {
  const { subject, shown, list, sort } = state;
  const none = subject.series.length === 0 ? 'the case holds no metric' : 'no series passes';
  const table = { rows: shown, columns: seriesColumns, list, sort, none };
  const one = shown[list.at];
  return [
    [headLine(state), ...tableLines(table, tableArea(area))],
    one ? seriesLines(state, one, below) : null,
  ];
}

function driftView(state: MetricsState, area: Area, below: Area): Parts {
  const { drift, items, driftList: list, driftSort: sort, problem, overlay } = state;
  const wrong = state.wrongOfDrift;
  if (!drift) return [[line(` ${problem || 'comparing the distributions …'}`)], null];
  const position = items.length > 0 ? ` · ${list.at + 1}/${items.length}` : '';
  const by = sort === null ? 'rank' : sort.title;
  const said = line(` ${driftHead(drift)}${position} · sorted by ${by} · v shows all series`);
  const head = wrong === null ? said : line(` ${safe(wrong, 300)}`, 'yellow');
  const table = { rows: items, columns: driftColumns, list, sort, none: 'no signal passes' };
  const item = items[list.at];
  if (item && isAlone(state)) return [driftLines(item, overlay, area).slice(1), null];
  return [
    [head, ...tableLines(table, tableArea(area))],
    item ? driftLines(item, overlay, below) : null,
  ];
}

function headLine({ subject, shown, list, sort, wrong }: MetricsState): Line {
  if (wrong !== null) return line(` ${safe(wrong, 300)}`, 'yellow');
  const all = subject.series.length;
  const counts = shown.length === all ? count(all) : `${count(shown.length)} of ${count(all)}`;
  const position = shown.length > 0 ? ` · ${count(list.at + 1)}/${count(shown.length)}` : '';
  const left = subject.left > 0 ? `, ${count(subject.left)} more not shown` : '';
  const sides = subject.byHealth ? ' · no baseline in time' : '';
  const by = sort === null ? 'distance from the baseline' : sort.title.trim();
  return line(` ${counts} series${left}${position} · sorted by ${by}${sides}`);
}
