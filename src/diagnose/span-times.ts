/** Own times and network gaps of a sampled trace: several detectors ask for the same. */
import { networkGaps, selfTimes } from '../graph/index.ts';
import type { TraceTree } from '../model.ts';

/** Found once a trace. */
function once<Found>(find: (tree: TraceTree) => Found): (tree: TraceTree) => Found {
  const known = new WeakMap<TraceTree, Found>();
  return (tree) => {
    const found = known.get(tree) ?? find(tree);
    known.set(tree, found);
    return found;
  };
}

export const gapsIn = once(networkGaps);
export const selfTimesIn = once(selfTimes);
