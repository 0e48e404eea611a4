/** Many cases, on every processor. A case is the same whoever makes it. */
import { availableParallelism } from 'node:os';
import { inThreads } from '../threads.ts';
import type { SimulationOptions } from './index.ts';

export interface CaseRequest extends SimulationOptions {
  readonly scenario: string;
  readonly seed: number;
  /** The folder of the case. */
  readonly path: string;
  readonly gzip: boolean;
}

/**
 * Writes the cases; `onDone` is told each when it is there.
 * @throws {UserError} `usage` if there is no such scenario, or a folder cannot be written.
 */
export async function writeCases(
  cases: readonly CaseRequest[],
  onDone: (one: CaseRequest) => void,
): Promise<void> {
  const url = new URL('./case-worker.js', import.meta.url);
  await inThreads(url, null, cases, availableParallelism(), onDone);
}
