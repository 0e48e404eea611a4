/** Reads what takes long in a thread of its own: keys never wait for it. */
import { parentPort, workerData } from 'node:worker_threads';
import { refusalOf, UserError } from '../../errors.ts';
import { openSession } from '../../session.ts';
import { askerOf, readerOf } from '../subjects.ts';
import type { Task } from './reader.ts';

const { path } = workerData as { readonly path: string };
const session = await openSession(path);
const read = readerOf(session, () => session.overview());
const ask = askerOf(session);

parentPort?.on('message', ({ id, task }: { id: number; task: Task }) => {
  const work = 'place' in task ? read(task.place) : ask(task.question);
  work.then(
    (answer) => parentPort?.postMessage({ id, answer }),
    (error: unknown) => {
      // A bug ends the thread, and with it the program.
      if (!(error instanceof UserError)) throw error;
      parentPort?.postMessage({ id, refused: refusalOf(error) });
    },
  );
});
