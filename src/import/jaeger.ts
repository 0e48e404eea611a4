/**
 * Jaeger JSON: answers of its query API and downloads of its UI (`{"data":[trace]}`), single
 * traces, and rows of spans as its storage holds them.
 *
 * Source: jaegertracing/jaeger, internal/uimodel/model.go; tags and references become what the
 * OpenTelemetry specification, "Jaeger", writes them from.
 */
import type { Draft } from './draft.ts';
import { attribute, idOf, nanosOf, textAttribute, timeFields } from './foreign-fields.ts';
import type { Format } from './format.ts';
import type { Lists } from './json-lists.ts';
import { JsonSplitter } from './json-splitter.ts';
import { parsed } from './json-text.ts';
import { decodeValues } from './json-values.ts';
import { asDouble, asInteger, type Fields, isFields } from './otlp/fields.ts';
import { decodeRequest } from './otlp/request.ts';
import { shownValue } from './shown.ts';

export const jaeger: Format = {
  name: 'jaeger-json',
  matches: ({ paths }) =>
    keys.some((path) => paths.has(path)) || emptyAnswer.every((path) => paths.has(path)),
  decode: (input) => decodeValues(input, { value: decodeValue, whole: wholeParts, begin, lists }),
};

const begin = /\{\s*"(?:data|traceID)"/;

/** A trace is held whole: the processes that its spans name stand behind them. */
const lists: Lists = {
  wrappers: [],
  levels: [
    { keys: ['data'], owner: [], divides: true },
    { keys: ['spans'], owner: [], divides: false },
  ],
};

const keys = [
  'data[].spans[].spanID',
  'data[].traceID',
  'spans[].spanID',
  'spanID',
  '_source.spanID',
];
const emptyAnswer = ['data', 'total', 'limit', 'errors'];

function* decodeValue(draft: Draft, value: unknown): Generator<void> {
  const row = isFields(value) && isFields(value._source) ? value._source : value;
  if (!isFields(row)) draft.skip('bad-record', `${shownValue(row)} is no trace: left out`);
  else if (Array.isArray(row.data)) {
    for (const [index, trace] of row.data.entries()) {
      draft.at(0, 'data');
      draft.at(1, index);
      if (isFields(trace)) yield* decodeTrace(draft, trace);
      else draft.skip('bad-record', `data[${index}] is ${shownValue(trace)}, no trace: left out`);
    }
  } else if ('spans' in row) yield* decodeTrace(draft, row);
  else if ('spanID' in row) yield* decodeSpan(draft, row, resourceOf(row.process));
  else if (Object.keys(row).length > 0 && row.data !== null) {
    draft.skip('bad-record', `no Jaeger trace, its keys are ${Object.keys(row).join(', ')}`);
  }
}

function* decodeTrace(draft: Draft, trace: Fields): Generator<void> {
  const processes = isFields(trace.processes) ? trace.processes : {};
  const resources = new Map<unknown, Fields>();
  const list = Array.isArray(trace.spans) ? trace.spans : [];
  for (const span of list) {
    if (!isFields(span)) {
      draft.skip('bad-record', `${shownValue(span)} is no span: left out`);
      continue;
    }
    const { processID } = span;
    let resource = resources.get(processID);
    if (resource === undefined) {
      resource = resourceOf(span.process ?? processes[String(processID)]);
      resources.set(processID, resource);
    }
    yield* decodeSpan(draft, { traceID: trace.traceID, ...span }, resource);
  }
}

function* decodeSpan(draft: Draft, span: Fields, resource: Fields): Generator<void> {
  const tags = tagsOf(span.tags);
  const { parent, links } = references(span);
  const fields = {
    traceId: idOf(span.traceID, 32),
    spanId: idOf(span.spanID, 16),
    parentSpanId: parent,
    name: span.operationName,
    ...timeFields(span.startTime, span.duration),
    ...fieldsOfTags(tags),
    flags: span.flags,
    attributes: [...attributesOf(tags), ...warnings(span)],
    events: events(span.logs),
    links,
  };
  const scope = {
    name: tags.get('otel.scope.name')?.text ?? tags.get('otel.library.name')?.text,
    version: tags.get('otel.scope.version')?.text ?? tags.get('otel.library.version')?.text,
  };
  yield* decodeRequest(draft, {
    resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [fields] }] }],
  });
}

function resourceOf(process: unknown): Fields {
  if (!isFields(process)) return {};
  const tags = [...tagsOf(process.tags)].map(([key, { value }]) =>
    attribute(key === 'hostname' ? 'host.name' : key, value),
  );
  const { serviceName } = process;
  if (typeof serviceName !== 'string') return { attributes: tags };
  return { attributes: [...tags, textAttribute('service.name', serviceName)] };
}

interface Tag {
  /** As OTLP/JSON writes it. */
  readonly value: Fields;
  readonly text: string;
}

/** A list of key, type and value, or (in some storages) an object. Of equal keys the last wins. */
function tagsOf(tags: unknown): ReadonlyMap<string, Tag> {
  const found = new Map<string, Tag>();
  if (isFields(tags)) {
    for (const [key, value] of Object.entries(tags)) found.set(key, tagOf(null, value));
  } else if (Array.isArray(tags)) {
    for (const tag of tags) {
      if (isFields(tag) && typeof tag.key === 'string') {
        found.set(tag.key, tagOf(tag.type, tag.value));
      }
    }
  }
  return found;
}

function tagOf(type: unknown, value: unknown): Tag {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return { text, value: typed(type, value, text) };
}

/** A value that is not of its type is kept as the text it is. */
function typed(type: unknown, value: unknown, text: string): Fields {
  const kind = String(type ?? typeof value).toLowerCase();
  if (kind === 'bool' || kind === 'boolean') {
    if (text === 'true' || text === 'false') return { boolValue: text === 'true' };
  } else if (kind === 'int64' && asInteger(value) !== null) return { intValue: text };
  else if (kind === 'float64' && asDouble(value) !== null) return { doubleValue: asDouble(value) };
  else if (kind === 'binary') return { bytesValue: text };
  else if (kind === 'number') {
    return asInteger(value) === null ? { doubleValue: value } : { intValue: text };
  }
  return { stringValue: text };
}

/** Tags that OTLP has fields for. */
function fieldsOfTags(tags: ReadonlyMap<string, Tag>): Fields {
  const code = tags.get('otel.status_code')?.text.toUpperCase();
  const failed = tags.get('error')?.text.toLowerCase();
  const isError =
    code === 'ERROR' || (code === undefined && failed !== undefined && failed !== 'false');
  return {
    kind: kinds.get(tags.get('span.kind')?.text.toLowerCase() ?? '') ?? 0,
    status: {
      code: isError ? 2 : code === 'OK' ? 1 : 0,
      message: tags.get('otel.status_description')?.text,
    },
    traceState: tags.get('w3c.tracestate')?.text,
  };
}

const kinds: ReadonlyMap<string, number> = new Map([
  ['internal', 1],
  ['server', 2],
  ['client', 3],
  ['producer', 4],
  ['consumer', 5],
]);

const asFields: ReadonlySet<string> = new Set([
  'otel.status_code',
  'otel.status_description',
  'otel.scope.name',
  'otel.scope.version',
  'otel.library.name',
  'otel.library.version',
  'w3c.tracestate',
]);

/** All tags that are not wholly said by fields. */
function attributesOf(tags: ReadonlyMap<string, Tag>): Fields[] {
  return [...tags]
    .filter(([key, { text }]) => {
      if (key === 'span.kind') return !kinds.has(text.toLowerCase());
      if (key === 'error') return text !== 'true' && text !== 'false';
      return !asFields.has(key);
    })
    .map(([key, { value }]) => attribute(key, value));
}

/** The first CHILD_OF within the trace is the parent, all others are links. */
function references(span: Fields): { readonly parent: unknown; readonly links: Fields[] } {
  const list = Array.isArray(span.references) ? span.references.filter(isFields) : [];
  const first = list.find(
    ({ refType, traceID }) =>
      refType === 'CHILD_OF' && idOf(traceID, 32) === idOf(span.traceID, 32),
  );
  const links = list
    .filter((reference) => reference !== first)
    .map(({ refType, traceID, spanID }) => ({
      traceId: idOf(traceID, 32),
      spanId: idOf(spanID, 16),
      attributes: [textAttribute('opentracing.ref_type', String(refType).toLowerCase())],
    }));
  return { parent: idOf(first?.spanID ?? span.parentSpanID, 16), links };
}

function events(logs: unknown): Fields[] {
  if (!Array.isArray(logs)) return [];
  return logs.filter(isFields).map(({ timestamp, fields }) => {
    const tags = tagsOf(fields);
    const key = ['event', 'message'].find((name) => tags.has(name)) ?? '';
    return {
      timeUnixNano: nanosOf(timestamp)?.toString(),
      name: tags.get(key)?.text ?? 'log',
      attributes: [...tags]
        .filter(([name]) => name !== key)
        .map(([name, { value }]) => attribute(name, value)),
    };
  });
}

function warnings(span: Fields): Fields[] {
  const list = Array.isArray(span.warnings) ? span.warnings.map(String) : [];
  if (list.length === 0) return [];
  const values = list.map((text) => ({ stringValue: text }));
  return [attribute('jaeger.warnings', { arrayValue: { values } })];
}

const dataBegin = /^\{\s*"data"\s*:\s*\[/;
const spansBegin = /^\{\s*(?:"traceID"\s*:\s*"[^"]*"\s*,\s*)?"spans"\s*:\s*\[/;

/** Traces, and spans of the last one, that are whole within an answer that is cut. */
function* wholeParts(text: string): Generator<unknown> {
  const begin = dataBegin.exec(text) ?? spansBegin.exec(text);
  if (begin === null) return;
  const splitter = new JsonSplitter();
  splitter.push(Buffer.from(text.slice(begin[0].length)));
  for (const piece of splitter.pieces(true)) {
    const value = piece.kind === 'value' ? parsed(piece.text) : undefined;
    if (value !== undefined) yield value;
    else {
      yield* wholeParts(piece.text);
      return;
    }
  }
}
