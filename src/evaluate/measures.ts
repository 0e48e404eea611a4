/**
 * Accuracy of rankings. AC@k, Avg@5 and MRR as in the RCA literature (Pham et al., "RCAEval",
 * 2024); an answer counts over distinct services, and equal scores count against it.
 */
import type { Accuracy, CaseLabel } from '../model.ts';

export interface Scored {
  readonly service: string;
  readonly score: number;
}

/**
 * Rank of the best of the right services; null if none is listed. A service has the best of its
 * scores, and of services with equal scores all have the worst rank.
 */
export function rankOf(ranking: readonly Scored[], right: readonly string[]): number | null {
  const best = new Map<string, number>();
  for (const { service, score } of ranking) {
    best.set(service, Math.max(score, best.get(service) ?? Number.NEGATIVE_INFINITY));
  }
  const ranks = right.flatMap((service) => {
    const score = best.get(service);
    if (score === undefined) return [];
    return [[...best.values()].filter((other) => other >= score).length];
  });
  return ranks.length === 0 ? null : Math.min(...ranks);
}

/** Services that are a right answer. */
export const rightServices = ({ causes, accepted }: CaseLabel): readonly string[] => [
  ...causes,
  ...accepted,
];

/** Means over the cases; null as a rank: not listed. All null without cases. */
export function accuracyOf(ranks: readonly (number | null)[]): Accuracy {
  if (ranks.length === 0) return { ac1: null, ac3: null, ac5: null, avg5: null, mrr: null };
  const at = [0, 0, 0, 0, 0];
  let reciprocal = 0;
  for (const rank of ranks) {
    if (rank === null) continue;
    reciprocal += 1 / rank;
    if (rank <= at.length) at[rank - 1] = (at[rank - 1] as number) + 1;
  }
  let sum = 0;
  const within = at.map((count) => {
    sum += count;
    return sum / ranks.length;
  }) as [number, number, number, number, number];
  return {
    ac1: within[0],
    ac3: within[2],
    ac5: within[4],
    avg5: within.reduce((total, share) => total + share, 0) / within.length,
    mrr: reciprocal / ranks.length,
  };
}

interface Edge {
  readonly from: string;
  readonly to: string;
}

/** Harmonic mean of precision and recall of distinct edges; 1 if both paths are empty. */
export function pathF1(found: readonly Edge[], true_: readonly Edge[]): number {
  const key = ({ from, to }: Edge): string => JSON.stringify([from, to]);
  const named = new Set(found.map(key));
  const right = new Set(true_.map(key));
  if (named.size + right.size === 0) return 1;
  const both = [...named].filter((edge) => right.has(edge)).length;
  return (2 * both) / (named.size + right.size);
}
