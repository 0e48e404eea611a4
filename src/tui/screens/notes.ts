/** What people wrote down; Enter opens what a note is about. */
import type { Note, SpanId, TraceId } from '../../model.ts';
import { wrap } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { sqlText } from '../held.ts';
import { type Line, line, padded } from '../line.ts';
import { atTop, type Cursor, type Motion, moved, rowsIn } from '../list.ts';
import type { Area, Place, Screen, Step } from '../screen.ts';
import { type TableColumn, tableLines, tableRows } from '../table.ts';

export interface NotesState {
  readonly notes: readonly Note[];
  readonly filter: string;
  readonly list: Cursor;
}

type Action = 'open' | 'remove';

export const notes: Screen<NotesState, readonly Note[], Action> = {
  title: 'Notes',
  keeps: ['list'],
  bindings: [
    { keys: ['enter', 'l', 'right'], action: 'open', help: 'what it is about' },
    { keys: ['D'], action: 'remove', help: 'remove' },
  ],
  init: (all) => ({ notes: all, filter: '', list: atTop }),
  noted: (state, all) => ({ ...state, notes: all }),
  filtered: (state, filter) => ({ ...state, filter: filter.toLowerCase(), list: atTop }),
  held(state) {
    const note = shownIn(state)[state.list.at];
    if (!note) return null;
    return {
      what: `note ${note.id}`,
      target: note.target,
      id: String(note.id),
      facts: { ...note },
      sql: `SELECT * FROM notes WHERE note_id = ${note.id} AND target = ${sqlText(note.target)}`,
      command: ['note', 'ls'],
    };
  },
  rows: (state) => rowsIn(state, shownIn(state).length),
  update,
  View,
};

const shownIn = ({ notes: all, filter }: NotesState): readonly Note[] =>
  all.filter(({ target, body }) => `${target} ${body}`.toLowerCase().includes(filter));

function update(state: NotesState, action: Action | Motion, area: Area): Step<NotesState> {
  const shown = shownIn(state);
  const note = shown[state.list.at];
  switch (action) {
    case 'open': {
      const go = note ? aboutOf(note.target) : null;
      return go ? { state, go } : { state, say: 'it is about nothing that opens' };
    }
    case 'remove':
      return note ? { state, unnote: note.id } : { state };
    default:
      return {
        state: { ...state, list: moved(state.list, action, shown.length, tableRows(area)) },
      };
  }
}

/** Where a note leads. */
function aboutOf(target: string): Place | null {
  const [, kind = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(target) ?? [];
  switch (kind) {
    case 'trace':
    case 'span': {
      const [traceId = '', spanId = null] = rest.split('/');
      return { screen: 'trace', traceId: traceId as TraceId, spanId: spanId as SpanId | null };
    }
    case 'service':
      return { screen: 'graph', service: rest };
    case 'cause':
      return { screen: 'causes', service: rest.slice(0, rest.lastIndexOf(' ')) };
    case 'log':
      return { screen: 'log', id: rest };
    default:
      return null;
  }
}

function View(state: NotesState, area: Area): readonly Line[] {
  const shown = shownIn(state);
  const note = shown[state.list.at];
  const foot = area.rows < 14 ? 0 : 6;
  const none =
    state.notes.length === 0
      ? 'nobody wrote anything down yet: c notes what is under the cursor'
      : 'no note passes the filter';
  const table = { rows: shown, columns, list: state.list, sort: null, none };
  const lines = tableLines(table, { ...area, rows: area.rows - foot });
  if (foot === 0 || !note) return lines;
  const body = wrap(safe(note.body, 4_000), area.columns - 2).slice(0, foot - 1);
  return [
    ...padded(lines, area.rows - foot),
    line('─'.repeat(area.columns), 'dim'),
    ...body.map((part) => line(` ${part}`)),
  ];
}

const columns: readonly TableColumn<Note>[] = [
  {
    title: 'written (UTC)',
    width: 18,
    text: ({ created }) => safe(created, 16).replace('T', ' '),
  },
  { title: 'about', width: 30, text: ({ target }) => safe(target, 80) },
  { title: 'note', width: 0, text: ({ body }) => safe(body, 400) },
];
