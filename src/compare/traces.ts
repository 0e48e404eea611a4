/**
 * Two traces aligned step by step. Spans of one service and name below one step are one step too,
 * so that a retry is a count that grew and not a tree that does not fit. Ranks of a training run do
 * the same side by side: each has steps of its own.
 *
 *     A  GET /cart                     B  GET /cart               n A→B
 *        ├ prices                         ├ prices                 1→3
 *        └ stock                          ├ prices
 *                                         └ prices         stock   1→0
 */
import { criticalPath, networkGaps, selfTimes, type Wait, waitsForPeers } from '../graph/index.ts';
import type {
  AttributeChange,
  Span,
  StepDiff,
  StepSide,
  TraceDiff,
  TracePart,
  TraceTree,
} from '../model.ts';
import { rankOf } from '../semantics/index.ts';
import { firstDivergence, mostOfDelta } from './divergence.ts';

/** A trace, and of each of its spans by index, in ns: */
interface Tree {
  readonly tree: TraceTree;
  /** Own time, also what it waits for peers. */
  readonly self: Float64Array;
  /** Waiting for the network, and its share of the critical path. */
  readonly gap: Float64Array;
  readonly critical: Float64Array;
  readonly waits: ReadonlyMap<number, Wait>;
  /** Rank of each span; null outside a training run. */
  readonly ranks: readonly (string | null)[];
  /** Begin of its first span. */
  readonly from: number;
}

/** Indexes of the spans of one step in each trace. */
interface Pair {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly level: number;
}

export function compareTraces(first: TraceTree, second: TraceTree): TraceDiff {
  const [a, b] = ranked(treeOf(first), treeOf(second));
  const steps: StepDiff[] = [];
  const stack = [...pairsOf(a, b, first.roots, second.roots, 0)].reverse();
  for (let pair = stack.pop(); pair; pair = stack.pop()) {
    steps.push(stepOf(a, b, pair));
    const below = (tree: TraceTree, spans: readonly number[]): readonly number[] =>
      spans.flatMap((index) => tree.children[index] ?? []);
    const next = pairsOf(a, b, below(first, pair.a), below(second, pair.b), pair.level + 1);
    for (let at = next.length - 1; at >= 0; at -= 1) stack.push(next[at] as Pair);
  }
  const parts = { a: partOf(a), b: partOf(b) };
  const { a: one, b: other } = parts;
  const delta =
    one.duration === null || other.duration === null ? null : other.duration - one.duration;
  const most = mostOfDelta(steps, delta ?? 0);
  const lengths = [one.duration ?? 0, other.duration ?? 0];
  const growth = Math.max(...lengths) / Math.max(1, Math.min(...lengths));
  return { ...parts, delta, steps, ...firstDivergence(steps, delta ?? 0, { most, growth }), most };
}

function treeOf(tree: TraceTree): Tree {
  const timed = tree.spans.filter((span) => span.timed);
  const from = timed.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY);
  const gap = new Float64Array(tree.spans.length);
  for (const { client, ns } of networkGaps(tree)) gap[client] = ns;
  const critical = new Float64Array(tree.spans.length);
  for (const segment of criticalPath(tree)) {
    critical[segment.span] = (critical[segment.span] ?? 0) + segment.to - segment.from;
  }
  const ranks = tree.spans.map(({ resource, attributes }) => rankOf(resource, attributes));
  return { tree, self: selfTimes(tree), gap, critical, waits: waitsForPeers(tree), ranks, from };
}

/** The ranks count where each trace has several: a trace of one rank is compared with any other. */
function ranked(a: Tree, b: Tree): readonly [Tree, Tree] {
  const several = [a, b].every(
    ({ ranks }) => new Set(ranks.filter((rank) => rank !== null)).size > 1,
  );
  const without = (tree: Tree): Tree => ({ ...tree, ranks: tree.ranks.map(() => null) });
  return several ? [a, b] : [without(a), without(b)];
}

function partOf({ tree, from }: Tree): TracePart {
  const to = tree.spans.reduce(
    (most, { timed, end }) => (timed ? Math.max(most, end) : most),
    Number.NEGATIVE_INFINITY,
  );
  return {
    traceId: tree.traceId,
    spans: tree.spans.length,
    errors: tree.spans.filter(({ status }) => status === 'error').length,
    duration: Number.isFinite(to - from) ? to - from : null,
  };
}

const spanAt = ({ tree }: Tree, index: number): Span => tree.spans[index] as Span;

/** Steps below two steps that belong together, by their begin since the trace began. */
function pairsOf(
  a: Tree,
  b: Tree,
  inA: readonly number[],
  inB: readonly number[],
  level: number,
): readonly Pair[] {
  const pairs = new Map<string, { a: number[]; b: number[] }>();
  const put = (tree: Tree, indexes: readonly number[], side: 'a' | 'b'): void => {
    for (const index of indexes) {
      const { service, name } = spanAt(tree, index);
      const key = `${service}\0${name}\0${tree.ranks[index] ?? ''}`;
      const pair = pairs.get(key) ?? { a: [], b: [] };
      pairs.set(key, pair);
      pair[side].push(index);
    }
  };
  put(a, inA, 'a');
  put(b, inB, 'b');
  const begin = (pair: { a: number[]; b: number[] }): number => {
    const [inB] = pair.b;
    const [inA] = pair.a;
    if (inB !== undefined) return spanAt(b, inB).start - b.from;
    return inA === undefined ? 0 : spanAt(a, inA).start - a.from;
  };
  return [...pairs.values()]
    .sort((one, other) => begin(one) - begin(other))
    .map((pair) => ({ ...pair, level }));
}

function stepOf(a: Tree, b: Tree, { a: inA, b: inB, level }: Pair): StepDiff {
  const [one, other] = [sideOf(a, inA), sideOf(b, inB)];
  const [first] = inA;
  const [second] = inB;
  const from = first === undefined ? null : spanAt(a, first);
  const to = second === undefined ? null : spanAt(b, second);
  const { service, name } = (to ?? from) as Span;
  const attributes = from && to ? attributeChanges(from, to) : [];
  const rank = second === undefined ? a.ranks[first ?? -1] : b.ranks[second];
  return {
    ...{ service, name, rank: rank ?? null, level, a: one, b: other },
    changed: changedOf(one, other, attributes),
    delta: (other?.total ?? 0) - (one?.total ?? 0),
    own: workOf(other) - workOf(one),
    attributes,
  };
}

function changedOf(
  a: StepSide | null,
  b: StepSide | null,
  attributes: readonly AttributeChange[],
): StepDiff['changed'] {
  if (a === null) return 'added';
  if (b === null) return 'removed';
  const alike = a.count === b.count && a.errors === b.errors && attributes.length === 0;
  return alike ? 'same' : 'changed';
}

const workOf = (side: StepSide | null): number => (side ? side.self + side.gap : 0);

function sideOf(of: Tree, indexes: readonly number[]): StepSide | null {
  const [first] = indexes;
  if (first === undefined) return null;
  const spans = indexes.map((index) => spanAt(of, index));
  const timed = spans.filter((span) => span.timed);
  const begin = spanAt(of, first);
  const sum = (values: Float64Array): number =>
    indexes.reduce((all, index) => all + (values[index] ?? 0), 0);
  const waits = indexes.flatMap((index) => of.waits.get(index) ?? []);
  const wait = waits.reduce((all, { ns }) => all + ns, 0);
  return {
    count: spans.length,
    errors: spans.filter(({ status }) => status === 'error').length,
    total: timed.length === 0 ? null : timed.reduce((sum, { start, end }) => sum + end - start, 0),
    self: Math.max(0, sum(of.self) - wait),
    gap: sum(of.gap),
    wait,
    waitsFor: waits.length === 0 ? null : waits.reduce((a, b) => (b.ns > a.ns ? b : a)).rank,
    critical: sum(of.critical),
    spanId: begin.spanId,
    start: Math.max(0, begin.start - of.from),
  };
}

/** What names a place or a thing of its own differs in every trace, and says nothing. */
const oneOfAKind =
  /(^|[._])(id|ids|uuid|pid|port|address|time|timestamp|start|end|hash|hostname|ip|step|epoch|iteration|batch|offset|sequence)$|^(thread|process|host|container|k8s|net|network|telemetry)\./;

/** Attributes told twice in two traces of one kind: what was deployed, chosen or returned. */
function attributeChanges(a: Span, b: Span): readonly AttributeChange[] {
  const all = { a: { ...a.resource, ...a.attributes }, b: { ...b.resource, ...b.attributes } };
  const keys = [...new Set([...Object.keys(all.a), ...Object.keys(all.b)])].sort();
  const text = (value: unknown): string | null =>
    value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);
  return keys.flatMap((key) => {
    const [was, is] = [text(all.a[key]), text(all.b[key])];
    return was === is || oneOfAKind.test(key) ? [] : [{ key, a: was, b: is }];
  });
}
