/**
 * The frame around the screens: its state, and the keys that work everywhere. Pure, like `step.ts`
 * and `frame-view.ts`; the terminal's side of it is `runtime/`.
 */
import type { Note, Preview } from '../model.ts';
import type { Field } from './field.ts';
import type { Findable, Finder } from './finder.ts';
import type { Held } from './held.ts';
import type { Help } from './help.ts';
import type { Key } from './keys.ts';
import type { Menu } from './menu.ts';
import type { Saved, SavedScreen } from './saved.ts';
import type { Area, Binding, Place, PromptPurpose, Question, Reply, ScreenName } from './screen.ts';
import { screenOf, tops } from './screens/index.ts';

/** A place that was visited, as it was left. */
export interface Visit {
  readonly place: Place;
  /** Null until what it shows has been read. */
  readonly state: { readonly of: unknown } | null;
  /** Why it could not be read. */
  readonly problem: string | null;
  /** The filter that holds; empty: none. */
  readonly filter: string;
  /** The last question of the screen, as JSON; empty: none yet. */
  readonly asked: string;
  /** True: the last question has no reply yet. */
  readonly waits: boolean;
  /** How it was left the last time the case was open, until something is done here; null: no more. */
  readonly left: SavedScreen | null;
}

export const unread = (place: Place): Visit => ({
  place,
  state: null,
  problem: null,
  filter: '',
  asked: '',
  waits: false,
  left: null,
});

export interface Frame {
  readonly caseName: string;
  /** Path of the case, for commands that are copied. */
  readonly db: string;
  readonly columns: number;
  readonly rows: number;
  /** True: nothing stands side by side, however wide it is. */
  readonly linear: boolean;
  /** At least one. */
  readonly history: readonly Visit[];
  /** Index of the visit shown; those after it can be gone forward to. */
  readonly at: number;
  /** The view before this one, whichever way led here; null: this is the first. */
  readonly previous: { readonly history: readonly Visit[]; readonly at: number } | null;
  /** What `u` takes back, the last one last. */
  readonly undo: readonly Undoable[];
  /** The top screens as they were left. */
  readonly tops: Readonly<Partial<Record<ScreenName, Visit>>>;
  /** Null while it is closed. */
  readonly help: Help | null;
  /** The filter being typed; null while none is. */
  readonly typing: string | null;
  /** The filter that held before it was typed. */
  readonly typedFrom: string;
  /** What can be copied; null while the menu is closed. */
  readonly menu: Menu | null;
  /** A line that is being asked for; null while none is. */
  readonly prompt: Prompt | null;
  /** Go to anything; null while it is closed. */
  readonly finder: Finder | null;
  /** What it finds; null: not looked up yet. */
  readonly findables: readonly Findable[] | null;
  /** Of the case, by time. */
  readonly notes: readonly Note[];
  /** Within a paste: keys are text, or nothing. */
  readonly pasting: boolean;
  /** Keys that came before what they are for had been read: they wait for it. */
  readonly ahead: readonly Key[];
  /** Seconds that reading in the background has taken so far; 0: nothing to speak of. */
  readonly reading: number;
  /** Said until the next key. */
  readonly said: string;
  /** How the case was left the last time; null: it was not. */
  readonly saved: Saved | null;
  /** What screens left for when the same thing is opened again, by key; the last one last. */
  readonly kept: ReadonlyMap<string, unknown>;
  /** What can be seen of the case before it has been compared; null: not known yet. */
  readonly preview: Preview | null;
  /** One line on the whole case, at the right of the first line; empty until it is known. */
  readonly context: string;
}

/** Something that can be taken back: a note that was removed, or what a view was before. */
type Undoable =
  | { readonly note: Note }
  | { readonly place: Place; readonly filter: string }
  | { readonly place: Place; readonly fields: Readonly<Record<string, unknown>> };

/** A line of text that the frame asks for. */
export interface Prompt {
  /** Before the text. Harmless already. */
  readonly label: string;
  readonly field: Field;
  /** What the text is for. */
  readonly purpose: PromptPurpose;
  /** Of a command: what has been looked up for its completion, or is being (no reply). */
  readonly looked?: { readonly question: Question; readonly reply: Reply | null } | null;
  /** The candidate that stands in the field, and the field before it; null: as it was typed. */
  readonly chosen?: { readonly before: Field; readonly at: number } | null;
  /** True: Enter was pressed, and it waits for what is being looked up. */
  readonly due?: boolean;
}

export type Event =
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly type: 'read'; readonly place: Place; readonly subject: unknown }
  | { readonly type: 'failed'; readonly place: Place; readonly message: string }
  | {
      readonly type: 'replied';
      readonly place: Place;
      readonly question: Question;
      readonly reply: Reply;
    }
  | { readonly type: 'notes'; readonly notes: readonly Note[]; readonly say: string }
  | { readonly type: 'matched'; readonly filter: string; readonly reply: Reply }
  | { readonly type: 'findables'; readonly items: readonly Findable[] }
  | { readonly type: 'reading'; readonly seconds: number }
  | { readonly type: 'said'; readonly text: string }
  | { readonly type: 'preview'; readonly preview: Preview }
  | { readonly type: 'context'; readonly text: string };

/** What the runtime does for the frame. */
export type Effect =
  | { readonly do: 'read'; readonly place: Place }
  | { readonly do: 'ask'; readonly place: Place; readonly question: Question }
  /** Looks up what the finder finds. */
  | { readonly do: 'findables' }
  /** Looks up the first traces that pass, for the finder. */
  | { readonly do: 'match'; readonly filter: string }
  /** Puts a text on the clipboard; `what`: in words. */
  | { readonly do: 'copy'; readonly text: string; readonly what: string }
  /** Writes the rows of a list to a file. */
  | { readonly do: 'export'; readonly of: ScreenName; readonly rows: readonly Held['facts'][] }
  /** `created`: of one that is brought back, ISO 8601. */
  | {
      readonly do: 'note';
      readonly target: string;
      readonly body: string;
      readonly created?: string;
    }
  | { readonly do: 'unnote'; readonly id: number }
  /** Ends what takes too long. */
  | { readonly do: 'cancel'; readonly what: 'statement' | 'reading' }
  | { readonly do: 'quit' | 'suspend' | 'redraw' };

export interface Outcome {
  readonly frame: Frame;
  readonly effects: readonly Effect[];
}

/** Lines around the body: breadcrumb, tabs and a rule above; a rule and the footer below. */
const framing = 5;
export const smallest = { columns: 60, rows: 16 } as const;

/** True: there is no room for any screen. */
export const isTooSmall = ({ columns, rows }: Pick<Frame, 'columns' | 'rows'>): boolean =>
  columns < smallest.columns || rows < smallest.rows;

/** What a screen may fill: the last row of the terminal stays empty. */
export const areaOf = ({
  columns,
  rows,
  linear,
}: Pick<Frame, 'columns' | 'rows' | 'linear'>): Area => ({
  columns,
  linear,
  rows: Math.max(1, rows - 1 - framing),
});

export type FrameAction =
  | `screen-${number}`
  | 'back'
  | 'leave'
  | 'previous'
  | 'earlier'
  | 'later'
  | 'filter'
  | 'help'
  | 'yank'
  | 'find'
  | 'command'
  | 'note'
  | 'notes'
  | 'undo'
  | 'sql'
  | 'export'
  | 'redraw'
  | 'suspend'
  | 'quit';

export const frameBindings: readonly Binding<FrameAction>[] = [
  ...tops.map((name, at) => ({
    keys: [String(at + 1)],
    action: `screen-${at}` as const,
    help: screenOf(name).title,
    quiet: true as const,
  })),
  { keys: ['/'], action: 'filter', help: 'filter' },
  { keys: ['ctrl-p'], action: 'find', help: 'go to anything', quiet: true },
  { keys: [':'], action: 'command', help: 'command', quiet: true },
  { keys: ['y'], action: 'yank', help: 'copy' },
  { keys: ['c'], action: 'note', help: 'note', quiet: true },
  { keys: ['N'], action: 'notes', help: 'notes', quiet: true },
  { keys: ['u'], action: 'undo', help: 'take back: note, filter, marks', quiet: true },
  { keys: ['S'], action: 'sql', help: 'the SQL of the list', quiet: true },
  { keys: ['ctrl-s'], action: 'export', help: 'its rows to a CSV file', quiet: true },
  { keys: ['?', 'f1'], action: 'help', help: 'help' },
  { keys: ['q'], action: 'leave', help: 'back' },
  {
    keys: ['escape'],
    action: 'back',
    help: 'close, clear the filter, go back',
    quiet: true,
  },
  { keys: ['-'], action: 'previous', help: 'the view before this, and back', quiet: true },
  { keys: ['H', 'alt-left'], action: 'earlier', help: 'back in the history', quiet: true },
  { keys: ['L', 'alt-right'], action: 'later', help: 'forward in the history', quiet: true },
  { keys: ['ctrl-l'], action: 'redraw', help: 'draw again', quiet: true },
  { keys: ['ctrl-z'], action: 'suspend', help: 'suspend', quiet: true },
  { keys: ['ctrl-c'], action: 'quit', help: 'quit', quiet: true },
];

export function openFrame(
  size: { columns: number; rows: number; linear?: boolean },
  caseName: string,
  place: Place = { screen: 'incident' },
  db: string = caseName,
): Outcome {
  const frame: Frame = {
    linear: false,
    ...size,
    caseName,
    db,
    history: [unread(place)],
    at: 0,
    previous: null,
    undo: [],
    tops: {},
    help: null,
    typing: null,
    typedFrom: '',
    menu: null,
    prompt: null,
    finder: null,
    findables: null,
    notes: [],
    pasting: false,
    ahead: [],
    reading: 0,
    said: '',
    saved: null,
    kept: new Map(),
    preview: null,
    context: '',
  };
  return { frame, effects: [{ do: 'read', place }] };
}

/** The frame as the case was left: everything on the way there is read. */
export function reopened({ frame }: Outcome, saved: Saved): Outcome {
  const { places, screens, at } = saved;
  const history = places.map((place, index) => ({
    ...unread(place),
    left: screens[index] ?? saved.tops[place.screen] ?? null,
  }));
  return {
    frame: { ...frame, saved, kept: saved.left, history, at },
    effects: places.map((place) => ({ do: 'read', place })),
  };
}

export const visitOf = (frame: Frame): Visit => frame.history[frame.at] as Visit;

/** What is shown takes long to read, and can be cancelled. */
export function isReading(frame: Frame): boolean {
  const { state, problem, waits } = visitOf(frame);
  return frame.reading > 0 && (waits || (state === null && problem === null));
}

export const isTop = ({ place }: Visit): boolean => tops.includes(place.screen as never);
