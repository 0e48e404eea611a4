/** One log record of a protobuf request, from its bytes into columns. */
import { Operation } from '../attribute-sharing.ts';
import type { Draft } from '../draft.ts';
import { addLog, LogHeadFields } from '../scan/log-head.ts';
import type { Surroundings } from '../scan/surroundings.ts';
import { longestText, noText, type Word, Words } from '../scan/words.ts';
import { AttributeReader, type Met } from './attribute-reader.ts';
import { hexAt, isTime, isZero, small, textAt } from './scalars.ts';
import { contentAt, FieldCursor, type WireBytes } from './wire.ts';

/** Field numbers of a log record. */
const field = {
  ...{ time: 1, severity: 2, severityText: 3, body: 5, attributes: 6, flags: 8 },
  ...{ traceId: 9, spanId: 10, observed: 11, eventName: 12 },
} as const;
const [time, observed] = [1 << field.time, 1 << field.observed];
/** The tag of a string in an AnyValue. */
const stringTag = 0x0a;

export class LogReader {
  readonly #draft: Draft;
  readonly #words = new Words();
  readonly #attributes = new AttributeReader();
  readonly #fields: LogHeadFields;
  readonly #cursor = new FieldCursor(new Uint8Array(0));
  /** Of each log the attributes are its own: the same names serve all. */
  readonly #met: Met = { operation: new Operation(() => false, false), names: [] };
  /** A bit for each field that was read; a time of zero is absent. */
  #seen = 0;
  #at = 0;
  #bodyFrom = 0;
  #bodyTo = 0;

  constructor(draft: Draft) {
    this.#draft = draft;
    this.#fields = new LogHeadFields(draft);
  }

  /** Reads a record and adds it; false if there is something in it that is not known. */
  read(wire: WireBytes, from: number, to: number, around: Surroundings): boolean {
    const cursor = this.#cursor;
    this.#clear();
    cursor.over(wire.bytes, from, to);
    while (cursor.next()) if (!this.#field(wire, cursor)) return false;
    if (cursor.broken || (this.#seen & (time | observed)) === 0) return false;
    const { rows } = this.#draft.logs;
    const at = this.#at;
    // The observed time stands in for an absent one: the data model says so.
    if ((this.#seen & time) === 0) rows.times[at * 2] = rows.times[at * 2 + 1] as bigint;
    if (!this.#draft.holdsAll && !this.#draft.holds(rows.times[at * 2] as bigint)) return true;
    rows.head[at] = this.#fields.place(around);
    this.#writeBody(wire.bytes);
    addLog(this.#draft, this.#attributes.own);
    return true;
  }

  #clear(): void {
    const { rows } = this.#draft.logs;
    this.#at = rows.next();
    rows.clear(this.#at);
    this.#seen = 0;
    this.#bodyFrom = 0;
    this.#bodyTo = 0;
    this.#fields.clear();
    this.#attributes.clear();
  }

  #field(wire: WireBytes, cursor: FieldCursor): boolean {
    const { number, type, from, to } = cursor;
    if (number === field.attributes) {
      return type === 2 && this.#attributes.read(wire, from, to, this.#met);
    }
    // Fields of later versions are ignored.
    if (number > field.eventName) return true;
    if ((this.#seen & (1 << number)) !== 0) return false;
    this.#seen |= 1 << number;
    switch (number) {
      case field.time:
        return type === 1 && this.#time(wire, from, 0, time);
      case field.observed:
        return type === 1 && this.#time(wire, from, 2, observed);
      case field.body:
        return type === 2 && this.#body(wire.bytes, from, to);
      case field.traceId:
        return type === 2 && (from === to || this.#id(wire, from, to, 16, 0));
      case field.spanId:
        return type === 2 && (from === to || this.#id(wire, from, to, 8, 32));
      default:
        return this.#headField(wire, cursor);
    }
  }

  /** A field that logs of one head have in common, or that is not kept. */
  #headField(wire: WireBytes, { number, type, from, to }: FieldCursor): boolean {
    const fields = this.#fields;
    switch (number) {
      case field.severity:
        fields.severity = small(wire, type, from, to, 24);
        return fields.severity >= 0;
      case field.flags:
        fields.flags = type === 5 ? wire.view.getUint32(from, true) : 0;
        return type === 5;
      case field.severityText: {
        const text = textAt(wire, type, from, to, this.#words);
        fields.severityText = text ?? noText;
        return text !== null;
      }
      case field.eventName: {
        const name: Word | null = textAt(wire, type, from, to, this.#words);
        fields.eventName = name ?? noText;
        return name !== null;
      }
      default:
        return true;
    }
  }

  #time({ view }: WireBytes, from: number, to: number, bit: number): boolean {
    if (!isZero(view, from)) {
      return isTime(view, from, this.#draft.logs.rows.timeWords, this.#at * 4 + to);
    }
    this.#seen &= ~bit;
    return true;
  }

  #id({ bytes }: WireBytes, from: number, to: number, count: 8 | 16, at: number): boolean {
    return hexAt(bytes, from, to, count, this.#draft.logs.rows.ids, this.#at * 48 + at);
  }

  /** A body that is text: others are left to the plain decoder. */
  #body(bytes: Buffer, from: number, to: number): boolean {
    if (from === to || bytes[from] !== stringTag) return false;
    const at = contentAt(bytes, from + 1, to);
    this.#bodyFrom = at;
    this.#bodyTo = to;
    return at >= 0 && to - at <= longestText;
  }

  #writeBody(bytes: Buffer): void {
    const { text } = this.#draft.logs.rows;
    let at = this.#bodyFrom;
    while (at < this.#bodyTo && (bytes[at] as number) < 0x80) at += 1;
    if (at === this.#bodyTo) text.copy(bytes, this.#bodyFrom, at);
    // Bytes that are no UTF-8 are replaced.
    else text.write(bytes.toString('utf8', this.#bodyFrom, this.#bodyTo));
  }
}
