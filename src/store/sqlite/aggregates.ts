/** What is found in all traces together: services, operations, edges, and what is wrong with them. */
import type { Database } from 'better-sqlite3';
import { addToHistogram, quantile, serviceGraphBuilder, skewEstimator } from '../../graph/index.ts';
import {
  type Attributes,
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

export function aggregates(): Aggregates {
  const graph = serviceGraphBuilder(peerOf);
  const skew = skewEstimator();
  const operations = operationTotals();
  const layers = layerVotes();
  const defects: Defect[] = [];
  return {
    add(tree, repeats) {
      graph.add(tree);
      skew.add(tree);
      for (const span of tree.spans) {
        operations.add(span);
        layers.add(span);
      }
      defects.push(...treeDefects(tree));
      if (repeats) defects.push(...conflictsIn(tree.spans));
    },
    write(db) {
      writeGraph(db, graph.finish(), layers.layerOf);
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
      WHERE resource_id IN (SELECT resource_id FROM log_record)
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

/** The layer that most spans of a service speak about. */
function layerVotes() {
  const votes = new Map<string, Map<Layer, number>>();
  const known = new WeakMap<Attributes, Map<string, Layer>>();
  const layer = (span: Span): Layer => {
    // Spans of one head share their attributes, but not always their name and service.
    const byName = known.get(span.attributes) ?? new Map<string, Layer>();
    known.set(span.attributes, byName);
    const found = byName.get(span.name) ?? layerOf(span);
    byName.set(span.name, found);
    return found;
  };
  return {
    add(span: Span): void {
      const counts = votes.get(span.service) ?? new Map<Layer, number>();
      votes.set(span.service, counts);
      const of = layer(span);
      counts.set(of, (counts.get(of) ?? 0) + 1);
    },
    layerOf(service: string): Layer | null {
      const counts = [...(votes.get(service) ?? [])];
      counts.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      return counts[0]?.[0] ?? null;
    },
  };
}

interface OperationTotal {
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  errors: number;
  count: number;
  readonly duration: Histogram;
}

function operationTotals() {
  const services = new Map<string, Map<string, Map<string, OperationTotal>>>();
  const totalOf = ({ service, name, kind }: Span): OperationTotal => {
    const names = services.get(service) ?? new Map<string, Map<string, OperationTotal>>();
    services.set(service, names);
    const kinds = names.get(name) ?? new Map<string, OperationTotal>();
    names.set(name, kinds);
    const found = kinds.get(kind);
    if (found !== undefined) return found;
    const made = { service, name, kind, errors: 0, count: 0, duration: new Map() };
    kinds.set(kind, made);
    return made;
  };
  return {
    add(span: Span): void {
      const total = totalOf(span);
      total.count += 1;
      if (span.status === 'error') total.errors += 1;
      if (span.timed) addToHistogram(total.duration, span.end - span.start);
    },
    write(db: Database): void {
      const add = db.prepare(/* sql */ 'INSERT INTO operation VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
      const at = (histogram: Histogram, q: number): number | null => {
        const ns = quantile(histogram, q);
        return ns === null ? null : milliseconds(ns);
      };
      for (const names of services.values()) {
        for (const kinds of names.values()) {
          for (const { service, name, kind, count, errors, duration } of kinds.values()) {
            const quantiles = [0.5, 0.95, 0.99].map((q) => at(duration, q));
            add.run(service, name, kind, count, errors, ...quantiles);
          }
        }
      }
    },
  };
}
