/** Columns → features: what detectors read, small enough to keep and to hand over. */
export { featureBuilder } from './builder.ts';
export { planComparison } from './plan.ts';
export { summariseTrace } from './trace-class.ts';
