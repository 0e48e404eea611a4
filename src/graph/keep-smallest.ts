/** A map that never holds much more than `limit` entries: those of the lowest rank, then key. */
export interface SmallestMap<V> {
  /** False if no key of this rank can be among the smallest: spares making one. */
  accepts(rank: number): boolean;
  /** The value of `key`, created if needed; null if the key cannot be among the smallest. */
  slot(rank: number, key: string, create: () => V): V | null;
  /** The smallest `limit` entries, smallest first. */
  entries(): readonly (readonly [key: string, value: V])[];
}

interface Entry<V> {
  readonly rank: number;
  readonly key: string;
  readonly value: V;
}

/**
 * Keeps a bounded choice of a stream that does not depend on its order: what is dropped has
 * `limit` smaller keys beside it and so is not in the final choice either, whatever follows; what
 * is in the final choice was never dropped. With a hash as rank it is a uniform sample.
 */
export function keepSmallest<V>(limit: number): SmallestMap<V> {
  let kept = new Map<string, Entry<V>>();
  let last: Entry<V> | null = null;
  const shrink = (): readonly Entry<V>[] => {
    const sorted = [...kept.values()].sort(compare).slice(0, limit);
    if (kept.size > limit) {
      kept = new Map(sorted.map((entry) => [entry.key, entry]));
      last = sorted.at(-1) ?? null;
    }
    return sorted;
  };
  return {
    accepts: (rank) => last === null || rank <= last.rank,
    slot(rank, key, create) {
      if (last !== null && compare({ rank, key }, last) > 0) return null;
      const found = kept.get(key);
      if (found) return found.value;
      const value = create();
      kept.set(key, { rank, key, value });
      if (kept.size > 2 * limit) shrink();
      return value;
    },
    entries: () => shrink().map(({ key, value }) => [key, value] as const),
  };
}

type Ranked = Pick<Entry<unknown>, 'rank' | 'key'>;

function compare(a: Ranked, b: Ranked): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

/**
 * FNV-1a, 32 bits; of a text in two parts, `hashText(second, hashText(first))`.
 *
 * Spec: http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function hashText(text: string, before = 0x811c9dc5): number {
  let hash = before;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

/** The same of three numbers, whole ones up to 2^53: both halves of each. */
export function hashNumbers(a: number, b: number, c: number): number {
  let hash = mixed(0x811c9dc5, a);
  hash = mixed(hash, b);
  return mixed(hash, c) >>> 0;
}

function mixed(before: number, number: number): number {
  let hash = Math.imul(before ^ (number | 0), 0x01000193);
  hash = Math.imul(hash ^ (number / 2 ** 32), 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
