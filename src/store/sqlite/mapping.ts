/** What attribute names of the user stand for in this case, and what was derived with it. */
import type { Database } from 'better-sqlite3';
import type { Attributes } from '../../model.ts';
import { instanceOf, layerOf, type Mapping, renamer, serviceOf } from '../../semantics/index.ts';

export function mappingOf(db: Database): Mapping {
  const rows = db.prepare('SELECT written, meant FROM mapping ORDER BY written').raw().all();
  return Object.fromEntries(rows as [string, string][]);
}

/**
 * Replaces the mapping (null: leaves it); services, instances and layers of what is there already
 * follow it. True if it is another: what traces say of themselves must then be found anew.
 */
export function setMapping(db: Database, mapping: Mapping | null): boolean {
  if (mapping === null) return false;
  const old = mappingOf(db);
  const same = (a: Mapping, b: Mapping): boolean =>
    Object.keys(a).length === Object.keys(b).length &&
    Object.entries(a).every(([written, meant]) => b[written] === meant);
  if (same(old, mapping)) return false;
  db.exec('DELETE FROM mapping');
  const add = db.prepare('INSERT INTO mapping VALUES (?, ?)');
  for (const entry of Object.entries(mapping)) add.run(...entry);
  const rename = renamer(mapping);
  deriveResources(db, rename);
  deriveLayers(db, rename);
  db.exec('DELETE FROM diagnosis');
  return true;
}

type Rename = ReturnType<typeof renamer>;

function deriveResources(db: Database, rename: Rename): void {
  const change = db.prepare('UPDATE resource SET service = ?, instance = ? WHERE resource_id = ?');
  const rows = db.prepare('SELECT resource_id, attributes FROM resource').raw().all();
  for (const [id, text] of rows as [number, string][]) {
    const attributes = rename(JSON.parse(text) as Attributes);
    change.run(serviceOf(attributes), instanceOf(attributes), id);
  }
}

function deriveLayers(db: Database, rename: Rename): void {
  const change = db.prepare('UPDATE span_head SET layer = ? WHERE head_id = ?');
  const rows = db
    .prepare(/* sql */ `SELECT h.head_id, h.name, h.attributes, r.service FROM span_head h
      JOIN resource r USING (resource_id)`)
    .raw()
    .all() as [number, string, string, string][];
  for (const [id, name, text, service] of rows) {
    const attributes = rename(JSON.parse(text) as Attributes);
    change.run(layerOf({ attributes, service, name }), id);
  }
}
