/** Log records into columns. */
import { type LogColumns, type LogHead, type LogRecord, noTime } from '../model.ts';
import { templateOf } from '../text/log-template.ts';
import { enlarged, ownBytes, TextColumn } from './column.ts';
import { contentWords } from './content-hash.ts';
import { SharedParts } from './shared-parts.ts';

/** Heads, templates and bodies remembered at once; one that was forgotten is made anew. */
const mostRemembered = 50_000;
const firstRows = 256;

/** A body of more bytes begins with more characters than a template reads. */
const templateBytes = 2_048;

export class LogWriter {
  readonly #heads = new SharedParts(mostRemembered);
  readonly #templates = new Map<string, number>();
  readonly #bodies = new Map<string, number>();
  #templateCount = 0;
  #batch = new LogRows();

  get count(): number {
    return this.#batch.count;
  }

  /** The columns being filled. */
  get rows(): LogRows {
    return this.#batch;
  }

  /** Takes back what was added since `rows` had so many; heads and templates stay known. */
  rewind(count: number): void {
    this.#batch.rewind(count);
  }

  add(log: LogRecord): void {
    const rows = this.#batch;
    const at = rows.next();
    rows.head[at] = this.headOf(log);
    rows.clear(at);
    rows.times[at * 2] = log.timeNs ?? noTime;
    rows.times[at * 2 + 1] = log.observedNs ?? noTime;
    rows.ids.write(log.traceId ?? '', at * 48, 'latin1');
    rows.ids.write(log.spanId ?? '', at * 48 + 32, 'latin1');
    rows.text.write(log.body);
    rows.textEnd[at * 2] = rows.text.end;
    rows.text.write(log.attributes);
    rows.textEnd[at * 2 + 1] = rows.text.end;
    if (log.rawTime !== null) rows.rawTimes.set(at, log.rawTime);
    this.finish();
  }

  /** The place of the head. */
  headOf(log: LogHead): number {
    const { resource, scope, severityNumber, severityText, eventName, flags, structured } = log;
    const own = [severityNumber, severityText, eventName, flags, structured];
    const parts = [...Object.values(resource), ...Object.values(scope), ...own];
    return this.#heads.placeOf(parts, () => {
      this.#batch.heads.push({
        ...{ resource, scope, severityNumber, severityText, eventName, flags, structured },
      });
    });
  }

  /** Ends the record at the next place, whose other columns are written. */
  finish(): void {
    const rows = this.#batch;
    const at = rows.count;
    const from = at === 0 ? 0 : (rows.textEnd[at * 2 - 1] as number);
    const bodyEnd = rows.textEnd[at * 2] as number;
    rows.template[at] = this.#templateAt(rows.text.bytes, from, bodyEnd);
    const raw = rows.rawTimes.get(at);
    const words = contentWords(
      this.#heads.digestAt(rows.head[at] as number),
      rows.timeBytes.subarray(at * 16, at * 16 + 16),
      rows.ids.subarray(at * 48, at * 48 + 48),
      lengthOf(bodyEnd - from),
      rows.text.bytes.subarray(from, rows.text.end),
      ...(raw === undefined ? [] : [Buffer.from(raw)]),
    );
    rows.hashWords[at * 2] = words[1] as number;
    rows.hashWords[at * 2 + 1] = words[0] as number;
    rows.count += 1;
  }

  #templateAt(bytes: Buffer, from: number, to: number): number {
    const body = bytes.toString('utf8', from, Math.min(to, from + templateBytes));
    const known = this.#bodies.get(body);
    if (known !== undefined) return known;
    const place = this.#templateOf(templateOf(body));
    if (this.#bodies.size >= mostRemembered) this.#bodies.clear();
    this.#bodies.set(body, place);
    return place;
  }

  #templateOf(template: string): number {
    const known = this.#templates.get(template);
    if (known !== undefined) return known;
    const place = this.#templateCount;
    this.#templateCount += 1;
    if (this.#templates.size >= mostRemembered) this.#templates.clear();
    this.#templates.set(template, place);
    this.#batch.templates.push(template);
    return place;
  }

  /** The columns so far; new ones begin. */
  take(): LogColumns {
    const columns = this.#batch.columns();
    this.#batch = new LogRows(Math.max(firstRows, columns.count));
    return columns;
  }
}

const length = new Uint32Array(1);
const lengthBytes = new Uint8Array(length.buffer);

function lengthOf(bytes: number): Uint8Array {
  length[0] = bytes;
  return lengthBytes;
}

/** The columns of one batch while they are filled. */
class LogRows {
  count = 0;
  readonly heads: LogHead[] = [];
  readonly templates: string[] = [];
  readonly rawTimes = new Map<number, string>();
  head: Uint32Array;
  template: Uint32Array;
  times: BigInt64Array;
  /** The same memory: two words a time, and bytes. */
  timeWords: Uint32Array;
  timeBytes: Uint8Array;
  ids: Buffer;
  textEnd: Uint32Array;
  hashes: BigInt64Array;
  hashWords: Uint32Array;
  readonly text: TextColumn;

  constructor(rows = firstRows) {
    this.head = new Uint32Array(rows);
    this.template = new Uint32Array(rows);
    this.times = new BigInt64Array(rows * 2);
    this.timeWords = new Uint32Array(this.times.buffer);
    this.timeBytes = new Uint8Array(this.times.buffer);
    this.ids = ownBytes(rows * 48);
    this.textEnd = new Uint32Array(rows * 2);
    this.hashes = new BigInt64Array(rows);
    this.hashWords = new Uint32Array(this.hashes.buffer);
    this.text = new TextColumn(rows * 256);
  }

  /** The next place, with room for its columns. */
  next(): number {
    const place = this.count;
    if (place < this.head.length) return place;
    const rows = this.head.length * 2;
    this.head = enlarged(this.head, new Uint32Array(rows));
    this.template = enlarged(this.template, new Uint32Array(rows));
    this.times = enlarged(this.times, new BigInt64Array(rows * 2));
    this.timeWords = new Uint32Array(this.times.buffer);
    this.timeBytes = new Uint8Array(this.times.buffer);
    this.ids = enlarged(this.ids, ownBytes(rows * 48));
    this.textEnd = enlarged(this.textEnd, new Uint32Array(rows * 2));
    this.hashes = enlarged(this.hashes, new BigInt64Array(rows));
    this.hashWords = new Uint32Array(this.hashes.buffer);
    return place;
  }

  /** No times and no ids: what a record begins with. */
  clear(at: number): void {
    // The high half of `noTime`.
    this.timeWords[at * 4] = 0;
    this.timeWords[at * 4 + 1] = 0x8000_0000;
    this.timeWords[at * 4 + 2] = 0;
    this.timeWords[at * 4 + 3] = 0x8000_0000;
    for (let i = at * 48; i < at * 48 + 48; i += 1) this.ids[i] = 0;
  }

  /** Also forgets what was written of a record that was not finished. */
  rewind(count: number): void {
    for (const place of this.rawTimes.keys()) if (place >= count) this.rawTimes.delete(place);
    this.count = count;
    this.text.end = count === 0 ? 0 : (this.textEnd[count * 2 - 1] as number);
  }

  columns(): LogColumns {
    const { count } = this;
    return {
      count,
      heads: this.heads,
      templates: this.templates,
      head: this.head.slice(0, count),
      template: this.template.slice(0, count),
      times: this.times.slice(0, count * 2),
      ids: this.ids.subarray(0, count * 48),
      text: this.text.whole(),
      textEnd: this.textEnd.slice(0, count * 2),
      hashes: this.hashes.slice(0, count),
      rawTimes: this.rawTimes,
    };
  }
}
