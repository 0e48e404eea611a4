/** The traces of a case as analysis of all spans reads them: unpacked, one after another. */
import type { Database } from 'better-sqlite3';
import { isLinkedPack, unpacker } from '../../features/index.ts';
import type { Nanos, TraceColumns, TraceId, TraceSummary } from '../../model.ts';
import { renamer } from '../../semantics/index.ts';
import type { Extent } from './extent.ts';
import { mappingOf } from './mapping.ts';
import { headReader } from './span-rows.ts';

type LineRow = [
  key: number,
  traceId: TraceId,
  type: number,
  start: Nanos | null,
  duration: number | null,
  failed: number,
  spans: number,
  errors: number,
  label: string | null,
];

/** A trace in a line, and where it is kept. */
export interface StoredLine extends TraceSummary {
  readonly key: number;
}

/** By start, then id: no order of imports shows, and what is counted by the minute lies close together. */
export function linesIn(db: Database, { epoch }: Extent): readonly StoredLine[] {
  const types = new Map(
    (
      db
        .prepare('SELECT type_key, type, root_service, root_name FROM trace_type')
        .raw()
        .all() as TypeRow[]
    ).map(([key, type, rootService, rootName]) => [key, { type, rootService, rootName }]),
  );
  const rows = db
    .prepare(/* sql */ `SELECT trace_key, trace_id, type_key, start_ns - ?, duration_ns, failed,
      spans, errors, label FROM trace JOIN trace_name USING (trace_key) ORDER BY start_ns, trace_id`)
    .raw()
    .all(epoch) as LineRow[];
  return rows.map(([key, traceId, typeKey, start, duration, isFailed, spans, errors, label]) => {
    const { type, rootService, rootName } = types.get(typeKey) as Type;
    const failed = isFailed === 1;
    // No spread: it takes forty times as long, and traces are many.
    return {
      key,
      traceId,
      rootService,
      rootName,
      type,
      start,
      duration,
      failed,
      spans,
      errors,
      label,
    };
  });
}

type Type = Pick<TraceSummary, 'type' | 'rootService' | 'rootName'>;
type TypeRow = [key: number, type: string, rootService: string, rootName: string];

export interface PackedTrace {
  readonly pack: Uint8Array;
  /** Until the next is read. */
  readonly columns: TraceColumns;
  /** False: two of its spans may have one id, or its times are not whole. */
  readonly isLinked: boolean;
}

export function packReader(
  db: Database,
  extent: Extent,
  headOf = headReader(db),
): (line: Pick<StoredLine, 'key' | 'traceId'>) => PackedTrace {
  const find = db.prepare('SELECT pack FROM trace WHERE trace_key = ?').pluck();
  const rename = renamer(mappingOf(db));
  const unpack = unpacker({ ...extent, headOf, rename });
  return (line) => {
    const pack = find.get(line.key) as Uint8Array;
    return { pack, columns: unpack(() => line.traceId, pack), isLinked: isLinkedPack(pack) };
  };
}

/** Whether some span links to another. */
export const hasLinks = (db: Database): boolean =>
  db.prepare('SELECT 1 FROM span_link LIMIT 1').get() !== undefined;
