/** A case as OTLP again: what is exported, imported anew, gives the same records. */
import type { MetricPointRecord, ResourceRecord, ScopeRecord, SignalRecords } from '../model.ts';
import {
  entryField,
  type Message,
  type ProtobufSignal,
  recordOf,
  resourceMessage,
  scopeField,
  scopeMessage,
} from '../otlp/messages.ts';
import { type Json, keyValues } from './any-value.ts';
import { logFields, metricFields, spanFields } from './fields.ts';
import { encodeMessage } from './protobuf.ts';

/** Records of one signal, by resource and scope: one entry of a request. */
interface Entry {
  readonly signal: ProtobufSignal;
  readonly resource: ResourceRecord;
  readonly scopes: readonly { readonly scope: ScopeRecord; readonly records: readonly Json[] }[];
}

/** Records of a request: a receiver takes a few megabytes at once. */
const requestRecords = 1_000;

interface Placed {
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
}

/** Entries of a request at a time. Records of one resource and scope are put together. */
async function* requests<Item extends Placed>(
  items: AsyncIterable<Item>,
  signal: ProtobufSignal,
  asRecords: (items: readonly Item[]) => readonly Json[],
): AsyncGenerator<readonly Entry[]> {
  let held: Item[] = [];
  const take = (): readonly Entry[] => {
    const entries = grouped(held, ({ resource }) => resource).map(([resource, ofResource]) => ({
      signal,
      resource,
      scopes: grouped(ofResource, ({ scope }) => scope).map(([scope, ofScope]) => ({
        scope,
        records: asRecords(ofScope),
      })),
    }));
    held = [];
    return entries;
  };
  for await (const item of items) {
    held.push(item);
    if (held.length === requestRecords) yield take();
  }
  if (held.length > 0) yield take();
}

/** By identity, in the order in which the keys come first: the store hands out one object each. */
function grouped<Item, Key>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): readonly (readonly [Key, readonly Item[]])[] {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups];
}

function requestsOf(exported: SignalRecords): AsyncGenerator<readonly Entry[]> {
  switch (exported.signal) {
    case 'traces':
      return requests(exported.records, 'traces', (spans) => spans.map(spanFields));
    case 'logs':
      return requests(exported.records, 'logs', (logs) => logs.map(logFields));
    case 'metrics':
      return requests(exported.records, 'metrics', metricsOf);
  }
}

/** Points of one metric, type and unit are one metric. */
function metricsOf(points: readonly MetricPointRecord[]): readonly Json[] {
  const keyOf = ({ metric, unit, type, temporality, monotonic }: MetricPointRecord): string =>
    JSON.stringify([metric, unit, type, temporality, monotonic]);
  return grouped(points, keyOf).map(([, group]) => metricFields(group));
}

const lists = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
} as const;

const resourceJson = ({ attributes }: ResourceRecord): Json => ({
  attributes: keyValues(attributes),
});
const scopeJson = ({ name, version, attributes }: ScopeRecord): Json => ({
  ...(name && { name }),
  ...(version && { version }),
  ...(attributes !== '{}' && { attributes: keyValues(attributes) }),
});

const urlJson = ({ schemaUrl }: ResourceRecord | ScopeRecord): Json =>
  schemaUrl === '' ? {} : { schemaUrl };

/** OTLP/JSON, a request a line (OpenTelemetry specification, "OTLP File Exporter"). */
export async function* otlpLines(exported: SignalRecords): AsyncGenerator<string> {
  const [resources, scopes, records] = lists[exported.signal];
  for await (const entries of requestsOf(exported)) {
    const request = entries.map((entry) => ({
      resource: resourceJson(entry.resource),
      [scopes]: entry.scopes.map((part) => ({
        scope: scopeJson(part.scope),
        [records]: part.records,
        ...urlJson(part.scope),
      })),
      ...urlJson(entry.resource),
    }));
    yield `${JSON.stringify({ [resources]: request })}\n`;
  }
}

/** Requests one after another: together one request, as protobuf merges messages. */
export async function* otlpProtobuf(exported: SignalRecords): AsyncGenerator<Uint8Array> {
  for await (const entries of requestsOf(exported)) {
    for (const entry of entries) yield encodeMessage({ entry: entryJson(entry) }, request(entry));
  }
}

const entryJson = ({ resource, scopes }: Entry): Json => ({
  resource: resourceJson(resource),
  scopes: scopes.map(({ scope, records }) => ({
    scope: scopeJson(scope),
    records,
    ...urlJson(scope),
  })),
  ...urlJson(resource),
});

function request({ signal }: Entry): Message {
  const field = (name: string, type: Message | 'string', repeated = false) => ({
    name,
    type,
    repeated,
  });
  const scope: Message = new Map([
    [scopeField.scope, field('scope', scopeMessage)],
    [scopeField.records, field('records', recordOf[signal], true)],
    [scopeField.schemaUrl, field('schemaUrl', 'string')],
  ]);
  const entry: Message = new Map([
    [entryField.resource, field('resource', resourceMessage)],
    [entryField.scopes, field('scopes', scope, true)],
    [entryField.schemaUrl, field('schemaUrl', 'string')],
  ]);
  return new Map([[1, field('entry', entry)]]);
}
