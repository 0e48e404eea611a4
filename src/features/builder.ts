/**
 * Features from rows, fed one trace, log and series at a time, in any order: every engine that
 * cannot aggregate by itself feeds this one.
 */
import { columnsOf, serviceGraphBuilder, skewEstimator } from '../graph/index.ts';
import {
  type Cohort,
  type ComparisonPlan,
  type DefectCount,
  type Features,
  type MetricSeries,
  minuteOf,
  type Nanos,
  type SampledTrace,
  type ServiceGraph,
  type Signal,
  type SkewPair,
  type TraceColumns,
  type TraceLog,
  type TraceSummary,
  type TraceTree,
} from '../model.ts';
import { peerOf, signalOf, usageOf } from '../semantics/index.ts';
import { type LogCount, logAccumulator } from './logs.ts';
import { reportAccumulator } from './reports.ts';
import { sourceOf } from './source.ts';
import { cohortOfTime, type Side, sampling, sideOf, summariseTrace } from './trace-class.ts';
import { type TraceCounts, traceCounter } from './trace-counts.ts';
import { levels, otherAttributes, type ValueAccumulator } from './values.ts';

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
  /** `read` is asked for a trace that is looked into, at once; `side`: null if it takes no part. */
  add(summary: TraceSummary, side: Side | null, read: () => StoredTrace): void;
  /** Of a trace that another counts. */
  addToSample(summary: TraceSummary, side: Side, read: () => StoredTrace): void;
  /** Adds what another has counted, of later traces. */
  absorb(counts: TraceCounts): void;
  addTrace(tree: TraceTree, logs?: StoredTrace['logs']): void;
  addSeries(series: MetricSeries): void;
  addLogs(counts: Iterable<LogCount>): void;
  finish(rest: { readonly defects: readonly DefectCount[]; readonly records: number }): Features;
}

/** `known`: left out, it is found in the traces that are added. */
export function featureBuilder(
  plan: ComparisonPlan,
  epochNs: bigint,
  known: KnownOfCase | null = null,
): FeatureBuilder {
  const graph = serviceGraphBuilder(peerOf);
  const skew = skewEstimator();
  const counter = traceCounter(plan);
  const counts = logAccumulator();
  const reports = reportAccumulator(plan);
  const sampler = traceSampler(plan);
  const leaves = (signal: Signal): boolean => plan.without.includes(signal);

  const add: FeatureBuilder['add'] = (summary, side, read) => {
    if (side === null && known !== null) return;
    const stored = read();
    if (known === null) {
      graph.add(stored.columns);
      skew.add(stored.columns);
    }
    if (side === null) return;
    counter.add(stored.columns, side);
    sampler.add(summary, side, () => stored);
  };

  return {
    add,
    addToSample: sampler.add,
    addTrace(tree, logs) {
      const read = () => ({ columns: columnsOf(tree), whole: () => tree, logs });
      const summary = summariseTrace(tree);
      add(summary, sideOf(summary, plan), read);
    },
    absorb: counter.absorb,
    addSeries(series) {
      if (leaves('metrics')) return;
      addLevels(series, plan, counter.values);
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
      logs: counts.finish(),
      reports: reports.finish(),
      skew: known?.skew ?? skew.finish(),
      ...counter.finish(),
      defects,
      records,
    }),
  };
}

function traceSampler(plan: ComparisonPlan) {
  const standsOf = sampling(plan);
  const sample: SampledTrace[] = [];
  return {
    add(trace: TraceSummary, side: Side, read: () => StoredTrace): void {
      const stands = standsOf(trace, side);
      if (stands === 0) return;
      const { whole, logs } = read();
      const tree = whole();
      const own = logs && !plan.without.includes('logs') ? logs(tree) : [];
      sample.push({ tree, ...side, type: trace.type, stands, logs: [...own].sort(bySpan) });
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
  const source = sourceOf(series);
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
