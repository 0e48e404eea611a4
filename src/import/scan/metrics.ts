/**
 * One metric of OTLP/JSON with the points of a gauge or sum, from its bytes into columns.
 * Distributions are left to the plain decoder.
 */
import { type MetricPointRecord, valueKind } from '../../model.ts';
import type { Draft } from '../draft.ts';
import { parsed } from '../json-text.ts';
import { attributesText } from '../otlp/any-value.ts';
import { type Cursor, keysOf } from './cursor.ts';
import { patternOf } from './pattern.ts';
import type { Surroundings } from './surroundings.ts';
import { noText, Places, type Word, Words } from './words.ts';

const metricKeys = keysOf('name', 'description', 'unit', 'gauge', 'sum', 'metadata');
const key = { name: 0, description: 1, unit: 2, gauge: 3, sum: 4 } as const;
const dataKeys = keysOf('dataPoints', 'aggregationTemporality', 'isMonotonic');
const pointKeys = keysOf(
  ...['attributes', 'startTimeUnixNano', 'timeUnixNano', 'asDouble', 'asInt', 'flags', 'exemplars'],
);
const point = { attributes: 0, start: 1, time: 2, double: 3, integer: 4, flags: 5 } as const;
const anyValue = (1 << point.double) | (1 << point.integer);
const temporalities = [null, 'delta', 'cumulative'] as const;
const [yes, no] = [patternOf(Buffer.from('true')), patternOf(Buffer.from('false'))];
/** Series of one metric remembered by the text of their attributes. */
const mostRemembered = 20_000;

/** A metric of one scope, unit and kind. */
interface Known {
  readonly type: 'gauge' | 'sum';
  readonly series: Map<string, number>;
  /** As they stood last. */
  temporality: number;
  monotonic: boolean;
}

export class MetricScanner {
  readonly #cursor: Cursor;
  readonly #draft: Draft;
  readonly #words = new Words();
  readonly #places = new Places();
  readonly #known: Known[] = [];
  // What is being read.
  #around: Surroundings | null = null;
  #name: Word = noText;
  #unit: Word = noText;
  #metric: Known | null = null;
  #temporality = 0;
  #monotonic = false;
  #at = 0;
  #attributes = '';

  constructor(cursor: Cursor, draft: Draft) {
    this.#cursor = cursor;
    this.#draft = draft;
  }

  /** Reads a metric and adds its points; false if there is something in it that is not known. */
  read(around: Surroundings): boolean {
    this.#around = around;
    this.#name = noText;
    this.#unit = noText;
    this.#metric = null;
    const mark = this.#draft.mark();
    this.#draft.metric();
    const seen = this.#cursor.members(metricKeys, this.#member);
    // A metric without a name or data has something to be said about it.
    if (seen >= 0 && this.#name !== noText && this.#metric !== null) return true;
    this.#draft.rewind(mark);
    return false;
  }

  readonly #member = (found: number): boolean => {
    const cursor = this.#cursor;
    switch (found) {
      case key.name:
        this.#name = this.#words.read(cursor) ?? noText;
        return this.#name !== noText && this.#metric === null;
      case key.unit:
        if (cursor.emptyText()) return true;
        this.#unit = this.#words.read(cursor) ?? noText;
        return this.#unit !== noText && this.#metric === null;
      case key.description:
        return cursor.string();
      case key.gauge:
        return this.#data('gauge');
      case key.sum:
        return this.#data('sum');
      default:
        return cursor.next() === 0x5b && cursor.skip();
    }
  };

  /**
   * The temporality stands behind the points it is said of: it is taken to be that of last time,
   * and if it is not, they are read again.
   */
  #data(type: Known['type']): boolean {
    if (this.#metric !== null) return false;
    const known = this.#knownMetric(type);
    this.#metric = known;
    const cursor = this.#cursor;
    const begin = cursor.at;
    const mark = this.#draft.mark();
    for (let tries = 0; tries < 2; tries += 1) {
      this.#temporality = 0;
      this.#monotonic = false;
      if (cursor.members(dataKeys, this.#dataMember) < 0) return false;
      const { temporality, monotonic } = known;
      if (this.#temporality === temporality && this.#monotonic === monotonic) return true;
      known.temporality = this.#temporality;
      known.monotonic = this.#monotonic;
      known.series.clear();
      this.#draft.rewind(mark);
      cursor.at = begin;
    }
    return false;
  }

  #knownMetric(type: Known['type']): Known {
    const { numbers } = this.#places;
    numbers[0] = (this.#around as Surroundings).id;
    numbers[1] = this.#name.id;
    numbers[2] = this.#unit.id;
    numbers[3] = type === 'gauge' ? 0 : 1;
    const known = this.#known[this.#places.known(4)];
    if (known !== undefined) return known;
    const made = { type, series: new Map(), temporality: 0, monotonic: false };
    this.#places.remember(this.#known.push(made) - 1);
    return made;
  }

  readonly #dataMember = (found: number): boolean => {
    const cursor = this.#cursor;
    if (found === 0) return cursor.elements(this.#point);
    if (found === 1) {
      this.#temporality = cursor.count();
      return this.#temporality >= 0 && this.#temporality <= 2;
    }
    cursor.next();
    this.#monotonic = cursor.takesPattern(yes);
    return this.#monotonic || cursor.takesPattern(no);
  };

  readonly #point = (): boolean => {
    const { points } = this.#draft;
    const { rows } = points;
    this.#at = rows.next();
    rows.clear(this.#at);
    this.#attributes = '';
    const seen = this.#cursor.members(pointKeys, this.#field);
    if (seen < 0 || (seen & (1 << point.time)) === 0 || (seen & anyValue) === anyValue)
      return false;
    const series = this.#seriesPlace();
    if (series < 0) return false;
    if (!this.#draft.holdsAll && !this.#draft.holds(rows.times[this.#at * 2] as bigint)) {
      this.#draft.leaveOutPoint();
      return true;
    }
    rows.of[this.#at] = series;
    points.finish();
    return true;
  };

  readonly #field = (found: number): boolean => {
    const cursor = this.#cursor;
    switch (found) {
      case point.attributes:
        if (cursor.next() !== 0x5b || !cursor.skip()) return false;
        this.#attributes = cursor.bytes.toString('latin1', cursor.from, cursor.to);
        return true;
      case point.time:
        return this.#time(0);
      case point.start:
        return this.#time(2);
      case point.double:
        return this.#double();
      case point.integer:
        return this.#integer();
      case point.flags:
        return cursor.count() === 0;
      default:
        return cursor.takes(0x5b) && cursor.takes(0x5d);
    }
  };

  #time(to: number): boolean {
    if (!this.#cursor.time()) return false;
    const { timeWords } = this.#draft.points.rows;
    timeWords[this.#at * 4 + to] = this.#cursor.words[0] as number;
    timeWords[this.#at * 4 + to + 1] = this.#cursor.words[1] as number;
    return true;
  }

  #double(): boolean {
    const cursor = this.#cursor;
    if (!cursor.number()) return false;
    const { rows } = this.#draft.points;
    rows.kinds[this.#at] = valueKind.double;
    rows.doubles[this.#at] = Number(cursor.bytes.toString('latin1', cursor.from, cursor.to));
    return true;
  }

  #integer(): boolean {
    const cursor = this.#cursor;
    const quoted = cursor.takes(0x22);
    if (!quoted) cursor.next();
    if (!cursor.integer() || (quoted && !cursor.takes(0x22))) return false;
    const { rows } = this.#draft.points;
    rows.kinds[this.#at] = valueKind.integer;
    rows.values[this.#at] = BigInt(cursor.bytes.toString('latin1', cursor.from, cursor.to));
    return quoted || cursor.isAtEnd();
  }

  /** The place of the series with the attributes; -1 if the plain decoder has something to say. */
  #seriesPlace(): number {
    const known = this.#metric as Known;
    const found = known.series.get(this.#attributes);
    if (found !== undefined) return found;
    const list = parsed(Buffer.from(this.#attributes || '[]', 'latin1').toString('utf8'));
    const before = this.#draft.noted;
    if (list === undefined) return -1;
    const attributes = attributesText(this.#draft, list);
    // Said once for every point, so it must not be remembered.
    if (this.#draft.noted > before) return -1;
    const { resource, scope } = this.#around as Surroundings;
    const place = this.#draft.points.seriesOf({
      ...{ resource, scope, metric: this.#name.text, unit: this.#unit.text, type: known.type },
      temporality: temporalities[known.temporality] as MetricPointRecord['temporality'],
      monotonic: known.monotonic,
      attributes,
    });
    if (known.series.size >= mostRemembered) known.series.clear();
    known.series.set(this.#attributes, place);
    return place;
  }
}
