/**
 * Choosing what is compared with what, when a person has said it (labels, flags), and when nobody
 * has: failed and slow traces against healthy ones. The regime is shown and caps confidence.
 */
import { ofTwo } from '../grouping.ts';
import type {
  Cohort,
  ComparisonPlan,
  Indicator,
  LabelWindow,
  Nanos,
  Regime,
  Signal,
  TraceSummary,
  Window,
} from '../model.ts';
import { nanos } from '../model.ts';
import { fewestTelling, median } from '../statistics.ts';
import { findWindows } from './found-windows.ts';
import { cohortOf, lotOf, rootKey, strata, troubleOf } from './trace-class.ts';

export interface PlanRequest {
  /** Windows named on the command line, those of a label with it; null where none was. */
  readonly baseline: Window | LabelWindow | null;
  readonly incident: Window | LabelWindow | null;
  readonly without: readonly Signal[];
  /** What tells the quality of the work, for finding windows where none is named. */
  readonly indicators?: readonly Indicator[];
  /** From the first to the last record of any signal; of the traces alone if it is left out. */
  readonly extent?: Window;
}

/** Traces kept whole, per cohort (design: the trace sample). */
const sampleLimit = 2_000;
/** Fewer traces than this say nothing about what is slow. */
const fewest = 10;
/** Median absolute deviation → standard deviation, for a normal distribution. */
const madToSigma = 1.4826;
/** Log durations vary by at least this much: 3 sigma of it is 1.35 times the median. */
const smallestSigma = 0.1;
/**
 * Three robust standard deviations leave 0.1 % of normal and, by Cantelli, at most 10 % of any
 * durations above: from this share on, slowness is not the tail of healthy traffic.
 */
const tellingSlowShare = 0.1;

export function planComparison(
  summaries: readonly TraceSummary[],
  labels: readonly LabelWindow[],
  request: PlanRequest,
): ComparisonPlan {
  const traced = extentOf(summaries);
  const whole = request.extent ?? traced ?? nowhere;
  const declared = declaredWindows(summaries, labels, request, whole);
  const sides = declared ?? foundSides(summaries, request.indicators ?? [], whole);
  const reference = sides
    ? summaries.filter((trace) => cohortOf(trace, null, sides) === 'baseline')
    : summaries;
  const slowAbove = slowLimits(reference.length > 0 ? reference : summaries);
  const named = declared ? 'declared' : sides && 'change-point';
  const regime = named ?? regimeWithin(summaries, slowAbove);
  const how = regime === 'healthy-traces' ? 'health' : 'time';
  // Without a healthy side there is one cohort, compared within itself.
  const windows = sides ?? { cohortBy: { how }, baseline: null, incident: traced ?? whole };
  const keep = keepShares(summaries, { ...windows, slowAbove });
  return { regime, ...windows, slowAbove, keep, without: request.without };
}

function foundSides(
  summaries: readonly TraceSummary[],
  indicators: readonly Indicator[],
  extent: Window,
): Sides | null {
  const found = findWindows(summaries, indicators, extent);
  return found && { ...found, cohortBy: { how: 'time' } };
}

type Sides = Pick<ComparisonPlan, 'baseline' | 'incident' | 'cohortBy'>;

function declaredWindows(
  summaries: readonly TraceSummary[],
  labels: readonly LabelWindow[],
  request: PlanRequest,
  extent: Window,
): Sides | null {
  const named = (name: string): Window | null => labels.find(({ label }) => label === name) ?? null;
  const baseline = request.baseline ?? named('baseline');
  const incident = request.incident ?? named('incident');
  if (!request.baseline && !request.incident) return byLabels(summaries, baseline, incident);
  if (incident && baseline) return { baseline, incident, cohortBy: cohortsOf(baseline, incident) };
  // One window named and the other not labelled: the rest of the data is the other side.
  if (incident) {
    return { baseline: before(extent, incident), incident, cohortBy: { how: 'time' } };
  }
  if (!baseline) return null;
  const rest = after(extent, baseline) ?? before(extent, baseline);
  return rest && { baseline, incident: rest, cohortBy: { how: 'time' } };
}

/** Two labels are compared import by import, whatever the times; anything else by time. */
function cohortsOf(baseline: Window, incident: Window): ComparisonPlan['cohortBy'] {
  return 'label' in baseline && 'label' in incident
    ? { how: 'label', baseline: String(baseline.label), incident: String(incident.label) }
    : { how: 'time' };
}

const before = (extent: Window, { from }: Window): Window | null =>
  extent.from < from ? { from: extent.from, to: nanos(from - 1) } : null;

const after = (extent: Window, { to }: Window): Window | null =>
  extent.to > to ? { from: nanos(to + 1), to: extent.to } : null;

function byLabels(
  summaries: readonly TraceSummary[],
  baseline: Window | null,
  incident: Window | null,
): Sides | null {
  if (!baseline && !incident) return null;
  // One side labelled: the unlabelled imports are the other side.
  const unlabelled = extentOf(summaries.filter((trace) => trace.label === null));
  const sides = [baseline ?? unlabelled, incident ?? unlabelled] as const;
  if (sides[0] === null || sides[1] === null) return null;
  return {
    baseline: sides[0],
    incident: sides[1],
    cohortBy: {
      how: 'label',
      baseline: baseline ? 'baseline' : null,
      incident: incident ? 'incident' : null,
    },
  };
}

/** What is compared where there is no time before the incident. */
function regimeWithin(
  summaries: readonly TraceSummary[],
  slowAbove: Readonly<Record<string, number>>,
): Regime {
  const troubles = summaries.map((trace) => troubleOf(trace, slowAbove));
  const failed = troubles.filter((trouble) => trouble === 'failed').length;
  const slow = troubles.filter((trouble) => trouble === 'slow').length;
  const healthy = summaries.length - failed - slow;
  const telling = failed >= fewestTelling || slow > tellingSlowShare * summaries.length;
  if (!telling) return 'peers';
  return healthy > 0 ? 'healthy-traces' : 'absolute';
}

const nowhere: Window = { from: nanos(0), to: nanos(0) };

/** Null if no trace has a time. */
function extentOf(summaries: readonly TraceSummary[]): Window | null {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { start, duration } of summaries) {
    if (start === null) continue;
    from = Math.min(from, start);
    to = Math.max(to, start + (duration ?? 0));
  }
  return from <= to ? { from: nanos(from), to: nanos(to) } : null;
}

/** Median + 3 robust standard deviations of log duration, by type and by root operation. */
function slowLimits(summaries: readonly TraceSummary[]): Record<string, number> {
  const durations = new Map<string, number[]>();
  const rootKeyOf = ofTwo((rootService, rootName) => rootKey({ rootService, rootName }));
  for (const trace of summaries) {
    if (trace.duration === null || trace.duration <= 0 || trace.failed) continue;
    for (const key of [trace.type, rootKeyOf(trace.rootService, trace.rootName)]) {
      const known = durations.get(key);
      if (known) known.push(Math.log(trace.duration));
      else durations.set(key, [Math.log(trace.duration)]);
    }
  }
  const limits: Record<string, number> = {};
  for (const [key, logs] of durations) {
    if (logs.length < fewest) continue;
    const middle = median(logs);
    const sigma = madToSigma * median(logs.map((log) => Math.abs(log - middle)));
    limits[key] = Math.exp(middle + 3 * Math.max(sigma, smallestSigma));
  }
  return limits;
}

/**
 * Shares that keep at most `sampleLimit` traces of a cohort: half of them bad and half good where
 * both abound, and within a half small types whole.
 */
function keepShares(
  summaries: readonly TraceSummary[],
  plan: Pick<ComparisonPlan, 'cohortBy' | 'baseline' | 'incident' | 'slowAbove'>,
): Record<string, number> {
  const lots: Record<Cohort, { bad: Lots; good: Lots }> = {
    baseline: { bad: new Map(), good: new Map() },
    incident: { bad: new Map(), good: new Map() },
  };
  const stratumOf = strata();
  for (const trace of summaries) {
    const trouble = troubleOf(trace, plan.slowAbove);
    const cohort = cohortOf(trace, trouble, plan);
    if (cohort === null) continue;
    const half = lots[cohort][trouble === null ? 'good' : 'bad'];
    const stratum = stratumOf(trace.type, { cohort, bad: trouble });
    const known = half.get(stratum);
    if (known) known.push(lotOf(trace.traceId));
    else half.set(stratum, [lotOf(trace.traceId)]);
  }
  const shares: Record<string, number> = {};
  for (const { bad, good } of Object.values(lots)) {
    const level = waterLevel([sizeOf(bad), sizeOf(good)], sampleLimit);
    for (const half of [bad, good]) {
      const limit = Math.floor(Math.min(level, sizeOf(half)));
      const height = waterLevel(
        [...half.values()].map(({ length }) => length),
        limit,
      );
      for (const [stratum, drawn] of half) shares[stratum] = shareThatKeeps(drawn, height);
    }
  }
  return shares;
}

/** The lots drawn by the traces of each stratum. */
type Lots = Map<string, number[]>;

const sizeOf = (strata: Lots): number =>
  [...strata.values()].reduce((sum, { length }) => sum + length, 0);

/** The share below which at most `count` of the lots lie: exactly so many, if no two are equal. */
function shareThatKeeps(lots: readonly number[], count: number): number {
  if (lots.length <= count) return 1;
  return Float64Array.from(lots).sort()[Math.floor(count)] ?? 0;
}

/** The height at which `counts`, each cut to it, add up to `limit`. */
function waterLevel(counts: readonly number[], limit: number): number {
  let left = limit;
  const sorted = [...counts].sort((a, b) => a - b);
  for (const [index, count] of sorted.entries()) {
    const level = left / (sorted.length - index);
    if (count > level) return level;
    left -= count;
  }
  return Number.POSITIVE_INFINITY;
}

/** Minutes are counted from the begin of the case: the clock's do not move with the data. */
export interface Minute {
  /** Minutes since the begin of the case. */
  readonly number: number;
  readonly start: Nanos;
}

/** `minuteOf` for many times. */
export function minuteReader(): (time: Nanos) => Minute {
  let last: Minute = { number: 0, start: nanos(0) };
  return (time) => {
    const number = Math.floor(time / 60e9);
    // Spans of one trace are mostly of one minute.
    if (number !== last.number) last = { number, start: nanos(number * 60e9) };
    return last;
  };
}
