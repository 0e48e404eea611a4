/**
 * A trace played again with some spans quicker: a child starts as long after what it waited for
 * (the last of its siblings that had ended, else its parent's start) as it did, and a parent ends as
 * long after the last of its children as it did. What ran side by side still does.
 *
 *     as it was         web [=]......[=]  8       db takes 1      web [=]...[=]  5
 *                       db    [======]                            db    [=]
 *                       ads   [===]                               ads   [===]
 *
 * After: methods "counterfactual" (Sage, Sleuth, without learning).
 */
import type { Span, TraceTree } from '../model.ts';
import { topDown } from './link-trace.ts';
import { timedChildren } from './timed-children.ts';

/**
 * How long the main root would take, ns, if of each span's own time only such a share (0 to 1) were
 * left. Children that overrun their parent were not waited for. 0 if there is no timed root.
 */
export function retimed(tree: TraceTree, shares: Float64Array): number {
  const { spans } = tree;
  const children = timedChildren(tree);
  const lengths = new Float64Array(spans.length);
  for (const index of [...topDown(tree)].reverse()) {
    const span = spans[index] as Span;
    if (!span.timed) continue;
    lengths[index] = lengthOf(span, shares[index] ?? 1, {
      spans,
      children: children[index] ?? [],
      lengths,
    });
  }
  const root = tree.roots.find((index) => spans[index]?.timed);
  return root === undefined ? 0 : (lengths[root] ?? 0);
}

interface Within {
  readonly spans: readonly Span[];
  /** In start order. */
  readonly children: readonly number[];
  /** Of the children as they would be. */
  readonly lengths: Float64Array;
}

function lengthOf(
  { start, end }: Span,
  share: number,
  { spans, children, lengths }: Within,
): number {
  const place = new Map(children.map((child, at) => [child, at]));
  const ending = [...children].sort((a, b) => endOf(a) - endOf(b) || before(a, b));
  const ends = new Float64Array(children.length);
  let next = 0;
  // When what was waited for had ended: as it was, and as it would be, from the start of the span.
  let [was, would] = [start as number, 0];
  const waitUntil = (time: number, placed: number): number => {
    for (; next < ending.length; next += 1) {
      const child = ending[next] as number;
      const at = place.get(child) as number;
      if (endOf(child) > time || at >= placed) break;
      was = Math.max(was, endOf(child));
      would = Math.max(would, ends[at] as number);
    }
    return would + Math.max(0, time - was) * share;
  };
  function endOf(child: number): number {
    return (spans[child] as Span).end;
  }
  function before(a: number, b: number): number {
    return (place.get(a) as number) - (place.get(b) as number);
  }
  for (const [at, child] of children.entries()) {
    ends[at] = waitUntil((spans[child] as Span).start, at) + (lengths[child] as number);
  }
  return waitUntil(end, children.length);
}
