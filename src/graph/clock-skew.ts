import type { TraceTree } from './link-trace.ts';

/** Clock difference between two hosts that call each other. */
export interface SkewPair {
  /** Host of the client side: `instance`, or `service` of spans that name no instance. */
  readonly from: string;
  /** Host of the server side. */
  readonly to: string;
  /** Nanoseconds to ADD to times of `to` to bring them onto the clock of `from`; never 0. */
  readonly ns: number;
  /** Calls the median rests on, at least 3. */
  readonly pairs: number;
}

export interface SkewEstimator {
  add(tree: TraceTree): void;
  /** Pairs with a clock difference, by `from`, then `to`. */
  finish(): readonly SkewPair[];
}

/** Accumulates calls trace by trace, in any order, in bounded memory. */
export function skewEstimator(): SkewEstimator {
  throw new Error('not written');
}

/** The same as a map from `from + "\0" + to` to ns. */
export function estimateSkew(trees: Iterable<TraceTree>): ReadonlyMap<string, number> {
  throw new Error(`not written: ${trees}`);
}
