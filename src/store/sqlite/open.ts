/**
 * Opening a case file: creating it, checking that it is one, and putting it back to rest.
 *
 * An import into a case is one transaction from `openDatabase` to the commit at its end, in WAL
 * mode: readers see the case as it was until all of the new one is there, and a killed import
 * leaves nothing behind but a log that the next connection ignores. A new case is written beside
 * its place, without a log, and put there whole. At rest a case is one file, without a log.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
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
      return openNewOrOld(path, fresh);
    } catch (error) {
      if (!fresh || !isCorrupt(error)) throw error;
      // Nothing can be read from it any more, so nothing is lost.
      removeFiles(path);
      return openNewOrOld(path, false);
    }
  } catch (error) {
    throw openFailure(error, path);
  }
}

function openToRead(path: string): Connection {
  if (isMissing(path)) throw noCase(path);
  try {
    return openUnchanged(path);
  } catch (error) {
    if (!isHalfWritten(error)) throw error;
    undoWriting(path);
    return openUnchanged(path);
  }
}

function openUnchanged(path: string): Connection {
  const db = connect(path, true);
  try {
    check(db, path);
    return { db, close: () => void db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A writer was killed while it put the file to rest: reading alone cannot undo what it began. */
const isHalfWritten = (error: unknown): boolean =>
  error instanceof SqliteDatabase.SqliteError && error.code.startsWith('SQLITE_READONLY');

function undoWriting(path: string): void {
  const db = new SqliteDatabase(path, { timeout: 5_000 });
  try {
    isEmpty(db);
  } finally {
    db.close();
  }
}

/** One level at a time: the recursive form of Node 20 never returns below /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

function openNewOrOld(path: string, fresh: boolean): Connection {
  if (!isMissing(path) && !isUnfilled(path) && !fresh) return openToWrite(path, false);
  makeFolder(dirname(path));
  return openBeside(path) ?? openToWrite(path, fresh);
}

/**
 * A new case, written beside `path`, which is held against other imports meanwhile. Null if the
 * folder takes no other file.
 */
function openBeside(path: string): Connection | null {
  const isNew = isMissing(path) || isUnfilled(path);
  const held = holdPlace(path);
  const place = realpathSync(path);
  const beside = `${place}.importing-${process.pid}`;
  const release = (isPlaced: boolean): void => {
    held.exec('ROLLBACK');
    held.close();
    if (!isPlaced && isNew) removeFiles(path);
  };
  try {
    removeAbandoned(place);
    const db = openToLoad(beside);
    return {
      db,
      close() {
        // A disk that is full takes the transaction back by itself: then there are no tables.
        const isWhole = !db.inTransaction && !isEmpty(db);
        db.close();
        try {
          if (isWhole) putInPlace(beside, place);
        } finally {
          rmSync(beside, { force: true });
          release(isWhole);
        }
      },
    };
  } catch (error) {
    release(false);
    if (isNoPlace(error)) return null;
    throw error;
  }
}

/** Keeps others from writing at `path`; a missing file is made, known as a case without content. */
function holdPlace(path: string): Database {
  const db = connect(path, false);
  try {
    if (isMissing(path)) db.pragma(`application_id = ${applicationId}`);
    else checkApplication(db, path);
    db.exec('BEGIN IMMEDIATE');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** What a killed import leaves is thrown away: a journal is kept for its own undoing only. */
function openToLoad(path: string): Database {
  const db = connect(path, false);
  db.pragma('journal_mode = MEMORY');
  db.pragma('synchronous = OFF');
  db.pragma('locking_mode = EXCLUSIVE');
  db.exec('BEGIN IMMEDIATE');
  create(db);
  return db;
}

/** Durable first, then in place: whoever reads the old file goes on reading that. */
function putInPlace(beside: string, place: string): void {
  chmodSync(beside, statSync(place).mode);
  const file = openSync(beside, 'r');
  fsyncSync(file);
  closeSync(file);
  // A log that belongs to the old file must not be taken for one of the new.
  for (const suffix of ['-wal', '-shm', '-journal']) rmSync(place + suffix, { force: true });
  renameSync(beside, place);
}

/** What imports left that were killed. */
function removeAbandoned(place: string): void {
  const begin = `${basename(place)}.importing-`;
  for (const name of readdirSync(dirname(place))) {
    if (!name.startsWith(begin)) continue;
    const pid = Number(/^\d+(?=$|-)/.exec(name.slice(begin.length))?.[0] ?? 0);
    if (pid > 0 && pid !== process.pid && !isRunning(pid)) {
      rmSync(join(dirname(place), name), { force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const isNoPlace = (error: unknown): boolean =>
  error instanceof SqliteDatabase.SqliteError && /^SQLITE_(CANTOPEN|READONLY)/.test(error.code);

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

/** Known as a case, but nothing was put there: what a first import leaves that was killed. */
const isUnfilled = (path: string): boolean => {
  const start = startOf(path);
  return start.toString('latin1', 68, 72) === applicationName && start.readInt32BE(60) === 0;
};

/** The header of a SQLite file: its version is at byte 60, the id of the application at 68. */
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
