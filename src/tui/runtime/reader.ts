/** Asks a thread for what takes long to read; a new statement ends one that still runs. */
import { Worker } from 'node:worker_threads';
import { errorOf, type Refusal } from '../../errors.ts';
import type { Place, Question } from '../screen.ts';

export type Task = { readonly place: Place } | { readonly question: Question };

type Answer =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly refused: Refusal };

interface Waiting {
  readonly task: Task;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

export interface BackgroundReader {
  read(place: Place): Promise<unknown>;
  ask(question: Question): Promise<unknown>;
  /** Resolves when the thread has ended. */
  close(): Promise<unknown>;
}

/** Needs the built program: a thread loads its own file. */
export function backgroundReader(path: string): BackgroundReader {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let last = 0;
  const failed = (error: unknown): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const started = (): Worker => {
    const thread = new Worker(new URL('./reader-worker.js', import.meta.url), {
      workerData: { path },
    });
    thread.on('message', (reply: Answer) => {
      const asked = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ('answer' in reply) asked?.resolve(reply.answer);
      else asked?.reject(errorOf(reply.refused));
    });
    thread.once('error', failed);
    return thread;
  };
  /** Ends what runs; what else waited is asked again. */
  const restarted = (): void => {
    void worker?.terminate();
    worker = started();
    for (const [id, { task }] of waiting) {
      if (isStatement(task)) waiting.delete(id);
      else worker.postMessage({ id, task });
    }
  };
  const sent = (task: Task): Promise<unknown> => {
    const runs = [...waiting.values()].some((one) => isStatement(one.task));
    if (runs && isStatement(task)) restarted();
    worker ??= started();
    last += 1;
    const id = last;
    return new Promise((resolve, reject) => {
      waiting.set(id, { task, resolve, reject });
      worker?.postMessage({ id, task });
    });
  };
  return {
    read: (place) => sent({ place }),
    ask: (question) => sent({ question }),
    close: async () => worker?.terminate(),
  };
}

const isStatement = (task: Task): boolean => 'question' in task && task.question.ask === 'sql';
