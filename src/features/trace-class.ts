/** What is said of a trace in a line: its root, type, cohort, and whether it failed or was slow. */
import type {
  Cohort,
  ComparisonPlan,
  Nanos,
  Span,
  TraceId,
  TraceSummary,
  TraceTree,
  Window,
} from '../model.ts';
import { failed } from '../semantics/index.ts';

/** The span a trace is judged by: its earliest true root, else its earliest orphan. */
const mainRoot = (tree: TraceTree): Span => tree.spans[tree.roots[0] ?? 0] as Span;

export function summariseTrace(tree: TraceTree): TraceSummary {
  const root = mainRoot(tree);
  const services = [...new Set(tree.spans.map((span) => span.service))].sort();
  const labels = tree.spans.map((span) => span.label).filter((label) => label !== null);
  return {
    traceId: tree.traceId,
    rootService: root.service,
    rootName: root.name,
    type: JSON.stringify([root.service, root.name, ...services]),
    start: startOf(tree),
    duration: root.timed ? root.end - root.start : null,
    failed: tree.roots.some((index) => failed(tree.spans[index] as Span)),
    // A record in both windows counts as baseline.
    label: labels.includes('baseline') ? 'baseline' : (labels.sort()[0] ?? null),
  };
}

function startOf(tree: TraceTree): Nanos | null {
  const first = tree.spans.find((span) => span.timed);
  return first ? first.start : null;
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

export function cohortOfTime(
  time: Nanos,
  plan: Pick<ComparisonPlan, 'baseline' | 'incident'>,
): Cohort | null {
  if (within(time, plan.baseline)) return 'baseline';
  return within(time, plan.incident) ? 'incident' : null;
}

/** Traces are sampled within these groups, so that rare types are not crowded out. */
export const stratumOf = (type: string, cohort: Cohort, trouble: Trouble): string =>
  `${cohort}${trouble === null ? '' : ' in trouble'} ${type}`;

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
