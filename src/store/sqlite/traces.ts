/**
 * Traces of a case, each with its spans packed. Those of a file are new, mostly; a trace that the
 * case has spans of already, or that has one span twice, is looked at row by row: what came before
 * is dropped, what differs is kept.
 */
import type { Database } from 'better-sqlite3';
import {
  isLinkedPack,
  type PackTail,
  packedRows,
  packTrace,
  repeatsId,
  spanWords,
  startOfPack,
  summariser,
  unpacker,
  word,
} from '../../features/index.ts';
import { viewAt } from '../../graph/index.ts';
import {
  type Attributes,
  type Defect,
  noTime,
  type TraceColumns,
  type TraceId,
  type TraceSummary,
} from '../../model.ts';
import { isTelling, renamer, toldBy } from '../../semantics/index.ts';
import { mergedObject } from '../../text/json.ts';
import { nextKey } from './columns.ts';
import { conflictOf } from './duplicates.ts';
import { writeIds } from './insert-spans.ts';
import { mappingOf } from './mapping.ts';
import { headReader } from './span-heads.ts';

export interface TraceWriter {
  /** Takes the spans of one trace in, as words. Gives the trace, until the next, if all of it was new. */
  add(words: Uint32Array): { readonly columns: TraceColumns; readonly isLinked: boolean } | null;
  /** Packs what the case has of these traces anew; one without spans is removed. */
  renew(traces: readonly number[]): void;
  readonly dropped: { spans: number; events: number; links: number };
  readonly conflicts: readonly Defect[];
}

/** `importId` is the file that is being imported; null: none is. */
export function traceWriter(
  db: Database,
  importId: number | null,
  label: string | null,
): TraceWriter {
  const packing = packer(db);
  const rows = rowReader(db);
  const merged = merger(db, rows, importId);
  const store = rowWriter(db, label);
  const known = nextKey(db, 'trace', 'trace_key');
  const findPack = db.prepare('SELECT pack FROM trace WHERE trace_key = ?').pluck();
  const findImports = db
    .prepare(/* sql */ `SELECT DISTINCT import_id FROM span WHERE trace_key = :trace
      UNION SELECT a.import_id FROM also_in a JOIN span s ON s.span_key = a.record_key
        WHERE a.signal = 'span' AND s.trace_key = :trace ORDER BY 1`)
    .pluck();
  const nameOf = db.prepare('SELECT trace_id FROM trace_name WHERE trace_key = ?').pluck();
  const columnsOf = (trace: number, pack: Uint8Array): TraceColumns =>
    packing.unpack(() => nameOf.get(trace) as TraceId, pack);

  const rewrite = (trace: number, keys: readonly number[]): void => {
    if (keys.length === 0) {
      db.prepare('DELETE FROM trace WHERE trace_key = ?').run(trace);
      db.prepare('DELETE FROM trace_name WHERE trace_key = ?').run(trace);
      return;
    }
    const pack = packing.pack(rows.words(keys));
    const imports = findImports.all({ trace }) as number[];
    store(trace, imports, columnsOf(trace, pack), pack);
  };
  return {
    dropped: merged.dropped,
    conflicts: merged.conflicts,
    add(words) {
      const trace = words[word.trace] as number;
      const before = trace < known ? (findPack.get(trace) as Uint8Array | undefined) : undefined;
      const pack = packing.pack(words);
      if (before === undefined && (isLinkedPack(pack) || !repeatsId(words))) {
        const columns = columnsOf(trace, pack);
        store(trace, importId === null ? [] : [importId], columns, pack);
        return { columns, isLinked: isLinkedPack(pack) };
      }
      const fresh: number[] = [];
      for (let at = word.key; at < words.length; at += spanWords) fresh.push(words[at] as number);
      rewrite(trace, merged.merge(before ? packedRows(before).keys : [], fresh));
      return null;
    },
    renew(traces) {
      const keysOf = db
        .prepare('SELECT span_key FROM span WHERE trace_key = ? ORDER BY span_key')
        .pluck();
      for (const trace of traces) rewrite(trace, keysOf.all(trace) as number[]);
    },
  };
}

/** Packs all traces of the case anew: what analysis reads of them has changed. */
export function renewTraces(db: Database): void {
  const keys = db.prepare('SELECT trace_key FROM trace ORDER BY trace_key').pluck().all();
  traceWriter(db, null, null).renew(keys as number[]);
}

/** Times that were read are between 1990 and 2100: until the whole case is known, all are believed. */
const allTimes = { believedFrom: -(2n ** 62n), believedTo: 2n ** 62n };

function packer(db: Database) {
  const mapping = mappingOf(db);
  const rename = renamer(mapping);
  const headOf = headReader(db);
  const tells = (name: string): boolean => name in mapping || isTelling(name);
  const ownOf = db.prepare('SELECT attributes FROM span WHERE span_key = ?').pluck();
  const linksOf = db
    .prepare('SELECT trace_id, span_id FROM span_link WHERE span_key = ? ORDER BY position')
    .raw();
  const tellingOf = (key: number): Attributes => {
    const own = JSON.parse((ownOf.get(key) as string | null) ?? '{}') as Attributes;
    const told = Object.entries(own).filter(([name]) => tells(name));
    return Object.fromEntries(told.map(([name, value]) => [name, toldBy(name, value)]));
  };
  const tailOf = (words: Uint32Array, places: Uint32Array): PackTail | null => {
    const attributes: Record<number, Attributes> = {};
    const links: Record<number, [string, string][]> = {};
    let marked = 0;
    for (let place = 0; place < places.length; place += 1) {
      const at = (places[place] as number) * spanWords;
      const marks = words[at + word.marks] as number;
      marked |= marks;
      const key = words[at + word.key] as number;
      if (marks & 1) attributes[place] = tellingOf(key);
      if (marks & 2) links[place] = linksOf.all(key) as [string, string][];
    }
    if (marked === 0) return null;
    return { ...(marked & 1 && { attributes }), ...(marked & 2 && { links }) };
  };
  return {
    pack: (words: Uint32Array): Uint8Array => packTrace(words, (places) => tailOf(words, places)),
    unpack: unpacker({ epoch: null, ...allTimes, headOf, rename }),
  };
}

interface StoredRow {
  readonly span_key: bigint;
  readonly trace_key: bigint;
  readonly import_id: bigint;
  readonly head_id: bigint;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly start_ns: bigint | null;
  readonly end_ns: bigint | null;
  readonly attributes: string | null;
  readonly nested: bigint;
  readonly raw_time: string | null;
  readonly dropped: string | null;
}

/** Rows of spans, exact. */
function rowReader(db: Database) {
  const find = db
    .prepare(/* sql */ `SELECT span_key, trace_key, import_id, head_id, span_id, parent_span_id,
      start_ns, end_ns, attributes, nested, raw_time, dropped FROM span WHERE span_key = ?`)
    .safeIntegers();
  const hasLinks = db.prepare('SELECT 1 FROM span_link WHERE span_key = ? LIMIT 1');
  const mapping = mappingOf(db);
  const tells = (own: string): boolean =>
    Object.keys(JSON.parse(own) as Attributes).some((name) => name in mapping || isTelling(name));
  const row = (key: number): StoredRow => find.get(key) as StoredRow;
  return {
    row,
    words(keys: readonly number[]): Uint32Array {
      const words = new Uint32Array(keys.length * spanWords);
      const times = new BigInt64Array(2);
      const timeWords = new Uint32Array(times.buffer);
      for (const [index, key] of keys.entries()) {
        const span = row(key);
        const at = index * spanWords;
        const telling = span.attributes !== null && tells(span.attributes) ? 1 : 0;
        const linking = span.nested > 0n && hasLinks.get(key) !== undefined ? 2 : 0;
        words[at + word.trace] = Number(span.trace_key);
        words[at + word.key] = key;
        words[at + word.head] = Number(span.head_id);
        words[at + word.marks] = telling | linking;
        writeIds(words, at, Buffer.from(span.span_id + (span.parent_span_id ?? noParent)), 0);
        times[0] = span.start_ns ?? noTime;
        times[1] = span.end_ns ?? noTime;
        words.set(timeWords, at + word.start);
      }
      return words;
    },
  };
}

const noParent = '0'.repeat(16);

/** Finds which spans of a file the case has already, and takes them back. */
function merger(db: Database, rows: ReturnType<typeof rowReader>, importId: number | null) {
  const dropped = { spans: 0, events: 0, links: 0 };
  const conflicts: Defect[] = [];
  const contentOf = contentReader(db);
  const addMember = db.prepare("INSERT OR IGNORE INTO also_in VALUES ('span', ?, ?)");
  const share = db.prepare('UPDATE span SET shared = 1 WHERE span_key = ?');
  const removeEvents = db.prepare('DELETE FROM span_event WHERE span_key = ?');
  const removeLinks = db.prepare('DELETE FROM span_link WHERE span_key = ?');
  const remove = db.prepare('DELETE FROM span WHERE span_key = ?');
  const nameOf = db.prepare('SELECT trace_id FROM trace_name WHERE trace_key = ?').pluck();

  const drop = (key: number, original: StoredRow): void => {
    if (original.import_id !== BigInt(importId ?? -1)) {
      addMember.run(original.span_key, importId);
      share.run(original.span_key);
    }
    dropped.events += removeEvents.run(key).changes;
    dropped.links += removeLinks.run(key).changes;
    dropped.spans += remove.run(key).changes;
  };
  return {
    dropped,
    conflicts,
    /** The keys that stay: all of `before`, and of `fresh` those of spans that were not there. */
    merge(before: readonly number[], fresh: readonly number[]): number[] {
      const kept: number[] = [];
      const originals = new Map<string, StoredRow>();
      const sides = new Set<string>();
      const isFresh = new Set(fresh);
      for (const key of [...before, ...fresh].sort((a, b) => a - b)) {
        const row = rows.row(key);
        const { content, receives } = contentOf(row);
        const original = originals.get(content);
        if (original !== undefined && isFresh.has(key)) {
          drop(key, original);
          continue;
        }
        originals.set(content, row);
        kept.push(key);
        // Client and server may share an id (Zipkin, B3), which is no conflict.
        const side = `${row.span_id} ${receives}`;
        if (sides.has(side) && isFresh.has(key)) {
          conflicts.push(conflictOf(nameOf.get(Number(row.trace_key)) as string, row.span_id));
        }
        sides.add(side);
      }
      return kept;
    },
  };
}

/** Everything a span says, as one text: the same for spans that are equal. */
function contentReader(db: Database) {
  const heads = new Map<bigint, unknown[]>();
  const findHead = db
    .prepare(/* sql */ `SELECT resource_id, scope_id, name, kind, status, status_message,
      trace_state, flags, attributes FROM span_head WHERE head_id = ?`)
    .raw();
  const events = db
    .prepare(/* sql */ `SELECT name, time_ns, attributes, dropped_attributes
      FROM span_event WHERE span_key = ?
      ORDER BY position`)
    .safeIntegers()
    .raw();
  const links = db
    .prepare(/* sql */ `SELECT trace_id, span_id, trace_state, flags, attributes, dropped_attributes
      FROM span_link
      WHERE span_key = ? ORDER BY position`)
    .raw();
  const headOf = (id: bigint): unknown[] => {
    const head = heads.get(id) ?? (findHead.get(id) as unknown[]);
    if (heads.size >= 100_000) heads.clear();
    heads.set(id, head);
    return head;
  };
  return (row: StoredRow): { content: string; receives: boolean } => {
    const head = headOf(row.head_id);
    const shared = head.slice(0, -1);
    const { span_id, parent_span_id, start_ns, end_ns, raw_time, dropped } = row;
    const attributes = mergedObject(head.at(-1) as string, row.attributes ?? '{}');
    const nested = row.nested > 0n ? [events.all(row.span_key), links.all(row.span_key)] : [];
    const kind = head[3] as string;
    const content = [
      shared,
      span_id,
      parent_span_id,
      start_ns,
      end_ns,
      raw_time,
      attributes,
      nested,
      dropped,
    ];
    return {
      content: JSON.stringify(content, (_, value) =>
        typeof value === 'bigint' ? `${value}n` : value,
      ),
      receives: kind === 'server' || kind === 'consumer',
    };
  };
}

type TypeOfTrace = Pick<TraceSummary, 'type' | 'rootService' | 'rootName'>;

/** Keys of types, made where they are new. */
export function traceTypes(db: Database): (summary: TypeOfTrace) => number {
  const add = db.prepare(/* sql */ `INSERT INTO trace_type (type, root_service, root_name, services)
    VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`);
  const find = db.prepare('SELECT type_key FROM trace_type WHERE type = ?').pluck();
  const known = new Map<string, number>();
  return ({ type, rootService, rootName }) => {
    let key = known.get(type);
    if (key === undefined) {
      const [, , ...services] = JSON.parse(type) as string[];
      add.run(type, rootService, rootName, JSON.stringify(services));
      key = find.get(type) as number;
      if (known.size >= 10_000) known.clear();
      known.set(type, key);
    }
    return key;
  };
}

function rowWriter(db: Database, label: string | null) {
  const typeKeyOf = traceTypes(db);
  const summaryOf = summariser();
  const write = db.prepare(/* sql */ `INSERT OR REPLACE INTO trace
    (trace_key, imports, type_key, start_ns, duration_ns, spans, errors, failed, label, pack)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return (
    trace: number,
    imports: readonly number[],
    columns: TraceColumns,
    pack: Uint8Array,
  ): void => {
    const summary = summaryOf(columns);
    let errors = 0;
    for (let index = 0; index < columns.count; index += 1) {
      if (viewAt(columns, index).status === 'error') errors += 1;
    }
    const epoch = startOfPack(pack) ?? 0n;
    write.run(
      trace,
      `[${imports.join(',')}]`,
      typeKeyOf(summary),
      summary.start === null ? null : epoch + BigInt(Math.round(summary.start)),
      summary.duration === null ? null : Math.round(summary.duration),
      columns.count,
      errors,
      Number(summary.failed),
      label,
      pack,
    );
  };
}
