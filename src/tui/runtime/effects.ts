/** Does what the frame asks for, and sends back what came of it. */
import { UserError } from '../../errors.ts';
import type { Note } from '../../model.ts';
import { plural } from '../../text.ts';
import type { Findable } from '../finder.ts';
import type { Effect, Event } from '../frame.ts';
import type { Held } from '../held.ts';
import { refused } from '../play.ts';
import type { Place, Question, ScreenName } from '../screen.ts';

/** What the case can be asked for. All reject with a `UserError` for people. */
export interface Sources {
  /** What the screen of a place is made from. */
  read(place: Place): Promise<unknown>;
  /** True: it is read in the background, and can be cancelled. */
  isLong(place: Place): boolean;
  ask(question: Question): Promise<unknown>;
  /** Ends the statement that runs, or all else that is read in the background. */
  cancel(what: 'statement' | 'reading'): void;
  findables(): Promise<readonly Findable[]>;
  /** Path of the file that has the rows now. */
  exportRows(of: ScreenName, rows: readonly Held['facts'][]): Promise<string>;
  notes(): Promise<readonly Note[]>;
  /** `created`: ISO 8601, of one that is brought back; left out: now. */
  note(target: string, body: string, created?: string): Promise<void>;
  unnote(id: number): Promise<void>;
}

export interface Actions {
  send(event: Event): void;
  failed(error: unknown): void;
  quit(): void;
  suspend(): void;
  copy(text: string): void;
}

export function effectsOf(sources: Sources, actions: Actions): (effect: Effect) => void {
  const { send, failed } = actions;
  const told = (error: unknown, tell: (message: string) => void): void => {
    if (error instanceof UserError) tell(error.message);
    else failed(error);
  };
  const timed = timer((seconds) => send({ type: 'reading', seconds }));
  const reading = (place: Place): void => {
    const subject = sources.read(place);
    (sources.isLong(place) ? timed(subject) : subject).then(
      (subject) => send({ type: 'read', place, subject }),
      (error) => told(error, (message) => send({ type: 'failed', place, message })),
    );
  };
  const asking = (place: Place, question: Question): void => {
    const reply = sources.ask(question);
    // A statement says by itself that it runs.
    (question.ask === 'sql' ? reply : timed(reply))
      .then((answer) => ({ answer }), refused)
      .then((reply) => send({ type: 'replied', place, question, reply }), failed);
  };
  const matching = (filter: string): void => {
    sources
      .ask({ ask: 'matching', filter })
      .then((answer) => ({ answer }), refused)
      .then((reply) => send({ type: 'matched', filter, reply }), failed);
  };
  const say = (text: string): void => send({ type: 'said', text });
  const then = <T>(work: Promise<T>, tell: (result: T) => void): void => {
    work.then(tell, (error) => told(error, say));
  };
  /** When that is done, reads the notes, and says it. */
  const renote = (work: Promise<void>, say: string): void =>
    then(work.then(sources.notes), (notes) => send({ type: 'notes', notes, say }));
  return (effect) => {
    switch (effect.do) {
      case 'read':
        return reading(effect.place);
      case 'ask':
        return asking(effect.place, effect.question);
      case 'findables':
        return then(sources.findables(), (items) => send({ type: 'findables', items }));
      case 'match':
        return matching(effect.filter);
      case 'cancel':
        return sources.cancel(effect.what);
      case 'copy':
        actions.copy(effect.text);
        return say(`copied: ${effect.what} (${effect.text.length} characters)`);
      case 'export':
        return then(exported(sources, effect.of, effect.rows), say);
      case 'note':
        return renote(
          sources.note(effect.target, effect.body, effect.created),
          effect.created === undefined ? 'noted: N lists the notes' : 'the note is back',
        );
      case 'unnote':
        return renote(sources.unnote(effect.id), 'the note is gone: u brings it back');
      case 'quit':
        return actions.quit();
      case 'suspend':
        return actions.suspend();
      default:
        // Drawn anew with the frame that asked for it.
        return;
    }
  };
}

/** Where the rows are, in words. */
async function exported(
  sources: Sources,
  of: ScreenName,
  rows: readonly Held['facts'][],
): Promise<string> {
  const path = await sources.exportRows(of, rows);
  return `${plural(rows.length, 'row')} in ${path}`;
}

/** Tells every second for how long the first of some work has gone on by now; 0 once it is over. */
function timer(tell: (seconds: number) => void): <T>(work: Promise<T>) => Promise<T> {
  const begun = new Map<unknown, number>();
  let ticking: NodeJS.Timeout | null = null;
  const tick = (): void => {
    const [first = performance.now()] = begun.values();
    tell(Math.round((performance.now() - first) / 1_000));
  };
  return (work) => {
    begun.set(work, performance.now());
    // What is never answered keeps nobody here.
    ticking ??= setInterval(tick, 1_000).unref();
    return work.finally(() => {
      begun.delete(work);
      if (begun.size > 0 || ticking === null) return;
      clearInterval(ticking);
      ticking = null;
      tell(0);
    });
  };
}
