/** Two cohorts of records held against each other: which attribute values tell them apart. */
import type { Reference } from './answer.ts';
import type { Cohort } from './features.ts';
import type { Attributes, AttributeValue } from './telemetry.ts';

/** One record of a cohort. `incident` are the records asked about, `baseline` those they are held against. */
export interface CohortRecord {
  readonly cohort: Cohort;
  /** Tells it apart from all others of its cluster. */
  readonly id: string;
  /** Records of one cluster resemble each other: the trace they are of, else the record alone. */
  readonly cluster: string;
  readonly ref: Reference;
  readonly facts: readonly Facts[];
}

/** Where a fact stands: a field of the filter language, an attribute, or an attribute of an event. */
type FactSource = 'field' | 'attribute' | 'resource' | 'event';

/** What is known of a record. Objects that many records share are looked at once. */
export interface Facts {
  readonly of: FactSource;
  readonly values: Attributes;
}

/** `key = value`, or a range of numbers: from (inclusive) … below; null: open on that side. */
export interface ContrastTerm {
  /** The record's own attributes and those of its resource have one namespace. */
  readonly of: Exclude<FactSource, 'resource'>;
  readonly key: string;
  /** Null for a range. */
  readonly value: AttributeValue;
  readonly range: { readonly from: number | null; readonly below: number | null } | null;
}

interface CohortShare {
  readonly count: number;
  /** 0 to 1. */
  readonly share: number;
}

export interface ContrastFinding {
  /** One or two; all of them hold. */
  readonly terms: readonly ContrastTerm[];
  /** Further terms that hold of exactly the same records as one of them. */
  readonly alike: readonly ContrastTerm[];
  readonly incident: CohortShare;
  readonly baseline: CohortShare;
  /** Share in the incident less that in the baseline, -1 to 1. */
  readonly difference: number;
  /** How many times as frequent in the incident; null if the baseline has none. */
  readonly lift: number | null;
  readonly test: 'g' | 'fisher';
  /** G with its correction; null for the exact test. */
  readonly statistic: number | null;
  readonly p: number;
  /** The false-discovery rate at which it is found. */
  readonly q: number;
  /** Null where no record of that side has it. */
  readonly examples: Readonly<Record<Cohort, Reference | null>>;
}

export interface CohortSize {
  readonly records: number;
  readonly clusters: number;
}

export interface Contrast {
  readonly sizes: Readonly<Record<Cohort, CohortSize>>;
  /** False if the sides are so small that nothing could be found. */
  readonly enough: boolean;
  /** Values and pairs of values that were tested. */
  readonly tested: number;
  /** Keys with a value of their own for almost every record, by name. */
  readonly ids: readonly {
    readonly of: ContrastTerm['of'];
    readonly key: string;
    readonly values: number;
  }[];
  /** Largest difference first. */
  readonly findings: readonly ContrastFinding[];
}

/** What of a case is compared. */
export type ContrastedSignal = 'spans' | 'logs';

/** Records of two cohorts, read from a case. */
export interface Cohorts {
  /** How many the case has. What passes both filters belongs to the incident alone. */
  readonly found: Readonly<Record<Cohort, number>>;
  readonly overlap: number;
  /** All of them, or as many whole traces as the limit allows, chosen by hash of the trace id. */
  readonly records: readonly CohortRecord[];
}

// ---------------------------------------------------------------- the published answer
// Exactly what `--format json` prints.

export interface ExplainRequest {
  /** Filters of spans or logs. */
  readonly where: string;
  /** Null: all others. */
  readonly versus: string | null;
  /** Null: spans, or logs where only they have the fields of the filters. */
  readonly signal: ContrastedSignal | null;
}

export interface ExplainedCohort {
  /** Null: all others. */
  readonly filter: string | null;
  /** How many the case has. */
  readonly records: number;
  /** How many of them were compared. */
  readonly compared: number;
  /** Traces of these; a record of no trace counts as one. */
  readonly traces: number;
}

export interface ExplainedTerm extends ContrastTerm {
  /** In the words of the filter language; a filter for it, unless it is of an event. */
  readonly text: string;
}

export interface ExplainedFinding
  extends Omit<ContrastFinding, 'terms' | 'alike' | 'incident' | 'baseline' | 'examples'> {
  readonly rank: number;
  readonly terms: readonly ExplainedTerm[];
  /** Further values of exactly the same records. */
  readonly alike: readonly ExplainedTerm[];
  /** What lists these records; null if the filter language cannot say it. */
  readonly filter: string | null;
  readonly where: CohortShare;
  readonly versus: CohortShare;
  readonly examples: { readonly where: Reference | null; readonly versus: Reference | null };
}

export interface Explanation {
  readonly signal: ContrastedSignal;
  /** `empty` and `too-few`: of a cohort, and nothing could be compared. */
  readonly outcome: 'differ' | 'alike' | 'too-few' | 'empty';
  readonly where: ExplainedCohort;
  readonly versus: ExplainedCohort;
  /** Records that pass both filters: they count as `where`. */
  readonly overlap: number;
  /** Values and pairs that were tested. */
  readonly tested: number;
  /** How many findings there are, also beyond a limit. */
  readonly total: number;
  /** Largest difference first. */
  readonly findings: readonly ExplainedFinding[];
  readonly leftOut: readonly {
    readonly key: string;
    /** `filter`: the filters name it. `id`: most of its values are of one trace alone. */
    readonly why: 'filter' | 'id';
    /** How many different ones; null where they were not counted. */
    readonly values: number | null;
  }[];
  /** What the filters may have been meant to say, where they hardly mean what they say. */
  readonly hints: readonly string[];
}
