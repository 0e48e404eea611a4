/** Log records in time order: of one statement, or all that pass a filter. */
import { type Log, type LogRecords, severities } from '../../model.ts';
import { clockTime, wrap } from '../../text.ts';
import { shownLog } from '../content.ts';
import { safe } from '../glyphs.ts';
import { count, counted } from '../health.ts';
import { heldLog, sqlText } from '../held.ts';
import { isLanguage } from '../language.ts';
import { cell, cut, type Line, line, padded } from '../line.ts';
import { atTop, type Cursor, type Motion, moved, nextWhere, placed, rowsIn } from '../list.ts';
import { logsSql, statementSql, textOfLog } from '../list-sql.ts';
import type { Area, PassingLogs, Screen, Step } from '../screen.ts';
import { severityName, severityStyle } from '../severity.ts';
import {
  byText,
  inOrder,
  isSortAction,
  resorted,
  type Sort,
  type SortAction,
  sayUnsorted,
  sortBindings,
  type TableColumn,
  tableLines,
  tableRows,
} from '../table.ts';

export interface LinesState {
  readonly subject: LogRecords;
  readonly shown: readonly Log[];
  readonly filter: string;
  /** What a filter of the filter language let pass; null: none was asked for, or it is awaited. */
  readonly passing: { readonly filter: string; readonly found: PassingLogs } | null;
  /** What holds in SQL of the records of the one statement that is shown; null: all are. */
  readonly ofStatement: string | null;
  /** Why the filter is none. */
  readonly problem: string | null;
  readonly sort: Sort;
  /** True: what people and models said is shown. */
  readonly revealed: boolean;
  readonly list: Cursor;
}

type Action = 'open' | 'span' | 'around' | 'next-error' | 'previous-error' | 'reveal' | SortAction;

export const lines: Screen<LinesState, LogRecords, Action> = {
  title: 'Lines',
  keeps: ['sort', 'list'],
  bindings: [
    { keys: ['enter', 'l', 'right'], action: 'open', help: 'the record' },
    { keys: ['w'], action: 'span', help: 'its span' },
    { keys: ['v'], action: 'around', help: 'all around it' },
    { keys: ['e'], action: 'next-error', help: 'next error' },
    { keys: ['E'], action: 'previous-error', help: 'previous error', quiet: true },
    { keys: ['P'], action: 'reveal', help: 'prompts', quiet: true },
    ...sortBindings,
  ],
  init: (subject) => ({
    subject,
    shown: subject.logs,
    filter: '',
    passing: null,
    ofStatement: null,
    problem: null,
    sort: null,
    revealed: false,
    list: atTop,
  }),
  // Those of one statement are all there; a language looks through all of the case.
  wants: ({ filter }) => (isLanguage(filter) ? { ask: 'logs', filter } : null),
  answered(state, question, reply) {
    if (question.ask !== 'logs' || question.filter !== state.filter) return state;
    if ('problem' in reply) {
      // What was listed last stays.
      const shown = state.shown.length > 0 ? state.shown : state.subject.logs;
      return { ...state, shown, problem: reply.problem };
    }
    const passing = { filter: state.filter, found: reply.answer as PassingLogs };
    return arranged({ ...state, passing });
  },
  aimed(before, place, area) {
    if (place.screen !== 'lines') return before;
    const { id, service, template } = place;
    const state = {
      ...before,
      ofStatement: service === null ? null : statementSql(service, template),
    };
    const at = state.shown.findIndex((log) => log.id === id);
    return at < 0 ? state : { ...state, list: centred(at, listRows(area)) };
  },
  listSql: (state) => {
    const { filter, passing, sort } = state;
    const condition = passing?.filter === filter ? passing.found.condition : null;
    return logsSql(filter, condition, sort, statementIn(state));
  },
  filtered: (state, filter) =>
    arranged({ ...state, filter: filter.trim(), problem: null, list: atTop }),
  held({ shown, list, revealed }) {
    const log = shown[list.at];
    return log ? heldLog(log, revealed) : null;
  },
  problem: ({ problem }) => problem,
  rows: (state) => rowsIn(state, state.shown.length),
  update,
  View,
};

/** What holds in SQL of the records of the one statement; of hidden ones without their words. */
function statementIn({ ofStatement, subject: { logs }, revealed }: LinesState): string | null {
  const [first] = logs;
  const isHidden = first !== undefined && !revealed && shownLog(first, false).body !== first.body;
  return ofStatement === null || !isHidden
    ? ofStatement
    : `service = ${sqlText(first.service)} AND statement = (SELECT statement FROM logs WHERE id = ${sqlText(first.id)})`;
}

function arranged(state: LinesState): LinesState {
  const { subject, filter, sort, passing } = state;
  const wanted = filter.toLowerCase();
  const shown = isLanguage(filter)
    ? // While it is being looked up, what was shown stays.
      passing?.filter === filter
      ? passing.found.logs
      : state.shown
    : subject.logs.filter((log) => textOfLog(log).includes(wanted));
  return { ...state, shown: inOrder(shown, columnsFor(subject), sort) };
}

function update(state: LinesState, action: Action | Motion, area: Area): Step<LinesState> {
  const { shown, list, subject } = state;
  if (isSortAction(action)) {
    const sort = resorted(state.sort, action, columnsFor(subject));
    return {
      state: { ...arranged({ ...state, sort }), list: atTop },
      ...sayUnsorted(sort, action),
    };
  }
  const log = shown[list.at];
  switch (action) {
    case 'open':
      return log ? { state, go: { screen: 'log', id: log.id } } : { state };
    case 'span': {
      if (!log?.traceId) return { state, say: 'this record names no trace' };
      return { state, go: { screen: 'trace', traceId: log.traceId, spanId: log.spanId } };
    }
    case 'around': {
      if (!log || log.time === null) return { state, say: 'this record has no usable time' };
      const around = String(Math.round(log.time));
      const place = { screen: 'lines', service: null, template: null, around, id: log.id } as const;
      return { state, go: place };
    }
    case 'next-error':
    case 'previous-error': {
      const isError = (at: number): boolean => (shown[at]?.severity ?? 0) >= severities.error;
      const at = nextWhere(list.at, shown.length, action === 'next-error' ? 1 : -1, isError);
      if (at === list.at) return { state, say: 'no further error in this direction' };
      return { state: { ...state, list: placed(list, at, shown.length, listRows(area)) } };
    }
    case 'reveal':
      return { state: { ...state, revealed: !state.revealed } };
    default:
      return { state: { ...state, list: moved(list, action, shown.length, listRows(area)) } };
  }
}

/** The cursor with as much before it as after it. */
const centred = (at: number, rows: number): Cursor => ({
  at,
  top: Math.max(0, at - Math.floor(rows / 2)),
});

/** Below the list: the record under the cursor with all it says. */
const footRows = ({ rows }: Area): number => (rows < 14 ? 0 : Math.min(9, Math.floor(rows / 4)));
const tableArea = (area: Area): Area => ({ ...area, rows: area.rows - 1 - footRows(area) });
const listRows = (area: Area): number => tableRows(tableArea(area));

function View(state: LinesState, area: Area): readonly Line[] {
  const { subject, shown, list, sort, revealed } = state;
  const foot = footRows(area);
  const all = subject.logs.length;
  const none = all === 0 ? 'there is no such record' : 'no record passes the filter';
  const table = { rows: shown, columns: columnsFor(subject, revealed), list, sort, none };
  const lines = [headLine(state), ...tableLines(table, tableArea(area))];
  const log = shown[list.at];
  if (foot === 0 || !log) return lines;
  const where = log.traceId === null ? 'names no trace' : `trace ${log.traceId}`;
  const body = wrap(safe(shownLog(log, revealed).body, 4_000), area.columns - 2);
  return [
    ...padded(lines, area.rows - foot),
    line('─'.repeat(area.columns), 'dim'),
    cut([cell(` ${safe(log.service, 60)}`, 'bold'), cell(` ${where}`, 'dim')], area.columns),
    ...body.slice(0, foot - 2).map((part) => line(` ${part}`)),
  ];
}

function headLine({ subject, shown, filter, passing, problem, list }: LinesState): Line {
  if (problem !== null) return line(` ${safe(problem, 300)}`, 'yellow');
  const isLookedUp = passing !== null && passing.filter === filter;
  const all = subject.logs.length;
  const some =
    isLookedUp || shown.length === all
      ? counted(shown.length, 'record')
      : `${count(shown.length)} of ${counted(all, 'record')}`;
  const more = (isLookedUp ? passing.found : subject).more ? ', the first of more' : '';
  const position = shown.length > 0 ? ` · ${count(list.at + 1)}/${count(shown.length)}` : '';
  return line(` ${some}${more}${position}`);
}

function columnsFor({ epochNs }: LogRecords, revealed = false): readonly TableColumn<Log>[] {
  const epoch = BigInt(epochNs);
  return [
    {
      title: 'time (UTC)',
      width: 14,
      text: ({ time }) => (time === null ? '?' : clockTime(epoch + BigInt(Math.round(time)))),
      order: (a, b) => (a.time ?? -1) - (b.time ?? -1),
    },
    {
      title: 'level',
      width: 7,
      text: ({ severity, severityText }) =>
        safe(severity > 0 ? severityName(severity) : severityText || '–', 12),
      style: severityStyle,
      order: (a, b) => a.severity - b.severity,
      greatest: true,
    },
    {
      title: 'service',
      width: 18,
      text: ({ service }) => safe(service, 60),
      order: (a, b) => byText(a.service, b.service),
    },
    {
      title: 'trace',
      width: 10,
      from: 90,
      text: ({ traceId }) => (traceId === null ? '' : traceId.slice(0, 8)),
      style: () => ['dim'],
      order: (a, b) => byText(a.traceId ?? '', b.traceId ?? ''),
    },
    {
      title: 'record',
      width: 0,
      text: (log) => safe(shownLog(log, revealed).body, 400),
      order: (a, b) => byText(a.body, b.body),
    },
  ];
}
