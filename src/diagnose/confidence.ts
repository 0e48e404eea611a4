/** From score to words, and to how often such a score is right. */
import { once } from '../grouping.ts';
import type { Band, Features, Regime } from '../model.ts';
import { belief, binomialAtLeast } from '../statistics.ts';
import { calibration } from './calibration.ts';
import { tolerated } from './detector.ts';
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
 * What failures can establish that are not clearly more than a healthy service may have: they may all
 * be of that kind, and comparing them with healthy requests cannot tell, because by construction every
 * failure is on one side. A possible cause.
 */
const backgroundCap = 0.6;
/** As many slow requests are an incident by themselves (Cantelli's bound at three deviations). */
const tellingSlowShare = 0.1;

export interface Judgement {
  /** How strong the evidence is by itself. */
  readonly band: Band;
  /** How often a first cause of that score was right where something was wrong; no more than the cap. */
  readonly confidence: number;
}

/**
 * Two answers to two questions. Confidence is what the table says (`calibration.ts`): in simulated
 * cases something is wrong and its culprit nearly always sends telemetry, and there even a middling
 * score is mostly right. Real dumps need not hold either, and without them middling scores are often
 * wrong (`npm run halves`, `npm run removed`): so the band is the score's own. What was compared caps
 * both. The table is of first causes: of a later one confidence is the score.
 */
export function judged(
  score: number,
  features: Features,
  { oddness = 1, isFirst = true }: Doubts = {},
): Judgement {
  const cap = Math.min(capOf(features), oddness);
  const band = bandOf(Math.min(score, cap));
  return { band, confidence: Math.min(isFirst ? shareRight(score) : score, cap) };
}

export interface Doubts {
  /** How sure it is that anything is odd about the cause. */
  readonly oddness?: number;
  /** It is the first of the causes. */
  readonly isFirst?: boolean;
}

function capOf(features: Features): number {
  const { plan, traffic } = features;
  const cap = Math.min(caps[plan.regime], qualityCap(features));
  if (plan.regime !== 'healthy-traces') return cap;
  const { failed, slow } = traffic.incident;
  const requests = traffic.incident.traces + traffic.baseline.traces;
  const unusual = belief(binomialAtLeast(failed, requests, tolerated)) > 0.5;
  const isIncident = unusual || slow > tellingSlowShare * requests;
  return isIncident ? cap : Math.min(cap, backgroundCap);
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

/** Of a score that names no cause: the score. Few first causes of the simulated cases are that low. */
const shareRight = (score: number): number =>
  score < possibleFrom ? score : Math.max(score < likelyFrom ? score : 0, calibrated(score));

/** Straight lines between the points of the table; level before the first and behind the last. */
function calibrated(score: number): number {
  const next = calibration.findIndex(([at]) => at >= score);
  const [from, before] = calibration.at(next < 0 ? -1 : Math.max(0, next - 1)) ?? [0, 0];
  const [to, after] = calibration[next] ?? [1, before];
  return to === from ? after : before + ((after - before) * (score - from)) / (to - from);
}

function bandOf(strength: number): Band {
  if (strength >= likelyFrom) return 'likely';
  return strength >= possibleFrom ? 'possible' : 'weak';
}
