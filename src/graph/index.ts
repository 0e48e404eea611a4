/**
 * Traces as trees and services as a graph. Pure: spans in, plain readonly data out.
 *
 *     Span[] -> linkTrace -> TraceTree -> selfTimes, gapReader, networkGaps, criticalPath      (one trace)
 *                                         correctedClocks
 *                   columnsOf -> TraceColumns -> skewEstimator, serviceGraphBuilder (all traces)
 */
export { ofAlike } from './alike.ts';
export { estimateSkew, hostOf, skewEstimator } from './clock-skew.ts';
export { type CorrectedClocks, correctedClocks } from './corrected-clocks.ts';
export { criticalPath, type Segment } from './critical-path.ts';
export {
  addToHistogram,
  bucketValue,
  emptyHistogram,
  histogramTotal,
  logSample,
  mergeHistogram,
  quantile,
} from './histogram.ts';
export { linkedTree, linkTrace } from './link-trace.ts';
export { type Wait, waitsForPeers } from './meetings.ts';
export { retimed } from './retimed.ts';
export { gapReader, networkGaps, ownTimes, selfTimes } from './self-times.ts';
export { resolvePeer, type ServiceGraphBuilder, serviceGraphBuilder } from './service-graph.ts';
export { childrenOf, columnsOf, durationAt, isOrphan, viewAt } from './trace-columns.ts';
