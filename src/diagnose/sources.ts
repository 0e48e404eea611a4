/**
 * Who reports what, and when: the metric series of an instance, the logs of a service and the spans
 * of a replica, each with the longest time that passed without any of it.
 */
import { byKey, grouped } from '../grouping.ts';
import {
  type Cohort,
  type Features,
  type Nanos,
  nanos,
  type Reference,
  type ReportFeature,
  type Window,
} from '../model.ts';
import { signalOf } from '../semantics/index.ts';
import { longestPause } from '../statistics.ts';

export interface Series
  extends Pick<
    ReportFeature,
    'clocked' | 'baseline' | 'first' | 'last' | 'pause' | 'quiet' | 'watched'
  > {
  /** Of the metric; of logs and spans what they are. */
  readonly name: string;
  /** Not in the baseline. */
  readonly isNew: boolean;
  /** The last that came; null if it cannot be shown. */
  readonly ref: Reference | null;
}

export interface Source {
  readonly signal: 'metrics' | 'logs' | 'spans';
  readonly service: string;
  /** Null if the telemetry does not tell, and of logs. */
  readonly instance: string | null;
  /** Those of the baseline; of a new source all. */
  readonly series: readonly Series[];
  readonly isNew: boolean;
  /** Longest time of the incident without any of it; of no length if there is none. */
  readonly quiet: Window;
}

/** By signal, service and instance. `features` have a baseline. */
export const sourcesIn = (features: Features): readonly Source[] => [
  ...metricSources(features),
  ...logSources(features),
  ...spanSources(features),
];

function metricSources({ reports }: Features): readonly Source[] {
  return groupsOf(reports).map(({ service, instance, group }) => {
    const series = group.map(
      (report): Series => ({
        ...report,
        name: report.metric,
        isNew: report.baseline === 0,
        ref: { signal: 'metric', metric: report.metric, service, at: report.last },
      }),
    );
    return sourceOf({ signal: 'metrics', service, instance }, series);
  });
}

function logSources({ logs, plan }: Features): readonly Source[] {
  return byKey(grouped(logs, ({ service }) => service)).map(([service, group]) => {
    const minutes = group.flatMap((log) => log.minutes);
    const last = minutes.filter(({ minute }) => minute <= pauseAfter(minutes, plan.incident).from);
    const shown = last.reduce<(typeof last)[number] | null>(
      (best, one) => (best === null || one.minute > best.minute ? one : best),
      null,
    );
    const ref: Reference | null = shown && { signal: 'log', id: shown.example };
    const series = byMinute('logs', minutes, plan, ref);
    return sourceOf({ signal: 'logs', service, instance: null }, [series]);
  });
}

/** Of replicas: whether a service without siblings should be asked is for its callers to tell. */
function spanSources({ operations, plan }: Features): readonly Source[] {
  const named = operations.map((operation) => ({ ...operation.source, operation }));
  const groups = groupsOf(named).filter(({ instance }) => instance !== null);
  return groups.map(({ service, instance, group }) => {
    const minutes = group.flatMap(({ operation }) => operation.minutes);
    const from = pauseAfter(minutes, plan.incident).from;
    const before = minutes.filter(({ minute }) => minute <= from);
    const last = before.reduce<(typeof before)[number] | null>(
      (best, one) => (best === null || one.minute > best.minute ? one : best),
      null,
    );
    const ref: Reference | null = last && {
      signal: 'span',
      traceId: last.slowest.traceId,
      spanId: last.slowest.spanId,
    };
    return sourceOf({ signal: 'spans', service, instance }, [
      byMinute('spans', minutes, plan, ref),
    ]);
  });
}

function groupsOf<Item extends { readonly service: string; readonly instance: string | null }>(
  items: readonly Item[],
) {
  const groups = grouped(items, ({ service, instance }) => JSON.stringify([service, instance]));
  return byKey(groups).map(([, group]) => {
    const [{ service, instance }] = group as [Item, ...Item[]];
    return { service, instance, group };
  });
}

function sourceOf(
  identity: Pick<Source, 'signal' | 'service' | 'instance'>,
  all: readonly Series[],
): Source {
  const old = all.filter(({ isNew }) => !isNew);
  const from = nanos(Math.max(...all.map(({ quiet }) => quiet.from)));
  const to = nanos(Math.max(from, Math.min(...all.map(({ quiet }) => quiet.to))));
  return { ...identity, series: all, isNew: old.length === 0, quiet: { from, to } };
}

const minute = 60e9;

interface Counted {
  readonly cohort: Cohort;
  readonly minute: Nanos;
}

/** Where in a minute something came is not known: it may have been its end. */
function byMinute(
  name: Series['name'],
  minutes: readonly Counted[],
  { baseline, incident }: Features['plan'],
  ref: Reference | null,
): Series {
  const before = startsOf(minutes, 'baseline');
  const end = baseline?.to ?? incident.from;
  const watched = { from: before[0] ?? end, to: end };
  const [since, until] = longestPause([watched.from, ...before, end]);
  const all = minutes.map((one) => one.minute);
  const quiet = pauseAfter(minutes, incident);
  return {
    ...{ name, ref, watched, clocked: false, baseline: before.length, isNew: before.length === 0 },
    first: nanos(Math.min(...all)),
    last: quiet.from,
    pause: Math.max(minute, until - since),
    quiet,
  };
}

function pauseAfter(minutes: readonly Counted[], { from, to }: Window): Window {
  const during = startsOf(minutes, 'incident');
  const [since, until] = longestPause([from, ...during, to]);
  const isHeard = during.some((one) => one === since);
  const heard = isHeard ? Math.min(since + minute, until) : since;
  return { from: nanos(heard), to: nanos(until) };
}

const startsOf = (minutes: readonly Counted[], cohort: Cohort): readonly Nanos[] =>
  [...new Set(minutes.filter((one) => one.cohort === cohort).map((one) => one.minute))].sort(
    (a, b) => a - b,
  );

/** Whether it is reported whatever there is to do: by a cumulative series, or of what a process uses. */
export const isOfClock = ({ name, clocked }: Series): boolean => {
  const signal = signalOf(name);
  return clocked || (signal?.layer === 'infrastructure' && signal.kind !== 'pool');
};
