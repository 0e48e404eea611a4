/** Asks a worker thread for a case: first what is there at once, in the end for the overview. */
import { Worker } from 'node:worker_threads';
import { errorOf, type Refusal } from '../errors.ts';
import type { Note, Overview, Preview } from '../model.ts';

/** What people left in the case. */
interface LeftBehind {
  /** How the screens were left, as they wrote it; null: they were not. */
  readonly view: string | null;
  readonly notes: readonly Note[];
}

/** An overview, and what it is to be kept under; null: it is kept already. */
export interface FoundOverview {
  readonly overview: Overview;
  readonly keptAs: string | null;
}

/** What the thread says, in this order; a refusal ends it. */
export type OverviewReply =
  | { readonly left: LeftBehind }
  | { readonly preview: Preview }
  | { readonly found: FoundOverview }
  | { readonly refused: Refusal };

export interface PendingOverview {
  /** Rejects with a `UserError` if there is no readable case. */
  readonly left: Promise<LeftBehind>;
  /** What can be seen before the overview is there; never comes if that is kept. */
  readonly preview: Promise<Preview>;
  /** Rejects with what the session threw, a `UserError` as such. */
  readonly result: Promise<FoundOverview>;
  /** Ends the work; a result that is not there yet then never comes. Resolves when it has ended. */
  cancel(): Promise<unknown>;
}

/** Needs the built program: a thread loads its own file. */
export function overviewInBackground(path: string): PendingOverview {
  const worker = new Worker(new URL('./overview-worker.js', import.meta.url), {
    workerData: path,
  });
  const left = settled<LeftBehind>();
  const preview = settled<Preview>();
  const result = settled<FoundOverview>();
  const failed = (error: unknown): void => {
    left.reject(error);
    result.reject(error);
  };
  worker.on('message', (reply: OverviewReply) => {
    if ('left' in reply) left.resolve(reply.left);
    else if ('preview' in reply) preview.resolve(reply.preview);
    else if ('found' in reply) result.resolve(reply.found);
    else failed(errorOf(reply.refused));
  });
  worker.once('error', failed);
  return {
    left: left.promise,
    preview: preview.promise,
    result: result.promise,
    cancel: () => worker.terminate(),
  };
}

/** A promise that is settled from outside; nobody need wait for it. */
function settled<Result>() {
  let resolve: (result: Result) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<Result>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
