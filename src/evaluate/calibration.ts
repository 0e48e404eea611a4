/**
 * Whether confidence means what it says: Brier score (1950) and expected calibration error over
 * bins of equal width (Naeini et al., 2015).
 */
import type { Calibration } from '../model.ts';
import { mean } from './measures.ts';

const binCount = 10;

/** Of first causes: how sure the answer was, and whether it was right. */
export function calibrationOf(
  answers: readonly { readonly confidence: number; readonly right: boolean }[],
): Calibration {
  const n = answers.length;
  const bins = Array.from({ length: binCount }, (_, at) => {
    const inside = answers.filter(
      ({ confidence }) => Math.min(binCount - 1, Math.floor(confidence * binCount)) === at,
    );
    return {
      from: at / binCount,
      to: (at + 1) / binCount,
      n: inside.length,
      confidence: mean(inside.map(({ confidence }) => confidence)),
      right: mean(inside.map(({ right }) => (right ? 1 : 0))),
    };
  }).filter((bin) => bin.n > 0);
  if (n === 0) return { n, brier: null, ece: null, bins };
  return {
    n,
    brier: mean(answers.map(({ confidence, right }) => (confidence - (right ? 1 : 0)) ** 2)),
    ece: bins.reduce((sum, bin) => sum + (bin.n / n) * Math.abs(bin.confidence - bin.right), 0),
    bins,
  };
}
