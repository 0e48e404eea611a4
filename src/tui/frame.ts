/**
 * The frame around the screens, as a pure function of what happened: history, filter line, help and
 * the way of every key. The terminal's side of it is `runtime/`.
 *
 *     key ─→ filter being typed? ─→ help open? ─→ the screen's bindings ─→ motions ─→ the frame's own
 */

import { helpLines, helpRows } from './help.ts';
import type { Key } from './keys.ts';
import { atTop, type Cursor, type Motion, moved } from './list.ts';
import {
  type Area,
  type Binding,
  motions,
  type Place,
  type ScreenName,
  type Step,
} from './screen.ts';
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
}

export interface Frame {
  readonly caseName: string;
  readonly columns: number;
  readonly rows: number;
  /** At least one. */
  readonly history: readonly Visit[];
  /** Index of the visit shown; those after it can be gone forward to. */
  readonly at: number;
  /** The top screens as they were left. */
  readonly tops: Readonly<Partial<Record<ScreenName, Visit>>>;
  /** Where the help is scrolled to; null while it is closed. */
  readonly help: Cursor | null;
  /** The filter being typed; null while none is. */
  readonly typing: string | null;
  /** Within a paste: keys are text, or nothing. */
  readonly pasting: boolean;
  /** Said until the next key. */
  readonly said: string;
  /** One line on the whole case, at the right of the first line; empty until it is known. */
  readonly context: string;
}

export type Event =
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly type: 'read'; readonly place: Place; readonly subject: unknown }
  | { readonly type: 'failed'; readonly place: Place; readonly message: string }
  | { readonly type: 'context'; readonly text: string };

/** What the runtime does for the frame. */
export type Effect =
  | { readonly do: 'read'; readonly place: Place }
  | { readonly do: 'quit' | 'suspend' | 'redraw' };

export interface Outcome {
  readonly frame: Frame;
  readonly effects: readonly Effect[];
}

/** Lines around the body: breadcrumb, tabs and a rule above; a rule and the footer below. */
const framing = 5;
export const smallest = { columns: 60, rows: 16 } as const;

/** What a screen may fill: the last row of the terminal stays empty. */
export const areaOf = ({ columns, rows }: Pick<Frame, 'columns' | 'rows'>): Area => ({
  columns,
  rows: Math.max(1, rows - 1 - framing),
});

export type FrameAction =
  | `screen-${number}`
  | 'back'
  | 'leave'
  | 'earlier'
  | 'later'
  | 'filter'
  | 'help'
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
  { keys: ['?', 'f1'], action: 'help', help: 'help' },
  { keys: ['q'], action: 'leave', help: 'back' },
  {
    keys: ['escape'],
    action: 'back',
    help: 'close, clear the filter, go back',
    quiet: true,
  },
  { keys: ['H', 'alt-left'], action: 'earlier', help: 'back in the history', quiet: true },
  { keys: ['L', 'alt-right'], action: 'later', help: 'forward in the history', quiet: true },
  { keys: ['ctrl-l'], action: 'redraw', help: 'draw again', quiet: true },
  { keys: ['ctrl-z'], action: 'suspend', help: 'suspend', quiet: true },
  { keys: ['ctrl-c'], action: 'quit', help: 'quit', quiet: true },
];

export function openFrame(size: { columns: number; rows: number }, caseName: string): Outcome {
  const place: Place = { screen: 'incident' };
  const frame: Frame = {
    ...size,
    caseName,
    history: [{ place, state: null, problem: null, filter: '' }],
    at: 0,
    tops: {},
    help: null,
    typing: null,
    pasting: false,
    said: '',
    context: '',
  };
  return { frame, effects: [{ do: 'read', place }] };
}

export const visitOf = (frame: Frame): Visit => frame.history[frame.at] as Visit;

export const isTop = ({ place }: Visit): boolean => tops.includes(place.screen as never);

export function step(frame: Frame, event: Event): Outcome {
  switch (event.type) {
    case 'key':
      return pressed({ ...frame, said: '' }, event.key);
    case 'resize':
      return {
        frame: { ...frame, columns: event.columns, rows: event.rows },
        effects: [{ do: 'redraw' }],
      };
    case 'read':
      return still(received(frame, event.place, event.subject));
    case 'failed':
      return still(
        everyVisit(frame, event.place, (visit) => ({ ...visit, problem: event.message })),
      );
    case 'context':
      return still({ ...frame, context: event.text });
  }
}

const still = (frame: Frame): Outcome => ({ frame, effects: [] });

/** Top screens show the same whatever the cursor is aimed at. */
const samePlace = (a: Place, b: Place): boolean =>
  a.screen === b.screen &&
  (tops.includes(a.screen as never) || JSON.stringify(a) === JSON.stringify(b));

/** Changes every visit of that place that still waits for what it shows. */
function everyVisit(frame: Frame, place: Place, change: (visit: Visit) => Visit): Frame {
  const changed = (visit: Visit): Visit =>
    visit.state === null && samePlace(visit.place, place) ? change(visit) : visit;
  return {
    ...frame,
    history: frame.history.map(changed),
    tops: Object.fromEntries(
      Object.entries(frame.tops).map(([name, visit]) => [name, changed(visit)]),
    ),
  };
}

const received = (frame: Frame, place: Place, subject: unknown): Frame =>
  everyVisit(frame, place, (visit) =>
    aimed(frame, {
      ...visit,
      state: { of: screenOf(place.screen).init(subject, areaOf(frame)) },
    }),
  );

/** The visit with the cursor where its place says. */
function aimed(frame: Frame, visit: Visit): Visit {
  const { place, state } = visit;
  const aim = screenOf(place.screen).aimed;
  return aim && state ? { ...visit, state: { of: aim(state.of, place, areaOf(frame)) } } : visit;
}

/** The visit shown, changed. */
function here(frame: Frame, change: Partial<Visit>): Frame {
  const visit = { ...visitOf(frame), ...change };
  return { ...frame, history: frame.history.map((old, at) => (at === frame.at ? visit : old)) };
}

// ---------------------------------------------------------------- keys

function pressed(frame: Frame, key: Key): Outcome {
  if (key.name === 'paste-start' || key.name === 'paste-end') {
    return still({ ...frame, pasting: key.name === 'paste-start' });
  }
  if (key.name === 'ctrl-c') return { frame, effects: [{ do: 'quit' }] };
  if (frame.typing !== null) return still(typed(frame, frame.typing, key));
  // What is pasted outside of a text field was not meant as commands.
  if (frame.pasting) return still(frame);
  const helped = frame.help && inHelp(frame, frame.help, key);
  if (helped) return still(helped);
  const { place, state } = visitOf(frame);
  const own = actionOf(screenOf(place.screen).bindings, key) ?? actionOf(motions, key);
  if (state && !frame.help && own !== null) return acted(frame, own);
  const action = actionOf(frameBindings, key);
  return action ? framed({ ...frame, help: null }, action) : still(frame);
}

/** A key while the help is open; null if it is the frame's. */
function inHelp(frame: Frame, help: Cursor, key: Key): Frame | null {
  const motion = actionOf(motions, key);
  if (motion) return { ...frame, help: scrolled(frame, help, motion) };
  return ['q', 'escape', '?', 'f1'].includes(key.name) ? { ...frame, help: null } : null;
}

function actionOf<Action extends string>(
  bindings: readonly Binding<Action>[],
  { name }: Key,
): Action | null {
  return bindings.find(({ keys }) => name !== '' && keys.includes(name))?.action ?? null;
}

function scrolled(frame: Frame, help: Cursor, motion: Motion): Cursor {
  const count = helpLines(screenOf(visitOf(frame).place.screen), frameBindings).length;
  const rows = helpRows(areaOf(frame));
  const { top } = moved({ at: help.top, top: help.top }, motion, Math.max(1, count - rows + 1), 1);
  return { at: top, top };
}

/** What the screen makes of one of its actions. */
function acted(frame: Frame, action: string): Outcome {
  const { place, state } = visitOf(frame);
  const screen = screenOf(place.screen);
  const next: Step<unknown> = screen.update(state?.of, action, areaOf(frame));
  const after = { ...here(frame, { state: { of: next.state } }), said: next.say ?? '' };
  return next.go ? visited(after, next.go) : still(after);
}

/** Goes to a place: what could be gone forward to is forgotten. */
function visited(frame: Frame, place: Place): Outcome {
  if (tops.includes(place.screen as never)) return topped(frame, place);
  const visit: Visit = { place, state: null, problem: null, filter: '' };
  const history = [...frame.history.slice(0, frame.at + 1), visit];
  return {
    frame: { ...frame, history, at: history.length - 1 },
    effects: [{ do: 'read', place }],
  };
}

/** Shows a top screen as it was left; it replaces the history. */
function topped(frame: Frame, place: Place): Outcome {
  const name = place.screen;
  const [first] = frame.history;
  const kept = first && isTop(first) ? { ...frame.tops, [first.place.screen]: first } : frame.tops;
  const known = first?.place.screen === name ? first : kept[name];
  // What could not be read is tried again.
  const waits = known && known.problem === null;
  const visit = waits ? { ...known, place } : { place, state: null, problem: null, filter: '' };
  return {
    frame: { ...frame, tops: kept, history: [aimed(frame, visit)], at: 0 },
    effects: waits ? [] : [{ do: 'read', place }],
  };
}

function framed(frame: Frame, action: FrameAction): Outcome {
  const [, digit] = /^screen-(\d+)$/.exec(action) ?? [];
  const name = tops[Number(digit)];
  if (name) return topped(frame, { screen: name });
  switch (action) {
    case 'filter':
      return still(startTyping(frame));
    case 'help':
      return still({ ...frame, help: atTop });
    case 'back':
      return still(backed(frame) ?? { ...frame, said: 'q quits' });
    case 'leave': {
      const before = closed(frame) ?? earlier(frame);
      return before ? still(before) : { frame, effects: [{ do: 'quit' }] };
    }
    case 'earlier':
      return still(earlier(frame) ?? { ...frame, said: 'this is where the history begins' });
    case 'later':
      return frame.at + 1 < frame.history.length
        ? still({ ...frame, at: frame.at + 1 })
        : still({ ...frame, said: 'this is where the history ends' });
    default:
      return { frame, effects: [{ do: action as 'redraw' | 'suspend' | 'quit' }] };
  }
}

/** What Esc does: closes what is open, clears the filter, goes back; null if nothing is left. */
const backed = (frame: Frame): Frame | null =>
  closed(frame) ?? (visitOf(frame).filter === '' ? earlier(frame) : filtered(frame, ''));

/** What the screen has open, closed; null if nothing is. */
function closed(frame: Frame): Frame | null {
  const { place, state } = visitOf(frame);
  const closes = state && screenOf(place.screen).closable?.(state.of);
  return closes ? acted(frame, 'close').frame : null;
}

const earlier = (frame: Frame): Frame | null =>
  frame.at > 0 ? { ...frame, at: frame.at - 1 } : null;

// ---------------------------------------------------------------- the filter line

function startTyping(frame: Frame): Frame {
  const { place, state, filter } = visitOf(frame);
  if (!screenOf(place.screen).filtered) return { ...frame, said: 'nothing to filter here' };
  return state ? { ...frame, typing: filter } : frame;
}

/** Longer filters than this find nothing that a shorter one does not. */
const longestFilter = 200;

function typed(frame: Frame, text: string, { name, text: letters }: Key): Frame {
  if (frame.pasting && letters === '') return frame;
  if (name === 'enter') return { ...frame, typing: null };
  if (name === 'escape') return { ...filtered(frame, ''), typing: null };
  const edited = editedBy(text, name, letters);
  return edited === text ? frame : { ...filtered(frame, edited), typing: edited };
}

function editedBy(text: string, name: string, letters: string): string {
  if (name === 'backspace') return [...text].slice(0, -1).join('');
  if (name === 'ctrl-u') return '';
  if (name === 'ctrl-w') return text.replace(/\S+\s*$/, '');
  return (text + letters).slice(0, longestFilter);
}

function filtered(frame: Frame, text: string): Frame {
  const { place, state } = visitOf(frame);
  const filter = screenOf(place.screen).filtered;
  if (!filter || !state) return frame;
  return here(frame, { filter: text, state: { of: filter(state.of, text, areaOf(frame)) } });
}
