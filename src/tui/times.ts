/** Times of a case: offsets from its epoch in nanoseconds, and clocks. */
import { clockTime } from '../text.ts';

/** `HH:MM:SS` of an offset. */
export const clockAt = (epochNs: string, at: number): string =>
  clockTime(BigInt(epochNs) + BigInt(Math.round(at))).slice(0, 8);

/** Nanoseconds of an ISO time since the epoch of the case. */
export function offsetOf(iso: string, epochNs: string): number {
  const [, fraction = ''] = /\.(\d+)Z$/.exec(iso) ?? [];
  const seconds = BigInt(Math.floor(Date.parse(iso) / 1000));
  const ns = seconds * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9) || '0');
  return Number(ns - BigInt(epochNs));
}
