/** A cursor in a list that is longer than the screen: pure arithmetic, the same for every list. */

export interface Cursor {
  /** Index of the item under the cursor; 0 in an empty list. */
  readonly at: number;
  /** Index of the first item shown. */
  readonly top: number;
}

export const atTop: Cursor = { at: 0, top: 0 };

/** Ways to move, as the bindings name them. */
export type Motion =
  | 'up'
  | 'down'
  | 'top'
  | 'bottom'
  | 'half-up'
  | 'half-down'
  | 'page-up'
  | 'page-down';

const clamp = (value: number, count: number): number => Math.max(0, Math.min(value, count - 1));

/** `count` items of which `rows` are seen at once. */
export function moved(cursor: Cursor, motion: Motion, count: number, rows: number): Cursor {
  const half = Math.max(1, Math.floor(rows / 2));
  const to: Readonly<Record<Motion, number>> = {
    up: cursor.at - 1,
    down: cursor.at + 1,
    top: 0,
    bottom: count - 1,
    'half-up': cursor.at - half,
    'half-down': cursor.at + half,
    'page-up': cursor.at - Math.max(1, rows),
    'page-down': cursor.at + Math.max(1, rows),
  };
  return placed(cursor, to[motion], count, rows);
}

/** The cursor on item `at`, scrolled no further than needed to see it. */
export function placed(cursor: Cursor, at: number, count: number, rows: number): Cursor {
  const item = clamp(at, count);
  return { at: item, top: firstSeen({ at: item, top: cursor.top }, count, rows) };
}

/** First item to draw, so that the cursor is seen whatever the size has become. */
export function firstSeen({ at, top }: Cursor, count: number, rows: number): number {
  const least = at - Math.max(1, rows) + 1;
  const most = Math.max(0, count - Math.max(1, rows));
  return Math.max(0, Math.min(Math.max(top, least), at, most));
}

/** The next item from the cursor on that passes; the cursor's own item if there is none. */
export function nextWhere(
  at: number,
  count: number,
  step: 1 | -1,
  passes: (at: number) => boolean,
) {
  for (let next = at + step; next >= 0 && next < count; next += step) {
    if (passes(next)) return next;
  }
  return at;
}

/** So many rows, each as the state with its cursor on it. */
export const rowsIn = <State extends { readonly list: Cursor }>(state: State, count: number) => ({
  count,
  at: (at: number): State => ({ ...state, list: { at, top: 0 } }),
});
