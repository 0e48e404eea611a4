/**
 * A trace as it would have been recorded by one clock: that of its root. Each span is moved by the
 * differences between hosts on the way from the root down to it; hosts that are not known to differ
 * agree. What is moved keeps its length and its parent.
 *
 *     as recorded     web  [=========]            corrected     web  [=========]
 *                     db              [===]                     db      [===]
 */
import { ofTwo } from '../grouping.ts';
import { type Log, type Nanos, nanos, type SkewPair, type Span, type TraceTree } from '../model.ts';
import { hostOf } from './clock-skew.ts';
import { moved, topDown } from './link-trace.ts';

export interface CorrectedClocks {
  readonly tree: TraceTree;
  /** Moved as their spans are; those of no span of the trace stay. By time. */
  readonly logs: readonly Log[];
  /** The farthest that a timed span was moved, ns; more than 0. */
  readonly farthest: number;
}

/** Null if no timed span is below one of a host whose clock differs. `skew`: of any hosts. */
export function correctedClocks(
  tree: TraceTree,
  logs: readonly Log[],
  skew: readonly SkewPair[],
): CorrectedClocks | null {
  const shifts = shiftsOf(tree, skew);
  const farthest = tree.spans.reduce(
    (most, { timed }, index) => (timed ? Math.max(most, Math.abs(shifts[index] as number)) : most),
    0,
  );
  if (farthest === 0) return null;
  const bySpan = new Map<string, number>();
  tree.spans.forEach(({ spanId }, index) => {
    if (!bySpan.has(spanId)) bySpan.set(spanId, shifts[index] as number);
  });
  const spans = tree.spans.map((span, index) => shiftedSpan(span, shifts[index] as number));
  return {
    tree: moved(tree, spans),
    logs: logs
      .map((log) => ({ ...log, time: shiftedTime(log.time, bySpan.get(log.spanId ?? '') ?? 0) }))
      .sort((a, b) => (a.time === b.time ? 0 : (a.time ?? Infinity) - (b.time ?? Infinity))),
    farthest,
  };
}

/** By index: what brings times of a span to the clock of its root, ns. */
function shiftsOf(tree: TraceTree, skew: readonly SkewPair[]): Float64Array {
  const shifts = new Float64Array(tree.spans.length);
  if (skew.length === 0) return shifts;
  const known = new Map(skew.map(({ from, to, ns }) => [pairText(from, to), ns]));
  // A pair that was only seen calling the other way differs by as much, the other way.
  const between = ofTwo(
    (from, to) => known.get(pairText(from, to)) ?? -(known.get(pairText(to, from)) ?? 0),
  );
  for (const index of topDown(tree)) {
    const above = tree.parent[index] ?? -1;
    if (above < 0) continue;
    const [from, to] = [hostOf(tree.spans[above] as Span), hostOf(tree.spans[index] as Span)];
    shifts[index] = (shifts[above] as number) + (from === to ? 0 : between(from, to));
  }
  return shifts;
}

const pairText = (from: string, to: string): string => `${from}\0${to}`;

const shiftedTime = <Time extends Nanos | null>(time: Time, ns: number): Time =>
  (time === null ? null : nanos(time + ns)) as Time;

function shiftedSpan(span: Span, ns: number): Span {
  if (ns === 0) return span;
  const own = span.timed ? ns : 0;
  return {
    ...span,
    start: shiftedTime(span.start, own),
    end: shiftedTime(span.end, own),
    events: span.events.map((event) => ({ ...event, time: shiftedTime(event.time, ns) })),
  };
}
