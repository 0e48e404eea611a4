/**
 * Opening a case file: creating it, checking that it is one, and putting it back to rest.
 *
 * An import is one transaction from `openDatabase` to the commit at its end, in WAL mode: readers
 * see the case as it was until all of the new one is there, and a killed import leaves nothing
 * behind but a log that the next connection ignores. At rest a case is one file, without a log.
 */
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { UserError } from '../../errors.ts';
import { openFailure } from './failure.ts';
import { schemaVersion, tables, views } from './schema.ts';

/** Tells a case from any other SQLite file. */
const applicationName = 'aide';
const applicationId = Buffer.from(applicationName, 'latin1').readInt32BE();

/** `read`: never written. `write`: created if missing. `scratch`: a copy, thrown away on close. */
export type Mode = 'read' | 'write' | 'scratch';

export interface Connection {
  readonly db: Database;
  /** Takes back what was not committed. */
  close(): void;
}

/**
 * With `fresh`, what the case held is dropped in the same transaction: it is there until the new
 * content is committed, and stays if it is not.
 * @throws {UserError} if the file is missing, is no case, or is of another schema version.
 */
export function openDatabase(path: string, mode: Mode, fresh: boolean): Connection {
  try {
    if (mode === 'read') return openToRead(path);
    if (fresh) refuseForeign(path);
    if (mode === 'scratch') return openScratch(path, fresh);
    try {
      return openToWrite(path, fresh);
    } catch (error) {
      if (!fresh || !isCorrupt(error)) throw error;
      // Nothing can be read from it any more, so nothing is lost.
      removeFiles(path);
      return openToWrite(path, false);
    }
  } catch (error) {
    throw openFailure(error, path);
  }
}

function openToRead(path: string): Connection {
  if (isMissing(path)) throw noCase(path);
  const db = connect(path, true);
  try {
    check(db, path);
    return { db, close: () => void db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** One level at a time: the recursive form of Node 20 never returns below /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

function openToWrite(path: string, fresh: boolean): Connection {
  const isNew = isMissing(path);
  makeFolder(dirname(path));
  const db = connect(path, false);
  try {
    // Outside of the transaction, so that even a killed first import leaves a file known as a case.
    if (isNew) db.pragma(`application_id = ${applicationId}`);
    else checkApplication(db, path);
    if (!fresh && !isEmpty(db)) checkVersion(db, path);
    db.pragma('journal_mode = WAL');
    db.exec('BEGIN IMMEDIATE');
    if (fresh) clear(db);
    if (isEmpty(db)) create(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    db,
    close() {
      if (db.inTransaction) db.exec('ROLLBACK');
      const abandoned = isNew && isEmpty(db);
      rest(db);
      db.close();
      if (abandoned) removeFiles(path);
    },
  };
}

/** The case itself must keep every byte: duplicates are looked for in a copy of it. */
function openScratch(path: string, fresh: boolean): Connection {
  if (fresh || isMissing(path)) {
    const db = connect(':memory:', false);
    create(db);
    return { db, close: () => void db.close() };
  }
  const folder = mkdtempSync(join(tmpdir(), 'aidebug-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'case.db');
    const { db: original, close } = openToRead(path);
    original.prepare('VACUUM INTO ?').run(copy);
    close();
    const db = connect(copy, false);
    db.pragma('journal_mode = OFF');
    return {
      db,
      close() {
        db.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function connect(path: string, readonly: boolean): Database {
  const db = new SqliteDatabase(path, { readonly, timeout: 5_000 });
  db.pragma('synchronous = NORMAL');
  return db;
}

/**
 * Leaves one file without a log, which also a read-only place can serve. While somebody reads, the
 * log stays, empty: the next import tries again.
 */
function rest(db: Database): void {
  const size = (name: string): number => db.pragma(name, { simple: true }) as number;
  db.pragma('busy_timeout = 0');
  try {
    if (size('freelist_count') * 2 > size('page_count')) db.exec('VACUUM');
    db.pragma('journal_mode = DELETE');
  } catch (error) {
    if (!(error instanceof SqliteDatabase.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) {
      throw error;
    }
    db.pragma('wal_checkpoint(TRUNCATE)');
  }
}

const isEmpty = (db: Database): boolean =>
  db.prepare(/* sql */ 'SELECT count(*) FROM sqlite_schema').pluck().get() === 0;

function create(db: Database): void {
  db.exec(tables());
  db.exec(views());
  db.pragma(`application_id = ${applicationId}`);
  db.pragma(`user_version = ${schemaVersion}`);
}

/** Drops what a case of any version holds. */
function clear(db: Database): void {
  const objects = db
    .prepare(/* sql */ `SELECT type, name FROM sqlite_schema
      WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%' ORDER BY type DESC`)
    .raw()
    .all() as [string, string][];
  for (const [type, name] of objects) db.exec(`DROP ${type} "${name.replaceAll('"', '""')}"`);
}

function check(db: Database, path: string): void {
  if (isEmpty(db)) throw noCase(path);
  checkApplication(db, path);
  checkVersion(db, path);
}

function checkApplication(db: Database, path: string): void {
  if (db.pragma('application_id', { simple: true }) === applicationId) return;
  throw new UserError('unreadable', `${path}: a SQLite file, but not an aidebug case`, {
    hint: 'Name the case with --db; dumps are read with: aidebug import FILE…',
  });
}

function checkVersion(db: Database, path: string): void {
  const version = db.pragma('user_version', { simple: true });
  if (version === schemaVersion) return;
  throw new UserError(
    'unreadable',
    `${path}: written by another version of aidebug (schema ${version}, this one reads ${schemaVersion})`,
    { hint: 'Import the dump again with --new, or name another case with --db.' },
  );
}

const noCase = (path: string): UserError =>
  new UserError('unreadable', `${path}: there is no case here`, {
    hint: 'Make one with: aidebug import FILE… (or name another with --db).',
  });

/** A fresh case must not take the place of a file that only happens to have its name. */
function refuseForeign(path: string): void {
  if (isMissing(path) || startOf(path).toString('latin1', 68, 72) === applicationName) return;
  throw new UserError('unreadable', `${path}: not an aidebug case, so it is not replaced`, {
    hint: 'Name another path for the case, or remove this file yourself.',
  });
}

/** An empty file is as good as none. */
const isMissing = (path: string): boolean => !existsSync(path) || startOf(path).length === 0;

/** The header of a SQLite file: the id of the application is at byte 68. */
function startOf(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(100);
    return head.subarray(0, readSync(file, head, 0, head.length, 0));
  } finally {
    closeSync(file);
  }
}

const isCorrupt = (error: unknown): boolean =>
  error instanceof SqliteDatabase.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);

function removeFiles(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
}
