/**
 * Where ranks of a job meet: a collective begins when the last of them has come, and until then the
 * others wait. Their spans are the longer the less they had to do.
 *
 *     rank 0   backward     [==]
 *     rank 0   all_reduce      [..........===]     . waits for rank 1
 *     rank 1   backward     [============]
 *     rank 1   all_reduce                [===]     came last: what it did before was waited for
 */
import { grouped } from '../grouping.ts';
import type { Nanos, Span, TraceTree } from '../model.ts';
import { isCollective as meets, rankOf } from '../semantics/index.ts';
import { ofAlike } from './alike.ts';

const isCollective = ofAlike(meets);
/** Empty outside of a training run. */
export const rankIn = ofAlike(({ resource, attributes }) => rankOf(resource, attributes) ?? '');

/** Spans of one collective, each of another rank, of which every two are open at the same time. */
export interface Meeting {
  /** Index of the span that came last. */
  readonly last: number;
  /** When it came: until then all others waited. */
  readonly from: Nanos;
}

/** The meeting of each span that waited in one, by its index. */
export function meetingsOf({ spans, parent }: TraceTree): ReadonlyMap<number, Meeting> {
  const meetings = new Map<number, Meeting>();
  const collective = spans.flatMap((span, index) =>
    span.timed && isCollective(span) && rankIn(span) !== '' ? [index] : [],
  );
  if (collective.length < 2) return meetings;
  // What a collective is made of, below the span of it, is that collective and no other.
  const outer = collective.filter((index) => {
    const above = spans[parent[index] as number];
    return above === undefined || !isCollective(above) || rankIn(above) === '';
  });
  const kinds = grouped(outer, (index) => {
    const { service, name } = spans[index] as Span;
    return JSON.stringify([service, name]);
  });
  for (const indexes of kinds.values()) {
    for (const members of togetherIn(spans, indexes)) {
      const last = members.at(-1) as number;
      const { start } = spans[last] as Span;
      for (const index of members.slice(0, -1)) {
        // Two who came at once did not wait for each other.
        if ((spans[index] as Span).start < start) meetings.set(index, { last, from: start });
      }
    }
  }
  return meetings;
}

/** `indexes`: in start order. A rank that comes again, or after one has left, begins another meeting. */
function togetherIn(
  spans: readonly Span[],
  indexes: readonly number[],
): readonly (readonly number[])[] {
  const meetings: number[][] = [];
  let ranks = new Set<string>();
  let firstLeft = Number.NEGATIVE_INFINITY;
  for (const index of indexes) {
    const span = spans[index] as Span;
    const rank = rankIn(span);
    if (span.start >= firstLeft || ranks.has(rank)) {
      meetings.push([]);
      ranks = new Set();
      firstLeft = Number.POSITIVE_INFINITY;
    }
    meetings.at(-1)?.push(index);
    ranks.add(rank);
    firstLeft = Math.min(firstLeft, span.end);
  }
  return meetings;
}

/** Time in ns that a span waits for the last of its peers, and for which rank. */
export interface Wait {
  readonly ns: number;
  readonly rank: string;
}

/** Of each span that waits for its peers, by index. */
export const waitsForPeers = (tree: TraceTree): ReadonlyMap<number, Wait> =>
  new Map(
    [...meetingsOf(tree)].map(([index, { last, from }]) => [
      index,
      {
        ns: from - (tree.spans[index] as Span).start,
        rank: rankIn(tree.spans[last] as Span),
      },
    ]),
  );
