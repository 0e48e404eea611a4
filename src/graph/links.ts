/**
 * Edges from span links. The link lies in the later span and names the earlier one, which may be
 * in a trace that is read before or after: both sides wait for the end, within a bound.
 */
import type { SpanId, SpanLink, SpanView, TraceColumns, TraceId } from '../model.ts';
import { hashText, keepSmallest } from './keep-smallest.ts';
import { countCall, type EdgeTallies, emptyTally, mergeTally, type Tally } from './tally.ts';
import { durationAt, viewAt } from './trace-columns.ts';

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
  add(trace: TraceColumns): void;
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

  const addLink = (
    trace: TraceColumns,
    index: number,
    link: SpanLink,
    local: ReadonlyMap<SpanId, number>,
  ): void => {
    if (link.traceId !== trace.traceId) {
      unresolved += 1;
      const linkers = waiting.slot(hashText(link.traceId), keyOf(link), () => new Map());
      if (linkers) countLink(linkers, trace, index);
      return;
    }
    if (link.spanId === trace.parentId(index)) return;
    const target = local.get(link.spanId);
    if (target === undefined) unresolved += 1;
    else {
      const [from, to] = [targetOf(viewAt(trace, target)), targetOf(viewAt(trace, index))];
      countCall(edgeOf(edges, from, to), linkCall(trace, index), true);
    }
  };

  return {
    add(trace) {
      const rank = hashText(trace.traceId);
      const linking: number[] = [];
      for (let index = 0; index < trace.count; index += 1) {
        keepTarget(targets, rank, trace, index);
        if (trace.links(index).length > 0) linking.push(index);
      }
      if (linking.length === 0) return;
      const local = new Map<SpanId, number>();
      // Reversed, so that of conflicting duplicates the first stays.
      for (let index = trace.count - 1; index >= 0; index -= 1)
        local.set(trace.spanId(index), index);
      for (const index of linking) {
        for (const link of trace.links(index)) addLink(trace, index, link, local);
      }
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

const keyOf = ({ traceId, spanId }: { traceId: TraceId; spanId: SpanId }): string =>
  traceId + spanId;

const targetOf = ({ service, kind }: SpanView): Target => ({
  service,
  messaging: kind === 'producer' || kind === 'consumer',
});

const linkCall = (trace: TraceColumns, index: number) => ({
  failed: viewAt(trace, index).status === 'error',
  duration: durationAt(trace, index),
});

function keepTarget(
  targets: ReturnType<typeof keepSmallest<Target>>,
  hash: number,
  trace: TraceColumns,
  index: number,
): void {
  const span = viewAt(trace, index);
  const rank = hash + (span.kind === 'producer' ? producersFirst : 0);
  if (!targets.accepts(rank)) return;
  const target = targetOf(span);
  const key = keyOf({ traceId: trace.traceId, spanId: trace.spanId(index) });
  const kept = targets.slot(rank, key, () => target);
  if (!kept) return;
  // Conflicting duplicates: the same choice whichever comes first.
  if (target.service < kept.service) kept.service = target.service;
  kept.messaging ||= target.messaging;
}

function countLink(linkers: Linkers, trace: TraceColumns, index: number): void {
  const { service, messaging } = targetOf(viewAt(trace, index));
  const key = `${service}\0${messaging}`;
  const linker = linkers.get(key) ?? { service, messaging, tally: emptyTally() };
  linkers.set(key, linker);
  countCall(linker.tally, linkCall(trace, index), true);
}

/** Tally of a link's edge; one that counts for nothing if both ends are one service. */
function edgeOf(edges: EdgeTallies, from: Target, to: Target): Tally {
  if (from.service === to.service) return emptyTally();
  return edges.at(from.service, to.service, from.messaging || to.messaging ? 'messaging' : 'link');
}
