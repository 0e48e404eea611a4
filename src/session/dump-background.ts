/** A dump that another thread reads. */
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { errorOf, type Refusal } from '../errors.ts';
import type { Dump } from '../import/index.ts';
import type { Batch } from '../model.ts';
import type { Period } from './period.ts';

export interface DumpTask {
  readonly path: string;
  readonly period: Period | null;
  readonly mapped: readonly string[];
}

export type DumpReply =
  | { readonly kind: 'opened'; readonly format: string; readonly size: number | null }
  | { readonly kind: 'batch'; readonly batch: Batch; readonly bytesRead: number }
  | { readonly kind: 'ended'; readonly sha256: string; readonly bytesRead: number }
  | ({ readonly kind: 'refused' } & Refusal);

/**
 * Room for what lives briefly in the reader. It holds one batch, and that outside of this room, in
 * columns: with the usual 48 MB only more of what is dead already waits to be collected.
 */
const youngMegabytes = 12;

/** A thread loads its own file: there is none before the program is built. */
export const canReadInBackground: boolean = import.meta.url.endsWith('.js');

/** As `openDump` of a file. @throws {UserError} as that does. */
export async function openInBackground(task: DumpTask): Promise<Dump> {
  const worker = new Worker(new URL('./dump-worker.js', import.meta.url), {
    workerData: task,
    resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
  });
  const replies = repliesOf(worker);
  const first = await replies.next();
  if (first.done || first.value.kind !== 'opened') throw new Error('a dump is opened first');
  let sha256: string | null = null;
  let bytesRead = 0;
  return {
    format: first.value.format,
    batches: batches(replies, (reply) => {
      bytesRead = reply.bytesRead;
      if (reply.kind === 'ended') sha256 = reply.sha256;
    }),
    sha256() {
      if (sha256 === null) throw new Error('the hash is known once all batches are read');
      return sha256;
    },
    bytesRead: () => bytesRead,
  };
}

type Progress = Extract<DumpReply, { bytesRead: number }>;

async function* batches(
  replies: AsyncGenerator<DumpReply>,
  onProgress: (reply: Progress) => void,
): AsyncGenerator<Batch> {
  for await (const reply of replies) {
    if (reply.kind === 'batch' || reply.kind === 'ended') onProgress(reply);
    if (reply.kind === 'batch') yield reply.batch;
    if (reply.kind === 'ended') return;
  }
}

/** Each is acknowledged when the next is asked for, so that few are on the way. */
async function* repliesOf(worker: Worker): AsyncGenerator<DumpReply> {
  const stop = new AbortController();
  worker.once('error', (error) => stop.abort(error));
  try {
    for await (const [reply] of on(worker, 'message', { signal: stop.signal })) {
      worker.postMessage('taken');
      const known = reply as DumpReply;
      if (known.kind === 'refused') throw errorOf(known);
      yield known;
    }
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    await worker.terminate();
  }
}
