/**
 * Spectrum of traces weighted by a personalised PageRank (Yu et al.: "MicroRank: End-to-End Latency
 * Issue Localization with Extended Spectrum Analysis in Microservice Environments", WWW 2021; ranks,
 * weights and D*2 as in the program that its authors published). Good and bad traces each get a
 * PageRank of traces and operations; an operation's rank multiplies the counts of its spectrum.
 *
 * What differs, and why:
 * - An operation is that of a service, not of a pod: a pod that was replaced would be in no good
 *   trace and always win. A service has the best score of its operations, because answers are services.
 * - Which traces are bad is what all methods here are told (failed or slow in the incident), and good
 *   ones come from the baseline as well: the paper compares within one minute.
 * - A sampled trace counts as all that it stands for.
 * - A bad trace is preferred half for its few spans and half for its rare kind, each as a share: the
 *   terms of the program, which as published divides by their sum and so prefers long traces.
 */
import type { SampledTrace } from '../../model.ts';
import type { Method } from './index.ts';
import { isBad } from './spectrum.ts';

/** The program's damping, weight of calls, rounds, and count of what was never seen. */
const damping = 0.85;
const callWeight = 0.01;
const rounds = 25;
const never = 1e-7;

export const microrank: Method = {
  name: 'microrank',
  score({ sample }) {
    const bad = rankedOperations(sample.filter(isBad), 'short and rare');
    const good = rankedOperations(
      sample.filter((trace) => !isBad(trace)),
      'rare',
    );
    return [...bad.operations].map(([key, { service, rank, traces }]) => {
      const other = good.operations.get(key);
      const badWith = rank * traces;
      const badWithout = rank * (bad.traces - traces);
      const goodWith = other ? other.rank * other.traces : never;
      return { service, score: badWith ** 2 / (goodWith + badWithout) };
    });
  },
};

interface Part {
  /** Distinct operations, as indexes. */
  readonly operations: readonly number[];
  readonly spans: number;
  readonly stands: number;
}

/** Operations with their rank, and the traces that they take part in. */
function rankedOperations(traces: readonly SampledTrace[], preferred: 'rare' | 'short and rare') {
  const { services, parts, calls } = bipartite(traces);
  const kinds = counted(parts, ({ operations }) => operations.join());
  const seen = new Float64Array(services.size);
  for (const { operations, stands } of parts) {
    for (const at of operations) seen[at] = (seen[at] as number) + stands;
  }
  const rare = shares(parts, (part) => 1 / (kinds.get(part.operations.join()) ?? 1));
  const short = shares(parts, ({ spans }) => 1 / spans);
  const wanted =
    preferred === 'rare' ? rare : rare.map((share, at) => (share + (short[at] as number)) / 2);
  const ranks = pageRank(parts, { calls, seen, wanted });
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / Math.max(1, ranks.length);
  return {
    traces: parts.reduce((sum, { stands }) => sum + stands, 0),
    operations: new Map(
      [...services].map(([key, service], at) => [
        key,
        { service, rank: (ranks[at] as number) * mean, traces: seen[at] as number },
      ]),
    ),
  };
}

/** Service by operation in the order of the indexes, traces as their operations, and calls. */
function bipartite(traces: readonly SampledTrace[]) {
  const services = new Map<string, string>();
  const indexes = new Map<string, number>();
  const callees = new Map<number, Set<number>>();
  const parts = traces.map(({ tree, stands }): Part => {
    const own = tree.spans.map(({ service, name }) => {
      const key = JSON.stringify([service, name]);
      if (!indexes.has(key)) {
        indexes.set(key, services.size);
        services.set(key, service);
      }
      return indexes.get(key) as number;
    });
    for (const [at, to] of own.entries()) {
      const from = own[tree.parent[at] as number];
      if (from !== undefined) callees.set(from, (callees.get(from) ?? new Set()).add(to));
    }
    const operations = [...new Set(own)].sort((a, b) => a - b);
    return { operations, spans: own.length, stands };
  });
  const calls = [...callees].flatMap(([from, all]) =>
    [...all].map((to) => ({ from, to, share: 1 / all.size })),
  );
  return { services, parts, calls };
}

/** Traces of each key. */
function counted(parts: readonly Part[], keyOf: (part: Part) => string) {
  const counts = new Map<string, number>();
  for (const part of parts) {
    const key = keyOf(part);
    counts.set(key, (counts.get(key) ?? 0) + part.stands);
  }
  return counts;
}

/** Of each single trace in the sum over all that are stood for. */
function shares(parts: readonly Part[], weight: (part: Part) => number): readonly number[] {
  const weights = parts.map(weight);
  const total = parts.reduce((sum, { stands }, at) => sum + stands * (weights[at] as number), 0);
  return weights.map((one) => one / total);
}

interface Links {
  readonly calls: readonly { readonly from: number; readonly to: number; readonly share: number }[];
  /** Traces that each operation takes part in. */
  readonly seen: Float64Array;
  readonly wanted: readonly number[];
}

/** Of each operation; the highest is 1. */
function pageRank(parts: readonly Part[], { calls, seen, wanted }: Links): Float64Array {
  const all = seen.length + parts.reduce((sum, { stands }) => sum + stands, 0);
  let ofOperations = new Float64Array(seen.length).fill(1 / all);
  let ofTraces = new Float64Array(parts.length).fill(1 / all);
  for (let round = 0; round < rounds; round += 1) {
    const next = new Float64Array(seen.length);
    const give = (to: number, rank: number): void => {
      next[to] = (next[to] as number) + damping * rank;
    };
    for (const [at, { operations, stands }] of parts.entries()) {
      const each = (stands * (ofTraces[at] as number)) / operations.length;
      for (const to of operations) give(to, each);
    }
    for (const { from, to, share } of calls) {
      give(to, callWeight * share * (ofOperations[from] as number));
    }
    ofTraces = toHighest(
      Float64Array.from(parts, ({ operations }, at) => {
        const gathered = operations.reduce(
          (sum, from) => sum + (ofOperations[from] as number) / (seen[from] as number),
          0,
        );
        return damping * gathered + (1 - damping) * (wanted[at] as number);
      }),
    );
    ofOperations = toHighest(next);
  }
  return ofOperations;
}

function toHighest(ranks: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const highest = ranks.reduce((most, rank) => Math.max(most, rank), 0);
  return highest > 0 ? ranks.map((rank) => rank / highest) : ranks;
}
