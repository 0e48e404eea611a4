/** Runs the cases it is sent, one after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../errors.ts';
import { type CaseOptions, runCase } from './case.ts';
import type { LabelledCase } from './label.ts';
import type { CaseReply } from './pool.ts';

async function reply(one: LabelledCase): Promise<CaseReply> {
  try {
    return { outcome: await runCase(one, workerData as CaseOptions) };
  } catch (error) {
    // Only the fields survive the way between threads.
    if (!(error instanceof UserError)) throw error;
    const { code, message, hint } = error;
    return { refused: { code, message, hint } };
  }
}

parentPort?.on('message', async (one: LabelledCase) => parentPort?.postMessage(await reply(one)));
