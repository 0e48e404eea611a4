/** The statement while it is written: what is typed, recalled and completed, until it is run. */
import { completed, fieldOf, typedInto, wordAt } from '../field.ts';
import type { Key } from '../keys.ts';
import type { SqlState } from './sql.ts';
import { namesAt } from './sql-names.ts';

/** Statements that are remembered. */
const mostStatements = 200;

/** The statement in the field, to be run. */
export function ran(state: SqlState): SqlState {
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
    // They were meant for the columns of another statement.
    ...(text === asked.sql ? {} : { filter: '', sort: null }),
  };
}

export function typed(state: SqlState, key: Key): SqlState {
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
