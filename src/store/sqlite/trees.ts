/** The traces of a case as analysis of all spans reads them: unpacked, one after another. */
import type { Database } from 'better-sqlite3';
import { isLinkedPack, unpacker } from '../../features/index.ts';
import type { TraceColumns } from '../../model.ts';
import { renamer } from '../../semantics/index.ts';
import type { Extent } from './extent.ts';
import type { StoredLine } from './lines.ts';
import { mappingOf } from './mapping.ts';
import { headReader } from './span-heads.ts';

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
