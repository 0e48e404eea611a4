/**
 * Windows nobody has named: where a case holds two recordings, the later one against the earlier;
 * else from where on requests fail, are slow, come or answer otherwise than before.
 */
import { ofTwo } from '../grouping.ts';
import { type Indicator, type Nanos, nanos, type TraceSummary, type Window } from '../model.ts';
import type { Numbers } from '../statistics.ts';
import { type Change, type Course, fewest, findChange } from './change-point.ts';

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
    .filter((trace): trace is Timed => trace.start !== null)
    .sort((a, b) => a.start - b.start);
  if (timed.length < 2 * fewest) return null;
  return recordings(timed, extent) ?? changed(timed, indicators, extent);
}

type Timed = TraceSummary & { readonly start: Nanos };

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
  /** One for each of the residuals. */
  readonly times: Numbers;
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
  const alpha = falseChanges / kinds.reduce((sum, { count }) => sum + count, 0);
  for (const { courses } of kinds) {
    const found = clearest(courses(), alpha);
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

/** Courses of one kind: how many, and how they are made where nothing was seen before. */
interface Kind {
  readonly count: number;
  readonly courses: () => Iterable<TimedCourse>;
}

/** What is looked at, of all traces together and of each root operation, by kind. */
function coursesOf(timed: readonly Timed[], indicators: readonly Indicator[]): readonly Kind[] {
  const everywhere = timed.map((_, place) => place);
  const all = byRoot(timed);
  const roots = all.filter(({ length }) => length >= 2 * fewest);
  const traffic = roots.flatMap((places) => throughput(places, timed));
  const kind = (measured: (traces: readonly Timed[], roots: readonly Places[]) => Residuals) => ({
    count: 1 + roots.length,
    courses: () => within(timed, [everywhere, ...roots], measured(timed, all)),
  });
  const levels = indicators.map(({ times, values }) => ({
    times,
    residuals: centredRanks(values),
    floor: leastRankStep,
  }));
  return [
    kind(shares(({ failed }) => failed)),
    kind(ranks(durationIfPassed)),
    kind(shares(({ errors }) => errors > 0)),
    kind(ranks(({ spans }) => spans)),
    { count: levels.length, courses: () => levels },
    { count: traffic.length, courses: () => traffic },
  ];
}

/** Places in the list of traces, in order. */
type Places = readonly number[];

/** The traces of each root operation, in order of first appearance. */
function byRoot(traces: readonly Timed[]): readonly Places[] {
  // Not by `rootKey`: to spell it out for every trace takes longer than all else here.
  const roots: Places[] = [];
  const placesOf = ofTwo(() => {
    const places: number[] = [];
    roots.push(places);
    return places;
  });
  for (const [place, { rootService, rootName }] of traces.entries()) {
    placesOf(rootService, rootName).push(place);
  }
  return roots;
}

/** A number for each trace, NaN of those that are left out, and the least step that counts. */
interface Residuals {
  readonly values: Float64Array;
  readonly floor: number;
}

/** The course of each of these groups of traces. */
function* within(
  traces: readonly Timed[],
  groups: readonly Places[],
  { values, floor }: Residuals,
): Generator<TimedCourse> {
  for (const places of groups) {
    const times = new Float64Array(places.length);
    const residuals = new Float64Array(places.length);
    let filled = 0;
    for (let at = 0; at < places.length; at += 1) {
      const place = places[at] as number;
      const value = values[place] as number;
      if (Number.isNaN(value)) continue;
      times[filled] = (traces[place] as Timed).start;
      residuals[filled] = value;
      filled += 1;
    }
    yield { times: times.subarray(0, filled), residuals: residuals.subarray(0, filled), floor };
  }
}

/** What fails is as slow or fast as its failure: it has a course of its own. */
const durationIfPassed = ({ failed, duration }: Timed): number | null => (failed ? null : duration);

interface TimedChange extends Change {
  readonly times: Numbers;
}

function clearest(courses: Iterable<TimedCourse>, alpha: number): TimedChange | null {
  let best: TimedChange | null = null;
  for (const course of courses) {
    const change = findChange(course, alpha);
    if (change === null || change.statistic <= (best?.statistic ?? 0)) continue;
    best = { ...change, times: course.times };
  }
  return best;
}

function windowsOf({ times, from, to }: TimedChange, extent: Window): FoundWindows {
  const onset = nanos(times[from] as number);
  const end = times[to];
  return {
    baseline: { from: extent.from, to: nanos(onset - 1) },
    incident: { from: onset, to: end === undefined ? extent.to : nanos(end - 1) },
  };
}

/** Whether it is so of each trace, against how often it is of its root operation in all. */
const shares =
  (isSo: (trace: Timed) => boolean) =>
  (traces: readonly Timed[], roots: readonly Places[]): Residuals => {
    const values = Float64Array.from(traces, (trace) => Number(isSo(trace)));
    for (const places of roots) {
      const usual = places.reduce((sum, place) => sum + (values[place] as number), 0);
      const share = usual / places.length;
      for (const place of places) values[place] = (values[place] as number) - share;
    }
    return { values, floor: leastFailures };
  };

/** An error budget of 1 % is the usual one: what stays within it is no incident. */
const leastFailures = 0.01;

/**
 * Where each trace stands among those of its root operation: neither the mix of operations nor a
 * few huge values move the mean of that. Traces without a value are left out.
 */
const ranks =
  (measure: (trace: Timed) => number | null) =>
  (traces: readonly Timed[], roots: readonly Places[]): Residuals => {
    const values = Float64Array.from(traces, (trace) => measure(trace) ?? Number.NaN);
    for (const places of roots) {
      const valued = Int32Array.from(places).filter((place) => !Number.isNaN(values[place]));
      const among = centredRanks(Float64Array.from(valued, (place) => values[place] as number));
      for (let at = 0; at < valued.length; at += 1) {
        values[valued[at] as number] = among[at] as number;
      }
    }
    return { values, floor: leastRankStep };
  };

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
function throughput(places: Places, all: readonly Timed[]): readonly TimedCourse[] {
  const first = all[0]?.start as Nanos;
  const covered = (all.at(-1)?.start as Nanos) - first;
  const bins = Math.min(mostBins, Math.floor(places.length / fewest));
  const counts = new Array<number>(bins).fill(0);
  for (const place of places) {
    const { start } = all[place] as Timed;
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
function centredRanks(values: Numbers): Float64Array {
  const sorted = Float64Array.from(values).sort();
  // At the first of equal values their rank.
  const ranks = new Float64Array(sorted.length);
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to] === sorted[from]) to += 1;
    ranks[from] = (from + to) / 2 / sorted.length - 0.5;
  }
  return Float64Array.from(values, (value) => ranks[firstOf(sorted, value)] as number);
}

/** The first place of a value that is among `sorted`. */
function firstOf(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
