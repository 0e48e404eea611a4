/** What lies above the screen and has the keys while it is open: a line, a menu, the finder. */
import { commanded, commandList, commandNames } from './commands.ts';
import { completed, fieldOf, typedInto } from './field.ts';
import {
  type Findable,
  type Finder,
  findableNotes,
  foundBy,
  inFinder,
  isFound,
  wantedBy,
  withMatched,
} from './finder.ts';
import type { Matched } from './finder-traces.ts';
import { type Frame, type Outcome, type Prompt, visitOf } from './frame.ts';
import { type Held, takingsOf } from './held.ts';
import type { Key } from './keys.ts';
import { atTop } from './list.ts';
import { inMenu, isTaking, type Menu } from './menu.ts';
import { screenOf } from './screens/index.ts';
import { filtered, still, visited } from './visits.ts';

/** A key while something is open; null if nothing is. */
export function overlaid(frame: Frame, key: Key): Outcome | null {
  if (frame.prompt) return prompted(frame, frame.prompt, key);
  if (frame.menu) return frame.pasting ? still(frame) : picked(frame, frame.menu, key);
  return frame.finder && finding(frame, frame.finder, key);
}

/** A key for the line that is asked for. */
function prompted(frame: Frame, prompt: Prompt, key: Key): Outcome {
  const { purpose, field } = prompt;
  if (key.name === 'escape') return still({ ...frame, prompt: null });
  if (key.name === 'tab' && purpose.ask === 'command') {
    const names = commandNames(field.text);
    const next = names.length === 0 ? field : completed(field, names);
    return still({ ...frame, prompt: { ...prompt, field: next } });
  }
  if (key.name !== 'enter' || frame.pasting) {
    const meant = key.name === 'enter' ? { name: ' ', text: ' ' } : key;
    return still({ ...frame, prompt: { ...prompt, field: typedInto(field, meant) } });
  }
  const closed = { ...frame, prompt: null };
  return purpose.ask === 'command'
    ? obeyed(closed, field.text)
    : noted(closed, purpose.target, [purpose.before, field.text]);
}

function noted(frame: Frame, target: string, parts: readonly string[]): Outcome {
  const body = parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(': ');
  return body === ''
    ? still({ ...frame, said: 'nothing noted' })
    : { frame, effects: [{ do: 'note', target, body }] };
}

/** What a command line leads to. */
function obeyed(frame: Frame, text: string): Outcome {
  if (text.trim() === '') return still(frame);
  const result = commanded(text);
  if ('go' in result) return visited(frame, result.go);
  if ('help' in result) return still({ ...frame, help: atTop });
  if ('quit' in result) return { frame, effects: [{ do: 'quit' }] };
  if ('note' in result) return noted(frame, holding(frame)?.target ?? 'case', [result.note]);
  if ('filter' in result) {
    const { place, state } = visitOf(frame);
    return state && screenOf(place.screen).filtered
      ? still(filtered(frame, result.filter))
      : still({ ...frame, said: 'nothing to filter here' });
  }
  return still({ ...frame, said: result.problem });
}

/** Everything that can be gone to by now. */
export const allFindables = ofAll();

/** The same list while nothing it is made of has changed: it is indexed once. */
function ofAll(): (frame: Frame) => readonly Findable[] {
  let made: { of: readonly unknown[]; items: readonly Findable[] } = { of: [], items: [] };
  return ({ findables, notes }) => {
    const [lookedUp, written] = made.of;
    if (lookedUp !== findables || written !== notes) {
      const items = [...(findables ?? []), ...findableNotes(notes), ...findableCommands];
      made = { of: [findables, notes], items };
    }
    return made.items;
  };
}

const findableCommands: readonly Findable[] = commandList.map(({ name, takes }) => ({
  kind: 'command',
  text: `:${name}`,
  detail: takes,
  go: { command: name },
}));

/** A key while the finder is open. */
function finding(frame: Frame, finder: Finder, key: Key): Outcome {
  const next = inFinder(finder, foundBy(allFindables(frame), finder).items, key);
  if (next === null) return still({ ...frame, finder: null });
  if (!isFound(next)) return seeking({ ...frame, finder: next }, next);
  const closed = { ...frame, finder: null };
  if (!('command' in next.go)) return visited(closed, next.go);
  const { command } = next.go;
  // A command that needs more is written down, to be completed.
  const takes = commandList.find(({ name }) => name === command)?.takes ?? '';
  if (takes === '') return obeyed(closed, command);
  return still(commandLine(closed, `${command} `));
}

/** The finder, with the traces looked up that may be meant. */
function seeking(frame: Frame, finder: Finder): Outcome {
  const filter = wantedBy(finder);
  if (filter === null) return still(frame);
  return {
    frame: { ...frame, finder: { ...finder, asked: filter } },
    effects: [{ do: 'match', filter }],
  };
}

/** What came of it, if the finder still waits for it. */
export const matched = (frame: Frame, found: Matched): Frame =>
  frame.finder
    ? { ...frame, finder: withMatched(frame.finder, allFindables(frame), found) }
    : frame;

export const commandLine = (frame: Frame, text: string): Frame => ({
  ...frame,
  prompt: { label: ':', field: fieldOf(text), purpose: { ask: 'command' } },
});

/** A key while the menu is open. */
function picked(frame: Frame, menu: Menu, key: Key): Outcome {
  const next = inMenu(menu, key);
  if (next === null || !isTaking(next)) return still({ ...frame, menu: next });
  const what = `${next.name} of ${menu.what}`;
  return { frame: { ...frame, menu: null }, effects: [{ do: 'copy', text: next.text, what }] };
}

/** What is under the cursor, or why nothing is. */
function holding(frame: Frame): Held | null {
  const { place, state } = visitOf(frame);
  return (state && screenOf(place.screen).held?.(state.of)) ?? null;
}

function listSql(frame: Frame): string | null {
  const { place, state } = visitOf(frame);
  return (state && screenOf(place.screen).listSql?.(state.of)) ?? null;
}

/** Keys for what is under the cursor; `S` for the list around it. */
export function onHeld(frame: Frame, action: 'yank' | 'note' | 'sql'): Outcome {
  const held = holding(frame);
  if (action === 'note') {
    const target = held?.target ?? 'case';
    const label = `note on ${held?.what ?? 'the case'}:`;
    const purpose = { ask: 'note', target, before: '' } as const;
    return still({ ...frame, prompt: { label, field: fieldOf(''), purpose } });
  }
  if (action === 'sql') {
    const list = listSql(frame);
    const isAsked = list === null && visitOf(frame).place.screen === 'sql';
    const sql = list ?? held?.sql;
    if (isAsked) return still({ ...frame, said: 'this is a statement already: y copies it' });
    return sql === undefined
      ? still({ ...frame, said: 'no statement returns this' })
      : visited(frame, { screen: 'sql', sql });
  }
  if (!held) return still({ ...frame, said: 'nothing here to copy' });
  return still({ ...frame, menu: { what: held.what, items: takingsOf(held, frame.db), at: 0 } });
}

/** The rows of the list that is shown, for a file. */
export function exported(frame: Frame): Outcome {
  const { place, state } = visitOf(frame);
  const { rows: rowsOf, held } = screenOf(place.screen);
  const list = state ? rowsOf?.(state.of) : undefined;
  if (!list || !held) return still({ ...frame, said: 'no list to export here: y copies' });
  const rows = Array.from({ length: list.count }, (_, at) => held(list.at(at))?.facts).filter(
    (facts) => facts !== undefined,
  );
  return rows.length === 0
    ? still({ ...frame, said: 'no row to export' })
    : { frame, effects: [{ do: 'export', of: place.screen, rows }] };
}
