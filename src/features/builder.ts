/**
 * Features from rows, fed one trace, log and series at a time, in any order: every engine that
 * cannot aggregate by itself feeds this one.
 */
import {
  columnsOf,
  ofAlike,
  ownTimes,
  serviceGraphBuilder,
  skewEstimator,
  viewAt,
} from '../graph/index.ts';
import {
  type Cohort,
  type ComparisonPlan,
  type DefectCount,
  type Features,
  type Impact,
  type MetricSeries,
  minuteOf,
  type Nanos,
  type SampledTrace,
  type ServiceGraph,
  type Signal,
  type SkewPair,
  type Source,
  type SpanView,
  type TraceColumns,
  type TraceLog,
  type TraceSummary,
  type TraceTree,
  type Traffic,
} from '../model.ts';
import {
  modelOf,
  peerOf,
  rankOf,
  signalOf,
  usageOf,
  userOf,
  versionOf,
} from '../semantics/index.ts';
import { type LogCount, logAccumulator } from './logs.ts';
import { callAccumulator, operationAccumulator } from './operations.ts';
import { minuteReader } from './plan.ts';
import { reportAccumulator } from './reports.ts';
import {
  cohortOf,
  cohortOfTime,
  lotOf,
  stratumOf,
  summariseTrace,
  type Trouble,
  troubleOf,
} from './trace-class.ts';
import {
  levels,
  numbersIn,
  otherAttributes,
  type ValueAccumulator,
  valueAccumulator,
} from './values.ts';

/** A trace as an engine has it. */
interface StoredTrace {
  readonly columns: TraceColumns;
  /** The trace with all that is known of its spans: for the sample. */
  readonly whole: () => TraceTree;
  /** Its logs, in any order: for the sample. */
  readonly logs?: ((tree: TraceTree) => readonly TraceLog[]) | undefined;
}

/** What an engine found in all traces when they came in. */
export interface KnownOfCase {
  readonly graph: ServiceGraph;
  readonly skew: readonly SkewPair[];
}

export interface FeatureBuilder {
  /** `read` is asked for a trace that is looked into, at once. */
  add(summary: TraceSummary, read: () => StoredTrace): void;
  addTrace(tree: TraceTree, logs?: StoredTrace['logs']): void;
  addSeries(series: MetricSeries): void;
  addLogs(counts: Iterable<LogCount>): void;
  finish(rest: { readonly defects: readonly DefectCount[]; readonly records: number }): Features;
}

/** Users counted exactly; beyond, the count is a floor. */
const userLimit = 1_000_000;

/** `known`: left out, it is found in the traces that are added. */
export function featureBuilder(
  plan: ComparisonPlan,
  epochNs: bigint,
  known: KnownOfCase | null = null,
): FeatureBuilder {
  const graph = serviceGraphBuilder(peerOf);
  const skew = skewEstimator();
  const operations = operationAccumulator(sourceOfSpan);
  const calls = callAccumulator();
  const values = valueAccumulator(plan.everyPoint);
  const counts = logAccumulator();
  const reports = reportAccumulator(plan);
  const sampler = traceSampler(plan);
  const impact = impactCounter(plan);
  const leaves = (signal: Signal): boolean => plan.without.includes(signal);

  const minuteAt = minuteReader();
  const addValues = spanValues(values);
  const count = (trace: TraceColumns, cohort: Cohort, bad: Trouble): void => {
    impact.add(trace, cohort, bad);
    calls.add(trace, cohort);
    const self = ownTimes(trace);
    for (let index = 0; index < trace.count; index += 1) {
      const minute = minuteAt(trace.start[index] as Nanos);
      operations.add(trace, index, cohort, minute, self[index] as number);
      addValues(trace, index, cohort, minute.start);
    }
  };
  const add = (summary: TraceSummary, read: () => StoredTrace): void => {
    const trouble = troubleOf(summary, plan.slowAbove);
    const cohort = leaves('traces') ? null : cohortOf(summary, trouble, plan);
    if (cohort === null && known !== null) return;
    const stored = read();
    const { columns } = stored;
    if (known === null) {
      graph.add(columns);
      skew.add(columns);
    }
    if (cohort === null) return;
    count(columns, cohort, trouble);
    sampler.add(summary, { cohort, bad: trouble }, stored);
  };

  return {
    add,
    addTrace(tree, logs) {
      const read = () => ({ columns: columnsOf(tree), whole: () => tree, logs });
      add(summariseTrace(tree), read);
    },
    addSeries(series) {
      if (leaves('metrics')) return;
      addLevels(series, plan, values);
      reports.add(series);
    },
    addLogs(rows) {
      if (leaves('logs')) return;
      for (const row of rows) counts.add(row);
    },
    finish: ({ defects, records }) => ({
      epochNs: String(epochNs),
      plan,
      graph: known?.graph ?? graph.finish(),
      sample: sampler.finish(),
      operations: operations.finish(),
      calls: calls.finish(),
      values: values.finish(),
      logs: counts.finish(),
      reports: reports.finish(),
      skew: known?.skew ?? skew.finish(),
      ...impact.finish(),
      defects,
      records,
    }),
  };
}

/** Numbers that spans carry. */
function spanValues(values: ValueAccumulator) {
  const signalsOf = ofAlike((span) =>
    numbersIn(span.attributes).filter(([name]) => signalOf(name) !== null),
  );
  const sourceOf = ofAlike(sourceOfSpan);
  return (trace: TraceColumns, index: number, cohort: Cohort, minute: Nanos): void => {
    const span = viewAt(trace, index);
    const signals = signalsOf(span);
    if (signals.length === 0) return;
    const source = sourceOf(span);
    const at = trace.start[index] as Nanos;
    for (const [name, mean] of signals) {
      const example = { traceId: trace.traceId, spanId: trace.spanId(index), at };
      const identity = { name, unit: '', origin: 'span' as const, source, attributes: {} };
      values.add(identity, { cohort, minute }, { mean, count: 1, example });
    }
  };
}

/** Keeps the share of each stratum that the plan names, by trace id. */
function traceSampler(plan: ComparisonPlan) {
  const sample: SampledTrace[] = [];
  return {
    add(
      { traceId, type }: TraceSummary,
      { cohort, bad }: Pick<SampledTrace, 'cohort' | 'bad'>,
      { whole, logs }: StoredTrace,
    ): void {
      const share = plan.keep[stratumOf(type, cohort, bad)] ?? 0;
      if (lotOf(traceId) >= share) return;
      const tree = whole();
      const own = logs && !plan.without.includes('logs') ? logs(tree) : [];
      const logsInOrder = [...own].sort(bySpan);
      sample.push({ tree, cohort, bad, type, stands: 1 / share, logs: logsInOrder });
    },
    finish: (): readonly SampledTrace[] =>
      sample.sort((a, b) => (a.tree.traceId < b.tree.traceId ? -1 : 1)),
  };
}

/** By span, time and id: records of one moment stand in an order of their own. */
const bySpan = (a: TraceLog, b: TraceLog): number =>
  a.span - b.span || a.at - b.at || (a.id < b.id ? -1 : 1);

function addLevels(series: MetricSeries, plan: ComparisonPlan, values: ValueAccumulator): void {
  const signal = signalOf(series.metric);
  if (!signal && !plan.everyPoint && !usageOf(series.metric, series.attributes)) return;
  const source = seriesSource(series);
  const attributes = otherAttributes(series.attributes, source);
  const { metric: name, unit } = series;
  const isRate = plan.everyPoint && series.type === 'sum' && series.monotonic;
  const identity = {
    ...{ name, unit, origin: 'metric' as const, source, attributes },
    ...(isRate && { isRate }),
  };
  const points = signal?.rare ? series.points : levels(series);
  const cohort = pointCohort(
    points.map((point) => point.time),
    plan,
  );
  for (const point of points) {
    const side = cohort(point.time);
    if (side === null) continue;
    const { value: mean, count, buckets, time: at } = point;
    const observed = { mean, count, example: { at }, ...(buckets && { buckets }) };
    values.add(identity, { cohort: side, minute: minuteOf(point.time) }, observed);
  }
}

const sourceOfSpan = (span: SpanView): Source => ({
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
 * Metric points join windows by time, whatever the label. If the baseline window holds fewer of a
 * series than can be compared, all of its points before the incident are its baseline. A point is
 * about the time since the one before it: the first after the incident may be mostly about that.
 */
function pointCohort(
  times: readonly Nanos[],
  plan: ComparisonPlan,
): (time: Nanos) => Cohort | null {
  if (plan.cohortBy.how === 'health') return () => 'incident';
  const inBaseline = times.filter((time) => cohortOfTime(time, plan) === 'baseline').length;
  const takesAll = plan.baseline !== null && inBaseline < fewestPoints;
  const { from, to } = plan.incident;
  const step = usualStep(times);
  const after = times.reduce((first, time) => (time > to && time < first ? time : first), Infinity);
  return (time) => {
    if (takesAll && time < from) return 'baseline';
    if (time === after && time <= to + step / 2) return 'incident';
    return cohortOfTime(time, plan);
  };
}

/** One point has no spread. */
const fewestPoints = 2;

/** Middle of the times from one point to the next, ns; 0 of a single point. */
function usualStep(times: readonly Nanos[]): number {
  const ordered = [...times].sort((a, b) => a - b);
  const steps = ordered.slice(1).map((time, index) => time - (ordered[index] as Nanos));
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
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
  return {
    add(trace: TraceColumns, cohort: Cohort, bad: Trouble): void {
      traffic[cohort].traces += 1;
      if (bad !== null) traffic[cohort][bad] += 1;
      const isHit = cohort === 'incident' && bad !== null;
      for (let index = 0; index < trace.count; index += 1) {
        const span = viewAt(trace, index);
        const user = nameOf(span);
        if (user !== null) usersNamed = true;
        if (!isHit) continue;
        services.add(span.service);
        if (user !== null && users.size < userLimit) users.add(user);
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
