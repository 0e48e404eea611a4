/**
 * One metric of a protobuf request with the points of a gauge or sum, from its bytes into columns.
 * Distributions are left to the plain decoder.
 */
import { type MetricPointRecord, valueKind } from '../../model.ts';
import { numberPointMessage } from '../../otlp/messages.ts';
import type { Draft } from '../draft.ts';
import { attributesText } from '../otlp/any-value.ts';
import type { Surroundings } from '../scan/surroundings.ts';
import { noText, Places, type Word, Words } from '../scan/words.ts';
import { decodeMessage, Malformed } from './decode.ts';
import { isTime, isZero, small, textAt } from './scalars.ts';
import { FieldCursor, type WireBytes } from './wire.ts';

/** Field numbers of a metric, of a gauge or sum, of a point. */
const field = { name: 1, description: 2, unit: 3, gauge: 5, sum: 7, metadata: 12 } as const;
const dataField = { points: 1, temporality: 2, monotonic: 3 } as const;
const pointField = {
  ...{ start: 2, time: 3, double: 4, exemplars: 5, integer: 6, attributes: 7, flags: 8 },
} as const;
const anyValue = (1 << pointField.double) | (1 << pointField.integer);
const temporalities = [null, 'delta', 'cumulative'] as const;
/** Series of one metric remembered by the bytes of their attributes. */
const mostRemembered = 20_000;
/** A longer metric is handed on point by point. */
const longestMetric = 1024 * 1024;

/** A metric of one scope, unit, kind and temporality. */
type Series = Map<string, number>;

export class MetricReader {
  readonly #draft: Draft;
  readonly #words = new Words();
  readonly #places = new Places();
  readonly #known: Series[] = [];
  readonly #cursor = new FieldCursor(new Uint8Array(0));
  readonly #data = new FieldCursor(new Uint8Array(0));
  readonly #point = new FieldCursor(new Uint8Array(0));
  // What is being read.
  #name: Word = noText;
  #unit: Word = noText;
  /** Where the gauge or sum lies; 0: none was read. */
  #number = 0;
  #from = 0;
  #to = 0;
  #temporality = 0;
  #monotonic = 0;
  #at = 0;
  #seen = 0;
  #attributesFrom = 0;
  #attributesTo = 0;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** Reads a metric and adds its points; false if there is something in it that is not known. */
  read(wire: WireBytes, from: number, to: number, around: Surroundings): boolean {
    if (to - from > longestMetric || !this.#fields(wire, from, to)) return false;
    const mark = this.#draft.mark();
    this.#draft.metric();
    if (this.#points(wire, around)) return true;
    this.#draft.rewind(mark);
    return false;
  }

  /** What there is besides the points. */
  #fields(wire: WireBytes, from: number, to: number): boolean {
    const cursor = this.#cursor;
    this.#name = noText;
    this.#unit = noText;
    this.#number = 0;
    cursor.over(wire.bytes, from, to);
    for (let last = 0; cursor.next(); last = cursor.number) {
      if (cursor.number > field.metadata) continue;
      // Each once at most, in the order in which writers have them.
      const isListed = cursor.number === field.metadata;
      if ((cursor.number <= last && !isListed) || !this.#field(wire, cursor)) return false;
    }
    // A metric without a name or data has something to be said about it.
    const isWhole = !cursor.broken && this.#name !== noText && this.#number !== 0;
    return isWhole && this.#dataFields(wire);
  }

  #field(wire: WireBytes, { number, type, from, to }: FieldCursor): boolean {
    switch (number) {
      case field.name:
      case field.unit: {
        const word = textAt(wire, type, from, to, this.#words);
        if (word === null) return false;
        if (number === field.name) this.#name = word;
        else this.#unit = word;
        return true;
      }
      case field.gauge:
      case field.sum:
        if (type !== 2 || this.#number !== 0) return false;
        this.#number = number;
        this.#from = from;
        this.#to = to;
        return true;
      default:
        return number === field.description || number === field.metadata;
    }
  }

  /** The temporality stands behind the points it is said of. */
  #dataFields(wire: WireBytes): boolean {
    const data = this.#data;
    this.#temporality = 0;
    this.#monotonic = 0;
    data.over(wire.bytes, this.#from, this.#to);
    while (data.next()) {
      const { number, type, from, to } = data;
      if (number === dataField.points) {
        if (type !== 2) return false;
      } else if (this.#number === field.sum && number === dataField.temporality) {
        this.#temporality = small(wire, type, from, to, 2);
      } else if (this.#number === field.sum && number === dataField.monotonic) {
        this.#monotonic = small(wire, type, from, to, 1);
      }
    }
    return !data.broken && this.#temporality >= 0 && this.#monotonic >= 0;
  }

  #points(wire: WireBytes, around: Surroundings): boolean {
    const data = this.#data;
    const series = this.#seriesOf(around);
    data.over(wire.bytes, this.#from, this.#to);
    while (data.next()) {
      if (data.number !== dataField.points) continue;
      if (!this.#pointAt(wire, data.from, data.to, around, series)) return false;
    }
    return true;
  }

  #seriesOf({ id }: Surroundings): Series {
    const { numbers } = this.#places;
    numbers[0] = id;
    numbers[1] = this.#name.id;
    numbers[2] = this.#unit.id;
    numbers[3] = this.#number;
    numbers[4] = this.#temporality;
    numbers[5] = this.#monotonic;
    const known = this.#known[this.#places.known(6)];
    if (known !== undefined) return known;
    const made: Series = new Map();
    this.#places.remember(this.#known.push(made) - 1);
    return made;
  }

  #pointAt(
    wire: WireBytes,
    from: number,
    to: number,
    around: Surroundings,
    series: Series,
  ): boolean {
    const { points } = this.#draft;
    const { rows } = points;
    const cursor = this.#point;
    this.#at = rows.next();
    rows.clear(this.#at);
    this.#seen = 0;
    this.#attributesFrom = from;
    this.#attributesTo = from;
    cursor.over(wire.bytes, from, to);
    while (cursor.next()) if (!this.#pointField(wire, cursor)) return false;
    if (cursor.broken || (this.#seen & (1 << pointField.time)) === 0) return false;
    if ((this.#seen & anyValue) === anyValue) return false;
    const place = this.#seriesPlace(wire.bytes, around, series);
    if (place < 0) return false;
    if (!this.#draft.holdsAll && !this.#draft.holds(rows.times[this.#at * 2] as bigint)) {
      this.#draft.leaveOutPoint();
      return true;
    }
    rows.of[this.#at] = place;
    points.finish();
    return true;
  }

  #pointField(wire: WireBytes, cursor: FieldCursor): boolean {
    const { number, type, begin, to } = cursor;
    if (number === pointField.attributes) {
      const isFirst = this.#attributesFrom === this.#attributesTo;
      // One after another, so that their bytes are one text.
      if (type !== 2 || (!isFirst && begin !== this.#attributesTo)) return false;
      if (isFirst) this.#attributesFrom = begin;
      this.#attributesTo = to;
      return true;
    }
    if (number > pointField.flags) return true;
    if ((this.#seen & (1 << number)) !== 0) return false;
    this.#seen |= 1 << number;
    return this.#pointValue(wire, cursor);
  }

  #pointValue(wire: WireBytes, { number, type, from, to }: FieldCursor): boolean {
    const { rows } = this.#draft.points;
    const at = this.#at;
    switch (number) {
      case pointField.start:
        if (type !== 1) return false;
        return isZero(wire.view, from) || isTime(wire.view, from, rows.timeWords, at * 4 + 2);
      case pointField.time:
        return type === 1 && isTime(wire.view, from, rows.timeWords, at * 4);
      case pointField.double:
        rows.kinds[at] = valueKind.double;
        if (type === 1) rows.doubles[at] = wire.view.getFloat64(from, true);
        return type === 1;
      case pointField.integer:
        rows.kinds[at] = valueKind.integer;
        if (type === 1) rows.values[at] = wire.view.getBigInt64(from, true);
        return type === 1;
      case pointField.flags:
        return small(wire, type, from, to, 0) === 0;
      case pointField.exemplars:
        return false;
      default:
        return true;
    }
  }

  /** The place of the series with the attributes; -1 if the plain decoder has something to say. */
  #seriesPlace(bytes: Buffer, { resource, scope }: Surroundings, series: Series): number {
    const [from, to] = [this.#attributesFrom, this.#attributesTo];
    const key = bytes.toString('latin1', from, to);
    const found = series.get(key);
    if (found !== undefined) return found;
    const attributes = this.#attributes(bytes);
    if (attributes === null) return -1;
    const place = this.#draft.points.seriesOf({
      ...{ resource, scope, metric: this.#name.text, unit: this.#unit.text },
      type: this.#number === field.gauge ? 'gauge' : 'sum',
      temporality: temporalities[this.#temporality] as MetricPointRecord['temporality'],
      monotonic: this.#monotonic === 1,
      attributes,
    });
    if (series.size >= mostRemembered) series.clear();
    series.set(key, place);
    return place;
  }

  /** JSON text of the attributes; null if there is something to be said of them. */
  #attributes(bytes: Buffer): string | null {
    const before = this.#draft.noted;
    try {
      const [from, to] = [this.#attributesFrom, this.#attributesTo];
      const point = decodeMessage(bytes, from, to, numberPointMessage);
      const text = attributesText(this.#draft, point.attributes);
      // Said once for every point, so it must not be remembered.
      return this.#draft.noted > before ? null : text;
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return null;
    }
  }
}
