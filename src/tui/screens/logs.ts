/** What was logged, by statement: what is new or written more often stands first. */
import { type LogTemplates, severities, type TemplateLine } from '../../model.ts';
import { rowsThat } from '../../search/index.ts';
import { shownTemplate } from '../content.ts';
import { safe } from '../glyphs.ts';
import { count } from '../health.ts';
import { filterValue, type Held } from '../held.ts';
import { type Line, line, padded } from '../line.ts';
import { atTop, type Cursor, type Motion, moved, nextWhere, placed, rowsIn } from '../list.ts';
import { statementSql, templatesSql } from '../list-sql.ts';
import type { Area, Screen, Step } from '../screen.ts';
import { severityName } from '../severity.ts';
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
import { columnsFor, comparable, isChanged } from './logs-columns.ts';
import { templateLines } from './statement.ts';

export interface LogsState {
  readonly subject: LogTemplates;
  readonly shown: readonly TemplateLine[];
  readonly filter: string;
  /** Why the filter is none. */
  readonly problem: string | null;
  /** True: no statement has the words of the filter, these have their letters in that order. */
  readonly scattered: boolean;
  /** Only statements of at least this severity. */
  readonly least: number;
  readonly sort: Sort;
  /** True: what people and models said is shown. */
  readonly revealed: boolean;
  readonly list: Cursor;
}

type Action =
  | 'open'
  | 'lines'
  | 'severity'
  | 'next-error'
  | 'previous-error'
  | 'reveal'
  | SortAction;

export const logs: Screen<LogsState, LogTemplates, Action> = {
  title: 'Logs',
  listSql: templatesSql,
  keeps: ['least', 'sort', 'list'],
  bindings: [
    { keys: ['enter', 'l', 'right'], action: 'open', help: 'its lines' },
    { keys: ['v'], action: 'lines', help: 'all lines' },
    { keys: ['s'], action: 'severity', help: 'severity' },
    { keys: ['e'], action: 'next-error', help: 'next error' },
    { keys: ['E'], action: 'previous-error', help: 'previous error', quiet: true },
    { keys: ['P'], action: 'reveal', help: 'prompts', quiet: true },
    ...sortBindings,
  ],
  init: (subject) =>
    arranged({
      subject,
      shown: [],
      filter: '',
      problem: null,
      scattered: false,
      least: 0,
      sort: null,
      revealed: false,
      list: atTop,
    }),
  filtered: (state, filter) => arranged({ ...state, filter: filter.toLowerCase(), list: atTop }),
  crumb: ({ least }) => (least > 0 ? `${severityName(least)} and worse` : ''),
  held({ shown, list, revealed }) {
    const one = shown[list.at];
    return one ? heldTemplate(one, revealed) : null;
  },
  problem: ({ problem }) => problem,
  rows: (state) => rowsIn(state, state.shown.length),
  update,
  View,
};

/** A statement as what can be taken of it; of one that is hidden, all that its service wrote. */
function heldTemplate(one: TemplateLine, revealed: boolean): Held {
  const { service, content, severity, counts, all } = one;
  const template = shownTemplate(one, revealed);
  const isHidden = content && !revealed;
  const ofStatement = statementSql(service, isHidden ? null : template);
  return {
    what: `statement of ${safe(service, 60)}`,
    target: `service:${service}`,
    id: null,
    facts: {
      service,
      template,
      severity: severityName(severity),
      records: all,
      before: counts.baseline,
      incident: counts.incident,
    },
    sql: `SELECT id, time, severity, body, trace_id, span_id FROM logs WHERE ${ofStatement} ORDER BY time_ns, id`,
    command: [
      'logs',
      `service=${filterValue(service)}`,
      ...(isHidden ? [] : [`statement=${filterValue(one.template)}`]),
    ],
  };
}

function arranged(state: LogsState): LogsState {
  const { subject, filter, least, sort } = state;
  const severe = subject.templates.filter(({ severity }) => severity >= least);
  const passing = rowsThat(severe, filter, (one) => ({
    text: `${one.service} ${one.template}`,
    facts: factsOf(one),
  }));
  // While the filter is none, what was listed last stays.
  const before = state.shown.length > 0 ? state.shown : severe;
  const { rows, problem, scattered } =
    'problem' in passing
      ? { rows: before, scattered: false, ...passing }
      : { ...passing, problem: null };
  const listed = anyChanged(subject) ? rows : [...rows].sort(severestFirst);
  return { ...state, problem, scattered, shown: inOrder(listed, columnsFor(subject), sort) };
}

/** What a filter can compare. */
const factsOf = ({ service, template, severity, counts, all, change }: TemplateLine) => ({
  service,
  statement: template,
  sev: severityName(severity),
  level: severityName(severity),
  severity: severityName(severity),
  count: all,
  before: counts.baseline,
  incident: counts.incident,
  change,
});

/** Where nothing changed, or there is nothing to compare with, no order by change says anything. */
const anyChanged = (subject: LogTemplates): boolean =>
  comparable(subject) && subject.templates.some(isChanged);

const severestFirst = (a: TemplateLine, b: TemplateLine): number =>
  b.severity - a.severity || b.all - a.all;

/** Severities that can be asked for, as the least one: all, WARN, ERROR. */
const leastSeverities = [0, severities.warning, severities.error];

function update(state: LogsState, action: Action | Motion, area: Area): Step<LogsState> {
  const { shown, list, least, subject } = state;
  if (isSortAction(action)) {
    const sort = resorted(state.sort, action, columnsFor(subject));
    return {
      state: { ...arranged({ ...state, sort }), list: atTop },
      ...sayUnsorted(sort, action),
    };
  }
  switch (action) {
    case 'open': {
      const line = shown[list.at];
      if (!line) return { state };
      const { service, template } = line;
      return { state, go: { screen: 'lines', service, template } };
    }
    case 'lines':
      return { state, go: { screen: 'lines', service: null, template: null } };
    case 'severity': {
      const next = leastSeverities[leastSeverities.indexOf(least) + 1] ?? 0;
      return { state: arranged({ ...state, least: next, list: atTop }) };
    }
    case 'next-error':
    case 'previous-error': {
      const isError = (at: number): boolean => (shown[at]?.severity ?? 0) >= severities.error;
      const step = action === 'next-error' ? 1 : -1;
      const at = nextWhere(list.at, shown.length, step, isError);
      if (at === list.at) return { state, say: 'no further error in this direction' };
      return { state: { ...state, list: placed(list, at, shown.length, listRows(area)) } };
    }
    case 'reveal':
      return { state: { ...state, revealed: !state.revealed } };
    default:
      return { state: { ...state, list: moved(list, action, shown.length, listRows(area)) } };
  }
}

/** Below the list: the statement under the cursor, whole, and over time. */
const footRows = ({ rows }: Area): number => (rows < 14 ? 0 : rows < 24 ? 6 : 9);
const tableArea = (area: Area): Area => ({ ...area, rows: area.rows - 1 - footRows(area) });
const listRows = (area: Area): number => tableRows(tableArea(area));

function View(state: LogsState, area: Area): readonly Line[] {
  const { subject, shown, list, sort, revealed } = state;
  const foot = footRows(area);
  const none =
    subject.templates.length === 0 ? 'the case holds no log record' : 'no statement passes';
  const table = { rows: shown, columns: columnsFor(subject, revealed), list, sort, none };
  const lines = [headLine(state), ...tableLines(table, tableArea(area))];
  if (foot === 0) return lines;
  return [
    ...padded(lines, area.rows - foot),
    ...templateLines(subject, shown[list.at], area.columns, revealed).slice(0, foot),
  ];
}

function headLine({ subject, shown, list, sort, problem }: LogsState): Line {
  if (problem !== null) return line(` ${safe(problem, 300)}`, 'yellow');
  const all = subject.templates.length;
  const changed = subject.templates.filter(isChanged).length;
  const counts = shown.length === all ? count(all) : `${count(shown.length)} of ${count(all)}`;
  const position = shown.length > 0 ? ` · ${count(list.at + 1)}/${count(shown.length)}` : '';
  const made = anyChanged(subject) ? 'change' : 'severity, then count';
  const order = sort === null ? made : sort.title.trim();
  const none = changed === 0 ? 'none changed surely' : `${count(changed)} changed`;
  const change = comparable(subject) ? `, ${none}` : ', nothing to compare with';
  return line(
    ` ${counts} ${all === 1 ? 'statement' : 'statements'}${change}${position} · sorted by ${order}`,
  );
}
