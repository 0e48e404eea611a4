/** Commands printed to be pasted into a shell. */
import { defaultCase } from '../config.ts';

/** `aidebug`, with the case unless it is the default one: how commands to be pasted begin. */
export const aidebugOn = (db: string): string =>
  db === defaultCase ? 'aidebug' : `aidebug --db ${quoted(db)}`;

/** One word for a POSIX shell. */
export const quoted = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;
