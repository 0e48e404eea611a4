/** What is left in a case: notes of people, how they left its screens, and what was found for them. */
import { createHash } from 'node:crypto';
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

/** Made when an overview is first kept. */
const overviewTable =
  'CREATE TABLE IF NOT EXISTS kept_overview (name TEXT NOT NULL, body TEXT NOT NULL) STRICT';

/** All that an import, a label, a choice of windows or of names changes. */
const restedOn = ['import', 'extent', 'chosen_window', 'mapping'];

export function contentMark(db: Database): string {
  const hash = createHash('sha256');
  for (const table of restedOn) {
    const rows = db.prepare(`SELECT * FROM ${table} ORDER BY 1`).safeIntegers().raw().all();
    hash.update(`${table} ${rows.map((row) => (row as unknown[]).join('\x1f')).join('\x1e')}\n`);
  }
  return hash.digest('hex');
}

export function keptOverview(db: Database, name: string): string | null {
  const known = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'kept_overview'").get();
  if (!known) return null;
  const find = db.prepare('SELECT body FROM kept_overview WHERE name = ?').pluck();
  return (find.get(name) as string | undefined) ?? null;
}

export function keepOverview(db: Database, name: string, body: string): void {
  db.exec(overviewTable);
  db.exec('DELETE FROM kept_overview');
  db.prepare('INSERT INTO kept_overview VALUES (?, ?)').run(name, body);
  commit(db);
}

/** Durable at once: no import is going on. */
function commit(db: Database): void {
  if (db.inTransaction) db.exec('COMMIT');
}
