/**
 * Which attribute values tell two cohorts of records apart: every key and value, and pairs of
 * them, with counts, a test and false-discovery control.
 *
 *     records ─facts→ values ─items→ what is counted ─groups→ what is tested ─pairs, q→ findings
 *
 * Pure, and the same for the same records in any order. A finding has q ≤ 0.05 among all that were
 * tested; single values and pairs are corrected as two layers, so that the many pairs do not hide
 * a plain answer: G. I. Webb, Layered critical values, Machine Learning 71 (2008).
 *
 * After: methods §A13 "attribute contrast"; support difference as Bay and Pazzani (2001) have it.
 */
import type {
  Cohort,
  CohortRecord,
  CohortSize,
  Contrast,
  ContrastFinding,
  ContrastTerm,
} from '../../model.ts';
import { benjaminiHochberg, leastAttainable } from '../contingency.ts';
import { countItems, type Layout, layoutOf, shareOf } from './counting.ts';
import { encode } from './facts.ts';
import { type Group, groupsOf, level } from './groups.ts';
import { type Items, itemsOf } from './items.ts';
import { pairsOf } from './pairs.ts';
import { type Draft, joined } from './ranges.ts';

/** `leaves`: keys that are not looked at, such as those that make the cohorts. */
export function contrast(
  given: readonly CohortRecord[],
  leaves: (of: ContrastTerm['of'], key: string) => boolean = () => false,
): Contrast {
  const records = inClusters(given);
  const layout = layoutOf(records);
  const sizes = { incident: sizeOf('incident', layout), baseline: sizeOf('baseline', layout) };
  const { clusters: n } = sizes.incident;
  const enough = leastAttainable(n, n, sizes.baseline.clusters) <= level;
  if (!enough) return { sizes, enough, tested: 0, ids: [], findings: [] };
  const items = itemsOf(encode(records, leaves), records);
  const { drafts, tested } = draftsOf(items, layout);
  const findings = joined(drafts)
    .map((draft) => findingOf(draft, records))
    .sort(largestFirst);
  const ids = items.ids.map(({ of, key, values }) => ({ of, key, values: values.length }));
  return { sizes, enough, tested, ids, findings };
}

/** By cluster, then side, then id. */
const inClusters = (records: readonly CohortRecord[]): readonly CohortRecord[] =>
  [...records].sort(
    (a, b) =>
      compareText(a.cluster, b.cluster) ||
      compareText(a.cohort, b.cohort) ||
      compareText(a.id, b.id),
  );

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const sizeOf = (cohort: Cohort, { sizes, clusters }: Layout): CohortSize => ({
  records: sizes[cohort],
  clusters: clusters.filter((cluster) => cluster.cohort === cohort).length,
});

function draftsOf(items: Items, layout: Layout): { drafts: readonly Draft[]; tested: number } {
  const { terms, keyOf, rows } = items;
  const groups = groupsOf(countItems(rows, terms.length, layout), terms.length, layout);
  const search = pairsOf(
    groups,
    rowsOfGroups(groups, items),
    (group) => keyOf[group.items[0]] ?? -1,
    layout,
  );
  const qs = benjaminiHochberg(groups.map(({ found }) => found.p));
  const pairQs = benjaminiHochberg(search.ps);
  const termsOf = (of: readonly Group[]) => ({
    terms: of.map(({ items: [item] }) => terms[item] as ContrastTerm),
    alike: of.flatMap(({ items: [, ...more] }) => more.map((item) => terms[item] as ContrastTerm)),
  });
  const singles = groups.map((group, at): Draft => {
    const { sides, effect, found, first } = group;
    return { ...termsOf([group]), sides, effect, found, first, q: qs[at] as number };
  });
  const pairs = search.pairs.map(({ groups: both, sides, effect, found, first, test }): Draft => {
    return { ...termsOf(both), sides, effect, found, first, q: pairQs[test] as number };
  });
  const drafts = [...singles, ...pairs].filter(({ q }) => q <= level);
  return { drafts, tested: groups.length + search.ps.length };
}

/** Rows of items as rows of the groups that are tested. */
function rowsOfGroups(groups: readonly Group[], { terms, rows }: Items): readonly Int32Array[] {
  const groupOf = new Int32Array(terms.length).fill(-1);
  for (const [at, { items }] of groups.entries()) groupOf[items[0]] = at;
  return rows.map((row) => {
    const found: number[] = [];
    for (const item of row) if ((groupOf[item] as number) >= 0) found.push(groupOf[item] as number);
    return Int32Array.from(found);
  });
}

function findingOf(draft: Draft, records: readonly CohortRecord[]): ContrastFinding {
  const { terms, alike, sides, found, q, first } = draft;
  const [incident, baseline] = [shareOf(sides.incident), shareOf(sides.baseline)];
  return {
    terms,
    alike,
    incident: { count: sides.incident.with, share: incident },
    baseline: { count: sides.baseline.with, share: baseline },
    difference: incident - baseline,
    lift: baseline === 0 ? null : incident / baseline,
    ...found,
    q,
    examples: {
      incident: records[first.incident]?.ref ?? null,
      baseline: records[first.baseline]?.ref ?? null,
    },
  };
}

const largestFirst = (a: ContrastFinding, b: ContrastFinding): number =>
  Math.abs(b.difference) - Math.abs(a.difference) ||
  b.difference - a.difference ||
  a.p - b.p ||
  a.terms.length - b.terms.length ||
  compareText(JSON.stringify(a.terms), JSON.stringify(b.terms));
