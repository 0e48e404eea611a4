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

export function requestScanner(draft: Draft): LineReader {
  const cursor = new Cursor();
  const spans = new SpanScanner(cursor, draft);
  const surroundings = surroundingsReader(draft);

  /** The record at the cursor, by the plain decoder. */
  const plainSpan = ({ resource, scope }: Surroundings, from: number, path: number[]): boolean => {
    cursor.at = from;
    const value = cursor.skip() ? parsedAt(cursor) : undefined;
    if (!isFields(value)) return false;
    const [entry = 0, scopes = 0, record = 0] = path;
    const steps = ['resourceSpans', entry, 'scopeSpans', scopes, 'spans', record];
    for (const [depth, step] of steps.entries()) draft.at(depth, step);
    decodeSpan(draft, value, resource, scope);
    return true;
  };
  const spanList = (around: Surroundings, path: number[]): boolean => {
    if (!cursor.takes(0x5b)) return false;
    if (cursor.takes(0x5d)) return true;
    for (let index = 0; ; index += 1) {
      const from = cursor.at;
      path[2] = index;
      if (!spans.read(around) && !plainSpan(around, from, path)) return false;
      const more = cursor.follows(0x5d);
      if (more !== true) return more === false;
    }
  };
  /** Objects of a list, each begun by its brace. */
  const list = (each: (index: number) => boolean): boolean => {
    if (!cursor.takes(0x5b)) return false;
    if (cursor.takes(0x5d)) return true;
    for (let index = 0; ; index += 1) {
      if (!cursor.takes(0x7b) || !each(index)) return false;
      const more = cursor.follows(0x5d);
      if (more !== true) return more === false;
    }
  };
  /** After a value: the end of the object, or a schema URL and that; null if there is neither. */
  const schemaUrl = (keys: readonly Pattern[]): string | null => {
    const more = cursor.follows(0x7d);
    if (more !== true) return more === null ? null : '';
    if (cursor.key(keys, 2) !== 2 || !cursor.string() || !cursor.isPlain) return null;
    return cursor.takes(0x7d) ? cursor.text() : null;
  };
  const scopeEntry = (resource: string, url: string, path: number[]): boolean => {
    let scope = '';
    let found = cursor.key(scopeKeys, 0);
    if (found === 0) {
      if (!cursor.skip() || !cursor.takes(0x2c)) return false;
      scope = textAt(cursor);
      found = cursor.key(scopeKeys, 1);
    }
    const around = found === 1 ? surroundings(resource, url, scope) : null;
    return around !== null && spanList(around, path) && schemaUrl(scopeKeys) !== null;
  };
  /** The schema URL stands behind the spans it belongs to: it is taken to be that of last time. */
  const urls = new Map<string, string>();
  const entry = (path: number[]): boolean => {
    let resource = '';
    let found = cursor.key(entryKeys, 0);
    if (found === 0) {
      if (!cursor.skip() || !cursor.takes(0x2c)) return false;
      resource = textAt(cursor);
      found = cursor.key(entryKeys, 1);
    }
    const begin = cursor.at;
    const mark = draft.mark();
    const scopes = (url: string): string | null => {
      const isRead = list((index) => {
        path[1] = index;
        return scopeEntry(resource, url, path);
      });
      return isRead ? schemaUrl(entryKeys) : null;
    };
    const guess = urls.get(resource) ?? '';
    const url = found === 1 ? scopes(guess) : null;
    if (url === null || url === guess) return url !== null;
    if (urls.size >= mostRemembered) urls.clear();
    urls.set(resource, url);
    draft.rewind(mark);
    cursor.at = begin;
    return scopes(url) === url;
  };
  const isRequest = (): boolean => {
    try {
      return (
        cursor.takes(0x7b) &&
        cursor.key(requestKeys, 0) === 0 &&
        list((index) => entry([index, 0, 0])) &&
        cursor.takes(0x7d) &&
        cursor.next() === 0
      );
    } catch (error) {
      // An escape that is none.
      if (error instanceof SyntaxError) return false;
      throw error;
    }
  };
  return {
    read(bytes, from, to) {
      cursor.begin(bytes, from, to);
      const mark = draft.mark();
      if (isRequest()) return true;
      draft.rewind(mark);
      return false;
    },
  };
}

const textAt = ({ bytes, from, to }: Cursor): string => bytes.toString('utf8', from, to);
const parsedAt = (cursor: Cursor): unknown => parsed(textAt(cursor));

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
