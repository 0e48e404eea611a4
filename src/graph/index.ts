/**
 * Traces as trees and services as a graph. Pure: spans in, plain readonly data out.
 *
 *     Span[] -> linkTrace -> TraceTree -> selfTimes, networkGaps, criticalPath   (one trace)
 *                               |-> skewEstimator, serviceGraphBuilder           (all traces)
 */
export { estimateSkew, type SkewEstimator, type SkewPair, skewEstimator } from './clock-skew.ts';
export { criticalPath, type Segment } from './critical-path.ts';
export {
  addToHistogram,
  bucketCount,
  bucketValue,
  type Histogram,
  histogramTotal,
  latencyBucket,
  mergeHistogram,
  quantile,
} from './histogram.ts';
export { linkTrace, type TraceTree } from './link-trace.ts';
export type { PeerAddress, PeerKind, PeerName } from './peer-address.ts';
export { type Gap, networkGaps, selfTimes } from './self-times.ts';
export {
  resolvePeer,
  type ServiceEdge,
  type ServiceGraph,
  type ServiceGraphBuilder,
  type ServiceNode,
  serviceGraphBuilder,
} from './service-graph.ts';
