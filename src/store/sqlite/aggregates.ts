/** What is found in all traces together: services, operations, edges, and what is wrong with them. */
import type { Database } from 'better-sqlite3';
import type { KnownOfCase } from '../../features/index.ts';
import {
  addToHistogram,
  durationAt,
  emptyHistogram,
  isOrphan,
  mergeHistogram,
  ofAlike,
  quantile,
  serviceGraphBuilder,
  skewEstimator,
  viewAt,
} from '../../graph/index.ts';
import {
  type Defect,
  type Histogram,
  type Layer,
  milliseconds,
  type ServiceGraph,
  type TraceColumns,
} from '../../model.ts';
import { layerOf, peerOf } from '../../semantics/index.ts';
import { conflictsIn } from './duplicates.ts';

export interface Aggregates {
  /** Every trace once, in any order. `repeats`: two of its spans may have one id. */
  add(trace: TraceColumns, repeats: boolean): void;
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
    add(trace, repeats) {
      graph.add(trace);
      skew.add(trace);
      operations.add(trace);
      addTreeDefects(trace, defects);
      if (repeats) defects.push(...conflictsIn(trace));
    },
    write(db) {
      const found = { graph: graph.finish(), skew: skew.finish() };
      writeGraph(db, found.graph, operations.layerOf);
      operations.write(db);
      keepFound(db, found);
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

/** What was found in all traces: the features hold it as it is. */
function keepFound(db: Database, { graph, skew }: KnownOfCase): void {
  db.exec('DELETE FROM found_in_traces');
  db.prepare('INSERT INTO found_in_traces VALUES (?, ?)').run(
    JSON.stringify(graph),
    JSON.stringify(skew),
  );
}

/** As the last import found it. */
export function foundInTraces(db: Database): KnownOfCase {
  const row = db.prepare('SELECT graph, skew FROM found_in_traces').raw().get();
  const [graph, skew] = (row as [string, string] | undefined) ?? [JSON.stringify(noGraph), '[]'];
  return {
    graph: JSON.parse(graph) as ServiceGraph,
    skew: JSON.parse(skew) as KnownOfCase['skew'],
  };
}

/** Clocks that differ: the graph beside them is not read. */
export function clocksIn(db: Database): KnownOfCase['skew'] {
  const text = db.prepare('SELECT skew FROM found_in_traces').pluck().get() as string | undefined;
  return text === undefined ? [] : (JSON.parse(text) as KnownOfCase['skew']);
}

const noGraph: ServiceGraph = serviceGraphBuilder(peerOf).finish();

function addTreeDefects(trace: TraceColumns, defects: Defect[]): void {
  const add = (code: Defect['code'], index: number, message: string): void => {
    defects.push({ code, at: `${trace.traceId}/${trace.spanId(index)}`, message });
  };
  for (let index = 0; index < trace.count; index += 1) {
    if (isOrphan(trace, index)) add('orphan-span', index, 'its parent is not in the case');
  }
  for (const index of trace.cycles) {
    add('parent-cycle', index, 'its parents lead back to itself; the link was cut here');
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
  readonly durations: Histogram;
}

/** By service, name, kind and layer. */
function operationTotals() {
  const totals = new Map<string, OperationTotal>();
  const totalOf = ofAlike((span): OperationTotal => {
    const { service, name, kind } = span;
    const layer = layerOf(span);
    const key = JSON.stringify([service, name, kind, layer]);
    const durations = emptyHistogram();
    const total = totals.get(key) ?? { service, name, kind, layer, errors: 0, count: 0, durations };
    totals.set(key, total);
    return total;
  });
  return {
    add(trace: TraceColumns): void {
      for (let index = 0; index < trace.count; index += 1) {
        const span = viewAt(trace, index);
        const total = totalOf(span);
        total.count += 1;
        if (span.status === 'error') total.errors += 1;
        const duration = durationAt(trace, index);
        if (duration !== null) addToHistogram(total.durations, duration);
      }
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
        const { service, name, kind, count, errors } = operation;
        const duration = operation.durations;
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
  const merged = new Map<string, Omit<OperationTotal, 'layer'>>();
  for (const { service, name, kind, errors, count, durations } of totals) {
    const key = JSON.stringify([service, name, kind]);
    const none = { service, name, kind, errors: 0, count: 0, durations: emptyHistogram() };
    const into = merged.get(key) ?? none;
    merged.set(key, into);
    into.errors += errors;
    into.count += count;
    mergeHistogram(into.durations, durations);
  }
  return merged.values();
}
