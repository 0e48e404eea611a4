import type { Histogram, ServiceEdge } from '../model.ts';
import { addToHistogram, emptyHistogram, mergeHistogram, quantile } from './histogram.ts';

/** Sums over calls. Adding is commutative, so the order of traces does not matter. */
export interface Tally {
  calls: number;
  errors: number;
  unanswered: number;
  unansweredErrors: number;
  readonly durations: Histogram;
}

export const emptyTally = (): Tally => ({
  calls: 0,
  errors: 0,
  unanswered: 0,
  unansweredErrors: 0,
  durations: emptyHistogram(),
});

/** Counts one call in place. `duration` in ns, null if not timed. */
export function countCall(
  tally: Tally,
  { failed, duration }: { readonly failed: boolean; readonly duration: number | null },
  answered: boolean,
): void {
  tally.calls += 1;
  if (failed) tally.errors += 1;
  if (!answered) tally.unanswered += 1;
  if (!answered && failed) tally.unansweredErrors += 1;
  if (duration !== null) addToHistogram(tally.durations, duration);
}

/** Adds `from` to `into` in place. */
export function mergeTally(into: Tally, from: Tally): void {
  into.calls += from.calls;
  into.errors += from.errors;
  into.unanswered += from.unanswered;
  into.unansweredErrors += from.unansweredErrors;
  mergeHistogram(into.durations, from.durations);
}

/** Tallies by caller, callee and via: the edges of a graph while it is being counted. */
export interface EdgeTallies {
  at(caller: string, callee: string, via: ServiceEdge['via']): Tally;
  /** By caller, callee, via. */
  edges(): readonly ServiceEdge[];
}

type CountedEdge = Pick<ServiceEdge, 'caller' | 'callee' | 'via'> & { readonly tally: Tally };

export function edgeTallies(): EdgeTallies {
  // Names are looked up one by one: a key made of them would be a new text for every call.
  const callers = new Map<string, Map<string, CountedEdge[]>>();
  const keyOf = ({ caller, callee, via }: CountedEdge): string => `${caller}\0${callee}\0${via}`;
  return {
    at(caller, callee, via) {
      const callees = callers.get(caller) ?? new Map<string, CountedEdge[]>();
      callers.set(caller, callees);
      const edges = callees.get(callee) ?? [];
      callees.set(callee, edges);
      const known = edges.find((edge) => edge.via === via);
      if (known !== undefined) return known.tally;
      const edge = { caller, callee, via, tally: emptyTally() };
      edges.push(edge);
      return edge.tally;
    },
    edges: () =>
      [...callers.values()]
        .flatMap((callees) => [...callees.values()].flat())
        // No name holds NUL, so the order of keys is that of caller, callee, via.
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
        .map(summarise),
  };
}

function summarise({ caller, callee, via, tally }: CountedEdge): ServiceEdge {
  const { durations, ...counts } = tally;
  return {
    caller,
    callee,
    via,
    ...counts,
    p50Ns: quantile(durations, 0.5),
    p95Ns: quantile(durations, 0.95),
    p99Ns: quantile(durations, 0.99),
  };
}
