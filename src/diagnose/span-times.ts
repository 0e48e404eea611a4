/** Own times and network gaps of a sampled trace: several detectors ask for the same. */
import { networkGaps, selfTimes } from '../graph/index.ts';
import { once } from '../grouping.ts';

export const gapsIn = once(networkGaps);
export const selfTimesIn = once(selfTimes);
