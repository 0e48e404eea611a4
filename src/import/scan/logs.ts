/** One log record of OTLP/JSON, from its bytes into columns. */
import { Operation } from '../attribute-sharing.ts';
import type { Draft } from '../draft.ts';
import { AttributeScanner, type Met } from './attributes.ts';
import { type Cursor, keysOf } from './cursor.ts';
import { addLog, LogHeadFields } from './log-head.ts';
import { copy } from './pattern.ts';
import type { Surroundings } from './surroundings.ts';
import { Holes } from './template.ts';
import { longestText, type Word, Words } from './words.ts';

/** In the order in which most writers have them. */
const keys = keysOf(
  ...['timeUnixNano', 'observedTimeUnixNano', 'severityNumber', 'severityText', 'body'],
  ...['attributes', 'droppedAttributesCount', 'flags', 'traceId', 'spanId', 'eventName'],
);
const key = {
  time: 0,
  observed: 1,
  severity: 2,
  severityText: 3,
  body: 4,
  attributes: 5,
  droppedAttributes: 6,
  flags: 7,
  traceId: 8,
  spanId: 9,
  eventName: 10,
} as const;
const anyTime = (1 << key.time) | (1 << key.observed);
const bodyKeys = keysOf('stringValue');

/** Of each log the attributes are its own: the same slots serve all. */
const attributesOfLogs = (): Met => ({
  operation: new Operation(() => false, false),
  slots: [],
  templates: new Map(),
});

export class LogScanner {
  readonly #cursor: Cursor;
  readonly #draft: Draft;
  readonly #attributes: AttributeScanner;
  readonly #met = attributesOfLogs();
  readonly #words = new Words();
  /** What a head holds of the record being read. */
  readonly #fields: LogHeadFields;
  // What else there is of it.
  #at = 0;
  #bodyFrom = 0;
  #bodyTo = 0;
  /** The body where its bytes are not its text. */
  #bodyText: string | null = null;

  constructor(cursor: Cursor, draft: Draft) {
    this.#cursor = cursor;
    this.#draft = draft;
    this.#fields = new LogHeadFields(draft);
    this.#attributes = new AttributeScanner(cursor, new Holes());
  }

  /** Reads a record and adds it; false if there is something in it that is not known. */
  read(around: Surroundings): boolean {
    this.#clear();
    const seen = this.#cursor.members(keys, this.#field);
    if (seen < 0 || (seen & anyTime) === 0) return false;
    const { rows } = this.#draft.logs;
    const at = this.#at;
    // The observed time stands in for an absent one: the data model says so.
    if ((seen & (1 << key.time)) === 0) rows.times[at * 2] = rows.times[at * 2 + 1] as bigint;
    if (!this.#draft.holdsAll && !this.#draft.holds(rows.times[at * 2] as bigint)) return true;
    rows.head[at] = this.#fields.place(around);
    if (this.#bodyText !== null) rows.text.write(this.#bodyText);
    else rows.text.copy(this.#cursor.bytes, this.#bodyFrom, this.#bodyTo);
    addLog(this.#draft, this.#attributes.own);
    return true;
  }

  #clear(): void {
    const { rows } = this.#draft.logs;
    this.#at = rows.next();
    rows.clear(this.#at);
    this.#fields.clear();
    this.#bodyFrom = 0;
    this.#bodyTo = 0;
    this.#bodyText = null;
    this.#attributes.clear();
  }

  readonly #field = (found: number): boolean => {
    const cursor = this.#cursor;
    switch (found) {
      case key.time:
        return this.#time(0);
      case key.observed:
        return this.#time(2);
      case key.severity:
        this.#fields.severity = cursor.count();
        return this.#fields.severity >= 0 && this.#fields.severity <= 24;
      case key.severityText:
        return this.#word((word) => {
          this.#fields.severityText = word;
        });
      case key.eventName:
        return this.#word((word) => {
          this.#fields.eventName = word;
        });
      case key.body:
        return this.#body();
      case key.attributes:
        return this.#attributes.read(this.#met);
      case key.flags:
        this.#fields.flags = cursor.count();
        return this.#fields.flags >= 0 && this.#fields.flags < 2 ** 32;
      case key.traceId:
        return cursor.emptyText() || this.#id(32, 0);
      case key.spanId:
        return cursor.emptyText() || this.#id(16, 32);
      default:
        return cursor.count() >= 0;
    }
  };

  #time(to: number): boolean {
    if (!this.#cursor.time()) return false;
    const { timeWords } = this.#draft.logs.rows;
    timeWords[this.#at * 4 + to] = this.#cursor.words[0] as number;
    timeWords[this.#at * 4 + to + 1] = this.#cursor.words[1] as number;
    return true;
  }

  #word(take: (word: Word) => void): boolean {
    if (this.#cursor.emptyText()) return true;
    const word = this.#words.read(this.#cursor);
    if (word !== null) take(word);
    return word !== null;
  }

  #id(digits: 16 | 32, to: number): boolean {
    const cursor = this.#cursor;
    if (!cursor.id(digits)) return false;
    const { ids } = this.#draft.logs.rows;
    copy(cursor.bytes, cursor.from, cursor.from + digits, ids, this.#at * 48 + to);
    return true;
  }

  /** A body that is text: others are left to the plain decoder. */
  #body(): boolean {
    const cursor = this.#cursor;
    if (!cursor.takes(0x7b) || cursor.key(bodyKeys, 0) !== 0) return false;
    if (!cursor.string() || cursor.to - cursor.from > longestText) return false;
    this.#bodyFrom = cursor.from;
    this.#bodyTo = cursor.to;
    if (!cursor.isPlain) this.#bodyText = cursor.text();
    return cursor.takes(0x7d);
  }
}
