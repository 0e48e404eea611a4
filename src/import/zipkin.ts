/**
 * Zipkin v2 JSON: a list of spans, a list of traces, or spans one a line.
 *
 * Source: openzipkin/zipkin-api, zipkin2-api.yaml.
 */
import type { Draft } from './draft.ts';
import {
  attribute,
  derivedId,
  idOf,
  nanosOf,
  textAttribute,
  timeFields,
} from './foreign-fields.ts';
import type { Format } from './format.ts';
import { decodeValues, type ValueReader } from './json-values.ts';
import { asInteger, type Fields, isFields } from './otlp/fields.ts';
import { decodeRequest } from './otlp/request.ts';
import { shownValue } from './shown.ts';

export const zipkin: Format = {
  name: 'zipkin-json',
  matches: ({ paths }) =>
    paths.has('traceId') &&
    paths.has('id') &&
    !['startTime', 'annotations[].endpoint', 'binaryAnnotations'].some((path) => paths.has(path)) &&
    ['localEndpoint', 'timestamp', 'duration', 'annotations', 'kind'].some((path) =>
      paths.has(path),
    ),
  decode: (input) => decodeValues(input, traceReader()),
};

/** Spans of one trace held at once; of a larger one the parts are read as if they were traces. */
const maxHeld = 20_000;

/**
 * Spans of one trace mostly stand together, and only together do they show which halves of a call
 * share an id: they wait for the first span of another trace.
 */
function traceReader(): ValueReader {
  let held: Fields[] = [];
  function* decodeHeld(draft: Draft): Generator<void> {
    const spans = splitShared(held);
    held = [];
    for (const span of spans) yield* decodeSpan(draft, span);
  }
  return {
    *value(draft, span) {
      if (!isFields(span) || !('id' in span)) {
        draft.skip('bad-record', `${shownValue(span)} is no Zipkin span: left out`);
        return;
      }
      if (held.length >= maxHeld || (held[0] && held[0].traceId !== span.traceId)) {
        yield* decodeHeld(draft);
      }
      held.push(span);
    },
    *whole() {
      // The splitter hands out elements: what is torn is one span.
    },
    begin: /\{\s*"traceId"/,
    end: decodeHeld,
  };
}

const serves = ({ kind }: Fields): boolean => kind === 'SERVER' || kind === 'CONSUMER';
const calls = ({ kind }: Fields): boolean => kind === 'CLIENT' || kind === 'PRODUCER';
const serviceOf = ({ localEndpoint }: Fields): unknown =>
  isFields(localEndpoint) ? localEndpoint.serviceName : undefined;

/**
 * Client and server of a call may share one span id (B3 propagation): the server gets an id of its
 * own below the client, and so the spans below the server that its own service sent. A server
 * whose client is not in the dump keeps its id.
 */
function splitShared(spans: readonly Fields[]): readonly Fields[] {
  const clients = new Set(spans.filter(calls).map(({ id }) => id));
  const servers = new Map<unknown, Fields>();
  for (const span of spans) if (serves(span) && clients.has(span.id)) servers.set(span.id, span);
  if (servers.size === 0) return spans;
  return spans.map((span) => {
    const own = servers.get(span.id);
    if (own && serves(span)) return { ...span, id: serverId(own), parentId: span.id };
    const above = servers.get(span.parentId);
    const sameService = above && serviceOf(above) === serviceOf(span);
    return sameService && span !== above ? { ...span, parentId: serverId(above) } : span;
  });
}

const serverId = ({ id }: Fields): string => derivedId(`${String(id)}/server`, 16);

function* decodeSpan(draft: Draft, span: Fields): Generator<void> {
  const tags = isFields(span.tags) ? span.tags : {};
  const fields = {
    traceId: idOf(span.traceId, 32),
    spanId: idOf(span.id, 16),
    parentSpanId: idOf(span.parentId, 16),
    name: span.name,
    kind: span.kind ?? 0,
    ...timeFields(span.timestamp, span.duration),
    status: statusOf(tags),
    attributes: [
      ...Object.entries(tags)
        .filter(([key]) => !asFields.has(key))
        .map(([key, value]) => textAttribute(key, String(value))),
      ...endpoint(span.localEndpoint, 'network.local', null),
      ...endpoint(span.remoteEndpoint, 'network.peer', 'peer.service'),
      ...(span.debug === true ? [attribute('zipkin.debug', { boolValue: true })] : []),
    ],
    events: events(span.annotations),
  };
  const scope = {
    name: tags['otel.scope.name'] ?? tags['otel.library.name'],
    version: tags['otel.scope.version'] ?? tags['otel.library.version'],
  };
  const service = serviceOf(span);
  const resource =
    typeof service === 'string' && service !== ''
      ? { attributes: [textAttribute('service.name', service)] }
      : {};
  yield* decodeRequest(draft, {
    resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [fields] }] }],
  });
}

/** Tags that OTLP has fields for. */
const asFields: ReadonlySet<string> = new Set([
  'otel.status_code',
  'otel.status_description',
  'otel.scope.name',
  'otel.scope.version',
  'otel.library.name',
  'otel.library.version',
]);

/** The tag `error` marks a failed span, whatever its value; its value says what happened. */
function statusOf(tags: Fields): Fields {
  const { error } = tags;
  const code = String(tags['otel.status_code'] ?? '').toUpperCase();
  const message = tags['otel.status_description'] ?? (error === 'true' ? undefined : error);
  return { code: error !== undefined || code === 'ERROR' ? 2 : code === 'OK' ? 1 : 0, message };
}

function endpoint(of: unknown, prefix: string, serviceKey: string | null): Fields[] {
  if (!isFields(of)) return [];
  const { serviceName, port } = of;
  const address = of.ipv4 ?? of.ipv6;
  const found: Fields[] = [];
  if (serviceKey && typeof serviceName === 'string' && serviceName !== '') {
    found.push(textAttribute(serviceKey, serviceName));
  }
  if (typeof address === 'string') found.push(textAttribute(`${prefix}.address`, address));
  if (asInteger(port)) found.push(attribute(`${prefix}.port`, { intValue: String(port) }));
  return found;
}

function events(annotations: unknown): Fields[] {
  if (!Array.isArray(annotations)) return [];
  return annotations.filter(isFields).map(({ timestamp, value }) => ({
    timeUnixNano: nanosOf(timestamp)?.toString(),
    name: typeof value === 'string' ? value : JSON.stringify(value),
  }));
}
