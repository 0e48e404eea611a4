/**
 * A reported value that moved for the worse between the windows: freshness, null ratio, drift,
 * quality, saturation. Minute means are compared, not raw points: that removes most of the
 * autocorrelation that makes naive tests cry wolf (drift notes: a KS test at p ≤ 0.05 alarms
 * falsely in half of all clean runs).
 *
 *     freshness   baseline  0..60 s every minute     incident  120, 180, 240 s     moved up
 *
 * Three things at once: an effect of some size, significance corrected for the number of series
 * of that kind, and more than one minute of it.
 *
 * After: methods "robust N-sigma" (floors, at least two points), §D "stale data", "data drift".
 */
import { byKey, grouped } from '../../grouping.ts';
import type { Evidence, Reference, Source, ValueFeature, ValueMinute } from '../../model.ts';
import { type Signal, signalOf } from '../../semantics/index.ts';
import {
  belief,
  clamp01,
  climbingUp,
  corrected,
  fewestClimbing,
  type Level,
  median,
  shiftedUp,
} from '../../statistics.ts';
import { formatNumber, sanitise } from '../../text.ts';
import { type Detector, evidence } from '../detector.ts';
import { ownersOf, type Tenants, tenantsOf } from '../owners.ts';

export const movedValues: Detector = {
  name: 'moved-values',
  *detect({ values, sample }) {
    const series = byKey(grouped(values, seriesKey)).map(([, replicas]) => pooled(replicas));
    const known = series.flatMap((value) => {
      const signal = signalOf(value.name);
      const sides = sidesOf(value);
      return signal && sides ? [{ value, signal, ...sides }] : [];
    });
    const tenants = tenantsOf(sample);
    const groups = grouped(known, ({ signal }) => signal.kind);
    for (const [, group] of byKey(groups)) {
      for (const moved of group) yield* movedRows(moved, group.length, tenants);
    }
  },
};

export interface Compared {
  readonly value: ValueFeature;
  readonly signal: Signal;
  readonly before: readonly ValueMinute[];
  readonly after: readonly ValueMinute[];
  /** Share of the certainty that the size of the change lends; by the signal if it is left out. */
  readonly weigh?: (change: Change) => number;
  /** What is compared, where it is not the value as it was reported. */
  readonly told?: string;
}

/** Null if a side has too few minutes to be compared. */
export function sidesOf({ minutes }: ValueFeature): Pick<Compared, 'before' | 'after'> | null {
  const before = minutes.filter(({ cohort }) => cohort === 'baseline');
  const after = minutes.filter(({ cohort }) => cohort === 'incident');
  return before.length < fewestMinutes || after.length < fewestMinutes ? null : { before, after };
}

/**
 * Data and models are one thing behind many replicas: what they report is pooled. A host's
 * saturation is its own.
 */
function seriesKey({ name, unit, origin, attributes, source }: ValueFeature): string {
  const { service, model } = source;
  const own =
    signalOf(name)?.layer === 'infrastructure'
      ? [source.instance, source.rank, source.version]
      : [];
  return JSON.stringify([name, unit, origin, service, model, attributes, ...own]);
}

/** One series for all replicas: minute by minute. */
function pooled(replicas: readonly ValueFeature[]): ValueFeature {
  const [first] = replicas as readonly [ValueFeature, ...ValueFeature[]];
  if (replicas.length === 1) return first;
  const same = <T>(of: (source: Source) => T): T | null =>
    new Set(replicas.map(({ source }) => of(source))).size === 1 ? of(first.source) : null;
  return {
    ...first,
    source: {
      ...first.source,
      instance: same(({ instance }) => instance),
      version: same(({ version }) => version),
      rank: same(({ rank }) => rank),
    },
    minutes: pooledMinutes(replicas),
  };
}

/** Minutes of several series as those of one, in time order. */
export function pooledMinutes(
  values: readonly Pick<ValueFeature, 'minutes'>[],
): readonly ValueMinute[] {
  const minutes = grouped(
    values.flatMap((value) => value.minutes),
    ({ cohort, minute }) => `${cohort} ${minute}`,
  );
  return [...minutes.values()]
    .map(together)
    .sort((a, b) => a.minute - b.minute || (a.cohort < b.cohort ? -1 : 1));
}

/** Minutes of several replicas as one; the example is that of the replica furthest from the mean. */
function together(minutes: readonly ValueMinute[]): ValueMinute {
  const [first] = minutes as readonly [ValueMinute, ...ValueMinute[]];
  const count = minutes.reduce((sum, minute) => sum + minute.count, 0);
  const mean = minutes.reduce((sum, minute) => sum + minute.mean * minute.count, 0) / count;
  const odd = minutes.reduce((far, minute) =>
    Math.abs(minute.mean - mean) > Math.abs(far.mean - mean) ? minute : far,
  );
  const spread = minutes.reduce(
    (sum, minute) => sum + minute.spread + minute.count * (minute.mean - mean) ** 2,
    0,
  );
  return { ...first, count, mean, spread, example: odd.example };
}

/** Minutes needed on each side, and in a row: one odd minute is not a move. */
export const fewestMinutes = 2;
/** A change of less than a twentieth of the level is not an effect, however significant. */
const smallestChange = 0.05;
/** … unless it is this many times the spread of the baseline's minutes. */
const plainSpreads = 3;

/** `tests`: how many series of the kind are looked at. */
export function* movedRows(
  { value, signal, before, after, weigh, told = value.name }: Compared,
  tests: number,
  tenants: Tenants,
): Generator<Evidence> {
  const full = fullAt(value);
  const scaled = { ...signal, floor: signal.floor * (full === 100 ? 100 : 1) };
  const worse = lastingly(after, changeOf(before, after, scaled));
  const [onset] = worse;
  if (!onset) return;
  // An incident seldom begins where its recording does: what was before is not the level reached.
  const since = after.slice(after.indexOf(onset));
  const change = changeOf(before, since, scaled);
  if (!change.large) return;
  const p = movedBy(corrected(change.p, tests * (after.length - since.length + 1)), {
    ...{ before, after, tests },
    signal: scaled,
  });
  const row = {
    kind: signal.kind,
    operation: null,
    strength: belief(p) * (weigh?.(change) ?? weightOf(change, signal, full)),
    effect: { baseline: change.was, incident: change.is },
    n: { baseline: before.length, incident: since.length },
    p,
    firstSeen: onset.example.at,
    summary: `${sanitise(told, 100)}${partOf(value)} ${change.sign > 0 ? 'rose' : 'fell'} from ${quantity(change.was, value.unit)} to ${quantity(change.is, value.unit)}`,
    refs: worse.slice(0, 5).map((minute) => referenceOf(value, minute)),
    traces: [],
  };
  for (const owner of ownersOf(value, signal, tenants)) yield* evidence({ ...row, ...owner });
}

interface Climb extends Pick<Compared, 'before' | 'after'> {
  readonly signal: Pick<Signal, 'worse' | 'floor' | 'layer'>;
  readonly tests: number;
}

/**
 * Two ways to move: to another level, or, where enough is known of them, step by step. What tells of
 * data and models is often a moving average; what tells of a machine is the reading of a moment.
 */
function movedBy(shift: number, { before, after, signal, tests }: Climb): number {
  if (signal.layer === 'infrastructure' || before.length < fewestClimbing) return shift;
  const sign = signal.worse === 'up' ? 1 : -1;
  const floor = floorOf(signal, median(before.map(({ mean }) => mean)));
  const climb = climbingUp(signed(after, sign), signed(before, sign), { floor });
  return corrected(Math.min(shift, corrected(climb, tests)), 2);
}

/** Standard deviation below which no spread is believed. */
const floorOf = ({ floor }: Pick<Signal, 'floor'>, was: number): number =>
  Math.max(floor / plainSpreads, (smallestChange / plainSpreads) * Math.abs(was));

/** Minutes beyond the limit, from the first of several in a row on. */
export function lastingly(
  after: readonly ValueMinute[],
  { was, sign, spread }: Pick<Change, 'was' | 'sign' | 'spread'>,
): readonly ValueMinute[] {
  const limit = was + sign * plainSpreads * spread;
  const beyond = ({ mean }: ValueMinute): boolean => sign * (mean - limit) > 0;
  const first = after.findIndex((_, index) => {
    const run = after.slice(index, index + fewestMinutes);
    return run.length === fewestMinutes && run.every(beyond);
  });
  return first < 0 ? [] : after.slice(first).filter(beyond);
}

/**
 * What a share of something is when all of it is used: 1, or 100 of a percentage; else null. Of
 * processors in use without a known limit it is 1: below that there was one to be had.
 */
function fullAt({ name, unit, minutes }: ValueFeature): 1 | 100 | null {
  const percent = unit === '%' || /percent|pct/i.test(name);
  const shares = /utili[sz]ation|ratio|share|fraction|usage_?rate/i.test(name);
  if (!percent && !shares && !/^\{?(cpus?|cores?)\}?$/i.test(unit)) return null;
  const most = Math.max(...minutes.map(({ mean }) => mean));
  // Several processors add up to more than all of one: then the limit is not known.
  const full = percent ? 100 : 1;
  return most > 1.5 * full ? null : full;
}

/** What a move of that size means: of what can run out, how far it has. */
function weightOf(change: Change, { kind }: Signal, full: 1 | 100 | null): number {
  if (kind === 'cpu' && full !== null) return waitingGained(change.was / full, change.is / full);
  return kind === 'cpu' || kind === 'memory' || kind === 'disk' ? headroomLost(change, full) : 1;
}

/** At a use of nine tenths everything takes ten times as long: that is as short of it as it gets. */
const plainWaiting = 9;

/**
 * How much longer work takes for waiting, of what is plainly long: 1 / (1 − utilisation) times its
 * own time (M/M/1). From 5 to 50 % of a processor it takes twice as long, and nobody runs short; a
 * process that takes sixty times as long then has more work, not less of a processor.
 */
const waitingGained = (was: number, is: number): number =>
  clamp01((stretch(is) - stretch(was)) / plainWaiting);
const stretch = (used: number): number => 1 / Math.max(1 - used, 1e-3);

/**
 * Share of what was left that is gone: from 2 to 6 % nobody runs short, and from 70 to 100 %
 * everybody does. Where the limit is not known: the share of what is used now that was not before.
 */
export const headroomLost = ({ was, is }: Change, full: 1 | 100 | null): number =>
  clamp01(full === null ? 1 - was / Math.max(is, 1e-9) : (is - was) / Math.max(full - was, 1e-9));

export interface Change {
  readonly was: number;
  readonly is: number;
  /** +1 if up is worse. */
  readonly sign: 1 | -1;
  /** Robust spread of the baseline's minutes, at least the floor. */
  readonly spread: number;
  /** What a spread is never taken to be below. */
  readonly floor: number;
  readonly p: number;
  readonly large: boolean;
}

/** `calm`: minutes by which the noise is judged; those of `before` if they are left out. */
export function changeOf(
  before: readonly ValueMinute[],
  after: readonly ValueMinute[],
  signal: Pick<Signal, 'worse' | 'floor'>,
  calm: readonly ValueMinute[] = before,
): Change {
  const sign = signal.worse === 'up' ? 1 : -1;
  const means = before.map(({ mean }) => mean);
  const was = median(means);
  const is = median(after.map(({ mean }) => mean));
  const spread = 1.4826 * median(means.map((mean) => Math.abs(mean - was)));
  const floor = floorOf(signal, was);
  const p = shiftedUp(signed(after, sign), signed(before, sign), {
    floor,
    calm: signed(calm, sign),
  });
  const moved = sign * (is - was);
  const large =
    moved > signal.floor &&
    (moved > smallestChange * Math.abs(was) || moved > plainSpreads * Math.max(spread, 1e-12));
  return { was, is, sign, spread: Math.max(spread, floor), floor, p, large };
}

const signed = (minutes: readonly ValueMinute[], sign: number): readonly Level[] =>
  minutes.map(({ count, mean, spread }) => ({ count, mean: sign * mean, spread }));

export function referenceOf(value: ValueFeature, { example }: ValueMinute): Reference {
  if ('traceId' in example) {
    return { signal: 'span', traceId: example.traceId, spanId: example.spanId };
  }
  return { signal: 'metric', metric: value.name, service: value.source.service, at: example.at };
}

export function partOf({ attributes, source }: ValueFeature): string {
  const parts = [
    ...Object.values(attributes).map(String),
    source.rank && `rank ${source.rank}`,
    source.instance,
  ]
    .filter((part) => part !== null && part !== '')
    .slice(0, 3);
  return parts.length === 0 ? '' : ` (${sanitise(parts.join(', '), 100)})`;
}

const quantity = (value: number, unit: string): string =>
  `${formatNumber(value)}${/^[A-Za-z%]{1,4}$/.test(unit) ? ` ${unit}` : ''}`;
