/** The spans of one trace with all that their rows have. */
import type { Database, Statement } from 'better-sqlite3';
import { packedRows, standInTimes } from '../../features/index.ts';
import {
  type Attributes,
  type AttributeValue,
  nanos,
  type Span,
  type SpanEvent,
  type SpanId,
  type SpanLink,
  type TraceId,
} from '../../model.ts';
import { renamer } from '../../semantics/index.ts';
import type { Extent } from './extent.ts';
import { mappingOf } from './mapping.ts';
import { parseAttributes } from './rows.ts';
import { labelOf } from './schema.ts';
import { headReader } from './span-heads.ts';

/** As `find` below gives it; times as offsets. */
type SpanRow = [
  key: number,
  head: number,
  spanId: SpanId,
  parentId: SpanId | null,
  start: number | null,
  end: number | null,
  attributes: string | null,
  label: string | null,
  nested: number,
];

/** Spans of a trace by id; one whose times are not believed stands where it can. */
export function spanReader(
  db: Database,
  extent: Extent,
  headOf = headReader(db),
): (traceId: TraceId, pack: Uint8Array) => readonly Span[] {
  const rename = renamer(mappingOf(db));
  const nestedOf = nestedReader(db, extent.epoch);
  const find = db
    // All of a trace at once, in the order of the keys: one statement a span takes five times as long.
    .prepare(/* sql */ `SELECT s.span_key, s.head_id, s.span_id, s.parent_span_id, s.start_ns - ?,
      s.end_ns - ?, s.attributes, CASE s.shared WHEN 0 THEN i.label
      ELSE ${labelOf('span', 's.span_key', 'i.label')} END, s.nested
      FROM json_each(?) k CROSS JOIN span s ON s.span_key = k.value
      CROSS JOIN import i USING (import_id)`)
    .raw();
  const from = Number(extent.believedFrom - extent.epoch);
  const to = Number(extent.believedTo - extent.epoch);
  const believed = (time: number | null): number =>
    time !== null && time >= from && time <= to ? time : Number.NaN;
  const spanOf = (traceId: TraceId, row: SpanRow): Span => {
    const [key, head, spanId, parentId, startAt, endAt, own, label, nested] = row;
    const { service, instance, name, kind, status, statusMessage, attributes, resource } =
      headOf(head);
    const [start, end] = [believed(startAt), believed(endAt)];
    const beside = nested > 0 ? nestedOf(key) : null;
    return {
      traceId,
      spanId,
      parentId,
      service,
      instance,
      name,
      kind,
      status,
      statusMessage,
      start: nanos(start),
      end: nanos(end),
      timed: end >= start,
      label,
      attributes: own === null ? attributes : rename(merged(attributes, parseAttributes(own))),
      resource,
      events: beside?.events ?? [],
      links: beside?.links ?? [],
    };
  };
  return (traceId, pack) => {
    const keys = JSON.stringify(packedRows(pack).keys);
    const rows = find.all(extent.epoch, extent.epoch, keys) as SpanRow[];
    return standInTimes(rows.map((row) => spanOf(traceId, row)));
  };
}

/** All attributes of a span, sorted by name. */
export function merged(shared: Attributes, own: Attributes): Attributes {
  const names = Object.keys(own);
  if (names.length === 0) return shared;
  for (const name of Object.keys(shared)) if (!Object.hasOwn(own, name)) names.push(name);
  const all: Record<string, AttributeValue> = {};
  for (const name of names.sort()) {
    const value = (Object.hasOwn(own, name) ? own[name] : shared[name]) as AttributeValue;
    // An own property, whatever its name: of many spans a list of pairs takes twice as long.
    if (name === '__proto__') Object.defineProperty(all, name, { ...ownProperty, value });
    else all[name] = value;
  }
  return all;
}

const ownProperty = { enumerable: true, configurable: true, writable: true };

interface Nested {
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
}

export function nestedReader(db: Database, epoch: bigint): (spanKey: number) => Nested {
  const events: Statement = db.prepare(/* sql */ `SELECT name, time_ns - ? AS time, attributes
    FROM span_event WHERE span_key = ? ORDER BY position`);
  const links: Statement = db.prepare(/* sql */ `SELECT trace_id, span_id, attributes
    FROM span_link WHERE span_key = ? ORDER BY position`);
  return (spanKey) => ({
    events: events.all(epoch, spanKey).map((row) => {
      const { name, time, attributes } = row as { name: string; time: number; attributes: string };
      return {
        name,
        time: time === null ? null : nanos(time),
        attributes: parseAttributes(attributes),
      };
    }),
    links: links.all(spanKey).map((row) => {
      const link = row as { trace_id: TraceId; span_id: SpanId; attributes: string };
      return {
        traceId: link.trace_id,
        spanId: link.span_id,
        attributes: parseAttributes(link.attributes),
      };
    }),
  });
}
