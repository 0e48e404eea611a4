/**
 * A trace played again with some spans quicker: a child starts as long after what it waited for
 * (the last of its siblings that had ended, else its parent's start) as it did, and a parent ends as
 * long after the last of its children as it did. What ran side by side still does. Ranks of a
 * training run, which wait for each other, are played together (`retimed-ranks.ts`).
 *
 *     as it was         web [=]......[=]  8       db takes 1      web [=]...[=]  5
 *                       db    [======]                            db    [=]
 *                       ads   [===]                               ads   [===]
 *
 * After: methods "counterfactual" (Sage, Sleuth, without learning).
 */
import type { Span, TraceTree } from '../model.ts';
import { topDown } from './link-trace.ts';
import { meetingsOf } from './meetings.ts';
import { retimedRanks } from './retimed-ranks.ts';
import { mainRootOf, timedChildren } from './timed-children.ts';

/**
 * How long the main root would take, ns, if of each span's own time only such a share (0 to 1) were
 * left. Children are clipped to their parent, as on the critical path. 0 if there is no timed root.
 */
export function retimed(tree: TraceTree, shares: Float64Array): number {
  const { spans } = tree;
  const children = timedChildren(tree);
  const root = mainRootOf(tree);
  if (root === undefined) return 0;
  const meetings = meetingsOf(tree);
  if (meetings.size > 0) return retimedRanks(tree, root, { children, meetings, shares });
  const lengths = new Float64Array(spans.length);
  for (const index of [...topDown(tree)].reverse()) {
    const span = spans[index] as Span;
    if (!span.timed) continue;
    const parts = (children[index] ?? []).flatMap((child) =>
      clipped(spans[child] as Span, span, lengths[child] ?? 0),
    );
    lengths[index] = lengthOf(span, shares[index] ?? 1, parts);
  }
  return lengths[root] ?? 0;
}

/** A child as far as its parent covers it. */
interface Part {
  readonly from: number;
  readonly to: number;
  /** How long it would take. */
  readonly length: number;
  /** When it would end, from the start of the parent; null until that is known. */
  end: number | null;
}

function clipped({ start, end }: Span, parent: Span, length: number): readonly Part[] {
  const from = Math.max(start, parent.start);
  const to = Math.min(end, parent.end);
  if (from > to) return [];
  const share = end > start ? (to - from) / (end - start) : 1;
  return [{ from, to, length: length * share, end: null }];
}

/** `parts`: in start order. */
function lengthOf({ start, end }: Span, share: number, parts: readonly Part[]): number {
  const ending = [...parts].sort((a, b) => a.to - b.to || a.from - b.from);
  let next = 0;
  // When what was waited for had ended: as it was, and as it would be, from the start of the span.
  let [was, would] = [start as number, 0];
  const waitedUntil = (time: number): number => {
    for (let part = ending[next]; part; part = ending[next]) {
      if (part.to > time || part.end === null) break;
      was = Math.max(was, part.to);
      would = Math.max(would, part.end);
      next += 1;
    }
    return would + Math.max(0, time - was) * share;
  };
  for (const part of parts) part.end = waitedUntil(part.from) + part.length;
  return waitedUntil(end);
}
