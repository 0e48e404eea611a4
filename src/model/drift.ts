/** Which distributions moved between the windows: exactly what `--format json` prints. */
import type { PublishedReference } from './answer.ts';
import type { Cohort } from './features.ts';
import type { Layer, Regime } from './telemetry.ts';

/** ISO 8601. */
interface DriftWindow {
  readonly from: string;
  readonly to: string;
}

/**
 * `drifted`: passes all. `mix`: so it does, but only because the shares of something else moved.
 * `brief`: not in two minutes in a row. `small`: below the floor. `chance`: above it, and nothing
 * that chance would not do.
 */
export type DriftOutcome = 'drifted' | 'mix' | 'brief' | 'small' | 'chance';

export type DriftTest = 'kolmogorov-smirnov' | 'g' | 'fisher' | 'forecast' | 'variance-ratio';

export interface DriftSlice {
  readonly key: string;
  readonly value: string;
  /** Mean of the signal in it, or share of its category; null: the slice was not there before. */
  readonly baseline: number | null;
  readonly incident: number;
  /** The same of all that is not in the slice. */
  readonly elsewhere: { readonly baseline: number | null; readonly incident: number | null };
  readonly n: { readonly baseline: number; readonly incident: number };
  /** Of having moved no more than the rest, among all slices that were looked at. */
  readonly q: number;
}

/** Values of a range, or of a category, as shares of each window. */
export interface DriftBin {
  readonly category: string | null;
  /** Ends of the range; null without an end, and of a category. */
  readonly from: number | null;
  readonly to: number | null;
  readonly baseline: number;
  readonly incident: number;
}

export interface DriftSignal {
  /** Of all signals, from 1. */
  readonly rank: number;
  readonly outcome: DriftOutcome;
  readonly layer: Layer;
  readonly name: string;
  readonly service: string;
  readonly entity: string;
  readonly origin: 'span' | 'metric';
  readonly unit: string;
  /** `published`: a measure of drift that the system computed itself, taken as it is. */
  readonly kind: 'number' | 'category' | 'buckets' | 'level' | 'published';
  readonly test: DriftTest;
  /** 0 (none) to 1 (nothing in common); below the floor nothing has drifted, however sure. */
  readonly effect: {
    readonly measure: 'ks' | 'jensen-shannon' | 'shift' | 'published';
    readonly value: number;
    readonly floor: number;
  };
  /** Null where values are not counted one by one, as of gauges. */
  readonly distances: {
    readonly psi: number | null;
    readonly jensenShannon: number | null;
    /** Of the means, in standard deviations of the baseline; null if that has none. */
    readonly shift: number | null;
  };
  /** Mean, or share of the category. */
  readonly baseline: number;
  readonly incident: number;
  /** The one whose share moved most; null of numbers. */
  readonly category: string | null;
  readonly direction: 'up' | 'down';
  /** Whether that is bad; null where the name does not tell. */
  readonly worse: boolean | null;
  /** Observations; minutes of a level. */
  readonly n: { readonly baseline: number; readonly incident: number };
  readonly p: number;
  readonly q: number;
  /** Minutes in a row in which it shows. */
  readonly minutes: number;
  /** Begin of the first of them; null if there are none. */
  readonly onset: string | null;
  /** Those that moved more than the rest, most first. */
  readonly slices: readonly DriftSlice[];
  /** What moved instead, and the part of the change that is left within it. */
  readonly mix: { readonly key: string; readonly within: number; readonly total: number } | null;
  /** Means of minutes, or shares of the category; by time. */
  readonly trend: readonly {
    readonly at: string;
    readonly value: number;
    readonly window: Cohort;
  }[];
  /** How the values are spread, by value, or the most frequent categories; empty of levels. */
  readonly distribution: readonly DriftBin[];
  readonly examples: Readonly<Record<Cohort, PublishedReference | null>>;
}

/** Something that was put in place: a fact, not a statistic. */
export interface DeclaredChange {
  readonly kind: 'version' | 'model' | 'prompt' | 'embedding' | 'feature-view' | 'index' | 'schema';
  readonly service: string;
  /** The attribute that says so. */
  readonly key: string;
  /** The most frequent one of the baseline. */
  readonly from: string;
  readonly to: string;
  /** When it was first seen, in the incident. */
  readonly at: string;
  readonly reference: PublishedReference;
}

export interface Drift {
  readonly outcome: 'drifted' | 'steady' | 'no-baseline' | 'no-signal';
  readonly regime: Regime;
  readonly windows: { readonly baseline: DriftWindow | null; readonly incident: DriftWindow };
  /** Signals that were compared: q is corrected for so many. */
  readonly tested: number;
  /** Those of them that drifted. */
  readonly drifted: number;
  /** Those that drifted first. */
  readonly signals: readonly DriftSignal[];
  /** By time. */
  readonly changes: readonly DeclaredChange[];
  readonly leftOut: readonly {
    readonly name: string;
    readonly service: string;
    /**
     * `constant`: the same value throughout. `few`: too few values or minutes on a side. `names`:
     * a text of too many values. `counter`: it only grows. `rate`: it follows the traffic.
     */
    readonly why: 'constant' | 'few' | 'names' | 'counter' | 'rate';
  }[];
}
