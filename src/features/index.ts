/** Columns → features: what detectors read, small enough to keep and to hand over. */
export { type FeatureBuilder, featureBuilder } from './builder.ts';
export { type PlanRequest, planComparison } from './plan.ts';
export { summariseTrace } from './trace-class.ts';
