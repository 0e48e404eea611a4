/** From score to confidence, and from confidence to words. */
import type { Band, Regime } from '../model.ts';

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

/** Until it is calibrated on labelled cases: the score, capped by the regime. */
export const confidenceOf = (score: number, regime: Regime): number =>
  Math.min(score, caps[regime]);

/** `likely` from twice as likely as not; below about one in three no cause is named (methods §C). */
const likelyFrom = 2 / 3;
const possibleFrom = 0.35;

export function bandOf(confidence: number): Band {
  if (confidence >= likelyFrom) return 'likely';
  return confidence >= possibleFrom ? 'possible' : 'weak';
}
