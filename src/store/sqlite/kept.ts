/** What people leave in a case: their notes, and how they left its screens. */
import type { Database } from 'better-sqlite3';
import type { Note } from '../../model.ts';

/** By time. */
export const notesIn = (db: Database): readonly Note[] =>
  db
    .prepare('SELECT note_id AS id, target, body, created FROM notes ORDER BY created_ns, note_id')
    .all() as Note[];

/** `now`: unix nanoseconds. */
export function addNote(db: Database, target: string, body: string, now: bigint): void {
  db.prepare('INSERT INTO note (target, body, created_ns) VALUES (?, ?, ?)').run(target, body, now);
  commit(db);
}

/** False if there is no such note. */
export function removeNote(db: Database, id: number): boolean {
  const { changes } = db.prepare('DELETE FROM note WHERE note_id = ?').run(id);
  commit(db);
  return changes > 0;
}

/** Made when the screens are first left: a case does not need it. */
const viewTable = 'CREATE TABLE IF NOT EXISTS view_state (body TEXT NOT NULL) STRICT';

export function viewState(db: Database): string | null {
  const known = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'view_state'").get();
  if (!known) return null;
  return (db.prepare('SELECT body FROM view_state').pluck().get() as string | undefined) ?? null;
}

export function saveViewState(db: Database, body: string): void {
  db.exec(viewTable);
  db.exec('DELETE FROM view_state');
  db.prepare('INSERT INTO view_state VALUES (?)').run(body);
  commit(db);
}

/** Durable at once: no import is going on. */
function commit(db: Database): void {
  if (db.inTransaction) db.exec('COMMIT');
}
