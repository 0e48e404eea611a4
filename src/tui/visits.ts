/** The history of places, as a pure function of what is opened, left and read. */
import { areaOf, type Frame, isTop, type Outcome, unread, type Visit, visitOf } from './frame.ts';
import type { Held } from './held.ts';
import { keptAfter, restored } from './saved.ts';
import type { Place, Question, Reply } from './screen.ts';
import { screenOf, tops } from './screens/index.ts';

export const still = (frame: Frame): Outcome => ({ frame, effects: [] });

/** Top screens show the same whatever the cursor is aimed at. */
const samePlace = (a: Place, b: Place): boolean =>
  a.screen === b.screen && (tops.includes(a.screen as never) || placeKey(a) === placeKey(b));

/** The same for what is shown in the same way: a place is made anew whenever it is gone to. */
export const placeKey = (place: Place): string => JSON.stringify(place);

/** Changes every visit of that place that still waits for what it shows. */
export const everyVisit = (frame: Frame, place: Place, change: (visit: Visit) => Visit): Frame =>
  visitsWhere(frame, place, ({ state }) => state === null, change);

function visitsWhere(
  frame: Frame,
  place: Place,
  passes: (visit: Visit) => boolean,
  change: (visit: Visit) => Visit,
): Frame {
  const changed = (visit: Visit): Visit =>
    passes(visit) && samePlace(visit.place, place) ? change(visit) : visit;
  return {
    ...frame,
    history: frame.history.map(changed),
    previous: frame.previous && { ...frame.previous, history: frame.previous.history.map(changed) },
    tops: Object.fromEntries(
      Object.entries(frame.tops).map(([name, visit]) => [name, changed(visit)]),
    ),
  };
}

export const received = (frame: Frame, place: Place, subject: unknown): Frame =>
  everyVisit(frame, place, (visit) => {
    const begun = screenOf(place.screen).init(subject, areaOf(frame));
    const of = returned(frame, place, begun);
    const begin = noted({ ...visit, state: { of } }, frame.notes);
    // What was done there after it was opened counts.
    return visit.left
      ? asLeft(frame, { ...aimed(frame, begin), left: visit.left })
      : aimed(frame, asLeft(frame, begin));
  });

/** The state as the same thing was left before. */
function returned({ kept, ...frame }: Frame, place: Place, state: unknown): unknown {
  const { leaves, returned: back } = screenOf(place.screen);
  const key = leaves?.(state).key;
  return key !== undefined && back && kept.has(key)
    ? back(state, kept.get(key), areaOf(frame))
    : state;
}

/** Another visit than before is shown: what the one that was left keeps of itself, and the way back to it. */
export function leaving(before: Frame, { frame, effects }: Outcome): Outcome {
  const left = visitOf(before);
  const { place } = visitOf(frame);
  if (place === left.place) return { frame, effects };
  const isSame = placeKey(place) === placeKey(left.place);
  const { history, at } = before;
  const previous = isSame ? frame.previous : { history, at };
  return { frame: { ...frame, previous, kept: keptAfter(frame.kept, left) }, effects };
}

/** The view before this one, as it was left; null if there is none. */
export function swapped(frame: Frame): Frame | null {
  const { previous } = frame;
  if (!previous) return null;
  const tops = topsOf(frame);
  // What was done since with a visit of that way counts.
  const visits = [...Object.values(tops), ...frame.history];
  const now = new Map(visits.map((one) => [placeKey(one.place), one]));
  const history = previous.history.map((visit) => now.get(placeKey(visit.place)) ?? visit);
  return { ...frame, tops, history, at: previous.at };
}

/** The visit as it was left the last time the case was open. */
function asLeft(frame: Frame, visit: Visit): Visit {
  const { place, state } = visit;
  const saved = visit.left ?? frame.saved?.tops[place.screen];
  if (!saved || !state) return visit;
  const { filtered: filter } = screenOf(place.screen);
  const before = restored(place.screen, state.of, saved);
  // What is shown follows from sorting and filter; the cursor is put back on it.
  const listed = filter ? filter(before, saved.filter, areaOf(frame)) : before;
  return {
    ...visit,
    filter: saved.filter,
    state: { of: restored(place.screen, listed, saved) },
    left: saved,
  };
}

/** The visit with the notes of the case. */
function noted(visit: Visit, notes: Frame['notes']): Visit {
  const { place, state } = visit;
  const note = screenOf(place.screen).noted;
  return note && state ? { ...visit, state: { of: note(state.of, notes) } } : visit;
}

/** The notes of the case, on every screen that shows them. */
export function notedAll(frame: Frame, notes: Frame['notes']): Frame {
  const one = (visit: Visit): Visit => noted(visit, notes);
  return {
    ...frame,
    notes,
    history: frame.history.map(one),
    previous: frame.previous && { ...frame.previous, history: frame.previous.history.map(one) },
    tops: Object.fromEntries(Object.entries(frame.tops).map(([name, visit]) => [name, one(visit)])),
  };
}

/** The reply, where it is still wanted. */
export function replied(frame: Frame, place: Place, question: Question, reply: Reply): Frame {
  const text = JSON.stringify(question);
  const answered = screenOf(place.screen).answered;
  const waits = ({ state, asked }: Visit): boolean => state !== null && asked === text;
  if (!answered) return frame;
  return visitsWhere(frame, place, waits, (visit) => {
    const of = answered(visit.state?.of, question, reply, areaOf(frame));
    // The cursor is put back on what has only now come.
    const state = { of: visit.left ? restored(place.screen, of, visit.left) : of };
    return { ...visit, state, waits: false };
  });
}

/** The filter as the screen that is shown has it by now. */
export function refiltered({ frame, effects }: Outcome): Outcome {
  const { place, state, filter } = visitOf(frame);
  const holds = state ? screenOf(place.screen).filterIn?.(state.of) : undefined;
  return holds === undefined || holds === filter
    ? { frame, effects }
    : { frame: here(frame, { filter: holds }), effects };
}

/** What the screen that is shown wants to know by now, asked. */
export function asking({ frame, effects }: Outcome): Outcome {
  const { place, state, asked } = visitOf(frame);
  const question = state ? screenOf(place.screen).wants?.(state.of) : null;
  // What was answered may be asked once more, later on.
  const text = question ? JSON.stringify(question) : '';
  if (text === asked) return { frame, effects };
  if (!question) return { frame: here(frame, { asked: text, waits: false }), effects };
  return {
    frame: here(frame, { asked: text, waits: true }),
    effects: [...effects, { do: 'ask', place, question }],
  };
}

/** What is under the cursor; null: nothing. */
export function holding(frame: Frame): Held | null {
  const { place, state } = visitOf(frame);
  return (state && screenOf(place.screen).held?.(state.of)) ?? null;
}

/** The visit with the cursor where its place says. */
function aimed(frame: Frame, visit: Visit): Visit {
  const { place, state } = visit;
  const { aimed: aim, filtered: filter } = screenOf(place.screen);
  if (!state) return visit;
  const wanted = 'filter' in place ? place.filter : undefined;
  if (wanted !== undefined && filter) {
    const of = filter(state.of, wanted, areaOf(frame));
    return { ...visit, filter: wanted, state: { of }, left: null };
  }
  if (!aim) return visit;
  const of = aim(state.of, place, areaOf(frame));
  // Where it is led somewhere else, it is not put back to where it was left.
  return { ...visit, state: { of }, left: of === state.of ? visit.left : null };
}

/** The visit shown, changed. */
export function here(frame: Frame, change: Partial<Visit>): Frame {
  const visit = { ...visitOf(frame), ...change };
  return { ...frame, history: frame.history.map((old, at) => (at === frame.at ? visit : old)) };
}

/** Goes to a place: what could be gone forward to is forgotten. A top screen is shown as it was left. */
export function visited(frame: Frame, place: Place): Outcome {
  const before = frame.history.slice(0, frame.at + (isHere(frame, place) ? 0 : 1));
  return opened(frame, before, place);
}

/** Shows a top screen as it was left; it replaces the history. */
export const topped = (frame: Frame, place: Place): Outcome => opened(frame, [], place);

/** A top screen that is shown, and not asked for something else to come back from. */
const isHere = (frame: Frame, { screen, ...aim }: Place): boolean =>
  visitOf(frame).place.screen === screen &&
  tops.includes(screen as never) &&
  (screen === 'sql' || Object.keys(aim).length === 0);

function opened(frame: Frame, before: readonly Visit[], place: Place): Outcome {
  const asLast = topsOf(frame);
  const known = asLast[place.screen];
  // What could not be read is tried again.
  const waits = known && known.problem === null;
  const visit = waits ? aimed(frame, { ...known, place, left: null }) : unread(place);
  return {
    frame: { ...frame, tops: asLast, history: [...before, visit], at: before.length },
    effects: waits ? [] : [{ do: 'read', place }],
  };
}

/** The top screens as they were left last, also on the way here. */
function topsOf(frame: Frame): Frame['tops'] {
  const visits = [...frame.history, visitOf(frame)].filter(isTop);
  return {
    ...frame.tops,
    ...Object.fromEntries(visits.map((visit) => [visit.place.screen, visit])),
  };
}

export const earlier = (frame: Frame): Frame | null =>
  frame.at > 0 ? { ...frame, at: frame.at - 1 } : null;

export function filtered(frame: Frame, text: string): Frame {
  const { place, state } = visitOf(frame);
  const filter = screenOf(place.screen).filtered;
  if (!filter || !state) return frame;
  const of = filter(state.of, text, areaOf(frame));
  return here(frame, { filter: text, left: null, state: { of } });
}
