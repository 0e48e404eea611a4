/**
 * Runs the frame in a terminal: keys and sizes in, frames out, and the frame's effects done. Ends
 * when the user quits; signals and errors end it too, and always with the terminal given back.
 */
import type { Note, Preview } from '../../model.ts';
import { type Event, type Frame, openFrame, reopened } from '../frame.ts';
import { frameView } from '../frame-view.ts';
import type { Key } from '../keys.ts';
import { type Look, painted } from '../paint.ts';
import { keysOfClick } from '../pointer.ts';
import { type Saved, savedText } from '../saved.ts';
import { step } from '../step.ts';
import { canvasOf } from './canvas.ts';
import { effectsOf, type Sources } from './effects.ts';
import { listenToKeys } from './input.ts';
import { type MouseEvent, withoutMouse } from './mouse.ts';
import { suspensionOf } from './suspend.ts';
import { type Modes, type Terminal, terminalOf } from './terminal.ts';

export interface Run {
  readonly caseName: string;
  readonly look: Look;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly sources: Sources;
  /** How the case was left the last time. */
  readonly saved: Saved | null;
  readonly modes: Modes;
  /** Path of the case. */
  readonly db: string;
  readonly notes: readonly Note[];
  /** What is seen until the case has been compared. */
  readonly preview: Promise<Preview>;
  /** One line on the whole case, once it is known. */
  readonly context: Promise<string>;
  /** True: the next `!` throws, to show that the terminal survives it. */
  readonly throws: boolean;
}

/** How the screens were left. */
export interface Left {
  readonly state: string;
  /** What ended them; null: the user did. */
  readonly signal: NodeJS.Signals | null;
}

/** Resolves when the user has quit, or a signal ended it. Rejects with what was thrown. */
export async function run(options: Run): Promise<Left> {
  const { stdin, stdout, modes } = options;
  const terminal = terminalOf(stdin, stdout, modes);
  const closers: (() => void)[] = [];
  let left = (): string => '';
  try {
    const signal = await new Promise<NodeJS.Signals | null>((ended, failed) => {
      closers.push(guard(terminal, ended, failed));
      terminal.enter();
      // The terminal has gone.
      stdout.once('error', () => ended(null));
      const started = start(options, terminal, () => ended(null), failed);
      left = started.left;
      closers.push(started.close);
    });
    return { state: left(), signal };
  } finally {
    for (const close of closers.reverse()) close();
    terminal.leave();
  }
}

/** Signals that end it. */
const fatal = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/** Gives the terminal back on every way out of the process. Returns what ends that. */
function guard(
  terminal: Terminal,
  ended: (signal: NodeJS.Signals) => void,
  failed: (error: unknown) => void,
): () => void {
  const died = (signal: NodeJS.Signals): void => {
    terminal.leave();
    ended(signal);
  };
  process.on('exit', terminal.leave);
  for (const signal of fatal) process.on(signal, died);
  process.on('uncaughtException', failed);
  process.on('unhandledRejection', failed);
  return () => {
    process.off('exit', terminal.leave);
    for (const signal of fatal) process.off(signal, died);
    process.off('uncaughtException', failed);
    process.off('unhandledRejection', failed);
  };
}

/** Rows that a notch of the wheel moves by. */
const wheel = [1, 2, 3];

/** Opens the frame and connects it with the terminal. Returns what takes that apart. */
function start(
  options: Run,
  terminal: Terminal,
  quit: () => void,
  failed: (error: unknown) => void,
): { close(): void; left(): string } {
  const { caseName, db, look, stdin, stdout, modes, sources, saved, notes, throws } = options;
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  const begun = openFrame(size(), caseName, { screen: 'incident' }, db);
  const { effects, ...opened } = saved ? reopened(begun, saved) : begun;
  let { frame } = opened;
  const canvas = canvasOf(terminal, linesOf(frame, look), failed);

  const send = (event: Event): void => {
    try {
      const next = step(frame, event);
      const changed = next.frame !== frame;
      frame = next.frame;
      if (next.effects.some((effect) => effect.do === 'redraw')) {
        canvas.redraw(linesOf(frame, look));
      } else if (changed) later();
      next.effects.forEach(perform);
    } catch (error) {
      failed(error);
    }
  };
  // Keys that came together make one frame.
  let due = false;
  const later = (): void => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      try {
        canvas.show(linesOf(frame, look));
      } catch (error) {
        failed(error);
      }
    });
  };
  const perform = effectsOf(sources, {
    send,
    failed,
    quit,
    suspend: () => suspension.suspend(),
    copy: terminal.copy,
  });
  const resized = (): void => send({ type: 'resize', ...size() });
  const heard = (key: Key): void => {
    if (throws && key.name === '!') throw new Error('thrown on request');
    send({ type: 'key', key });
  };

  const suspension = suspensionOf(terminal, resized);
  // Not the event of `stdout`: it says nothing of a size that has come back at once, and by then
  // the terminal has cut off what did not fit. Its own listener has read the size before.
  process.on('SIGWINCH', resized);
  const pointed = (event: MouseEvent): void => {
    for (const name of keysMeant(frame, event)) send({ type: 'key', key: { name, text: '' } });
  };
  const deaf = listenToKeys(modes.mouse ? withoutMouse(stdin, pointed) : stdin, heard);
  effects.forEach(perform);
  send({ type: 'notes', notes, say: '' });
  // The screens say why it could not be read.
  const unread = (): void => {};
  options.preview.then((preview) => send({ type: 'preview', preview }), unread);
  options.context.then((text) => send({ type: 'context', text }), unread);
  return {
    close() {
      deaf();
      process.off('SIGWINCH', resized);
      suspension.close();
      canvas.close();
    },
    left: () => savedText(frame),
  };
}

/** What the mouse did, as keys. */
const keysMeant = (frame: Frame, event: MouseEvent): readonly string[] =>
  event.kind === 'click'
    ? keysOfClick(frameView(frame), event)
    : wheel.map(() => (event.step > 0 ? 'down' : 'up'));

const linesOf = (frame: Frame, look: Look): readonly string[] =>
  frameView(frame).map((one) => painted(one, look));
