/** Times and windows as people write them. */
import { UserError } from '../errors.ts';
import type { LabelWindow, Window } from '../model.ts';
import { nanos } from '../model.ts';
import { unixNs } from '../text.ts';

/** What is needed to read a time: where the case's data begins and ends, and its labels. */
export interface CaseTimes {
  /** Unix nanoseconds of offset 0. */
  readonly epoch: bigint;
  /** End of the data, offset in ns. */
  readonly end: number;
  readonly labels: readonly LabelWindow[];
}

/**
 * A label, two times with a slash between them, or one time before the end of the data.
 * @throws {UserError} if it is none of these.
 */
export function parseWindow(text: string, times: CaseTimes): Window | LabelWindow {
  const named = times.labels.find(({ label }) => label === text);
  if (named) return named;
  const [from, to = /^-\d/.test(text) ? '-0s' : undefined, ...rest] = text.split('/');
  if (from === undefined || to === undefined || rest.length > 0) {
    const known = times.labels.map(({ label }) => label).join(', ') || 'none';
    throw new UserError('usage', `${text}: neither a label of this case nor FROM/TO`, {
      hint: `Labels: ${known}. Times: 2026-07-12T14:02Z/2026-07-12T14:47Z, -10m/-5m, -10m; or trace:ID.`,
    });
  }
  const window = { from: nanos(parseTime(from, times)), to: nanos(parseTime(to, times)) };
  if (window.from >= window.to) {
    throw new UserError('usage', `${text}: ends before it begins`, { hint: 'Write FROM/TO.' });
  }
  return window;
}

const unitNs: Readonly<Record<string, number>> = { s: 1e9, m: 60e9, h: 3600e9, d: 86_400e9 };

/**
 * ISO 8601, or time before the end of the data: -90s, -10m, -2h. As an offset, ns.
 * @throws {UserError} if it is neither.
 */
export function parseTime(text: string, { epoch, end }: CaseTimes): number {
  const relative = /^-(\d+(?:\.\d+)?)([smhd])$/.exec(text);
  if (relative) return end - Number(relative[1]) * (unitNs[relative[2] ?? 's'] ?? 1e9);
  const absolute = unixNs(text);
  if (absolute === null) {
    throw new UserError('usage', `${text}: not a time`, {
      hint: 'Write ISO 8601 (2026-07-12T14:02:00Z) or a time before the end of the data (-10m).',
    });
  }
  return Number(absolute - epoch);
}
