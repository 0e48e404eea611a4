/** Columns → features: what detectors read, small enough to keep and to hand over. */
export { featureBuilder } from './builder.ts';
export { planComparison } from './plan.ts';
export { cohortOf, lotOf, summariseTrace, troubleOf } from './trace-class.ts';
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
  packedKeys,
  standInTimes,
  startOfPack,
  type UnpackOptions,
  unpackTrace,
} from './unpack-trace.ts';
