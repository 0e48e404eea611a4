/**
 * Items that hold of exactly the same records are one: a host has one name, one address and one
 * zone, and to test all three would be to ask one question three times.
 */
import type { Cohort } from '../../model.ts';
import { type Independence, leastAttainable } from '../contingency.ts';
import {
  type Counts,
  countOf,
  designEffect,
  differenceOf,
  independenceOf,
  type Layout,
  marksOfAll,
  type Sides,
} from './counting.ts';

export interface Group {
  /** The items, the first of which stands for it. */
  readonly items: readonly [number, ...number[]];
  readonly sides: Sides;
  readonly effect: number;
  readonly difference: number;
  readonly found: Independence;
  /** The first record of each side that has it; -1: none. */
  readonly first: Readonly<Record<Cohort, number>>;
}

/** Significant where tests are not counted: the usual level. */
export const level = 0.05;

/**
 * The groups that are worth a test, in the order of their items. Left out are what all records
 * have, what too few have to tell anything, and of two that are each other's opposite the one that
 * is rarer in the incident.
 */
export function groupsOf(counts: Counts, items: number, layout: Layout): readonly Group[] {
  const total = marksOfAll(layout.sizes.incident + layout.sizes.baseline);
  const groups = new Map<string, [number, ...number[]]>();
  const keyOf = (item: number, flip: boolean): string => {
    const { incident, baseline } = countOf(counts, item, layout);
    const mark = (which: 0 | 1): number =>
      ((counts.marks[which][item] as number) ^ (flip ? total[which] : 0)) >>> 0;
    const number = ({ with: has, of }: Sides[Cohort]): number => (flip ? of - has : has);
    return `${number(incident)} ${number(baseline)} ${mark(0)} ${mark(1)}`;
  };
  for (let item = 0; item < items; item += 1) {
    const same = groups.get(keyOf(item, false));
    if (same) same.push(item);
    else groups.set(keyOf(item, false), [item]);
  }
  const { incident: n, baseline: m } = layout.sizes;
  return [...groups.values()].flatMap((members) => {
    const [item] = members;
    const sides = countOf(counts, item, layout);
    const has = sides.incident.with + sides.baseline.with;
    const difference = differenceOf(sides);
    const isConstant = has === n + m || has === 0;
    if (isConstant || leastAttainable(has, n, m) > level) return [];
    if (difference < 0 && groups.has(keyOf(item, true))) return [];
    const effect = designEffect(counts, item, layout);
    const found = independenceOf(sides, effect);
    const first = {
      incident: counts.first.incident[item] as number,
      baseline: counts.first.baseline[item] as number,
    };
    return [{ items: members, sides, effect, difference, found, first }];
  });
}
