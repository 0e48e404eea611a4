import type { Nanos, Span, TraceTree } from '../model.ts';
import { topDown } from './link-trace.ts';

/**
 * Children for questions of time, in start order: a span without usable times is left out and
 * its children hang below the nearest timed span above it. Empty lists for untimed spans.
 */
export function timedChildren(tree: TraceTree): readonly (readonly number[])[] {
  if (tree.spans.every(({ timed }) => timed)) return tree.children;
  const above = Int32Array.from(tree.parent);
  for (const index of topDown(tree)) {
    const parent = above[index] ?? -1;
    if (parent !== -1 && !tree.spans[parent]?.timed) above[index] = above[parent] ?? -1;
  }
  const children: number[][] = tree.spans.map(() => []);
  tree.spans.forEach(({ timed }, index) => {
    if (timed) children[above[index] ?? -1]?.push(index);
  });
  return children;
}

/** The main root: the first timed true root, else the first timed orphan; undefined if none is timed. */
export const mainRootOf = ({ roots, spans }: TraceTree): number | undefined =>
  roots.find((index) => spans[index]?.timed);

/** Length in ns of the union of the given spans' intervals within from..to. Takes them in start order. */
export function coveredTime(
  spans: readonly Span[],
  indexes: readonly number[],
  from = Number.NEGATIVE_INFINITY as Nanos,
  to = Number.POSITIVE_INFINITY as Nanos,
): number {
  let covered = 0;
  let cursor: number = from;
  for (const index of indexes) {
    const span = spans[index] as Span;
    const start = Math.max(span.start, cursor);
    const end = Math.min(span.end, to);
    if (end <= start) continue;
    covered += end - start;
    cursor = end;
  }
  return covered;
}
