/**
 * The vocabulary every other module speaks: types and unit helpers. No I/O, nothing imported.
 * `telemetry` is what is read, `graph` and `features` what is computed from it, `answer` what is said about
 * it, `store` how it is kept.
 */
export type * from './model/answer.ts';
export type * from './model/contrast.ts';
export type * from './model/diff.ts';
export type * from './model/doctor.ts';
export type * from './model/drift.ts';
export type * from './model/evaluation.ts';
export type * from './model/features.ts';
export type * from './model/filter.ts';
export type * from './model/graph.ts';
export type * from './model/overview.ts';
export type * from './model/signals.ts';
export type * from './model/store.ts';
export * from './model/telemetry.ts';
