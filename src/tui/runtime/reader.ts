/**
 * Asks processes of their own for what takes long to read: one for statements of people, of which a
 * new one ends that which still runs, and one for all else. A thread would not do: it cannot be ended
 * while SQLite is at work in it.
 */
import { UserError } from '../../errors.ts';
import { type Place, type Question, replacedText } from '../screen.ts';
import { onlyNewest } from './newest.ts';
import { afterPause } from './pause.ts';
import { readingProcess } from './reading.ts';

export interface BackgroundReader {
  read(place: Place): Promise<unknown>;
  ask(question: Question): Promise<unknown>;
  /** Something is opened: what would be looked up for a line that was typed is not asked any more. */
  leaveLine(): void;
  /** Ends the statement that runs, or all other reading; what was asked is told so. */
  cancel(what: 'statement' | 'reading'): void;
  /** Ends what still runs. */
  close(): void;
}

/** Questions of a line that is being typed, at every letter. */
const ofLines: ReadonlySet<Question['ask']> = new Set(['matching', 'spans']);

/** Milliseconds: who goes on typing, pastes an id or presses Enter is faster. */
const pause = 100;

const cancelled = () => new UserError('usage', 'cancelled');
const replaced = () => new UserError('usage', replacedText);

/** Needs the built program: a process loads its own file. */
export function backgroundReader(path: string): BackgroundReader {
  const statements = readingProcess(path);
  const rest = readingProcess(path);
  const newest = onlyNewest((question: Question) => rest.send({ question }), replaced);
  const typed = afterPause(
    (question: Question) => newest.ask(question.ask, question),
    pause,
    replaced,
  );
  const close = (): void => {
    typed.forget();
    statements.end(null);
    rest.end(null);
  };
  // However the program ends: a statement may run for hours.
  process.once('exit', close);
  return {
    read: (place) => rest.send({ place }),
    ask(question) {
      if (ofLines.has(question.ask)) return typed.ask(question);
      if (question.ask !== 'sql') return newest.ask(question.ask, question);
      if (statements.isBusy()) statements.end(replaced());
      return statements.send({ question });
    },
    leaveLine: typed.forget,
    cancel(what) {
      if (what === 'statement') return statements.end(cancelled());
      newest.forget(cancelled());
      rest.end(cancelled());
    },
    close() {
      process.off('exit', close);
      close();
    },
  };
}
