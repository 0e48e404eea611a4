/** One span of a protobuf request, from its bytes into columns. */
import type { Draft } from '../draft.ts';
import { addSpan, SpanHeadFields } from '../scan/span-head.ts';
import type { Surroundings } from '../scan/surroundings.ts';
import { noText, type Word, Words } from '../scan/words.ts';
import { AttributeReader, type Met } from './attribute-reader.ts';
import { hexAt, isTime, small, textAt, wordsAt } from './scalars.ts';
import { FieldCursor, type WireBytes } from './wire.ts';

/** Field numbers of a span. */
const field = {
  ...{ traceId: 1, spanId: 2, traceState: 3, parentSpanId: 4, name: 5, kind: 6, start: 7, end: 8 },
  ...{ attributes: 9, events: 11, links: 13, status: 15, flags: 16 },
  ...{ droppedAttributes: 10, droppedEvents: 12, droppedLinks: 14 },
} as const;
const statusField = { message: 2, code: 3 } as const;
const needed = (1 << field.traceId) | (1 << field.spanId) | (1 << field.start) | (1 << field.end);

export class SpanReader {
  readonly #draft: Draft;
  readonly #words = new Words<Met>();
  readonly #attributes = new AttributeReader();
  readonly #fields: SpanHeadFields<Met>;
  readonly #cursor = new FieldCursor(new Uint8Array(0));
  readonly #inner = new FieldCursor(new Uint8Array(0));
  readonly #idWords = new Uint32Array(4);
  readonly #idDigits = new Uint8Array(32);
  /** Attributes of spans of the name that was read. */
  #met: Met | null = null;
  /** A bit for each field that was read. */
  #seen = 0;
  #at = 0;

  constructor(draft: Draft) {
    this.#draft = draft;
    this.#fields = new SpanHeadFields(draft);
  }

  /** Reads a span and adds it; false if there is something in it that is not known. */
  read(wire: WireBytes, from: number, to: number, around: Surroundings): boolean {
    const cursor = this.#cursor;
    this.#clear();
    cursor.over(wire.bytes, from, to);
    while (cursor.next()) if (!this.#field(wire, cursor)) return false;
    if (cursor.broken || (this.#seen & needed) !== needed) return false;
    const { own, shared } = this.#attributes;
    const head = this.#fields.place(around, shared);
    const trace = this.#draft.spans.traceAt(this.#idWords, this.#idDigits, 0);
    return addSpan(this.#draft, trace, head, own.telling, own);
  }

  #clear(): void {
    const { rows } = this.#draft.spans;
    this.#at = rows.next();
    const { ids } = rows;
    for (let i = this.#at * 32 + 16; i < this.#at * 32 + 32; i += 1) ids[i] = 0;
    this.#seen = 0;
    this.#met = null;
    this.#fields.clear();
    this.#attributes.clear();
  }

  #field(wire: WireBytes, cursor: FieldCursor): boolean {
    const { number, from, to } = cursor;
    if (number === field.attributes) {
      // Which of them a head holds is known by the name of the span.
      return this.#met !== null && cursor.type === 2
        ? this.#attributes.read(wire, from, to, this.#met)
        : false;
    }
    // Fields of later versions are ignored.
    if (number > field.flags) return true;
    if ((this.#seen & (1 << number)) !== 0) return false;
    this.#seen |= 1 << number;
    return this.#once(wire, cursor);
  }

  #once(wire: WireBytes, cursor: FieldCursor): boolean {
    const { number, type, from, to } = cursor;
    switch (number) {
      case field.traceId:
        return (
          type === 2 &&
          hexAt(wire.bytes, from, to, 16, this.#idDigits, 0) &&
          wordsAt(wire.view, from, this.#idWords)
        );
      case field.spanId:
        return type === 2 && this.#id(wire, from, to, 0);
      case field.parentSpanId:
        return type === 2 && (from === to || this.#id(wire, from, to, 16));
      case field.start:
        return type === 1 && this.#time(wire, from, 0);
      case field.end:
        return type === 1 && this.#time(wire, from, 2);
      case field.events:
      case field.links:
        return false;
      case field.droppedAttributes:
      case field.droppedEvents:
      case field.droppedLinks:
        return small(wire, type, from, to, 0) === 0;
      default:
        return this.#headField(wire, cursor);
    }
  }

  /** A field that spans of one head have in common, or that is not kept. */
  #headField(wire: WireBytes, { number, type, from, to }: FieldCursor): boolean {
    const fields = this.#fields;
    switch (number) {
      case field.name: {
        const name = textAt(wire, type, from, to, this.#words);
        return name !== null && this.#named(name);
      }
      case field.traceState: {
        const state = textAt(wire, type, from, to, this.#words);
        fields.state = state ?? noText;
        return state !== null;
      }
      case field.kind:
        fields.kind = small(wire, type, from, to, 5);
        return fields.kind >= 0;
      case field.status:
        return type === 2 && this.#status(wire, from, to);
      case field.flags:
        fields.flags = type === 5 ? wire.view.getUint32(from, true) : 0;
        return type === 5;
      default:
        return true;
    }
  }

  #named(name: Word<Met>): boolean {
    this.#fields.name = name;
    if (name === noText) {
      this.#met = { operation: this.#draft.spans.sharing.operation(''), names: [] };
      return true;
    }
    name.known ??= { operation: this.#draft.spans.sharing.operation(name.text), names: [] };
    this.#met = name.known;
    return true;
  }

  #status(wire: WireBytes, from: number, to: number): boolean {
    const cursor = this.#inner;
    cursor.over(wire.bytes, from, to);
    let last = 0;
    while (cursor.next()) {
      // Each once at most.
      if (cursor.number <= last) return false;
      last = cursor.number;
      if (last === statusField.code) {
        this.#fields.status = small(wire, cursor.type, cursor.from, cursor.to, 2);
        if (this.#fields.status < 0) return false;
      } else if (last === statusField.message) {
        const message = textAt(wire, cursor.type, cursor.from, cursor.to, this.#words);
        if (message === null) return false;
        this.#fields.message = message;
      }
    }
    return !cursor.broken;
  }

  #id({ bytes }: WireBytes, from: number, to: number, at: number): boolean {
    return hexAt(bytes, from, to, 8, this.#draft.spans.rows.ids, this.#at * 32 + at);
  }

  #time({ view }: WireBytes, from: number, to: number): boolean {
    return isTime(view, from, this.#draft.spans.rows.timeWords, this.#at * 4 + to);
  }
}
