/** Spans into columns, with what many of them have in common taken out as heads. */

import {
  noTime,
  type SpanColumns,
  type SpanHead,
  type SpanRecord,
  type SpanRest,
} from '../model.ts';
import { membersOf } from '../text/json.ts';
import { AttributeSharing } from './attribute-sharing.ts';
import { TraceIds } from './trace-ids.ts';

/** Heads remembered at once. One that was forgotten is made anew when it comes again. */
const mostHeads = 100_000;
const firstRows = 256;

export class SpanWriter {
  readonly sharing: AttributeSharing;
  readonly #traceIds = new TraceIds();
  readonly #heads = new Map<string, number>();
  #headCount = 0;
  #batch = new Rows();

  constructor(mapped: readonly string[]) {
    this.sharing = new AttributeSharing(mapped);
  }

  get count(): number {
    return this.#batch.count;
  }

  add(span: SpanRecord): void {
    const { shared, own, telling } = this.#divided(span.attributes);
    const rows = this.#batch;
    const at = rows.grow();
    rows.trace[at] = this.#traceOf(span.traceId);
    rows.head[at] = this.headOf(span, shared);
    rows.ids.write(span.spanId, at * 32, 'latin1');
    if (span.parentSpanId === null) rows.ids.fill(0, at * 32 + 16, at * 32 + 32);
    else rows.ids.write(span.parentSpanId, at * 32 + 16, 'latin1');
    rows.times[at * 2] = span.startNs ?? noTime;
    rows.times[at * 2 + 1] = span.endNs ?? noTime;
    rows.write(own);
    rows.attributesEnd[at] = rows.textEnd;
    rows.telling[at] = telling ? 1 : 0;
    const { rawTime, events, links } = span;
    if (rawTime !== null || events.length > 0 || links.length > 0) {
      rows.rest.set(at, { rawTime, events, links });
    }
  }

  /** The place of the head with these attributes. */
  headOf(head: Omit<SpanHead, 'attributes'>, attributes: string): number {
    const { resource, scope, name, kind, status, statusMessage, traceState, flags } = head;
    const fields = [name, kind, status, statusMessage, traceState, flags, attributes];
    const key = JSON.stringify([...Object.values(resource), ...Object.values(scope), ...fields]);
    const known = this.#heads.get(key);
    if (known !== undefined) return known;
    const place = this.#headCount;
    this.#headCount += 1;
    this.sharing.heads = this.#headCount;
    if (this.#heads.size >= mostHeads) this.#heads.clear();
    this.#heads.set(key, place);
    this.#batch.heads.push({
      ...{ resource, scope, name, kind, status, statusMessage, traceState, flags, attributes },
    });
    return place;
  }

  /** The columns so far; new ones begin. */
  take(): SpanColumns {
    const columns = this.#batch.columns();
    this.#batch = new Rows(Math.max(firstRows, columns.count));
    return columns;
  }

  #traceOf(id: string): number {
    const word = (at: number): number => Number.parseInt(id.slice(at, at + 8), 16);
    const before = this.#traceIds.count;
    const number = this.#traceIds.numberOf(word(0), word(8), word(16), word(24));
    if (this.#traceIds.count > before) this.#batch.traces.push(Buffer.from(id, 'latin1'));
    return number;
  }

  /** The attributes of the head, those of the span, and whether the latter are telling. */
  #divided(attributes: string): { shared: string; own: string; telling: boolean } {
    let shared = '';
    let own = '';
    let telling = false;
    for (const { key, value } of membersOf(attributes)) {
      const known = this.sharing.nameOf(key);
      if (this.sharing.isShared(known, value)) shared += `,${known.text}${value}`;
      else {
        own += `,${known.text}${value}`;
        telling ||= known.telling;
      }
    }
    return { shared: `{${shared.slice(1)}}`, own: own === '' ? '' : `{${own.slice(1)}}`, telling };
  }
}

/** The columns of one batch while they are filled. */
class Rows {
  count = 0;
  readonly heads: SpanHead[] = [];
  readonly traces: Uint8Array[] = [];
  readonly rest = new Map<number, SpanRest>();
  trace: Uint32Array;
  head: Uint32Array;
  ids: Buffer;
  times: BigInt64Array;
  attributesEnd: Uint32Array;
  telling: Uint8Array;
  text: Buffer;
  textEnd = 0;

  constructor(rows = firstRows) {
    this.trace = new Uint32Array(rows);
    this.head = new Uint32Array(rows);
    this.ids = own(rows * 32);
    this.times = new BigInt64Array(rows * 2);
    this.attributesEnd = new Uint32Array(rows);
    this.telling = new Uint8Array(rows);
    this.text = own(rows * 64);
  }

  /** Makes room for one more; gives its place. */
  grow(): number {
    const place = this.count;
    this.count += 1;
    if (place < this.trace.length) return place;
    const rows = this.trace.length * 2;
    this.trace = enlarged(this.trace, new Uint32Array(rows));
    this.head = enlarged(this.head, new Uint32Array(rows));
    this.ids = enlarged(this.ids, own(rows * 32));
    this.times = enlarged(this.times, new BigInt64Array(rows * 2));
    this.attributesEnd = enlarged(this.attributesEnd, new Uint32Array(rows));
    this.telling = enlarged(this.telling, new Uint8Array(rows));
    return place;
  }

  /** Room for so many bytes of text at `textEnd`. */
  reserve(bytes: number): void {
    if (this.textEnd + bytes <= this.text.length) return;
    this.text = enlarged(this.text, own(2 * (this.textEnd + bytes)));
  }

  write(text: string): void {
    if (text === '') return;
    this.reserve(text.length * 3);
    this.textEnd += this.text.write(text, this.textEnd);
  }

  columns(): SpanColumns {
    const { count } = this;
    return {
      count,
      traces: Buffer.concat(this.traces),
      heads: this.heads,
      trace: this.trace.slice(0, count),
      head: this.head.slice(0, count),
      ids: this.ids.subarray(0, count * 32),
      times: this.times.slice(0, count * 2),
      attributes: this.text.subarray(0, this.textEnd),
      attributesEnd: this.attributesEnd.slice(0, count),
      telling: this.telling.slice(0, count),
      rest: this.rest,
    };
  }
}

/** Not from the pool of small buffers: a column is handed to another thread whole. */
const own = (bytes: number): Buffer => Buffer.from(new ArrayBuffer(bytes));

function enlarged<Column extends { set(old: Column): void }>(old: Column, to: Column): Column {
  to.set(old);
  return to;
}
