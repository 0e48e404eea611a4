/**
 * Values → what is counted: a value as it is, or the range of numbers it lies in.
 *
 *     region     eu 40  us 60                  two items
 *     batch      1 … 480, 300 different        ten items, at tenths of both sides together
 *     order.id   5,000 different               none: ids name records, they have nothing in common
 */
import type { Cohort, CohortRecord, ContrastTerm } from '../../model.ts';
import type { Encoded, Key } from './facts.ts';

export interface Items {
  readonly terms: readonly ContrastTerm[];
  /** By item: its key. Ranges and values of one key have one. */
  readonly keyOf: readonly number[];
  /** Per record its items. */
  readonly rows: readonly Int32Array[];
  readonly ids: readonly Key[];
}

/** So few values can all be looked at one by one, and none of them is an id. */
const fewValues = 20;
/**
 * Whole numbers may be names of ranks, shards or ports; of more values than this they are amounts.
 */
const mostNames = 1_000;
/** Ranges a number is cut into. */
const ranges = 10;

export function itemsOf(encoded: Encoded, records: readonly CohortRecord[]): Items {
  const { keys, rawOf, rows } = encoded;
  const tally = tallyOf(encoded, records);
  const terms: ContrastTerm[] = [];
  const keyOf: number[] = [];
  const itemsOfValue: number[][] = rawOf.map(() => []);
  const ids: Key[] = [];
  for (const index of inOrder(keys, rawOf)) {
    const key = sortedKey(keys[index] as Key, rawOf);
    const { isId, whole, cut } = readingOf(key, rawOf, tally);
    if (isId) ids.push(key);
    for (const [term, values] of [...whole, ...cut]) {
      keyOf.push(index);
      const item = terms.push({ of: key.of, key: key.key, ...term }) - 1;
      for (const value of values) itemsOfValue[value]?.push(item);
    }
  }
  return {
    terms,
    keyOf,
    rows: rowsOf(rows, itemsOfValue, terms.length),
    ids,
  };
}

function rowsOf(
  rows: readonly Int32Array[],
  itemsOfValue: readonly (readonly number[])[],
  items: number,
): readonly Int32Array[] {
  // Two values of one record (of two events) may lie in one range: each item once.
  const seenAt = new Int32Array(items).fill(-1);
  return rows.map((row, at) => {
    const found: number[] = [];
    for (const value of row) {
      for (const item of itemsOfValue[value] as readonly number[]) {
        if (seenAt[item] === at) continue;
        seenAt[item] = at;
        found.push(item);
      }
    }
    return Int32Array.from(found);
  });
}

/** What a term says beside its key, and the values it holds of. */
type Reading = readonly [Pick<ContrastTerm, 'value' | 'range'>, readonly number[]];

/** A key by its values, by ranges of them, by both, or not at all. */
function readingOf(
  key: Key,
  rawOf: Encoded['rawOf'],
  tally: Tally,
): {
  readonly isId: boolean;
  readonly whole: readonly Reading[];
  readonly cut: readonly Reading[];
} {
  const { values } = key;
  const byValue = values.map(
    (value): Reading => [{ value: rawOf[value] ?? null, range: null }, [value]],
  );
  if (values.length <= fewValues) return { isId: false, whole: byValue, cut: [] };
  // Most values belong to one trace alone: more traces would bring as many new ones.
  const alone = values.filter((value) => tally.clusters[value] === 1).length;
  const isId = alone * 2 > values.length;
  if (!areNumbers(values, rawOf)) {
    return { isId, whole: isId ? [] : byValue, cut: [] };
  }
  const cut = rangesOf(key, rawOf as readonly number[], tally);
  return { isId: false, whole: !isId && areNames(key, rawOf) ? byValue : [], cut };
}

const sources: readonly Key['of'][] = ['field', 'attribute', 'event'];

/**
 * Places of the keys: names before numbers, then by source and name. No order of records shows in
 * the order of items, and of those that come together the first is the one to name.
 */
function inOrder(keys: readonly Key[], rawOf: Encoded['rawOf']): readonly number[] {
  const isNumber = keys.map(({ values }) => Number(areNumbers(values, rawOf)));
  return [...keys.keys()].sort((a, b) => {
    const [one, other] = [keys[a] as Key, keys[b] as Key];
    const byKind = (isNumber[a] as number) - (isNumber[b] as number);
    const bySource = sources.indexOf(one.of) - sources.indexOf(other.of);
    return byKind || bySource || (one.key < other.key ? -1 : 1);
  });
}

const areNumbers = (values: readonly number[], rawOf: Encoded['rawOf']): boolean =>
  values.every((value) => typeof rawOf[value] === 'number');

/** Numbers by size, before texts and truth values by their letters. */
const sortedKey = (key: Key, rawOf: Encoded['rawOf']): Key => ({
  ...key,
  values: [...key.values].sort((a, b) => {
    const [one, other] = [rawOf[a], rawOf[b]];
    if (typeof one === 'number' && typeof other === 'number') return one - other;
    if (typeof one === 'number' || typeof other === 'number') {
      return typeof one === 'number' ? -1 : 1;
    }
    return String(one) < String(other) ? -1 : 1;
  }),
});

/** Of the fields the only number is a duration. */
const areNames = ({ of, values }: Key, rawOf: Encoded['rawOf']): boolean =>
  of !== 'field' &&
  values.length <= mostNames &&
  values.every((value) => Number.isInteger(rawOf[value]));

interface Tally {
  /** By value: clusters with a record that has it. */
  readonly clusters: Uint32Array;
  /** By value: records, those of both sides weighing equal in all. */
  readonly weight: Float64Array;
}

/** Records of a cluster stand together. */
function tallyOf({ rawOf, rows }: Encoded, records: readonly CohortRecord[]): Tally {
  const clusters = new Uint32Array(rawOf.length);
  const weight = new Float64Array(rawOf.length);
  const seenIn = new Int32Array(rawOf.length).fill(-1);
  const sizes: Record<Cohort, number> = { incident: 0, baseline: 0 };
  for (const { cohort } of records) sizes[cohort] += 1;
  let cluster = 0;
  for (const [at, { cohort, cluster: name }] of records.entries()) {
    if (at > 0 && records[at - 1]?.cluster !== name) cluster = at;
    for (const value of rows[at] as Int32Array) {
      weight[value] = (weight[value] as number) + 1 / sizes[cohort];
      if (seenIn[value] === cluster) continue;
      seenIn[value] = cluster;
      clusters[value] = (clusters[value] as number) + 1;
    }
  }
  return { clusters, weight };
}

/** Cut at tenths of the weight; a value that is more than a tenth by itself makes one range longer. */
function rangesOf(
  { values }: Key,
  rawOf: readonly number[],
  { weight }: Tally,
): readonly Reading[] {
  const total = values.reduce((sum, value) => sum + (weight[value] as number), 0);
  const parts: number[][] = [];
  let before = 0;
  let last = -1;
  for (const value of values) {
    const part = Math.min(ranges - 1, Math.floor((before / total) * ranges + 1e-9));
    if (part !== last) parts.push([]);
    last = part;
    parts.at(-1)?.push(value);
    before += weight[value] as number;
  }
  const edge = (at: number): number | null => {
    const [below, part] = [parts[at - 1]?.at(-1), parts[at]?.[0]];
    if (below === undefined || part === undefined) return null;
    return roundest(rawOf[below] as number, rawOf[part] as number);
  };
  return parts.map((part, at) => {
    const range = { from: edge(at), below: edge(at + 1) };
    return [{ value: null, range }, part];
  });
}

/** The number with the fewest digits above `below` and up to `least`: ranges a person can read. */
function roundest(below: number, least: number): number {
  if (below < 0 && least >= 0) return 0;
  const size = Math.floor(Math.log10(Math.abs(least)));
  for (let digits = 1; digits <= 15; digits += 1) {
    const unit = 10 ** (size - digits + 1);
    const round = Number((Math.floor(least / unit) * unit).toPrecision(digits));
    if (round > below && round <= least) return round;
  }
  return least;
}
