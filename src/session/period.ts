/** Leaving out, while importing, what was not recorded in a period. */
import { UserError } from '../errors.ts';
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

/** Whether a time lies in the period; a record without a time is kept, a span counts by its start. */
export const holder =
  ({ from, to }: Period) =>
  (time: bigint | null): boolean =>
    time === null || ((from === null || time >= from) && (to === null || time < to));
