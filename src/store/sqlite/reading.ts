import type { Database } from 'better-sqlite3';

/** Reads within one view of the case: a statement alone takes and gives back a lock on the file. */
export function reading<Result>(db: Database, read: () => Result): Result {
  if (db.inTransaction) return read();
  db.exec('BEGIN');
  try {
    return read();
  } finally {
    db.exec('COMMIT');
  }
}
