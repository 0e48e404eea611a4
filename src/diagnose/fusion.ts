/**
 * Evidence → ranked candidates: noisy-or over independent groups, times one minus each
 * contradiction. A candidate without a required sign keeps a quarter of what its supporting signs
 * would give: it is listed, and it never leads a verdict.
 *
 *     score = (1 − Π over groups (1 − weight · strength)) · Π over contradictions (1 − weight · strength)
 *
 * Weights shown to people are shares of that score in log space, so that they add up to it.
 *
 * After: methods "noisy-or fusion", "codebook".
 */
import { byKey, grouped } from '../grouping.ts';
import type { CitedEvidence, Evidence, Layer, Nanos } from '../model.ts';
import { codebook, type FaultClass, groupOf, isSplit } from './codebook.ts';
import { possibleFrom } from './confidence.ts';
import type { Coverage } from './coverage.ts';
import { evidence, spanReference } from './detector.ts';

export interface Candidate {
  readonly service: string;
  readonly entity: string;
  readonly operation: string | null;
  readonly instance: string | null;
  readonly layer: Layer;
  readonly faultClass: FaultClass;
  readonly score: number;
  readonly onset: Nanos | null;
  /** The sign that makes it a candidate: what its summary tells. */
  readonly lead: Evidence;
  readonly cited: readonly Cited[];
}

export interface Cited {
  readonly evidence: Evidence;
  readonly direction: CitedEvidence['direction'];
  readonly weight: number;
}

/**
 * Best class of each service, highest score first; equal scores by onset, then by name. The first
 * is not held to failures that the others account for, where those are other requests than its own:
 * then there are two causes. The others are held to all: one explanation is better than two.
 */
export function rank(found: readonly Evidence[], coverage: Coverage): readonly Candidate[] {
  const rows = [...found].sort((a, b) => b.strength - a.strength || (a.id < b.id ? -1 : 1));
  const services = grouped(rows, ({ service }) => service);
  const bestOf = (service: string, covered: Coverage): Candidate | null => {
    const own = services.get(service) ?? [];
    const all = codebook.map((faultClass) => assess(faultClass, service, own, rows, covered));
    const possible = all.filter((candidate): candidate is Candidate => candidate !== null);
    return possible.reduce<Candidate | null>(
      (best, candidate) => (best === null || candidate.score > best.score ? candidate : best),
      null,
    );
  };
  const [first, ...others] = byKey(services)
    .map(([service]) => bestOf(service, coverage))
    .filter((candidate): candidate is Candidate => candidate !== null)
    .sort((a, b) => b.score - a.score || compareOnset(a, b) || (a.service < b.service ? -1 : 1));
  if (!first) return [];
  const named = others.filter(({ score }) => score >= possibleFrom).map(({ service }) => service);
  const alone = bestOf(first.service, coverage.beside(first.service, named));
  return [alone ?? first, ...others];
}

const compareOnset = (a: Candidate, b: Candidate): number =>
  (a.onset ?? Number.POSITIVE_INFINITY) - (b.onset ?? Number.POSITIVE_INFINITY) || 0;

/** What a class without its required sign keeps of its supporting signs. */
export const withoutRequired = 0.25;
/** Times of evidence are known to a minute (the minute means they rest on). */
const timeResolution = 60e9;

interface Weighed {
  readonly evidence: Evidence;
  readonly part: number;
}

function assess(
  faultClass: FaultClass,
  service: string,
  own: readonly Evidence[],
  all: readonly Evidence[],
  coverage: Coverage,
): Candidate | null {
  const [lead] = weigh(faultClass.required, own, all);
  const main =
    lead ??
    weigh(
      faultClass.supporting.filter(({ where }) => !where),
      own,
      all,
    )[0];
  if (!main) return null;
  const onset = main.evidence.firstSeen;
  // What began clearly later than all that was seen here can have caused none of it.
  const support = weigh([...faultClass.required, ...faultClass.supporting], own, all).filter(
    (row) =>
      onset === null ||
      (row.evidence.firstSeen ?? onset) >= onset - timeResolution ||
      row.evidence.service === service,
  );
  const latest = Math.max(...support.map(({ evidence: { firstSeen } }) => firstSeen ?? Infinity));
  const against = [
    ...weigh(faultClass.contradicting, own, all).filter(
      ({ evidence: { firstSeen } }) => firstSeen === null || firstSeen <= latest + timeResolution,
    ),
    ...unexplained(faultClass, service, coverage),
  ];
  const cited = shares(support, against, lead ? 1 : withoutRequired);
  return {
    service,
    entity: main.evidence.entity,
    operation: main.evidence.operation,
    instance: main.evidence.instance,
    layer: faultClass.layer,
    faultClass,
    score: cited.reduce((sum, { weight }) => sum + weight, 0),
    onset,
    lead: main.evidence,
    cited,
  };
}

/** The strongest evidence for each sign, strongest first. */
function weigh(
  signs: FaultClass['required'],
  own: readonly Evidence[],
  all: readonly Evidence[],
): readonly Weighed[] {
  return signs
    .flatMap(({ kind, weight, where }) => {
      const row = (where === 'anywhere' ? all : own).find((candidate) => candidate.kind === kind);
      return row ? [{ evidence: row, part: weight * row.strength }] : [];
    })
    .sort((a, b) => b.part - a.part || (a.evidence.id < b.evidence.id ? -1 : 1));
}

/** A cause of failures should account for the failures there are. */
function unexplained(
  { contradicting }: FaultClass,
  service: string,
  coverage: Coverage,
): readonly Weighed[] {
  const sign = contradicting.find(({ kind }) => kind === 'unexplained-failures');
  const explained = coverage.explainedBy(service);
  if (!sign || coverage.failed === 0) return [];
  const roots = coverage.unexplainedBy(service);
  const strength = Math.max(0, 1 - explained / coverage.failed);
  const failed = Math.round(coverage.failed);
  return [
    ...evidence({
      kind: 'unexplained-failures',
      entity: `service:${service}`,
      service,
      operation: null,
      instance: null,
      strength,
      effect: { baseline: null, incident: strength },
      n: { baseline: 0, incident: failed },
      p: 1,
      firstSeen: roots[0]?.start ?? null,
      summary: `${Math.round(failed * strength)} of ${failed} failed requests are not explained by ${service}`,
      refs: roots.map(spanReference),
      traces: [],
    }),
  ].map((row) => ({ evidence: row, part: sign.weight * row.strength }));
}

/** What the kinds of one group say together. */
function combined(members: readonly Weighed[]): number {
  const strongest = Math.max(...members.map(({ part }) => part));
  if (!members.every(({ evidence: { kind } }) => isSplit(kind))) return strongest;
  const strength = members.reduce((sum, { evidence: row }) => sum + row.strength, 0);
  const most = Math.max(...members.map(({ evidence: row, part }) => part / row.strength));
  return Math.max(strongest, most * Math.min(1, strength));
}

/** Splits the score over its evidence in log space; contradictions take their share away. */
function shares(
  support: readonly Weighed[],
  against: readonly Weighed[],
  scale: number,
): readonly Cited[] {
  const groups = [...grouped(support, ({ evidence: { kind } }) => groupOf(kind)).values()].map(
    (members) => {
      const total = members.reduce((sum, { part }) => sum + part, 0);
      const doubt = -Math.log1p(-combined(members));
      return members.map(({ evidence: row, part }) => ({ row, log: (doubt * part) / total }));
    },
  );
  const logs = groups.flat();
  const logSum = logs.reduce((sum, { log }) => sum + log, 0);
  const supported = scale * (1 - Math.exp(-logSum));
  const doubts = against.map(({ evidence: row, part }) => ({ row, log: -Math.log1p(-part) }));
  const doubtSum = doubts.reduce((sum, { log }) => sum + log, 0);
  const lost = supported * (1 - Math.exp(-doubtSum));
  const cite = (row: Evidence, direction: Cited['direction'], weight: number): Cited => ({
    evidence: row,
    direction,
    weight,
  });
  return [
    ...logs.map(({ row, log }) => cite(row, 'supports', (supported * log) / logSum)),
    ...doubts.map(({ row, log }) => cite(row, 'contradicts', (-lost * log) / doubtSum)),
  ].sort((a, b) => b.weight - a.weight || (a.evidence.id < b.evidence.id ? -1 : 1));
}
