/** One trace as a waterfall, with the span under the cursor in detail; or as one of several lists. */

import { correctedClocks } from '../../graph/index.ts';
import { formatDuration, plural } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { beside, cell, cut, type Line, line, padded } from '../line.ts';
import { atTop, type Motion, moved } from '../list.ts';
import type { Area, Screen, Step, Subjects } from '../screen.ts';
import { isSortAction, quietSort, resorted, type SortAction, tableRows } from '../table.ts';
import { briefLines, detailLines, heldSpan } from './span-detail.ts';
import { clocksText, otherTimes, shownTimes } from './trace-clocks.ts';
import { foldsOf, refolded } from './trace-folds.ts';
import { offersTrace, type TraceAction } from './trace-keys.ts';
import { type TraceNode, traceModel } from './trace-model.ts';
import { spanRows, traceSql } from './trace-spans.ts';
import {
  centred,
  detailIn,
  folded,
  jumped,
  layoutOf,
  listed,
  listRows,
  onRow,
  refiltered,
  relisted,
  shownAt,
  type TraceState,
  unfolded,
} from './trace-state.ts';
import { listingFor, viewAfter } from './trace-views.ts';
import { legendLine, waterfallView } from './waterfall.ts';

export const trace: Screen<TraceState, Subjects['trace'], TraceAction> = {
  title: 'Trace',
  listSql: traceSql,
  bindings: [
    { keys: ['enter'], action: 'open', help: 'span' },
    { keys: ['tab', 'shift-tab'], action: 'pane', help: 'pane', quiet: true },
    { keys: ['e'], action: 'next-error', help: 'next error' },
    { keys: ['E'], action: 'previous-error', help: 'previous error', quiet: true },
    { keys: ['h', 'left'], action: 'fold', help: 'fold' },
    { keys: ['l', 'right'], action: 'unfold', help: 'unfold', quiet: true },
    { keys: ['z'], action: 'groups', help: 'repeats' },
    { keys: ['p'], action: 'path', help: 'critical path only' },
    { keys: ['v'], action: 'view', help: 'view' },
    { keys: ['.'], action: 'inline', help: 'events and logs', quiet: true },
    { keys: ['o'], action: 'logs', help: 'logs of its service', quiet: true },
    { keys: ['P'], action: 'reveal', help: 'prompts', quiet: true },
    { keys: ['~'], action: 'clocks', help: 'times corrected or as recorded', quiet: true },
    ...quietSort,
  ],
  init({ data, spanId }, area) {
    const model = traceModel(data);
    const begun = listed({
      data,
      clocks: correctedClocks(data.tree, data.logs, data.skew),
      corrected: false,
      model,
      rows: [],
      closed: new Set(),
      opened: new Set(),
      inline: true,
      only: null,
      filter: '',
      problem: null,
      pathOnly: false,
      revealed: false,
      list: atTop,
      focus: 'waterfall',
      scrolled: 0,
      view: 'waterfall',
      listing: null,
      listed: atTop,
      sort: null,
    });
    const wanted = model.nodes.findIndex(({ span }) => span.spanId === spanId);
    return wanted < 0 ? begun : centred(shownAt(begun, wanted, area), area);
  },
  offers: offersTrace,
  closable: ({ focus, view }) => focus !== 'waterfall' || view !== 'waterfall',
  crumb(state) {
    const { model } = state;
    const clocks = clocksText(state);
    const [root] = model.roots;
    const name = safe(model.nodes[root ?? -1]?.span.name ?? '', 40);
    const errors = model.failedBefore.at(-1) ?? 0;
    const facts = [
      model.durationMs === null ? 'no usable time' : formatDuration(model.durationMs),
      plural(model.nodes.length, 'span'),
      ...(errors > 0 ? [plural(errors, 'error')] : []),
      ...(clocks === '' ? [] : [clocks]),
    ];
    return `${model.traceId.slice(0, 8)} ${name} ${facts.join(', ')}`;
  },
  keeps: ['pathOnly', 'view', 'sort', 'list', 'listed', 'focus', 'scrolled'],
  filtered: (state, filter, area) => refiltered({ ...state, filter }, area),
  leaves: (state) => ({ key: `trace:${state.model.traceId}`, kept: foldsOf(state) }),
  returned: refolded,
  held: (state) => heldSpan(state.model, nodeUnder(state), state.revealed),
  problem: ({ problem }) => problem,
  rows: spanRows,
  update,
  View,
};

function update(state: TraceState, action: TraceAction | Motion, area: Area): Step<TraceState> {
  if (action === 'view') return { state: viewed(state) };
  if (state.listing) return inListing(state, action, area);
  if (isSortAction(action)) return { state, say: 'the waterfall is in the order of the tree: v' };
  return inWaterfall(state, action, area);
}

function viewed(state: TraceState): TraceState {
  const view = viewAfter(state);
  const next = { ...state, view, sort: null, listed: atTop, focus: 'waterfall' as const };
  return { ...next, listing: listingFor(next) };
}

/** Rows of a list below its head. */
const listedArea = (area: Area): Area => ({ ...area, rows: area.rows - 1 });

function inListing(
  state: TraceState,
  action: Exclude<TraceAction, 'view'> | Motion,
  area: Area,
): Step<TraceState> {
  const { listing, listed: cursor } = state;
  if (!listing) return { state };
  if (isSortAction(action)) {
    const next = { ...state, sort: resorted(state.sort, action, listing.columns), listed: atTop };
    return { state: { ...next, listing: listingFor(next) } };
  }
  const back: TraceState = { ...state, view: 'waterfall', listing: null };
  switch (action) {
    case 'open':
    case 'unfold': {
      const at = listing.ats[cursor.at];
      return { state: at === undefined ? state : shownAt(back, at, area) };
    }
    case 'close':
    case 'fold':
      return { state: back };
    case 'path':
    case 'logs':
    case 'reveal':
    case 'clocks':
      return inWaterfall(state, action, area);
    case 'pane':
    case 'groups':
    case 'inline':
    case 'next-error':
    case 'previous-error':
      return inWaterfall(back, action, area);
    default: {
      const rows = tableRows(listedArea(area));
      return { state: { ...state, listed: moved(cursor, action, listing.ats.length, rows) } };
    }
  }
}

function inWaterfall(
  state: TraceState,
  action: Exclude<TraceAction, 'view' | SortAction> | Motion,
  area: Area,
): Step<TraceState> {
  switch (action) {
    case 'open':
      return opened(state, area);
    case 'pane': {
      // Without a pane beside the waterfall the span is shown alone.
      const other = layoutOf(area).wide ? 'detail' : 'span';
      return { state: { ...state, focus: state.focus === 'waterfall' ? other : 'waterfall' } };
    }
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
    case 'clocks':
      return otherTimes(state, area);
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
  const { columns, rows } = detailIn(state, area);
  const lines = detailLines(state.model, nodeUnder(state), columns, state.revealed).length;
  const last = Math.max(1, lines - rows + 1);
  const cursor = { at: Math.min(state.scrolled, last - 1), top: 0 };
  const step = motion.startsWith('half') || motion.startsWith('page') ? rows : 1;
  return { ...state, scrolled: moved(cursor, motion, last, step).at };
}

const nodeUnder = ({ model, rows, list, listing, listed }: TraceState): TraceNode | undefined =>
  model.nodes[(listing ? listing.ats[listed.at] : rows[list.at]?.at) ?? -1];

/** Enter: a group opens or closes, a log record is shown, anything else is the span alone; and back. */
function opened(state: TraceState, area: Area): Step<TraceState> {
  const { rows, list, focus, model } = state;
  const row = rows[list.at];
  const alone: TraceState = { ...state, focus: 'span', scrolled: 0 };
  if (focus === 'span') return { state: { ...state, focus: 'waterfall', scrolled: 0 } };
  if (focus === 'detail') return { state: alone };
  if (row?.kind === 'group')
    return { state: row.open ? folded(state, area) : unfolded(state, area) };
  if (row?.kind === 'message') {
    const node = model.nodes[row.at];
    const message = (node ? node.messages : model.loose)[row.index];
    if (message?.kind === 'log') return { state, go: { screen: 'log', id: message.log.id } };
  }
  return { state: nodeUnder(state) ? alone : state };
}

function View(state: TraceState, area: Area): readonly Line[] {
  const lines = shownLines(state, area);
  // In place of the head: the rows below it are those of the filter before.
  return state.problem === null
    ? lines
    : [cut(line(` ${safe(state.problem, 300)}`, 'yellow'), area.columns), ...lines.slice(1)];
}

function shownLines(state: TraceState, area: Area): readonly Line[] {
  const { listing, view } = state;
  if (listing) {
    const path = state.pathOnly ? ' · critical path only' : '';
    const head = [cell(` ${view}`, 'bold'), cell(`${path}: ${listing.head}`)];
    return [cut(head, area.columns), ...listing.lines(state.listed, listedArea(area))];
  }
  const layout = layoutOf(area);
  const { wide, foot } = layout;
  const node = nodeUnder(state);
  const focused = state.focus === 'waterfall';
  const detail = (): readonly Line[] => {
    const { columns, rows } = detailIn(state, area);
    const lines = detailLines(state.model, node, columns, state.revealed);
    const top = Math.min(state.scrolled, Math.max(0, lines.length - rows));
    return lines.slice(top, top + rows);
  };
  if (state.focus === 'span' || (!wide && !focused))
    return detail().map((one) => [cell(' '), ...one]);
  const body = padded(waterfallView(state, layout.waterfall, focused), layout.waterfall.rows);
  const below = [
    ...(wide || foot === 0 ? [] : briefLines(state.model, node, area.columns)),
    ...(foot > 0 ? [legendLine(state.model, shownTimes(state), area.columns)] : []),
  ];
  const shown = wide
    ? beside(body, padded(detail(), layout.waterfall.rows), layout.waterfall.columns)
    : body;
  return [...shown, ...below].slice(0, area.rows);
}
