/**
 * The records of a request, each kept if it is whole: where a length is damaged, reading resumes
 * at the first place from which fields reach exactly to the end of what holds them.
 */

import {
  entryField,
  type Message,
  type ProtobufSignal,
  recordOf,
  resourceMessage,
  scopeField,
  scopeMessage,
} from '../../otlp/messages.ts';
import type { Draft } from '../draft.ts';
import type { Fields } from '../otlp/fields.ts';
import {
  type Around,
  type Surroundings,
  surroundingsOf,
  surroundingsReader,
} from '../scan/surroundings.ts';
import { decodeMessage, Malformed } from './decode.ts';
import { isEntryField } from './framing.ts';
import { longestRecord } from './long-message.ts';
import { decodePlainly, RecordReader } from './record-reader.ts';
import { isScopes, signalOf } from './signal.ts';
import { FieldCursor, type WireBytes } from './wire.ts';

interface Range {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  /** The field is not whole: its length reaches beyond what holds it. */
  readonly torn: boolean;
}

/** Names of the lists in OTLP/JSON: defects say by them where they lie. */
const lists = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
} as const;

/** Reads the requests of one dump. */
export class RequestReader {
  readonly #draft: Draft;
  readonly #records: RecordReader;
  readonly #surroundings: ReturnType<typeof surroundingsReader>;
  #wire: WireBytes = { bytes: Buffer.alloc(0), view: new DataView(new ArrayBuffer(0)) };
  /** Why the end of the request is missing; null if it is whole. */
  #cut: string | null = null;

  constructor(draft: Draft) {
    this.#draft = draft;
    this.#records = new RecordReader(draft);
    this.#surroundings = surroundingsReader(draft);
  }

  /**
   * Adds the records of a request to the draft, stopping wherever a full batch may be taken.
   * `cut` says why its end is missing; null if it is whole.
   */
  *read(bytes: Uint8Array, cut: string | null): Generator<void> {
    this.#wire = {
      bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    };
    this.#cut = cut;
    let index = 0;
    for (const entry of this.#ranges(0, bytes.length, isList)) {
      yield* this.#entry(entry, index);
      index += 1;
    }
  }

  #ranges(from: number, to: number, accepts: (field: FieldCursor) => boolean): Generator<Range> {
    return ranges(this.#draft, this.#wire.bytes, from, to, accepts, this.#cut);
  }

  *#entry(entry: Range, index: number): Generator<void> {
    const draft = this.#draft;
    const { bytes } = this.#wire;
    const signal = signalOf(bytes, entry.from, entry.to);
    if (signal === null) {
      if (hasRecords(bytes, entry))
        draft.skip('unknown-signal', 'neither spans nor logs nor metrics');
      return;
    }
    draft.at(0, lists[signal][0]);
    draft.at(1, index);
    let resource = nowhere;
    let schemaUrl = nowhere;
    const scopes: Range[] = [];
    for (const field of this.#ranges(entry.from, entry.to, isEntryField)) {
      if (field.number === entryField.resource) resource = field;
      else if (field.number === entryField.schemaUrl) schemaUrl = field;
      else scopes.push(field);
    }
    for (const [place, scope] of scopes.entries()) {
      draft.at(2, lists[signal][1]);
      draft.at(3, place);
      yield* this.#scope(signal, scope, resource, schemaUrl);
    }
  }

  *#scope(
    signal: ProtobufSignal,
    range: Range,
    resource: Range,
    schemaUrl: Range,
  ): Generator<void> {
    const draft = this.#draft;
    const own = this.#scopeOf(range);
    const around = this.#around(resource, schemaUrl, own.scope, own.schemaUrl);
    const fields = new FieldCursor(this.#wire.bytes, range.from, range.to);
    let index = 0;
    draft.at(4, lists[signal][2]);
    while (fields.next()) {
      if (fields.number !== scopeField.records || fields.type !== 2) continue;
      const { from, to } = fields;
      if (!this.#isRead(signal, from, to, around)) {
        draft.at(5, index);
        yield* this.#record(signal, { number: scopeField.records, from, to, torn: false }, around);
      } else if (draft.full) yield;
      index += 1;
    }
    if (!fields.broken) return;
    for (const part of this.#ranges(fields.begin, range.to, isPart)) {
      if (part.number !== scopeField.records) continue;
      draft.at(5, index);
      yield* this.#record(signal, part, around);
      index += 1;
    }
  }

  #isRead(signal: ProtobufSignal, from: number, to: number, around: Surroundings): boolean {
    if (to - from > longestRecord || around.id === unknown) return false;
    return this.#records.read(signal, this.#wire, from, to, around);
  }

  /** Where the scope lies that the records are of, mostly before them, and its URL, behind them. */
  #scopeOf({ from, to }: Range): { readonly scope: Range; readonly schemaUrl: Range } {
    const fields = new FieldCursor(this.#wire.bytes, from, to);
    let scope = nowhere;
    let schemaUrl = nowhere;
    while (fields.next()) {
      const { number, type } = fields;
      if (number === scopeField.records || type !== 2) continue;
      const range = { number, from: fields.from, to: fields.to, torn: false };
      if (number === scopeField.scope && scope === nowhere) scope = range;
      else if (number === scopeField.schemaUrl) schemaUrl = range;
    }
    return { scope, schemaUrl };
  }

  #around(resource: Range, resourceUrl: Range, scope: Range, scopeUrl: Range): Surroundings {
    const draft = this.#draft;
    const { bytes } = this.#wire;
    const parts = [resource, resourceUrl, scope, scopeUrl];
    const lengths = parts.map(({ from, to }) => to - from).join('.');
    const texts = parts.map(({ from, to }) => bytes.toString('latin1', from, to));
    const urlAt = ({ from, to }: Range): string => bytes.toString('utf8', from, to);
    const messageOf = (what: string, { from, to }: Range, message: Message): Fields =>
      whole(draft, what, () => decodeMessage(bytes, from, to, message));
    const decode = (): Around => ({
      entry: {
        resource: messageOf('resource', resource, resourceMessage),
        schemaUrl: urlAt(resourceUrl),
      },
      list: { scope: messageOf('scope', scope, scopeMessage), schemaUrl: urlAt(scopeUrl) },
    });
    const mark = draft.mark();
    const known = this.#surroundings(lengths + texts.join(''), decode);
    if (known !== null) return known;
    // What there is to be said is said by the plain decoder.
    draft.rewind(mark);
    return surroundingsOf(draft, decode(), unknown);
  }

  /** Decodes a record by the plain decoder. */
  *#record(signal: ProtobufSignal, part: Range, around: Surroundings): Generator<void> {
    const draft = this.#draft;
    const record = recordAt(draft, this.#wire.bytes, part, signal, this.#cut);
    if (record !== null) yield* decodePlainly(draft, signal, record, around);
  }
}

/** No field. */
const nowhere: Range = { number: 0, from: 0, to: 0, torn: false };
/** Surroundings that are not remembered. */
const unknown = -1;
const isList = ({ number, type }: FieldCursor): boolean => number === 1 && type === 2;
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
