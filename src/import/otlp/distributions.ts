/**
 * What a distribution point holds besides its count and sum, as JSON text. Counts are exact
 * integers; bounds and values are JSON numbers, or "NaN", "Infinity", "-Infinity"; null is absent.
 */
import type { Draft } from '../draft.ts';
import { shownValue } from '../shown.ts';
import {
  asDouble,
  asInteger,
  doubleField,
  type Fields,
  field,
  isFields,
  objects,
} from './fields.ts';

/** `{"bounds":[],"counts":[],"min":,"max":}`; one count more than bounds, or none of either. */
export function bucketsDetail(draft: Draft, point: Fields): string {
  const bounds = numbers(draft, point, ['explicitBounds', 'explicit_bounds'], asDouble);
  const counts = numbers(draft, point, ['bucketCounts', 'bucket_counts'], asInteger);
  return `{"bounds":${bounds},"counts":${counts},${extremes(draft, point)}}`;
}

/** `{"scale":,"zeroCount":,"zeroThreshold":,"positive":{"offset":,"counts":[]},"negative":...,"min":,"max":}` */
export function exponentialDetail(draft: Draft, point: Fields): string {
  const zeroCount = integer(draft, point, 'zeroCount', 'zero_count');
  const zeroThreshold = number(doubleField(draft, point, 'zeroThreshold', 'zero_threshold') ?? 0);
  return (
    `{"scale":${integer(draft, point, 'scale')},"zeroCount":${zeroCount},` +
    `"zeroThreshold":${zeroThreshold},"positive":${buckets(draft, point, 'positive')},` +
    `"negative":${buckets(draft, point, 'negative')},${extremes(draft, point)}}`
  );
}

/** `{"quantiles":[{"quantile":,"value":}]}`, in the order of the dump. */
export function summaryDetail(draft: Draft, point: Fields): string {
  const list = field(point, 'quantileValues', 'quantile_values');
  const quantiles: string[] = [];
  for (const [, entry] of objects(draft, list, 'quantileValues', false)) {
    // Protobuf leaves out what is 0: quantile 0 is the minimum.
    const quantile = number(doubleField(draft, entry, 'quantile') ?? 0);
    const value = number(doubleField(draft, entry, 'value') ?? 0);
    quantiles.push(`{"quantile":${quantile},"value":${value}}`);
  }
  return `{"quantiles":[${quantiles.join(',')}]}`;
}

function buckets(draft: Draft, point: Fields, name: string): string {
  const side = field(point, name) ?? {};
  if (!isFields(side)) {
    draft.note('bad-record', `${name} is ${shownValue(side)}, not an object: left out`);
    return '{"offset":0,"counts":[]}';
  }
  const counts = numbers(draft, side, ['bucketCounts', 'bucket_counts'], asInteger);
  return `{"offset":${integer(draft, side, 'offset')},"counts":${counts}}`;
}

const extremes = (draft: Draft, point: Fields): string =>
  `"min":${number(doubleField(draft, point, 'min'))},"max":${number(doubleField(draft, point, 'max'))}`;

function number(value: number | bigint | null): string {
  if (value === null) return 'null';
  return typeof value === 'bigint' || Number.isFinite(value) ? `${value}` : `"${value}"`;
}

/** An integer field; 0 if absent, because protobuf leaves out what is 0. */
function integer(draft: Draft, of: Fields, camel: string, snake = camel): string {
  const value = field(of, camel, snake);
  const exact = value === undefined ? 0n : asInteger(value);
  if (exact === null) draft.note('bad-record', `${camel} is ${shownValue(value)}: left out`);
  return number(exact);
}

/** A JSON array; an element that is no number is null, so that the others keep their places. */
function numbers(
  draft: Draft,
  of: Fields,
  [camel, snake]: readonly [string, string],
  read: (value: unknown) => number | bigint | null,
): string {
  const list = field(of, camel, snake) ?? [];
  if (!Array.isArray(list)) {
    draft.note('bad-record', `${camel} is ${shownValue(list)}, not an array: left out`);
    return '[]';
  }
  const found = list.map(read);
  const bad = found.indexOf(null);
  if (bad >= 0) draft.note('bad-record', `${camel}[${bad}] is ${shownValue(list[bad])}`);
  return `[${found.map(number).join(',')}]`;
}
