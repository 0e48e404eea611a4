/**
 * Whether confidence means what it says: Brier score (1950) and expected calibration error over
 * bins of equal width (Naeini et al., 2015).
 */
import type { Calibration } from '../model.ts';

const binCount = 10;

/** A first cause: how sure the answer was, and whether it was right. */
export interface Sureness {
  readonly confidence: number;
  readonly right: boolean;
}

export function calibrationOf(answers: readonly Sureness[]): Calibration {
  const sums = Array.from({ length: binCount }, () => ({ n: 0, confidence: 0, right: 0 }));
  let squares = 0;
  for (const { confidence, right } of answers) {
    squares += (confidence - Number(right)) ** 2;
    const sum = sums[Math.min(binCount - 1, Math.floor(confidence * binCount))];
    if (!sum) continue;
    sum.n += 1;
    sum.confidence += confidence;
    sum.right += Number(right);
  }
  const n = answers.length;
  const gaps = sums.reduce((all, { confidence, right }) => all + Math.abs(confidence - right), 0);
  return {
    n,
    brier: n === 0 ? null : squares / n,
    ece: n === 0 ? null : gaps / n,
    bins: sums.flatMap((sum, at) => (sum.n === 0 ? [] : [binOf(sum, at)])),
  };
}

const binOf = (sum: { n: number; confidence: number; right: number }, at: number) => ({
  from: at / binCount,
  to: (at + 1) / binCount,
  n: sum.n,
  confidence: sum.confidence / sum.n,
  right: sum.right / sum.n,
});
