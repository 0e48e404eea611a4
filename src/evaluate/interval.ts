/** How far a mean over so few cases may be off: the percentile bootstrap (Efron, 1979). */
import type { Interval } from '../model.ts';

/** Enough for the 2.5 % at either end to be steady to a hundredth. */
const resamples = 2_000;
const tail = 0.025;

/** One case drawn again and again is always itself: that says nothing of how far it is off. */
export const fewestForInterval = 2;

/**
 * 95 % interval of each figure that `figures` makes of the items; null where the items cannot tell,
 * or are too few. Draws that cannot tell are left out. The same items in the same order give the
 * same interval.
 */
export function bootstrap<Item, Key extends string>(
  items: readonly Item[],
  figures: (items: readonly Item[]) => Readonly<Record<Key, number | null>>,
): Record<Key, Interval | null> {
  const next = random(items.length);
  const isEnough = items.length >= fewestForInterval;
  const drawn = Array.from({ length: isEnough ? resamples : 1 }, () =>
    figures(items.map(() => items[Math.floor(next() * items.length)] as Item)),
  );
  const keys = Object.keys(drawn[0] ?? {}) as Key[];
  const intervals = keys.map((key) => {
    const values = drawn.flatMap((one) => one[key] ?? []).sort((a, b) => a - b);
    const at = (share: number): number => values[Math.round(share * (values.length - 1))] as number;
    const isKnown = isEnough && values.length > 0;
    return [key, isKnown ? ([at(tail), at(1 - tail)] as const) : null] as const;
  });
  return Object.fromEntries(intervals) as Record<Key, Interval | null>;
}

/** Numbers from 0 to 1 (mulberry32). */
function random(seed: number): () => number {
  let state = (seed + 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
