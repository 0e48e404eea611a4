/**
 * Edges from span links. The link lies in the later span and names the earlier one, which may be
 * in a trace that is read before or after: both sides wait for the end, within a bound.
 */
import type { Span, SpanLink, TraceTree } from '../model.ts';
import { hashText, keepSmallest } from './keep-smallest.ts';
import { countCall, type EdgeTallies, emptyTally, mergeTally, type Tally } from './tally.ts';

/** Possible targets kept, and targets waited for: at some 200 bytes each, about 4 MB, twice that between cuts. */
const keptLimit = 20_000;

/** Added to the rank of a producer, so that it is kept before all others: messages get linked. */
const producersFirst = -(2 ** 32);

/** The earlier span of a link. */
interface Target {
  service: string;
  messaging: boolean;
}

/** The later spans that link to one target, summed by service. */
type Linkers = Map<string, { readonly service: string; readonly messaging: boolean; tally: Tally }>;

export interface LinkEdges {
  add(tree: TraceTree): void;
  /** Adds the links between traces to the edges. Returns how many links found no target. */
  finish(): number;
}

/**
 * Counts every link as an edge from the service of its target to the service of the linking
 * span, in any order of traces. A link to the span's own parent says nothing new. Beyond the bound,
 * targets in other traces are chosen by the hash of their trace, producers first.
 */
export function linkEdges(edges: EdgeTallies): LinkEdges {
  const targets = keepSmallest<Target>(keptLimit);
  const waiting = keepSmallest<Linkers>(keptLimit);
  let unresolved = 0;

  const addLink = (span: Span, link: SpanLink, local: ReadonlyMap<string, Span>): void => {
    if (link.traceId !== span.traceId) {
      unresolved += 1;
      const linkers = waiting.slot(hashText(link.traceId), keyOf(link), () => new Map());
      if (linkers) countLink(linkers, span);
      return;
    }
    if (link.spanId === span.parentId) return;
    const target = local.get(link.spanId);
    if (!target) unresolved += 1;
    else countCall(edgeOf(edges, targetOf(target), targetOf(span)), linkCall(span), true);
  };

  return {
    add(tree) {
      const rank = hashText(tree.traceId);
      for (const span of tree.spans) keepTarget(targets, rank, span);
      const linking = tree.spans.filter(({ links }) => links.length > 0);
      if (linking.length === 0) return;
      // Reversed, so that of conflicting duplicates the first stays.
      const local = new Map(tree.spans.toReversed().map((span) => [span.spanId, span]));
      for (const span of linking) for (const link of span.links) addLink(span, link, local);
    },
    finish() {
      const known = new Map(targets.entries());
      let found = 0;
      for (const [key, linkers] of waiting.entries()) {
        const target = known.get(key);
        if (!target) continue;
        for (const linker of linkers.values()) {
          found += linker.tally.calls;
          mergeTally(edgeOf(edges, target, linker), linker.tally);
        }
      }
      return unresolved - found;
    },
  };
}

const keyOf = ({ traceId, spanId }: Pick<Span, 'traceId' | 'spanId'>): string => traceId + spanId;

const targetOf = ({ service, kind }: Span): Target => ({
  service,
  messaging: kind === 'producer' || kind === 'consumer',
});

const linkCall = (span: Span) => ({
  failed: span.status === 'error',
  duration: span.timed ? span.end - span.start : null,
});

function keepTarget(
  targets: ReturnType<typeof keepSmallest<Target>>,
  hash: number,
  span: Span,
): void {
  const rank = hash + (span.kind === 'producer' ? producersFirst : 0);
  if (!targets.accepts(rank)) return;
  const target = targetOf(span);
  const kept = targets.slot(rank, keyOf(span), () => target);
  if (!kept) return;
  // Conflicting duplicates: the same choice whichever comes first.
  if (target.service < kept.service) kept.service = target.service;
  kept.messaging ||= target.messaging;
}

function countLink(linkers: Linkers, span: Span): void {
  const { service, messaging } = targetOf(span);
  const key = `${service}\0${messaging}`;
  const linker = linkers.get(key) ?? { service, messaging, tally: emptyTally() };
  linkers.set(key, linker);
  countCall(linker.tally, linkCall(span), true);
}

/** Tally of a link's edge; one that counts for nothing if both ends are one service. */
function edgeOf(edges: EdgeTallies, from: Target, to: Target): Tally {
  if (from.service === to.service) return emptyTally();
  return edges.at(from.service, to.service, from.messaging || to.messaging ? 'messaging' : 'link');
}
