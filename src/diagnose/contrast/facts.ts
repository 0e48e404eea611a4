/** Facts of records → numbered values, each `key = value` once. */
import type { Attributes, AttributeValue, CohortRecord, ContrastTerm, Facts } from '../../model.ts';

export interface Key {
  readonly of: ContrastTerm['of'];
  readonly key: string;
  /** Numbers of its values. */
  readonly values: number[];
}

export interface Encoded {
  readonly keys: readonly Key[];
  /** By number of the value. */
  readonly rawOf: readonly AttributeValue[];
  readonly keyOf: readonly number[];
  /** Per record the numbers of its values, each once. */
  readonly rows: readonly Int32Array[];
}

/** A longer text is content, no value that records have in common. */
const longest = 1_000;

/** `leaves`: keys that are not looked at. */
export function encode(
  records: readonly CohortRecord[],
  leaves: (of: ContrastTerm['of'], key: string) => boolean,
): Encoded {
  const numbers = numbering(leaves);
  const known: Record<Facts['of'], Map<Attributes, Int32Array>> = {
    ...{ field: new Map(), attribute: new Map(), resource: new Map(), event: new Map() },
  };
  const numbered = ({ of, values }: Facts): Int32Array => {
    const found = known[of].get(values) ?? numbers.of(of, values);
    known[of].set(values, found);
    return found;
  };
  // By key and by value: the last record that had it.
  const ownAt: number[] = [];
  const seenAt: number[] = [];
  const rows = records.map(({ facts }, at) => {
    const row: number[] = [];
    for (const part of facts) {
      for (const value of numbered(part)) {
        const key = numbers.keyOf[value] as number;
        if (part.of === 'attribute') ownAt[key] = at;
        // A record's own word goes before that of its resource.
        if (seenAt[value] === at || (part.of === 'resource' && ownAt[key] === at)) continue;
        seenAt[value] = at;
        row.push(value);
      }
    }
    return Int32Array.from(row);
  });
  const { keys, rawOf, keyOf } = numbers;
  return { keys, rawOf, keyOf, rows };
}

function numbering(leaves: (of: ContrastTerm['of'], key: string) => boolean) {
  const keys: Key[] = [];
  const rawOf: AttributeValue[] = [];
  const keyOf: number[] = [];
  /** Null: not looked at. */
  const known = new Map<string, { index: number; values: Map<AttributeValue, number> } | null>();
  const entryOf = (source: Facts['of'], key: string) => {
    const of = source === 'resource' ? 'attribute' : source;
    const name = `${of} ${key}`;
    let entry = known.get(name);
    if (entry !== undefined) return entry;
    entry = leaves(of, key) ? null : { index: keys.length, values: new Map() };
    known.set(name, entry);
    if (entry) keys.push({ of, key, values: [] });
    return entry;
  };
  const numberOf = (source: Facts['of'], key: string, value: AttributeValue): number | null => {
    const entry = entryOf(source, key);
    const plain = typeof value === 'object' ? JSON.stringify(value) : value;
    if (!entry || plain === 'null' || (typeof plain === 'string' && plain.length > longest)) {
      return null;
    }
    const found = entry.values.get(plain);
    if (found !== undefined) return found;
    const number = rawOf.push(plain) - 1;
    keyOf.push(entry.index);
    keys[entry.index]?.values.push(number);
    entry.values.set(plain, number);
    return number;
  };
  return {
    keys,
    rawOf,
    keyOf,
    of(source: Facts['of'], values: Attributes): Int32Array {
      const numbers = Object.entries(values).map(([key, value]) => numberOf(source, key, value));
      return Int32Array.from(numbers.filter((number) => number !== null));
    },
  };
}
