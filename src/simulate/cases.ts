/** Many cases, on every processor. A case is the same whoever makes it. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { UserError } from '../errors.ts';
import type { SimulationOptions } from './index.ts';

export interface CaseRequest extends SimulationOptions {
  readonly scenario: string;
  readonly seed: number;
  /** The folder of the case. */
  readonly path: string;
  readonly gzip: boolean;
}

/**
 * Writes the cases; `onDone` is told each when it is there. Needs the built program: a thread loads
 * its own file.
 * @throws {UserError} `usage` if a folder cannot be written.
 */
export async function writeCases(
  cases: readonly CaseRequest[],
  onDone: (one: CaseRequest) => void,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./case-worker.js', import.meta.url));
    try {
      for (let at = next++; at < cases.length; at = next++) {
        const one = cases[at] as CaseRequest;
        await made(worker, one);
        onDone(one);
      }
    } finally {
      await worker.terminate();
    }
  };
  const workers = Math.min(availableParallelism(), cases.length);
  await Promise.all(Array.from({ length: workers }, work));
}

const made = (worker: Worker, one: CaseRequest): Promise<void> =>
  new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (refused: { code: string; message: string } | null) => {
      worker.off('error', reject);
      if (refused === null) resolve();
      else if (refused.code === 'usage') reject(new UserError('usage', refused.message));
      else reject(new Error(refused.message));
    });
    worker.postMessage(one);
  });
