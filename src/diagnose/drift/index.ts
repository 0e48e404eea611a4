/**
 * Which distributions of data and models moved between the windows.
 *
 *     features ─series→ observations ─measure→ test, effect, minutes ─q→ outcome ─slices, mix→ signals
 *
 * Pure. A signal has drifted if three things hold at once: an effect above a floor, because any
 * difference is significant once there are enough observations; q ≤ 0.01 among all signals that
 * were compared (Benjamini and Hochberg), because many are looked at; and two minutes in a row,
 * because one odd minute is no drift.
 */
import { grouped } from '../../grouping.ts';
import {
  type Drift,
  type DriftOutcome,
  type DriftSignal,
  type Features,
  minuteOf,
} from '../../model.ts';
import { signalOf } from '../../semantics/index.ts';
import { benjaminiHochberg } from '../contingency.ts';
import { fewestMinutes } from '../detectors/moved-values.ts';
import { changesOf } from './changes.ts';
import { measure } from './measure.ts';
import { type Marked, type Measured, sidesOf } from './minutes.ts';
import { type Draft, nameOf, publisher } from './publish.ts';
import { type Observation, type Series, seriesOf } from './series.ts';
import { mixOf, type SliceDraft, slicesOf } from './slices.ts';

/** The false-discovery rate at which a signal has drifted. */
const level = 0.01;
/** … and at which a slice is told: among what drifted, as `explain` does. */
const sliceLevel = 0.05;
/** Observations a side of a number or category. */
const fewestValues = 10;
/** Different texts; more are names or content. */
const mostCategories = 50;
/** Slices told of a signal. */
const mostSlices = 3;

export function drift(features: Features): Drift {
  const { plan } = features;
  const publish = publisher(features);
  const head = {
    regime: plan.regime,
    windows: {
      baseline: plan.baseline && publish.window(plan.baseline),
      incident: publish.window(plan.incident),
    },
  };
  // Healthy and failed requests of one time differ by how they were chosen: no time lies between.
  if (plan.baseline === null || plan.cohortBy.how === 'health') {
    return {
      ...head,
      outcome: 'no-baseline',
      tested: 0,
      drifted: 0,
      signals: [],
      changes: [],
      leftOut: [],
    };
  }
  const changes = changesOf(features);
  const isDeclared = new Set(
    changes.flatMap(({ service, keys }) => keys.map((key) => JSON.stringify([service, key]))),
  );
  const all = seriesOf(features).filter(
    // A new version is a fact, told apart: its share needs no test.
    ({ service, name }) => !isDeclared.has(JSON.stringify([service, name])),
  );
  const reasons = all.map(whyLeftOut);
  const compared = all.filter((_, at) => reasons[at] === null);
  const drafts = draftsOf(compared);
  const slices = slicesOfAll(drafts);
  const signals = drafts
    .map((draft, at) => ({ draft, slices: slices[at] ?? [] }))
    .sort((a, b) => inOrder(a.draft, b.draft))
    .map(({ draft, slices }, at) => publish.signal(draft, slices, at + 1));
  const drifted = signals.filter(({ outcome }) => outcome === 'drifted').length;
  return {
    ...head,
    outcome: drifted > 0 ? 'drifted' : signals.length === 0 ? 'no-signal' : 'steady',
    tested: signals.length,
    drifted,
    signals,
    changes: changes.map(({ at, reference, keys: _, ...change }) => {
      return { ...change, at: publish.time(at), reference: publish.reference(reference) };
    }),
    leftOut: all.flatMap(({ name, part, service }, at) => {
      const why = reasons[at];
      return why ? [{ name: nameOf(name, part), service, why }] : [];
    }),
  };
}

/** Null for a series that can be compared. */
function whyLeftOut(series: Series): Drift['leftOut'][number]['why'] | null {
  const { kind, observations, isRate, name } = series;
  if (isRate && signalOf(name) === null) return 'rate';
  const sides = sidesOf(observations);
  const isShort = (side: readonly Observation[]): boolean => {
    const minutes = new Set(side.map(({ at }) => minuteOf(at)));
    const count = side.reduce((sum, one) => sum + one.count, 0);
    return minutes.size < fewestMinutes || (kind !== 'level' && count < fewestValues);
  };
  if (isShort(sides.baseline) || isShort(sides.incident)) return 'few';
  const values = new Set(observations.map(({ value }) => value));
  if (values.size === 1) return 'constant';
  if (kind === 'category' && values.size > mostCategories) return 'names';
  return kind === 'number' && isCounter(sides.baseline) ? 'counter' : null;
}

/** In the order of time no value is below the one before it, and few are the same. */
function isCounter(side: readonly Observation[]): boolean {
  const values = [...side].sort((a, b) => a.at - b.at).map(({ value }) => value as number);
  const grows = values.every((value, at) => at === 0 || value >= (values[at - 1] as number));
  return grows && new Set(values).size * 2 > values.length;
}

// ---------------------------------------------------------------- outcomes

const metricOf = ({ service, name, unit, kind }: Series): string =>
  JSON.stringify([service, name, unit, kind]);

function draftsOf(compared: readonly Series[]): readonly Draft[] {
  const peers = grouped(compared, metricOf);
  const measured = compared.map((series) => measure(series, peers.get(metricOf(series)) ?? []));
  const qs = benjaminiHochberg(measured.map(({ p }) => p));
  return measured.map((found, at): Draft => {
    const series = compared[at] as Series;
    const q = qs[at] as number;
    const run = lasting(found, series);
    const outcome = outcomeOf(found, q, run);
    const mix = outcome === 'drifted' ? mixOf(series, found) : null;
    return { series, measured: found, q, run, outcome: mix ? 'mix' : outcome, mix };
  });
}

function outcomeOf({ effect }: Measured, q: number, run: readonly Marked[]): DriftOutcome {
  if (effect.value < effect.floor) return 'small';
  if (q > level) return 'chance';
  return run.length < fewestMinutes ? 'brief' : 'drifted';
}

/** Of fewer observations the share of a minute says nothing. */
const fewestOfMinute = 3;

/** The first minutes in a row that are past the middle of both windows; none if there are not two. */
function lasting({ minutes, mark }: Measured, { kind }: Series): readonly Marked[] {
  const least = kind === 'level' ? 1 : fewestOfMinute;
  const own = minutes.filter(({ cohort, count }) => cohort === 'incident' && count >= least);
  const middle = (mark.baseline + mark.incident) / 2;
  const sign = Math.sign(mark.incident - mark.baseline);
  const shows = own.map((minute) => sign * (minute.mark - middle) > 0);
  const first = shows.findIndex((is, at) => is && shows[at + 1]);
  if (first < 0) return [];
  const end = shows.indexOf(false, first);
  return own.slice(first, end < 0 ? own.length : end);
}

const outcomes: readonly DriftOutcome[] = ['drifted', 'mix', 'brief', 'chance', 'small'];
/** Significance that makes a difference to a reader; within a class the larger effect comes first. */
const classes = [1e-6, 1e-3, level];

/** What went into a model explains what came out of it, never the other way round: data first. */
function inOrder(a: Draft, b: Draft): number {
  const classOf = ({ q }: Draft): number => classes.filter((limit) => q > limit).length;
  return (
    outcomes.indexOf(a.outcome) - outcomes.indexOf(b.outcome) ||
    Number(a.series.layer === 'model') - Number(b.series.layer === 'model') ||
    classOf(a) - classOf(b) ||
    b.measured.effect.value - a.measured.effect.value ||
    a.q - b.q ||
    (JSON.stringify([a.series.service, a.series.name, a.series.part]) <
    JSON.stringify([b.series.service, b.series.name, b.series.part])
      ? -1
      : 1)
  );
}

/** Slices of all that drifted, corrected together; those of the rest are empty. */
function slicesOfAll(drafts: readonly Draft[]): readonly DriftSignal['slices'][] {
  const found = drafts.map(({ series, measured, outcome }) =>
    outcome === 'drifted' ? slicesOf(series, measured) : [],
  );
  const qs = benjaminiHochberg(found.flat().map(({ p }) => p));
  let before = 0;
  return found.map((own) => {
    const corrected = own.map((slice, at) => ({ ...slice, q: qs[before + at] as number }));
    before += own.length;
    return distinct(corrected.filter(({ q }) => q <= sliceLevel))
      .slice(0, mostSlices)
      .map(({ p: _p, excess: _excess, ...slice }) => slice);
  });
}

/** Most first. Of slices with the same records (a host and its zone) the first by name. */
function distinct<Slice extends SliceDraft>(slices: readonly Slice[]): readonly Slice[] {
  const seen = new Set<string>();
  return [...slices]
    .sort((a, b) => b.excess - a.excess || (a.key < b.key ? -1 : 1))
    .filter(({ n, baseline, incident }) => {
      const same = JSON.stringify([n, baseline, incident]);
      const isNew = !seen.has(same);
      seen.add(same);
      return isNew;
    });
}
