/** Spans into columns, with what many of them have in common taken out as heads. */

import {
  noTime,
  type SpanColumns,
  type SpanHead,
  type SpanRecord,
  type SpanRest,
} from '../model.ts';
import { membersOf } from '../text/json.ts';
import { AttributeSharing, type Operation } from './attribute-sharing.ts';
import { enlarged, ownBytes, TextColumn } from './column.ts';
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

  /** The columns being filled. */
  get rows(): Rows {
    return this.#batch;
  }

  /** Takes back what was added since `rows` had so many; names and heads stay known. */
  rewind(count: number): void {
    this.#batch.rewind(count);
  }

  add(span: SpanRecord): void {
    const operation = this.sharing.operation(span.name);
    const { shared, own, telling } = divided(operation, span.attributes);
    const rows = this.#batch;
    const at = rows.grow();
    rows.trace[at] = this.#traceOf(span.traceId);
    rows.head[at] = this.headOf(span, shared);
    rows.ids.write(span.spanId, at * 32, 'latin1');
    if (span.parentSpanId === null) rows.ids.fill(0, at * 32 + 16, at * 32 + 32);
    else rows.ids.write(span.parentSpanId, at * 32 + 16, 'latin1');
    rows.times[at * 2] = span.startNs ?? noTime;
    rows.times[at * 2 + 1] = span.endNs ?? noTime;
    rows.text.write(own);
    rows.attributesEnd[at] = rows.text.end;
    rows.telling[at] = telling ? 1 : 0;
    const { rawTime, events, links, dropped } = span;
    if (rawTime !== null || events.length > 0 || links.length > 0 || dropped !== null) {
      rows.rest.set(at, { rawTime, events, links, dropped });
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
    this.sharing.operation(name).heads += 1;
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
    const words = [word(0), word(8), word(16), word(24)] as const;
    return this.traceAt(words, Buffer.from(id, 'latin1'), 0);
  }

  /** The place of the trace whose id is in the words, and as 32 digits at `from`. */
  traceAt(words: ArrayLike<number>, digits: Uint8Array, from: number): number {
    const before = this.#traceIds.count;
    const [a, b, c, d] = [words[0], words[1], words[2], words[3]] as [
      number,
      number,
      number,
      number,
    ];
    const number = this.#traceIds.numberOf(a, b, c, d);
    if (this.#traceIds.count > before) {
      this.#batch.traces.push(Uint8Array.prototype.slice.call(digits, from, from + 32));
    }
    return number;
  }
}

/** The attributes of the head, those of the span, and whether the latter are telling. */
function divided(
  operation: Operation,
  attributes: string,
): { shared: string; own: string; telling: boolean } {
  let shared = '';
  let own = '';
  let telling = false;
  for (const { key, value } of membersOf(attributes)) {
    const known = operation.nameOf(key);
    if (operation.isShared(known, value)) shared += `,${known.text}${value}`;
    else {
      own += `,${known.text}${value}`;
      telling ||= known.telling;
    }
  }
  return { shared: `{${shared.slice(1)}}`, own: own === '' ? '' : `{${own.slice(1)}}`, telling };
}

/** The columns of one batch while they are filled. */
export class Rows {
  count = 0;
  readonly heads: SpanHead[] = [];
  readonly traces: Uint8Array[] = [];
  readonly rest = new Map<number, SpanRest>();
  trace: Uint32Array;
  head: Uint32Array;
  ids: Buffer;
  times: BigInt64Array;
  /** The same memory: two words a time. */
  timeWords: Uint32Array;
  attributesEnd: Uint32Array;
  telling: Uint8Array;
  readonly text: TextColumn;

  constructor(rows = firstRows) {
    this.trace = new Uint32Array(rows);
    this.head = new Uint32Array(rows);
    this.ids = ownBytes(rows * 32);
    this.times = new BigInt64Array(rows * 2);
    this.timeWords = new Uint32Array(this.times.buffer);
    this.attributesEnd = new Uint32Array(rows);
    this.telling = new Uint8Array(rows);
    this.text = new TextColumn(rows * 64);
  }

  /** Takes the next place. */
  grow(): number {
    const place = this.next();
    this.count += 1;
    return place;
  }

  /** The next place, with room for its columns. */
  next(): number {
    const place = this.count;
    if (place < this.trace.length) return place;
    const rows = this.trace.length * 2;
    this.trace = enlarged(this.trace, new Uint32Array(rows));
    this.head = enlarged(this.head, new Uint32Array(rows));
    this.ids = enlarged(this.ids, ownBytes(rows * 32));
    this.times = enlarged(this.times, new BigInt64Array(rows * 2));
    this.timeWords = new Uint32Array(this.times.buffer);
    this.attributesEnd = enlarged(this.attributesEnd, new Uint32Array(rows));
    this.telling = enlarged(this.telling, new Uint8Array(rows));
    return place;
  }

  rewind(count: number): void {
    for (const place of this.rest.keys()) if (place >= count) this.rest.delete(place);
    this.count = count;
    this.text.end = count === 0 ? 0 : (this.attributesEnd[count - 1] as number);
  }

  columns(): SpanColumns {
    const { count } = this;
    return {
      count,
      traces: joined(this.traces),
      heads: this.heads,
      trace: this.trace.slice(0, count),
      head: this.head.slice(0, count),
      ids: this.ids.subarray(0, count * 32),
      times: this.times.slice(0, count * 2),
      attributes: this.text.whole(),
      attributesEnd: this.attributesEnd.slice(0, count),
      telling: this.telling.slice(0, count),
      rest: this.rest,
    };
  }
}

function joined(ids: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(ids.length * 32);
  for (const [index, id] of ids.entries()) all.set(id, index * 32);
  return all;
}
