import { applicationFaults } from './application.ts';
import { dataFaults } from './data.ts';
import { infrastructureFaults } from './infrastructure.ts';
import { modelFaults } from './model.ts';
import type { Fault } from './plan.ts';
import { trainingFaults } from './training.ts';

/** Every fault, in the order of the codebook. To add one: write it, add it to its list. */
export const faults: readonly Fault[] = [
  ...infrastructureFaults,
  ...dataFaults,
  ...modelFaults,
  ...applicationFaults,
  ...trainingFaults,
];

export type { Fault, Plan } from './plan.ts';

/** @throws if there is none of that name. */
export function dataFaultOf(name: string): Fault {
  const found = dataFaults.find((fault) => fault.name === name);
  if (found === undefined) throw new Error(`no fault of data is called ${name}`);
  return found;
}
