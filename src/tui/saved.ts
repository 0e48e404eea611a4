/**
 * What is kept of the screens of a case from one time to the next: where one was, and how each top
 * screen was sorted and filtered, and how traces were folded. Plain data; what a file says of it is believed only as far as it
 * fits.
 */
import type { Place, ScreenName } from './screen.ts';
import { screenOf, tops } from './screens/index.ts';

export interface Saved {
  /** The way to where one was; at least one. */
  readonly places: readonly Place[];
  /** What is shown at each of them; null: nothing is kept of it. */
  readonly screens: readonly (SavedScreen | null)[];
  readonly at: number;
  /** Of top screens that were looked at. */
  readonly tops: Readonly<Partial<Record<ScreenName, SavedScreen>>>;
  /** What screens left for when the same thing is opened again, by key; the last one last. */
  readonly left: ReadonlyMap<string, unknown>;
}

export interface SavedScreen {
  readonly filter: string;
  /** By name of the field of its state. */
  readonly kept: Readonly<Record<string, unknown>>;
}

/** A visit as far as this file needs it. */
interface Visited {
  readonly place: Place;
  readonly state: { readonly of: unknown } | null;
  readonly filter: string;
}

/** The frame as far as this file needs it. */
interface Shown {
  /** At least one. */
  readonly history: readonly Visited[];
  readonly at: number;
  readonly tops: Readonly<Partial<Record<ScreenName, Visited>>>;
  readonly saved: Saved | null;
  readonly kept: ReadonlyMap<string, unknown>;
}

const version = 1;
/** Longer ways back are not remembered from one day to the next. */
const mostPlaces = 10;

/** Of more, the first that were left are forgotten. */
const mostLeft = 100;

export function savedText({ history, at, tops: others, saved, kept: left }: Shown): string {
  const way = history.slice(0, mostPlaces);
  const visits = [...Object.values(others), ...way, ...way.slice(at, at + 1)];
  const kept = visits.flatMap((visit) => {
    const { screen } = visit.place;
    const one = tops.includes(screen as never) ? screenIn(visit) : null;
    return one ? [[screen, one]] : [];
  });
  return JSON.stringify({
    version,
    places: way.map(({ place }) => place),
    screens: way.map(screenIn),
    at: Math.min(at, way.length - 1),
    // Screens that were not looked at this time stay as they were left before.
    tops: { ...saved?.tops, ...Object.fromEntries(kept) },
    left: [...keptAfter(left, history[at])],
  });
}

/** What is kept once that visit is left. */
export function keptAfter(
  kept: ReadonlyMap<string, unknown>,
  visit: Visited | undefined,
): ReadonlyMap<string, unknown> {
  if (!visit?.state) return kept;
  const left = screenOf(visit.place.screen).leaves?.(visit.state.of);
  if (!left || (left.kept === null && !kept.has(left.key))) return kept;
  const others = [...kept].filter(([key]) => key !== left.key);
  const all = left.kept === null ? others : [...others, [left.key, left.kept] as const];
  return new Map(all.slice(-mostLeft));
}

/** Null until it has been read. */
const screenIn = ({ place, state, filter }: Visited): SavedScreen | null =>
  state && { filter, kept: keptOf(place.screen, state.of) };

function keptOf(screen: ScreenName, state: unknown): Record<string, unknown> {
  const { keeps = [] } = screenOf(screen);
  const fields = state as Readonly<Record<string, unknown>>;
  return Object.fromEntries(keeps.map((name) => [name, fields[name]]));
}

/** Null for what this version did not write. */
export function savedIn(text: string | null): Saved | null {
  const value = parsed(text);
  if (!isObject(value) || value.version !== version || !Array.isArray(value.places)) return null;
  const places = value.places.filter(isPlace);
  const [first] = places;
  if (!first || !tops.includes(first.screen as never) || places.length < value.places.length) {
    return null;
  }
  const at = Number.isInteger(value.at) ? Number(value.at) : 0;
  const others = isObject(value.tops) ? Object.entries(value.tops) : [];
  const screens = Array.isArray(value.screens) ? value.screens : [];
  return {
    places,
    screens: places.map((_, index) => savedScreen(screens[index])),
    at: Math.max(0, Math.min(places.length - 1, at)),
    tops: Object.fromEntries(
      others.flatMap(([name, one]) => {
        const saved = tops.includes(name as never) ? savedScreen(one) : null;
        return saved ? [[name, saved]] : [];
      }),
    ),
    left: new Map(Array.isArray(value.left) ? value.left.filter(isLeft).slice(-mostLeft) : []),
  };
}

const savedScreen = (one: unknown): SavedScreen | null =>
  isObject(one) && isObject(one.kept)
    ? { filter: String(one.filter ?? '').slice(0, 200), kept: one.kept }
    : null;

/** The state with what was kept of it, where that is of the same kind. */
export function restored(screen: ScreenName, state: unknown, { kept }: SavedScreen): unknown {
  const { keeps = [] } = screenOf(screen);
  const fields = { ...(state as Record<string, unknown>) };
  for (const name of keeps) {
    if (name in kept && isAlike(fields[name], kept[name])) fields[name] = kept[name];
  }
  return fields;
}

function isAlike(now: unknown, then: unknown): boolean {
  if (now === null || then === null) return true;
  if (Array.isArray(now) || Array.isArray(then)) {
    return (
      Array.isArray(now) && Array.isArray(then) && then.every((one) => typeof one === 'string')
    );
  }
  if (typeof now !== typeof then || typeof now === 'function') return false;
  if (!isObject(now) || !isObject(then)) return true;
  return Object.keys(now).every((key) => typeof then[key] === typeof now[key]);
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What was left is judged by the screen that it is of. */
const isLeft = (value: unknown): value is readonly [string, unknown] =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';

/** Places hold texts and nothing else. */
const isPlace = (value: unknown): value is Place =>
  isObject(value) &&
  Object.values(value).every((part) => part === null || typeof part === 'string') &&
  (tops.includes(value.screen as never) ||
    (value.screen === 'trace' && typeof value.traceId === 'string') ||
    (value.screen === 'log' && typeof value.id === 'string') ||
    (value.screen === 'point' &&
      [value.metric, value.service, value.at].every((part) => typeof part === 'string')) ||
    value.screen === 'lines' ||
    value.screen === 'explain' ||
    value.screen === 'notes');
