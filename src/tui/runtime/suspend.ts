/** Stops the process as Ctrl-Z does elsewhere, and gives the terminal back meanwhile. */
import type { Terminal } from './terminal.ts';

/** After so long without a stop there was none: a process whose parents have gone is never stopped. */
const stoppedMs = 50;

export interface Suspension {
  /** Stops the whole group, as the terminal itself does it. */
  suspend(): void;
  /** Ends listening to stops from outside. */
  close(): void;
}

/** A stop from outside (`kill -TSTP`) gives the terminal back too. `resumed`: the process goes on. */
export function suspensionOf(terminal: Terminal, resumed: () => void): Suspension {
  const stop = (pid: number): void => {
    process.off('SIGTSTP', stopped);
    terminal.leave();
    let isStopped = true;
    const go = (): void => {
      if (!isStopped) return;
      isStopped = false;
      process.off('SIGCONT', go);
      process.on('SIGTSTP', stopped);
      terminal.enter();
      resumed();
    };
    process.on('SIGCONT', go);
    // Without a listener the signal does what it does by default.
    process.kill(pid, 'SIGTSTP');
    setTimeout(go, stoppedMs);
  };
  const stopped = (): void => stop(process.pid);
  process.on('SIGTSTP', stopped);
  return {
    suspend: () => stop(0),
    close: () => void process.off('SIGTSTP', stopped),
  };
}
