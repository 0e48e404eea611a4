/** A console for one read-only statement after the other; rows with an id open what they name. */
import { wrap } from '../../text.ts';
import { discreetResult } from '../content-rows.ts';
import { completed, type Field, fieldOf, typedInto, wordAt } from '../field.ts';
import { safe } from '../glyphs.ts';
import { counted } from '../health.ts';
import type { Key } from '../keys.ts';
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
import { tableLines, tableRows } from '../table.ts';
import { namesAt } from './sql-names.ts';
import { columnsOf, placeOfRow, statementLines, tablesLines } from './sql-result.ts';

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
  /** True: what people and models said is shown. */
  readonly revealed: boolean;
  /** 0: the statement; from 1 on the rows. */
  readonly list: Cursor;
  /** First column shown. */
  readonly shifted: number;
}

type Action = 'open' | 'edit' | 'right' | 'left' | 'reveal' | 'close';

const begin =
  'SELECT service, layer, spans, errors, instances, observed FROM services ORDER BY errors DESC';

export const sql: Screen<SqlState, Subjects['sql'], Action> = {
  title: 'SQL',
  keeps: ['field', 'history', 'asked', 'list', 'shifted'],
  bindings: [
    { keys: ['enter'], action: 'open', help: 'edit, or open the row' },
    { keys: ['i'], action: 'edit', help: 'edit' },
    { keys: ['l', 'right'], action: 'right', help: 'columns', quiet: true },
    { keys: ['h', 'left'], action: 'left', help: 'columns to the left', quiet: true },
    { keys: ['P'], action: 'reveal', help: 'prompts', quiet: true },
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
    revealed: false,
    list: atTop,
    shifted: 0,
  }),
  aimed: (state, place) =>
    place.screen === 'sql' && place.sql !== undefined
      ? ran({ ...state, field: fieldOf(place.sql) })
      : state,
  wants: ({ asked }) => ({ ask: 'sql', ...asked }),
  answered(state, question, reply) {
    if (question.ask !== 'sql' || question.run !== state.asked.run || !state.running) return state;
    const done = { ...state, running: false, shifted: 0 };
    if ('problem' in reply) {
      // What is wrong is put right where it was written.
      const editing = reply.problem !== replacedText;
      return { ...done, result: null, problem: reply.problem, list: atTop, editing };
    }
    return { ...done, result: reply.answer as SqlResult, problem: null, list: atTop };
  },
  typing: ({ editing }) => editing,
  typingHint: 'Enter runs · Tab completes · ↑ ↓ earlier statements · Esc leaves',
  closable: ({ running }) => running,
  typed,
  held(state) {
    const { list, field } = state;
    const result = shownResult(state);
    const row = result?.rows[list.at - 1];
    if (!row) return null;
    const facts = Object.fromEntries(
      (result?.columns ?? []).map((name, at) => {
        const value = row[at] ?? null;
        return [name, typeof value === 'bigint' ? String(value) : value];
      }),
    );
    return {
      what: `row ${list.at}`,
      target: 'case',
      id: null,
      facts,
      sql: field.text,
      command: ['query', field.text],
    };
  },
  // The first row is the field itself.
  rows: (state) => ({
    count: state.result?.rows.length ?? 0,
    at: (at) => ({ ...state, list: { at: at + 1, top: 0 } }),
  }),
  update,
  View,
};

/** Statements that are remembered. */
const mostStatements = 200;

/** The statement in the field, to be run. */
function ran(state: SqlState): SqlState {
  const { field, asked } = state;
  const text = field.text.trim();
  if (text === '') return { ...state, editing: false };
  const history = [...state.history.filter((one) => one !== text), text].slice(-mostStatements);
  return {
    ...state,
    editing: false,
    history,
    // It stands in the field.
    recalled: history.length - 1,
    names: [],
    asked: { sql: text, run: asked.run + 1 },
    running: true,
    problem: null,
  };
}

// ---------------------------------------------------------------- the editor

function typed(state: SqlState, key: Key): SqlState {
  switch (key.name) {
    case 'enter':
      return ran(state);
    case 'escape':
      return { ...state, editing: false, names: [] };
    case 'tab':
      return suggested(state);
    case 'up':
      return recalled(state, -1);
    case 'down':
      return recalled(state, 1);
    default: {
      const field = typedInto(state.field, key);
      const recalled = field.text === state.field.text ? state.recalled : state.history.length;
      return { ...state, field, recalled, names: [] };
    }
  }
}

function recalled(state: SqlState, step: number): SqlState {
  const at = Math.max(0, Math.min(state.history.length, state.recalled + step));
  const text = state.history[at];
  return { ...state, recalled: at, field: text === undefined ? state.field : fieldOf(text) };
}

/** Names that fit where the word stands, as far as they agree; after that, which they are. */
function suggested(state: SqlState): SqlState {
  const { field, tables } = state;
  const { from, word } = wordAt(field);
  const names = namesAt(field.text.slice(0, from), word, field.text, tables);
  if (names.length === 0) return { ...state, names: [] };
  return { ...state, field: completed(field, names), names: names.length > 1 ? names : [] };
}

// ---------------------------------------------------------------- moving

function update(state: SqlState, action: Action | Motion, area: Area): Step<SqlState> {
  const { list, result } = state;
  const rows = result?.rows ?? [];
  switch (action) {
    case 'edit':
      return { state: edited(state) };
    case 'open':
      return list.at === 0 ? { state: edited(state) } : opened(state);
    case 'close':
      return {
        state: { ...state, running: false, result: null, problem: 'cancelled' },
        cancel: true,
      };
    case 'reveal':
      return { state: { ...state, revealed: !state.revealed } };
    case 'right': {
      const last = Math.max(0, (result?.columns.length ?? 1) - 1);
      return { state: { ...state, shifted: Math.min(last, state.shifted + 1) } };
    }
    case 'left':
      return { state: { ...state, shifted: Math.max(0, state.shifted - 1) } };
    default:
      return {
        state: { ...state, list: moved(list, action, rows.length + 1, seenRows(state, area)) },
      };
  }
}

const edited = (state: SqlState): SqlState => ({ ...state, editing: true, list: atTop });

const discreetOnes = new WeakMap<SqlResult, SqlResult>();

/** The result as it is shown; made once, it is drawn at every key. */
function shownResult({ result, revealed, asked, tables }: SqlState): SqlResult | null {
  if (!result || revealed) return result;
  const made = discreetOnes.get(result);
  if (made) return made;
  const known = new Set(tables.flatMap(({ columns }) => columns));
  const shown = discreetResult(result, { sql: asked.sql, known });
  discreetOnes.set(result, shown);
  return shown;
}

/** What the row names. */
function opened(state: SqlState): Step<SqlState> {
  const { result, list } = state;
  const row = result?.rows[list.at - 1];
  const go = result && row ? placeOfRow(result, row) : null;
  return go
    ? { state, go }
    : { state, say: 'no id in this row: select trace_id, span_id, id or service' };
}

// ---------------------------------------------------------------- drawing

function headLines(state: SqlState, columns: number): readonly Line[] {
  const { names, field, editing, list: cursor, running, problem, result } = state;
  const said = running
    ? 'running … Esc cancels it'
    : problem !== null
      ? problem
      : result
        ? `${result.more ? 'the first ' : ''}${counted(result.rows.length, 'row')}`
        : '';
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

const seenRows = (state: SqlState, area: Area): number =>
  tableRows({ ...area, rows: area.rows - headLines(state, area.columns).length });

function View(state: SqlState, area: Area): readonly Line[] {
  const { list, shifted, running, problem } = state;
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
      rows: result.rows,
      columns,
      list: { at: Math.max(0, list.at - 1), top: Math.max(0, list.top - 1) },
      sort: null,
      none: 'no row',
      focused: list.at > 0,
    },
    left,
  );
  return [...head, ...rows].slice(0, area.rows);
}
