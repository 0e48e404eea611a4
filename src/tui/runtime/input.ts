/** Keys from the terminal. Node's own parser, which waits for the rest of an escape sequence. */
import { emitKeypressEvents, type Interface } from 'node:readline';
import { type Key, type Keypress, keyOf } from '../keys.ts';

/**
 * How long Esc may be the begin of an arrow key: over a slow line the two parts of it arrive
 * apart. Longer would be felt when Esc goes back.
 */
const escapeMs = 50;

/** Calls `listener` for every key, and returns what ends that. */
export function listenToKeys(stdin: NodeJS.ReadStream, listener: (key: Key) => void): () => void {
  // The parser reads nothing of the interface but this.
  emitKeypressEvents(stdin, { escapeCodeTimeout: escapeMs } as unknown as Interface);
  const heard = (typed: string | undefined, press: Keypress): void => listener(keyOf(typed, press));
  stdin.on('keypress', heard);
  return () => void stdin.off('keypress', heard);
}
