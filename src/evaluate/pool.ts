/** Cases in worker threads: each takes the next case when it is done with one. */
import { Worker } from 'node:worker_threads';
import { UserError } from '../errors.ts';
import { type CaseOptions, type CaseOutcome, runCase } from './case.ts';
import type { LabelledCase } from './label.ts';

export type CaseReply =
  | { readonly outcome: CaseOutcome }
  | { readonly refused: Pick<UserError, 'code' | 'message' | 'hint'> };

/**
 * Outcomes in the order of the cases, whatever the number of workers; with one, in this thread.
 * More need the built program: a thread loads its own file.
 * @throws {UserError} if a case cannot be imported.
 */
export async function runCases(
  cases: readonly LabelledCase[],
  options: CaseOptions,
  workers: number,
  onDone: (done: number) => void,
): Promise<readonly CaseOutcome[]> {
  const outcomes: CaseOutcome[] = [];
  let next = 0;
  let done = 0;
  const take = async (run: (one: LabelledCase) => Promise<CaseOutcome>): Promise<void> => {
    for (let at = next++; at < cases.length; at = next++) {
      outcomes[at] = await run(cases[at] as LabelledCase);
      done += 1;
      onDone(done);
    }
  };
  if (workers <= 1) await take((one) => runCase(one, options));
  else {
    const count = Math.min(workers, cases.length);
    await Promise.all(Array.from({ length: count }, () => inThread(options, take)));
  }
  return outcomes;
}

async function inThread(
  options: CaseOptions,
  work: (run: (one: LabelledCase) => Promise<CaseOutcome>) => Promise<void>,
): Promise<void> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: options });
  try {
    await work((one) => asked(worker, one));
  } finally {
    await worker.terminate();
  }
}

const asked = (worker: Worker, one: LabelledCase): Promise<CaseOutcome> =>
  new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(error);
    worker.once('error', fail);
    worker.once('message', (reply: CaseReply) => {
      worker.off('error', fail);
      if ('outcome' in reply) resolve(reply.outcome);
      else {
        const { code, message, hint } = reply.refused;
        reject(new UserError(code, message, { hint }));
      }
    });
    worker.postMessage(one);
  });
