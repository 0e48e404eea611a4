/** What several ask of a sampled trace: the request it is, and what it stands for. */
import { ofAlike } from '../graph/index.ts';
import type { SampledTrace, Span, TraceTree } from '../model.ts';

/** The first root of a trace stands for the request. */
export const rootOf = ({ tree }: Pick<SampledTrace, 'tree'>): Span =>
  tree.spans[tree.roots[0] ?? 0] as Span;

const nameOfRoot = ofAlike(({ service, name }: Pick<Span, 'service' | 'name'>) =>
  JSON.stringify([service, name]),
);

/** What tells one root operation from another; of `slowAbove` the key where the type has none. */
export const rootName = (trace: Pick<SampledTrace, 'tree'>): string => nameOfRoot(rootOf(trace));

/** How many requests of the case these stand for. */
export const weightOf = (traces: readonly SampledTrace[]): number =>
  traces.reduce((sum, { stands }) => sum + stands, 0);

/** The span of another service that answers this one; undefined if none does. */
export function answerTo({ spans, children }: TraceTree, index: number): Span | undefined {
  const { service } = spans[index] as Span;
  for (const child of children[index] ?? []) {
    const span = spans[child] as Span;
    if (span.service !== service) return span;
  }
  return undefined;
}
