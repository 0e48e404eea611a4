/**
 * An OTLP request, or a whole data set: resources hold scopes, scopes hold records. The shape is
 * that of OTLP/JSON after `JSON.parse`. Also read, because dumps hold them: snake_case keys;
 * `batches` and `trace` (Tempo), `result` (Jaeger v3); a resource without its request (Java's
 * logging exporter); `instrumentationLibrary*` (before OTLP 0.15). Unknown fields are ignored.
 *
 * Spec: opentelemetry-proto, docs/specification.md.
 */
import type { ResourceRecord, ScopeRecord } from '../../model.ts';
import type { Draft } from '../draft.ts';
import type { Lists } from '../json-lists.ts';
import { shownValue } from '../shown.ts';
import { attributesText } from './any-value.ts';
import { type Fields, field, isFields, objects, textField } from './fields.ts';
import { decodeLog } from './logs.ts';
import { decodeMetric } from './metrics.ts';
import { decodeSpan } from './traces.ts';

interface Signal {
  /** Keys of a list of resources, of scopes, and of records. */
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  readonly records: readonly [string, string];
  /** Decodes one record, stopping wherever a full batch may be taken. */
  decode(
    draft: Draft,
    record: Fields,
    resource: ResourceRecord,
    scope: ScopeRecord,
    depth: number,
  ): Generator<void>;
}

const signals: readonly Signal[] = [
  {
    resources: ['resourceSpans', 'resource_spans', 'batches'],
    scopes: [
      'scopeSpans',
      'scope_spans',
      'instrumentationLibrarySpans',
      'instrumentation_library_spans',
    ],
    records: ['spans', 'spans'],
    *decode(draft, record, resource, scope) {
      decodeSpan(draft, record, resource, scope);
      yield;
    },
  },
  {
    resources: ['resourceLogs', 'resource_logs'],
    scopes: [
      'scopeLogs',
      'scope_logs',
      'instrumentationLibraryLogs',
      'instrumentation_library_logs',
    ],
    records: ['logRecords', 'log_records'],
    *decode(draft, record, resource, scope) {
      decodeLog(draft, record, resource, scope);
      yield;
    },
  },
  {
    resources: ['resourceMetrics', 'resource_metrics'],
    scopes: [
      'scopeMetrics',
      'scope_metrics',
      'instrumentationLibraryMetrics',
      'instrumentation_library_metrics',
    ],
    records: ['metrics', 'metrics'],
    decode: decodeMetric,
  },
];
const profiles = ['resourceProfiles', 'resource_profiles'];
const wrappers = ['trace', 'result'];
const scopeKeys = ['instrumentationLibrary', 'instrumentation_library', 'scope'];

/** Where a request that is too long to be held may be divided. */
export const requestLists: Lists = {
  wrappers,
  levels: [
    { keys: signals.flatMap(({ resources }) => resources), owner: [], divides: true },
    { keys: signals.flatMap(({ scopes }) => scopes), owner: ['resource'], divides: true },
    { keys: signals.flatMap(({ records }) => records), owner: scopeKeys, divides: true },
  ],
};

/** Keys by which a value is known as OTLP, as `outline` writes them. */
export const otlpPaths: readonly string[] = (() => {
  const lists = [...signals.flatMap(({ resources }) => resources), ...profiles].filter(
    // `batches` alone is too common a word.
    (key) => key !== 'batches',
  );
  const scopes = signals.flatMap((signal) => signal.scopes);
  const requests = [...lists, ...scopes.map((key) => `batches[].${key}`)];
  return [...requests, ...scopes, ...wrappers.flatMap((w) => requests.map((key) => `${w}.${key}`))];
})();

/** Adds all records of the value to the draft, stopping wherever a full batch may be taken. */
export function* decodeRequest(draft: Draft, value: unknown): Generator<void> {
  if (!isFields(value)) {
    draft.skip('bad-record', `${shownValue(value)} is no OTLP request: left out`);
    return;
  }
  const keys = Object.keys(value);
  // An empty request is legal.
  let known = keys.length === 0;
  const wrapper = wrappers.find((key) => isFields(value[key]));
  if (wrapper !== undefined) {
    draft.at(0, wrapper);
    known = (yield* decodeLists(draft, value[wrapper] as Fields, 1)) || known;
  }
  known = (yield* decodeLists(draft, value, 0)) || known;
  known = (yield* decodeResource(draft, value, 0)) || known;
  if (!known)
    draft.skip('bad-record', `no OTLP request, its keys are ${keys.join(', ')}: left out`);
}

/** The lists of resources in `request`; false if it has none. */
function* decodeLists(draft: Draft, request: Fields, depth: number): Generator<void, boolean> {
  let known = false;
  for (const { resources } of signals) {
    for (const key of resources) {
      const list = field(request, key);
      if (!(key in request)) continue;
      known = true;
      draft.at(depth, key);
      for (const [index, entry] of objects(draft, list, key, true)) {
        draft.at(depth + 1, index);
        yield* decodeResource(draft, entry, depth + 2);
      }
    }
  }
  return skipProfiles(draft, request, depth) || known;
}

function skipProfiles(draft: Draft, request: Fields, depth: number): boolean {
  const key = profiles.find((name) => name in request);
  if (key === undefined) return false;
  draft.at(depth, key);
  for (const [index] of objects(draft, field(request, key), key, true)) {
    draft.at(depth + 1, index);
    draft.skip('unknown-signal', 'profiles are not read: left out');
  }
  return true;
}

/** The scopes of one resource, of whichever signal; false if it has none. */
function* decodeResource(draft: Draft, entry: Fields, depth: number): Generator<void, boolean> {
  let resource: ResourceRecord | null = null;
  for (const signal of signals) {
    for (const key of signal.scopes) {
      if (!(key in entry)) continue;
      resource ??= resourceRecord(draft, entry);
      draft.at(depth, key);
      for (const [index, scope] of objects(draft, field(entry, key), key, true)) {
        draft.at(depth + 1, index);
        yield* decodeScope(draft, signal, scope, resource, depth + 2);
      }
    }
  }
  return resource !== null;
}

function* decodeScope(
  draft: Draft,
  signal: Signal,
  entry: Fields,
  resource: ResourceRecord,
  depth: number,
): Generator<void> {
  const scope = scopeRecord(draft, entry);
  const [camel, snake] = signal.records;
  const list = field(entry, camel, snake);
  draft.at(depth, camel);
  for (const [index, record] of objects(draft, list, camel, true)) {
    draft.at(depth + 1, index);
    yield* signal.decode(draft, record, resource, scope, depth + 2);
  }
}

/** The resource of an entry, of which only the members `resource` and `schemaUrl` are read. */
export function resourceRecord(draft: Draft, entry: Fields): ResourceRecord {
  const resource = partOf(draft, entry, 'resource');
  return {
    attributes: attributesText(draft, resource.attributes),
    schemaUrl: schemaUrl(draft, entry),
  };
}

/** The scope of a list of records, from its members `scope` and `schemaUrl`. */
export function scopeRecord(draft: Draft, entry: Fields): ScopeRecord {
  const key = scopeKeys.find((name) => name in entry) ?? 'scope';
  const scope = partOf(draft, entry, key);
  return {
    name: textField(draft, scope, 'name'),
    version: textField(draft, scope, 'version'),
    attributes: attributesText(draft, scope.attributes),
    schemaUrl: schemaUrl(draft, entry),
  };
}

const schemaUrl = (draft: Draft, entry: Fields): string =>
  textField(draft, entry, 'schemaUrl', 'schema_url');

/** An object field; empty if it is absent, or is something else (with a defect). */
function partOf(draft: Draft, of: Fields, key: string): Fields {
  const value = of[key] ?? {};
  if (isFields(value)) return value;
  draft.note('bad-record', `${key} is ${shownValue(value)}, not an object: taken as empty`);
  return {};
}
