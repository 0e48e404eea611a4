/** What is asked of aidebug alone: layer, class, path, references, health, confidence, time. */
import type { AnswerFigures, AnswerShares } from '../model.ts';
import { calibrationOf, type Sureness } from './calibration.ts';
import { bootstrap, fewestForInterval } from './interval.ts';

/** What the first cause had right; null where the label, or the answer, does not say. */
export interface AnswerFacts {
  readonly layer: boolean | null;
  readonly faultClass: boolean | null;
  readonly pathF1: number | null;
  readonly citedOnPath: { readonly cited: number; readonly onPath: number } | null;
  readonly quiet: boolean | null;
  readonly bothInThree: boolean | null;
  readonly sure: Sureness | null;
  readonly seconds: number;
}

/**
 * Means over the cases that can tell, and how far they may be off. Fewer cases a bin make a
 * calibration error larger, and drawing with repeats leaves fewer: its interval lies rather high.
 */
export function answersOf(facts: readonly AnswerFacts[]): AnswerFigures {
  const n = casesOf(facts);
  const intervals = bootstrap(facts, (drawn) => ({ ...sharesOf(drawn) }));
  const interval = Object.fromEntries(
    Object.entries(intervals).map(([key, ends]) => [
      key,
      n[key as keyof AnswerShares] < fewestForInterval ? null : ends,
    ]),
  ) as AnswerFigures['interval'];
  return { ...sharesOf(facts), n, interval };
}

/** How many can tell. */
function casesOf(facts: readonly AnswerFacts[]): AnswerFigures['n'] {
  const count = (of: (fact: AnswerFacts) => unknown): number =>
    facts.filter((fact) => of(fact) !== null).length;
  const sure = count((fact) => fact.sure);
  return {
    layer: count(({ layer }) => layer),
    faultClass: count(({ faultClass }) => faultClass),
    pathF1: count(({ pathF1 }) => pathF1),
    citedOnPath: count(({ citedOnPath }) => citedOnPath),
    healthyQuiet: count(({ quiet }) => quiet),
    bothInThree: count(({ bothInThree }) => bothInThree),
    brier: sure,
    ece: sure,
    secondsPerCase: facts.length,
  };
}

function sharesOf(facts: readonly AnswerFacts[]): AnswerShares {
  const share = (of: (fact: AnswerFacts) => boolean | number | null): number | null => {
    let [sum, n] = [0, 0];
    for (const fact of facts) {
      const value = of(fact);
      if (value === null) continue;
      sum += Number(value);
      n += 1;
    }
    return n === 0 ? null : sum / n;
  };
  let [cited, onPath] = [0, 0];
  for (const { citedOnPath } of facts) {
    cited += citedOnPath?.cited ?? 0;
    onPath += citedOnPath?.onPath ?? 0;
  }
  const { brier, ece } = calibrationOf(facts.flatMap(({ sure }) => sure ?? []));
  return {
    layer: share(({ layer }) => layer),
    faultClass: share(({ faultClass }) => faultClass),
    pathF1: share(({ pathF1 }) => pathF1),
    citedOnPath: cited === 0 ? null : onPath / cited,
    healthyQuiet: share(({ quiet }) => quiet),
    bothInThree: share(({ bothInThree }) => bothInThree),
    brier,
    ece,
    secondsPerCase: share(({ seconds }) => seconds),
  };
}
