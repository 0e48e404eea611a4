/** What the screen of a trace stands on, and how its rows are opened, closed, filtered and found. */
import type { CorrectedClocks } from '../../graph/index.ts';
import type { TraceData } from '../../model.ts';
import { atTop, type Cursor, placed } from '../list.ts';
import { type Area, isBeside, type Step } from '../screen.ts';
import type { Sort } from '../table.ts';
import { spansThat } from './trace-filter.ts';
import type { TraceListing } from './trace-listing.ts';
import { failed, type TraceModel, type TraceNode } from './trace-model.ts';
import {
  type Folds,
  maskOf,
  openedTo,
  type Row,
  rowAbove,
  rowShowing,
  rowsOf,
} from './trace-rows.ts';
import { listingFor, type TraceView } from './trace-views.ts';

export interface TraceState extends Folds {
  /** As it was recorded. */
  readonly data: TraceData;
  /** The same by one clock; null: no clocks of it are known to differ. */
  readonly clocks: CorrectedClocks | null;
  /** True: times are those of one clock, in `model` and all that is made of it. */
  readonly corrected: boolean;
  readonly model: TraceModel;
  /** What is open, as a list. */
  readonly rows: readonly Row[];
  readonly filter: string;
  /** Why the filter is none; null: it is one. */
  readonly problem: string | null;
  /** True: only spans on the critical path. */
  readonly pathOnly: boolean;
  /** True: what people and models said is shown. */
  readonly revealed: boolean;
  readonly list: Cursor;
  /** `detail`: the pane beside the waterfall; `span`: the span alone. */
  readonly focus: 'waterfall' | 'detail' | 'span';
  /** First line of the detail that is seen. */
  readonly scrolled: number;
  readonly view: TraceView;
  /** What the view lists; null: the waterfall. */
  readonly listing: TraceListing | null;
  readonly listed: Cursor;
  readonly sort: Sort;
}

export const listed = (state: TraceState): TraceState => ({
  ...state,
  rows: rowsOf(state.model, state),
});

/** From this width on the detail has a pane of its own. */
const sideBySide = 112;
const detailColumns = 36;

interface Layout {
  readonly wide: boolean;
  readonly waterfall: Area;
  readonly detail: Area;
  /** Lines below the waterfall: the legend, and in a narrow terminal the span in brief. */
  readonly foot: number;
}

export function layoutOf(area: Area): Layout {
  const { columns, rows } = area;
  const wide = isBeside(area, sideBySide);
  const foot = rows < 12 ? 0 : wide ? 1 : 3;
  return {
    wide,
    waterfall: { columns: wide ? columns - detailColumns - 3 : columns, rows: rows - foot },
    detail: { columns: wide ? detailColumns : columns - 1, rows: wide ? rows - foot : rows },
    foot,
  };
}

/** Where the span is told, as it stands: in its pane, or on the whole screen. */
export const detailIn = ({ focus }: TraceState, area: Area): Area =>
  focus === 'span' ? { columns: area.columns - 1, rows: area.rows } : layoutOf(area).detail;

/** Rows of the waterfall below its head line. */
export const listRows = (area: Area): number => Math.max(1, layoutOf(area).waterfall.rows - 1);

export function onRow(state: TraceState, at: number, area: Area): TraceState {
  const list = placed(state.list, at, state.rows.length, listRows(area));
  return { ...state, list, scrolled: list.at === state.list.at ? state.scrolled : 0 };
}

/** The cursor on a span, with all that hides it opened. */
export function shownAt(state: TraceState, at: number, area: Area): TraceState {
  const open = listed(openedTo(state.model, state, at));
  return onRow(open, rowShowing(state.model, open.rows, at), area);
}

/** The row under the cursor in the middle of the screen. */
export function centred(state: TraceState, area: Area): TraceState {
  const { at } = state.list;
  return { ...state, list: { at, top: Math.max(0, at - Math.floor(listRows(area) / 2)) } };
}

/** The rows made anew after a change of what is shown; the cursor stays on its span. */
export function relisted(before: TraceState, after: TraceState, area: Area): TraceState {
  const at = before.rows[before.list.at]?.at ?? 0;
  const next = listed(after);
  return onRow(next, rowShowing(next.model, next.rows, Math.max(0, at)), area);
}

export function refiltered(state: TraceState, area: Area): TraceState {
  const { filter, pathOnly, model } = state;
  const found = filter.trim() === '' ? null : spansThat(model, filter);
  // While the filter is none, what was listed last stays.
  if (found && 'problem' in found) {
    return relisted(state, { ...state, problem: found.problem }, area);
  }
  const passes = (node: TraceNode): boolean =>
    (!pathOnly || node.path !== null) && (found === null || found.has(node));
  const only = maskOf(model, found === null && !pathOnly ? null : passes);
  const next = relisted(state, { ...state, only, problem: null }, area);
  const listing = listingFor(next);
  // Nothing is left to list: the tree says so.
  return { ...next, listing, listed: atTop, view: listing ? next.view : 'waterfall' };
}

const without = (set: ReadonlySet<number>, at: number): ReadonlySet<number> =>
  new Set([...set].filter((one) => one !== at));
const added = (set: ReadonlySet<number>, at: number): ReadonlySet<number> => new Set([...set, at]);

/** Closes what is open here, else goes to the row above in the tree. */
export function folded(state: TraceState, area: Area): TraceState {
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
export function unfolded(state: TraceState, area: Area): TraceState {
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
export function jumped(state: TraceState, step: 1 | -1, area: Area): Step<TraceState> {
  const { nodes } = state.model;
  const from = state.rows[state.list.at]?.at ?? -1;
  for (let at = from + step; at >= 0 && at < nodes.length; at += step) {
    if (!failed(nodes[at] as TraceNode) || state.only?.[at] === 0) continue;
    return { state: shownAt(state, at, area) };
  }
  return { state, say: 'no further failed span in this direction' };
}
