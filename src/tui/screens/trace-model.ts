/**
 * A trace as its screen needs it: spans by position, which is the order they are drawn in when
 * everything is open. Computed once when the trace is opened.
 */

import type { Segment } from '../../graph/index.ts';
import { ofTwo } from '../../grouping.ts';
import type { Log, Nanos, Span, SpanEvent, TraceData, TraceId, TraceTree } from '../../model.ts';
import { drawable, milliseconds, type PublishedSpan } from '../../report/index.ts';

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
  /** From its start to its end, and what of it is its own; 0 where its times cannot be used. */
  readonly totalMs: number;
  readonly selfMs: number;
  /** Of the tree. */
  readonly index: number;
  /** See `publishedOf`. */
  readonly publishedAt: (index: number) => PublishedSpan;
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
  const { publishedAt, path, own: selfNs, extent } = drawable(data);
  const { tree } = data;
  const layout = layoutOf(tree);
  const own = new Map<number, Stretch[]>();
  for (const { span, from, to } of path) listAt(own, span).push({ from, to });
  const { bySpan, loose } = messagesOf(data, layout);
  const ends = endsOf(tree, layout);
  const covered = coveredOf(tree, layout, path);
  const nodes = layout.order.map((index, at): TraceNode => {
    const span = tree.spans[index] as Span;
    return {
      span,
      totalMs: span.timed ? milliseconds(span.end - span.start) : 0,
      selfMs: milliseconds(selfNs[index] as number),
      index,
      publishedAt,
      parent: layout.position[tree.parent[index] ?? -1] ?? -1,
      children: positionsOf(layout, index),
      group: layout.group[at] as number,
      end: ends[at] as number,
      path: covered(index),
      own: own.get(index) ?? noStretches,
      messages: bySpan.get(at) ?? noMessages,
    };
  });
  return {
    traceId: tree.traceId,
    epoch: BigInt(data.epochNs),
    durationMs: extent && milliseconds(extent.to - extent.from),
    nodes,
    roots: layout.roots.map((root) => layout.position[root] as number),
    loose,
    extent: extent && extent.to > extent.from ? extent : null,
    failedBefore: failedBefore(nodes),
    shares: sharesOf(tree, path),
  };
}

/** Made when it is first looked at. */
export const publishedOf = ({ index, publishedAt }: TraceNode): PublishedSpan => publishedAt(index);

// Of most spans: a list for each would be as much again.
const noPositions: readonly number[] = [];
const noStretches: readonly Stretch[] = [];
const noMessages: readonly Message[] = [];

function positionsOf({ children, position }: Layout, index: number): readonly number[] {
  const below = children[index] ?? noPositions;
  return below.length === 0 ? noPositions : below.map((child) => position[child] as number);
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
  const kinds = kindsOf(spans);
  const kindOf = (index: number): number => kinds[index] as number;
  // Orphans of one lost parent are siblings as well; true roots never are.
  const rootKind = (index: number): string =>
    orphans.has(index) ? `${spans[index]?.parentId} ${kinds[index]}` : `root ${index}`;
  const firstOf = new Int32Array(spans.length).fill(-1);
  const roots = grouped(tree.roots, rootKind, firstOf);
  const children = tree.children.map((indexes) => grouped(indexes, kindOf, firstOf));
  const order: number[] = [];
  const position = new Int32Array(spans.length).fill(-1);
  const stack = [...roots].reverse();
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    position[index] = order.length;
    order.push(index);
    const below = children[index] ?? [];
    for (let at = below.length - 1; at >= 0; at -= 1) stack.push(below[at] as number);
  }
  const group = Int32Array.from(order, (index) => position[firstOf[index] as number] ?? -1);
  return { roots, children, order, position, group };
}

/** By index: spans of one service and name have one number. */
function kindsOf(spans: readonly Span[]): Int32Array {
  let kinds = 0;
  const kindOf = ofTwo(() => kinds++);
  return Int32Array.from(spans, ({ service, name }) => kindOf(service, name));
}

/** The same siblings with those of one group together; the first of its group is noted for each. */
function grouped<Kind>(
  indexes: readonly number[],
  kindOf: (index: number) => Kind,
  firstOf: Int32Array,
): readonly number[] {
  if (indexes.length < leastGroup) return indexes;
  const groups = new Map<Kind, number[]>();
  for (const index of indexes) listAt(groups, kindOf(index)).push(index);
  if (groups.size === indexes.length) return indexes;
  const together: number[] = [];
  for (const index of indexes) {
    const members = groups.get(kindOf(index)) as number[];
    if (members.length < leastGroup) together.push(index);
    else {
      firstOf[index] = members[0] as number;
      if (index === members[0]) for (const member of members) together.push(member);
    }
  }
  return together;
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
  path: readonly Segment[],
): (index: number) => Stretch | null {
  const from = new Float64Array(order.length).fill(Number.POSITIVE_INFINITY);
  const to = new Float64Array(order.length).fill(Number.NEGATIVE_INFINITY);
  const widen = (index: number, first: number, last: number): void => {
    if (first < (from[index] as number)) from[index] = first;
    if (last > (to[index] as number)) to[index] = last;
  };
  for (const segment of path) widen(segment.span, segment.from, segment.to);
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const index = order[at] as number;
    const above = parent[index] as number;
    if (above >= 0) widen(above, from[index] as number, to[index] as number);
  }
  return (index) =>
    from[index] === Number.POSITIVE_INFINITY
      ? null
      : { from: from[index] as number, to: to[index] as number };
}

function messagesOf({ tree, logs }: TraceData, { order }: Layout) {
  const bySpan = new Map<number, Message[]>();
  const positions = new Map<string, number>();
  order.forEach((index, at) => {
    const span = tree.spans[index] as Span;
    if (logs.length > 0 && !positions.has(span.spanId)) positions.set(span.spanId, at);
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

function sharesOf({ spans }: TraceTree, path: readonly Segment[]): TraceModel['shares'] {
  const shares = new Map<string, number>();
  for (const { span, from, to } of path) {
    const { service } = spans[span] as Span;
    shares.set(service, (shares.get(service) ?? 0) + to - from);
  }
  return [...shares]
    .map(([service, ns]) => ({ service, ms: milliseconds(ns) }))
    .filter(({ ms }) => ms > 0)
    .sort((a, b) => b.ms - a.ms || (a.service < b.service ? -1 : 1));
}

/** Length of the critical path, ms; 0 if there is none. */
export const pathMs = ({ shares }: TraceModel): number =>
  shares.reduce((sum, { ms }) => sum + ms, 0);
