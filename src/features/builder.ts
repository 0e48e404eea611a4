/**
 * Features from rows, fed one trace, log and series at a time, in any order: every engine that
 * cannot aggregate by itself feeds this one.
 */
import { ofAlike, selfTimes, serviceGraphBuilder, skewEstimator } from '../graph/index.ts';
import type {
  Cohort,
  ComparisonPlan,
  DefectCount,
  Features,
  Impact,
  MetricSeries,
  Nanos,
  SampledTrace,
  Signal,
  Source,
  Span,
  TraceLog,
  TraceSummary,
  TraceTree,
  Traffic,
} from '../model.ts';
import { modelOf, peerOf, rankOf, signalOf, userOf, versionOf } from '../semantics/index.ts';
import { type LogCount, logAccumulator } from './logs.ts';
import { callAccumulator, operationAccumulator } from './operations.ts';
import { minuteOf, minuteReader } from './plan.ts';
import {
  cohortOf,
  cohortOfTime,
  lotOf,
  stratumOf,
  summariseTrace,
  troubleOf,
} from './trace-class.ts';
import {
  levels,
  numbersIn,
  otherAttributes,
  type ValueAccumulator,
  valueAccumulator,
} from './values.ts';

/** What an engine knows of a trace already. */
interface KnownOfTrace {
  readonly summary?: TraceSummary | undefined;
  /** The trace with all that its rows have, if `tree` has less: for the sample. */
  readonly whole?: (() => TraceTree) | undefined;
  /** Its logs, in any order: for the sample. */
  readonly logs?: ((tree: TraceTree) => readonly TraceLog[]) | undefined;
}

export interface FeatureBuilder {
  addTrace(tree: TraceTree, known?: KnownOfTrace): void;
  addSeries(series: MetricSeries): void;
  addLogs(counts: Iterable<LogCount>): void;
  finish(rest: { readonly defects: readonly DefectCount[]; readonly records: number }): Features;
}

/** Users counted exactly; beyond, the count is a floor. */
const userLimit = 1_000_000;

/** `links`: false if no span of any trace links to another. */
export function featureBuilder(
  plan: ComparisonPlan,
  epochNs: bigint,
  links = true,
): FeatureBuilder {
  const graph = serviceGraphBuilder(peerOf, { links });
  const skew = skewEstimator();
  const operations = operationAccumulator(sourceOfSpan);
  const calls = callAccumulator();
  const values = valueAccumulator();
  const counts = logAccumulator();
  const sampler = traceSampler(plan);
  const impact = impactCounter(plan);
  const leaves = (signal: Signal): boolean => plan.without.includes(signal);

  const signalsOf = ofAlike((span) =>
    numbersIn(span.attributes).filter(([name]) => signalOf(name) !== null),
  );
  const sourceOf = ofAlike(sourceOfSpan);
  const minuteAt = minuteReader(epochNs);
  const addSpan = (span: Span, cohort: Cohort, isRoot: boolean, selfNs: number): void => {
    const minute = minuteAt(span.start);
    operations.add(span, { cohort, minute, isRoot }, selfNs);
    const signals = signalsOf(span);
    if (signals.length === 0) return;
    const source = sourceOf(span);
    const at = { cohort, minute: minute.start };
    for (const [name, mean] of signals) {
      const example = { traceId: span.traceId, spanId: span.spanId, at: span.start };
      const identity = { name, unit: '', origin: 'span' as const, source, attributes: {} };
      values.add(identity, at, { mean, count: 1, example });
    }
  };

  return {
    addTrace(tree, { summary = summariseTrace(tree), whole, logs } = {}) {
      graph.add(tree);
      skew.add(tree);
      const bad = troubleOf(summary, plan.slowAbove);
      const cohort = cohortOf(summary, bad, plan);
      if (cohort === null || leaves('traces')) return;
      impact.add(tree, cohort, bad);
      calls.add(tree, cohort);
      const self = selfTimes(tree);
      for (let index = 0; index < tree.spans.length; index += 1) {
        const span = tree.spans[index] as Span;
        const isRoot = (tree.parent[index] as number) < 0 && span.parentId === null;
        addSpan(span, cohort, isRoot, self[index] ?? 0);
      }
      sampler.add(tree, { summary, cohort, bad, whole, logs });
    },
    addSeries(series) {
      if (!leaves('metrics')) addLevels(series, plan, epochNs, values);
    },
    addLogs(rows) {
      if (leaves('logs')) return;
      for (const row of rows) counts.add(row);
    },
    finish: ({ defects, records }) => ({
      epochNs: String(epochNs),
      plan,
      graph: graph.finish(),
      sample: sampler.finish(),
      operations: operations.finish(),
      calls: calls.finish(),
      values: values.finish(),
      logs: counts.finish(),
      skew: skew.finish(),
      ...impact.finish(),
      defects,
      records,
    }),
  };
}

/** Keeps the share of each stratum that the plan names, by trace id. */
function traceSampler(plan: ComparisonPlan) {
  const sample: SampledTrace[] = [];
  return {
    add(
      tree: TraceTree,
      known: KnownOfTrace &
        Pick<SampledTrace, 'cohort' | 'bad'> & { readonly summary: TraceSummary },
    ): void {
      const { summary, cohort, bad, whole, logs } = known;
      const share = plan.keep[stratumOf(summary.type, cohort, bad)] ?? 0;
      if (lotOf(tree.traceId) >= share) return;
      const kept = whole ? whole() : tree;
      const own = logs && !plan.without.includes('logs') ? logs(kept) : [];
      const inOrder = [...own].sort(bySpan);
      sample.push({
        tree: kept,
        logs: inOrder,
        cohort,
        bad,
        type: summary.type,
        stands: 1 / share,
      });
    },
    finish: (): readonly SampledTrace[] =>
      sample.sort((a, b) => (a.tree.traceId < b.tree.traceId ? -1 : 1)),
  };
}

/** By span, time and id: records of one moment stand in an order of their own. */
const bySpan = (a: TraceLog, b: TraceLog): number =>
  a.span - b.span || a.at - b.at || (a.id < b.id ? -1 : 1);

function addLevels(
  series: MetricSeries,
  plan: ComparisonPlan,
  epochNs: bigint,
  values: ValueAccumulator,
): void {
  const signal = signalOf(series.metric);
  if (!signal && !plan.everyMetric) return;
  const source = seriesSource(series);
  const attributes = otherAttributes(series.attributes, source);
  const { metric: name, unit } = series;
  const identity = { name, unit, origin: 'metric' as const, source, attributes };
  const points = signal?.rare ? series.points : levels(series);
  const cohort = pointCohort(
    points.map((point) => point.time),
    plan,
  );
  for (const point of points) {
    const side = cohort(point.time);
    if (side === null) continue;
    const observed = { mean: point.value, count: point.count, example: { at: point.time } };
    values.add(identity, { cohort: side, minute: minuteOf(point.time, epochNs) }, observed);
  }
}

const sourceOfSpan = (span: Span): Source => ({
  service: span.service,
  instance: span.instance,
  version: versionOf(span.attributes, span.resource),
  model: modelOf(span.attributes, span.resource)?.model ?? null,
  rank: rankOf(span.resource, span.attributes),
});

function seriesSource({ service, instance, attributes, resource }: MetricSeries): Source {
  return {
    service,
    instance,
    version: versionOf(attributes, resource),
    model: modelOf(attributes, resource)?.model ?? null,
    rank: rankOf(resource, attributes),
  };
}

/**
 * Metric points join windows by time, whatever the label. If the baseline window holds none of
 * a series, all of its points before the incident are its baseline.
 */
function pointCohort(
  times: readonly Nanos[],
  plan: ComparisonPlan,
): (time: Nanos) => Cohort | null {
  if (plan.cohortBy.how === 'health') return () => 'incident';
  if (times.some((time) => cohortOfTime(time, plan) === 'baseline')) {
    return (time) => cohortOfTime(time, plan);
  }
  const hasBaseline = plan.baseline !== null;
  return (time) => {
    if (hasBaseline && time < plan.incident.from) return 'baseline';
    return cohortOfTime(time, plan);
  };
}

function impactCounter(plan: ComparisonPlan) {
  const traffic: Record<Cohort, { traces: number; failed: number; slow: number }> = {
    baseline: { traces: 0, failed: 0, slow: 0 },
    incident: { traces: 0, failed: 0, slow: 0 },
  };
  const services = new Set<string>();
  const users = new Set<string>();
  let usersNamed = false;
  const nameOf = ofAlike(({ attributes }) => userOf(attributes));
  const addUsers = (tree: TraceTree, bad: boolean): void => {
    for (const span of tree.spans) {
      const user = nameOf(span);
      if (user === null) continue;
      usersNamed = true;
      if (bad && users.size < userLimit) users.add(user);
    }
  };
  return {
    add(tree: TraceTree, cohort: Cohort, bad: 'failed' | 'slow' | null): void {
      traffic[cohort].traces += 1;
      if (bad !== null) traffic[cohort][bad] += 1;
      addUsers(tree, cohort === 'incident' && bad !== null);
      if (cohort === 'incident' && bad !== null) {
        for (const span of tree.spans) services.add(span.service);
      }
    },
    finish(): { traffic: Readonly<Record<Cohort, Traffic>>; impact: Impact } {
      const healthy = plan.cohortBy.how === 'health' ? traffic.baseline.traces : 0;
      const impact: Impact = {
        requests: traffic.incident.traces + healthy,
        failed: traffic.incident.failed,
        slow: traffic.incident.slow,
        services: [...services].sort(),
        users: usersNamed ? users.size : null,
        from: plan.incident.from,
        to: plan.incident.to,
      };
      return { traffic, impact };
    },
  };
}
