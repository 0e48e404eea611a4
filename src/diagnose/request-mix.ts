/**
 * What kinds of requests there were: a shift in the mix of requests is no fault.
 *
 *     baseline   450 of A, none fails     50 of B, 10 fail      2 % fail
 *     incident    50 of A                450 of B               18 % are usual for that mix
 *
 * After: methods "weigh by trace type"; direct standardisation.
 */
import { grouped, once } from '../grouping.ts';
import type { Cohort, Features, SampledTrace } from '../model.ts';
import { rootName, weightOf } from './requests.ts';

/** Requests by root operation, on both sides. */
const mixOf = once(({ sample }: Features): ReadonlyMap<string, Record<Cohort, number>> => {
  const mix = new Map<string, Record<Cohort, number>>();
  for (const trace of sample) {
    const requests = mix.get(rootName(trace)) ?? { baseline: 0, incident: 0 };
    mix.set(rootName(trace), requests);
    requests[trace.cohort] += trace.stands;
  }
  return mix;
});

/**
 * The share of requests that these traces of the baseline would be, had its requests been of the
 * kinds of the incident. A kind that the baseline did not have is taken for an average one. 0
 * without a baseline.
 */
export function usualShare(before: ReadonlySet<SampledTrace>, features: Features): number {
  const all = features.traffic.baseline.traces;
  if (all === 0) return 0;
  const own = grouped(before, rootName);
  const average = weightOf([...before]) / all;
  let [share, requests] = [0, 0];
  for (const [name, { baseline, incident }] of mixOf(features)) {
    share += incident * (baseline > 0 ? weightOf(own.get(name) ?? []) / baseline : average);
    requests += incident;
  }
  return requests > 0 ? share / requests : average;
}
