/** Items by key, in order of first appearance. (`Map.groupBy` needs Node 21.) */
export function grouped<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Entries in the order of their keys: what makes an answer independent of the order of input. */
export const byKey = <T>(groups: ReadonlyMap<string, T>): readonly (readonly [string, T])[] =>
  [...groups].sort(([a], [b]) => (a < b ? -1 : 1));

/** What belongs to an object, found once: several ask for the same. */
export function once<Of extends object, Found>(find: (of: Of) => Found): (of: Of) => Found {
  const known = new WeakMap<Of, Found>();
  return (of) => {
    let found = known.get(of);
    if (found === undefined) {
      found = find(of);
      known.set(of, found);
    }
    return found;
  };
}

/** What belongs to two texts, made once: spans of one operation are many. */
export function ofTwo<Made>(
  make: (one: string, other: string) => Made,
): (one: string, other: string) => Made {
  const known = new Map<string, Map<string, Made>>();
  return (one, other) => {
    const others = known.get(one) ?? new Map<string, Made>();
    const found = others.get(other);
    if (found !== undefined) return found;
    const made = make(one, other);
    known.set(one, others.set(other, made));
    return made;
  };
}
