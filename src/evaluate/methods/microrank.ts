/**
 * Spectrum of traces weighted by a personalised PageRank: a trace of few operations says more about
 * each, and so does an operation that few kinds of traces share (Yu et al.: "MicroRank: End-to-End
 * Latency Issue Localization with Extended Spectrum Analysis in Microservice Environments", WWW
 * 2021). Operations are services here, because answers are.
 */
import type { SampledTrace } from '../../model.ts';
import type { Method } from './index.ts';
import { isBad, ochiaiOf, servicesOf, spectra } from './spectrum.ts';

/** The paper's damping, weight of calls, and rounds. */
const damping = 0.85;
const callWeight = 0.01;
const rounds = 25;

export const microrank: Method = {
  name: 'microrank',
  score({ sample }) {
    const { services, bad, good } = spectra(sample, servicesOf);
    const inBad = pageRank(sample.filter(isBad));
    const inGood = pageRank(sample.filter((trace) => !isBad(trace)));
    return [...services].map(([service, with_]) => {
      const [badRank, goodRank] = [inBad.get(service) ?? 0, inGood.get(service) ?? 0];
      const badWithout = badRank * Math.max(0, bad - with_.bad);
      const share = good > 0 ? with_.good : 0;
      return { service, score: ochiaiOf(badRank * with_.bad, badWithout, goodRank * share) };
    });
  },
};

/** Importance of each service; its mean is 1. */
function pageRank(traces: readonly SampledTrace[]): ReadonlyMap<string, number> {
  const parts = traces.map((trace) => [...servicesOf(trace).keys()]);
  const calls = callsOf(traces);
  const degree = new Map<string, number>();
  for (const services of parts) for (const s of services) degree.set(s, (degree.get(s) ?? 0) + 1);
  // A trace of few services is preferred.
  const wanted = parts.map((services) => 1 / Math.max(1, services.length));
  const total = wanted.reduce((sum, weight) => sum + weight, 0);
  let ofTraces = wanted.map(() => 1 / Math.max(1, parts.length));
  let ofServices = new Map([...degree.keys()].map((s) => [s, 1 / degree.size]));
  for (let round = 0; round < rounds; round += 1) {
    const next = new Map([...degree.keys()].map((s) => [s, 0]));
    const give = (service: string, rank: number): void =>
      void next.set(service, (next.get(service) ?? 0) + damping * rank);
    for (const [at, services] of parts.entries()) {
      for (const service of services) give(service, (ofTraces[at] as number) / services.length);
    }
    for (const { from, to, share } of calls) {
      give(to, callWeight * share * (ofServices.get(from) ?? 0));
    }
    ofTraces = parts.map((services, at) => {
      const rank = services.map((s) => (ofServices.get(s) ?? 0) / (degree.get(s) ?? 1));
      const gathered = rank.reduce((sum, one) => sum + one, 0);
      return damping * gathered + ((1 - damping) * (wanted[at] as number)) / total;
    });
    ofServices = next;
  }
  const sum = [...ofServices.values()].reduce((a, b) => a + b, 0);
  return new Map([...ofServices].map(([s, rank]) => [s, (rank / sum) * ofServices.size]));
}

/** Pairs of services that call each other, with the share that each has of the caller's callees. */
function callsOf(traces: readonly SampledTrace[]) {
  const callees = new Map<string, Set<string>>();
  for (const { tree } of traces) {
    for (const [at, span] of tree.spans.entries()) {
      const caller = tree.spans[tree.parent[at] as number]?.service;
      if (caller === undefined || caller === span.service) continue;
      callees.set(caller, (callees.get(caller) ?? new Set()).add(span.service));
    }
  }
  return [...callees].flatMap(([from, all]) =>
    [...all].map((to) => ({ from, to, share: 1 / all.size })),
  );
}
