/**
 * The trace of a training run played again (`retimed.ts`): who waits for another rank in a
 * collective waits less if that one comes earlier. Ranks are not below each other, so times are not
 * added from the leaves up: the trace is played from its begin, moment by moment.
 *
 *     as it was      rank 0  backward [==]                 rank 1 takes 4    [==]
 *                    rank 0  reduce      [........==]                           [.==]
 *                    rank 1  backward [==========]                           [===]
 *                    rank 1  reduce              [==]                            [==]
 */
import type { Span, TraceTree } from '../model.ts';
import type { Meeting } from './meetings.ts';

/** A span as far as those above it cover it. */
interface Played {
  readonly index: number;
  readonly parent: Played | null;
  readonly level: number;
  readonly from: number;
  readonly to: number;
  /** Share of its own time that is left. */
  readonly share: number;
  /** When what it waited for last had ended: as it was, and as it would be. */
  was: number;
  would: number;
  /** When it would start. */
  start: number;
}

type Moment =
  | { readonly at: number; readonly kind: 'start' | 'end'; readonly of: Played }
  | { readonly at: number; readonly kind: 'meet'; readonly all: readonly Played[] };

/** How long the root would take, ns. */
export function retimedRanks(
  { spans }: TraceTree,
  root: number,
  { children, meetings, shares }: Replay,
): number {
  const played = coveredBelow(spans, root, children, shares);
  const first = played.get(root) as Played;
  const moments: Moment[] = [...played.values()].flatMap((of) => [
    { at: of.from, kind: 'start' as const, of },
    { at: of.to, kind: 'end' as const, of },
  ]);
  for (const all of metIn(played, meetings)) {
    moments.push({ at: Math.max(...all.map(({ from }) => from)), kind: 'meet', all });
  }
  for (const moment of moments.sort(inTime)) play(moment);
  return first.would - first.start;
}

interface Replay {
  /** Timed ones, in start order. */
  readonly children: readonly (readonly number[])[];
  readonly meetings: ReadonlyMap<number, Meeting>;
  readonly shares: Float64Array;
}

function coveredBelow(
  spans: readonly Span[],
  root: number,
  children: Replay['children'],
  shares: Float64Array,
): ReadonlyMap<number, Played> {
  const played = new Map<number, Played>();
  const waiting: (readonly [index: number, parent: Played | null])[] = [[root, null]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [index, parent] = next;
    const { start, end } = spans[index] as Span;
    const from = Math.max(start, parent?.from ?? start);
    const to = Math.min(end, parent?.to ?? end);
    if (from > to) continue;
    const level = (parent?.level ?? -1) + 1;
    const share = shares[index] ?? 1;
    const one: Played = {
      ...{ index, parent, level, from, to, share },
      ...{ was: from, would: 0, start: 0 },
    };
    played.set(index, one);
    for (const child of children[index] ?? []) waiting.push([child, one]);
  }
  return played;
}

/** Those of a collective that are played: at least two, the last of them among them. */
function metIn(
  played: ReadonlyMap<number, Played>,
  meetings: ReadonlyMap<number, Meeting>,
): readonly (readonly Played[])[] {
  const byLast = new Map<number, Played[]>();
  for (const [index, { last }] of meetings) {
    const [one, other] = [played.get(index), played.get(last)];
    if (!one || !other) continue;
    const known = byLast.get(last) ?? [other];
    byLast.set(last, known);
    known.push(one);
  }
  return [...byLast.values()];
}

/** Of one moment: what ended lets begin, and who begins is there to meet; what takes no time ends last. */
function inTime(a: Moment, b: Moment): number {
  return a.at - b.at || orderOf(a) - orderOf(b) || levelOf(a) - levelOf(b);
}

const orderOf = (moment: Moment): number => {
  if (moment.kind === 'meet') return 2;
  if (moment.kind === 'start') return 1;
  return moment.of.from < moment.of.to ? 0 : 3;
};

/** Who is above starts before what is below, and ends after it. */
const levelOf = (moment: Moment): number => {
  if (moment.kind === 'meet') return 0;
  return moment.kind === 'start' ? moment.of.level : -moment.of.level;
};

/** How far it is at that moment. */
const reached = ({ was, would, share }: Played, at: number): number =>
  would + Math.max(0, at - was) * share;

function play(moment: Moment): void {
  if (moment.kind === 'meet') {
    const last = Math.max(...moment.all.map(({ start }) => start));
    for (const one of moment.all) {
      // Until then it did nothing but wait.
      one.would = Math.max(one.was > one.from ? one.would : 0, last);
      one.was = Math.max(one.was, moment.at);
    }
    return;
  }
  const { of, at } = moment;
  const { parent } = of;
  if (moment.kind === 'start') {
    of.start = parent ? reached(parent, at) : 0;
    of.would = of.start;
    return;
  }
  of.would = reached(of, at);
  of.was = at;
  if (!parent) return;
  parent.would = Math.max(parent.would, of.would);
  parent.was = Math.max(parent.was, at);
}
