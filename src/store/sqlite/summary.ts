/** What depends on the whole case, computed after imports: traces, services, operations, edges. */
import type { Database } from 'better-sqlite3';
import { summariseTrace } from '../../features/index.ts';
import {
  addToHistogram,
  linkTrace,
  quantile,
  serviceGraphBuilder,
  skewEstimator,
} from '../../graph/index.ts';
import {
  type Histogram,
  type Layer,
  milliseconds,
  type ServiceGraph,
  type Span,
  type TraceTree,
} from '../../model.ts';
import { layerOf, peerOf } from '../../semantics/index.ts';
import { conflictsIn } from './duplicates.ts';
import { type Extent, findExtent, strays } from './extent.ts';
import { defectCounter } from './file-import.ts';
import { tracesIn } from './rows.ts';

/** Traces written at once: reading and writing take turns, so memory stays flat. */
const pageSize = 2_000;

export function summarise(db: Database): void {
  const extent = findExtent(db);
  const graph = serviceGraphBuilder(peerOf);
  const skew = skewEstimator();
  const operations = operationTotals();
  const layers = layerVotes();
  const defects = defectCounter();
  db.exec('SAVEPOINT summary');
  for (const table of ['trace', 'service', 'operation', 'edge']) db.exec(`DELETE FROM ${table}`);
  db.exec('DELETE FROM defect WHERE import_id IS NULL');
  const writeTrace = traceWriter(db, extent.epoch);
  for (const page of pages(db, extent)) {
    for (const spans of page) {
      const tree = linkTrace(spans);
      graph.add(tree);
      skew.add(tree);
      for (const span of spans) {
        operations.add(span);
        layers.add(span);
      }
      addTreeDefects(tree, defects);
      for (const defect of conflictsIn(spans)) defects.add(defect);
      writeTrace(tree);
    }
  }
  for (const { from, to, ns, pairs } of skew.finish()) {
    defects.add({
      code: 'clock-skew',
      at: `${from} → ${to}`,
      message: `clocks differ by ${milliseconds(ns).toFixed(3)} ms over ${pairs} calls; times are kept as they are`,
    });
  }
  writeGraph(db, graph.finish(), layers.layerOf);
  operations.write(db);
  addOverlaps(db, defects);
  for (const defect of strays(db, extent)) defects.add(defect);
  const addDefect = db.prepare(/* sql */ 'INSERT INTO defect VALUES (NULL, ?, ?, ?)');
  for (const { code, count, examples } of defects.counts()) {
    addDefect.run(code, count, JSON.stringify(examples));
  }
  db.exec('RELEASE summary');
}

/** Pages of whole traces, read fully before they are handed out. */
function* pages(db: Database, extent: Extent): Generator<readonly (readonly Span[])[]> {
  const lastOf = db
    .prepare(/* sql */ `SELECT max(trace_id) FROM
      (SELECT DISTINCT trace_id FROM span WHERE trace_id > ? ORDER BY trace_id LIMIT ?)`)
    .pluck();
  let after = '';
  for (;;) {
    const upTo = lastOf.get(after, pageSize) as string | null;
    if (upTo === null) return;
    yield [...tracesIn(db, extent, { after, upTo })];
    after = upTo;
  }
}

function addTreeDefects(tree: TraceTree, defects: ReturnType<typeof defectCounter>): void {
  for (const index of tree.orphans) {
    defects.add({
      code: 'orphan-span',
      at: `${tree.traceId}/${tree.spans[index]?.spanId}`,
      message: 'its parent is not in the case',
    });
  }
  for (const index of tree.cycles) {
    defects.add({
      code: 'parent-cycle',
      at: `${tree.traceId}/${tree.spans[index]?.spanId}`,
      message: 'its parents lead back to itself; the link was cut here',
    });
  }
}

/** Records whose imports have different labels. Metric points join windows by time: no overlap. */
function addOverlaps(db: Database, defects: ReturnType<typeof defectCounter>): void {
  const shared = (signal: string, table: string, key: string, at: string): string => /* sql */ `
    SELECT ${at} AS at FROM (
      SELECT a.record_key AS k, i.label FROM also_in a JOIN import i USING (import_id)
        WHERE a.signal = '${signal}'
      UNION SELECT r.${key}, i.label FROM ${table} r JOIN import i USING (import_id)
        WHERE r.shared = 1
    ) JOIN ${table} r ON r.${key} = k GROUP BY k HAVING count(DISTINCT label) > 1`;
  const found = db
    .prepare(/* sql */ `SELECT at FROM (
      ${shared('span', 'span', 'span_key', "'span ' || r.trace_id || '/' || r.span_id")} UNION ALL
      ${shared('log', 'log_record', 'log_key', "'log ' || r.hash")}) ORDER BY at`)
    .pluck()
    .iterate() as IterableIterator<string>;
  const message = 'in two labelled windows; it counts as baseline';
  for (const at of found) defects.add({ code: 'window-overlap', at, message });
}

function traceWriter(db: Database, epoch: bigint): (tree: TraceTree) => void {
  const add = db.prepare(/* sql */ `INSERT INTO trace VALUES
    (?, ?, ?, ?, ? + ?, ?, ?, ?, ?, ?, ?)`);
  return (tree) => {
    const summary = summariseTrace(tree);
    const errors = tree.spans.filter((span) => span.status === 'error').length;
    const services = [...new Set(tree.spans.map((span) => span.service))].sort();
    add.run(
      summary.traceId,
      summary.rootService,
      summary.rootName,
      summary.type,
      summary.start === null ? null : BigInt(Math.round(summary.start)),
      epoch,
      summary.duration === null ? null : Math.round(summary.duration),
      tree.spans.length,
      errors,
      JSON.stringify(services),
      Number(summary.failed),
      summary.label,
    );
  };
}

function writeGraph(
  db: Database,
  graph: ServiceGraph,
  layerOfService: (service: string) => Layer | null,
): void {
  const addService = db.prepare(/* sql */ 'INSERT INTO service VALUES (?, ?, ?, ?, ?, ?, ?)');
  const sending = db
    .prepare(/* sql */ `SELECT DISTINCT r.service FROM resource r
      WHERE resource_id IN (SELECT resource_id FROM log_record)
        OR resource_id IN (SELECT resource_id FROM metric_series)`)
    .pluck()
    .all() as string[];
  const silent = new Set(sending);
  for (const node of graph.nodes) {
    const layer = layerOfService(node.service) ?? 'infrastructure';
    const observed = Number(node.observed || silent.delete(node.service));
    silent.delete(node.service);
    addService.run(
      node.service,
      layer,
      node.kind,
      node.instances.length,
      node.spans,
      node.errors,
      observed,
    );
  }
  // Services that sent logs or metrics only are services all the same.
  for (const service of [...silent].sort()) {
    addService.run(service, 'application', 'service', 0, 0, 0, 1);
  }
  const addEdge = db.prepare(/* sql */ 'INSERT INTO edge VALUES (?, ?, ?, ?, ?, ?, ?)');
  for (const edge of graph.edges) {
    const p95 = edge.p95Ns === null ? null : milliseconds(edge.p95Ns);
    addEdge.run(edge.caller, edge.callee, edge.via, edge.calls, edge.errors, edge.unanswered, p95);
  }
}

/** The layer that most spans of a service speak about. */
function layerVotes() {
  const votes = new Map<string, Map<Layer, number>>();
  return {
    add(span: Span): void {
      const counts = votes.get(span.service) ?? new Map<Layer, number>();
      votes.set(span.service, counts);
      const layer = layerOf(span);
      counts.set(layer, (counts.get(layer) ?? 0) + 1);
    },
    layerOf(service: string): Layer | null {
      const counts = [...(votes.get(service) ?? [])];
      counts.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      return counts[0]?.[0] ?? null;
    },
  };
}

function operationTotals() {
  const totals = new Map<string, { errors: number; count: number; duration: Histogram }>();
  return {
    add(span: Span): void {
      const key = JSON.stringify([span.service, span.name, span.kind]);
      const entry = totals.get(key) ?? { errors: 0, count: 0, duration: new Map() };
      totals.set(key, entry);
      entry.count += 1;
      if (span.status === 'error') entry.errors += 1;
      if (span.timed) addToHistogram(entry.duration, span.end - span.start);
    },
    write(db: Database): void {
      const add = db.prepare(/* sql */ 'INSERT INTO operation VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
      const at = (histogram: Histogram, q: number): number | null => {
        const ns = quantile(histogram, q);
        return ns === null ? null : milliseconds(ns);
      };
      for (const [key, { count, errors, duration }] of totals) {
        const quantiles = [0.5, 0.95, 0.99].map((q) => at(duration, q));
        add.run(...(JSON.parse(key) as string[]), count, errors, ...quantiles);
      }
    },
  };
}
