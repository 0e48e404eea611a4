/** One span of OTLP/JSON, from its bytes into columns. */
import type { SpanKind, SpanStatus } from '../../model.ts';
import type { Draft } from '../draft.ts';
import type { Rows } from '../span-writer.ts';
import { AttributeScanner, type Met } from './attributes.ts';
import { type Cursor, keysOf } from './cursor.ts';
import type { SharedValue } from './slot.ts';
import type { Surroundings } from './surroundings.ts';
import { fits, Holes, hole, type Template, TemplateReader } from './template.ts';
import { noText, Places, type Word, Words } from './words.ts';

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
const kinds: readonly SpanKind[] = [
  ...(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const),
];
const statuses: readonly SpanStatus[] = ['unset', 'ok', 'error'];
/** Templates of one name and surroundings, and surroundings of one name. */
const mostTemplates = 8;
const mostSurroundings = 1_000;
type Name = Word<Met>;

export class SpanScanner {
  readonly #cursor: Cursor;
  readonly #draft: Draft;
  readonly #attributes: AttributeScanner;
  readonly #holes = new Holes();
  readonly #templates: TemplateReader;
  readonly #words = new Words<Met>();
  readonly #heads = new Places();
  // The fields of the span being read.
  #rows: Rows;
  #at = 0;
  #trace = 0;
  #head = 0;
  #telling = false;
  #flags = 0;
  #kind = 0;
  #status = 0;
  #name: Name = noText;
  #message: Name = noText;
  #state: Name = noText;

  constructor(cursor: Cursor, draft: Draft) {
    this.#cursor = cursor;
    this.#draft = draft;
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
        return !this.#isReversed() && this.#write(this.#head, this.#telling, this.#templates);
      }
      const more = cursor.follows(0x7d);
      if (more === null) return false;
      if (!more) break;
      guess = found;
    }
    if ((seen & needed) !== needed || this.#isReversed()) return false;
    const head = this.#headPlace(around);
    this.#learn(around, head);
    return this.#write(head, this.#attributes.telling, this.#attributes);
  }

  /** Reads the rest of a span that is like one of its name, if it is; the ids are read already. */
  #isLikeAnother({ id }: Surroundings): boolean {
    const cursor = this.#cursor;
    this.#holes.begin = cursor.at;
    const known = this.#met().templates.get(id);
    if (known === undefined) return false;
    for (let i = 0; i < known.length; i += 1) {
      const template = known[i] as Template;
      if (!fits(template, this.#state.id, this.#flags, cursor)) continue;
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
      state: this.#state.id,
      flags: this.#flags,
      head,
      telling: this.#attributes.telling,
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
    this.#flags = 0;
    this.#kind = 0;
    this.#status = 0;
    this.#name = noText;
    this.#message = noText;
    this.#state = noText;
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

  /** A field that spans of one head have in common, or that is not kept. */
  #headField(found: number): boolean {
    const cursor = this.#cursor;
    switch (found) {
      case key.name:
        this.#name = this.#words.read(this.#cursor) ?? noText;
        return this.#name !== noText;
      case key.traceState:
        if (this.#cursor.emptyText()) return true;
        this.#state = this.#words.read(this.#cursor) ?? noText;
        return this.#state !== noText;
      case key.kind:
        this.#kind = this.#small(5);
        return this.#kind >= 0;
      case key.status:
        return this.#statusFields();
      case key.flags:
        this.#flags = cursor.count();
        return this.#flags >= 0 && this.#flags < 2 ** 32;
      default:
        return cursor.count() >= 0;
    }
  }

  /** Attributes that come before the name are shared among all such spans. */
  #met(): Met {
    const { sharing } = this.#draft.spans;
    if (this.#name === noText)
      return { operation: sharing.operation(''), slots: [], templates: new Map() };
    this.#name.known ??= {
      operation: sharing.operation(this.#name.text),
      slots: [],
      templates: new Map(),
    };
    return this.#name.known;
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

  #isReversed(): boolean {
    const { timeWords } = this.#rows;
    const at = this.#at * 4;
    const [startHigh, endHigh] = [timeWords[at + 1] as number, timeWords[at + 3] as number];
    if (startHigh !== endHigh) return endHigh < startHigh;
    return (timeWords[at + 2] as number) < (timeWords[at] as number);
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
      if (found === 0) this.#status = this.#small(2);
      else if (!this.#cursor.emptyText()) this.#message = this.#words.read(this.#cursor) ?? noText;
      if (this.#status < 0) return false;
      const more = cursor.follows(0x7d);
      if (more !== true) return more === false;
    }
  }

  #write(
    head: number,
    telling: boolean,
    own: Pick<AttributeScanner, 'ownBytes' | 'writeOwn'>,
  ): true {
    const rows = this.#rows;
    rows.text.reserve(own.ownBytes);
    const at = rows.grow();
    rows.trace[at] = this.#trace;
    rows.head[at] = head;
    rows.text.end = own.writeOwn(rows.text.bytes, rows.text.end);
    rows.attributesEnd[at] = rows.text.end;
    rows.telling[at] = telling ? 1 : 0;
    if (!this.#draft.holdsAll && !this.#draft.holds(rows.times[at * 2] as bigint)) rows.rewind(at);
    return true;
  }

  /** Heads are looked up by numbers for what they hold, in the order in which it stood. */
  #headPlace(around: Surroundings): number {
    const { shared } = this.#attributes;
    const count = 7 + shared.length;
    this.#heads.reserve(count);
    const { numbers } = this.#heads;
    numbers[0] = around.id;
    numbers[1] = this.#name.id;
    numbers[2] = this.#kind;
    numbers[3] = this.#status;
    numbers[4] = this.#message.id;
    numbers[5] = this.#state.id;
    numbers[6] = this.#flags;
    for (let i = 0; i < shared.length; i += 1) numbers[7 + i] = (shared[i] as SharedValue).id;
    return this.#heads.find(count, () => this.#makeHead(around));
  }

  #makeHead({ resource, scope }: Surroundings): number {
    const members = [...this.#attributes.shared].sort((a, b) =>
      a.name.name < b.name.name ? -1 : 1,
    );
    const head = {
      resource,
      scope,
      name: this.#name.text,
      kind: kinds[this.#kind] as SpanKind,
      status: statuses[this.#status] as SpanStatus,
      statusMessage: this.#message.text,
      traceState: this.#state.text,
      flags: this.#flags,
    };
    const attributes = members.map(({ name, text }) => name.text + text).join(',');
    return this.#draft.spans.headOf(head, `{${attributes}}`);
  }
}
