/** Reads what takes long in a process of its own: keys never wait for it. */
import { refusalOf, UserError } from '../../errors.ts';
import { openSession } from '../../session.ts';
import { askerOf, readerOf } from '../subjects.ts';
import type { Answer, Task } from './reading.ts';

const [, , path = ''] = process.argv;
const say = (answer: Answer): void => void process.send?.(answer);

const opened = openSession(path);
// Whoever asks is told.
opened.catch(() => {});

/** One after another: while rows are read, the case cannot be asked for anything else. */
let before: Promise<void> = Promise.resolve();

process.on('message', ({ id, task }: { id: number; task: Task }) => {
  before = before
    .then(() => answered(task))
    .then(
      (answer) => say({ id, answer }),
      (error: unknown) => {
        if (error instanceof UserError) say({ id, refused: refusalOf(error) });
        else
          say({ id, bug: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      },
    );
});

async function answered(task: Task): Promise<unknown> {
  const session = await opened;
  return 'place' in task
    ? readerOf(session, () => session.overview())(task.place)
    : askerOf(session)(task.question);
}
