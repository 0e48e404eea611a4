/** Traces with all that is known of their spans: of a linked pack only what it does not hold is read from rows. */
import type { Database } from 'better-sqlite3';
import { packedIds, packedRows } from '../../features/index.ts';
import { linkedTree, linkTrace } from '../../graph/index.ts';
import type { Nanos, Span, SpanId, SpanLink, TraceTree } from '../../model.ts';
import { renamer, setsApart } from '../../semantics/index.ts';
import type { Extent } from './extent.ts';
import type { StoredLine } from './lines.ts';
import { mappingOf } from './mapping.ts';
import { parseAttributes } from './rows.ts';
import { labelOf } from './schema.ts';
import type { headReader } from './span-heads.ts';
import { merged, nestedReader, spanReader } from './span-rows.ts';
import type { PackedTrace } from './trees.ts';

/** What a row has that neither the head nor the pack has. */
type OwnRow = [key: number, label: string | null, attributes: string | null, nested: number];

const noLinks: readonly SpanLink[] = [];

/** Reads a trace whose columns were read last. */
export function treeReader(
  db: Database,
  extent: Extent,
  headOf: ReturnType<typeof headReader>,
): (line: Pick<StoredLine, 'key' | 'traceId'>, packed: PackedTrace) => TraceTree {
  const spansOf = spanReader(db, extent, headOf);
  const ownOf = ownReader(db);
  const mapping = mappingOf(db);
  const rename = renamer(mapping);
  const isApart = (name: string): boolean => name in mapping || setsApart(name);
  const nestedOf = nestedReader(db, extent.epoch);

  const linkedSpans = (
    line: Pick<StoredLine, 'key' | 'traceId'>,
    { pack, columns }: PackedTrace,
  ): Span[] => {
    const { keys, heads } = packedRows(pack);
    const own = ownOf(line.key);
    const ids = packedIds(pack);
    return keys.map((key, index) => {
      const head = headOf(heads[index] as number);
      const above = columns.parent[index] as number;
      const { label, text, beside, isAlike } = rowOf(own, key);
      let attributes = text === null ? head.attributes : null;
      // No spread: of the many spans of a case it takes longer than all else here.
      return {
        traceId: line.traceId,
        spanId: ids[index] as SpanId,
        parentId: above < 0 ? columns.parentId(index) : (ids[above] as SpanId),
        service: head.service,
        instance: head.instance,
        name: head.name,
        kind: head.kind,
        status: head.status,
        statusMessage: head.statusMessage,
        start: columns.start[index] as Nanos,
        end: columns.end[index] as Nanos,
        timed: true,
        label,
        // Of most spans nobody asks for them.
        get attributes() {
          attributes ??= rename(merged(head.attributes, parseAttributes(text ?? '{}')));
          return attributes;
        },
        resource: head.resource,
        events: beside?.events ?? head.events,
        links: beside?.links ?? noLinks,
        alike: isAlike ? head.alike : undefined,
      };
    });
  };
  /** What a span has beside its head and its place in the pack. */
  const rowOf = ({ rows, label: usual }: ReturnType<typeof ownOf>, key: number) => {
    const [, label = usual, text = null, nested = 0] = rows.get(key) ?? [];
    const beside = nested > 0 ? nestedOf(key) : null;
    const isAlike =
      beside === null && (text === null || !Object.keys(parseAttributes(text)).some(isApart));
    return { label, text, beside, isAlike };
  };
  return (line, packed) => {
    const { columns, isLinked, pack } = packed;
    const { count, timed, parent } = columns;
    if (!isLinked || timed.subarray(0, count).includes(0)) {
      return linkTrace(spansOf(line.traceId, pack));
    }
    return linkedTree(linkedSpans(line, packed), parent.slice(0, count));
  };
}

/** Rows of a trace that say more than its pack, by key; and the label of all others. */
function ownReader(db: Database): (trace: number) => {
  readonly rows: ReadonlyMap<number, OwnRow>;
  readonly label: string | null;
} {
  const firstImport = db
    .prepare(/* sql */ `SELECT import_id, label FROM import WHERE import_id =
      (SELECT json_extract(imports, '$[0]') FROM trace WHERE trace_key = ?)`)
    .raw();
  const find = db
    .prepare(/* sql */ `SELECT s.span_key, CASE s.shared WHEN 0 THEN i.label
      ELSE ${labelOf('span', 's.span_key', 'i.label')} END, s.attributes, s.nested
      FROM span s JOIN import i USING (import_id)
      WHERE s.trace_key = ? AND (s.attributes IS NOT NULL OR s.nested > 0 OR s.shared > 0
        OR s.import_id <> ?)`)
    .raw();
  return (trace) => {
    const [id, label] = firstImport.get(trace) as [number, string | null];
    const rows = find.all(trace, id) as OwnRow[];
    return { rows: new Map(rows.map((row) => [row[0], row])), label };
  };
}
