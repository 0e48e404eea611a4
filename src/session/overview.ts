/** The first screen of a case: computed from the features that the diagnosis was made from. */
import { compareWindows } from '../compare/index.ts';
import { emptyHistogram, mergeHistogram, quantile } from '../graph/index.ts';
import type {
  CallHealth,
  ChangeEvent,
  Cohort,
  Diagnosis,
  Features,
  Health,
  Histogram,
  Nanos,
  OperationFeature,
  Overview,
  ServiceHealth,
  TraceSummary,
} from '../model.ts';
import { callsOf } from './calls.ts';
import { type CohortOf, cohortsOf, trendOf } from './trend.ts';

export function overviewOf(
  diagnosis: Diagnosis,
  features: Features,
  summaries: readonly TraceSummary[],
): Overview {
  const cohortOf = cohortsOf(features.plan);
  const trend = trendOf(diagnosis, features, summaries);
  const calls = callsOf(features, trend.pieces);
  return {
    epochNs: features.epochNs,
    diagnosis,
    traffic: trafficOf(summaries, cohortOf),
    trend,
    changes: changesOf(features.operations),
    services: servicesOf(diagnosis, features, calls),
    calls,
    sides: compareWindows(features, sideNames(features)),
  };
}

const sideNames = ({ plan }: Features): Readonly<Record<Cohort, string>> =>
  plan.cohortBy.how === 'health'
    ? { baseline: 'healthy', incident: 'failed or slow' }
    : { baseline: 'baseline', incident: 'incident' };

/** Null if no trace is in the cohort. */
function trafficOf(summaries: readonly TraceSummary[], cohortOf: CohortOf): Overview['traffic'] {
  const sides: Record<Cohort, TraceSummary[]> = { baseline: [], incident: [] };
  for (const summary of summaries) {
    const cohort = cohortOf(summary);
    if (cohort !== null) sides[cohort].push(summary);
  }
  return { baseline: trafficIn(sides.baseline), incident: trafficIn(sides.incident) };
}

function trafficIn(requests: readonly TraceSummary[]): Overview['traffic'][Cohort] {
  if (requests.length === 0) return null;
  const durations = Float64Array.from(
    requests.flatMap(({ duration }) => (duration === null ? [] : [duration])),
  ).sort();
  return {
    requests: requests.length,
    failed: requests.filter(({ failed }) => failed).length,
    // Nearest rank.
    p99: durations[Math.ceil(durations.length * 0.99) - 1] ?? null,
  };
}

// ---------------------------------------------------------------- changes

interface Version {
  readonly name: string;
  first: Nanos;
  spans: number;
}

/**
 * Versions that came while another one of the same service and model was known already; and models
 * that took the place of another one. Times are those of the minute in which it was first seen.
 */
export function changesOf(operations: readonly OperationFeature[]): readonly ChangeEvent[] {
  const versions = new Map<string, Map<string, Version>>();
  const models = new Map<string, Map<string, Version>>();
  for (const { source, minutes } of operations) {
    const { service, model, version } = source;
    if (version !== null) note(versions, JSON.stringify([service, model]), version, minutes);
    else if (model !== null) note(models, JSON.stringify([service, null]), model, minutes);
  }
  return [...eventsOf(versions, false), ...eventsOf(models, true)].sort(
    (a, b) => a.at - b.at || compareText(JSON.stringify(a), JSON.stringify(b)),
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function note(
  subjects: Map<string, Map<string, Version>>,
  subject: string,
  name: string,
  minutes: OperationFeature['minutes'],
): void {
  const known = subjects.get(subject) ?? new Map<string, Version>();
  subjects.set(subject, known);
  for (const { minute, count } of minutes) {
    const version = known.get(name);
    if (!version) known.set(name, { name, first: minute, spans: count });
    else {
      if (minute < version.first) version.first = minute;
      version.spans += count;
    }
  }
}

function eventsOf(
  subjects: ReadonlyMap<string, ReadonlyMap<string, Version>>,
  isModel: boolean,
): readonly ChangeEvent[] {
  return [...subjects].flatMap(([subject, versions]) => {
    const [service, model] = JSON.parse(subject) as [string, string | null];
    const inOrder = [...versions.values()].sort(
      (a, b) => a.first - b.first || b.spans - a.spans || compareText(a.name, b.name),
    );
    const start = inOrder[0]?.first ?? 0;
    return inOrder
      .filter(({ first }) => first > start)
      .map((version): ChangeEvent => {
        const before = inOrder
          .filter(({ first }) => first < version.first)
          .sort((a, b) => b.spans - a.spans || compareText(a.name, b.name));
        const to = version.name;
        return {
          kind: 'version',
          at: version.first,
          service,
          model: isModel ? to : model,
          from: before[0]?.name ?? null,
          to,
        };
      });
  });
}

// ---------------------------------------------------------------- services

function servicesOf(
  { causes }: Diagnosis,
  features: Features,
  calls: readonly CallHealth[],
): readonly ServiceHealth[] {
  const ranks = new Map([...causes].reverse().map(({ service, rank }) => [service, rank]));
  const health = new Map<string, Record<Cohort, Tally>>();
  for (const { source, minutes } of features.operations) {
    const own = health.get(source.service) ?? { baseline: emptyTally(), incident: emptyTally() };
    health.set(source.service, own);
    for (const { cohort, count, errors, duration } of minutes) {
      own[cohort].spans += count;
      own[cohort].errors += errors;
      mergeHistogram(own[cohort].duration, duration);
    }
  }
  const observed = [...health].map(
    ([service, { baseline, incident }]): ServiceHealth => ({
      service,
      observed: true,
      baseline: healthOf(baseline),
      incident: healthOf(incident),
      rank: ranks.get(service) ?? null,
    }),
  );
  const silent = features.graph.nodes
    .filter(({ service }) => !health.has(service))
    .map(
      ({ service, observed }): ServiceHealth => ({
        service,
        observed,
        baseline: asCallersSaw(service, calls, 'baseline'),
        incident: asCallersSaw(service, calls, 'incident'),
        rank: ranks.get(service) ?? null,
      }),
    );
  return [...observed, ...silent].sort(worseFirst);
}

interface Tally {
  spans: number;
  errors: number;
  readonly duration: Histogram;
}

const emptyTally = (): Tally => ({ spans: 0, errors: 0, duration: emptyHistogram() });

const healthOf = ({ spans, errors, duration }: Tally): Health | null =>
  spans === 0 ? null : { spans, errors, p99: quantile(duration, 0.99) };

/** A service without spans in the windows: the calls to it in one of them; null if there are none. */
function asCallersSaw(
  service: string,
  calls: readonly CallHealth[],
  cohort: Cohort,
): Health | null {
  const sides = calls.flatMap((call) => {
    const side = call.callee === service ? call[cohort] : null;
    return side ? [side] : [];
  });
  const spans = sides.reduce((sum, side) => sum + side.calls, 0);
  if (spans === 0) return null;
  const errors = sides.reduce((sum, side) => sum + side.errors, 0);
  const slowest = sides.reduce<number | null>(
    (most, { p99 }) => (p99 !== null && p99 > (most ?? -1) ? p99 : most),
    null,
  );
  return { spans, errors, p99: slowest };
}

/** Causes by rank, then by how many more fail, then by how much slower, then by name. */
function worseFirst(a: ServiceHealth, b: ServiceHealth): number {
  const rank = (one: ServiceHealth): number => one.rank ?? Number.POSITIVE_INFINITY;
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  return failing(b) - failing(a) || slower(b) - slower(a) || compareText(a.service, b.service);
}

const rate = (health: Health | null): number =>
  health && health.spans > 0 ? health.errors / health.spans : 0;
const failing = ({ baseline, incident }: ServiceHealth): number => rate(incident) - rate(baseline);
const slower = ({ baseline, incident }: ServiceHealth): number =>
  incident?.p99 && baseline?.p99 ? incident.p99 / baseline.p99 : 0;
