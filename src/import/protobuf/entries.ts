/**
 * The records of a request, each kept if it is whole: where a length is damaged, reading resumes
 * at the first place from which fields reach exactly to the end of what holds them.
 */

import {
  entryField,
  type ProtobufSignal,
  recordOf,
  resourceMessage,
  scopeField,
  scopeMessage,
} from '../../otlp/messages.ts';
import type { Draft } from '../draft.ts';
import type { Fields } from '../otlp/fields.ts';
import { decodeRequest } from '../otlp/request.ts';
import { decodeMessage, Malformed } from './decode.ts';
import { isEntryField } from './framing.ts';
import { longestRecord } from './long-message.ts';
import { isScopes, signalOf } from './signal.ts';
import { FieldCursor } from './wire.ts';

interface Range {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  /** The field is not whole: its length reaches beyond what holds it. */
  readonly torn: boolean;
}

/** Names of the lists in OTLP/JSON. */
const lists = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
} as const;

/**
 * Adds the records of a request to the draft, stopping wherever a full batch may be taken.
 * `cut` says why its end is missing; null if it is whole.
 */
export function* decodeEntries(
  draft: Draft,
  bytes: Uint8Array,
  cut: string | null,
): Generator<void> {
  const isList = ({ number, type }: FieldCursor): boolean => number === 1 && type === 2;
  for (const entry of ranges(draft, bytes, 0, bytes.length, isList, cut)) {
    yield* decodeEntry(draft, bytes, entry, cut);
  }
}

function* decodeEntry(
  draft: Draft,
  bytes: Uint8Array,
  entry: Range,
  cut: string | null,
): Generator<void> {
  const signal = signalOf(bytes, entry.from, entry.to);
  if (signal === null) {
    if (hasRecords(bytes, entry))
      draft.skip('unknown-signal', 'neither spans nor logs nor metrics');
    return;
  }
  let resource: Fields = {};
  let schemaUrl = '';
  const scopes: Range[] = [];
  for (const field of ranges(draft, bytes, entry.from, entry.to, isEntryField, cut)) {
    const { number, from, to } = field;
    if (number === entryField.resource) {
      resource = whole(draft, 'resource', () => decodeMessage(bytes, from, to, resourceMessage));
    } else if (number === entryField.schemaUrl) {
      schemaUrl = Buffer.from(bytes.subarray(from, to)).toString('utf8');
    } else scopes.push(field);
  }
  const [listKey, scopesKey, recordsKey] = lists[signal];
  for (const range of scopes) {
    for (const { scope, records } of scopeParts(draft, bytes, range, signal, cut)) {
      const parts = { resource, schemaUrl, [scopesKey]: [{ scope, [recordsKey]: records }] };
      yield* decodeRequest(draft, { [listKey]: [parts] });
    }
  }
}

/** Records handed on at once: a scope may hold a million. */
const recordsAtOnce = 500;

function* scopeParts(
  draft: Draft,
  bytes: Uint8Array,
  range: Range,
  signal: ProtobufSignal,
  cut: string | null,
): Generator<{ readonly scope: Fields; readonly records: readonly Fields[] }> {
  let scope: Fields = {};
  let records: Fields[] = [];
  for (const part of ranges(draft, bytes, range.from, range.to, isPart, cut)) {
    const { number, from, to } = part;
    if (number === scopeField.scope) {
      scope = whole(draft, 'scope', () => decodeMessage(bytes, from, to, scopeMessage));
    } else if (number === scopeField.records) {
      const record = recordAt(draft, bytes, part, signal, cut);
      if (record !== null) records.push(record);
    }
    if (records.length < recordsAtOnce) continue;
    yield { scope, records };
    records = [];
  }
  if (records.length > 0) yield { scope, records };
}

const isPart = ({ number, type }: FieldCursor): boolean => type === 2 && number >= 1 && number <= 3;

export const tooLong = 'a record is longer than 64 MiB: left out';

/** Null if it is no record, which then is skipped. */
function recordAt(
  draft: Draft,
  bytes: Uint8Array,
  { from, to, torn }: Range,
  signal: ProtobufSignal,
  cut: string | null,
): Fields | null {
  if (torn && cut !== null) draft.skip('truncated-input', `the input ends in a record (${cut})`);
  else if (torn) draft.skip('bad-record', 'a record is longer than what holds it');
  else if (to - from > longestRecord) draft.skip('oversize-value', tooLong);
  else {
    try {
      return decodeMessage(bytes, from, to, recordOf[signal]);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      draft.skip('bad-record', `a record of ${signal} cannot be read: ${error.message}`);
    }
  }
  return null;
}

function whole(draft: Draft, what: string, decode: () => Fields): Fields {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    draft.note('bad-record', `${what} cannot be read (${error.message}): taken as empty`);
    return {};
  }
}

function hasRecords(bytes: Uint8Array, { from, to }: Range): boolean {
  const fields = new FieldCursor(bytes, from, to);
  while (fields.next()) if (isScopes(fields) && fields.to > fields.from) return true;
  return fields.broken;
}

/**
 * The fields between `start` and `end`. Where none can be read, the next are looked for; a field
 * whose length reaches too far is given as `torn`, up to where the next begin.
 */
function* ranges(
  draft: Draft,
  bytes: Uint8Array,
  start: number,
  end: number,
  accepts: (field: FieldCursor) => boolean,
  cut: string | null,
): Generator<Range> {
  for (let at = start; at < end; ) {
    const fields = new FieldCursor(bytes, at, end);
    while (fields.next()) {
      const { number, from, to } = fields;
      // Fields of later versions are ignored.
      if (accepts(fields)) yield { number, from, to, torn: false };
    }
    if (!fields.broken) return;
    const next = cut === null ? resumeAt(bytes, fields.begin + 1, end, accepts) : end;
    const { number, type, from, to } = clipped(fields, next);
    if (type === 2 && from < to) yield { number, from, to, torn: true };
    else if (cut === null) draft.note('bad-record', `${next - fields.begin} bytes are no field`);
    at = next;
  }
}

/** The broken field as far as it reaches: its tag may be right and only its length wrong. */
function clipped(fields: FieldCursor, to: number) {
  const { number, from, begin } = fields;
  const type = (fields.bytes[begin] as number) & 7;
  return from > begin && from <= to ? { number, type, from, to } : { number, type: -1, from, to };
}

/** Positions tried for one damaged place: beyond, the rest is given up. */
const maxTries = 1_000_000;

/** The first position from which fields reach exactly to `end`; `end` if there is none. */
function resumeAt(
  bytes: Uint8Array,
  start: number,
  end: number,
  accepts: (field: FieldCursor) => boolean,
): number {
  const last = Math.min(end, start + maxTries);
  for (let at = start; at < last; at += 1) {
    const fields = new FieldCursor(bytes, at, end);
    let count = 0;
    while (fields.next() && accepts(fields)) count += 1;
    if (count > 0 && fields.begin >= end) return at;
  }
  return end;
}
