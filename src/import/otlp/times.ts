/** Unix nanoseconds as OTLP/JSON writes them: decimal text or a number. */
import type { Fields } from './fields.ts';
import { asInteger, field } from './fields.ts';

/** Times outside these years are mistakes of unit or of a clock, not times. */
export const earliest = BigInt(Date.UTC(1990, 0)) * 1_000_000n;
export const latest = BigInt(Date.UTC(2100, 0)) * 1_000_000n;
const digits19 = /^\d{19}$/;

/** Unix nanoseconds from 1990 to 2100; null for anything else, 0 included. */
export function timeNs(value: unknown): bigint | null {
  const exact =
    typeof value === 'string' && digits19.test(value) ? BigInt(value) : asInteger(value);
  return exact !== null && exact >= earliest && exact <= latest ? exact : null;
}

/** Whether nothing was written: absent, or the 0 that stands for absent in protobuf. */
export const isUnset = (value: unknown): boolean =>
  value === undefined || value === null || value === 0 || value === '0' || value === '';

/** JSON text of the named fields as they were written; absent ones are left out. */
export function rawTimes(of: Fields, ...names: readonly (readonly [string, string])[]): string {
  const parts = names.flatMap(([camel, snake]) => {
    const value = field(of, camel, snake);
    return value === undefined ? [] : [`${JSON.stringify(camel)}:${written(value)}`];
  });
  return `{${parts.join(',')}}`;
}

function written(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 120));
  if (typeof value === 'object') return Array.isArray(value) ? '[]' : '{}';
  return String(value);
}
