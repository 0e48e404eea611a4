/**
 * Critical path: the spans whose delay delayed the trace, walked backwards from the end of the
 * root. At each point the child that finished last is what the parent waited for.
 *
 *     web      [================]      the path, in time order:
 *       auth     [====]                  web, cart, db, cart, web, ads, web
 *       cart     [==========]            auth is off it: cart was waited for
 *         db        [====]
 *       ads                  [==]
 *
 * A child that overruns its parent is clipped to it. A child that ends after the one already taken
 * began did not lead to it and is left out; an overlap within the tolerance is clipped instead.
 *
 * Ranks of a job wait for each other only where they meet (`meetings.ts`). There the path goes to
 * the rank that came last, wherever in the tree it is, and on along what that rank did before.
 *
 *     job      train step     [================]      the path: backward 1, all_reduce 1
 *       rank 0   backward     [==]
 *       rank 0   all_reduce      [.............]
 *       rank 1   backward     [============]
 *       rank 1   all_reduce                [===]
 *
 * After: Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice Architectures",
 * USENIX ATC 2022, with the tolerance of its implementation.
 */
import type { Nanos, Span, TraceTree } from '../model.ts';
import { meetingsOf, rankIn } from './meetings.ts';
import { mainRootOf, timedChildren } from './timed-children.ts';

/** A stretch of the critical path that is one span's own. */
export interface Segment {
  /** Index in `tree.spans`. */
  readonly span: number;
  readonly from: Nanos;
  /** After `from`. */
  readonly to: Nanos;
}

/**
 * Overlap of two siblings, as a share of their parent, that does not make them parallel: the end
 * of a span is written after its answer was used. CRISP's value.
 */
const overlapTolerance = 0.01;

/** A span on the path, the part of it still to walk, and the children still to try. */
interface Frame {
  readonly span: number;
  readonly from: Nanos;
  cursor: Nanos;
  /** Overlap of siblings to overlook, ns. */
  readonly tolerance: number;
  readonly candidates: readonly Candidate[];
  next: number;
  /** Rank of the child taken last; empty: none. */
  rank: string;
}

/** A child clipped to what its parent covers on the path. */
interface Candidate {
  readonly span: number;
  readonly from: Nanos;
  readonly to: Nanos;
}

/** From the end of the root to its begin. */
interface Walk {
  readonly tree: TraceTree;
  readonly children: readonly (readonly number[])[];
  /** What was walked, the last first. */
  readonly backwards: Segment[];
  /** From the root down to where the walk is. */
  readonly stack: Frame[];
  /** Empty where no ranks meet. */
  rankOf(span: number): string;
}

/**
 * Critical path of the main root, in time order: disjoint segments that cover exactly its
 * duration. The main root is the earliest timed true root, else the earliest timed orphan;
 * empty if there is neither, or if it lasts no time. Untimed spans are never on it.
 */
export function criticalPath(tree: TraceTree): readonly Segment[] {
  const root = mainRootOf(tree);
  if (root === undefined) return [];
  const meetings = meetingsOf(tree);
  const { start, end } = tree.spans[root] as Span;
  const walk: Walk = {
    tree,
    children: timedChildren(tree),
    backwards: [],
    stack: [],
    rankOf: (span) => (meetings.size === 0 ? '' : rankIn(tree.spans[span] as Span)),
  };
  // Each is followed once: then no tangle of times can make the walk endless.
  const followed = new Set<number>();
  enter(walk, { span: root, from: start, to: end });
  for (let frame = walk.stack.at(-1); frame !== undefined; frame = walk.stack.at(-1)) {
    const child = nextChild(frame, walk.rankOf);
    if (!child) {
      walkedTo(walk, frame, frame.from);
      walk.stack.pop();
      continue;
    }
    descend(walk, frame, child);
    const meeting = meetings.get(child.span);
    if (!meeting || followed.has(child.span)) continue;
    followed.add(child.span);
    toLast(walk, meeting.last);
  }
  return walk.backwards.reverse();
}

function enter({ tree, children, stack }: Walk, { span, from, to }: Candidate): void {
  const candidates = candidatesWithin(tree.spans, children[span] ?? [], from, to);
  const tolerance = overlapTolerance * (to - from);
  stack.push({ span, from, cursor: to, tolerance, candidates, next: 0, rank: '' });
}

/** The time since is the frame's own. */
function walkedTo({ backwards }: Walk, frame: Frame, from: Nanos): void {
  if (from < frame.cursor) backwards.push({ span: frame.span, from, to: frame.cursor });
  frame.cursor = from;
}

function descend(walk: Walk, frame: Frame, child: Candidate): void {
  walkedTo(walk, frame, child.to);
  frame.cursor = child.from;
  frame.rank = walk.rankOf(child.span) || frame.rank;
  enter(walk, child);
}

/** From a span that waited, just entered, to the one it waited for. */
function toLast(walk: Walk, last: number): void {
  const { tree, stack } = walk;
  const waiting = stack.at(-1) as Frame;
  const { start: came, end: left } = tree.spans[last] as Span;
  const way = wayDown(tree, last, stack);
  if (came >= waiting.cursor || way === null) return;
  if (left < waiting.cursor) walkedTo(walk, waiting, left);
  const { cursor } = waiting;
  stack.length = way.depth;
  (stack.at(-1) as Frame).cursor = cursor;
  for (const span of way.spans) {
    const frame = stack.at(-1) as Frame;
    const [clipped] = candidatesWithin(tree.spans, [span], frame.from, frame.cursor);
    if (!clipped) return;
    descend(walk, frame, clipped);
  }
}

/**
 * The spans to enter one below the other from the lowest of the stack that is above `last` to
 * `last` itself, and how many of the stack stay. Null: it hangs below none of them.
 */
function wayDown(
  { spans, parent }: TraceTree,
  last: number,
  stack: readonly Frame[],
): { readonly depth: number; readonly spans: readonly number[] } | null {
  const entered = new Map(stack.map(({ span }, at) => [span, at + 1]));
  const way: number[] = [];
  for (let span = last; span >= 0; span = parent[span] as number) {
    const depth = entered.get(span);
    if (depth !== undefined) return way.length === 0 ? null : { depth, spans: way };
    if (spans[span]?.timed) way.unshift(span);
  }
  return null;
}

/** Children that cover some of from..to, last-finishing first; of equal ends the longest first. */
function candidatesWithin(
  spans: readonly Span[],
  children: readonly number[],
  from: Nanos,
  to: Nanos,
): readonly Candidate[] {
  // Most spans of a large trace have none below them.
  if (children.length === 0) return noCandidates;
  const clipped: Candidate[] = [];
  for (const span of children) {
    const { start, end } = spans[span] as Span;
    const candidate = { span, from: start > from ? start : from, to: end < to ? end : to };
    // Children of no length carry no time, and could be taken for ever.
    if (candidate.from < candidate.to) clipped.push(candidate);
  }
  return clipped.sort((a, b) => b.to - a.to || a.from - b.from || a.span - b.span);
}

const noCandidates: readonly Candidate[] = [];

/**
 * The last-finishing candidate that ends by the cursor, clipped to it; of those that end as late,
 * one of the rank whose work is being followed. Each is tried once.
 */
function nextChild(frame: Frame, rankOf: (span: number) => string): Candidate | null {
  const best = candidateFrom(frame, frame.next);
  if (best === null) return null;
  frame.next = best.at + 1;
  if (frame.rank === '' || rankOf(best.span) === frame.rank) return best;
  for (let other = candidateFrom(frame, best.at + 1); other; ) {
    if (other.to < best.to - frame.tolerance) break;
    if (rankOf(other.span) === frame.rank) {
      frame.next = other.at + 1;
      return other;
    }
    other = candidateFrom(frame, other.at + 1);
  }
  return best;
}

function candidateFrom(
  { candidates, cursor, tolerance }: Frame,
  first: number,
): (Candidate & { readonly at: number }) | null {
  for (let at = first; at < candidates.length; at += 1) {
    const { span, from, to } = candidates[at] as Candidate;
    const overlap = to - cursor;
    if (overlap <= 0) return { span, from, to, at };
    if (overlap <= tolerance && from < cursor) return { span, from, to: cursor, at };
  }
  return null;
}
