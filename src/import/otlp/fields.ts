/**
 * Reading fields of parsed OTLP/JSON that may hold anything. A wrong type costs the field, not
 * the record. Keys are lowerCamelCase by the specification and snake_case in some dumps.
 */
import type { Draft } from '../draft.ts';
import { shownValue } from '../shown.ts';

export type Fields = { readonly [key: string]: unknown };

/** Text longer than this is cut to `keptChars`, with a defect. */
const maxTextBytes = 1024 * 1024;
const keptChars = 64 * 1024;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The field under either spelling; undefined if it is absent or null. */
export function field(of: Fields, camel: string, snake = camel): unknown {
  return of[camel] ?? of[snake] ?? undefined;
}

/** A text field; '' if absent. */
export function textField(draft: Draft, of: Fields, camel: string, snake = camel): string {
  const value = field(of, camel, snake);
  if (value === undefined) return '';
  if (typeof value === 'string') return bounded(draft, value, camel);
  if (typeof value === 'object') {
    draft.note('bad-record', `${camel} is ${shownValue(value)}, not text: left empty`);
    return '';
  }
  draft.note('bad-record', `${camel} is ${shownValue(value)}, not text: kept as text`);
  return String(value);
}

/** `text` itself, or its begin and its length in bytes if it is over 1 MiB (`oversize-value`). */
export function bounded(draft: Draft, text: string, what: string): string {
  // A UTF-16 unit is at most three bytes.
  if (text.length * 3 <= maxTextBytes) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxTextBytes) return text;
  draft.note('oversize-value', `${what} holds ${bytes} bytes: only its begin is kept`);
  // Not in the middle of a surrogate pair.
  const kept = text.slice(0, keptChars).replace(/[\ud800-\udbff]$/, '');
  return `${kept}…[cut, ${bytes} bytes]`;
}

/**
 * The objects of an array field, with their indexes; nothing if it is absent. Whatever else
 * stands in it is lost, each with a defect: a record of its own if `records`, else a part of one.
 * Of a list of nothing else only the first are named, so that millions need no memory.
 */
export function* objects(
  draft: Draft,
  value: unknown,
  what: string,
  records: boolean,
): Generator<[number, Fields]> {
  if (value === undefined) return;
  const lose = (message: string, count = 1): void => {
    if (records) draft.skip('bad-record', message, count);
    else draft.note('bad-record', message);
  };
  if (!Array.isArray(value)) {
    lose(`${what} is ${shownValue(value)}, not an array: left out`);
    return;
  }
  let lost = 0;
  for (let index = 0; index < value.length; index += 1) {
    const entry: unknown = value[index];
    if (isFields(entry)) {
      yield [index, entry];
      continue;
    }
    lost += 1;
    if (lost > mostNamed) continue;
    lose(`${what}[${index}] is ${shownValue(entry)}, not an object: left out`);
  }
  const more = lost - mostNamed;
  if (more > 0) lose(`${more} more in ${what} are no objects: left out`, more);
}

/** Elements of one list that are no objects, each with its defect. */
const mostNamed = 1_000;

/** A whole number from 0 to 2^32-1, written as a number or as digits; 0 if absent or unusable. */
export function unsignedField(draft: Draft, of: Fields, camel: string, snake = camel): number {
  const value = field(of, camel, snake);
  if (value === undefined) return 0;
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (Number.isInteger(number) && (number as number) >= 0 && (number as number) < 2 ** 32) {
    return number as number;
  }
  draft.note('bad-record', `${camel} is ${shownValue(value)}, not a whole number: taken as 0`);
  return 0;
}

/** A floating-point field: a number, digits, or "NaN", "Infinity", "-Infinity"; null if absent. */
export function doubleField(draft: Draft, of: Fields, camel: string, snake = camel): number | null {
  const value = field(of, camel, snake);
  if (value === undefined) return null;
  const number = asDouble(value);
  if (number === null) draft.note('bad-record', `${camel} is ${shownValue(value)}: left out`);
  return number;
}

export function asDouble(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return null;
  if (value === 'NaN') return Number.NaN;
  return /^-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)$/.test(value) ? Number(value) : null;
}

/** A 64-bit integer as a number or digits: signed or unsigned, exact; null if it is neither. */
export function asInteger(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isInteger(value) ? inRange(BigInt(value)) : null;
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) return null;
  return inRange(BigInt(value));
}

const inRange = (value: bigint): bigint | null =>
  value >= -(2n ** 63n) && value < 2n ** 64n ? value : null;

/** A field that counts: integers as `asInteger`, as a number; null if absent or unusable. */
export function countField(draft: Draft, of: Fields, camel: string, snake = camel): number | null {
  const value = field(of, camel, snake);
  if (value === undefined) return null;
  const integer = asInteger(value);
  if (integer === null) draft.note('bad-record', `${camel} is ${shownValue(value)}: left out`);
  return integer === null ? null : Number(integer);
}

/** The member an enum field names, by number or by name with or without its prefix. */
export function enumField<T>(
  draft: Draft,
  of: Fields,
  [camel, snake]: readonly [string, string],
  members: ReadonlyMap<string, T>,
  prefix: string,
  absent: T,
): T {
  const value = field(of, camel, snake);
  if (value === undefined) return absent;
  const name = String(value).toUpperCase();
  const member = members.get(name.startsWith(prefix) ? name.slice(prefix.length) : name);
  if (member !== undefined) return member;
  draft.note('bad-record', `${camel} is ${shownValue(value)}: not a known one, left unset`);
  return absent;
}
