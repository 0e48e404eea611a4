/** Who called whom in both cohorts: the service graph of each side, from the traces kept whole. */
import { columnsOf, serviceGraphBuilder } from '../graph/index.ts';
import type {
  CallHealth,
  CallSide,
  Cohort,
  Features,
  SampledTrace,
  ServiceEdge,
} from '../model.ts';
import { peerOf } from '../semantics/index.ts';

export function callsOf({ sample, graph }: Features): readonly CallHealth[] {
  const sides = { baseline: sideOf(sample, 'baseline'), incident: sideOf(sample, 'incident') };
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
    }));
}

/** No name holds NUL. */
const keyOf = ({ caller, callee, via }: ServiceEdge): string => `${caller}\0${callee}\0${via}`;

interface Side {
  readonly edges: readonly ServiceEdge[];
  readonly calls: ReadonlyMap<string, CallSide>;
}

/**
 * Bad traces are kept more often than good ones: the two are counted apart, and each call of a
 * half counts for as many as a trace of it stands for. Percentiles are those of the larger half.
 */
function sideOf(sample: readonly SampledTrace[], cohort: Cohort): Side {
  const own = sample.filter((trace) => trace.cohort === cohort);
  const calls = new Map<string, CallSide & { readonly most: number }>();
  const edges: ServiceEdge[] = [];
  for (const half of [own.filter(({ bad }) => bad), own.filter(({ bad }) => !bad)]) {
    if (half.length === 0) continue;
    const builder = serviceGraphBuilder(peerOf);
    for (const { tree } of half) builder.add(columnsOf(tree));
    const weight = half.reduce((sum, { stands }) => sum + stands, 0) / half.length;
    for (const edge of builder.finish().edges) {
      edges.push(edge);
      const known = calls.get(keyOf(edge));
      const counted = edge.calls * weight;
      const isMore = counted > (known?.most ?? 0);
      calls.set(keyOf(edge), {
        calls: (known?.calls ?? 0) + counted,
        errors: (known?.errors ?? 0) + edge.errors * weight,
        p95: isMore ? edge.p95Ns : (known?.p95 ?? null),
        most: Math.max(counted, known?.most ?? 0),
      });
    }
  }
  const rounded = [...calls].map(([key, { calls, errors, p95 }]) => {
    return [key, { calls: Math.round(calls), errors: Math.round(errors), p95 }] as const;
  });
  return { edges, calls: new Map(rounded) };
}
