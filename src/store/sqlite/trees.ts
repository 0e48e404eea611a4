/** Every trace of a case as analysis of all spans reads it: unpacked, one after another. */
import type { Database } from 'better-sqlite3';
import { isLinkedPack, type UnpackOptions, unpackTrace } from '../../features/index.ts';
import type { Nanos, TraceId, TraceSummary, TraceTree } from '../../model.ts';
import { renamer } from '../../semantics/index.ts';
import type { Extent } from './extent.ts';
import { mappingOf } from './mapping.ts';
import { headReader } from './span-rows.ts';

type TraceRow = [
  key: number,
  traceId: TraceId,
  label: string | null,
  pack: Uint8Array,
  rootService: string,
  rootName: string,
  type: string,
  start: Nanos | null,
  duration: number | null,
  failed: number,
];

export interface PackedTrace {
  readonly key: number;
  readonly pack: Uint8Array;
  readonly tree: TraceTree;
  /** As it was stored. */
  readonly summary: TraceSummary;
  /** False: two of its spans may have one id, or its times are not whole. */
  readonly isLinked: boolean;
}

/** By start, then id: no order of imports shows, and what is counted by the minute lies close together. */
export function* treesIn(db: Database, extent: Extent): Generator<PackedTrace> {
  const options: Omit<UnpackOptions, 'traceId' | 'label'> = {
    ...extent,
    headOf: headReader(db),
    rename: renamer(mappingOf(db)),
  };
  const rows = db
    .prepare(/* sql */ `SELECT trace_key, trace_id, label, pack, root_service, root_name, type,
      start_ns - ?, duration_ns, failed
      FROM trace_name JOIN trace USING (trace_key) ORDER BY start_ns, trace_id`)
    .raw()
    .iterate(extent.epoch) as IterableIterator<TraceRow>;
  for (const row of rows) {
    const [key, traceId, label, pack, rootService, rootName, type, start, duration, failed] = row;
    const tree = unpackTrace(pack, { ...options, traceId, label });
    const told = { traceId, rootService, rootName, type, start, duration, label };
    const summary = { ...told, failed: failed === 1 };
    yield { key, pack, tree, summary, isLinked: isLinkedPack(pack) };
  }
}

/** Whether some span links to another. */
export const hasLinks = (db: Database): boolean =>
  db.prepare('SELECT 1 FROM span_link LIMIT 1').get() !== undefined;
