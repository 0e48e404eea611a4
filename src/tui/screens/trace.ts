/** One trace as a waterfall, with the span under the cursor in detail. */
import { formatDuration, plural } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { beside, cell, type Line, padded } from '../line.ts';
import { atTop, type Cursor, type Motion, moved, placed } from '../list.ts';
import type { Area, Screen, Step, Subjects } from '../screen.ts';
import { briefLines, detailLines, heldSpan } from './span-detail.ts';
import { failed, pathMs, type TraceModel, type TraceNode, traceModel } from './trace-model.ts';
import {
  type Folds,
  maskOf,
  openedTo,
  type Row,
  rowAbove,
  rowShowing,
  rowsOf,
} from './trace-rows.ts';
import { legendLine, waterfallView } from './waterfall.ts';

export interface TraceState extends Folds {
  readonly model: TraceModel;
  /** What is open, as a list. */
  readonly rows: readonly Row[];
  readonly filter: string;
  /** True: only spans on the critical path. */
  readonly pathOnly: boolean;
  /** True: what people and models said is shown. */
  readonly revealed: boolean;
  readonly list: Cursor;
  readonly focus: 'waterfall' | 'detail';
  /** First line of the detail that is seen. */
  readonly scrolled: number;
}

type Action =
  | 'open'
  | 'pane'
  | 'fold'
  | 'unfold'
  | 'groups'
  | 'next-error'
  | 'previous-error'
  | 'path'
  | 'inline'
  | 'logs'
  | 'reveal'
  | 'close';

export const trace: Screen<TraceState, Subjects['trace'], Action> = {
  title: 'Trace',
  bindings: [
    { keys: ['enter'], action: 'open', help: 'detail' },
    { keys: ['tab', 'shift-tab'], action: 'pane', help: 'pane', quiet: true },
    { keys: ['e'], action: 'next-error', help: 'next error' },
    { keys: ['E'], action: 'previous-error', help: 'previous error', quiet: true },
    { keys: ['h', 'left'], action: 'fold', help: 'fold' },
    { keys: ['l', 'right'], action: 'unfold', help: 'unfold', quiet: true },
    { keys: ['z'], action: 'groups', help: 'repeats' },
    { keys: ['p'], action: 'path', help: 'critical path only' },
    { keys: ['v'], action: 'inline', help: 'events and logs' },
    { keys: ['o'], action: 'logs', help: 'logs of its service', quiet: true },
    { keys: ['P'], action: 'reveal', help: 'prompts', quiet: true },
  ],
  init({ data, spanId }, area) {
    const model = traceModel(data);
    const begun = listed({
      model,
      rows: [],
      closed: new Set(),
      opened: new Set(),
      inline: true,
      only: null,
      filter: '',
      pathOnly: false,
      revealed: false,
      list: atTop,
      focus: 'waterfall',
      scrolled: 0,
    });
    const wanted = model.nodes.findIndex(({ span }) => span.spanId === spanId);
    return wanted < 0 ? begun : centred(shownAt(begun, wanted, area), area);
  },
  closable: ({ focus }) => focus === 'detail',
  crumb({ model }) {
    const [root] = model.roots;
    const name = safe(model.nodes[root ?? -1]?.span.name ?? '', 40);
    const errors = model.failedBefore.at(-1) ?? 0;
    const facts = [
      model.durationMs === null ? 'no usable time' : formatDuration(model.durationMs),
      plural(model.nodes.length, 'span'),
      ...(errors > 0 ? [plural(errors, 'error')] : []),
    ];
    return `${model.traceId.slice(0, 8)} ${name} ${facts.join(', ')}`;
  },
  filtered: (state, filter, area) => refiltered({ ...state, filter }, area),
  held: (state) => heldSpan(state.model, nodeUnder(state), state.revealed),
  update,
  View,
};

const listed = (state: TraceState): TraceState => ({ ...state, rows: rowsOf(state.model, state) });

/** From this width on the detail has a pane of its own. */
const sideBySide = 112;
const detailColumns = 42;

interface Layout {
  readonly wide: boolean;
  readonly waterfall: Area;
  readonly detail: Area;
  /** Lines below the waterfall: the legend, and in a narrow terminal the span in brief. */
  readonly foot: number;
}

function layoutOf({ columns, rows }: Area): Layout {
  const wide = columns >= sideBySide;
  const foot = rows < 12 ? 0 : wide ? 1 : 3;
  return {
    wide,
    waterfall: { columns: wide ? columns - detailColumns - 3 : columns, rows: rows - foot },
    detail: { columns: wide ? detailColumns : columns - 1, rows: wide ? rows - foot : rows },
    foot,
  };
}

/** Rows of the waterfall below its head line. */
const listRows = (area: Area): number => Math.max(1, layoutOf(area).waterfall.rows - 1);

function onRow(state: TraceState, at: number, area: Area): TraceState {
  const list = placed(state.list, at, state.rows.length, listRows(area));
  return { ...state, list, scrolled: list.at === state.list.at ? state.scrolled : 0 };
}

/** The cursor on a span, with all that hides it opened. */
function shownAt(state: TraceState, at: number, area: Area): TraceState {
  const open = listed(openedTo(state.model, state, at));
  return onRow(open, rowShowing(state.model, open.rows, at), area);
}

/** The row under the cursor in the middle of the screen. */
function centred(state: TraceState, area: Area): TraceState {
  const { at } = state.list;
  return { ...state, list: { at, top: Math.max(0, at - Math.floor(listRows(area) / 2)) } };
}

/** The rows made anew after a change of what is shown; the cursor stays on its span. */
function relisted(before: TraceState, after: TraceState, area: Area): TraceState {
  const at = before.rows[before.list.at]?.at ?? 0;
  const next = listed(after);
  return onRow(next, rowShowing(next.model, next.rows, Math.max(0, at)), area);
}

function refiltered(state: TraceState, area: Area): TraceState {
  const { filter, pathOnly, model } = state;
  const wanted = filter.toLowerCase();
  const passes = (node: TraceNode): boolean =>
    (!pathOnly || node.path !== null) && (wanted === '' || textOf(node).includes(wanted));
  const only = maskOf(model, wanted === '' && !pathOnly ? null : passes);
  return relisted(state, { ...state, only }, area);
}

const textOf = ({ span: { service, name, statusMessage, spanId } }: TraceNode): string =>
  `${service} ${name} ${statusMessage} ${spanId}`.toLowerCase();

function update(state: TraceState, action: Action | Motion, area: Area): Step<TraceState> {
  switch (action) {
    case 'open':
      return { state: opened(state, area) };
    case 'pane':
      return { state: { ...state, focus: state.focus === 'detail' ? 'waterfall' : 'detail' } };
    case 'close':
      return { state: { ...state, focus: 'waterfall', scrolled: 0 } };
    case 'fold':
      return { state: folded(state, area) };
    case 'unfold':
      return { state: unfolded(state, area) };
    case 'groups': {
      const { nodes } = state.model;
      const all = new Set(nodes.map(({ group }) => group).filter((group) => group >= 0));
      const groups = state.opened.size > 0 ? new Set<number>() : all;
      return { state: relisted(state, { ...state, opened: groups }, area) };
    }
    case 'next-error':
      return jumped(state, 1, area);
    case 'previous-error':
      return jumped(state, -1, area);
    case 'path':
      return { state: refiltered({ ...state, pathOnly: !state.pathOnly }, area) };
    case 'logs': {
      const service = nodeUnder(state)?.span.service;
      return service === undefined ? { state } : { state, go: { screen: 'logs', filter: service } };
    }
    case 'reveal':
      return { state: { ...state, revealed: !state.revealed } };
    case 'inline':
      return { state: relisted(state, { ...state, inline: !state.inline }, area) };
    default:
      return { state: movedBy(state, action, area) };
  }
}

function movedBy(state: TraceState, motion: Motion, area: Area): TraceState {
  if (state.focus === 'waterfall') {
    const { at } = moved(state.list, motion, state.rows.length, listRows(area));
    return onRow(state, at, area);
  }
  const { columns, rows } = layoutOf(area).detail;
  const lines = detailLines(state.model, nodeUnder(state), columns, state.revealed).length;
  const last = Math.max(1, lines - rows + 1);
  const cursor = { at: Math.min(state.scrolled, last - 1), top: 0 };
  const step = motion.startsWith('half') || motion.startsWith('page') ? rows : 1;
  return { ...state, scrolled: moved(cursor, motion, last, step).at };
}

const nodeUnder = ({ model, rows, list }: TraceState): TraceNode | undefined =>
  model.nodes[rows[list.at]?.at ?? -1];

/** Enter: a group opens, anything else is shown in detail. */
function opened(state: TraceState, area: Area): TraceState {
  const row = state.rows[state.list.at];
  if (state.focus === 'detail') return { ...state, focus: 'waterfall', scrolled: 0 };
  if (row?.kind === 'group') return row.open ? folded(state, area) : unfolded(state, area);
  return nodeUnder(state) ? { ...state, focus: 'detail', scrolled: 0 } : state;
}

const without = (set: ReadonlySet<number>, at: number): ReadonlySet<number> =>
  new Set([...set].filter((one) => one !== at));
const added = (set: ReadonlySet<number>, at: number): ReadonlySet<number> => new Set([...set, at]);

/** Closes what is open here, else goes to the row above in the tree. */
function folded(state: TraceState, area: Area): TraceState {
  const row = state.rows[state.list.at];
  if (row?.kind === 'group' && row.open) {
    const opened = without(state.opened, state.model.nodes[row.at]?.group ?? -1);
    return relisted(state, { ...state, opened }, area);
  }
  if (row?.kind === 'span' && row.open) {
    return relisted(state, { ...state, closed: added(state.closed, row.at) }, area);
  }
  return onRow(state, rowAbove(state.rows, state.list.at), area);
}

/** Opens what is closed here, else goes to the first row below it. */
function unfolded(state: TraceState, area: Area): TraceState {
  const row = state.rows[state.list.at];
  if (row?.kind === 'group' && !row.open) {
    const opened = added(state.opened, state.model.nodes[row.at]?.group ?? -1);
    const next = listed({ ...state, opened });
    return onRow(next, state.list.at, area);
  }
  if (row?.kind === 'span' && row.open === false) {
    const next = listed({ ...state, closed: without(state.closed, row.at) });
    return onRow(next, state.list.at, area);
  }
  const below = state.rows[state.list.at + 1];
  return below && row && below.level > row.level ? onRow(state, state.list.at + 1, area) : state;
}

/** To the next failed span in the order of the tree, also within what is folded. */
function jumped(state: TraceState, step: 1 | -1, area: Area): Step<TraceState> {
  const { nodes } = state.model;
  const from = state.rows[state.list.at]?.at ?? -1;
  for (let at = from + step; at >= 0 && at < nodes.length; at += step) {
    if (!failed(nodes[at] as TraceNode) || state.only?.[at] === 0) continue;
    return { state: shownAt(state, at, area) };
  }
  return { state, say: 'no further failed span in this direction' };
}

function View(state: TraceState, area: Area): readonly Line[] {
  const layout = layoutOf(area);
  const { wide, foot } = layout;
  const node = nodeUnder(state);
  const focused = state.focus === 'waterfall';
  const detail = (): readonly Line[] => {
    const lines = detailLines(state.model, node, layout.detail.columns, state.revealed);
    const most = Math.max(0, lines.length - layout.detail.rows);
    const top = Math.min(state.scrolled, most);
    return lines.slice(top, top + layout.detail.rows);
  };
  if (!wide && !focused) return detail().map((one) => [cell(' '), ...one]);
  const body = padded(waterfallView(state, layout.waterfall, focused), layout.waterfall.rows);
  const below = [
    ...(wide || foot === 0 ? [] : briefLines(state.model, node, area.columns)),
    ...(foot > 0 ? [legendLine(state.model, pathMs(state.model), area.columns)] : []),
  ];
  const shown = wide
    ? beside(body, padded(detail(), layout.waterfall.rows), layout.waterfall.columns)
    : body;
  return [...shown, ...below].slice(0, area.rows);
}
