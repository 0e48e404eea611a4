/**
 * Asks processes of their own for what takes long to read: one for statements of people, of which a
 * new one ends that which still runs, and one for all else. A thread would not do: it cannot be ended
 * while SQLite is at work in it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { errorOf, type Refusal } from '../../errors.ts';
import type { Place, Question } from '../screen.ts';

export type Task = { readonly place: Place } | { readonly question: Question };

export type Answer = { readonly id: number } & (
  | { readonly answer: unknown }
  | { readonly refused: Refusal }
  | { readonly bug: string }
);

export interface BackgroundReader {
  read(place: Place): Promise<unknown>;
  ask(question: Question): Promise<unknown>;
  /** Ends what still runs. */
  close(): void;
}

/** Needs the built program: a process loads its own file. */
export function backgroundReader(path: string): BackgroundReader {
  const statements = readingProcess(path);
  const rest = readingProcess(path);
  const close = (): void => {
    statements.end();
    rest.end();
  };
  // However the program ends: a statement may run for hours.
  process.once('exit', close);
  return {
    read: (place) => rest.send({ place }),
    ask(question) {
      if (question.ask !== 'sql') return rest.send({ question });
      if (statements.isBusy()) statements.end();
      return statements.send({ question });
    },
    close() {
      process.off('exit', close);
      close();
    },
  };
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** Begins with the first task. What waits when it is ended is never answered. */
function readingProcess(path: string) {
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
    end(): void {
      const ended = child;
      child = null;
      waiting.clear();
      ended?.kill('SIGKILL');
    },
  };
}
