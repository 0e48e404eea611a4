/** Which cases make up the study. */
import type { StudyCase } from './case.ts';

export interface FailureType {
  readonly name: string;
  /** Fault classes of the codebook, which are scenarios of the simulator. */
  readonly classes: readonly string[];
}

/** The three of the published study, in the classes of the codebook. */
export const failureTypes: readonly FailureType[] = [
  {
    name: 'network failure',
    classes: ['network-latency', 'network-loss', 'name-resolution', 'service-unreachable'],
  },
  { name: 'data drift', classes: ['data-drift'] },
  { name: 'model degradation', classes: ['model-degradation'] },
];

/**
 * Seeds from here on are used for nothing else: a seed fixes names, topology, load and fault, so no
 * system of the study was seen before.
 */
export const firstSeed = 91_000_001;
/** Room for the seeds of one class. */
const seedsApart = 1_000;

/**
 * `count` cases of each class, the first of every class first: a study that is stopped has about as
 * many of each. A class has the same seeds however many are asked for.
 */
export function studyCases(
  types: readonly FailureType[],
  { seed, count, withPractice }: { seed: number; count: number; withPractice: boolean },
): readonly StudyCase[] {
  const classes = types.flatMap((type) => type.classes);
  return Array.from({ length: count }, (_, index) =>
    classes.map((scenario, place) => ({
      scenario,
      seed: seed + place * seedsApart + index,
      withPractice,
    })),
  ).flat();
}

/** Healthy runs come after all classes that there can be. */
export const healthySeed = (seed: number): number => seed + 100 * seedsApart;
