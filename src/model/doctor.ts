/** What `aidebug doctor` finds about telemetry and about this machine. */
import type { EvidenceKind } from './answer.ts';
import type { Layer } from './telemetry.ts';

/** What the telemetry of a case may have wrong, or lack. */
export type TelemetryCheck =
  | 'orphan-spans'
  | 'parent-cycles'
  | 'duplicates'
  | 'conflicting-duplicates'
  | 'zero-ids'
  | 'truncated-ids'
  | 'bad-times'
  | 'clock-skew'
  | 'gaps'
  | 'sampling'
  | 'dropped-by-limits'
  | 'missing-signals'
  | 'convention-versions'
  | 'unreadable-records'
  | 'window-overlap';

export interface TelemetryFinding {
  readonly check: TelemetryCheck;
  /** How many records, pairs, gaps, services or versions. */
  readonly count: number;
  /** Of how many; null where there is no whole. */
  readonly of: number | null;
  /** At most five, in a fixed order. */
  readonly examples: readonly string[];
}

/** One thing of this machine or case. */
export interface HealthLine {
  readonly check: string;
  /** `fail`: aidebug cannot work so. `warn`: something will be less than it could be. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
}

/** What SQLite says of itself and of the case. */
export interface StoreHealth {
  readonly sqlite: string;
  readonly json: boolean;
  readonly fullText: boolean;
  /** Null: there is no case. Else what is wrong with it; empty: nothing. */
  readonly caseFaults: readonly string[] | null;
  readonly schema: number;
}

// ---------------------------------------------------------------- which faults would be seen

/** Which faults the telemetry of a case could show at all, had they happened. */
export interface TelemetryCoverage {
  /** 0 to 1: mean of the services. */
  readonly score: number;
  /** By name; only those asked for. */
  readonly services: readonly ServiceCoverage[];
  /** Over all services; what would add most to the score first. */
  readonly missing: readonly (MissingTelemetry & { readonly services: readonly string[] })[];
}

export interface ServiceCoverage {
  readonly service: string;
  /** What it was taken for: parts of an AI system, or how it is known. Sorted. */
  readonly components: readonly string[];
  /** 0 to 1: mean of the classes. */
  readonly score: number;
  /** Classes that can happen there, in the order of the codebook. */
  readonly classes: readonly ClassCoverage[];
  /** What would add most to the score of the service first. */
  readonly missing: readonly MissingTelemetry[];
}

export interface ClassCoverage {
  readonly class: string;
  readonly layer: Layer;
  /**
   * 0 to 1: weight of the signs that could be seen, of all that can happen; a quarter of that where
   * none that is required could be.
   */
  readonly score: number;
  /** `found`: it could be, but not be told from every other. */
  readonly outcome: 'told-apart' | 'found' | 'not-found';
  /** Signs that could be seen. */
  readonly shown: readonly EvidenceKind[];
  readonly missing: readonly {
    readonly kind: EvidenceKind;
    readonly role: 'required' | 'supporting' | 'contradicting';
    /** What is not there, by the ids of `MissingTelemetry`. */
    readonly signals: readonly string[];
  }[];
  /** Classes it could not be told from, for want of a sign of theirs. */
  readonly mistakenFor: readonly string[];
}

export interface MissingTelemetry {
  readonly signal: string;
  /** What is not there and what follows from it, in words. */
  readonly summary: string;
  /** Attributes or metrics that would give it. */
  readonly names: readonly string[];
  /** What it would add to the score if nothing else changed. */
  readonly adds: number;
}
