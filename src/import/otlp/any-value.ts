/**
 * Attribute sets as JSON object text with sorted keys, so that equal sets are equal text. The
 * text keeps what JSON numbers alone would lose: 64-bit integers are exact, a double always has a
 * fraction or an exponent, bytes are `{"bytesValue": base64}`, and what no JSON number is
 * `{"doubleValue": "NaN"}`.
 *
 * Spec: opentelemetry-proto, common/v1/common.proto (AnyValue); "JSON Protobuf Encoding".
 */
import type { Draft } from '../draft.ts';
import { shownValue } from '../shown.ts';
import { asDouble, asInteger, bounded, field, isFields, objects } from './fields.ts';

/** Deeper values are cut: nobody writes them, and recursion must have a bound. */
const maxDepth = 64;

/** JSON object text; '{}' if the list is absent. What cannot be read is left out, with a defect. */
export function attributesText(draft: Draft, list: unknown): string {
  if (list === undefined || list === null || (Array.isArray(list) && list.length === 0)) {
    return '{}';
  }
  return keyValues(draft, list, 'attributes', 0);
}

/** JSON text of an AnyValue; null if it is not one (with a defect). */
function valueText(draft: Draft, value: unknown, what: string): string | null {
  const text = encode(draft, value, what, 0);
  return text === null ? null : boundedJson(draft, text, what);
}

/** A plain string as it is; any other value as its JSON text (`structured`); no value as ''. */
export function bodyOf(
  draft: Draft,
  value: unknown,
): { readonly text: string; readonly structured: boolean } {
  const plain = (text: string) => ({ text, structured: false });
  if (value === undefined) return plain('');
  if (typeof value === 'string') {
    draft.note('bad-record', 'body is bare text, not an AnyValue: kept');
    return plain(bounded(draft, value, 'body'));
  }
  const string = isFields(value) ? field(value, 'stringValue', 'string_value') : undefined;
  if (typeof string === 'string') return plain(bounded(draft, string, 'body'));
  const text = valueText(draft, value, 'body');
  return text === null || text === 'null' ? plain('') : { text, structured: true };
}

function keyValues(draft: Draft, list: unknown, what: string, depth: number): string {
  const keys: string[] = [];
  const texts: string[] = [];
  let sorted = true;
  for (const [, entry] of objects(draft, list ?? undefined, what, false)) {
    const { key } = entry;
    const text = typeof key === 'string' ? encode(draft, entry.value, key, depth) : undefined;
    if (text === undefined) {
      draft.note('bad-record', `a key of ${what} is ${shownValue(key)}, not text: left out`);
    } else if (text !== null) {
      if (sorted && keys.length > 0 && (keys.at(-1) as string) >= (key as string)) sorted = false;
      keys.push(key as string);
      texts.push(depth === 0 ? boundedJson(draft, text, key as string) : text);
    }
  }
  return objectText(keys, texts, sorted);
}

/** Of equal keys the last wins. */
function objectText(keys: readonly string[], texts: readonly string[], sorted: boolean): string {
  const members = new Map(keys.map((key, index) => [key, texts[index]]));
  const order = sorted ? keys : [...members.keys()].sort();
  let text = '';
  for (const key of order) {
    text += `${text === '' ? '{' : ','}${JSON.stringify(key)}:${members.get(key)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** Many small members may add up to more than one value may hold. */
function boundedJson(draft: Draft, text: string, what: string): string {
  if (text.startsWith('"')) return text;
  const cut = bounded(draft, text, what);
  return cut === text ? text : JSON.stringify(cut);
}

/** JSON text of an AnyValue at `depth`; null if it is not one. */
function encode(draft: Draft, value: unknown, what: string, depth: number): string | null {
  if (value === undefined || value === null) return 'null';
  if (!isFields(value)) {
    draft.note('bad-record', `${what} is ${shownValue(value)}, not an AnyValue: left out`);
    return null;
  }
  const string = value.stringValue;
  if (typeof string === 'string') return JSON.stringify(bounded(draft, string, what));
  for (const [camel, snake, encodeMember] of members) {
    const member = field(value, camel, snake);
    if (member !== undefined) {
      const text = encodeMember(draft, member, what, depth);
      if (text === null) {
        draft.note('bad-record', `${camel} of ${what} is ${shownValue(member)}: left out`);
      }
      return text;
    }
  }
  // An AnyValue without a member is legal: it says that there is no value.
  if (Object.values(value).some((member) => member !== null)) {
    draft.note('bad-record', `${what} holds no known kind of value: taken as null`);
  }
  return 'null';
}

type Encode = (draft: Draft, member: unknown, what: string, depth: number) => string | null;

const members: readonly (readonly [string, string, Encode])[] = [
  ['stringValue', 'string_value', stringText],
  ['intValue', 'int_value', (_, member) => asInteger(member)?.toString() ?? null],
  ['boolValue', 'bool_value', (_, member) => (typeof member === 'boolean' ? `${member}` : null)],
  ['doubleValue', 'double_value', (_, member) => doubleValueText(asDouble(member))],
  ['arrayValue', 'array_value', arrayText],
  ['kvlistValue', 'kvlist_value', kvlistText],
  ['bytesValue', 'bytes_value', bytesText],
];

function stringText(draft: Draft, member: unknown, what: string): string | null {
  if (typeof member === 'string') return JSON.stringify(bounded(draft, member, what));
  if (typeof member === 'object') return null;
  draft.note('bad-record', `stringValue of ${what} is ${shownValue(member)}: kept as text`);
  return JSON.stringify(String(member));
}

/** A double as a value of an attribute. */
export const doubleValueText = (value: number | null): string | null =>
  value === null || Number.isFinite(value) ? doubleText(value) : `{"doubleValue":"${value}"}`;

/** A double in JSON that is never an integer: 5 is 5.0. What JSON cannot hold is a string. */
export function doubleText(value: number | null): string | null {
  if (value === null) return null;
  if (!Number.isFinite(value)) return `"${value}"`;
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
}

function arrayText(draft: Draft, member: unknown, what: string, depth: number): string | null {
  const values = isFields(member) ? (member.values ?? []) : null;
  if (!Array.isArray(values)) return null;
  if (depth >= maxDepth) return tooDeep(draft, what);
  // An element that cannot be read leaves a null, so that the others keep their places.
  return `[${values.map((value) => encode(draft, value, what, depth + 1) ?? 'null').join(',')}]`;
}

function kvlistText(draft: Draft, member: unknown, what: string, depth: number): string | null {
  if (!isFields(member)) return null;
  if (depth >= maxDepth) return tooDeep(draft, what);
  return keyValues(draft, member.values, what, depth + 1);
}

function tooDeep(draft: Draft, what: string): string {
  draft.note('bad-record', `${what} is nested deeper than ${maxDepth} levels: cut there`);
  return 'null';
}

function bytesText(draft: Draft, member: unknown, what: string): string | null {
  if (typeof member !== 'string' || !/^[\w+/-]*={0,2}$/.test(member)) return null;
  return `{"bytesValue":"${bounded(draft, member, what)}"}`;
}
