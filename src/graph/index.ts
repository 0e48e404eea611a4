/**
 * Traces as trees and services as a graph. Pure: spans in, plain readonly data out.
 *
 *     Span[] -> linkTrace -> TraceTree -> selfTimes, networkGaps, criticalPath   (one trace)
 *                               |-> skewEstimator, serviceGraphBuilder           (all traces)
 */
export type {
  Histogram,
  PeerAddress,
  PeerName,
  ServiceEdge,
  ServiceGraph,
  ServiceNode,
  SkewPair,
  TraceTree,
} from '../model.ts';
export { estimateSkew, type SkewEstimator, skewEstimator } from './clock-skew.ts';
export { criticalPath, type Segment } from './critical-path.ts';
export {
  addToHistogram,
  bucketCount,
  bucketValue,
  histogramTotal,
  latencyBucket,
  mergeHistogram,
  quantile,
} from './histogram.ts';
export { linkTrace } from './link-trace.ts';
export { aliasKey } from './peer-name.ts';
export { type Gap, networkGaps, selfTimes } from './self-times.ts';
export { resolvePeer, type ServiceGraphBuilder, serviceGraphBuilder } from './service-graph.ts';
