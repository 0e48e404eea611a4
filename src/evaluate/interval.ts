/** How far a mean over so few cases may be off: the percentile bootstrap (Efron, 1979). */

/** Enough for the 2.5 % at either end to be steady to a hundredth. */
const resamples = 2_000;
const tail = 0.025;

/**
 * 95 % interval of each figure that `figures` makes of the items. The same items in the same
 * order give the same interval.
 */
export function bootstrap<Item, Key extends string>(
  items: readonly Item[],
  figures: (items: readonly Item[]) => Readonly<Record<Key, number>>,
): Record<Key, readonly [low: number, high: number]> {
  const next = random(items.length);
  const drawn = Array.from({ length: items.length === 0 ? 1 : resamples }, () =>
    figures(items.map(() => items[Math.floor(next() * items.length)] as Item)),
  );
  const keys = Object.keys(drawn[0] ?? {}) as Key[];
  const intervals = keys.map((key) => {
    const values = drawn.map((one) => one[key]).sort((a, b) => a - b);
    const at = (share: number): number => values[Math.round(share * (values.length - 1))] as number;
    return [key, [at(tail), at(1 - tail)]] as const;
  });
  return Object.fromEntries(intervals) as Record<Key, readonly [number, number]>;
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
