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
 * After: Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice Architectures",
 * USENIX ATC 2022, with the tolerance of its implementation.
 */
import type { Nanos, Span, TraceTree } from '../model.ts';
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
}

/** A child clipped to what its parent covers on the path. */
interface Candidate {
  readonly span: number;
  readonly from: Nanos;
  readonly to: Nanos;
}

/**
 * Critical path of the main root, in time order: disjoint segments that cover exactly its
 * duration. The main root is the earliest timed true root, else the earliest timed orphan;
 * empty if there is neither, or if it lasts no time. Untimed spans are never on it.
 */
export function criticalPath(tree: TraceTree): readonly Segment[] {
  const root = mainRootOf(tree);
  if (root === undefined) return [];
  const children = timedChildren(tree);
  const { start, end } = tree.spans[root] as Span;
  const enter = (span: number, from: Nanos, to: Nanos): Frame => ({
    span,
    from,
    cursor: to,
    tolerance: overlapTolerance * (to - from),
    candidates: candidatesWithin(tree.spans, children[span] ?? [], from, to),
    next: 0,
  });
  const backwards: Segment[] = [];
  const stack = [enter(root, start, end)];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const child = nextChild(frame);
    const from = child?.to ?? frame.from;
    if (from < frame.cursor) backwards.push({ span: frame.span, from, to: frame.cursor });
    if (child) {
      frame.cursor = child.from;
      stack.push(enter(child.span, child.from, child.to));
    } else {
      stack.pop();
    }
  }
  return backwards.reverse();
}

/** Children that cover some of from..to, last-finishing first; of equal ends the longest first. */
function candidatesWithin(
  spans: readonly Span[],
  children: readonly number[],
  from: Nanos,
  to: Nanos,
): readonly Candidate[] {
  const clipped: Candidate[] = [];
  for (const span of children) {
    const { start, end } = spans[span] as Span;
    const candidate = { span, from: start > from ? start : from, to: end < to ? end : to };
    // Children of no length carry no time, and could be taken for ever.
    if (candidate.from < candidate.to) clipped.push(candidate);
  }
  return clipped.sort((a, b) => b.to - a.to || a.from - b.from || a.span - b.span);
}

/** The last-finishing candidate that ends by the cursor, clipped to it. Each is tried once. */
function nextChild(frame: Frame): Candidate | null {
  while (frame.next < frame.candidates.length) {
    const candidate = frame.candidates[frame.next] as Candidate;
    frame.next += 1;
    const overlap = candidate.to - frame.cursor;
    if (overlap <= 0) return candidate;
    if (overlap <= frame.tolerance && candidate.from < frame.cursor) {
      return { ...candidate, to: frame.cursor };
    }
  }
  return null;
}
