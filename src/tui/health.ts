/** Counts, shares and times of services and calls in words, before and after. */
import { formatDuration } from '../text.ts';

export const count = (value: number): string => value.toLocaleString('en-US');

/** "1 trace", "1,204 traces". */
export const counted = (value: number, noun: string): string =>
  `${count(value)} ${value === 1 ? noun : `${noun}s`}`;

export const percent = (part: number, all: number): string =>
  all === 0 ? '–' : `${((100 * part) / all).toFixed(1)}%`;

/** So many in so many minutes, by the minute: "0.4", "12.5", "1,204". */
export const perMinute = (value: number, minutes: number): string => {
  const rate = value / minutes;
  if (rate >= 99.95 || rate === 0) return count(Math.round(rate));
  return rate < 0.05 ? '<0.1' : rate.toFixed(1);
};

/** Of nanoseconds; a dash where nothing was timed. */
export const duration = (ns: number | null | undefined): string =>
  ns === null || ns === undefined ? '–' : formatDuration(ns / 1e6);

/** How much longer, of nanoseconds: "+1.2 s", "−3 ms"; what is less than half a microsecond is "0". */
export const signed = (ns: number): string =>
  Math.abs(ns) < 500 ? '0' : `${ns > 0 ? '+' : '−'}${formatDuration(Math.abs(ns) / 1e6)}`;

/** The factor by which a time grew: "×3.1"; empty if there is nothing to compare. */
export const growth = (before: number | null | undefined, after: number | null | undefined) =>
  before && after ? `×${(after / before).toFixed(after / before >= 100 ? 0 : 1)}` : '';
