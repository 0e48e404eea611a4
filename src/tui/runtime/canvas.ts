/** The lines on the terminal, drawn by Ink; and drawn anew when what is there is not known. */
import type { Instance } from 'ink';
import { mount } from './app.tsx';
import type { Terminal } from './terminal.ts';

export interface Canvas {
  /** Draws what differs from the lines before. */
  show(lines: readonly string[]): void;
  /** Draws all of them on an empty screen: after a resize, and after others wrote on it. */
  redraw(lines: readonly string[]): void;
  close(): void;
}

/** `failed` is told of whatever is thrown while drawing. */
export function canvasOf(
  terminal: Terminal,
  first: readonly string[],
  failed: (error: unknown) => void,
): Canvas {
  let lines = first;
  const listeners = new Set<() => void>();
  const source = {
    lines: () => lines,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const draw = (): Instance => {
    const ink = mount(source, terminal.stdout);
    ink.waitUntilExit().catch(failed);
    return ink;
  };
  let ink = draw();
  return {
    show(next) {
      lines = next;
      for (const listener of listeners) listener();
    },
    redraw(next) {
      // A new one draws, whether or not the lines are those of before.
      terminal.muted(() => ink.unmount());
      lines = next;
      terminal.clear();
      ink = draw();
    },
    close: () => terminal.muted(() => ink.unmount()),
  };
}
