/**
 * The service whose own time in a trace grew the most: what one looks for in a flame graph of
 * before and after (Gregg: "Differential Flame Graphs", 2014).
 */
import { selfTimes } from '../../graph/index.ts';
import type { SampledTrace } from '../../model.ts';
import type { Method } from './index.ts';

export const selfTime: Method = {
  name: 'self-time',
  score({ sample }) {
    const side = (cohort: string): ReadonlyMap<string, number> =>
      perTrace(sample.filter((trace) => trace.cohort === cohort));
    const before = side('baseline');
    return [...side('incident')]
      .map(([service, ns]) => ({ service, score: ns - (before.get(service) ?? 0) }))
      .filter(({ score }) => score > 0);
  },
};

/** Mean own time of each service in a trace, ns. */
function perTrace(sample: readonly SampledTrace[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  let traces = 0;
  for (const { tree, stands } of sample) {
    traces += stands;
    const own = selfTimes(tree);
    for (const [at, { service }] of tree.spans.entries()) {
      sums.set(service, (sums.get(service) ?? 0) + stands * (own[at] as number));
    }
  }
  return new Map([...sums].map(([service, ns]) => [service, ns / traces]));
}
