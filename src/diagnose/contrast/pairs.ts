/**
 * Two values together that tell the sides apart better than either alone:
 *
 *     version=2 in 60 % of the failures, in 30 % of the rest        difference 0.30
 *     region=eu in 55 %                  in 28 %                               0.27
 *     both      in 52 %                  in  5 %                               0.47
 *
 * Searched from the twenty single values that differ most (a beam; methods §A13). A pair must pass
 * three tests, and the worst of them is its p: both together against the sides, and each among the
 * records that have the other, or a strong value would lend its strength to any bystander.
 *
 * After: S. D. Bay and M. J. Pazzani, Detecting group differences: mining contrast sets (2001).
 */
import { type Independence, leastAttainable } from '../contingency.ts';
import {
  type Counts,
  countItems,
  countOf,
  designEffect,
  differenceOf,
  independenceOf,
  type Layout,
  type Sides,
} from './counting.ts';
import { type Group, level } from './groups.ts';

const beamWidth = 20;

interface Pair {
  readonly groups: readonly [Group, Group];
  readonly sides: Sides;
  readonly found: Independence;
  readonly effect: number;
  readonly first: Group['first'];
  /** Place of its p among all. */
  readonly test: number;
}

export interface PairSearch {
  /** Of every pair that could have been found; 1 where it tells no more than its parts. */
  readonly ps: readonly number[];
  readonly pairs: readonly Pair[];
}

/** `rows`: per record the numbers of its groups. `keyOf`: two groups of one key are no pair. */
export function pairsOf(
  groups: readonly Group[],
  rows: readonly Int32Array[],
  keyOf: (group: Group) => number,
  layout: Layout,
): PairSearch {
  const beam = [...groups.keys()]
    .filter((at) => (groups[at] as Group).found.p <= level)
    .sort((a, b) => sizeOf(groups[b]) - sizeOf(groups[a]) || a - b)
    .slice(0, beamWidth);
  const ps: number[] = [];
  const found = new Map<string, Pair>();
  for (const [rank, at] of beam.entries()) {
    const one = groups[at] as Group;
    const done = new Set(beam.slice(0, rank + 1));
    const counts = countItems(rows, groups.length, layout, (row) => row.includes(at));
    for (const [index, other] of groups.entries()) {
      if (done.has(index) || keyOf(one) === keyOf(other)) continue;
      if (!isPair(countOf(counts, index, layout), one, other, layout)) continue;
      const { pair, p } = pairOf(one, other, counts, index, layout);
      const test = ps.push(p) - 1;
      // Pairs that hold of the same records say the same.
      const key = keyOfPair(counts, index);
      if (pair && p <= level && !found.has(key)) found.set(key, { ...pair, test });
    }
  }
  return { ps, pairs: [...found.values()] };
}

const keyOfPair = ({ count, marks }: Counts, index: number): string =>
  [count.incident, count.baseline, ...marks].map((by) => by[index]).join(' ');

/** Whether there are enough of both together, and one does not hold wherever the other does. */
function isPair(sides: Sides, one: Group, other: Group, { sizes }: Layout): boolean {
  const has = sides.incident.with + sides.baseline.with;
  if (has === 0 || isWhole(sides, one) || isWhole(sides, other)) return false;
  return leastAttainable(has, sizes.incident, sizes.baseline) <= level;
}

/** Null, with p = 1, where both together differ no more than one of them. */
function pairOf(
  one: Group,
  other: Group,
  counts: Counts,
  index: number,
  layout: Layout,
): { readonly pair: Omit<Pair, 'test'> | null; readonly p: number } {
  const sides = countOf(counts, index, layout);
  const difference = differenceOf(sides);
  if (Math.abs(difference) <= Math.max(sizeOf(one), sizeOf(other))) return { pair: null, p: 1 };
  const effect = Math.max(designEffect(counts, index, layout), one.effect, other.effect);
  const found = worstOf(sides, one, other, effect);
  const first = {
    incident: counts.first.incident[index] as number,
    baseline: counts.first.baseline[index] as number,
  };
  return { pair: { groups: [one, other], sides, found, effect, first }, p: found.p };
}

const sizeOf = (group: Group | undefined): number => Math.abs(group?.difference ?? 0);

/** Whether one of the two holds wherever the other does. */
const isWhole = (sides: Sides, { sides: part }: Group): boolean =>
  sides.incident.with === part.incident.with && sides.baseline.with === part.baseline.with;

/** The pair's own test, with the largest p of the three. */
function worstOf(sides: Sides, one: Group, other: Group, effect: number): Independence {
  const among = (part: Group): number =>
    independenceOf(
      {
        incident: { with: sides.incident.with, of: part.sides.incident.with },
        baseline: { with: sides.baseline.with, of: part.sides.baseline.with },
      },
      effect,
    ).p;
  const together = independenceOf(sides, effect);
  return { ...together, p: Math.max(together.p, among(one), among(other)) };
}
