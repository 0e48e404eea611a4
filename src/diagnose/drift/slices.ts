/**
 * Where a signal moved more than elsewhere, and whether it moved at all within what it is made of.
 *
 *     confidence   region eu  0.90 → 0.62   elsewhere 0.90 → 0.89      a slice that moved more
 *     tokens       op a 100 → 100  op b 900 → 900  but b is asked more     a mix, nothing else
 */
import { grouped } from '../../grouping.ts';
import type { DriftSignal } from '../../model.ts';
import { contentLayer, declaredKind } from '../../semantics/index.ts';
import { sampleOf, studentAtLeast } from '../../statistics.ts';
import { type Measured, shareOf, sidesOf } from './minutes.ts';
import type { Observation, Series } from './series.ts';

/** A slice before its q is known. */
export interface SliceDraft extends Omit<DriftSignal['slices'][number], 'q'> {
  readonly p: number;
  /** How much further than elsewhere it moved the way the signal did. */
  readonly excess: number;
}

/** A key of more values than this names things, it does not cut them into parts. */
const mostValues = 20;
/** Observations in a window of which a mean is told. */
const fewest = 10;
/** Of a level, whose observations are minutes. */
const fewestOfLevels = 2;

/** What a slice compares: a number, or how often the category came that moved most. */
export interface Amounts {
  readonly observations: readonly Observation[];
  readonly of: (one: Observation) => number;
  readonly fewest: number;
}

export function amountsOf({ kind, observations, means }: Series, { category }: Measured): Amounts {
  if (category !== null) {
    return { observations, of: ({ value }) => Number(value === category), fewest };
  }
  const of = ({ value }: Observation): number => value as number;
  if (kind === 'number') return { observations, of, fewest };
  return { observations: kind === 'buckets' ? means : observations, of, fewest: fewestOfLevels };
}

/** Every key but the signal's own, by name, with the observations of each of its values. */
function* keysOf(
  { observations }: Amounts,
  own: string,
): Generator<readonly [key: string, parts: ReadonlyMap<string, readonly Observation[]>]> {
  const names = new Set(observations.flatMap(({ tags }) => [...tags().keys()]));
  for (const key of [...names].sort()) {
    if (key === own) continue;
    const parts = grouped(observations, ({ tags }) => tags().get(key) ?? '');
    if (parts.size >= 2 && parts.size <= mostValues) yield [key, parts];
  }
}

// ---------------------------------------------------------------- slices

/** A slice is told where it moved at least this share of the whole change further than the rest. */
const leastExcess = 0.5;

export function slicesOf(series: Series, measured: Measured): readonly SliceDraft[] {
  const amounts = amountsOf(series, measured);
  const all = sidesOf(amounts.observations);
  const change = shareOf(all.incident, amounts.of) - shareOf(all.baseline, amounts.of);
  if (change === 0) return [];
  const drafts: SliceDraft[] = [];
  for (const [key, parts] of keysOf(amounts, series.name)) {
    for (const [value, own] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const inside = new Set(own);
      const rest = amounts.observations.filter((one) => !inside.has(one));
      const draft = value === '' ? null : sliceOf(own, rest, amounts, measured);
      if (draft === null) continue;
      drafts.push({ key, value, ...draft, excess: draft.excess * Math.sign(change) });
    }
  }
  const least = leastExcess * Math.abs(change);
  return drafts.map((draft) => (draft.excess >= least ? draft : { ...draft, p: 1 }));
}

/** Null where a side of it, or of the rest, is too small to tell. */
function sliceOf(
  own: readonly Observation[],
  others: readonly Observation[],
  { of, fewest }: Amounts,
  { design }: Measured,
): Omit<SliceDraft, 'key' | 'value'> | null {
  const [mine, rest] = [sidesOf(own), sidesOf(others)];
  const isNew = mine.baseline.length === 0;
  const enough =
    mine.incident.length >= fewest &&
    rest.incident.length >= fewest &&
    rest.baseline.length >= fewest &&
    (isNew || mine.baseline.length >= fewest);
  if (!enough) return null;
  const was = isNew ? null : shareOf(mine.baseline, of);
  const is = shareOf(mine.incident, of);
  const elsewhere = {
    baseline: shareOf(rest.baseline, of),
    incident: shareOf(rest.incident, of),
  };
  // What was not there before is held against what was.
  const excess = is - (was ?? elsewhere.baseline) - (elsewhere.incident - elsewhere.baseline);
  const sides = [mine.incident, rest.incident, ...(isNew ? [] : [mine.baseline, rest.baseline])];
  const samples = sides.map((side) => sampleOf(side.map(of)));
  const variance = samples.reduce(
    (sum, { n, spread }) => sum + (spread / Math.max(1, n - 1) / n) * design,
    0,
  );
  const df = Math.max(1, Math.min(...samples.map(({ n }) => n / design)) - 1);
  const p = variance > 0 ? 2 * studentAtLeast(Math.abs(excess) / Math.sqrt(variance), df) : 0;
  const n = { baseline: mine.baseline.length, incident: mine.incident.length };
  return { baseline: was, incident: is, elsewhere, n, p: Math.min(1, p), excess };
}

// ---------------------------------------------------------------- the mix

/** Of a value in a window, so that its mean is worth something. */
const fewestOfMix = 5;
/** Share of a window that values of both windows must hold. */
const mostOfWindow = 0.95;
/** So much of the change at most may be left within the values. */
const leftWithin = 0.25;

/**
 * The key whose values kept their means while their shares moved (Simpson 1951; the decomposition is
 * that of Kitagawa 1955): what is left of the change when the shares are held at the middle of both
 * windows. Null where no key explains it. Keys that are signals themselves are no reason: a class
 * that is predicted more often is another face of the scores.
 */
export function mixOf(series: Series, measured: Measured): DriftSignal['mix'] {
  const amounts = amountsOf(series, measured);
  const all = sidesOf(amounts.observations);
  const total = shareOf(all.incident, amounts.of) - shareOf(all.baseline, amounts.of);
  let best: DriftSignal['mix'] = null;
  for (const [key, parts] of keysOf(amounts, series.name)) {
    const isSignal = contentLayer(key, null) !== null && declaredKind(key) === null;
    if (isSignal) continue;
    const within = withinOf([...parts.values()], amounts, all);
    if (within === null || Math.abs(within) > leftWithin * Math.abs(total)) continue;
    if (best === null || Math.abs(within) < Math.abs(best.within)) best = { key, within, total };
  }
  return best;
}

/** Null where values that only one window has make up too much of it. */
function withinOf(
  parts: readonly (readonly Observation[])[],
  { of }: Amounts,
  all: ReturnType<typeof sidesOf>,
): number | null {
  let within = 0;
  let [held, heldBefore] = [0, 0];
  for (const part of parts) {
    const { baseline, incident } = sidesOf(part);
    if (Math.min(baseline.length, incident.length) < fewestOfMix) continue;
    const [before, after] = [
      weightOf(baseline) / weightOf(all.baseline),
      weightOf(incident) / weightOf(all.incident),
    ];
    heldBefore += before;
    held += after;
    within += ((before + after) / 2) * (shareOf(incident, of) - shareOf(baseline, of));
  }
  return Math.min(held, heldBefore) < mostOfWindow ? null : within;
}

const weightOf = (side: readonly Observation[]): number =>
  side.reduce((sum, { count, weight }) => sum + count * weight, 0);
