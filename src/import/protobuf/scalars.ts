/**
 * Values of fields, from their bytes into columns. What is not as nearly all writers have it is
 * not read: the plain decoder knows it.
 */
import { earliest, latest } from '../otlp/times.ts';
import { longestText, noText, type Word, type Words } from '../scan/words.ts';
import type { WireBytes } from './wire.ts';

/** Both digits of a byte. */
const highDigit = new Uint8Array(256);
const lowDigit = new Uint8Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  const digits = byte.toString(16).padStart(2, '0');
  highDigit[byte] = digits.charCodeAt(0);
  lowDigit[byte] = digits.charCodeAt(1);
}

/** Writes an id of so many bytes as hexadecimal digits; false if it is zero or none. */
export function hexAt(
  bytes: Uint8Array,
  from: number,
  to: number,
  count: 8 | 16,
  digits: Uint8Array,
  at: number,
): boolean {
  if (to - from !== count) return false;
  let any = 0;
  for (let i = 0; i < count; i += 1) {
    const byte = bytes[from + i] as number;
    any |= byte;
    digits[at + 2 * i] = highDigit[byte] as number;
    digits[at + 2 * i + 1] = lowDigit[byte] as number;
  }
  return any !== 0;
}

/** The four words of a trace id, as its digits read. */
export function wordsAt(view: DataView, from: number, words: Uint32Array): true {
  for (let i = 0; i < 4; i += 1) words[i] = view.getUint32(from + 4 * i);
  return true;
}

/** Words of a time of which all lower words are within the bounds. */
const firstWord = Number(earliest >> 32n) + 1;
const lastWord = Number(latest >> 32n) - 1;

/** Takes nanoseconds as two words, the low one first; false if they are no time. */
export function isTime(view: DataView, from: number, words: Uint32Array, at: number): boolean {
  const high = view.getUint32(from + 4, true);
  words[at] = view.getUint32(from, true);
  words[at + 1] = high;
  return high >= firstWord && high <= lastWord;
}

export const isZero = (view: DataView, from: number): boolean =>
  view.getUint32(from, true) === 0 && view.getUint32(from + 4, true) === 0;

/** A number from 0 to `most` of one byte; -1 if it is none. */
export function small(
  { bytes }: WireBytes,
  type: number,
  from: number,
  to: number,
  most: number,
): number {
  const value = bytes[from] as number;
  return type === 0 && to - from === 1 && value <= most ? value : -1;
}

/** A text; null if it is none or too long. */
export function textAt<Known>(
  { bytes, view }: WireBytes,
  type: number,
  from: number,
  to: number,
  words: Words<Known>,
): Word<Known> | null {
  if (type !== 2 || to - from > longestText) return null;
  return from === to ? noText : words.at(bytes, view, from, to);
}
