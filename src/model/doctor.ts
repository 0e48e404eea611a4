/** What `aidebug doctor` finds about telemetry and about this machine. */

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
