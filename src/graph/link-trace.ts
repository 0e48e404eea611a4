/**
 * Parent links over typed arrays. Input that is not a tree is made one by fixed rules, so that the
 * same spans in any order give the same tree:
 *
 *   a parent that was not captured    the span is an orphan and starts a tree of its own
 *   a cycle of any length             cut above the span of the cycle that starts first
 *   two spans with the parent's id    see `chooseParent`
 */
import type { Span, SpanId, TraceId, TraceTree } from '../model.ts';

/** A conflicting parent is looked for among this many spans of one id, the first in sort order. */
const candidateLimit = 16;

const none = -1;
const missing = -2;

/** Links the spans of one trace (at least one). O(N log N) for the sort, no recursion. */
export function linkTrace(input: readonly Span[]): TraceTree {
  const spans = [...input].sort(compareSpans);
  const ids = indexById(spans);
  const parent = new Int32Array(spans.length);
  for (let index = 0; index < spans.length; index += 1) {
    parent[index] = chooseParent(spans, ids, index);
  }
  const orphans: number[] = [];
  parent.forEach((above, index) => {
    if (above !== missing) return;
    orphans.push(index);
    parent[index] = none;
  });
  return treeOf(spans, parent, { orphans, cycles: cutCycles(parent) });
}

/** The tree of spans, by start, then id, whose parents are known: no two have one id. */
export function linkedTree(spans: readonly Span[], parent: Int32Array): TraceTree {
  const orphans: number[] = [];
  for (let index = 0; index < spans.length; index += 1) {
    if (parent[index] === none && spans[index]?.parentId !== null) orphans.push(index);
  }
  return treeOf(spans, parent, { orphans, cycles: [] });
}

/** The same links with spans, by index, at other times: they come by their new start. */
export function moved(tree: TraceTree, spans: readonly Span[]): TraceTree {
  const startOf = (index: number): number => (spans[index] as Span).start;
  const order = spans.map((_, index) => index).sort((a, b) => startOf(a) - startOf(b) || a - b);
  const place = new Int32Array(spans.length);
  order.forEach((index, at) => {
    place[index] = at;
  });
  const placeOf = (index: number): number => place[index] as number;
  const placed = (indexes: readonly number[]): readonly number[] =>
    indexes.map(placeOf).sort((a, b) => a - b);
  const parent = Int32Array.from(order, (index) => {
    const above = tree.parent[index] as number;
    return above === none ? none : placeOf(above);
  });
  const [orphans, cycles] = [placed(tree.orphans), placed(tree.cycles)];
  return treeOf(
    order.map((index) => spans[index] as Span),
    parent,
    { orphans, cycles },
  );
}

function treeOf(
  spans: readonly Span[],
  parent: Int32Array,
  { orphans, cycles }: Pick<TraceTree, 'orphans' | 'cycles'>,
): TraceTree {
  const orphaned = new Set(orphans);
  // Most spans have none: they share it.
  const childless: number[] = [];
  const children = new Array<number[]>(spans.length).fill(childless);
  const roots: number[] = [];
  for (let index = 0; index < parent.length; index += 1) {
    const above = parent[index] as number;
    if (above !== none) {
      const siblings = children[above] as number[];
      if (siblings === childless) children[above] = [index];
      else siblings.push(index);
    } else if (!orphaned.has(index)) roots.push(index);
  }
  roots.push(...orphans);
  const depth = new Int32Array(spans.length);
  for (const index of topDown({ roots, children })) {
    for (const child of children[index] ?? []) depth[child] = (depth[index] ?? 0) + 1;
  }
  const traceId = spans[0]?.traceId ?? ('' as TraceId);
  return { traceId, spans, parent, children, roots, orphans, cycles, depth };
}

/** Every index of a tree, parents before their children. */
export function topDown(tree: Pick<TraceTree, 'roots' | 'children'>): readonly number[] {
  const order = [...tree.roots];
  // The list grows while it is read: a breadth-first queue that is never emptied.
  for (const index of order) {
    for (const child of tree.children[index] ?? []) order.push(child);
  }
  return order;
}

/** True for spans that call somebody: the near side of an edge. */
export const isCaller = ({ kind }: Pick<Span, 'kind'>): boolean =>
  kind === 'client' || kind === 'producer';

/** True for spans that serve somebody's call: the far side of an edge. */
export const isReceiver = ({ kind }: Pick<Span, 'kind'>): boolean =>
  kind === 'server' || kind === 'consumer';

function compareSpans(a: Span, b: Span): number {
  if (a.start !== b.start) return a.start - b.start;
  if (a.spanId !== b.spanId) return a.spanId < b.spanId ? -1 : 1;
  // Conflicting duplicates: any order will do if it comes from their content.
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Spans by id: the first in sort order, and from each the next with the same id. */
interface SameIds {
  readonly first: ReadonlyMap<SpanId, number>;
  readonly next: Int32Array;
}

function indexById(spans: readonly Span[]): SameIds {
  const first = new Map<SpanId, number>();
  const next = new Int32Array(spans.length).fill(none);
  for (let index = spans.length - 1; index >= 0; index -= 1) {
    const { spanId } = spans[index] as Span;
    next[index] = first.get(spanId) ?? none;
    first.set(spanId, index);
  }
  return { first, next };
}

/** The first span with an id, other than `self`, that passes the test; else `none`. */
function findById(
  { first, next }: SameIds,
  id: SpanId,
  self: number,
  passes: (index: number) => boolean,
): number {
  let index = first.get(id) ?? none;
  for (let tried = 0; index !== none && tried < candidateLimit; tried += 1) {
    if (index !== self && passes(index)) return index;
    index = next[index] ?? none;
  }
  return none;
}

/**
 * Parent of a span: its index, `none` or `missing`; its own index if it names itself.
 *
 * Zipkin lets client and server share one span id: the receiving half is then the child of the
 * calling half. Otherwise, among several spans with the parent's id, a receiver hangs below the
 * first caller and any other span below the first span of its own service; failing that, the
 * first of all.
 */
function chooseParent(spans: readonly Span[], ids: SameIds, index: number): number {
  const span = spans[index] as Span;
  const receives = isReceiver(span);
  const calls = (i: number): boolean => isCaller(spans[i] as Span);
  const isAtHome = (i: number): boolean => spans[i]?.service === span.service;
  const callingHalf = receives ? findById(ids, span.spanId, index, calls) : none;
  if (callingHalf !== none || span.parentId === null) return callingHalf;
  const any = findById(ids, span.parentId, index, () => true);
  if (any === none) return span.parentId === span.spanId ? index : missing;
  const best = findById(ids, span.parentId, index, receives ? calls : isAtHome);
  return best === none ? any : best;
}

/** Cuts every cycle in place above its lowest index. Returns the cut spans, ascending. */
function cutCycles(parent: Int32Array): readonly number[] {
  const cut: number[] = [];
  // The walk that first reached a span; meeting one's own walk again closes a cycle.
  const walkOf = new Int32Array(parent.length).fill(none);
  for (let start = 0; start < parent.length; start += 1) {
    let index = start;
    while (index !== none && walkOf[index] === none) {
      walkOf[index] = start;
      index = parent[index] ?? none;
    }
    if (index === none || walkOf[index] !== start) continue;
    const first = lowestOfCycle(parent, index);
    parent[first] = none;
    cut.push(first);
  }
  return cut.sort((a, b) => a - b);
}

function lowestOfCycle(parent: Int32Array, member: number): number {
  let lowest = member;
  for (let index = parent[member] ?? none; index !== member; index = parent[index] ?? none) {
    lowest = Math.min(lowest, index);
  }
  return lowest;
}
