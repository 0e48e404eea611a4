/** What SQLite and the file system refuse, said so that a person can act on it. */
import SqliteDatabase from 'better-sqlite3';
import { UserError } from '../../errors.ts';

/** By the beginning of SQLite's result code: what is wrong, and what to do. */
const reasons: readonly (readonly [RegExp, string, string])[] = [
  [
    /^SQLITE_NOTADB/,
    'not an aidebug case',
    'Name the case with --db; dumps are read with: aidebug import FILE…',
  ],
  [
    /^SQLITE_CORRUPT/,
    'the case is corrupt',
    'Import the dump again with --new, or name another case with --db.',
  ],
  [
    /^SQLITE_(BUSY|LOCKED)/,
    'in use by another program',
    'Wait until the other import has ended, or name another case with --db.',
  ],
  [/^SQLITE_FULL/, 'no space left to write the case', 'Make room, then import again.'],
  [
    /^SQLITE_(READONLY|PERM|AUTH)/,
    'may not be written',
    'Name a case in a folder that may be written with --db.',
  ],
  [
    /^SQLITE_CANTOPEN/,
    'cannot be opened',
    'Name a file in a folder that may be read and written with --db.',
  ],
  [
    /^SQLITE_(IOERR|NOLFS|PROTOCOL)/,
    'cannot be read or written',
    'Check the disk, then try again.',
  ],
];

/** A `UserError` if it is the file that SQLite complains of; else the error itself. */
export function storeFailure(error: unknown, path: string): unknown {
  if (!(error instanceof SqliteDatabase.SqliteError)) return error;
  const { code, message } = error;
  const reason = reasons.find(([pattern]) => pattern.test(code));
  if (!reason) return error;
  const [, what, hint] = reason;
  return new UserError('unreadable', `${path}: ${what} (${message})`, { hint, cause: error });
}

/** As `storeFailure`, and for what the file system refuses on the way to it. */
export function openFailure(error: unknown, path: string): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code !== undefined && /^E[A-Z]+$/.test(code)) {
    const what = code === 'EISDIR' ? 'is a folder, not a case' : `cannot be opened (${code})`;
    return new UserError('unreadable', `${path}: ${what}`, {
      hint: 'Name a file in a folder that may be read and written with --db.',
      cause: error,
    });
  }
  return storeFailure(error, path);
}
