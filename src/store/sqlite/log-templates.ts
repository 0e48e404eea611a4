/** Statements that were logged, ranked by how sure it is that they are written more or less often. */
import type { Database } from 'better-sqlite3';
import { cohortOf, troubleOf } from '../../features/index.ts';
import {
  type Cohort,
  type ComparisonPlan,
  type LogTemplates,
  type Nanos,
  nanos,
  type TemplateLine,
  type TraceSummary,
} from '../../model.ts';
import type { Extent } from './extent.ts';
import { type TemplateCount, type Templates, templateCounts } from './log-rows.ts';

export function logTemplates(
  db: Database,
  extent: Extent,
  plan: ComparisonPlan,
  summaries: readonly TraceSummary[],
  templates: Templates,
): LogTemplates {
  const cohorts = new Map<string, Cohort>();
  for (const summary of summaries) {
    const cohort = cohortOf(summary, troubleOf(summary, plan.slowAbove), plan);
    if (cohort !== null) cohorts.set(summary.traceId, cohort);
  }
  const { exposure, exposedBy } = exposureOf(plan, cohorts);
  const lines = new Map<string, Counted>();
  for (const count of templateCounts(db, extent, plan, templates, cohorts)) add(lines, count);
  return {
    epochNs: String(extent.epoch),
    baseline: plan.baseline,
    incident: plan.incident,
    byHealth: plan.cohortBy.how === 'health',
    exposure,
    exposedBy,
    templates: [...lines.values()].map((line) => lineOf(line, exposure)).sort(surestFirst),
  };
}

/** Requests where both sides have some, else the time they take. */
function exposureOf(
  { baseline, incident, cohortBy }: ComparisonPlan,
  cohorts: ReadonlyMap<string, Cohort>,
): { readonly exposure: Record<Cohort, number>; readonly exposedBy: 'requests' | 'time' } {
  const requests = { baseline: 0, incident: 0 };
  for (const cohort of cohorts.values()) requests[cohort] += 1;
  if (requests.baseline > 0 && requests.incident > 0) {
    return { exposure: requests, exposedBy: 'requests' };
  }
  const seconds = (window: ComparisonPlan['baseline']): number =>
    window === null || cohortBy.how === 'health' ? 0 : (window.to - window.from) / 1e9;
  return {
    exposure: { baseline: seconds(baseline), incident: seconds(incident) },
    exposedBy: 'time',
  };
}

interface Counted {
  readonly service: string;
  readonly template: string;
  content: boolean;
  severity: number;
  readonly counts: Record<Cohort, number>;
  all: number;
  first: Nanos | null;
  last: Nanos | null;
  readonly minutes: Map<Nanos, number>;
}

function add(lines: Map<string, Counted>, count: TemplateCount): void {
  const { service, template } = count;
  const key = `${service}\0${template}`;
  const line = lines.get(key) ?? {
    ...{
      service,
      template,
      content: false,
      severity: 0,
      counts: { baseline: 0, incident: 0 },
      all: 0,
    },
    ...{ first: null, last: null, minutes: new Map() },
  };
  lines.set(key, line);
  line.content ||= count.content;
  line.severity = Math.max(line.severity, count.severity);
  if (count.cohort !== null) line.counts[count.cohort] += count.count;
  line.all += count.count;
  if (count.minute === null || count.first === null || count.last === null) return;
  line.first = nanos(Math.min(line.first ?? count.first, count.first));
  line.last = nanos(Math.max(line.last ?? count.last, count.last));
  line.minutes.set(count.minute, (line.minutes.get(count.minute) ?? 0) + count.count);
}

const lineOf = ({ minutes, ...line }: Counted, exposure: Record<Cohort, number>): TemplateLine => ({
  ...line,
  minutes: [...minutes].sort(([a], [b]) => a - b).map(([at, count]) => ({ at, count })),
  change: changeOf(line.counts, exposure),
});

/**
 * Log-likelihood ratio of two Poisson counts: how much likelier they are at two rates than at one
 * (Dunning, "Accurate methods for the statistics of surprise and coincidence", 1993).
 */
function changeOf(counts: Record<Cohort, number>, exposure: Record<Cohort, number>): number {
  const total = counts.baseline + counts.incident;
  const whole = exposure.baseline + exposure.incident;
  if (total === 0 || exposure.baseline <= 0 || exposure.incident <= 0) return 0;
  const term = (count: number, part: number): number =>
    count === 0 ? 0 : count * Math.log(count / ((total * part) / whole));
  const sum = term(counts.baseline, exposure.baseline) + term(counts.incident, exposure.incident);
  return Math.max(0, 2 * sum);
}

const surestFirst = (a: TemplateLine, b: TemplateLine): number =>
  b.change - a.change ||
  b.severity - a.severity ||
  b.all - a.all ||
  (a.service + a.template < b.service + b.template ? -1 : 1);
