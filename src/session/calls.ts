/** Who called whom in both cohorts: the service graph of each side, from the traces kept whole. */
import { columnsOf, serviceGraphBuilder } from '../graph/index.ts';
import { once } from '../grouping.ts';
import type {
  CallHealth,
  CallSide,
  Cohort,
  Features,
  SampledTrace,
  ServiceEdge,
  Trend,
} from '../model.ts';
import { peerOf } from '../semantics/index.ts';
import { examples, type Graphs, histories, keyOf } from './call-history.ts';

export function callsOf(
  { sample, graph }: Features,
  pieces: Trend['pieces'],
): readonly CallHealth[] {
  // Few cases have links, and to look for them takes as long as all else here.
  const links = sample.some(({ tree }) => tree.spans.some((span) => span.links.length > 0));
  const graphs: Graphs = {
    builder: () => serviceGraphBuilder(peerOf, { links }),
    columns: once(columnsOf),
  };
  const historyOf = histories(sample, pieces, graphs);
  const examplesOf = examples(sample, graphs);
  const sides = {
    baseline: sideOf(sample, 'baseline', graphs),
    incident: sideOf(sample, 'incident', graphs),
  };
  const edges = new Map<string, ServiceEdge>();
  const keys = [...sides.baseline.edges, ...sides.incident.edges, ...graph.edges];
  for (const edge of keys) if (!edges.has(keyOf(edge))) edges.set(keyOf(edge), edge);
  return [...edges]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { caller, callee, via }]) => ({
      caller,
      callee,
      via,
      baseline: sides.baseline.calls.get(key) ?? null,
      incident: sides.incident.calls.get(key) ?? null,
      history: historyOf(key),
      examples: examplesOf(key),
    }));
}

interface Side {
  readonly edges: readonly ServiceEdge[];
  readonly calls: ReadonlyMap<string, CallSide>;
}

/**
 * Bad traces are kept more often than good ones: the two are counted apart, and each call of a
 * half counts for as many as a trace of it stands for. Percentiles are those of the larger half.
 */
function sideOf(
  sample: readonly SampledTrace[],
  cohort: Cohort,
  { builder: begun, columns }: Graphs,
): Side {
  const own = sample.filter((trace) => trace.cohort === cohort);
  const calls = new Map<string, Counted>();
  const edges: ServiceEdge[] = [];
  for (const half of [own.filter(({ bad }) => bad), own.filter(({ bad }) => !bad)]) {
    if (half.length === 0) continue;
    const builder = begun();
    for (const { tree } of half) builder.add(columns(tree));
    const weight = half.reduce((sum, { stands }) => sum + stands, 0) / half.length;
    for (const edge of builder.finish().edges) {
      edges.push(edge);
      calls.set(keyOf(edge), together(calls.get(keyOf(edge)), edge, weight));
    }
  }
  const rounded = [...calls].map(([key, { calls, errors, p50, p95, p99 }]) => {
    const counted = { calls: Math.round(calls), errors: Math.round(errors) };
    return [key, { ...counted, p50, p95, p99 }] as const;
  });
  return { edges, calls: new Map(rounded) };
}

type Counted = CallSide & { readonly most: number };

/** The calls of another half added; times are those of the larger one. */
function together(known: Counted | undefined, edge: ServiceEdge, weight: number): Counted {
  const counted = edge.calls * weight;
  const times =
    !known || counted > known.most
      ? { p50: edge.p50Ns, p95: edge.p95Ns, p99: edge.p99Ns, most: counted }
      : { p50: known.p50, p95: known.p95, p99: known.p99, most: known.most };
  return {
    calls: (known?.calls ?? 0) + counted,
    errors: (known?.errors ?? 0) + edge.errors * weight,
    ...times,
  };
}
