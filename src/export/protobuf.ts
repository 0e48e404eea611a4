/** An object of OTLP/JSON as a protobuf message, by the same tables that import reads with. */
import type { Message, Scalar } from '../otlp/messages.ts';
import type { Json } from './any-value.ts';

/** Fields that the message does not know are left out; those that are absent say nothing. */
export function encodeMessage(fields: Json, message: Message): Buffer {
  const parts: Uint8Array[] = [];
  for (const [number, { name, type, repeated }] of message) {
    const value = fields[name];
    if (value === undefined || value === null) continue;
    const values = repeated ? (value as readonly unknown[]) : [value];
    if (repeated && typeof type === 'string' && widthOf(type) !== 'bytes') {
      if (values.length > 0) parts.push(tag(number, 2), ...withLength(packed(values, type)));
      continue;
    }
    for (const item of values) parts.push(...field(number, item, type));
  }
  return Buffer.concat(parts);
}

function field(number: number, value: unknown, type: Scalar | Message): readonly Uint8Array[] {
  if (typeof type !== 'string') {
    return [tag(number, 2), ...withLength(encodeMessage(value as Json, type))];
  }
  const width = widthOf(type);
  if (width === 'bytes') return [tag(number, 2), ...withLength(bytesOf(value, type))];
  const bytes = scalar(value, type);
  // A time that was no number cannot be written.
  if (bytes === null) return [];
  return [tag(number, width === 'varint' ? 0 : width === 8 ? 1 : 5), bytes];
}

const packed = (values: readonly unknown[], type: Scalar): Buffer =>
  Buffer.concat(
    values.map((value) => scalar(value ?? 0, type) ?? scalar(0, type) ?? Buffer.alloc(0)),
  );

const withLength = (bytes: Uint8Array): readonly Uint8Array[] => [
  varint(BigInt(bytes.length)),
  bytes,
];

const tag = (number: number, wireType: number): Buffer => varint(BigInt(number * 8 + wireType));

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

function widthOf(type: Scalar): 'bytes' | 'varint' | 4 | 8 {
  if (type === 'string' || type === 'bytes' || type === 'id') return 'bytes';
  if (type === 'fixed64' || type === 'sfixed64' || type === 'double') return 8;
  return type === 'fixed32' ? 4 : 'varint';
}

const encodings = { string: 'utf8', bytes: 'base64', id: 'hex' } as const;

const bytesOf = (value: unknown, type: Scalar): Buffer =>
  Buffer.from(String(value), encodings[type as keyof typeof encodings]);

/** Null if the value is no number of that type. */
function scalar(value: unknown, type: Scalar): Buffer | null {
  if (type === 'double') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(Number(value));
    return bytes;
  }
  if (type === 'bool') return varint(value === true ? 1n : 0n);
  const integer = integerOf(value);
  if (integer === null) return null;
  const width = widthOf(type);
  if (width === 8 || width === 4) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, integer));
    return bytes.subarray(0, width);
  }
  return varint(type === 'sint32' ? zigzag(integer) : integer);
}

const zigzag = (value: bigint): bigint => (value << 1n) ^ (value >> 63n);

function integerOf(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : null;
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : null;
}
