/** Logs and metrics as a person looks through them: in lines, with what changed in them. */

import type { Window } from './answer.ts';
import type { Cohort } from './features.ts';
import type { Layer, Log, MetricType, Nanos } from './telemetry.ts';

/** What is compared with what; the same for every line of a list. */
interface ComparedSides {
  /** Unix nanoseconds of offset 0, decimal. */
  readonly epochNs: string;
  readonly baseline: Window | null;
  readonly incident: Window;
  /** True: the sides are healthy traces and others, of the same time. */
  readonly byHealth: boolean;
}

/** One statement of one service, with how often it was written. */
export interface TemplateLine {
  readonly service: string;
  /** The event's name, else the template of the body. */
  readonly template: string;
  /** True: the template holds parts of what people and models said. */
  readonly content: boolean;
  /** The highest that it was written with, as `Log.severity`. */
  readonly severity: number;
  readonly counts: Readonly<Record<Cohort, number>>;
  /** Of both sides together, and of what lies in neither. */
  readonly all: number;
  /** Null: no usable time. */
  readonly first: Nanos | null;
  readonly last: Nanos | null;
  /** By minute; in time order. */
  readonly minutes: readonly { readonly at: Nanos; readonly count: number }[];
  /** How sure it is that it is written more or less often, as a log-likelihood ratio; 0: not at all. */
  readonly change: number;
}

export interface LogTemplates extends ComparedSides {
  /** What counts are held against: requests of each side, else seconds; 0: nothing. */
  readonly exposure: Readonly<Record<Cohort, number>>;
  /** What those are of: counts are then compared by the request, or by the time. */
  readonly exposedBy: 'requests' | 'time';
  /** The surest change first, then the severest, then the most frequent. */
  readonly templates: readonly TemplateLine[];
}

/** One series of a metric. */
export interface SeriesLine {
  readonly metric: string;
  readonly unit: string;
  readonly type: MetricType;
  /** Null: it is not known what the metric tells of. */
  readonly layer: Layer | null;
  readonly service: string;
  readonly instance: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** As levels: growing sums as increase per second. In time order, thinned to what a plot shows. */
  readonly points: readonly { readonly at: Nanos; readonly value: number }[];
  /** Points before they were thinned. */
  readonly count: number;
  /** True: a growing sum, as increase per second. */
  readonly rate: boolean;
  /** Null: no point in it. */
  readonly sides: Readonly<Record<Cohort, SeriesSide | null>>;
  /**
   * How far the incident is from what was before: the medians, in robust deviations of the baseline.
   * What never varied there has none: then by how often it does, which only orders. Null: nothing
   * to compare with.
   */
  readonly distance: number | null;
}

export interface SeriesSide {
  readonly count: number;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export interface MetricLines extends ComparedSides {
  /** The furthest from the baseline first. */
  readonly series: readonly SeriesLine[];
  /** Series that were left out, beyond what a person looks through. */
  readonly left: number;
}

/** Log records in time order. */
export interface LogRecords {
  /** Unix nanoseconds of offset 0, decimal. */
  readonly epochNs: string;
  readonly logs: readonly Log[];
  /** True: there are more. */
  readonly more: boolean;
}
