/** Columns → features: what detectors read, small enough to keep and to hand over. */
export { type FeatureBuilder, featureBuilder, type KnownOfCase } from './builder.ts';
export { learnTemplates } from './drain.ts';
export { indicatorsOf, isJudged } from './indicators.ts';
export type { LogCount } from './logs.ts';
export { packedIds, packedRows } from './pack-reader.ts';
export { planComparison } from './plan.ts';
export {
  cohortOf,
  lotOf,
  type Side,
  sampling,
  sideOf,
  summariser,
  summariseTrace,
  troubleOf,
} from './trace-class.ts';
export { type TraceCounts, traceCounter } from './trace-counts.ts';
export {
  type PackTail,
  packTrace,
  repeatsId,
  spanWords,
  word,
} from './trace-pack.ts';
export {
  type HeadView,
  isLinkedPack,
  standInTimes,
  startOfPack,
  unpacker,
} from './unpack-trace.ts';
