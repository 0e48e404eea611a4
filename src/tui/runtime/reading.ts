/** A process that reads a case, one task after the other, and can be ended at any time. */
import { type ChildProcess, fork } from 'node:child_process';
import { errorOf, type Refusal } from '../../errors.ts';
import type { Place, Question } from '../screen.ts';

export type Task = { readonly place: Place } | { readonly question: Question };

export type Answer = { readonly id: number } & (
  | { readonly answer: unknown }
  | { readonly refused: Refusal }
  | { readonly bug: string }
);

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** Begins with the first task, and again with the first after its end. */
export function readingProcess(path: string) {
  const waiting = new Map<number, Waiting>();
  let child: ChildProcess | null = null;
  let last = 0;
  const started = (): ChildProcess => {
    const begun = fork(new URL('./reader-process.js', import.meta.url), [path], {
      serialization: 'advanced',
      // Nothing it has to say may reach the screens.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const failed = (error: Error): void => {
      if (child !== begun) return;
      child = null;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    begun.on('message', (reply: Answer) => {
      const asked = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ('answer' in reply) asked?.resolve(reply.answer);
      else if ('refused' in reply) asked?.reject(errorOf(reply.refused));
      else asked?.reject(new Error(reply.bug));
    });
    begun.once('error', failed);
    begun.once('exit', (code, signal) => failed(new Error(`reading ended: ${signal ?? code}`)));
    return begun;
  };
  return {
    isBusy: (): boolean => waiting.size > 0,
    send(task: Task): Promise<unknown> {
      child ??= started();
      last += 1;
      const id = last;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child?.send({ id, task });
      });
    },
    /** What waits is refused with that; null: never answered. */
    end(refusal: Error | null): void {
      const ended = child;
      child = null;
      const refused = refusal ? [...waiting.values()] : [];
      waiting.clear();
      ended?.kill('SIGKILL');
      for (const { reject } of refused) reject(refusal);
    },
  };
}
