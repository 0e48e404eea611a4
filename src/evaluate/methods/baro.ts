/**
 * The service with the metric that left its usual range the most: the scorer of BARO (Pham, Ha,
 * Zhang: "BARO: Robust Root Cause Analysis for Microservices via Multivariate Bayesian Online Change
 * Point Detection", FSE 2024; as its authors published it, with what RCAEval leaves out first). A
 * series is scaled by median and interquartile range of its points before the incident; its score is
 * that of the furthest of its points after. A series that is constant on either side is left out.
 *
 * What differs, and why:
 * - A fall counts as a rise does; the program keeps the sign. Quality, hit ratios and throughput fall
 *   when something breaks, which its data, resources and latency, do not hold: the rule gains by it.
 * - When it broke is known from the windows that are compared; the paper finds it itself. All methods
 *   here are told.
 * - Counters become rates and histograms means: the paper's data come from queries that do that.
 * - What an agent reports of a host is left out: the paper's columns are of containers, each of a
 *   service, and the agent itself takes part in no request.
 */
import type { Features, ValueFeature } from '../../model.ts';
import { hostOf } from '../../semantics/index.ts';
import type { Scored } from '../measures.ts';
import type { Method } from './index.ts';

export const baro: Method = {
  name: 'baro',
  score: ({ values, graph, sample }): readonly Scored[] => {
    const traced = new Set(graph.nodes.map(({ service }) => service));
    const hosts = hostsOf(sample);
    const isOfHost = ({ source: { service, instance } }: ValueFeature): boolean =>
      !traced.has(service) && instance !== null && hosts.has(instance);
    return values
      .filter((value) => value.origin === 'metric' && !isOfHost(value))
      .flatMap((value) => {
        const score = deviation(value);
        return score === null ? [] : [{ service: value.source.service, score }];
      });
  },
};

/** Hosts that spans say they ran on. */
const hostsOf = (sample: Features['sample']): ReadonlySet<string> =>
  new Set(
    sample.flatMap(({ tree }) => tree.spans.flatMap(({ resource }) => hostOf(resource) ?? [])),
  );

/** Null if a side has no point, or is constant. */
function deviation({ points = [] }: ValueFeature): number | null {
  const side = (cohort: string): readonly number[] =>
    points
      .filter((point) => point.cohort === cohort)
      .map(({ value }) => value)
      .sort((a, b) => a - b);
  const [before, after] = [side('baseline'), side('incident')];
  const [least, most] = [after[0], after.at(-1)];
  if (least === undefined || most === undefined || least === most) return null;
  if (before[0] === before.at(-1)) return null;
  const usual = quantile(before, 0.5);
  const spread = quantile(before, 0.75) - quantile(before, 0.25);
  // As the scaler of the source does where the middle half is one value.
  return Math.max(most - usual, usual - least) / (spread > 0 ? spread : 1);
}

/** By linear interpolation. */
function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
  return low + (high - low) * (at - Math.floor(at));
}
