/** What is said of a trace in a line: its root, type, cohort, and whether it failed or was slow. */
import { columnsOf, durationAt, isOrphan, ofAlike, viewAt } from '../graph/index.ts';
import { ofTwo } from '../grouping.ts';
import {
  type Cohort,
  type ComparisonPlan,
  type Nanos,
  nanos,
  type TraceColumns,
  type TraceId,
  type TraceSummary,
  type TraceTree,
  type Window,
} from '../model.ts';
import { failed } from '../semantics/index.ts';

export function summariseTrace(tree: TraceTree): TraceSummary {
  const labels = tree.spans.map((span) => span.label).filter((label) => label !== null);
  // A record in both windows counts as baseline.
  const label = labels.includes('baseline') ? 'baseline' : (labels.sort()[0] ?? null);
  const errors = tree.spans.filter(({ status }) => status === 'error').length;
  const counts = { spans: tree.spans.length, errors };
  return { ...summariser()(columnsOf(tree)), ...counts, traceId: tree.traceId, label };
}

/** For many traces, one after another. */
export function summariser(): (
  trace: TraceColumns,
) => Omit<TraceSummary, 'traceId' | 'label' | 'spans' | 'errors'> {
  const typeOf = typeNames();
  return (trace) => {
    const { count, parent, start, timed } = trace;
    const root = mainRoot(trace);
    const { service, name } = viewAt(trace, root);
    let hasFailed = false;
    let first: Nanos | null = null;
    for (let index = 0; index < count; index += 1) {
      if ((parent[index] as number) < 0) hasFailed ||= failed(viewAt(trace, index));
      if (first === null && timed[index] === 1) first = nanos(start[index] as number);
    }
    return {
      rootService: service,
      rootName: name,
      type: typeOf(trace, root),
      start: first,
      duration: durationAt(trace, root),
      failed: hasFailed,
    };
  };
}

/** Services that have a bit of their own: of those the type of a trace is not spelt out each time. */
const mostBits = 31;

function typeNames(): (trace: TraceColumns, root: number) => string {
  const services: string[] = [];
  const numberOf = ofAlike(({ service }) => {
    const known = services.indexOf(service);
    return known >= 0 ? known : services.push(service) - 1;
  });
  const namesOf = ofAlike(() => new Map<number, string>());
  const spelt = (trace: TraceColumns, root: number): string => {
    const { service, name } = viewAt(trace, root);
    const all = new Set<string>();
    for (let index = 0; index < trace.count; index += 1) all.add(viewAt(trace, index).service);
    return JSON.stringify([service, name, ...[...all].sort()]);
  };
  return (trace, root) => {
    let bits = 0;
    for (let index = 0; index < trace.count; index += 1) {
      const number = numberOf(viewAt(trace, index));
      if (number >= mostBits) return spelt(trace, root);
      bits |= 1 << number;
    }
    const names = namesOf(viewAt(trace, root));
    let name = names.get(bits);
    if (name === undefined) {
      name = spelt(trace, root);
      names.set(bits, name);
    }
    return name;
  };
}

/** The span a trace is judged by: its earliest true root, else its earliest orphan. */
function mainRoot(trace: TraceColumns): number {
  let orphan: number | null = null;
  for (let index = 0; index < trace.count; index += 1) {
    if ((trace.parent[index] as number) >= 0) continue;
    if (!isOrphan(trace, index)) return index;
    orphan ??= index;
  }
  return orphan ?? 0;
}

/** Key of `slowAbove` for a root operation, whatever services took part. */
export const rootKey = (trace: Pick<TraceSummary, 'rootService' | 'rootName'>): string =>
  JSON.stringify([trace.rootService, trace.rootName]);

export type Trouble = 'failed' | 'slow' | null;

export function troubleOf(
  trace: Pick<TraceSummary, 'failed' | 'duration' | 'type' | 'rootService' | 'rootName'>,
  slowAbove: Readonly<Record<string, number>>,
): Trouble {
  if (trace.failed) return 'failed';
  const limit = slowAbove[trace.type] ?? slowAbove[rootKey(trace)];
  return limit !== undefined && trace.duration !== null && trace.duration > limit ? 'slow' : null;
}

const within = (time: Nanos, window: Window | null): boolean =>
  window !== null && time >= window.from && time <= window.to;

/** Null for a trace that lies in neither window. */
export function cohortOf(
  trace: Pick<TraceSummary, 'label' | 'start'>,
  trouble: Trouble,
  plan: Pick<ComparisonPlan, 'cohortBy' | 'baseline' | 'incident'>,
): Cohort | null {
  const { cohortBy } = plan;
  if (cohortBy.how === 'health') return trouble === null ? 'baseline' : 'incident';
  if (cohortBy.how === 'label') {
    if (trace.label === cohortBy.baseline) return 'baseline';
    return trace.label === cohortBy.incident ? 'incident' : null;
  }
  return trace.start === null ? null : cohortOfTime(trace.start, plan);
}

/** What a trace counts for in a comparison. */
export interface Side {
  readonly cohort: Cohort;
  readonly bad: Trouble;
}

/** Null for a trace that takes no part. */
export function sideOf(trace: TraceSummary, plan: ComparisonPlan): Side | null {
  if (plan.without.includes('traces')) return null;
  const bad = troubleOf(trace, plan.slowAbove);
  const cohort = cohortOf(trace, bad, plan);
  return cohort === null ? null : { cohort, bad };
}

export function cohortOfTime(
  time: Nanos,
  plan: Pick<ComparisonPlan, 'baseline' | 'incident'>,
): Cohort | null {
  if (within(time, plan.baseline)) return 'baseline';
  return within(time, plan.incident) ? 'incident' : null;
}

/** Traces are sampled within these groups, so that rare types are not crowded out. */
export const stratumOf = (type: string, side: Side): string => `${groupOf(side)} ${type}`;

const groupOf = ({ cohort, bad }: Side): string => (bad === null ? cohort : `${cohort} in trouble`);

/** The same for many traces: it is not spelt out for each. */
export function strata(): (type: string, side: Side) => string {
  const known = ofTwo((type, group) => `${group} ${type}`);
  return (type, side) => known(type, groupOf(side));
}

/**
 * For many traces: how many a trace that is kept whole stands for; 0 of one that is not kept. Of
 * each stratum the share that the plan names is kept, by trace id.
 */
export function sampling({
  keep,
}: Pick<ComparisonPlan, 'keep'>): (
  trace: Pick<TraceSummary, 'traceId' | 'type'>,
  side: Side,
) => number {
  const shareOf = ofTwo((type, group) => keep[`${group} ${type}`] ?? 0);
  return ({ traceId, type }, side) => {
    const share = shareOf(type, groupOf(side));
    return lotOf(traceId) < share ? 1 / share : 0;
  };
}

/**
 * A number from 0 to 1 that depends on the id alone: every engine keeps the same traces. FNV-1a,
 * 32 bits, then the last step of MurmurHash3: without it ids that count upwards draw like lots.
 */
export function lotOf(traceId: TraceId): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < traceId.length; i += 1) {
    hash = Math.imul(hash ^ traceId.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
