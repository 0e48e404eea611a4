/**
 * A trace as its screen needs it: spans by position, which is the order they are drawn in when
 * everything is open. Computed once when the trace is opened.
 */

import type { Log, Nanos, Span, SpanEvent, TraceData, TraceId, TraceTree } from '../../model.ts';
import { drawable, type PublishedSpan } from '../../report/index.ts';

/** Something written below a span. */
export type Message =
  | { readonly kind: 'event'; readonly time: Nanos | null; readonly event: SpanEvent }
  | { readonly kind: 'log'; readonly time: Nanos | null; readonly log: Log };

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface TraceNode {
  readonly span: Span;
  readonly published: PublishedSpan;
  /** Position; -1 for a root or an orphan. */
  readonly parent: number;
  /** Positions, those of a group next to each other. */
  readonly children: readonly number[];
  /** Position of the first of at least three siblings of the same service and name; -1: no group. */
  readonly group: number;
  /** Position after its last descendant. */
  readonly end: number;
  /** What it and its descendants cover of the critical path, ns; null: it is off the path. */
  readonly path: Stretch | null;
  /** What it covers itself, ns, in time order. */
  readonly own: readonly Stretch[];
  /** By time, those without one last. */
  readonly messages: readonly Message[];
}

export interface TraceModel {
  readonly traceId: TraceId;
  /** Unix nanoseconds of offset 0. */
  readonly epoch: bigint;
  /** Null if no span is timed. */
  readonly durationMs: number | null;
  readonly nodes: readonly TraceNode[];
  /** Positions. */
  readonly roots: readonly number[];
  /** Logs that name no span of the trace, by time. */
  readonly loose: readonly Message[];
  /** First start and last end, ns; null if they are the same or no span is timed. */
  readonly extent: Stretch | null;
  /** By position: failed spans before it; one longer than `nodes`. */
  readonly failedBefore: Int32Array;
  /** The critical path by service, ms, longest first; empty if there is none. */
  readonly shares: readonly { readonly service: string; readonly ms: number }[];
}

/** Fewer siblings of a name are no repetition worth folding. */
export const leastGroup = 3;

export function traceModel(data: TraceData): TraceModel {
  const { published, order, path, extent } = drawable(data);
  const { tree } = data;
  const publishedAt = new Map(order.map((index, at) => [index, published.spans[at]]));
  const layout = layoutOf(tree);
  const own = new Map<number, Stretch[]>();
  for (const { span, from, to } of path) listAt(own, span).push({ from, to });
  const { bySpan, loose } = messagesOf(data, layout);
  const ends = endsOf(tree, layout);
  const covered = coveredOf(tree, layout, own);
  const nodes = layout.order.map((index, at): TraceNode => {
    const messages = bySpan.get(at) ?? [];
    return {
      span: tree.spans[index] as Span,
      published: publishedAt.get(index) as PublishedSpan,
      parent: layout.position[tree.parent[index] ?? -1] ?? -1,
      children: (layout.children[index] ?? []).map((child) => layout.position[child] as number),
      group: layout.group[at] as number,
      end: ends[at] as number,
      path: covered[index] ?? null,
      own: own.get(index) ?? [],
      messages,
    };
  });
  return {
    traceId: tree.traceId,
    epoch: BigInt(data.epochNs),
    durationMs: published.durationMs,
    nodes,
    roots: layout.roots.map((root) => layout.position[root] as number),
    loose,
    extent: extent && extent.to > extent.from ? extent : null,
    failedBefore: failedBefore(nodes),
    shares: sharesOf(nodes),
  };
}

function listAt<Key, Item>(lists: Map<Key, Item[]>, key: Key): Item[] {
  const known = lists.get(key);
  if (known) return known;
  const list: Item[] = [];
  lists.set(key, list);
  return list;
}

/** Where everything is drawn; spans by their index in `tree.spans`. */
interface Layout {
  readonly roots: readonly number[];
  /** By index: the children as drawn. */
  readonly children: readonly (readonly number[])[];
  /** Index by position, and position by index. */
  readonly order: readonly number[];
  readonly position: Int32Array;
  /** By position. */
  readonly group: Int32Array;
}

function layoutOf(tree: TraceTree): Layout {
  const { spans } = tree;
  const orphans = new Set(tree.orphans);
  const sameName = (index: number): string => {
    const { service, name } = spans[index] as Span;
    return `${service}\0${name}`;
  };
  // Orphans of one lost parent are siblings as well; true roots never are.
  const sameRoot = (index: number): string =>
    orphans.has(index) ? `${spans[index]?.parentId}\0${sameName(index)}` : String(index);
  const firstOf = new Map<number, number>();
  const roots = grouped(tree.roots, sameRoot, firstOf);
  const children = tree.children.map((indexes) => grouped(indexes, sameName, firstOf));
  const order: number[] = [];
  const position = new Int32Array(spans.length).fill(-1);
  const stack = [...roots].reverse();
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    position[index] = order.length;
    order.push(index);
    const below = children[index] ?? [];
    for (let at = below.length - 1; at >= 0; at -= 1) stack.push(below[at] as number);
  }
  const group = Int32Array.from(order, (index) => position[firstOf.get(index) ?? -1] ?? -1);
  return { roots, children, order, position, group };
}

/** The same siblings with those of one group together, and the first of the group for each. */
function grouped(
  indexes: readonly number[],
  key: (index: number) => string,
  firstOf: Map<number, number>,
): readonly number[] {
  if (indexes.length < leastGroup) return indexes;
  const groups = new Map<string, number[]>();
  for (const index of indexes) listAt(groups, key(index)).push(index);
  return indexes.flatMap((index) => {
    const members = groups.get(key(index)) ?? [];
    const [first = index] = members;
    if (members.length < leastGroup) return [index];
    firstOf.set(index, first);
    return index === first ? members : [];
  });
}

/** By position: the one after the last descendant. */
function endsOf({ children }: TraceTree, { order, position, children: drawn }: Layout): Int32Array {
  const ends = new Int32Array(order.length);
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const index = order[at] as number;
    const last = children[index]?.length ? drawn[index]?.at(-1) : undefined;
    ends[at] = last === undefined ? at + 1 : (ends[position[last] as number] as number);
  }
  return ends;
}

/** By index: the stretch of the critical path below each span; one piece, but for ranks that waited for another. */
function coveredOf(
  { parent }: TraceTree,
  { order }: Layout,
  own: ReadonlyMap<number, readonly Stretch[]>,
): readonly (Stretch | undefined)[] {
  const covered: (Stretch | undefined)[] = new Array(order.length).fill(undefined);
  const widen = (index: number, { from, to }: Stretch): void => {
    const known = covered[index];
    covered[index] = {
      from: Math.min(from, known?.from ?? from),
      to: Math.max(to, known?.to ?? to),
    };
  };
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const index = order[at] as number;
    for (const stretch of own.get(index) ?? []) widen(index, stretch);
    const above = parent[index] ?? -1;
    const here = covered[index];
    if (above >= 0 && here) widen(above, here);
  }
  return covered;
}

function messagesOf({ tree, logs }: TraceData, { order }: Layout) {
  const bySpan = new Map<number, Message[]>();
  const positions = new Map<string, number>();
  order.forEach((index, at) => {
    const span = tree.spans[index] as Span;
    if (!positions.has(span.spanId)) positions.set(span.spanId, at);
    for (const event of span.events) {
      listAt(bySpan, at).push({ kind: 'event', time: event.time, event });
    }
  });
  const loose: Message[] = [];
  for (const log of logs) {
    const at = positions.get(log.spanId ?? '');
    const list = at === undefined ? loose : listAt(bySpan, at);
    list.push({ kind: 'log', time: log.time, log });
  }
  for (const list of bySpan.values()) list.sort(byTime);
  return { bySpan, loose: loose.sort(byTime) };
}

const byTime = (a: Message, b: Message): number =>
  a.time === b.time ? 0 : (a.time ?? Infinity) - (b.time ?? Infinity);

export const failed = ({ span }: TraceNode): boolean => span.status === 'error';

function failedBefore(nodes: readonly TraceNode[]): Int32Array {
  const before = new Int32Array(nodes.length + 1);
  nodes.forEach((node, at) => {
    before[at + 1] = (before[at] as number) + (failed(node) ? 1 : 0);
  });
  return before;
}

function sharesOf(nodes: readonly TraceNode[]): TraceModel['shares'] {
  const shares = new Map<string, number>();
  for (const { span, published } of nodes) {
    if (published.criticalMs === 0) continue;
    shares.set(span.service, (shares.get(span.service) ?? 0) + published.criticalMs);
  }
  return [...shares]
    .map(([service, ms]) => ({ service, ms }))
    .sort((a, b) => b.ms - a.ms || (a.service < b.service ? -1 : 1));
}

/** Length of the critical path, ms; 0 if there is none. */
export const pathMs = ({ shares }: TraceModel): number =>
  shares.reduce((sum, { ms }) => sum + ms, 0);
