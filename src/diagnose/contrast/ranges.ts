/**
 * Neighbouring ranges of one number that differ the same way, as one finding:
 *
 *     12 ≤ batch < 16   10 % → 30 %
 *     16 ≤ batch        10 % → 40 %      12 ≤ batch   20 % → 70 %
 *
 * It is as sure as the least sure of its parts. A pair that then differs less than one of its
 * values alone is dropped.
 */
import { grouped } from '../../grouping.ts';
import type { Cohort, ContrastTerm } from '../../model.ts';
import type { Independence } from '../contingency.ts';
import { differenceOf, independenceOf, type Sides } from './counting.ts';

/** What becomes a finding: terms that hold together, and how they were tested. */
export interface Draft {
  readonly terms: readonly ContrastTerm[];
  readonly alike: readonly ContrastTerm[];
  readonly sides: Sides;
  readonly effect: number;
  readonly found: Independence;
  readonly q: number;
  /** The first record of each side; -1: none. */
  readonly first: Readonly<Record<Cohort, number>>;
}

export function joined(drafts: readonly Draft[]): readonly Draft[] {
  const whole = [...grouped(drafts, seriesKey).values()].flatMap(joinedSeries);
  const singles = whole.filter(({ terms }) => terms.length === 1);
  return whole.filter(({ terms, sides }) => {
    const [term] = terms;
    if (terms.length === 1) return !(term && isOpposite(term, sides, singles));
    const parts = singles.filter(({ terms: [one] }) => terms.some((term) => covers(one, term)));
    const size = Math.abs(differenceOf(sides));
    return parts.every((part) => Math.abs(differenceOf(part.sides)) < size);
  });
}

/** Drafts that differ in one range of a key alone. */
function seriesKey({ terms, alike, sides }: Draft): string {
  const [range, ...more] = terms.filter((term) => term.range !== null);
  if (range === undefined || more.length > 0 || alike.length > 0) {
    return JSON.stringify([terms, alike]);
  }
  const others = terms.filter((term) => term !== range);
  return JSON.stringify([range.of, range.key, others, Math.sign(differenceOf(sides))]);
}

const rangeOf = ({ terms }: Draft) => terms.find(({ range }) => range !== null)?.range ?? null;

function joinedSeries(series: readonly Draft[]): readonly Draft[] {
  const sorted = [...series].sort(
    (a, b) =>
      (rangeOf(a)?.from ?? Number.NEGATIVE_INFINITY) -
        (rangeOf(b)?.from ?? Number.NEGATIVE_INFINITY) || 0,
  );
  const result: Draft[] = [];
  for (const draft of sorted) {
    const last = result.at(-1);
    const below = last && rangeOf(last)?.below;
    if (last && typeof below === 'number' && below === rangeOf(draft)?.from) {
      result[result.length - 1] = join(last, draft);
    } else result.push(draft);
  }
  return result;
}

function join(one: Draft, next: Draft): Draft {
  const below = rangeOf(next)?.below ?? null;
  const terms = one.terms.map((term) =>
    term.range === null ? term : { ...term, range: { from: term.range.from, below } },
  );
  const side = (cohort: keyof Sides) => ({
    with: one.sides[cohort].with + next.sides[cohort].with,
    of: one.sides[cohort].of,
  });
  const sides = { incident: side('incident'), baseline: side('baseline') };
  const effect = Math.max(one.effect, next.effect);
  const first = (cohort: keyof Sides): number => {
    const [a, b] = [one.first[cohort], next.first[cohort]];
    return a < 0 || b < 0 ? Math.max(a, b) : Math.min(a, b);
  };
  return {
    ...one,
    terms,
    sides,
    effect,
    found: independenceOf(sides, effect),
    q: Math.max(one.q, next.q),
    first: { incident: first('incident'), baseline: first('baseline') },
  };
}

/** Whether it is the rarer of two ranges that have all records between them. */
function isOpposite(term: ContrastTerm, sides: Sides, singles: readonly Draft[]): boolean {
  if (term.range === null || differenceOf(sides) > 0) return false;
  return singles.some(({ terms: [other], sides: others }) => {
    if (!other?.range || other.of !== term.of || other.key !== term.key) return false;
    return (['incident', 'baseline'] as const).every(
      (cohort) => sides[cohort].with + others[cohort].with === sides[cohort].of,
    );
  });
}

/** Whether a single value is that of the pair, or a range around it. */
function covers(single: ContrastTerm | undefined, term: ContrastTerm): boolean {
  if (single?.of !== term.of || single.key !== term.key) return false;
  if (single.range === null || term.range === null) return single.value === term.value;
  const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return (
    (single.range.from ?? low) <= (term.range.from ?? low) &&
    (single.range.below ?? high) >= (term.range.below ?? high)
  );
}
