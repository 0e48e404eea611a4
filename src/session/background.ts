/** Asks for the overview in a worker thread. */
import { Worker } from 'node:worker_threads';
import { errorOf, type Refusal } from '../errors.ts';
import type { Overview } from '../model.ts';
import type { DiagnosisRequest } from '../session.ts';

export interface OverviewTask {
  readonly path: string;
  readonly request: DiagnosisRequest;
}

export type OverviewReply = { readonly overview: Overview } | { readonly refused: Refusal };

export interface PendingOverview {
  /** Rejects with what the session threw, a `UserError` as such. */
  readonly result: Promise<Overview>;
  /** Ends the work; a result that is not there yet then never comes. Resolves when it has ended. */
  cancel(): Promise<unknown>;
}

/** Needs the built program: a thread loads its own file. */
export function overviewInBackground(
  path: string,
  request: DiagnosisRequest = {},
): PendingOverview {
  const worker = new Worker(new URL('./overview-worker.js', import.meta.url), {
    workerData: { path, request } satisfies OverviewTask,
  });
  const result = new Promise<Overview>((resolve, reject) => {
    worker.once('message', (reply: OverviewReply) => {
      if ('overview' in reply) resolve(reply.overview);
      else reject(errorOf(reply.refused));
    });
    worker.once('error', reject);
  });
  return { result, cancel: () => worker.terminate() };
}
