/**
 * The terminal, taken and given back. Whatever ends the program, the user's screen, cursor and
 * modes come back: leaving runs once, on every way out.
 */

import { mouseOff, mouseOn } from './mouse.ts';

/** Alternate screen, hidden cursor, marked pastes (xterm control sequences: DECSET 1049, 25, 2004). */
const take = '\x1b[?25l\x1b[?2004h\x1b[2J\x1b[H';
const giveBack = '\x1b[?2004l\x1b[?25h';
const alternate = { on: '\x1b[?1049h', off: '\x1b[?1049l' };
/** A terminal that gets lower keeps the row with the cursor, and may move those above it to the scrollback. */
const home = '\x1b[H';
const clear = '\x1b[2J\x1b[H';
/** Terminals that know it show all of a frame at once (DEC private mode 2026). */
const frameBegin = '\x1b[?2026h';
const frameEnd = '\x1b[?2026l';

/** Xterm's OSC 52 sets the clipboard, through SSH too; the text is base64, so nothing in it is a code. */

export interface Terminal {
  /** For Ink: takes whole frames, shows what differs; takes nothing while it is muted. */
  readonly stdout: NodeJS.WriteStream;
  /** Enters the alternate screen; again after `leave`. */
  enter(): void;
  /** Gives the terminal back. Does nothing if it is given back already. */
  leave(): void;
  /** Puts a text on the clipboard of whoever looks at the terminal. */
  copy(text: string): void;
  /** Empties the screen: the next frame is drawn whole. */
  clear(): void;
  /** What Ink writes during `work` is dropped. */
  muted(work: () => void): void;
}

export interface Modes {
  /** False: what was drawn last stays on the screen. */
  readonly alternate: boolean;
  readonly mouse: boolean;
}

export function terminalOf(
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
  modes: Modes,
): Terminal {
  const on = `${modes.alternate ? alternate.on : ''}${take}${modes.mouse ? mouseOn : ''}`;
  const off = `${modes.mouse ? mouseOff : ''}${giveBack}`;
  let entered = false;
  let mute = false;
  let drawn: readonly string[] = [];
  const show = (frame: string): void => {
    const lines = frame.split('\n');
    const changes = lines.flatMap((text, at) => (text === drawn[at] ? [] : [lineAt(at, text)]));
    for (let at = lines.length; at < drawn.length; at += 1) changes.push(lineAt(at, ''));
    drawn = lines;
    if (changes.length > 0) stdout.write(`${frameBegin}${changes.join('')}${home}${frameEnd}`);
  };
  return {
    stdout: drawingOn(stdout, (text) => {
      if (entered && !mute && !isMode(text)) show(text);
    }),
    enter() {
      if (entered) return;
      entered = true;
      drawn = [];
      stdin.setRawMode(true);
      stdin.resume();
      stdout.write(on);
    },
    leave() {
      if (!entered) return;
      entered = false;
      // Without a screen of its own, the prompt stands below what was drawn.
      const end = modes.alternate ? alternate.off : `\x1b[${drawn.length + 1};1H\n`;
      stdout.write(off + end);
      // The terminal may be gone (SIGHUP).
      if (!stdin.destroyed) stdin.setRawMode(false);
      stdin.pause();
    },
    copy(text) {
      stdout.write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`);
    },
    clear() {
      drawn = [];
      stdout.write(clear);
    },
    muted(work) {
      mute = true;
      try {
        work();
      } finally {
        mute = false;
      }
    },
  };
}

/** The row is erased before it is written: after a line as wide as the terminal it would be cut. */
const lineAt = (row: number, text: string): string => `\x1b[${row + 1};1H\x1b[K${text}`;

/** Ink shows and hides the cursor by itself; that is ours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with ESC.
const isMode = (text: string): boolean => /^(\x1b\[\?\d+[hl])+$/.test(text);

/**
 * `stdout` with its own `write`, and without its events: at a resize Ink would draw the old frame
 * at the new size, and clear the scrollback too.
 */
function drawingOn(stdout: NodeJS.WriteStream, write: (text: string) => void): NodeJS.WriteStream {
  return new Proxy(stdout, {
    get(target, name) {
      if (name === 'write') {
        return (text: string | Uint8Array): boolean => {
          write(String(text));
          return true;
        };
      }
      if (name === 'on' || name === 'off') return () => stdout;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
