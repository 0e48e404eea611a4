/** One span of OTLP/JSON, from its bytes into columns. */
import type { Draft } from '../draft.ts';
import type { Rows } from '../span-writer.ts';
import { AttributeScanner, type Met } from './attributes.ts';
import { type Cursor, keysOf } from './cursor.ts';
import { addSpan, SpanHeadFields } from './span-head.ts';
import type { Surroundings } from './surroundings.ts';
import { fits, Holes, hole, type Template, TemplateReader } from './template.ts';
import { noText, Words } from './words.ts';

/** In the order in which most writers have them. */
const keys = keysOf(
  ...['traceId', 'spanId', 'traceState', 'parentSpanId', 'flags', 'name', 'kind'],
  ...['startTimeUnixNano', 'endTimeUnixNano', 'attributes', 'droppedAttributesCount', 'events'],
  ...['droppedEventsCount', 'links', 'droppedLinksCount', 'status'],
);
const key = {
  traceId: 0,
  spanId: 1,
  traceState: 2,
  parentSpanId: 3,
  flags: 4,
  name: 5,
  kind: 6,
  start: 7,
  end: 8,
  attributes: 9,
  droppedAttributes: 10,
  events: 11,
  droppedEvents: 12,
  links: 13,
  droppedLinks: 14,
  status: 15,
} as const;
/** What stands before the name, so that the rest is like the rest of another span. */
const idFields = (1 << key.traceId) | (1 << key.spanId);
const needed = (1 << key.traceId) | (1 << key.spanId) | (1 << key.start) | (1 << key.end);

const statusKeys = keysOf('code', 'message');
/** Templates of one name and surroundings, and surroundings of one name. */
const mostTemplates = 8;
const mostSurroundings = 1_000;

export class SpanScanner {
  readonly #cursor: Cursor;
  readonly #draft: Draft;
  readonly #attributes: AttributeScanner;
  readonly #holes = new Holes();
  readonly #templates: TemplateReader;
  readonly #words = new Words<Met>();
  /** What a head holds of the span being read. */
  readonly #fields: SpanHeadFields<Met>;
  // What else there is of it.
  #rows: Rows;
  #at = 0;
  #trace = 0;
  #head = 0;
  #telling = false;

  constructor(cursor: Cursor, draft: Draft) {
    this.#cursor = cursor;
    this.#draft = draft;
    this.#fields = new SpanHeadFields(draft);
    this.#attributes = new AttributeScanner(cursor, this.#holes);
    this.#templates = new TemplateReader(cursor);
    this.#rows = draft.spans.rows;
  }

  /** Reads a span and adds it; false if there is something in it that is not known. */
  read(around: Surroundings): boolean {
    this.#clear();
    const cursor = this.#cursor;
    if (!cursor.takes(0x7b)) return false;
    let seen = 0;
    for (let guess = 0; ; guess += 1) {
      const found = cursor.key(keys, guess);
      if (found < 0 || (seen & (1 << found)) !== 0 || !this.#field(found)) return false;
      seen |= 1 << found;
      if (found === key.name && (seen & idFields) === idFields && this.#isLikeAnother(around)) {
        return addSpan(this.#draft, this.#trace, this.#head, this.#telling, this.#templates);
      }
      const more = cursor.follows(0x7d);
      if (more === null) return false;
      if (!more) break;
      guess = found;
    }
    if ((seen & needed) !== needed) return false;
    const { own, shared } = this.#attributes;
    const head = this.#fields.place(around, shared);
    this.#learn(around, head);
    return addSpan(this.#draft, this.#trace, head, own.telling, own);
  }

  /** Reads the rest of a span that is like one of its name, if it is; the ids are read already. */
  #isLikeAnother({ id }: Surroundings): boolean {
    const cursor = this.#cursor;
    this.#holes.begin = cursor.at;
    const known = this.#met().templates.get(id);
    if (known === undefined) return false;
    for (let i = 0; i < known.length; i += 1) {
      const template = known[i] as Template;
      if (!fits(template, this.#fields.state.id, this.#fields.flags, cursor)) continue;
      if (!this.#templates.read(template, this.#rows.timeWords, this.#at * 4)) continue;
      this.#head = template.head;
      this.#telling = template.telling;
      if (i > 0) {
        known[i] = known[i - 1] as Template;
        known[i - 1] = template;
      }
      return true;
    }
    return false;
  }

  #learn({ id }: Surroundings, head: number): void {
    const { bytes, at } = this.#cursor;
    const of = {
      state: this.#fields.state.id,
      flags: this.#fields.flags,
      head,
      telling: this.#attributes.own.telling,
    };
    const template = this.#holes.learn(bytes, at, of);
    if (template === null) return;
    const { templates } = this.#met();
    const known = templates.get(id);
    if (known === undefined) {
      if (templates.size >= mostSurroundings) templates.clear();
      templates.set(id, [template]);
    } else if (known.length < mostTemplates) known.unshift(template);
    else known[mostTemplates - 1] = template;
  }

  #clear(): void {
    this.#rows = this.#draft.spans.rows;
    this.#at = this.#rows.next();
    const { ids } = this.#rows;
    for (let i = this.#at * 32 + 16; i < this.#at * 32 + 32; i += 1) ids[i] = 0;
    this.#fields.clear();
    this.#attributes.clear();
    this.#holes.clear();
  }

  #field(found: number): boolean {
    const cursor = this.#cursor;
    switch (found) {
      case key.traceId:
        if (!cursor.id(32)) return false;
        this.#trace = this.#draft.spans.traceAt(cursor.words, cursor.bytes, cursor.from);
        return true;
      case key.spanId:
        return this.#id(0);
      case key.parentSpanId:
        this.#holes.spoilBehind();
        return this.#cursor.emptyText() || this.#id(16);
      case key.start:
        return this.#time(0);
      case key.end:
        return this.#time(2);
      case key.attributes:
        return this.#attributes.read(this.#met());
      case key.events:
      case key.links:
        return cursor.takes(0x5b) && cursor.takes(0x5d);
      default:
        return this.#headField(found);
    }
  }

  /** A field that spans of one head have in common, or a count of what was dropped: mostly 0. */
  #headField(found: number): boolean {
    const cursor = this.#cursor;
    switch (found) {
      case key.name:
        this.#fields.name = this.#words.read(this.#cursor) ?? noText;
        return this.#fields.name !== noText;
      case key.traceState:
        if (this.#cursor.emptyText()) return true;
        this.#fields.state = this.#words.read(this.#cursor) ?? noText;
        return this.#fields.state !== noText;
      case key.kind:
        this.#fields.kind = this.#small(5);
        return this.#fields.kind >= 0;
      case key.status:
        return this.#statusFields();
      case key.flags:
        this.#fields.flags = cursor.count();
        return this.#fields.flags >= 0 && this.#fields.flags < 2 ** 32;
      default:
        return cursor.count() === 0;
    }
  }

  /** Attributes that come before the name are shared among all such spans. */
  #met(): Met {
    const { sharing } = this.#draft.spans;
    if (this.#fields.name === noText)
      return { operation: sharing.operation(''), slots: [], templates: new Map() };
    this.#fields.name.known ??= {
      operation: sharing.operation(this.#fields.name.text),
      slots: [],
      templates: new Map(),
    };
    return this.#fields.name.known;
  }

  #id(to: number): boolean {
    const cursor = this.#cursor;
    if (!cursor.id(16)) return false;
    const { bytes, from } = cursor;
    const { ids } = this.#rows;
    const begin = this.#at * 32 + to;
    for (let i = 0; i < 16; i += 1) ids[begin + i] = bytes[from + i] as number;
    return true;
  }

  #time(to: number): boolean {
    if (!this.#cursor.time()) return false;
    const { from, to: end } = this.#cursor;
    this.#holes.add(to === 0 ? hole.start : hole.end, null, from, end);
    const { timeWords } = this.#rows;
    timeWords[this.#at * 4 + to] = this.#cursor.words[0] as number;
    timeWords[this.#at * 4 + to + 1] = this.#cursor.words[1] as number;
    return true;
  }

  /** A number from 0 to `most` of one digit; -1 if it is none. */
  #small(most: number): number {
    const cursor = this.#cursor;
    const value = cursor.next() - 0x30;
    if (value < 0 || value > most) return -1;
    cursor.at += 1;
    const behind = cursor.next();
    return behind === 0x2c || behind === 0x7d ? value : -1;
  }

  #statusFields(): boolean {
    const cursor = this.#cursor;
    if (!cursor.takes(0x7b)) return false;
    if (cursor.takes(0x7d)) return true;
    let seen = 0;
    for (;;) {
      const found = cursor.key(statusKeys, 0);
      if (found < 0 || (seen & (1 << found)) !== 0) return false;
      seen |= 1 << found;
      if (found === 0) this.#fields.status = this.#small(2);
      else if (!this.#cursor.emptyText())
        this.#fields.message = this.#words.read(this.#cursor) ?? noText;
      if (this.#fields.status < 0) return false;
      const more = cursor.follows(0x7d);
      if (more !== true) return more === false;
    }
  }
}
