/** How right the answers are on cases whose cause is known. Plain data, as `evaluate` prints it. */
import type { Layer, Verdict } from './telemetry.ts';

/** What is known of a labelled case: its `label.json`. */
export interface CaseLabel {
  /** Services at fault; several in a case of several faults, none in a healthy one. */
  readonly causes: readonly string[];
  /** Answers that are right as well: what nobody could tell from the cause. */
  readonly accepted: readonly string[];
  /** Null where the label does not say, as in all that follow. */
  readonly layer: Layer | null;
  readonly faultClass: string | null;
  /** How the fault spread; `from` is nearer the cause. */
  readonly path: readonly { readonly from: string; readonly to: string }[] | null;
  readonly system: string | null;
  /** 0 (subtle) to 1 (obvious). */
  readonly intensity: number | null;
  readonly healthy: boolean;
}

/** What was answered in one case. */
export interface CaseRow {
  readonly case: string;
  /** Of the right service among distinct ones, from 1; equal scores count against us; null if it is not listed. */
  readonly rank: number | null;
  readonly verdict: Verdict;
  /** Of the first cause; null if there is none. */
  readonly service: string | null;
  readonly layer: string | null;
  readonly faultClass: string | null;
  readonly confidence: number | null;
  /** Import and answer together. */
  readonly seconds: number;
}

/** Figures of a method, each a mean over cases, and its 95 % interval. */
export interface MethodFigures extends Accuracy {
  /** Cases with a fault. */
  readonly n: number;
  readonly interval: { readonly [Figure in keyof Accuracy]: readonly [low: number, high: number] };
}

export interface Accuracy {
  /** Share of cases with the right service first, in the first three, in the first five. */
  readonly ac1: number;
  readonly ac3: number;
  readonly ac5: number;
  /** Mean of AC@1 to AC@5. */
  readonly avg5: number;
  /** Mean of 1 ÷ rank; 0 where it is not listed. */
  readonly mrr: number;
}

/** What is only asked of aidebug; each null where no case can tell. */
export interface AnswerFigures {
  /** Share of first causes with the right layer, with the right fault class, where labelled. */
  readonly layer: number | null;
  readonly faultClass: number | null;
  /** Mean over cases of the F1 of the edges of the path. */
  readonly pathF1: number | null;
  /** Share of the references of first causes that lie on a true service or its path. */
  readonly citedOnPath: number | null;
  /** Share of healthy cases with the verdict `no-clear-cause`. */
  readonly healthyQuiet: number | null;
  /** Share of cases of two faults with both in the first three. */
  readonly bothInThree: number | null;
  readonly secondsPerCase: number;
}

/** How far confidence is from how often the first cause is right. */
export interface Calibration {
  /** Cases with a first cause. */
  readonly n: number;
  /** Mean squared difference; null without cases, as the next. */
  readonly brier: number | null;
  /** Expected calibration error over the bins. */
  readonly ece: number | null;
  /** Bins of equal width that hold a case. */
  readonly bins: readonly {
    readonly from: number;
    readonly to: number;
    readonly n: number;
    readonly confidence: number;
    readonly right: number;
  }[];
}

export type Grouping = 'system' | 'layer' | 'faultClass' | 'intensity';

export interface Evaluation {
  readonly rows: readonly CaseRow[];
  readonly methods: Readonly<Record<string, MethodFigures>>;
  readonly groups: Readonly<
    Record<Grouping, Readonly<Record<string, Readonly<Record<string, MethodFigures>>>>>
  >;
  /** Null if aidebug was not among the methods. */
  readonly answers: AnswerFigures | null;
  readonly calibration: Calibration | null;
}
