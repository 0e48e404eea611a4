/** What the formats before OTLP have in common, as the fields OTLP/JSON has for it. */
import { createHash } from 'node:crypto';
import { asInteger, type Fields } from './otlp/fields.ts';
import { hexId } from './otlp/ids.ts';

/** An attribute of OTLP/JSON. */
export const attribute = (key: string, value: Fields): Fields => ({ key, value });
export const textAttribute = (key: string, text: string): Fields =>
  attribute(key, { stringValue: text });

/** Unix nanoseconds as decimal text from microseconds, a fraction of one included; else null. */
export function nanosOf(microseconds: unknown): bigint | null {
  const whole = asInteger(microseconds);
  if (whole !== null) return whole * 1000n;
  return typeof microseconds === 'number' && Number.isFinite(microseconds)
    ? BigInt(Math.round(microseconds * 1000))
    : null;
}

/**
 * Start and end from a start and a duration in microseconds. What cannot be used is handed on as
 * it was written, so that it is counted and shown as such.
 */
export function timeFields(start: unknown, duration: unknown): Fields {
  const startNs = nanosOf(start);
  const lengthNs = nanosOf(duration);
  const endNs = startNs !== null && lengthNs !== null ? startNs + lengthNs : null;
  return {
    startTimeUnixNano: startNs?.toString() ?? start,
    endTimeUnixNano: endNs?.toString() ?? duration,
  };
}

/**
 * An id as OTLP has them. What is no hex (made by hand, or by another tracer) is stood in for by a
 * hash of it, the same wherever the id occurs. Missing ids stay missing.
 */
export function idOf(value: unknown, digits: 16 | 32): unknown {
  if (typeof value !== 'string' || hexId(value, digits) !== null) return value;
  return derivedId(value, digits);
}

/** The first hex digits of a SHA-256. */
export const derivedId = (text: string, digits: 16 | 32): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits);
