/** The overview in a thread of its own: reading a large case must not hold up the keys. */
import { parentPort, workerData } from 'node:worker_threads';
import { refusalOf, UserError } from '../errors.ts';
import { openSession } from '../session.ts';
import type { OverviewReply, OverviewTask } from './background.ts';

const { path, request } = workerData as OverviewTask;

async function reply(): Promise<OverviewReply> {
  try {
    await using session = await openSession(path);
    return { overview: await session.overview(request) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { refused: refusalOf(error) };
  }
}

parentPort?.postMessage(await reply());
