/**
 * Choosing what is compared with what, when a person has said it (labels, flags), and when nobody
 * has: failed and slow traces against healthy ones. The regime is shown and caps confidence.
 */
import type {
  ComparisonPlan,
  LabelWindow,
  Nanos,
  Regime,
  Signal,
  TraceSummary,
  Window,
} from '../model.ts';
import { nanos } from '../model.ts';
import { cohortOf, rootKey, stratumOf, troubleOf } from './trace-class.ts';

export interface PlanRequest {
  /** Windows named on the command line; null where none was. */
  readonly baseline: Window | null;
  readonly incident: Window | null;
  readonly without: readonly Signal[];
}

/** Traces kept whole, per side of the comparison (design: the trace sample). */
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
/** As few failures as can be told from a single odd one. */
const tellingFailures = 3;

export function planComparison(
  summaries: readonly TraceSummary[],
  labels: readonly LabelWindow[],
  request: PlanRequest,
): ComparisonPlan {
  const extent = extentOf(summaries);
  const { without } = request;
  const declared = declaredWindows(summaries, labels, request, extent);
  const cohortBy = declared?.cohortBy ?? { how: 'health' as const };
  const baseline = declared?.baseline ?? null;
  const incident = declared?.incident ?? extent;
  const windows = { cohortBy, baseline, incident };
  const reference = declared
    ? summaries.filter((trace) => cohortOf(trace, null, windows) === 'baseline')
    : summaries;
  const slowAbove = slowLimits(reference.length > 0 ? reference : summaries);
  const regime = declared ? 'declared' : regimeOf(summaries, slowAbove);
  // Without a healthy side there is one cohort, compared within itself.
  const sides = regime === 'healthy-traces' || declared ? windows : { ...windows, ...oneCohort };
  const keep = keepShares(summaries, { ...sides, slowAbove });
  return { regime, ...sides, slowAbove, keep, without };
}

const oneCohort = { cohortBy: { how: 'time' } } as const;

type Declared = Pick<ComparisonPlan, 'baseline' | 'incident' | 'cohortBy'>;

function declaredWindows(
  summaries: readonly TraceSummary[],
  labels: readonly LabelWindow[],
  request: PlanRequest,
  extent: Window,
): Declared | null {
  const named = (name: string): Window | null => labels.find(({ label }) => label === name) ?? null;
  const baseline = request.baseline ?? named('baseline');
  const incident = request.incident ?? named('incident');
  if (!request.baseline && !request.incident) return byLabels(summaries, baseline, incident);
  if (!incident) return null;
  const before = { from: extent.from, to: nanos(incident.from - 1) };
  return { baseline: baseline ?? before, incident, cohortBy: { how: 'time' } };
}

function byLabels(
  summaries: readonly TraceSummary[],
  baseline: Window | null,
  incident: Window | null,
): Declared | null {
  if (!baseline && !incident) return null;
  // One side labelled: the unlabelled imports are the other side.
  const unlabelled = summaries.filter((trace) => trace.label === null);
  if (!(baseline && incident) && unlabelled.length === 0) return null;
  return {
    baseline: baseline ?? extentOf(unlabelled),
    incident: incident ?? extentOf(unlabelled),
    cohortBy: {
      how: 'label',
      baseline: baseline ? 'baseline' : null,
      incident: incident ? 'incident' : null,
    },
  };
}

function regimeOf(
  summaries: readonly TraceSummary[],
  slowAbove: Readonly<Record<string, number>>,
): Regime {
  const troubles = summaries.map((trace) => troubleOf(trace, slowAbove));
  const failed = troubles.filter((trouble) => trouble === 'failed').length;
  const slow = troubles.filter((trouble) => trouble === 'slow').length;
  const healthy = summaries.length - failed - slow;
  const telling = failed >= tellingFailures || slow > tellingSlowShare * summaries.length;
  if (!telling) return 'peers';
  return healthy > 0 ? 'healthy-traces' : 'absolute';
}

function extentOf(summaries: readonly TraceSummary[]): Window {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { start, duration } of summaries) {
    if (start === null) continue;
    from = Math.min(from, start);
    to = Math.max(to, start + (duration ?? 0));
  }
  return from <= to ? { from: nanos(from), to: nanos(to) } : { from: nanos(0), to: nanos(0) };
}

/** Median + 3 robust standard deviations of log duration, by type and by root operation. */
function slowLimits(summaries: readonly TraceSummary[]): Record<string, number> {
  const durations = new Map<string, number[]>();
  for (const trace of summaries) {
    if (trace.duration === null || trace.duration <= 0 || trace.failed) continue;
    for (const key of [trace.type, rootKey(trace)]) {
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

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? upper)) / 2;
}

/** Shares that keep at most `sampleLimit` traces a side, small types whole. */
function keepShares(
  summaries: readonly TraceSummary[],
  plan: Pick<ComparisonPlan, 'cohortBy' | 'baseline' | 'incident' | 'slowAbove'>,
): Record<string, number> {
  const sides = new Map<string, Map<string, number>>();
  for (const trace of summaries) {
    const trouble = troubleOf(trace, plan.slowAbove);
    const cohort = cohortOf(trace, trouble, plan);
    if (cohort === null) continue;
    const side = `${cohort} ${trouble !== null}`;
    const strata = sides.get(side) ?? new Map<string, number>();
    const stratum = stratumOf(trace.type, cohort, trouble);
    strata.set(stratum, (strata.get(stratum) ?? 0) + 1);
    sides.set(side, strata);
  }
  const shares: Record<string, number> = {};
  for (const strata of sides.values()) {
    const level = waterLevel([...strata.values()], sampleLimit);
    for (const [stratum, count] of strata) shares[stratum] = Math.min(1, level / count);
  }
  return shares;
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

/** Start of the minute a time lies in; minutes are those of unix time. */
export function minuteOf(time: Nanos, epochNs: bigint): Nanos {
  const phase = Number(epochNs % 60_000_000_000n);
  return nanos(Math.floor((time + phase) / 60e9) * 60e9 - phase);
}
