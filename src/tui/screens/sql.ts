/** A console for one read-only statement after the other; rows with an id open what they name. */
import { wrap } from '../../text.ts';
import { type Field, fieldOf } from '../field.ts';
import { safe } from '../glyphs.ts';
import { count, counted } from '../health.ts';
import type { Held } from '../held.ts';
import { cut, type Line, line } from '../line.ts';
import { atTop, type Cursor, type Motion, moved } from '../list.ts';
import {
  type Area,
  replacedText,
  type Screen,
  type SqlResult,
  type Step,
  type Subjects,
} from '../screen.ts';
import {
  isSortAction,
  resorted,
  type Sort,
  type SortAction,
  sayUnsorted,
  sortBindings,
  tableLines,
  tableRows,
} from '../table.ts';
import { ran, typed } from './sql-editor.ts';
import { columnsOf, placeOfRow, statementLines, tablesLines } from './sql-result.ts';
import { arranged, type Listed, narrowedSql, nothingListed, shownResult } from './sql-rows.ts';

export interface SqlState {
  readonly tables: Subjects['sql']['tables'];
  readonly field: Field;
  readonly editing: boolean;
  /** Statements that were run, the last at the end. */
  readonly history: readonly string[];
  /** Place in the history while it is gone through; its length: what is being typed. */
  readonly recalled: number;
  /** Names that fit what is being typed, after Tab. */
  readonly names: readonly string[];
  /** What is being run or was run last; `run` tells two runs of one statement apart. */
  readonly asked: { readonly sql: string; readonly run: number };
  readonly result: SqlResult | null;
  readonly problem: string | null;
  readonly running: boolean;
  readonly filter: string;
  readonly sort: Sort;
  /** What is listed of the result. */
  readonly listed: Listed;
  /** True: what people and models said is shown. */
  readonly revealed: boolean;
  /** 0: the statement; from 1 on the rows. */
  readonly list: Cursor;
  /** First column shown. */
  readonly shifted: number;
}

type Action = 'open' | 'edit' | 'right' | 'left' | 'reveal' | 'close' | SortAction;

const begin =
  'SELECT service, layer, spans, errors, instances, observed FROM services ORDER BY errors DESC';

export const sql: Screen<SqlState, Subjects['sql'], Action> = {
  title: 'SQL',
  keeps: ['field', 'history', 'asked', 'sort', 'list', 'shifted'],
  bindings: [
    { keys: ['enter'], action: 'open', help: 'edit, or open the row' },
    { keys: ['i'], action: 'edit', help: 'edit' },
    { keys: ['l', 'right'], action: 'right', help: 'columns', quiet: true },
    { keys: ['h', 'left'], action: 'left', help: 'columns to the left', quiet: true },
    { keys: ['P'], action: 'reveal', help: 'prompts', quiet: true },
    ...sortBindings,
  ],
  init: ({ tables }) => ({
    tables,
    field: fieldOf(begin),
    editing: false,
    history: [],
    recalled: 0,
    names: [],
    asked: { sql: begin, run: 0 },
    result: null,
    problem: null,
    running: true,
    filter: '',
    sort: null,
    listed: nothingListed,
    revealed: false,
    list: atTop,
    shifted: 0,
  }),
  aimed: (state, place) =>
    place.screen === 'sql' && place.sql !== undefined
      ? ran({ ...state, field: fieldOf(place.sql) })
      : state,
  filtered: (state, filter) => onRows(arranged({ ...state, filter })),
  filterIn: ({ filter }) => filter,
  listSql: narrowedSql,
  wants: ({ asked }) => ({ ask: 'sql', ...asked }),
  answered(state, question, reply) {
    if (question.ask !== 'sql' || question.run !== state.asked.run || !state.running) return state;
    const done = { ...state, running: false, shifted: 0 };
    if ('problem' in reply) {
      // What is wrong is put right where it was written.
      const editing = reply.problem !== replacedText;
      return arranged({ ...done, result: null, problem: reply.problem, list: atTop, editing });
    }
    const result = reply.answer as SqlResult;
    return arranged({ ...done, result, problem: null, list: atTop });
  },
  typing: ({ editing }) => editing,
  typedAfter: ['enter', 'i'],
  typingHint: 'Enter runs · Tab completes · ↑ ↓ earlier statements · Esc leaves',
  closable: ({ running }) => running,
  typed,
  held(state) {
    const { list, listed, asked } = state;
    const row = listed.rows[list.at - 1];
    if (!row) return heldStatement(state.field.text);
    const facts = Object.fromEntries(
      (shownResult(state)?.columns ?? []).map((name, at) => {
        const value = row[at] ?? null;
        return [name, typeof value === 'bigint' ? String(value) : value];
      }),
    );
    return {
      what: `row ${list.at}`,
      target: 'case',
      id: null,
      facts,
      sql: asked.sql,
      command: ['query', asked.sql],
    };
  },
  // The first row is the field itself.
  problem: ({ problem, listed }) => problem ?? listed.wrong,
  rows: (state) => ({
    count: state.listed.rows.length,
    at: (at) => ({ ...state, list: { at: at + 1, top: 0 } }),
  }),
  update,
  View,
};

// ---------------------------------------------------------------- moving

function update(state: SqlState, action: Action | Motion, area: Area): Step<SqlState> {
  const { list, listed, result } = state;
  if (isSortAction(action)) return sorted(state, action, area);
  switch (action) {
    case 'edit':
      return { state: edited(state) };
    case 'open':
      return list.at === 0 ? { state: edited(state) } : opened(state);
    case 'close':
      return {
        state: arranged({ ...state, running: false, result: null, problem: 'cancelled' }),
        cancel: true,
      };
    case 'reveal':
      return { state: arranged({ ...state, revealed: !state.revealed }) };
    case 'right': {
      const last = Math.max(0, (result?.columns.length ?? 1) - 1);
      return { state: { ...state, shifted: Math.min(last, state.shifted + 1) } };
    }
    case 'left':
      return { state: { ...state, shifted: Math.max(0, state.shifted - 1) } };
    default:
      return {
        state: {
          ...state,
          list: moved(list, action, listed.rows.length + 1, seenRows(state, area)),
        },
      };
  }
}

const edited = (state: SqlState): SqlState => ({ ...state, editing: true, list: atTop });

const heldStatement = (sql: string): Held => ({
  ...{ what: 'the statement', target: 'case', id: null, facts: { sql }, sql },
  command: ['query', sql],
});

/** The cursor on the first row: who filters or sorts looks at rows. */
const onRows = (state: SqlState): SqlState => ({
  ...state,
  list: { at: Math.min(1, state.listed.rows.length), top: 0 },
});

/** In another order, with the column in sight that it is in the order of. */
function sorted(state: SqlState, action: SortAction, area: Area): Step<SqlState> {
  const result = shownResult(state);
  if (!result || result.rows.length === 0) return { state, say: 'there is no row to sort' };
  const columns = columnsOf(result, area.columns);
  const sort = resorted(state.sort, action, columns);
  const at = columns.findIndex(({ title }) => title === sort?.title);
  const next = onRows(arranged({ ...state, sort }));
  const shifted = at < 0 ? next.shifted : shiftTo(at, columns, state, area);
  return { state: { ...next, shifted }, ...sayUnsorted(sort, action) };
}

/** The first column that is shown, so that the one at `at` is. */
function shiftTo(
  at: number,
  columns: readonly { readonly width: number }[],
  { shifted }: SqlState,
  area: Area,
): number {
  let from = Math.min(shifted, at);
  const wide = (): number => columns.slice(from, at + 1).reduce((sum, { width }) => sum + width, 0);
  while (from < at && wide() > area.columns - 1) from += 1;
  return from;
}

/** What the row names. */
function opened(state: SqlState): Step<SqlState> {
  const { result, list, listed } = state;
  const row = listed.rows[list.at - 1];
  const go = result && row ? placeOfRow(result, row) : null;
  return go
    ? { state, go }
    : { state, say: 'no id in this row: select trace_id, span_id, id or service' };
}

// ---------------------------------------------------------------- drawing

function headLines(state: SqlState, columns: number): readonly Line[] {
  const { names, field, editing, list: cursor, running, listed } = state;
  const problem = state.problem ?? listed.wrong;
  const said = running ? 'running … Esc cancels it' : (problem ?? rowsText(state));
  // While it is edited the footer tells the keys.
  const help = editing ? '' : 'Enter edits · j to the rows';
  const list = names.length > 0 ? wrap(names.join('  '), columns - 2).slice(0, 3) : [];
  return [
    ...statementLines({ field, editing, isCurrent: cursor.at === 0 }, columns),
    ...list.map((part) => line(` ${part}`, 'cyan')),
    cut(line(` ${help}`, 'dim'), columns),
    line('─'.repeat(columns), 'dim'),
    ...wrap(safe(said, 500), columns - 2)
      .slice(0, 4)
      .map((part) => line(` ${part}`, ...(problem === null ? [] : (['yellow'] as const)))),
  ];
}

/** How many there are, how many of them are listed, and in which order. */
function rowsText({ result, listed, list, sort }: SqlState): string {
  if (!result) return '';
  const all = `${result.more ? 'the first ' : ''}${counted(result.rows.length, 'row')}`;
  const { length } = listed.rows;
  const some = length === result.rows.length ? all : `${count(length)} of ${all}`;
  const position = list.at > 0 ? ` · ${count(list.at)}/${count(length)}` : '';
  const by = sort === null ? '' : ` · sorted by ${sort.title}`;
  const isPart = result.more && (sort !== null || length < result.rows.length);
  return `${some}${position}${by}${isPart ? ' · S: of all rows there are' : ''}`;
}

const seenRows = (state: SqlState, area: Area): number =>
  tableRows({ ...area, rows: area.rows - headLines(state, area.columns).length });

function View(state: SqlState, area: Area): readonly Line[] {
  const { list, shifted, running, problem, listed, sort } = state;
  const result = shownResult(state);
  const head = headLines(state, area.columns);
  const left = { ...area, rows: Math.max(1, area.rows - head.length) };
  if (!result || problem !== null) {
    return [...head, ...(running ? [] : tablesLines(state.tables, area.columns))].slice(
      0,
      area.rows,
    );
  }
  const columns = columnsOf(result, area.columns).slice(shifted);
  const rows = tableLines(
    {
      rows: listed.rows,
      columns,
      list: { at: Math.max(0, list.at - 1), top: Math.max(0, list.top - 1) },
      sort,
      none: result.rows.length === 0 ? 'no row' : 'no row passes the filter',
      focused: list.at > 0,
    },
    left,
  );
  return [...head, ...rows].slice(0, area.rows);
}
