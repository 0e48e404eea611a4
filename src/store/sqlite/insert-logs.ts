/** Writing columns of log records into the private tables. */
import { hash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { LogColumns, LogHead } from '../../model.ts';
import { asBuffer, nextKey, placeList, timeAt } from './columns.ts';
import type { DayCounter } from './days.ts';
import type { Shared } from './insert.ts';

export function logInserter(
  db: Database,
  shared: Shared,
  days: DayCounter,
): (columns: LogColumns) => void {
  const addHead = headWriter(db, shared);
  const templates = templateKeys(db);
  const columns = 'import_id, head_id, template_key, time_ns, observed_ns, trace_id, span_id, body';
  const texts = 'CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT)';
  const add = db.prepare(
    `INSERT INTO log_record (${columns}, attributes, hash, raw_time)
      VALUES (${shared.importId}, ?, ?, ?, ?, ${texts}, ?, ?)`,
  );
  const firstHead = nextKey(db, 'log_head', 'head_id');
  return (batch) => {
    for (const head of batch.heads) addHead(head);
    for (const template of batch.templates) templates.add(template);
    const textsOf = textReader(batch);
    for (let at = 0; at < batch.count; at += 1) {
      const time = timeAt(batch.times, at * 2);
      const observed = timeAt(batch.times, at * 2 + 1);
      const head = firstHead + (batch.head[at] as number);
      const template = templates.at(batch.template[at] as number);
      const { trace, span, body, attributes } = textsOf(at);
      const raw = batch.rawTimes.get(at) ?? null;
      const hash = batch.hashes[at];
      add.run(head, template, time, observed, trace, span, body, attributes, hash, raw);
      days.add(time, time);
    }
  };
}

/** The texts of each record in turn, as bytes; null: it has no such id. */
function textReader(batch: LogColumns) {
  const [ids, text, { textEnd }] = [asBuffer(batch.ids), asBuffer(batch.text), batch];
  const id = (from: number, digits: number): Buffer | null =>
    ids[from] === 0 ? null : ids.subarray(from, from + digits);
  let from = 0;
  return (at: number) => {
    const [begin, bodyEnd] = [from, textEnd[at * 2] as number];
    from = textEnd[at * 2 + 1] as number;
    return {
      trace: id(at * 48, 32),
      span: id(at * 48 + 32, 16),
      body: text.subarray(begin, bodyEnd),
      attributes: text.subarray(bodyEnd, from),
    };
  };
}

function headWriter(
  db: Database,
  { importId, resourceOf, scopeOf }: Shared,
): (head: LogHead) => void {
  const add = db.prepare(/* sql */ `INSERT INTO log_head (import_id, resource_id, scope_id,
    severity_number, severity_text, event_name, flags, structured)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  return ({ resource, scope, severityNumber, severityText, eventName, flags, structured }) => {
    const own = [severityNumber, severityText, eventName, flags, Number(structured)];
    add.run(importId, resourceOf(resource).id, scopeOf(scope), ...own);
  };
}

/** Keys of the templates of a dump, by their places in it. */
function templateKeys(db: Database) {
  const add = db.prepare(/* sql */ `INSERT INTO log_template (template_id, template) VALUES (?, ?)
    ON CONFLICT DO NOTHING`);
  const find = db.prepare('SELECT template_key FROM log_template WHERE template_id = ?').pluck();
  const keys = placeList();
  return {
    add(template: string): void {
      const id = hash('sha1', template).slice(0, 12);
      const { changes, lastInsertRowid } = add.run(id, template);
      keys.add(changes === 1 ? Number(lastInsertRowid) : (find.get(id) as number));
    },
    at: keys.at,
  };
}
