/** What is found in all traces together: services, operations, edges, and what is wrong with them. */
import type { Database } from 'better-sqlite3';
import {
  latencyBucket,
  latencyBuckets,
  ofAlike,
  quantile,
  serviceGraphBuilder,
  skewEstimator,
} from '../../graph/index.ts';
import {
  type Defect,
  type Histogram,
  type Layer,
  milliseconds,
  type ServiceGraph,
  type Span,
  type TraceTree,
} from '../../model.ts';
import { layerOf, peerOf } from '../../semantics/index.ts';
import { conflictsIn } from './duplicates.ts';

export interface Aggregates {
  /** Every trace once, in any order. `repeats`: two of its spans may have one id. */
  add(tree: TraceTree, repeats: boolean): void;
  write(db: Database): void;
  /** Of orphans, cycles, spans of one id that differ, and clocks. */
  defects(): readonly Defect[];
}

/** `links`: whether some span links to another. */
export function aggregates(links: boolean): Aggregates {
  const graph = serviceGraphBuilder(peerOf, { links });
  const skew = skewEstimator();
  const operations = operationTotals();
  const defects: Defect[] = [];
  return {
    add(tree, repeats) {
      graph.add(tree);
      skew.add(tree);
      for (const span of tree.spans) operations.add(span);
      defects.push(...treeDefects(tree));
      if (repeats) defects.push(...conflictsIn(tree.spans));
    },
    write(db) {
      writeGraph(db, graph.finish(), operations.layerOf);
      operations.write(db);
    },
    defects: () => [
      ...defects.sort((a, b) => (a.at < b.at ? -1 : 1)),
      ...skew.finish().map(
        ({ from, to, ns, pairs }): Defect => ({
          code: 'clock-skew',
          at: `${from} → ${to}`,
          message: `clocks differ by ${milliseconds(ns).toFixed(3)} ms over ${pairs} calls; times are kept as they are`,
        }),
      ),
    ],
  };
}

function* treeDefects(tree: TraceTree): Generator<Defect> {
  for (const index of tree.orphans) {
    yield {
      code: 'orphan-span',
      at: `${tree.traceId}/${tree.spans[index]?.spanId}`,
      message: 'its parent is not in the case',
    };
  }
  for (const index of tree.cycles) {
    yield {
      code: 'parent-cycle',
      at: `${tree.traceId}/${tree.spans[index]?.spanId}`,
      message: 'its parents lead back to itself; the link was cut here',
    };
  }
}

function writeGraph(
  db: Database,
  graph: ServiceGraph,
  layerOfService: (service: string) => Layer | null,
): void {
  const addService = db.prepare(/* sql */ 'INSERT INTO service VALUES (?, ?, ?, ?, ?, ?, ?)');
  const sending = db
    .prepare(/* sql */ `SELECT DISTINCT r.service FROM resource r
      WHERE resource_id IN (SELECT resource_id FROM log_head)
        OR resource_id IN (SELECT resource_id FROM metric_series)`)
    .pluck()
    .all() as string[];
  const silent = new Set(sending);
  for (const node of graph.nodes) {
    const layer = layerOfService(node.service) ?? 'infrastructure';
    const observed = Number(node.observed || silent.delete(node.service));
    silent.delete(node.service);
    const counts = [node.instances.length, node.spans, node.errors, observed];
    addService.run(node.service, layer, node.kind, ...counts);
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

interface OperationTotal {
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly layer: Layer;
  errors: number;
  count: number;
  /** Spans by the bucket of their duration. */
  readonly buckets: Uint32Array;
}

/** By service, name, kind and layer. */
function operationTotals() {
  const totals = new Map<string, OperationTotal>();
  const totalOf = ofAlike((span): OperationTotal => {
    const { service, name, kind } = span;
    const layer = layerOf(span);
    const key = JSON.stringify([service, name, kind, layer]);
    const buckets = new Uint32Array(latencyBuckets);
    const total = totals.get(key) ?? { service, name, kind, layer, errors: 0, count: 0, buckets };
    totals.set(key, total);
    return total;
  });
  return {
    add(span: Span): void {
      const total = totalOf(span);
      total.count += 1;
      if (span.status === 'error') total.errors += 1;
      if (!span.timed) return;
      const bucket = latencyBucket(span.end - span.start);
      total.buckets[bucket] = (total.buckets[bucket] as number) + 1;
    },
    /** The layer that most spans of a service speak about. */
    layerOf(service: string): Layer | null {
      const counts = new Map<Layer, number>();
      for (const { service: of, layer, count } of totals.values()) {
        if (of === service) counts.set(layer, (counts.get(layer) ?? 0) + count);
      }
      const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      return sorted[0]?.[0] ?? null;
    },
    write(db: Database): void {
      const add = db.prepare(/* sql */ 'INSERT INTO operation VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
      for (const operation of byKind(totals.values())) {
        const { service, name, kind, count, errors, duration } = operation;
        const quantiles = [0.5, 0.95, 0.99].map((q) => {
          const ns = quantile(duration, q);
          return ns === null ? null : milliseconds(ns);
        });
        add.run(service, name, kind, count, errors, ...quantiles);
      }
    },
  };
}

/** Totals without regard to layers: one name may speak of several. */
function byKind(totals: Iterable<OperationTotal>) {
  const merged = new Map<
    string,
    Pick<OperationTotal, 'service' | 'name' | 'kind' | 'errors' | 'count'> & { duration: Histogram }
  >();
  for (const { service, name, kind, errors, count, buckets } of totals) {
    const key = JSON.stringify([service, name, kind]);
    const into = merged.get(key) ?? {
      ...{ service, name, kind, errors: 0, count: 0 },
      duration: new Map(),
    };
    merged.set(key, into);
    into.errors += errors;
    into.count += count;
    for (const [bucket, spans] of buckets.entries()) {
      if (spans > 0) into.duration.set(bucket, (into.duration.get(bucket) ?? 0) + spans);
    }
  }
  return merged.values();
}
