/**
 * The terminal, taken and given back. Whatever ends the program, the user's screen, cursor and
 * modes come back: leaving runs once, on every way out.
 */

/** Alternate screen, hidden cursor, marked pastes (xterm control sequences: DECSET 1049, 25, 2004). */
const take = '\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J\x1b[H';
const giveBack = '\x1b[?2004l\x1b[?25h\x1b[?1049l';
const clear = '\x1b[2J\x1b[H';
/** Erases what the user scrolled past: nothing of ours may ever send it. */
const eraseScrollback = '\x1b[3J';

export interface Terminal {
  /** For Ink: passes on what may be shown, nothing while it is muted, and no event. */
  readonly stdout: NodeJS.WriteStream;
  /** Enters the alternate screen; again after `leave`. */
  enter(): void;
  /** Gives the terminal back. Does nothing if it is given back already. */
  leave(): void;
  /** Empties the screen. */
  clear(): void;
  /** What Ink writes during `work` is dropped. */
  muted(work: () => void): void;
}

export function terminalOf(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream): Terminal {
  let entered = false;
  let mute = false;
  return {
    stdout: new Proxy(stdout, {
      get(target, name) {
        if (name === 'write') {
          return (text: string | Uint8Array, ...rest: []): boolean => {
            if (mute || !entered) return true;
            const harmless = typeof text === 'string' ? text.replaceAll(eraseScrollback, '') : text;
            return target.write(harmless, ...rest);
          };
        }
        // Ink would draw the old frame at the new size, and would clear more than the screen.
        if (name === 'on' || name === 'off') return () => stdout;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
    enter() {
      if (entered) return;
      entered = true;
      stdin.setRawMode(true);
      stdin.resume();
      stdout.write(take);
    },
    leave() {
      if (!entered) return;
      entered = false;
      stdout.write(giveBack);
      // The terminal may be gone (SIGHUP).
      if (!stdin.destroyed) stdin.setRawMode(false);
      stdin.pause();
    },
    clear: () => void stdout.write(clear),
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
