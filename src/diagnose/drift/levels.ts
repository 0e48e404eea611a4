/**
 * Series of which only minutes are known: gauges of any kind, and the measures of drift that a system
 * computes and publishes itself.
 */
import type { Cohort, ValueMinute } from '../../model.ts';
import { signalOf } from '../../semantics/index.ts';
import {
  clamp01,
  corrected,
  effectiveCount,
  incompleteBeta,
  likenessOf,
  normalAtLeast,
  sampleOf,
  varianceWithin,
} from '../../statistics.ts';
import { type Change, changeOf, lastingly, pooledMinutes } from '../detectors/moved-values.ts';
import { aboveForecast } from './forecast.ts';
import type { Marked, Measured } from './minutes.ts';
import type { Series } from './series.ts';

/** Half a standard deviation, as the share of two normal distributions that lies apart. */
const leastShift = 0.2;

/** Of a gauge: its minutes, up or down. */
export function measuredLevel(series: Series): Measured {
  const { minutes, before, after } = levelsOf(series);
  const known = signalOf(series.name);
  const up = movedLevel(before, after, 1, known?.floor ?? 0);
  const down = movedLevel(before, after, -1, known?.floor ?? 0);
  const { sign, change, p } = down.p < up.p ? down : up;
  const { was, is, spread, large } = change;
  const apart = apartAt((sign * (is - was)) / spread);
  return {
    test: 'forecast',
    // Less than a twentieth of the level, or than matters of such a signal, is none.
    effect: { measure: 'shift', value: large ? apart : 0, floor: leastShift },
    distances: { psi: null, jensenShannon: null, shift: (is - was) / spread },
    ...{ category: null, sign, was, is, design: 1, mark: { baseline: was, incident: is } },
    n: { baseline: before.length, incident: after.length },
    p: corrected(p, 2),
    minutes: minutes.map(markedLevel),
  };
}

function levelsOf({ levels }: Series) {
  const minutes = pooledMinutes(levels);
  const of = (wanted: Cohort) => minutes.filter(({ cohort }) => cohort === wanted);
  return { minutes, before: of('baseline'), after: of('incident') };
}

const markedLevel = ({ cohort, minute: at, mean: mark }: ValueMinute): Marked => {
  return { cohort, at, mark, count: 1 };
};

interface Moved {
  readonly sign: 1 | -1;
  readonly change: Change;
  /** One-sided. */
  readonly p: number;
}

/**
 * An incident seldom begins where its recording does: what came before the first minutes in a row
 * beyond the baseline is not the level that was reached, and each begin it might have had is a test.
 * Few observations give no exact mean, as in `shiftedUp`.
 */
function movedLevel(
  before: readonly ValueMinute[],
  after: readonly ValueMinute[],
  sign: 1 | -1,
  least: number,
): Moved {
  const signal = { worse: sign > 0 ? 'up' : 'down', floor: least } as const;
  const onset = after.indexOf(lastingly(after, changeOf(before, after, signal))[0] as ValueMinute);
  const since = after.slice(Math.max(0, onset));
  const change = changeOf(before, since, signal);
  const [last, first] = [before.at(-1), since[0]];
  const gap = last && first ? Math.max(1, Math.round((first.minute - last.minute) / minuteNs)) : 1;
  const signed = (side: readonly ValueMinute[]) => side.map(({ mean }) => sign * mean);
  const counts = sampleOf(since.map(({ count }) => 1 / count)).mean;
  const within = Math.sqrt(varianceWithin([...before, ...since]) * counts);
  const floor = Math.max(change.floor, within);
  const chance = aboveForecast(signed(before), signed(since), { gap, floor });
  return { sign, change, p: corrected(chance, after.length - since.length + 1) };
}

const minuteNs = 60e9;

// ---------------------------------------------------------------- published measures of drift

/**
 * Of a distance, by convention (the defaults of Evidently and CapyMOA); of an index of stability that
 * is little (Siddiqi 2006).
 */
const leastPublished = 0.1;
/** Ten bins are the convention: a sum of squares with nine degrees of freedom. */
const mostFreedom = 9;
/** A baseline lower than this part of it, as of zeros, is taken for so much. */
const leastPart = 1 / 3;

/**
 * A measure of drift that the system computed itself over many records. Without drift it is a sum of
 * squares about 0, whatever it is measured of (n m / (n + m) times the index is chi-squared with one
 * degree less than bins: Yurdakul and Naranjo 2020), so that the baselines of all `peers` tell what
 * is usual: their mean, and by their variance the degrees of freedom (Satterthwaite 1946). The mean
 * of the minutes from the onset on counts as one such value, however many these are, because the
 * windows of such measures overlap; over that of the baseline it is an F ratio.
 */
export function measuredReport(series: Series, peers: readonly Series[]): Measured {
  const { minutes, before, after } = levelsOf(series);
  const usual = usualOf(peers.map((peer) => levelsOf(peer).before.map(({ mean }) => mean)));
  const own = sampleOf(before.map(({ mean }) => mean)).mean;
  const isIndex = series.report === 'index';
  const least = leastPart * leastPublished;
  const was = Math.max(own, usual.mean, least);
  const deviation = Math.sqrt(usual.variance);
  const past = lastingly(after, { was, sign: 1, spread: deviation });
  const since = after.slice(Math.max(0, after.indexOf(past[0] as ValueMinute)));
  const is = sampleOf(since.map(({ mean }) => mean)).mean;
  const freedom =
    usual.variance > 0
      ? Math.min(mostFreedom, Math.max(1, (2 * was ** 2) / usual.variance))
      : mostFreedom;
  const p = ratioAtLeast(is / was, freedom, freedom * usual.n);
  return {
    test: 'variance-ratio',
    // Of two normal distributions d standard deviations apart the index is d², and as in `leastShift`.
    effect: isIndex
      ? { measure: 'shift', value: apartAt(Math.sqrt(Math.max(0, is))), floor: leastShift }
      : { measure: 'published', value: clamp01(is), floor: leastPublished },
    distances: { psi: isIndex ? is : null, jensenShannon: null, shift: null },
    ...{ category: null, sign: 1, was: own, is, design: 1, mark: { baseline: own, incident: is } },
    n: { baseline: before.length, incident: after.length },
    p: corrected(p, after.length - since.length + 1),
    minutes: minutes.map(markedLevel),
  };
}

/** Share of two normal distributions, so many standard deviations apart, that lies apart. */
const apartAt = (deviations: number): number => clamp01(1 - 2 * normalAtLeast(deviations / 2));

/** Mean and variance of the minutes of all series, and how many of these count for themselves. */
function usualOf(series: readonly (readonly number[])[]) {
  const { n, mean, spread } = sampleOf(series.flat());
  const pairs = series.flatMap((own) =>
    own.slice(1).map((value, at) => (value - mean) * ((own[at] as number) - mean)),
  );
  const plain = spread > 0 ? sampleOf(pairs).mean / (spread / n) : 0;
  const variance = spread / Math.max(1, n - 1);
  return { mean, variance, n: effectiveCount(n, likenessOf(plain, n)) };
}

/** P(F ≥ x) of Fisher and Snedecor, of two means of squares with so many degrees of freedom. */
export const ratioAtLeast = (x: number, above: number, below: number): number =>
  x <= 0 ? 1 : incompleteBeta(below / (below + above * x), below / 2, above / 2);
