/**
 * How a fault reached the users: from the service at fault along the calls, callee to caller.
 * `from` is nearer the cause. Followed are
 *
 *   where data or models are bad          the ways to the models that rest on them (`data-path.ts`); if none:
 *   where requests failed because of it   the calls that failed, and those above that bore with it
 *   where answers are wrong or poor       every caller that serves others in turn
 *   else                                  whoever waited for it, directly or for one who did
 */
import { once } from '../grouping.ts';
import type {
  Evidence,
  Features,
  PathStep,
  SampledTrace,
  ServiceEdge,
  TraceTree,
} from '../model.ts';
import { dataPath } from './data-path.ts';
import { sending } from './flows.ts';
import type { Candidate } from './fusion.ts';
import { blamedIn, calleeOf, originsIn, silentIn } from './origins.ts';
import { delayOf, pairKey } from './path-delays.ts';

/** Longer paths than this are not read. */
const longest = 20;

export function propagation(
  { service, layer, cited }: Pick<Candidate, 'service' | 'layer' | 'cited'>,
  features: Features,
  rows: readonly Evidence[],
): readonly PathStep[] {
  const fed = dataPath({ service, layer, cited }, features, rows);
  const failures = tracesFailedBy(service, features);
  const shown = failures.length > 0 ? failures : badTraces(service, features);
  const trouble = failures.length > 0 ? 'failed' : 'slow';
  const delayed = (from: string, to: string): PathStep => ({
    from,
    to,
    delayMs: delayOf({ caller: to, callee: from }, shown, trouble, features),
  });
  if (fed.length > 0) return fed.slice(0, longest).map(({ from, to }) => delayed(from, to));
  // One that only asks, such as a job, passes nothing on.
  const serving = sending(features, 'server', 'consumer');
  const waited = waysTo(features).get(service);
  const above = waysIn(failures, features).get(service);
  const isAsked = features.graph.edges.some(
    ({ caller, callee }) => callee === service && serving.has(caller),
  );
  // Whom nobody serves with answers, such as a training job, has whoever runs it to suffer.
  const suffers = ({ caller, callee }: ServiceEdge): boolean =>
    serving.has(caller) || (callee === service && !isAsked);
  const follows = (edge: ServiceEdge): boolean => {
    if (failures.length > 0) return edge.errors > 0 || above?.has(pairKey(edge)) === true;
    if (layer === 'data' || layer === 'model') return suffers(edge);
    return waited?.has(pairKey(edge)) === true;
  };
  const callersOf = (callee: string): readonly string[] => [
    ...new Set(
      features.graph.edges
        .filter((edge) => edge.callee === callee && follows(edge))
        .map((edge) => edge.caller),
    ),
  ];
  const reached = new Set([service]);
  const steps: PathStep[] = [];
  const queue = [service];
  for (let at = 0; at < queue.length && steps.length < longest; at += 1) {
    const from = queue[at] as string;
    for (const to of callersOf(from)) {
      steps.push(delayed(from, to));
      if (reached.has(to)) continue;
      reached.add(to);
      queue.push(to);
    }
  }
  return steps.slice(0, longest);
}

/** Bad requests in which the service has a part: what others suffer is another trouble. */
const badTraces = (service: string, { sample, graph }: Features): readonly SampledTrace[] =>
  sample.filter(
    ({ cohort, bad, tree }) =>
      cohort === 'incident' &&
      bad !== null &&
      tree.spans.some((span) => span.service === service || calleeOf(span, graph) === service),
  );

const tracesFailedBy = (service: string, features: Features): readonly SampledTrace[] =>
  [...originsIn(features)]
    .filter(([{ cohort }, origins]) => cohort === 'incident' && blamedIn(origins).includes(service))
    .map(([trace]) => trace);

const waysTo = once((features: Features) =>
  waysIn(
    features.sample.filter(({ cohort }) => cohort === 'incident'),
    features,
  ),
);

/** Callers and callees on the ways of these requests down to each service. */
function waysIn(
  traces: readonly SampledTrace[],
  { graph }: Features,
): ReadonlyMap<string, ReadonlySet<string>> {
  const ways = new Map<string, Set<string>>();
  const silent = silentIn(graph);
  for (const { tree } of traces) {
    const climbed = new Map<string, Set<number>>();
    for (const [index, span] of tree.spans.entries()) {
      climb(tree, index, pairsOf(ways, span.service), pairsOf(climbed, span.service));
      const callee = silent.size === 0 ? null : calleeOf(span, graph);
      if (callee === null || !silent.has(callee)) continue;
      const pairs = pairsOf(ways, callee);
      pairs.add(pairKey({ caller: span.service, callee }));
      climb(tree, index, pairs, pairsOf(climbed, callee));
    }
  }
  return ways;
}

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
