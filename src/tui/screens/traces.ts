/** All traces of the case in a list: failed first, then the slowest. */
import type { TraceId, TraceLine } from '../../model.ts';
import { hasInOrder } from '../../search/index.ts';
import { isoTime } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { count, counted } from '../health.ts';
import { sqlText } from '../held.ts';
import { isLanguage } from '../language.ts';
import { cell, column, type Line, line, reversed } from '../line.ts';
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
import { textOfTrace, tracesSql } from '../list-sql.ts';
import type { Area, PassingTraces, Place, Screen, Step, Subjects } from '../screen.ts';
import { columnsOf } from './traces-columns.ts';

export type SortKey =
  | 'failed'
  | 'start'
  | 'service'
  | 'operation'
  | 'spans'
  | 'errors'
  | 'duration';

export interface TracesState {
  /** True: no trace has the words of the filter, these have their letters in that order. */
  readonly scattered: boolean;
  readonly epoch: bigint;
  /** As the session gave them: by start. */
  readonly all: readonly TraceLine[];
  /** Those that pass the filter, sorted. */
  readonly shown: readonly TraceLine[];
  readonly filter: string;
  /** What a filter of the filter language let pass; null: none was asked for, or it is awaited. */
  readonly passing: ({ readonly filter: string } & PassingTraces) | null;
  /** Why the filter is none. */
  readonly problem: string | null;
  /** At most two, the first is A of a comparison. */
  readonly marks: readonly TraceId[];
  readonly sort: SortKey;
  /** True: the least first. */
  readonly ascending: boolean;
  /** Of the longest trace, ns; the bars are drawn against it. */
  readonly longest: number;
  readonly list: Cursor;
}

type Action =
  | 'open'
  | 'mark'
  | 'diff'
  | 'explain'
  | 'next-error'
  | 'previous-error'
  | 'sort-left'
  | 'sort-right'
  | 'reverse';

export const traces: Screen<TracesState, Subjects['traces'], Action> = {
  title: 'Traces',
  listSql: (state) => tracesSql(state.filter, conditionIn(state), state),
  keeps: ['sort', 'ascending', 'marks', 'list'],
  undoes: ['marks'],
  bindings: [
    { keys: ['enter', 'l', 'right'], action: 'open', help: 'waterfall' },
    { keys: ['e'], action: 'next-error', help: 'next failed' },
    { keys: ['E'], action: 'previous-error', help: 'previous failed', quiet: true },
    { keys: ['space'], action: 'mark', help: 'mark' },
    { keys: ['d'], action: 'diff', help: 'diff' },
    { keys: ['x'], action: 'explain', help: 'explain' },
    { keys: ['>'], action: 'sort-right', help: 'sort' },
    { keys: ['<'], action: 'sort-left', help: 'sort by the column before', quiet: true },
    { keys: ['R'], action: 'reverse', help: 'reverse' },
  ],
  init: ({ epochNs, traces: all }) =>
    arranged({
      epoch: BigInt(epochNs),
      all,
      shown: all,
      filter: '',
      scattered: false,
      passing: null,
      problem: null,
      marks: [],
      sort: 'failed',
      ascending: false,
      longest: all.reduce((most, { duration }) => Math.max(most, duration ?? 0), 0),
      list: atTop,
    }),
  filtered: (state, filter, area) =>
    kept(state, arranged({ ...state, filter: filter.trim(), problem: null }), area),
  wants: ({ filter }) => (isLanguage(filter) ? { ask: 'traces', filter } : null),
  answered(state, question, reply, area) {
    const { filter } = state;
    if (question.ask !== 'traces' || question.filter !== filter) return state;
    if ('problem' in reply) {
      // What was listed last stays.
      const shown = state.shown.length > 0 ? state.shown : state.all;
      return kept(state, arranged({ ...state, shown, problem: reply.problem }), area);
    }
    const passing = { filter, ...(reply.answer as PassingTraces) };
    return kept(state, arranged({ ...state, passing }), area);
  },
  held({ shown, list, epoch }) {
    const one = shown[list.at];
    if (!one) return null;
    const { traceId, rootService, rootName, start, duration, spans, errors, failed } = one;
    return {
      what: `trace ${traceId.slice(0, 8)}`,
      target: `trace:${traceId}`,
      id: traceId,
      facts: {
        traceId,
        start: start === null ? null : isoTime(epoch + BigInt(Math.round(start))),
        rootService,
        rootName,
        durationMs: duration === null ? null : duration / 1e6,
        spans,
        errors,
        failed,
      },
      sql: `SELECT * FROM spans WHERE trace_id = ${sqlText(traceId)} ORDER BY start_ns`,
      command: ['trace', traceId],
    };
  },
  problem: ({ problem }) => problem,
  rows: (state) => rowsIn(state, state.shown.length),
  update,
  View,
};

/** Columns that can be sorted by, in the order of `<` and `>`. */
const sortKeys: readonly SortKey[] = [
  'failed',
  'start',
  'service',
  'operation',
  'spans',
  'errors',
  'duration',
];

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Least first; ties by start, then id, as the session gives them. */
const orders: Readonly<Record<SortKey, (a: TraceLine, b: TraceLine) => number>> = {
  failed: (a, b) => Number(a.failed) - Number(b.failed) || (a.duration ?? -1) - (b.duration ?? -1),
  start: (a, b) => (a.start ?? -1) - (b.start ?? -1),
  service: (a, b) => compareText(a.rootService, b.rootService),
  operation: (a, b) => compareText(a.rootName, b.rootName),
  spans: (a, b) => a.spans - b.spans,
  errors: (a, b) => a.errors - b.errors,
  duration: (a, b) => (a.duration ?? -1) - (b.duration ?? -1),
};

function arranged(state: TracesState): TracesState {
  const { all, shown, sort, ascending } = state;
  const passes = filterOf(state);
  // While a filter is being looked up, what was shown stays.
  const passing = passes === null ? [...shown] : all.filter(passes);
  const words = state.filter.toLowerCase();
  const scattered = passing.length === 0 && words !== '' && !isLanguage(state.filter);
  if (scattered) passing.push(...all.filter((trace) => hasInOrder(textOfTrace(trace), words)));
  const order = orders[sort];
  passing.sort(ascending ? order : (a, b) => order(b, a));
  return { ...state, shown: passing, scattered };
}

/** Null: not known yet. */
function filterOf({ filter, passing }: TracesState): ((trace: TraceLine) => boolean) | null {
  if (isLanguage(filter)) {
    return passing?.filter === filter ? ({ traceId }) => passing.ids.has(traceId) : null;
  }
  const wanted = filter.toLowerCase();
  return (trace) => textOfTrace(trace).includes(wanted);
}

/** What the filter is in SQL, once that is known. */
const conditionIn = ({ filter, passing }: TracesState): string | null =>
  passing?.filter === filter ? passing.condition : null;

/** The cursor on the trace it was on, if that is still there. */
function kept(before: TracesState, after: TracesState, area: Area): TracesState {
  const current = before.shown[before.list.at];
  const at = current ? after.shown.indexOf(current) : 0;
  const list = placed(after.list, Math.max(0, at), after.shown.length, listRows(area));
  return { ...after, list };
}

function update(state: TracesState, action: Action | Motion, area: Area): Step<TracesState> {
  const { shown, list, sort } = state;
  const rows = listRows(area);
  const fails = (at: number): boolean => shown[at]?.failed === true;
  const jump = (step: 1 | -1): Step<TracesState> => {
    const at = nextWhere(list.at, shown.length, step, fails);
    return at === list.at
      ? { state, say: 'no further failed trace in this direction' }
      : { state: { ...state, list: placed(list, at, shown.length, rows) } };
  };
  switch (action) {
    case 'open': {
      const traceId = shown[list.at]?.traceId;
      return traceId === undefined
        ? { state }
        : { state, go: { screen: 'trace', traceId, spanId: null } };
    }
    case 'mark':
      return marked(state);
    case 'diff':
      return compared(state);
    case 'explain':
      return { state, go: explained(state) };
    case 'next-error':
      return jump(1);
    case 'previous-error':
      return jump(-1);
    case 'reverse':
      return { state: kept(state, arranged({ ...state, ascending: !state.ascending }), area) };
    case 'sort-left':
    case 'sort-right': {
      const by = action === 'sort-right' ? 1 : sortKeys.length - 1;
      const next = sortKeys[(sortKeys.indexOf(sort) + by) % sortKeys.length] ?? 'failed';
      const ascending = next === 'start' || next === 'service' || next === 'operation';
      return { state: { ...arranged({ ...state, sort: next, ascending }), list: atTop } };
    }
    default:
      return { state: { ...state, list: moved(list, action, shown.length, rows) } };
  }
}

/** A mark set or taken away; the older of two gives way to a third. */
function marked(state: TracesState): Step<TracesState> {
  const traceId = state.shown[state.list.at]?.traceId;
  if (traceId === undefined) return { state };
  const others = state.marks.filter((mark) => mark !== traceId);
  const marks = others.length < state.marks.length ? others : [...others, traceId].slice(-2);
  const say = marks.length === 2 ? 'd compares the two' : 'd compares it with another';
  return marks.length === 0 ? { state: { ...state, marks } } : { state: { ...state, marks }, say };
}

/** The two that are marked; one and that under the cursor; or that and a healthy one of its kind. */
function compared(state: TracesState): Step<TracesState> {
  const [a, b] = state.marks;
  const current = state.shown[state.list.at];
  if (a && b) return { state, go: { screen: 'diff', a, b } };
  if (!current) return { state };
  if (a && a !== current.traceId) return { state, go: { screen: 'diff', a, b: current.traceId } };
  const alike = healthyLike(state.all, current);
  return alike
    ? { state, go: { screen: 'diff', a: alike.traceId, b: current.traceId } }
    : { state, say: 'no other trace of this operation went well: mark two with Space' };
}

/** What sets those that pass apart; words alone are no filter of records. */
const explained = ({ filter, problem }: TracesState): Place =>
  isLanguage(filter) && problem === null
    ? { screen: 'explain', where: filter }
    : { screen: 'explain' };

/** Of the same operation, not failed, of middle duration. */
function healthyLike(all: readonly TraceLine[], one: TraceLine): TraceLine | undefined {
  const alike = all
    .filter(
      ({ traceId, rootService, rootName, failed, errors }) =>
        rootService === one.rootService &&
        rootName === one.rootName &&
        !failed &&
        errors === 0 &&
        traceId !== one.traceId,
    )
    .sort((a, b) => (a.duration ?? 0) - (b.duration ?? 0));
  return alike[alike.length >> 1];
}

/** The first two lines say what is listed. */
const listRows = ({ rows }: Area): number => Math.max(1, rows - 2);

function View(state: TracesState, area: Area): readonly Line[] {
  const { shown, all, list, sort, ascending, problem, marks } = state;
  const rows = listRows(area);
  const top = firstSeen(list, shown.length, rows);
  const columns = columnsOf(area.columns - 1);
  const arrow = ascending ? '↑' : '↓';
  const counts =
    shown.length === all.length
      ? counted(all.length, 'trace')
      : `${count(shown.length)} of ${counted(all.length, 'trace')}`;
  const position = shown.length > 0 ? ` · ${count(list.at + 1)}/${count(shown.length)}` : '';
  const by = sort === 'failed' ? 'failed, then duration' : sort;
  const titles = columns.map(({ key, title, width, align }) =>
    column(key === sort ? `${title}${arrow}` : title, width, { align, style: ['dim'] }),
  );
  const lines = shown.slice(top, top + rows).map((trace, index): Line => {
    const current = top + index === list.at;
    const mark = 'AB'[marks.indexOf(trace.traceId)] ?? (current ? '▸' : ' ');
    const cells = [cell(mark, 'bold'), ...columns.map(({ of }) => of(trace, state))];
    return current ? reversed(cells, area.columns) : cells;
  });
  const none =
    all.length === 0
      ? 'the case holds no trace'
      : filterOf(state) === null
        ? 'looking …'
        : 'no trace passes the filter';
  return [
    problem === null
      ? line(` ${counts}${position} · sorted by ${by} ${arrow}`)
      : line(` ${safe(problem, 300)}`, 'yellow'),
    [cell(' '), ...titles],
    ...(lines.length > 0 ? lines : [line(` ${none}`, 'dim')]),
  ].slice(0, area.rows);
}
