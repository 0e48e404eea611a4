/** Writing columns of spans into the private tables, and handing them on to be brought together. */
import type { Database } from 'better-sqlite3';
import { word } from '../../features/index.ts';
import type { Attributes, SpanColumns, SpanHead, SpanRest } from '../../model.ts';
import { layerOf, type Mapping, renamer } from '../../semantics/index.ts';
import { asBuffer, nextKey, placeList, timeAt } from './columns.ts';
import type { DayCounter } from './days.ts';
import type { Shared } from './insert.ts';
import type { SpanGroups } from './span-groups.ts';

interface SpanTarget extends Shared {
  readonly mapping: Mapping;
  readonly groups: SpanGroups;
  readonly days: DayCounter;
}

/** What was added: for the summary of the file. */
export interface SpanCounts {
  spans: number;
  events: number;
  links: number;
}

export function spanInserter(
  db: Database,
  target: SpanTarget,
  counts: SpanCounts,
): (columns: SpanColumns) => void {
  const { importId, groups, days } = target;
  const addHead = headWriter(db, target);
  const traces = traceNames(db);
  const addRest = restWriter(db, counts);
  const columns = 'import_id, trace_key, head_id, span_id, parent_span_id, start_ns, end_ns';
  const values = `${importId}, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, CAST(? AS TEXT)`;
  // Most spans have nothing beside; a Buffer costs less than a string, and needs the cast.
  const addPlain = db.prepare(
    `INSERT INTO span (${columns}, attributes, nested) VALUES (${values}, 0)`,
  );
  const addFull = db.prepare(
    `INSERT INTO span (${columns}, attributes, nested, raw_time, dropped)
      VALUES (${values}, ?, ?, ?)`,
  );
  let key = nextKey(db, 'span', 'span_key');
  const firstHead = nextKey(db, 'span_head', 'head_id');
  return (batch) => {
    for (const head of batch.heads) addHead(head);
    traces.add(batch.traces);
    const ids = asBuffer(batch.ids);
    const times = new Uint32Array(batch.times.buffer, batch.times.byteOffset, batch.count * 4);
    const ownOf = attributeReader(batch);
    for (let at = 0; at < batch.count; at += 1) {
      const trace = traces.keyOf(batch.trace[at] as number);
      const head = firstHead + (batch.head[at] as number);
      const start = timeAt(batch.times, at * 2);
      const end = timeAt(batch.times, at * 2 + 1);
      const own = ownOf(at);
      const id = ids.subarray(at * 32, at * 32 + 16);
      const parent = ids[at * 32 + 16] === 0 ? null : ids.subarray(at * 32 + 16, at * 32 + 32);
      const rest = batch.rest.size > 0 ? batch.rest.get(at) : undefined;
      if (rest === undefined) addPlain.run(trace, head, id, parent, start, end, own);
      else {
        const nested = rest.events.length + rest.links.length;
        addFull.run(trace, head, id, parent, start, end, own, nested, rest.rawTime, rest.dropped);
        addRest(key, rest);
      }
      passOn(groups.add(trace), batch, times, at, trace, head, key);
      days.add(start, end);
      key += 1;
    }
    counts.spans += batch.count;
  };
}

/** The attributes of each span in turn, as bytes; null where it has none of its own. */
function attributeReader(batch: SpanColumns): (at: number) => Buffer | null {
  const text = asBuffer(batch.attributes);
  let from = 0;
  return (at) => {
    const begin = from;
    from = batch.attributesEnd[at] as number;
    return from > begin ? text.subarray(begin, from) : null;
  };
}

/** To where the spans of a trace come together. */
function passOn(
  { words, at: to }: ReturnType<SpanGroups['add']>,
  batch: SpanColumns,
  times: Uint32Array,
  at: number,
  trace: number,
  head: number,
  key: number,
): void {
  const hasLinks = batch.rest.size > 0 && (batch.rest.get(at)?.links.length ?? 0) > 0;
  words[to + word.trace] = trace;
  words[to + word.key] = key;
  words[to + word.head] = head;
  words[to + word.marks] = (batch.telling[at] as number) | (hasLinks ? 2 : 0);
  writeIds(words, to, batch.ids, at * 32);
  for (let i = 0; i < 4; i += 1) words[to + word.start + i] = times[at * 4 + i] as number;
}

/** Values of hexadecimal digits. */
const digit = new Uint8Array(256);
for (let value = 0; value < 16; value += 1) digit[value.toString(16).charCodeAt(0)] = value;

function hexWord(bytes: Uint8Array, from: number): number {
  let value = 0;
  for (let at = from; at < from + 8; at += 1) {
    value = (value << 4) | (digit[bytes[at] as number] as number);
  }
  return value >>> 0;
}

/** The ids of a span and of its parent, from hex digits; no parent is zero. */
export function writeIds(words: Uint32Array, to: number, ids: Uint8Array, from: number): void {
  words[to + word.id] = hexWord(ids, from);
  words[to + word.id + 1] = hexWord(ids, from + 8);
  words[to + word.parent] = hexWord(ids, from + 16);
  words[to + word.parent + 1] = hexWord(ids, from + 24);
}

function headWriter(
  db: Database,
  { importId, resourceOf, scopeOf, mapping }: SpanTarget,
): (head: SpanHead) => void {
  const rename = renamer(mapping);
  const add = db.prepare(/* sql */ `INSERT INTO span_head (import_id, resource_id, scope_id, name,
    kind, status, status_message, trace_state, flags, layer, attributes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return ({ resource, scope, name, kind, status, ...head }) => {
    const { id, service } = resourceOf(resource);
    const attributes = rename(JSON.parse(head.attributes) as Attributes);
    const layer = layerOf({ attributes, service, name });
    const { statusMessage, traceState, flags } = head;
    const own = [name, kind, status, statusMessage, traceState, flags, layer, head.attributes];
    add.run(importId, id, scopeOf(scope), ...own);
  };
}

/** Keys of the traces of a dump, by their places in it. */
function traceNames(db: Database) {
  const add = db.prepare(/* sql */ `INSERT INTO trace_name (trace_id) VALUES (CAST(? AS TEXT))
    ON CONFLICT DO NOTHING`);
  const find = db
    .prepare('SELECT trace_key FROM trace_name WHERE trace_id = CAST(? AS TEXT)')
    .pluck();
  const keys = placeList();
  return {
    add(ids: Uint8Array): void {
      const all = asBuffer(ids);
      for (let at = 0; at < all.length; at += 32) {
        const id = all.subarray(at, at + 32);
        const { changes, lastInsertRowid } = add.run(id);
        keys.add(changes === 1 ? Number(lastInsertRowid) : (find.get(id) as number));
      }
    },
    keyOf: keys.at,
  };
}

function restWriter(db: Database, counts: SpanCounts): (key: number, rest: SpanRest) => void {
  const addEvent = db.prepare(/* sql */ 'INSERT INTO span_event VALUES (?, ?, ?, ?, ?, ?)');
  const addLink = db.prepare(/* sql */ 'INSERT INTO span_link VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  return (key, { events, links }) => {
    for (const [position, event] of events.entries()) {
      const { name, timeNs, attributes, droppedAttributes } = event;
      addEvent.run(key, position, name, timeNs, attributes, droppedAttributes);
    }
    for (const [position, link] of links.entries()) {
      const { traceId, spanId, traceState, flags, attributes, droppedAttributes } = link;
      const ids = [traceId, spanId, traceState, flags];
      addLink.run(key, position, ...ids, attributes, droppedAttributes);
    }
    counts.events += events.length;
    counts.links += links.length;
  };
}
