/** Metric points into columns. */
import {
  type MetricPointRecord,
  noTime,
  type PointColumns,
  type PointRest,
  type PointSeries,
  valueKind,
} from '../model.ts';
import { enlarged } from './column.ts';
import { contentWords, textDigest } from './content-hash.ts';
import { SharedParts } from './shared-parts.ts';

/** Series remembered at once; one that was forgotten is made anew. */
const mostRemembered = 100_000;
const firstRows = 256;

export class PointWriter {
  readonly #series = new SharedParts(mostRemembered);
  #batch = new PointRows();

  get count(): number {
    return this.#batch.count;
  }

  /** The columns being filled. */
  get rows(): PointRows {
    return this.#batch;
  }

  /** Takes back what was added since `rows` had so many; series stay known. */
  rewind(count: number): void {
    this.#batch.rewind(count);
  }

  add(point: MetricPointRecord): void {
    const rows = this.#batch;
    const at = rows.next();
    rows.clear(at);
    rows.of[at] = this.seriesOf(point);
    rows.times[at * 2] = point.timeNs ?? noTime;
    rows.times[at * 2 + 1] = point.startNs ?? noTime;
    const { rawTime, count, sum, detail, exemplars, exemplarCount, flags } = point;
    const wide = this.#setValue(at, point.value);
    const texts = [rawTime, count, sum, detail, exemplars];
    if (wide !== null || flags !== 0 || texts.some((text) => text !== null)) {
      const rest = { rawTime, count, sum, detail, exemplars, exemplarCount, flags };
      rows.rest.set(at, wide === null ? rest : { ...rest, wide });
    }
    this.finish();
  }

  /** Gives the value if it has no place in its column. */
  #setValue(at: number, value: number | bigint | null): bigint | null {
    const rows = this.#batch;
    if (typeof value === 'number') {
      rows.kinds[at] = valueKind.double;
      rows.doubles[at] = value;
    } else if (value !== null && BigInt.asIntN(64, value) === value) {
      rows.kinds[at] = valueKind.integer;
      rows.values[at] = value;
    } else if (value !== null) {
      rows.kinds[at] = valueKind.wide;
      return value;
    }
    return null;
  }

  /** The place of the series. */
  seriesOf(point: PointSeries): number {
    const { resource, scope, metric, unit, type, temporality, monotonic, attributes } = point;
    const own = [metric, unit, type, temporality, monotonic, attributes];
    const parts = [...Object.values(resource), ...Object.values(scope), ...own];
    return this.#series.placeOf(parts, () => {
      this.#batch.series.push({
        ...{ resource, scope, metric, unit, type, temporality, monotonic, attributes },
      });
    });
  }

  /** Ends the point at the next place, whose other columns are written. */
  finish(): void {
    const rows = this.#batch;
    const at = rows.count;
    const rest = rows.rest.get(at);
    const words = contentWords(
      this.#series.digestAt(rows.of[at] as number),
      rows.timeBytes.subarray(at * 16, at * 16 + 16),
      rows.valueBytes.subarray(at * 8, at * 8 + 8),
      rows.kinds.subarray(at, at + 1),
      ...(rest === undefined ? [] : [restDigest(rest)]),
    );
    rows.hashWords[at * 2] = words[1] as number;
    rows.hashWords[at * 2 + 1] = words[0] as number;
    rows.count += 1;
  }

  /** The columns so far; new ones begin. */
  take(): PointColumns {
    const columns = this.#batch.columns();
    this.#batch = new PointRows(Math.max(firstRows, columns.count));
    return columns;
  }
}

function restDigest(rest: PointRest): Uint8Array {
  const { rawTime, count, sum, detail, exemplars, flags, wide = null } = rest;
  return textDigest([rawTime, count, sum, detail, exemplars, flags, wide]);
}

/** The columns of one batch while they are filled. */
class PointRows {
  count = 0;
  readonly series: PointSeries[] = [];
  readonly rest = new Map<number, PointRest>();
  of: Uint32Array;
  times: BigInt64Array;
  /** The same memory: two words a time, and bytes. */
  timeWords: Uint32Array;
  timeBytes: Uint8Array;
  kinds: Uint8Array;
  values: BigInt64Array;
  /** The same memory. */
  doubles: Float64Array;
  valueBytes: Uint8Array;
  hashes: BigInt64Array;
  hashWords: Uint32Array;

  constructor(rows = firstRows) {
    this.of = new Uint32Array(rows);
    this.times = new BigInt64Array(rows * 2);
    this.timeWords = new Uint32Array(this.times.buffer);
    this.timeBytes = new Uint8Array(this.times.buffer);
    this.kinds = new Uint8Array(rows);
    this.values = new BigInt64Array(rows);
    this.doubles = new Float64Array(this.values.buffer);
    this.valueBytes = new Uint8Array(this.values.buffer);
    this.hashes = new BigInt64Array(rows);
    this.hashWords = new Uint32Array(this.hashes.buffer);
  }

  /** The next place, with room for its columns. */
  next(): number {
    const place = this.count;
    if (place < this.of.length) return place;
    const rows = this.of.length * 2;
    this.of = enlarged(this.of, new Uint32Array(rows));
    this.times = enlarged(this.times, new BigInt64Array(rows * 2));
    this.timeWords = new Uint32Array(this.times.buffer);
    this.timeBytes = new Uint8Array(this.times.buffer);
    this.kinds = enlarged(this.kinds, new Uint8Array(rows));
    this.values = enlarged(this.values, new BigInt64Array(rows));
    this.doubles = new Float64Array(this.values.buffer);
    this.valueBytes = new Uint8Array(this.values.buffer);
    this.hashes = enlarged(this.hashes, new BigInt64Array(rows));
    this.hashWords = new Uint32Array(this.hashes.buffer);
    return place;
  }

  /** No times and no value: what a point begins with. */
  clear(at: number): void {
    // The high half of `noTime`.
    this.timeWords[at * 4] = 0;
    this.timeWords[at * 4 + 1] = 0x8000_0000;
    this.timeWords[at * 4 + 2] = 0;
    this.timeWords[at * 4 + 3] = 0x8000_0000;
    this.kinds[at] = valueKind.none;
    this.doubles[at] = 0;
  }

  rewind(count: number): void {
    for (const place of this.rest.keys()) if (place >= count) this.rest.delete(place);
    this.count = count;
  }

  columns(): PointColumns {
    const { count } = this;
    return {
      count,
      series: this.series,
      of: this.of.slice(0, count),
      times: this.times.slice(0, count * 2),
      kinds: this.kinds.slice(0, count),
      values: this.values.slice(0, count),
      hashes: this.hashes.slice(0, count),
      rest: this.rest,
    };
  }
}
