/**
 * How many records of each side have an item, and how much records of one trace resemble each
 * other in it.
 */
import type { Cohort, CohortRecord } from '../../model.ts';
import { type Count, type Independence, independence } from '../contingency.ts';

/** Records of one side of one trace, which stand together: from … below. */
interface Cluster {
  readonly cohort: Cohort;
  readonly from: number;
  readonly below: number;
}

export interface Layout {
  readonly clusters: readonly Cluster[];
  readonly sizes: Readonly<Record<Cohort, number>>;
  /** Sum of squared sizes of the clusters. */
  readonly squares: number;
}

export function layoutOf(records: readonly CohortRecord[]): Layout {
  const clusters: Cluster[] = [];
  const sizes: Record<Cohort, number> = { incident: 0, baseline: 0 };
  let squares = 0;
  for (let from = 0; from < records.length; ) {
    const { cluster, cohort } = records[from] as CohortRecord;
    let below = from + 1;
    while (records[below]?.cluster === cluster && records[below]?.cohort === cohort) below += 1;
    clusters.push({ cohort, from, below });
    sizes[cohort] += below - from;
    squares += (below - from) ** 2;
    from = below;
  }
  return { clusters, sizes, squares };
}

/** By item. */
export interface Counts {
  readonly count: Readonly<Record<Cohort, Uint32Array>>;
  /** The first record of each side that has it; -1: none. */
  readonly first: Readonly<Record<Cohort, Int32Array>>;
  /** Sums over clusters of x² and of x·m, of m records x having it. */
  readonly squares: Float64Array;
  readonly products: Float64Array;
  /** Of the records that have it: equal sets have equal marks. */
  readonly marks: readonly [Uint32Array, Uint32Array];
}

/** Counts the items of the rows, or of those that pass `only`. */
export function countItems(
  rows: readonly Int32Array[],
  items: number,
  { clusters }: Layout,
  only: (row: Int32Array) => boolean = () => true,
): Counts {
  const counts: Counts = {
    count: { incident: new Uint32Array(items), baseline: new Uint32Array(items) },
    first: {
      incident: new Int32Array(items).fill(-1),
      baseline: new Int32Array(items).fill(-1),
    },
    squares: new Float64Array(items),
    products: new Float64Array(items),
    marks: [new Uint32Array(items), new Uint32Array(items)],
  };
  const within = new Uint32Array(items);
  for (const { cohort, from, below } of clusters) {
    const touched: number[] = [];
    for (let at = from; at < below; at += 1) {
      const row = rows[at] as Int32Array;
      if (only(row))
        countRow(row, at, counts.marks, within, (item) => {
          touched.push(item);
          if (counts.count[cohort][item] === 0) counts.first[cohort][item] = at;
        });
    }
    for (const item of touched) {
      const x = within[item] as number;
      add(counts.count[cohort], item, x);
      add(counts.squares, item, x * x);
      add(counts.products, item, x * (below - from));
      within[item] = 0;
    }
  }
  return counts;
}

const add = (sums: Uint32Array | Float64Array, item: number, more: number): void => {
  sums[item] = (sums[item] as number) + more;
};

function countRow(
  row: Int32Array,
  at: number,
  [ones, others]: Counts['marks'],
  within: Uint32Array,
  touch: (item: number) => void,
): void {
  const [one, other] = [markOf(at, seeds[0]), markOf(at, seeds[1])];
  for (const item of row) {
    if (within[item] === 0) touch(item);
    within[item] = (within[item] as number) + 1;
    ones[item] = (ones[item] as number) ^ one;
    others[item] = (others[item] as number) ^ other;
  }
}

const seeds = [0x9e3779b1, 0x85ebca77] as const;

/** Marks of the set of the first `records`. */
export function marksOfAll(records: number): readonly [number, number] {
  let [one, other] = [0, 0];
  for (let at = 0; at < records; at += 1) {
    one ^= markOf(at, seeds[0]);
    other ^= markOf(at, seeds[1]);
  }
  return [one, other];
}

/** A number for a record; those of a set are combined by exclusive or (last step of MurmurHash3). */
function markOf(at: number, seed: number): number {
  let hash = Math.imul(at + 1, seed);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export const countOf = ({ count }: Counts, item: number, { sizes }: Layout) => ({
  incident: { with: count.incident[item] as number, of: sizes.incident },
  baseline: { with: count.baseline[item] as number, of: sizes.baseline },
});

export type Sides = Readonly<Record<Cohort, Count>>;

/**
 * By how much the variance of a share exceeds that of independent records, 1 or more: spans of a
 * trace share its host, version and tenant, and twenty spans of one trace are no twenty
 * observations. Under the hypothesis that both sides have the share p,
 *
 *     Σ over clusters (x − p·m)² / N·p·(1 − p)          N records, x of m of a cluster having it
 *
 * Counts are divided by it before they are tested: J. N. K. Rao and A. J. Scott, A simple method for
 * the analysis of clustered binary data, Biometrics 48 (1992).
 */
export function designEffect(counts: Counts, item: number, { sizes, squares }: Layout): number {
  const all = sizes.incident + sizes.baseline;
  const has = (counts.count.incident[item] as number) + (counts.count.baseline[item] as number);
  const p = has / all;
  const variance =
    (counts.squares[item] as number) - 2 * p * (counts.products[item] as number) + p * p * squares;
  return Math.max(1, variance / (all * p * (1 - p)) || 1);
}

/** The test of counts that many records of a trace have made larger than they are. */
export function independenceOf({ incident, baseline }: Sides, effect: number): Independence {
  const scaled = (count: Count): Count => ({ with: count.with / effect, of: count.of / effect });
  return independence(scaled(incident), scaled(baseline));
}

export const differenceOf = ({ incident, baseline }: Sides): number =>
  shareOf(incident) - shareOf(baseline);

export const shareOf = (count: Count): number => (count.of === 0 ? 0 : count.with / count.of);
