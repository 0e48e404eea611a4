/** Trace and span ids: hex by the specification, base64 where protobuf's own JSON was used. */

/**
 * The id as lower-case hex of `digits` digits; '' if it is missing, empty or all zero; null if it
 * is no id. Shorter hex is padded with zeros: 64-bit trace ids and stripped leading zeros occur.
 * A length that base64 of the right size alone can have decides for base64.
 */
export function hexId(value: unknown, digits: 16 | 32): string | null {
  if (value === undefined || value === null || value === '') return '';
  if (typeof value !== 'string') return null;
  if (value.length === digits && lowerHex.test(value)) return value === zeros[digits] ? '' : value;
  const hex = anyHex.test(value) ? value.toLowerCase() : fromBase64(value, digits);
  if (hex === null || hex.length > digits) return null;
  return allZero.test(hex) ? '' : hex.padStart(digits, '0');
}

const zeros = { 16: '0'.repeat(16), 32: '0'.repeat(32) } as const;
const lowerHex = /^[0-9a-f]+$/;
const anyHex = /^[0-9a-fA-F]{1,32}$/;
const allZero = /^0+$/;
/** 16 bytes are 22 base64 digits and two pads; 8 bytes are 11 and one. */
const base64 = { 32: /^[\w+/-]{22}(?:==)?$/, 16: /^[\w+/-]{11}=?$/ } as const;

function fromBase64(value: string, digits: 16 | 32): string | null {
  return base64[digits].test(value) ? Buffer.from(value, 'base64').toString('hex') : null;
}
