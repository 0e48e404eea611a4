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
import { grouped } from '../grouping.ts';
import type { Features, SampledTrace } from '../model.ts';
import { median } from '../statistics.ts';
import { type Place, placeKey, placeOf, timesByPlace, timesIn } from './exclusive-time.ts';
import { answerTo, rootName, rootOf, weightOf } from './requests.ts';

/**
 * How many of the slow requests of the incident each service explains; null where there is no
 * healthy request to say what is usual.
 */
export function repairOf(features: Features): (service: string) => number | null {
  const { sample } = features;
  const healthy = sample.filter(({ cohort, bad }) => cohort === 'baseline' && bad === null);
  if (healthy.length === 0) return () => null;
  const usual = usualTimes(healthy, features);
  const slow = sample
    .filter(({ cohort, bad }) => cohort === 'incident' && bad === 'slow')
    .flatMap((trace) => {
      const times = usual.get(rootName(trace));
      return times && rootOf(trace).timed ? [{ trace, times }] : [];
    });
  return (service) =>
    weightOf(
      slow
        .filter(({ trace, times }) => isWellWithout(service, trace, times, features))
        .map(({ trace }) => trace),
    );
}

/** Median time of requests in each place that they came by, by `placeKey`. */
type Times = ReadonlyMap<string, number>;

/** By root operation. */
function usualTimes(
  healthy: readonly SampledTrace[],
  features: Features,
): ReadonlyMap<string, Times> {
  return new Map(
    [...grouped(healthy, rootName)].map(([name, traces]) => {
      const places = [...timesByPlace(traces, features)];
      const times = places.map(
        ([key, { stays }]) => [key, median(stays.map(({ ns }) => ns))] as const,
      );
      return [name, new Map(times)] as const;
    }),
  );
}

/** A way belongs to both of its ends: packets are lost on either side. */
const isOf = ({ kind, service, caller }: Place, one: string): boolean =>
  service === one || (kind === 'network-gap' && caller === one);

function isWellWithout(
  service: string,
  trace: SampledTrace,
  usual: Times,
  features: Features,
): boolean {
  const { start, end } = rootOf(trace);
  const limit = limitOf(trace, features);
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
  if (shares.size === 0 || excess < end - start - limit) return false;
  return retimed(trace.tree, sharesBySpan(trace, shares, features)) <= limit;
}

/** As features tell slow traces: by the limit of the type, else of the root operation. */
function limitOf(trace: SampledTrace, { plan: { slowAbove } }: Features): number {
  return slowAbove[trace.type] ?? slowAbove[rootName(trace)] ?? 0;
}

function sharesBySpan(
  { tree }: SampledTrace,
  shares: ReadonlyMap<string, number>,
  features: Features,
): Float64Array {
  return Float64Array.from(tree.spans, (span, index) => {
    const place = placeOf(span, answerTo(tree, index), features);
    return shares.get(placeKey(place)) ?? 1;
  });
}
