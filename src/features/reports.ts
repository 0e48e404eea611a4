/** When the points of metric series came: whether they are still reported. */
import type { ComparisonPlan, MetricSeries, Nanos, ReportFeature, Window } from '../model.ts';
import { nanos } from '../model.ts';
import { longestPause } from '../statistics.ts';

export interface ReportAccumulator {
  add(series: MetricSeries): void;
  /** In the order they came in. */
  finish(): readonly ReportFeature[];
}

/** Series kept, as of values. */
const seriesLimit = 20_000;

/** None without a baseline: nothing tells how often a series should be reported. */
export function reportAccumulator({ baseline, incident }: ComparisonPlan): ReportAccumulator {
  const reports: ReportFeature[] = [];
  return {
    add({ metric, service, instance, temporality, points }) {
      const [first] = points;
      if (baseline === null || first === undefined || reports.length >= seriesLimit) return;
      const times = points.map(({ time }) => time);
      const before = within(times, baseline);
      const [begin = baseline.to] = before;
      const [since, until] = longestPause([begin, ...before, baseline.to]);
      const [from, to] = longestPause([incident.from, ...within(times, incident), incident.to]);
      const quiet = { from: nanos(from), to: nanos(to) };
      const last = times.reduce((latest, time) => (time <= quiet.from ? time : latest), first.time);
      reports.push({
        ...{ metric, service, instance, first: first.time, last, quiet },
        clocked: temporality === 'cumulative',
        baseline: before.length,
        watched: { from: begin, to: baseline.to },
        pause: until - since,
      });
    },
    finish: () => reports,
  };
}

const within = (times: readonly Nanos[], { from, to }: Window): readonly Nanos[] =>
  times.filter((time) => time >= from && time <= to);
