/** How right the answers are on cases whose cause is known. Plain data, as `evaluate` prints it. */
import type { Layer, Verdict } from './telemetry.ts';

/** What is known of a labelled case: its `label.json`. */
export interface CaseLabel {
  /** Services at fault; several in a case of several faults, none in a healthy one. */
  readonly causes: readonly string[];
  /** Answers that are right as well: what nobody could tell from the cause. */
  readonly accepted: readonly string[];
  /** What went wrong in each of `causes`, in their order; none in a healthy case. */
  readonly faults: readonly LabelledFault[];
  /** How the fault spread; `from` is nearer the cause. Null where the label does not say, as in all that follow. */
  readonly path: readonly { readonly from: string; readonly to: string }[] | null;
  readonly system: string | null;
  /** 0 (subtle) to 1 (obvious). */
  readonly intensity: number | null;
  readonly healthy: boolean;
}

/** Null where the label does not say. */
export interface LabelledFault {
  readonly service: string;
  readonly layer: Layer | null;
  readonly faultClass: string | null;
}

/** What one method answered in one case. */
export interface CaseRow {
  readonly case: string;
  readonly method: string;
  readonly healthy: boolean;
  /** Of the right service among distinct ones, from 1; equal scores count against us; null if it is not listed. */
  readonly rank: number | null;
  /** Null of a method that gives none, as in all that follow. */
  readonly verdict: Verdict | null;
  /** Of the first cause, as in all that follow; null if there is none. */
  readonly service: string | null;
  readonly layer: string | null;
  readonly faultClass: string | null;
  /** Before calibration. */
  readonly score: number | null;
  readonly confidence: number | null;
  /** Import of the case and this answer together. */
  readonly seconds: number;
}

/** Ends of the middle 95 % of what resampled cases give. Null, where it can be, of fewer than two. */
export type Interval = readonly [low: number, high: number];

/** Figures of a method, each a mean over cases, and its 95 % interval. */
export interface MethodFigures extends Accuracy {
  /** Cases with a fault. */
  readonly n: number;
  readonly interval: { readonly [Figure in keyof Accuracy]: Interval | null };
}

/** Each null without cases. */
export interface Accuracy {
  /** Share of cases with the right service first, in the first three, in the first five. */
  readonly ac1: number | null;
  readonly ac3: number | null;
  readonly ac5: number | null;
  /** Mean of AC@1 to AC@5. */
  readonly avg5: number | null;
  /** Mean of 1 ÷ rank; 0 where it is not listed. */
  readonly mrr: number | null;
}

/** What is only asked of aidebug; each null where no case can tell. */
export interface AnswerShares {
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
  /** Mean squared difference of confidence and whether the first cause is right. */
  readonly brier: number | null;
  /** Expected calibration error over bins of confidence. */
  readonly ece: number | null;
  readonly secondsPerCase: number | null;
}

export interface AnswerFigures extends AnswerShares {
  /** Cases that can tell. */
  readonly n: { readonly [Figure in keyof AnswerShares]: number };
  readonly interval: { readonly [Figure in keyof AnswerShares]: Interval | null };
}

/** How far confidence is from how often the first cause is right. */
export interface Calibration {
  /** Cases with a first cause. */
  readonly n: number;
  /** As in `AnswerShares`. */
  readonly brier: number | null;
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

/** By grouping, then the name of the group. A case of two faults is in the groups of both. */
export type Grouped<Figures> = Readonly<Record<Grouping, Readonly<Record<string, Figures>>>>;

export interface Evaluation {
  /** By case, then method. */
  readonly rows: readonly CaseRow[];
  /** By method, as in `groups`. */
  readonly methods: Readonly<Record<string, MethodFigures>>;
  readonly groups: Grouped<Readonly<Record<string, MethodFigures>>>;
  /** Null if aidebug was not among the methods, as in what follows. */
  readonly answers: AnswerFigures | null;
  readonly answerGroups: Grouped<AnswerFigures> | null;
  readonly calibration: Calibration | null;
}
