/**
 * The service in which most failed traces have their deepest failed span: what a person does first
 * in a waterfall. Also how TraceAnomaly locates, by the end of the longest anomalous path (Liu et
 * al.: "Unsupervised Detection of Microservice Trace Anomalies through Service-Level Deep Bayesian
 * Networks", ISSRE 2020).
 */
import type { Span, TraceTree } from '../../model.ts';
import type { Method } from './index.ts';
import { isBad, spectra } from './spectrum.ts';

export const deepestError: Method = {
  name: 'deepest-error',
  score({ sample }) {
    const { services } = spectra(sample.filter(isBad), ({ tree }) => deepestOf(tree));
    return [...services].map(([service, { bad }]) => ({ service, score: bad }));
  },
};

/** Services of the failed spans of greatest depth, that share one vote. */
function deepestOf(tree: TraceTree): ReadonlyMap<string, number> {
  let depth = -1;
  let services = new Set<string>();
  for (const [at, span] of tree.spans.entries()) {
    const here = tree.depth[at] as number;
    if (!isFailed(span) || here < depth) continue;
    if (here > depth) services = new Set();
    depth = here;
    services.add(span.service);
  }
  return new Map([...services].map((service) => [service, 1 / services.size]));
}

const isFailed = ({ status }: Span): boolean => status === 'error';
