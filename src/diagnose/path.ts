/**
 * How a fault reached the users: from the service at fault along the calls, callee to caller.
 * `from` is nearer the cause. Followed are
 *
 *   where requests failed because of it   the calls that failed
 *   where answers are wrong or poor       every caller that serves others in turn
 *   else                                  whoever waited for it, directly or for one who did
 */
import { once } from '../grouping.ts';
import type { Features, Nanos, PathStep, SampledTrace, ServiceEdge, TraceTree } from '../model.ts';
import { milliseconds } from '../model.ts';
import { failed } from '../semantics/index.ts';
import type { Candidate } from './fusion.ts';
import { blamedIn, calleeOf, originsIn, silentIn } from './origins.ts';

/** Longer paths than this are not read. */
const longest = 20;

export function propagation(
  { service, layer, onset }: Pick<Candidate, 'service' | 'layer' | 'onset'>,
  features: Features,
): readonly PathStep[] {
  const failures = tracesFailedBy(service, features);
  const signs = firstSigns(failures.length > 0 ? failures : badTraces(features));
  const serving = servingServices(features);
  const waited = waysTo(features).get(service);
  const follows = (edge: ServiceEdge): boolean => {
    if (failures.length > 0) return edge.errors > 0;
    if (layer === 'data' || layer === 'model') return serving.has(edge.caller);
    return waited?.has(pairKey(edge)) === true;
  };
  const callersOf = (callee: string): readonly string[] => [
    ...new Set(
      features.graph.edges
        .filter((edge) => edge.callee === callee && follows(edge))
        .map((edge) => edge.caller),
    ),
  ];
  const reached = new Map<string, Nanos | null>([[service, onset]]);
  const steps: PathStep[] = [];
  const queue = [service];
  for (let at = 0; at < queue.length && steps.length < longest; at += 1) {
    const from = queue[at] as string;
    for (const to of callersOf(from)) {
      steps.push({ from, to, delayMs: delay(reached.get(from), signs.get(to)) });
      if (reached.has(to)) continue;
      reached.set(to, signs.get(to) ?? null);
      queue.push(to);
    }
  }
  return steps.slice(0, longest);
}

/** Null if a time is not known, or the caller showed signs before: then for another reason. */
const delay = (from: Nanos | null | undefined, to: Nanos | null | undefined): number | null =>
  typeof from === 'number' && typeof to === 'number' && to >= from
    ? Math.round(milliseconds(to - from) * 1000) / 1000
    : null;

const badTraces = ({ sample }: Features): readonly SampledTrace[] =>
  sample.filter(({ cohort, bad }) => cohort === 'incident' && bad !== null);

const tracesFailedBy = (service: string, features: Features): readonly SampledTrace[] =>
  [...originsIn(features)]
    .filter(([{ cohort }, origins]) => cohort === 'incident' && blamedIn(origins).includes(service))
    .map(([trace]) => trace);

const pairKey = ({ caller, callee }: Pick<ServiceEdge, 'caller' | 'callee'>): string =>
  JSON.stringify([caller, callee]);

/** Callers and callees on the ways of requests of the incident down to each service. */
const waysTo = once((features: Features): ReadonlyMap<string, ReadonlySet<string>> => {
  const ways = new Map<string, Set<string>>();
  const silent = silentIn(features.graph);
  for (const { cohort, tree } of features.sample) {
    if (cohort !== 'incident') continue;
    const climbed = new Map<string, Set<number>>();
    for (const [index, span] of tree.spans.entries()) {
      climb(tree, index, pairsOf(ways, span.service), pairsOf(climbed, span.service));
      const callee = silent.size === 0 ? null : calleeOf(span, features.graph);
      if (callee === null || !silent.has(callee)) continue;
      const pairs = pairsOf(ways, callee);
      pairs.add(pairKey({ caller: span.service, callee }));
      climb(tree, index, pairs, pairsOf(climbed, callee));
    }
  }
  return ways;
});

function pairsOf<T>(of: Map<string, Set<T>>, service: string): Set<T> {
  const pairs = of.get(service) ?? new Set<T>();
  of.set(service, pairs);
  return pairs;
}

/** Adds the pairs from a span up to its root, as far as it was not `seen`. */
function climb(tree: TraceTree, from: number, pairs: Set<string>, seen: Set<number>): void {
  for (let at = from; at >= 0 && !seen.has(at); at = tree.parent[at] ?? -1) {
    seen.add(at);
    const callee = tree.spans[at]?.service ?? '';
    const caller = tree.spans[tree.parent[at] ?? -1]?.service ?? callee;
    if (caller !== callee) pairs.add(pairKey({ caller, callee }));
  }
}

/** Services that are asked for answers; one that only asks, such as a job, passes nothing on. */
const servingServices = ({ operations }: Features): ReadonlySet<string> =>
  new Set(
    operations
      .filter(({ kind }) => kind === 'server' || kind === 'consumer')
      .map(({ source }) => source.service),
  );

/** When each service first showed it: the end of a failed span, or of any in a slow request. */
function firstSigns(traces: readonly SampledTrace[]): ReadonlyMap<string, Nanos> {
  const first = new Map<string, Nanos>();
  for (const { bad, tree } of traces) {
    for (const span of tree.spans) {
      if (!span.timed || (bad !== 'slow' && !failed(span))) continue;
      const known = first.get(span.service);
      if (known === undefined || span.end < known) first.set(span.service, span.end);
    }
  }
  return first;
}
