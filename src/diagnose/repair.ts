/**
 * What if one service had taken its usual time? Slow requests are played again with the stretches
 * of that service as long as they usually are. What then takes no longer than a healthy request
 * would have been well: the service explains it.
 *
 *     slow above 6 ms      web [=]  [=]    db at its usual 2 ms     web [=][=]    4 ms: explained
 *     it took 8 ms         db    [====]                             db    [=]     by db
 *
 * After: methods "counterfactual".
 */
import { retimed } from '../graph/index.ts';
import type { Features, SampledTrace, Span } from '../model.ts';
import { median } from '../statistics.ts';
import { type Place, placeKey, placeOf, timesByPlace, timesIn } from './exclusive-time.ts';
import { rootOf } from './origins.ts';

/** How many of the slow requests of the incident each service explains. */
export function repairOf(features: Features): (service: string) => number {
  const slow = features.sample.filter(
    (trace) => trace.cohort === 'incident' && trace.bad === 'slow' && rootOf(trace).timed,
  );
  const usual = usualTimes(features);
  return (service) =>
    slow
      .filter((trace) => isWellWithout(service, trace, usual, features))
      .reduce((sum, { stands }) => sum + stands, 0);
}

/** Median time of requests in each place, of those that came by; a new place had none. */
function usualTimes(features: Features): ReadonlyMap<string, number> {
  const before = features.sample.filter(({ cohort, bad }) => cohort === 'baseline' && bad === null);
  const places = timesByPlace(before, features);
  return new Map(
    [...places].map(([key, { stays }]) => [key, median(stays.map(({ ns }) => ns))] as const),
  );
}

/** A way belongs to both of its ends: packets are lost on either side. */
const isOf = ({ kind, service, caller }: Place, one: string): boolean =>
  service === one || (kind === 'network-gap' && caller === one);

function isWellWithout(
  service: string,
  trace: SampledTrace,
  usual: ReadonlyMap<string, number>,
  features: Features,
): boolean {
  const { start, end } = rootOf(trace);
  const tooLong = end - start - limitOf(trace, features);
  const shares = new Map<string, number>();
  let excess = 0;
  for (const [key, { place, ns }] of timesIn(features)(trace)) {
    if (!isOf(place, service)) continue;
    const extra = ns - (usual.get(key) ?? 0);
    if (extra <= 0) continue;
    excess += extra;
    shares.set(key, 1 - extra / ns);
  }
  // No request is quicker by more than what is taken from its critical path.
  if (shares.size === 0 || excess < tooLong) return false;
  return retimed(trace.tree, sharesBySpan(trace, shares, features)) <= limitOf(trace, features);
}

/** As features tell slow traces: by the limit of the type, else of the root operation. */
function limitOf(trace: SampledTrace, { plan: { slowAbove } }: Features): number {
  const { service, name } = rootOf(trace);
  return slowAbove[trace.type] ?? slowAbove[JSON.stringify([service, name])] ?? 0;
}

function sharesBySpan(
  { tree }: SampledTrace,
  shares: ReadonlyMap<string, number>,
  features: Features,
): Float64Array {
  return Float64Array.from(tree.spans, (span: Span, index) => {
    const answer = (tree.children[index] ?? [])
      .map((child) => tree.spans[child] as Span)
      .find((child) => child.service !== span.service);
    return shares.get(placeKey(placeOf(span, answer, features))) ?? 1;
  });
}
