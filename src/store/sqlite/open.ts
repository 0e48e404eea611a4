/** Opening a case file: creating it, checking that it is one, and the settings of a connection. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { UserError } from '../../errors.ts';
import { indexes, schemaVersion, tables, views } from './schema.ts';

/** 'aide' in ASCII: tells a case from any other SQLite file. */
const applicationId = 0x61696465;

const importAgain = 'Import the dump again with --new, or name another case with --db.';

/**
 * `read`: must exist, is never written. `write`: created if missing. `scratch`: as `write`, but
 * every change is undone on close.
 * @throws {UserError} if the file is missing, is no case, or is of another schema version.
 */
export function openDatabase(path: string, mode: 'read' | 'write' | 'scratch'): Database {
  const missing = !existsSync(path);
  if (mode === 'read' && missing) {
    throw new UserError('unreadable', `${path}: there is no case here`, {
      hint: 'Make one with: aidebug import FILE… (or name another with --db).',
    });
  }
  const db = connect(mode === 'scratch' && missing ? ':memory:' : path, mode === 'read');
  try {
    if (isEmpty(db) && mode !== 'read') create(db);
    else check(db, path);
    if (mode !== 'read') db.pragma('journal_mode = WAL');
    if (mode === 'scratch') db.exec('SAVEPOINT scratch');
    return db;
  } catch (error) {
    db.close();
    throw asUserError(error, path);
  }
}

/** Removes a case file and what SQLite keeps beside it. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

function connect(path: string, readonly: boolean): Database {
  try {
    if (path !== ':memory:' && !readonly) mkdirSync(dirname(path), { recursive: true });
    const db = new SqliteDatabase(path, { readonly, timeout: 10_000 });
    db.pragma('synchronous = NORMAL');
    db.pragma('temp_store = MEMORY');
    return db;
  } catch (error) {
    throw asUserError(error, path);
  }
}

const isEmpty = (db: Database): boolean =>
  db.prepare(/* sql */ 'SELECT count(*) FROM sqlite_schema').pluck().get() === 0;

function create(db: Database): void {
  db.transaction(() => {
    db.exec(tables());
    db.exec(views());
    db.exec(indexes());
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${schemaVersion}`);
  })();
}

function check(db: Database, path: string): void {
  if (db.pragma('application_id', { simple: true }) !== applicationId) {
    throw new UserError('unreadable', `${path}: a SQLite file, but not an aidebug case`, {
      hint: 'Name the case with --db; dumps are read with: aidebug import FILE…',
    });
  }
  const version = db.pragma('user_version', { simple: true });
  if (version !== schemaVersion) {
    throw new UserError(
      'unreadable',
      `${path}: written by another version of aidebug (schema ${version}, this one reads ${schemaVersion})`,
      { hint: importAgain },
    );
  }
}

function asUserError(error: unknown, path: string): unknown {
  if (!(error instanceof SqliteDatabase.SqliteError)) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof UserError || code === undefined) return cannotOpen(error, path);
    return new UserError('unreadable', `${path}: cannot be opened (${code})`, { cause: error });
  }
  const reason = ['SQLITE_NOTADB', 'SQLITE_CORRUPT'].includes(error.code)
    ? 'not an aidebug case, or corrupt'
    : `cannot be opened (${error.message})`;
  return new UserError('unreadable', `${path}: ${reason}`, { hint: importAgain, cause: error });
}

/** better-sqlite3 throws a plain TypeError when the folder is missing. */
function cannotOpen(error: unknown, path: string): unknown {
  if (!(error instanceof TypeError)) return error;
  return new UserError('unreadable', `${path}: cannot be opened (${error.message})`, {
    cause: error,
  });
}
