/** Every trace of a case as analysis of all spans reads it: unpacked, one after another. */
import type { Database } from 'better-sqlite3';
import { isLinkedPack, type UnpackOptions, unpackTrace } from '../../features/index.ts';
import type { TraceId, TraceTree } from '../../model.ts';
import { renamer } from '../../semantics/index.ts';
import type { Extent } from './extent.ts';
import { mappingOf } from './mapping.ts';
import { headReader } from './span-rows.ts';

interface TraceRow {
  readonly key: number;
  readonly traceId: TraceId;
  readonly label: string | null;
  readonly pack: Uint8Array;
}

export interface PackedTrace extends TraceRow {
  readonly tree: TraceTree;
  /** False: two of its spans may have one id, or its times are not whole. */
  readonly isLinked: boolean;
}

/** By trace id, so that no order of imports shows. */
export function* treesIn(db: Database, extent: Extent): Generator<PackedTrace> {
  const options: Omit<UnpackOptions, 'traceId' | 'label'> = {
    ...extent,
    headOf: headReader(db),
    rename: renamer(mappingOf(db)),
  };
  const rows = db
    .prepare(/* sql */ `SELECT trace_key AS key, trace_id AS traceId, label, pack
      FROM trace_name JOIN trace USING (trace_key) ORDER BY trace_id`)
    .iterate() as IterableIterator<TraceRow>;
  for (const row of rows) {
    const { traceId, label, pack } = row;
    const tree = unpackTrace(pack, { ...options, traceId, label });
    yield { ...row, tree, isLinked: isLinkedPack(pack) };
  }
}

/** Whether some span links to another. */
export const hasLinks = (db: Database): boolean =>
  db.prepare('SELECT 1 FROM span_link LIMIT 1').get() !== undefined;
