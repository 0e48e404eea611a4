/** The calls of the traces kept whole over time, and traces in which each of them is made. */
import type { ServiceGraphBuilder } from '../graph/index.ts';
import type {
  SampledTrace,
  ServiceEdge,
  TraceColumns,
  TraceId,
  TraceTree,
  Trend,
} from '../model.ts';

/** Graphs of a part of the traces: several are made of the same. */
export interface Graphs {
  readonly builder: () => ServiceGraphBuilder;
  readonly columns: (tree: TraceTree) => TraceColumns;
}

/** No name holds NUL. */
export const keyOf = ({
  caller,
  callee,
  via,
}: Pick<ServiceEdge, 'caller' | 'callee' | 'via'>): string => `${caller}\0${callee}\0${via}`;

/** Stretches that time is told in: what a small curve shows. */
const stretches = 24;

/** 95th percentile of each call by stretch of time, with a gap between the pieces of the case. */
export function histories(
  sample: readonly SampledTrace[],
  pieces: Trend['pieces'],
  { builder: begun, columns }: Graphs,
): (key: string) => readonly (number | null)[] {
  const bins = binsOf(pieces);
  const builders = bins.map(begun);
  for (const { tree } of sample) {
    const start = startOf(tree);
    const at = bins.findIndex((bin) => bin !== null && start >= bin.from && start <= bin.to);
    if (at >= 0) builders[at]?.add(columns(tree));
  }
  const found = builders.map(
    (builder) => new Map(builder.finish().edges.map((edge) => [keyOf(edge), edge.p95Ns])),
  );
  return (key) => found.map((edges) => edges.get(key) ?? null);
}

const startOf = ({ spans }: SampledTrace['tree']): number =>
  spans.reduce((least, { timed, start }) => (timed && start < least ? start : least), Infinity);

/** As many for each piece as it is long, and null between two. */
function binsOf(
  pieces: Trend['pieces'],
): readonly ({ readonly from: number; readonly to: number } | null)[] {
  const total = pieces.reduce((sum, { from, to }) => sum + (to - from), 0);
  return pieces.flatMap(({ from, to }, piece) => {
    const count = Math.max(1, Math.round((stretches * (to - from)) / Math.max(1, total)));
    const own = Array.from({ length: count }, (_, at) => ({
      from: from + ((to - from) * at) / count,
      to: from + ((to - from) * (at + 1)) / count,
    }));
    return piece === 0 ? own : [null, ...own];
  });
}

/** Traces that are named of each call. */
const mostExamples = 5;
/** Traces that are looked through for them: calls that none of these makes are rare. */
const mostLooked = 300;

/** Failed and slow traces of the incident first. */
export function examples(
  sample: readonly SampledTrace[],
  { builder: begun, columns }: Graphs,
): (key: string) => readonly TraceId[] {
  const worth = ({ cohort, bad }: SampledTrace): number =>
    (cohort === 'incident' ? 0 : 2) + (bad === null ? 1 : 0);
  const inOrder = [...sample].sort((a, b) => worth(a) - worth(b)).slice(0, mostLooked);
  const found = new Map<string, TraceId[]>();
  for (const { tree } of inOrder) {
    const builder = begun();
    builder.add(columns(tree));
    for (const edge of builder.finish().edges) {
      const known = found.get(keyOf(edge)) ?? [];
      found.set(keyOf(edge), known);
      if (known.length < mostExamples) known.push(tree.traceId);
    }
  }
  return (key) => found.get(key) ?? [];
}
