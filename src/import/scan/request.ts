/**
 * A request of OTLP/JSON on a line of its own, as exporters write it: read from its bytes in one
 * pass. What stands there and is not known is left to the plain decoder, a record or the line.
 */
import type { Draft } from '../draft.ts';
import { parsed } from '../json-text.ts';
import type { LineReader } from '../json-values.ts';
import { type Fields, isFields } from '../otlp/fields.ts';
import { resourceRecord, scopeRecord } from '../otlp/request.ts';
import { decodeSpan } from '../otlp/traces.ts';
import { Cursor, keysOf } from './cursor.ts';
import type { Pattern } from './pattern.ts';
import { SpanScanner, type Surroundings } from './spans.ts';

const requestKeys = keysOf('resourceSpans');
const entryKeys = keysOf('resource', 'scopeSpans', 'schemaUrl');
const scopeKeys = keysOf('scope', 'spans', 'schemaUrl');
/** Resources and scopes remembered by their text. */
const mostRemembered = 10_000;

export const requestScanner = (draft: Draft): LineReader => new RequestScanner(draft);

class RequestScanner implements LineReader {
  readonly #draft: Draft;
  readonly #cursor = new Cursor();
  readonly #spans: SpanScanner;
  readonly #surroundings: ReturnType<typeof surroundingsReader>;
  /** The schema URL of each resource, as it stood last. */
  readonly #urls = new Map<string, string>();
  /** Where the span being read stands: of the request, the resource, the scope. */
  readonly #path: [entry: number, scope: number, record: number] = [0, 0, 0];

  constructor(draft: Draft) {
    this.#draft = draft;
    this.#spans = new SpanScanner(this.#cursor, draft);
    this.#surroundings = surroundingsReader(draft);
  }

  read(bytes: Buffer, from: number, to: number): boolean {
    this.#cursor.begin(bytes, from, to);
    const mark = this.#draft.mark();
    if (this.#request()) return true;
    this.#draft.rewind(mark);
    return false;
  }

  #request(): boolean {
    const cursor = this.#cursor;
    try {
      return (
        cursor.takes(0x7b) &&
        cursor.key(requestKeys, 0) === 0 &&
        this.#list(0, () => cursor.takes(0x7b) && this.#entry()) &&
        cursor.takes(0x7d) &&
        cursor.next() === 0
      );
    } catch (error) {
      // An escape that is none.
      if (error instanceof SyntaxError) return false;
      throw error;
    }
  }

  /** A list whose places are counted at this depth of the path. */
  #list(depth: 0 | 1 | 2, each: () => boolean): boolean {
    const cursor = this.#cursor;
    if (!cursor.takes(0x5b)) return false;
    if (cursor.takes(0x5d)) return true;
    for (let index = 0; ; index += 1) {
      this.#path[depth] = index;
      if (!each()) return false;
      const more = cursor.follows(0x5d);
      if (more !== true) return more === false;
    }
  }

  /**
   * A resource and its scopes. The schema URL stands behind the spans it belongs to: it is taken to
   * be that of last time, and if it is not, they are read again.
   */
  #entry(): boolean {
    const cursor = this.#cursor;
    const resource = this.#objectBefore(entryKeys);
    if (resource === null) return false;
    const begin = cursor.at;
    const mark = this.#draft.mark();
    const guess = this.#urls.get(resource) ?? '';
    const url = this.#scopes(resource, guess);
    if (url === null || url === guess) return url !== null;
    if (this.#urls.size >= mostRemembered) this.#urls.clear();
    this.#urls.set(resource, url);
    this.#draft.rewind(mark);
    cursor.at = begin;
    return this.#scopes(resource, url) === url;
  }

  /** The schema URL behind the list of scopes ('' if there is none); null if it is not known so well. */
  #scopes(resource: string, schemaUrl: string): string | null {
    const isRead = this.#list(
      1,
      () => this.#cursor.takes(0x7b) && this.#scope(resource, schemaUrl),
    );
    return isRead ? this.#schemaUrl(entryKeys) : null;
  }

  #scope(resource: string, schemaUrl: string): boolean {
    const scope = this.#objectBefore(scopeKeys);
    const around = scope === null ? null : this.#surroundings(resource, schemaUrl, scope);
    if (around === null || !this.#list(2, () => this.#span(around))) return false;
    return this.#schemaUrl(scopeKeys) !== null;
  }

  /** The text of the first key's object, '' if it is absent; then the second key. Null if not so. */
  #objectBefore(keys: readonly Pattern[]): string | null {
    const cursor = this.#cursor;
    const found = cursor.key(keys, 0);
    if (found !== 0) return found === 1 ? '' : null;
    if (!cursor.skip()) return null;
    const text = textAt(cursor);
    return cursor.takes(0x2c) && cursor.key(keys, 1) === 1 ? text : null;
  }

  /** After a value: the end of the object, or a schema URL and that; null if there is neither. */
  #schemaUrl(keys: readonly Pattern[]): string | null {
    const cursor = this.#cursor;
    const more = cursor.follows(0x7d);
    if (more !== true) return more === null ? null : '';
    if (cursor.key(keys, 2) !== 2 || !cursor.string() || !cursor.isPlain) return null;
    const url = cursor.text();
    return cursor.takes(0x7d) ? url : null;
  }

  #span(around: Surroundings): boolean {
    const from = this.#cursor.at;
    return this.#spans.read(around) || this.#plainSpan(around, from);
  }

  /** The record that begins at `from`, by the plain decoder. */
  #plainSpan({ resource, scope }: Surroundings, from: number): boolean {
    const cursor = this.#cursor;
    cursor.at = from;
    const value = cursor.skip() ? parsed(textAt(cursor)) : undefined;
    if (!isFields(value)) return false;
    const [entry, scopes, record] = this.#path;
    const steps = ['resourceSpans', entry, 'scopeSpans', scopes, 'spans', record];
    for (const [depth, step] of steps.entries()) this.#draft.at(depth, step);
    decodeSpan(this.#draft, value, resource, scope);
    return true;
  }
}

const textAt = ({ bytes, from, to }: Cursor): string => bytes.toString('utf8', from, to);

/** Resource and scope by their texts ('' if absent); null if the plain decoder has something to say of them. */
function surroundingsReader(
  draft: Draft,
): (resource: string, schemaUrl: string, scope: string) => Surroundings | null {
  let known = new Map<string, Surroundings>();
  let ids = 0;
  return (resource, schemaUrl, scope) => {
    const text = `${resource}\n${schemaUrl}\n${scope}`;
    const found = known.get(text);
    if (found !== undefined) return found;
    const entry = { resource: parsed(resource || '{}'), schemaUrl, scope: parsed(scope || '{}') };
    if (entry.resource === undefined || entry.scope === undefined) return null;
    const before = draft.noted;
    const records = {
      resource: resourceRecord(draft, entry as Fields),
      scope: scopeRecord(draft, entry as Fields),
    };
    // Said once for every request, so it must not be remembered.
    if (draft.noted > before) return null;
    ids += 1;
    const made = { id: ids, ...records };
    if (known.size >= mostRemembered) known = new Map();
    known.set(text, made);
    return made;
  };
}
