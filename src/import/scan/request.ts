/**
 * A request of OTLP/JSON on a line of its own, as exporters write it: read from its bytes in one
 * pass. What stands there and is not known is left to the plain decoder, a record or the line.
 */
import type { Draft } from '../draft.ts';
import { parsed } from '../json-text.ts';
import type { LineReader } from '../json-values.ts';
import { type Fields, isFields } from '../otlp/fields.ts';
import { decodeLog } from '../otlp/logs.ts';
import { decodeMetric } from '../otlp/metrics.ts';
import { decodeSpan } from '../otlp/traces.ts';
import { Cursor, keysOf } from './cursor.ts';
import { LogScanner } from './logs.ts';
import { MetricScanner } from './metrics.ts';
import type { Pattern } from './pattern.ts';
import { SpanScanner } from './spans.ts';
import { type Surroundings, surroundingsReader } from './surroundings.ts';

const lists = ['resourceSpans', 'resourceLogs', 'resourceMetrics'] as const;
const requestKeys = keysOf(...lists);
/** Schema URLs that are remembered, of resources and of scopes. */
const mostRemembered = 10_000;

interface Signal {
  readonly steps: readonly [string, string, string];
  readonly entryKeys: readonly Pattern[];
  readonly scopeKeys: readonly Pattern[];
  /** Reads a record and adds it; false if it is not known so well: then nothing. */
  read(around: Surroundings): boolean;
  /** Decodes the record as the plain decoder does. */
  plain(record: Fields, around: Surroundings): void;
}

function signalOf(
  [list, scopes, records]: readonly [string, string, string],
  { read, plain }: Pick<Signal, 'read' | 'plain'>,
): Signal {
  const entryKeys = keysOf('resource', scopes, 'schemaUrl');
  return {
    steps: [list, scopes, records],
    entryKeys,
    scopeKeys: keysOf('scope', records, 'schemaUrl'),
    read,
    plain,
  };
}

/** In the order of `lists`. */
function signalsOf(draft: Draft, cursor: Cursor): readonly Signal[] {
  const spans = new SpanScanner(cursor, draft);
  const logs = new LogScanner(cursor, draft);
  const metrics = new MetricScanner(cursor, draft);
  return [
    signalOf([lists[0], 'scopeSpans', 'spans'], {
      read: (around) => spans.read(around),
      plain: (record, { resource, scope }) => decodeSpan(draft, record, resource, scope),
    }),
    signalOf([lists[1], 'scopeLogs', 'logRecords'], {
      read: (around) => logs.read(around),
      plain: (record, { resource, scope }) => decodeLog(draft, record, resource, scope),
    }),
    signalOf([lists[2], 'scopeMetrics', 'metrics'], {
      read: (around) => metrics.read(around),
      plain(record, { resource, scope }) {
        for (const _ of decodeMetric(draft, record, resource, scope, recordDepth));
      },
    }),
  ];
}

/** Keys and indexes that lead to a record. */
const recordDepth = 6;

export const requestScanner = (draft: Draft): LineReader => new RequestScanner(draft);

class RequestScanner implements LineReader {
  readonly #draft: Draft;
  readonly #cursor = new Cursor();
  readonly #signals: readonly Signal[];
  /** Of the records being read. */
  #signal: Signal;
  readonly #surroundings: ReturnType<typeof surroundingsReader>;
  /** The schema URL of each, as it stood last, by its text. */
  readonly #urls = { resources: new Map<string, string>(), scopes: new Map<string, string>() };
  /** Where the record being read stands: of the request, the resource, the scope. */
  readonly #path: [entry: number, scope: number, record: number] = [0, 0, 0];

  constructor(draft: Draft) {
    this.#draft = draft;
    this.#signals = signalsOf(draft, this.#cursor);
    this.#signal = this.#signals[0] as Signal;
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
      const found = cursor.takes(0x7b) ? cursor.key(requestKeys, 0) : -1;
      if (found < 0) return false;
      this.#signal = this.#signals[found] as Signal;
      return (
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
    return this.#cursor.elements((index) => {
      this.#path[depth] = index;
      return each();
    });
  }

  /** A resource and its scopes. */
  #entry(): boolean {
    const { entryKeys } = this.#signal;
    const resource = this.#objectBefore(entryKeys);
    if (resource === null) return false;
    return this.#withUrl(entryKeys, this.#urls.resources, resource, (url) =>
      this.#list(1, () => this.#cursor.takes(0x7b) && this.#scope(resource, url)),
    );
  }

  /** A scope and its records. */
  #scope(resource: string, resourceUrl: string): boolean {
    const { scopeKeys } = this.#signal;
    const scope = this.#objectBefore(scopeKeys);
    if (scope === null) return false;
    return this.#withUrl(scopeKeys, this.#urls.scopes, scope, (url) => {
      const around = this.#around(resource, resourceUrl, scope, url);
      return around !== null && this.#list(2, () => this.#record(around));
    });
  }

  /**
   * A list and the schema URL of what it belongs to, which stands behind it: it is taken to be that
   * of last time, and if it is not, the list is read again.
   */
  #withUrl(
    keys: readonly Pattern[],
    urls: Map<string, string>,
    owner: string,
    read: (url: string) => boolean,
  ): boolean {
    const cursor = this.#cursor;
    const begin = cursor.at;
    const mark = this.#draft.mark();
    const guess = urls.get(owner) ?? '';
    const url = read(guess) ? this.#schemaUrl(keys) : null;
    if (url === null || url === guess) return url !== null;
    if (urls.size >= mostRemembered) urls.clear();
    urls.set(owner, url);
    this.#draft.rewind(mark);
    cursor.at = begin;
    return read(url) && this.#schemaUrl(keys) === url;
  }

  #around(
    resource: string,
    resourceUrl: string,
    scope: string,
    scopeUrl: string,
  ): Surroundings | null {
    return this.#surroundings(`${resource}\n${resourceUrl}\n${scope}\n${scopeUrl}`, () => {
      const entry = { resource: parsed(resource || '{}'), schemaUrl: resourceUrl };
      const list = { scope: parsed(scope || '{}'), schemaUrl: scopeUrl };
      return entry.resource === undefined || list.scope === undefined ? null : { entry, list };
    });
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

  #record(around: Surroundings): boolean {
    const from = this.#cursor.at;
    return this.#signal.read(around) || this.#plain(around, from);
  }

  /** The record that begins at `from`, by the plain decoder. */
  #plain(around: Surroundings, from: number): boolean {
    const cursor = this.#cursor;
    cursor.at = from;
    const value = cursor.skip() ? parsed(textAt(cursor)) : undefined;
    if (!isFields(value)) return false;
    const [entry, scope, record] = this.#path;
    const [list, scopes, records] = this.#signal.steps;
    const steps = [list, entry, scopes, scope, records, record];
    for (const [depth, step] of steps.entries()) this.#draft.at(depth, step);
    this.#signal.plain(value, around);
    return true;
  }
}

const textAt = ({ bytes, from, to }: Cursor): string => bytes.toString('utf8', from, to);
