/** From score to confidence, and from confidence to words. */
import { once } from '../grouping.ts';
import type { Band, Features, Regime } from '../model.ts';
import { belief, binomialAtLeast } from '../statistics.ts';
import { calibration } from './calibration.ts';
import { weightOf } from './requests.ts';

/**
 * What a comparison of that kind can at most establish (methods §C "no declared baseline"): a
 * person's own windows are trusted most, signs that are bad in themselves least.
 */
const caps: Readonly<Record<Regime, number>> = {
  declared: 0.99,
  'change-point': 0.95,
  'healthy-traces': 0.95,
  peers: 0.9,
  absolute: 0.8,
};

/**
 * Healthy systems fail now and then: about one request in a hundred, the error budget of a service
 * that promises 99 %. Failures that are not clearly more than that may all be of that kind, and
 * comparing them with healthy requests cannot tell: by construction every failure is on one side.
 */
const backgroundFailures = 0.01;
/** What such failures can establish: a possible cause. */
const backgroundCap = 0.6;
/** As many slow requests are an incident by themselves (Cantelli's bound at three deviations). */
const tellingSlowShare = 0.1;

/**
 * How often a first cause of that score was right in simulated cases (`calibration.ts`), within the
 * band of the score, and capped by what was compared. The band is the score's own because in
 * simulated cases something is wrong and its culprit nearly always sends telemetry: real dumps need
 * not hold either, and without them middling scores are often wrong, and low ones mostly
 * (`npm run halves`, `npm run removed`).
 */
export function confidenceOf(score: number, features: Features): number {
  const { plan, traffic } = features;
  const cap = Math.min(caps[plan.regime], qualityCap(features));
  const sure = withinBand(score);
  if (plan.regime !== 'healthy-traces') return Math.min(sure, cap);
  const { failed, slow } = traffic.incident;
  const requests = traffic.incident.traces + traffic.baseline.traces;
  const unusual = belief(binomialAtLeast(failed, requests, backgroundFailures)) > 0.5;
  const isIncident = unusual || slow > tellingSlowShare * requests;
  return Math.min(sure, isIncident ? cap : Math.min(cap, backgroundCap));
}

/**
 * Broken records are as likely as not those that would have told otherwise, and so are the missing
 * tops of traces: what came from above may have caused all that is seen below. What lay in both
 * windows is not broken: it counts as baseline, whole.
 */
const qualityCap = once(({ defects, records, sample }: Features): number => {
  const broken = defects
    .filter(({ code }) => code !== 'window-overlap' && code !== 'orphan-span')
    .reduce((sum, { count }) => sum + count, 0);
  const headless = sample.filter(({ tree }) => tree.orphans.length > 0);
  const shares = [broken / Math.max(1, records), weightOf(headless) / (weightOf(sample) || 1)];
  return 1 - Math.min(1, Math.max(...shares)) / 2;
});

/** `likely` from twice as likely as not; below about one in three no cause is named (methods §C). */
const likelyFrom = 2 / 3;
export const possibleFrom = 0.35;

/** The most that is printed for a possible cause: just not likely, whatever the table says. */
const mostPossible = 0.66;

function withinBand(score: number): number {
  if (score < possibleFrom) return score;
  return score < likelyFrom
    ? Math.max(score, Math.min(calibrated(score), mostPossible))
    : Math.max(calibrated(score), likelyFrom);
}

/** Straight lines between the points of the table; level before the first and behind the last. */
function calibrated(score: number): number {
  const next = calibration.findIndex(([at]) => at >= score);
  const [from, before] = calibration.at(next < 0 ? -1 : Math.max(0, next - 1)) ?? [0, 0];
  const [to, after] = calibration[next] ?? [1, before];
  return to === from ? after : before + ((after - before) * (score - from)) / (to - from);
}

export function bandOf(confidence: number): Band {
  if (confidence >= likelyFrom) return 'likely';
  return confidence >= possibleFrom ? 'possible' : 'weak';
}
