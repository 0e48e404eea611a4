/** Leaving out, while importing, what was not recorded in a period. */
import { UserError } from '../errors.ts';
import type { Batch } from '../model.ts';
import { unixNs } from '../text.ts';

/** Unix nanoseconds; null: open. */
export interface Period {
  readonly from: bigint | null;
  /** Exclusive. */
  readonly to: bigint | null;
}

interface Bounds {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Null if nothing is to be left out. @throws {UserError} if a bound is no time. */
export function periodOf({ since, until }: Bounds): Period | null {
  if (since === undefined && until === undefined) return null;
  return { from: exact(since), to: exact(until) };
}

function exact(text: string | undefined): bigint | null {
  const time = text === undefined ? null : unixNs(text);
  if (time === null && text !== undefined) {
    throw new UserError('usage', `${text}: not a time`, {
      hint: 'Write ISO 8601: 2026-07-12T14:02:00Z.',
    });
  }
  return time;
}

/** The records of the period. A span counts by its start; a record without a time is kept. */
export function within(batch: Batch, { from, to }: Period): Batch {
  const holds = (time: bigint | null): boolean =>
    time === null || ((from === null || time >= from) && (to === null || time < to));
  const points = batch.points.filter(({ timeNs }) => holds(timeNs));
  return {
    ...batch,
    spans: batch.spans.filter(({ startNs }) => holds(startNs)),
    logs: batch.logs.filter(({ timeNs }) => holds(timeNs)),
    points,
    metrics: points.length === 0 ? 0 : batch.metrics,
  };
}
