/**
 * Two traces aligned step by step. Spans of one service and name below one step are one step too,
 * so that a retry is a count that grew and not a tree that does not fit.
 *
 *     A  GET /cart                     B  GET /cart               n A→B
 *        ├ prices                         ├ prices                 1→3
 *        └ stock                          ├ prices
 *                                         └ prices         stock   1→0
 */
import { selfTimes } from '../graph/index.ts';
import type {
  AttributeChange,
  Span,
  StepDiff,
  StepSide,
  TraceDiff,
  TracePart,
  TraceTree,
} from '../model.ts';

interface Tree {
  readonly tree: TraceTree;
  readonly self: Float64Array;
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
  const [a, b] = [treeOf(first), treeOf(second)];
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
  return {
    ...parts,
    delta: one.duration === null || other.duration === null ? null : other.duration - one.duration,
    steps,
    first: firstDivergence(steps),
  };
}

function treeOf(tree: TraceTree): Tree {
  const timed = tree.spans.filter((span) => span.timed);
  const from = timed.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY);
  return { tree, self: selfTimes(tree), from };
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
      const key = `${service}\0${name}`;
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
  const one = sideOf(a, inA);
  const other = sideOf(b, inB);
  const [first] = inA;
  const [second] = inB;
  const from = first === undefined ? null : spanAt(a, first);
  const to = second === undefined ? null : spanAt(b, second);
  const { service, name } = (to ?? from) as Span;
  const attributes = from && to ? attributeChanges(from, to) : [];
  const alike =
    one?.count === other?.count && one?.errors === other?.errors && attributes.length === 0;
  return {
    ...{ service, name, level, a: one, b: other },
    changed: !one ? 'added' : !other ? 'removed' : alike ? 'same' : 'changed',
    delta: (other?.total ?? 0) - (one?.total ?? 0),
    attributes,
  };
}

function sideOf(of: Tree, indexes: readonly number[]): StepSide | null {
  const [first] = indexes;
  if (first === undefined) return null;
  const spans = indexes.map((index) => spanAt(of, index));
  const timed = spans.filter((span) => span.timed);
  const begin = spanAt(of, first);
  return {
    count: spans.length,
    errors: spans.filter(({ status }) => status === 'error').length,
    total: timed.length === 0 ? null : timed.reduce((sum, { start, end }) => sum + end - start, 0),
    self: indexes.reduce((sum, index) => sum + (of.self[index] ?? 0), 0),
    spanId: begin.spanId,
    start: Math.max(0, begin.start - of.from),
  };
}

/** What names a place or a thing of its own differs in every trace, and says nothing. */
const oneOfAKind =
  /(^|[._])(id|ids|uuid|pid|port|address|time|timestamp|start|end|hash|hostname|ip)$|^(thread|process|host|container|k8s|net|network|telemetry)\./;

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

/** Keys whose change is a change of what runs. */
const telling = /(^|[._])(version|model)$/;

/**
 * The step where the two part: the first new failure that none below it accounts for; without one,
 * the first step that runs another version or model, or is there more or less often than what calls
 * it accounts for.
 */
function firstDivergence(steps: readonly StepDiff[]): number {
  const failing = steps.map(({ a, b }) => (b?.errors ?? 0) > (a?.errors ?? 0));
  const parents = parentsOf(steps);
  const accounted = new Set<number>();
  failing.forEach((fails, at) => {
    for (
      let up = parents[at] ?? -1;
      fails && up >= 0 && !accounted.has(up);
      up = parents[up] ?? -1
    ) {
      accounted.add(up);
    }
  });
  const origins = steps.flatMap((_, at) => (failing[at] && !accounted.has(at) ? [at] : []));
  if (origins.length > 0) return earliest(steps, origins);
  const parted = steps.flatMap((step, at) => {
    const told = step.attributes.some(({ key }) => telling.test(key));
    const counts = countsOf(step) !== countsOf(steps[parents[at] ?? -1]);
    const changed = step.a?.count !== step.b?.count;
    return told || (changed && counts) ? [at] : [];
  });
  return earliest(steps, parted);
}

const countsOf = (step: StepDiff | undefined): string => `${step?.a?.count}→${step?.b?.count}`;

/** Index of the step above each; -1 for a root. */
function parentsOf(steps: readonly StepDiff[]): readonly number[] {
  const above: number[] = [];
  return steps.map(({ level }, at) => {
    above[level] = at;
    return level === 0 ? -1 : (above[level - 1] ?? -1);
  });
}

function earliest(steps: readonly StepDiff[], among: readonly number[]): number {
  const startOf = (at: number): number => steps[at]?.b?.start ?? steps[at]?.a?.start ?? 0;
  return among.reduce((best, at) => (best < 0 || startOf(at) < startOf(best) ? at : best), -1);
}
