/** A protobuf message as the object that OTLP/JSON has for it. */

import type { FieldType, Message, Scalar } from '../../otlp/messages.ts';
import type { Fields } from '../otlp/fields.ts';
import { FieldCursor, readVarint, varint64 } from './wire.ts';

/** What keeps a message from being read: where, and what stands there. */
export class Malformed extends Error {}

/** Nested deeper than the cut of attribute values: such a message was made to hurt. */
const maxDepth = 200;

/**
 * The message in `bytes` from `start` to `end`. 64-bit integers are decimal text, ids hex, bytes
 * base64, doubles numbers; absent fields are absent, unknown ones ignored, and so are fields of
 * another wire type than their own, as every protobuf parser does.
 * @throws {Malformed} if it is no message.
 */
export function decodeMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  message: Message,
  depth = 0,
): Fields {
  if (depth > maxDepth) throw new Malformed('messages are nested too deep');
  const fields: Record<string, unknown> = {};
  const cursor = new FieldCursor(bytes, start, end);
  while (cursor.next()) {
    const field = message.get(cursor.number);
    if (field !== undefined) addField(fields, field, cursor, depth);
  }
  if (cursor.broken) throw new Malformed(`no field of a message at byte ${cursor.begin - start}`);
  return fields;
}

function addField(
  fields: Record<string, unknown>,
  { name, type, repeated }: FieldType,
  cursor: FieldCursor,
  depth: number,
): void {
  const { bytes, from, to } = cursor;
  if (typeof type !== 'string') {
    if (cursor.type !== 2) return;
    const value = decodeMessage(bytes, from, to, type, depth + 1);
    if (repeated) listOf(fields, name).push(value);
    // Of a message that stands twice the fields are merged; the last of each wins.
    else fields[name] = { ...(fields[name] as object | undefined), ...value };
  } else if (!repeated) {
    if (cursor.type === wireTypes[type]) fields[name] = scalar(type, bytes, from, to);
  } else if (cursor.type === wireTypes[type]) {
    listOf(fields, name).push(scalar(type, bytes, from, to));
  } else if (cursor.type === 2) unpack(listOf(fields, name), type, bytes, from, to);
}

function listOf(fields: Record<string, unknown>, name: string): unknown[] {
  fields[name] ??= [];
  return fields[name] as unknown[];
}

/** Packed numbers one after another. */
function unpack(list: unknown[], type: Scalar, bytes: Uint8Array, from: number, to: number): void {
  const width = { 0: 0, 1: 8, 2: 0, 5: 4 }[wireTypes[type]];
  for (let at = from; at < to; ) {
    let next = at + width;
    while (width === 0 && next < to && (bytes[next] as number) >= 0x80) next += 1;
    if (width === 0) next += 1;
    if (next > to) throw new Malformed(`packed numbers end inside one at byte ${at - from}`);
    list.push(scalar(type, bytes, at, next));
    at = next;
  }
}

const wireTypes = {
  string: 2,
  bytes: 2,
  id: 2,
  bool: 0,
  uint32: 0,
  enum: 0,
  sint32: 0,
  int64: 0,
  uint64: 0,
  fixed32: 5,
  fixed64: 1,
  sfixed64: 1,
  double: 1,
} as const satisfies Record<Scalar, number>;

function scalar(type: Scalar, bytes: Uint8Array, from: number, to: number): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from);
  switch (type) {
    case 'string':
      return buffer.toString('utf8');
    case 'bytes':
      return buffer.toString('base64');
    case 'id':
      return buffer.toString('hex');
    case 'fixed32':
      return buffer.readUInt32LE();
    case 'fixed64':
      return buffer.readBigUInt64LE().toString();
    case 'sfixed64':
      return buffer.readBigInt64LE().toString();
    case 'double':
      return buffer.readDoubleLE();
    case 'bool':
      return varint64(bytes, from, to) !== 0n;
    case 'int64':
      return BigInt.asIntN(64, varint64(bytes, from, to)).toString();
    case 'uint64':
      return varint64(bytes, from, to).toString();
    case 'sint32':
      return zigzag32(varint64(bytes, from, to));
    case 'uint32':
      return readVarint(bytes, from, to)?.value ?? Number(varint64(bytes, from, to) & 0xffffffffn);
    case 'enum':
      return Number(BigInt.asIntN(32, varint64(bytes, from, to)));
  }
}

function zigzag32(value: bigint): number {
  const bits = Number(value & 0xffffffffn);
  return (bits >>> 1) ^ -(bits & 1);
}
