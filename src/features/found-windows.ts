/**
 * Windows nobody has named: where a case holds two recordings, the later one against the earlier;
 * else from where on requests fail, are slow, come or answer otherwise than before.
 */
import { grouped } from '../grouping.ts';
import { type Indicator, type Nanos, nanos, type TraceSummary, type Window } from '../model.ts';
import { type Change, type Course, fewest, findChange } from './change-point.ts';
import { rootKey } from './trace-class.ts';

export interface FoundWindows {
  readonly baseline: Window;
  readonly incident: Window;
}

/** Null where nothing changes, or too little is there to tell. */
export function findWindows(
  summaries: readonly TraceSummary[],
  indicators: readonly Indicator[],
  extent: Window,
): FoundWindows | null {
  const timed = summaries
    .flatMap((trace) =>
      trace.start === null ? [] : [{ ...trace, start: trace.start, root: rootKey(trace) }],
    )
    .sort((a, b) => a.start - b.start);
  if (timed.length < 2 * fewest) return null;
  return recordings(timed, extent) ?? changed(timed, indicators, extent);
}

interface Timed extends TraceSummary {
  readonly start: Nanos;
  /** Key of its root operation. */
  readonly root: string;
}

const rootOf = ({ root }: Timed): string => root;

/**
 * Two recordings: nothing was traced for more than half of the time between the first and the
 * last trace. No outage of a system that is being recorded is longer than all the rest.
 */
function recordings(timed: readonly Timed[], extent: Window): FoundWindows | null {
  const starts = timed.map(({ start }) => start);
  let cut = 0;
  let longest = 0;
  for (let index = 1; index < starts.length; index += 1) {
    const gap = (starts[index] as Nanos) - (starts[index - 1] as Nanos);
    if (gap <= longest) continue;
    longest = gap;
    cut = index;
  }
  const [first, last] = [starts[0] as Nanos, starts.at(-1) as Nanos];
  if (longest <= (last - first) / 2) return null;
  if (cut < fewest || starts.length - cut < fewest) return null;
  return {
    baseline: { from: first, to: starts[cut - 1] as Nanos },
    incident: { from: starts[cut] as Nanos, to: extent.to },
  };
}

interface TimedCourse extends Course {
  readonly times: readonly Nanos[];
}

/** How often a case in which nothing changes may be cut in two. */
const falseChanges = 0.001;

/**
 * The clearest change of the first kind of course that shows one. Failures come first: they are
 * the incident, whatever else moved. Traffic comes last: it changes for reasons of its own.
 */
function changed(
  timed: readonly Timed[],
  indicators: readonly Indicator[],
  extent: Window,
): FoundWindows | null {
  const kinds = coursesOf(timed, indicators);
  const alpha = falseChanges / kinds.flat().length;
  for (const courses of kinds) {
    const found = clearest(courses, alpha);
    if (found === null) continue;
    const windows = windowsOf(found, extent);
    return isHealthy(timed, windows.baseline) ? windows : null;
  }
  return null;
}

/** Where one request in ten fails the incident is there already: no time to compare with. */
const mostFailures = 0.1;

function isHealthy(timed: readonly Timed[], { from, to }: Window): boolean {
  const within = timed.filter(({ start }) => start >= from && start <= to);
  return within.filter(({ failed }) => failed).length <= mostFailures * within.length;
}

/** What is looked at, of all traces together and of each root operation, by kind. */
function coursesOf(
  timed: readonly Timed[],
  indicators: readonly Indicator[],
): readonly (readonly TimedCourse[])[] {
  const roots = [...grouped(timed, rootOf).values()].filter(({ length }) => length >= 2 * fewest);
  const sets = [timed, ...roots];
  return [
    sets.map((traces) => shares(traces, ({ failed }) => failed)),
    sets.map((traces) => ranks(traces, durationIfPassed)),
    sets.map((traces) => shares(traces, ({ errors }) => errors > 0)),
    sets.map((traces) => ranks(traces, ({ spans }) => spans)),
    indicators.map(({ times, values }) => ({
      times,
      residuals: centredRanks(values),
      floor: leastRankStep,
    })),
    roots.flatMap((traces) => throughput(traces, timed)),
  ];
}

/** What fails is as slow or fast as its failure: it has a course of its own. */
const durationIfPassed = ({ failed, duration }: Timed): number | null => (failed ? null : duration);

interface TimedChange extends Change {
  readonly times: readonly Nanos[];
}

function clearest(courses: readonly TimedCourse[], alpha: number): TimedChange | null {
  let best: TimedChange | null = null;
  for (const course of courses) {
    const change = findChange(course, alpha);
    if (change === null || change.statistic <= (best?.statistic ?? 0)) continue;
    best = { ...change, times: course.times };
  }
  return best;
}

function windowsOf({ times, from, to }: TimedChange, extent: Window): FoundWindows {
  const onset = times[from] as Nanos;
  const end = times[to];
  return {
    baseline: { from: extent.from, to: nanos(onset - 1) },
    incident: { from: onset, to: end === undefined ? extent.to : nanos(end - 1) },
  };
}

/** Whether it is so of each trace, against how often it is of its root operation in all. */
function shares(traces: readonly Timed[], isSo: (trace: Timed) => boolean): TimedCourse {
  const usual = new Map<string, number>();
  for (const [key, members] of grouped(traces, rootOf)) {
    usual.set(key, members.filter(isSo).length / members.length);
  }
  return {
    times: traces.map(({ start }) => start),
    residuals: traces.map((trace) => Number(isSo(trace)) - (usual.get(trace.root) ?? 0)),
    floor: leastFailures,
  };
}

/** An error budget of 1 % is the usual one: what stays within it is no incident. */
const leastFailures = 0.01;

/**
 * Where each trace stands among those of its root operation: neither the mix of operations nor a
 * few huge values move the mean of that. Traces without a value are left out.
 */
function ranks(traces: readonly Timed[], measure: (trace: Timed) => number | null): TimedCourse {
  const valued = traces.flatMap((trace) => {
    const value = measure(trace);
    return value === null ? [] : [{ trace, value }];
  });
  const residuals = new Array<number>(valued.length).fill(0);
  const groups = grouped(valued.entries(), ([, { trace }]) => trace.root);
  for (const members of groups.values()) {
    const among = centredRanks(members.map(([, { value }]) => value));
    for (const [place, [index]] of members.entries()) residuals[index] = among[place] as number;
  }
  return { times: valued.map(({ trace }) => trace.start), residuals, floor: leastRankStep };
}

/**
 * Mean ranks that differ by less than this are of levels that hardly differ: |delta| below 0.147
 * (Romano and others 2006) is called negligible, and delta is twice the difference.
 */
const leastRankStep = 0.147 / 2;

/**
 * How many traces of a root operation begin in each of equal stretches of time, as ranks; none if
 * it is not there from the first to the last tenth of the time: a job that starts or ends in the
 * middle is no change of traffic.
 */
function throughput(members: readonly Timed[], all: readonly Timed[]): readonly TimedCourse[] {
  const first = all[0]?.start as Nanos;
  const covered = (all.at(-1)?.start as Nanos) - first;
  const bins = Math.min(mostBins, Math.floor(members.length / fewest));
  const counts = new Array<number>(bins).fill(0);
  for (const { start } of members) {
    const bin = Math.min(bins - 1, Math.floor(((start - first) / covered) * bins));
    counts[bin] = (counts[bin] as number) + 1;
  }
  const tenth = Math.ceil(bins / 10);
  const isSteady = counts.slice(0, tenth).some(Boolean) && counts.slice(-tenth).some(Boolean);
  if (!isSteady) return [];
  const times = counts.map((_, bin) => nanos(Math.round(first + (covered * bin) / bins)));
  return [{ times, residuals: centredRanks(counts), floor: leastRankStep }];
}

/** A minute of a case of two hours or so. */
const mostBins = 100;

/** Ranks from -0.5 to 0.5, equal values sharing theirs; their mean is 0. */
function centredRanks(values: readonly number[]): readonly number[] {
  const at = (index: number | undefined): number => values[index as number] as number;
  const order = [...values.keys()].sort((a, b) => at(a) - at(b));
  const ranks = new Array<number>(values.length);
  let from = 0;
  while (from < order.length) {
    let to = from + 1;
    while (to < order.length && at(order[to]) === at(order[from])) to += 1;
    const rank = (from + to) / 2 / values.length - 0.5;
    for (const index of order.slice(from, to)) ranks[index] = rank;
    from = to;
  }
  return ranks;
}
