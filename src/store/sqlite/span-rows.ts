/** The spans of one trace with all that their rows have, and what heads say. */
import type { Database, Statement } from 'better-sqlite3';
import { type HeadView, packedKeys, standInTimes } from '../../features/index.ts';
import {
  type Attributes,
  nanos,
  type Span,
  type SpanEvent,
  type SpanId,
  type SpanKind,
  type SpanLink,
  type SpanStatus,
  type TraceId,
} from '../../model.ts';
import { renamer } from '../../semantics/index.ts';
import { mergedObject } from '../../text/json.ts';
import type { Extent } from './extent.ts';
import { mappingOf } from './mapping.ts';
import { believed, parseAttributes } from './rows.ts';
import { labelOf } from './schema.ts';

interface HeadRow extends Omit<HeadView, 'attributes' | 'resource' | 'statusMessage'> {
  readonly status_message: string;
  readonly attributes: string;
  readonly resource: string;
}

/** A head as analysis reads it, and its attributes as text. */
export interface Head extends HeadView {
  readonly text: string;
}

/** Heads remembered at once. */
const mostHeads = 200_000;

/** Heads by id; resources and scopes are few and are read once each. */
export function headReader(db: Database): (id: number) => Head {
  const rename = renamer(mappingOf(db));
  const known = new Map<number, Head>();
  const resources = new Map<string, Attributes>();
  const find = db.prepare(/* sql */ `SELECT r.service, r.instance, r.attributes AS resource, h.name,
    h.kind, h.status, h.status_message, h.attributes
    FROM span_head h JOIN resource r USING (resource_id) WHERE head_id = ?`);
  const resourceOf = (text: string): Attributes => {
    const resource = resources.get(text) ?? rename(parseAttributes(text));
    if (resources.size >= mostHeads) resources.clear();
    resources.set(text, resource);
    return resource;
  };
  return (id) => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const { status_message: statusMessage, attributes: text, ...row } = find.get(id) as HeadRow;
    const attributes = rename(parseAttributes(text));
    const head = { ...row, statusMessage, attributes, resource: resourceOf(row.resource), text };
    if (known.size >= mostHeads) known.clear();
    known.set(id, head);
    return head;
  };
}

interface SpanRow {
  span_key: number;
  head_id: number;
  span_id: SpanId;
  parent_span_id: SpanId | null;
  start_at: number | null;
  end_at: number | null;
  attributes: string | null;
  label: string | null;
  nested: number;
}

/** Spans of a trace by id; one whose times are not believed stands where it can. */
export function spanReader(
  db: Database,
  extent: Extent,
): (traceId: TraceId, pack: Uint8Array) => readonly Span[] {
  const headOf = headReader(db);
  const rename = renamer(mappingOf(db));
  const nestedOf = nestedReader(db, extent.epoch);
  const find = db.prepare(/* sql */ `SELECT s.span_key, s.head_id, s.span_id, s.parent_span_id,
    ${believed('s.start_ns')} AS start_at, ${believed('s.end_ns')} AS end_at, s.attributes,
    CASE s.shared WHEN 0 THEN i.label ELSE ${labelOf('span', 's.span_key', 'i.label')} END AS label,
    s.nested FROM span s JOIN import i USING (import_id) WHERE s.span_key = :key`);
  const spanOf = (traceId: TraceId, row: SpanRow): Span => {
    const { service, instance, name, kind, status, statusMessage, text, ...head } = headOf(
      row.head_id,
    );
    const { start_at: start, end_at: end } = row;
    const nested = row.nested > 0 ? nestedOf(row.span_key) : null;
    const own = row.attributes;
    return {
      ...{ traceId, spanId: row.span_id, parentId: row.parent_span_id, service, instance, name },
      ...{ kind: kind as SpanKind, status: status as SpanStatus, statusMessage },
      start: nanos(start ?? Number.NaN),
      end: nanos(end ?? Number.NaN),
      timed: start !== null && end !== null && end >= start,
      label: row.label,
      attributes: own === null ? head.attributes : rename(parseAttributes(mergedObject(text, own))),
      resource: head.resource,
      events: nested?.events ?? [],
      links: nested?.links ?? [],
    };
  };
  return (traceId, pack) => {
    const spans = packedKeys(pack).map((key) => {
      const row = find.get({ ...extent, key }) as SpanRow;
      return spanOf(traceId, row);
    });
    return standInTimes(spans);
  };
}

interface Nested {
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
}

function nestedReader(db: Database, epoch: bigint): (spanKey: number) => Nested {
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
