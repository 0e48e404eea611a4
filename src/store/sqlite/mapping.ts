/** What attribute names of the user stand for in this case, and what was derived with it. */
import type { Database } from 'better-sqlite3';
import type { Attributes } from '../../model.ts';
import { instanceOf, layerOf, type Mapping, renamer, serviceOf } from '../../semantics/index.ts';

export function mappingOf(db: Database): Mapping {
  const rows = db.prepare('SELECT written, meant FROM mapping ORDER BY written').raw().all();
  return Object.fromEntries(rows as [string, string][]);
}

/** Replaces the mapping (null: leaves it); services, instances and layers of what is there already follow it. */
export function setMapping(db: Database, mapping: Mapping | null): void {
  if (mapping === null) return;
  const old = mappingOf(db);
  const same = (a: Mapping, b: Mapping): boolean =>
    Object.keys(a).length === Object.keys(b).length &&
    Object.entries(a).every(([written, meant]) => b[written] === meant);
  if (same(old, mapping)) return;
  db.exec('DELETE FROM mapping');
  const add = db.prepare('INSERT INTO mapping VALUES (?, ?)');
  for (const entry of Object.entries(mapping)) add.run(...entry);
  const rename = renamer(mapping);
  deriveResources(db, rename);
  deriveLayers(db, rename, [...Object.keys(old), ...Object.keys(mapping)]);
  db.exec('DELETE FROM diagnosis');
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

/** Of spans that have one of the names. */
function deriveLayers(db: Database, rename: Rename, names: readonly string[]): void {
  const change = db.prepare('UPDATE span SET layer = ? WHERE span_key = ?');
  const find = db
    .prepare(/* sql */ `SELECT s.span_key, s.name, s.attributes, r.service FROM span s
      JOIN resource r USING (resource_id) WHERE instr(s.attributes, ?) > 0 AND s.span_key > ?
      ORDER BY s.span_key LIMIT 1000`)
    .raw();
  for (const written of names) {
    for (let last = 0; ; ) {
      const page = find.all(JSON.stringify(written), last) as [number, string, string, string][];
      for (const [key, name, text, service] of page) {
        const attributes = rename(JSON.parse(text) as Attributes);
        change.run(layerOf({ attributes, service, name }), key);
        last = key;
      }
      if (page.length === 0) break;
    }
  }
}
