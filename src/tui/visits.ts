/** The history of places, as a pure function of what is opened, left and read. */
import { areaOf, type Frame, isTop, type Outcome, type Visit, visitOf } from './frame.ts';
import type { Place } from './screen.ts';
import { screenOf, tops } from './screens/index.ts';

export const still = (frame: Frame): Outcome => ({ frame, effects: [] });

/** Top screens show the same whatever the cursor is aimed at. */
const samePlace = (a: Place, b: Place): boolean =>
  a.screen === b.screen &&
  (tops.includes(a.screen as never) || JSON.stringify(a) === JSON.stringify(b));

/** Changes every visit of that place that still waits for what it shows. */
export function everyVisit(frame: Frame, place: Place, change: (visit: Visit) => Visit): Frame {
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

export const received = (frame: Frame, place: Place, subject: unknown): Frame =>
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
export function here(frame: Frame, change: Partial<Visit>): Frame {
  const visit = { ...visitOf(frame), ...change };
  return { ...frame, history: frame.history.map((old, at) => (at === frame.at ? visit : old)) };
}

/** Goes to a place: what could be gone forward to is forgotten. */
export function visited(frame: Frame, place: Place): Outcome {
  if (tops.includes(place.screen as never)) return topped(frame, place);
  const visit: Visit = { place, state: null, problem: null, filter: '' };
  const history = [...frame.history.slice(0, frame.at + 1), visit];
  return {
    frame: { ...frame, history, at: history.length - 1 },
    effects: [{ do: 'read', place }],
  };
}

/** Shows a top screen as it was left; it replaces the history. */
export function topped(frame: Frame, place: Place): Outcome {
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

export const earlier = (frame: Frame): Frame | null =>
  frame.at > 0 ? { ...frame, at: frame.at - 1 } : null;

export function filtered(frame: Frame, text: string): Frame {
  const { place, state } = visitOf(frame);
  const filter = screenOf(place.screen).filtered;
  if (!filter || !state) return frame;
  return here(frame, { filter: text, state: { of: filter(state.of, text, areaOf(frame)) } });
}
