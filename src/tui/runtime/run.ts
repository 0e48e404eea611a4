/**
 * Runs the frame in a terminal: keys and sizes in, frames out, and the frame's effects done. Ends
 * when the user quits; signals and errors end it too, and always with the terminal given back.
 */
import type { Instance } from 'ink';
import { UserError } from '../../errors.ts';
import { type Effect, type Event, type Frame, openFrame, step } from '../frame.ts';
import { frameView } from '../frame-view.ts';
import { type Look, painted } from '../paint.ts';
import type { Place } from '../screen.ts';
import { mount } from './app.tsx';
import { listenToKeys } from './input.ts';
import { terminalOf } from './terminal.ts';

export interface Run {
  readonly caseName: string;
  readonly look: Look;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** What the screen of a place is made from. Rejects with a message for people. */
  read(place: Place): Promise<unknown>;
  /** One line on the whole case, once it is known. */
  readonly context: Promise<string>;
  /** True: the next `!` throws, to show that the terminal survives it. */
  readonly throws: boolean;
}

/** Signals that end it, and their numbers. */
const fatal = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Resolves when the user has quit. Rejects with what was thrown. */
export function run({ caseName, look, stdin, stdout, read, context, throws }: Run): Promise<void> {
  const terminal = terminalOf(stdin, stdout);
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  const listeners = new Set<() => void>();
  let { frame, effects } = openFrame(size(), caseName);
  let lines = linesOf(frame, look);
  let ink: Instance;

  const { promise, resolve, reject } = withResolvers();
  const guarded =
    <Args extends unknown[]>(work: (...args: Args) => void) =>
    (...args: Args): void => {
      try {
        work(...args);
      } catch (error) {
        reject(error);
      }
    };

  const source = {
    lines: () => lines,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const draw = (): void => {
    ink = mount(source, terminal.stdout);
    ink.waitUntilExit().catch(reject);
  };
  /** Ink writes differences to what it believes to be there: after this nothing is. */
  const redraw = (): void => {
    terminal.muted(() => ink.unmount());
    terminal.clear();
    draw();
  };
  const send = guarded((event: Event): void => {
    const before = frame;
    const next = step(frame, event);
    frame = next.frame;
    if (frame !== before) lines = linesOf(frame, look);
    const redraws = next.effects.some((effect) => effect.do === 'redraw');
    if (redraws) redraw();
    else for (const listener of listeners) listener();
    next.effects.forEach(perform);
  });
  const perform = (effect: Effect): void => {
    if (effect.do === 'quit') resolve();
    else if (effect.do === 'suspend') suspend();
    else if (effect.do === 'read') reading(effect.place);
  };
  const reading = (place: Place): void => {
    read(place).then(
      (subject) => send({ type: 'read', place, subject }),
      (error: unknown) =>
        error instanceof UserError
          ? send({ type: 'failed', place, message: error.message })
          : reject(error),
    );
  };
  const suspend = (): void => {
    terminal.leave();
    process.once('SIGCONT', () => {
      terminal.enter();
      send({ type: 'resize', ...size() });
    });
    // To the whole group, as the terminal itself does it.
    process.kill(0, 'SIGTSTP');
  };
  const resized = (): void => send({ type: 'resize', ...size() });
  const died = (signal: keyof typeof fatal): void => {
    terminal.leave();
    process.exit(128 + fatal[signal]);
  };
  const heard = guarded((key: Parameters<Parameters<typeof listenToKeys>[1]>[0]): void => {
    if (throws && key.name === '!') throw new Error('thrown on request');
    send({ type: 'key', key });
  });

  terminal.enter();
  process.on('exit', terminal.leave);
  for (const signal of Object.keys(fatal)) process.on(signal, died);
  process.on('uncaughtException', reject);
  process.on('unhandledRejection', reject);
  stdout.on('resize', resized);
  stdout.on('error', resolve);
  const stop = listenToKeys(stdin, heard);
  draw();
  effects.forEach(perform);
  context.then(
    (text) => send({ type: 'context', text }),
    () => {},
  );
  return promise.finally(() => {
    stop();
    stdout.off('resize', resized);
    process.off('uncaughtException', reject);
    process.off('unhandledRejection', reject);
    for (const signal of Object.keys(fatal)) process.off(signal, died);
    terminal.muted(() => ink.unmount());
    terminal.leave();
  });
}

const linesOf = (frame: Frame, look: Look): readonly string[] =>
  frameView(frame).map((one) => painted(one, look));

function withResolvers() {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}
