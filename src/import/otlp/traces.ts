/** One OTLP span. Spec: opentelemetry-proto, trace/v1/trace.proto. */
import type {
  ResourceRecord,
  ScopeRecord,
  SpanEventRecord,
  SpanKind,
  SpanLinkRecord,
  SpanRecord,
  SpanStatus,
} from '../../model.ts';
import type { Draft } from '../draft.ts';
import { shownValue } from '../shown.ts';
import { attributesText } from './any-value.ts';
import {
  enumField,
  type Fields,
  field,
  isFields,
  objects,
  textField,
  unsignedField,
} from './fields.ts';
import { hexId } from './ids.ts';
import { rawTimes, timeNs } from './times.ts';

const spanKinds: ReadonlyMap<string, SpanKind> = new Map(
  (['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const).flatMap(
    (kind, number) => [
      [String(number), kind],
      [kind.toUpperCase(), kind],
    ],
  ),
);
const statuses: ReadonlyMap<string, SpanStatus> = new Map(
  (['unset', 'ok', 'error'] as const).flatMap((status, number) => [
    [String(number), status],
    [status.toUpperCase(), status],
  ]),
);
const startField = ['startTimeUnixNano', 'start_time_unix_nano'] as const;
const endField = ['endTimeUnixNano', 'end_time_unix_nano'] as const;

/** Adds the span to the draft. A span that cannot be identified is skipped. */
export function decodeSpan(
  draft: Draft,
  span: Fields,
  resource: ResourceRecord,
  scope: ScopeRecord,
): void {
  const traceId = identity(draft, 'traceId', field(span, 'traceId', 'trace_id'), 32);
  if (traceId === null) return;
  const spanId = identity(draft, 'spanId', field(span, 'spanId', 'span_id'), 16);
  if (spanId === null) return;
  const status = statusFields(draft, span);
  const time = times(draft, span);
  draft.span({
    resource,
    scope,
    traceId,
    spanId,
    parentSpanId: parentOf(draft, span),
    name: textField(draft, span, 'name'),
    kind: enumField(draft, span, ['kind', 'kind'], spanKinds, 'SPAN_KIND_', 'unspecified'),
    status: enumField(draft, status, ['code', 'code'], statuses, 'STATUS_CODE_', 'unset'),
    statusMessage: textField(draft, status, 'message'),
    startNs: time.startNs,
    endNs: time.endNs,
    rawTime: time.rawTime,
    traceState: textField(draft, span, 'traceState', 'trace_state'),
    flags: unsignedField(draft, span, 'flags'),
    attributes: attributesText(draft, span.attributes),
    events: events(draft, span),
    links: links(draft, span),
    dropped: dropped(draft, span),
  });
}

function identity(draft: Draft, name: string, value: unknown, digits: 16 | 32): string | null {
  const id = hexId(value, digits);
  if (id === '') draft.skip('zero-id', `${name} is missing or zero: the span is left out`);
  else if (id === null) {
    draft.skip('bad-record', `${name} is ${shownValue(value)}, no id: the span is left out`);
  } else return id;
  return null;
}

function parentOf(draft: Draft, span: Fields): string | null {
  const value = field(span, 'parentSpanId', 'parent_span_id');
  const id = hexId(value, 16);
  if (id === null) {
    draft.note('bad-record', `parentSpanId is ${shownValue(value)}, no id: taken as a root`);
  }
  return id || null;
}

const noFields: Fields = {};

function statusFields(draft: Draft, span: Fields): Fields {
  const { status } = span;
  if (isFields(status)) return status;
  if (status !== undefined && status !== null) {
    draft.note('bad-record', `status is ${shownValue(status)}, not an object: taken as unset`);
  }
  return noFields;
}

function times(draft: Draft, span: Fields): Pick<SpanRecord, 'startNs' | 'endNs' | 'rawTime'> {
  const startNs = timeNs(field(span, ...startField));
  const endNs = timeNs(field(span, ...endField));
  if (startNs === null || endNs === null) {
    const rawTime = rawTimes(span, startField, endField);
    const which = startNs !== null ? 'end' : endNs !== null ? 'start' : 'start and end';
    draft.note('bad-time', `the ${which} of the span cannot be used: ${rawTime}`);
    return { startNs, endNs, rawTime };
  }
  if (endNs < startNs) {
    draft.note('bad-time', `the span ends ${startNs - endNs} ns before it starts: both kept`);
  }
  return { startNs, endNs, rawTime: null };
}

const none: readonly never[] = [];

function events(draft: Draft, span: Fields): readonly SpanEventRecord[] {
  const { events: list } = span;
  if (list === undefined || list === null) return none;
  const found: SpanEventRecord[] = [];
  for (const [, event] of objects(draft, list, 'events', false)) {
    found.push({
      name: textField(draft, event, 'name'),
      timeNs: timeNs(field(event, 'timeUnixNano', 'time_unix_nano')),
      attributes: attributesText(draft, event.attributes),
      droppedAttributes: unsignedField(draft, event, ...droppedFields[0]),
    });
  }
  return found;
}

function links(draft: Draft, span: Fields): readonly SpanLinkRecord[] {
  const { links: list } = span;
  if (list === undefined || list === null) return none;
  const found: SpanLinkRecord[] = [];
  for (const [index, link] of objects(draft, list, 'links', false)) {
    const traceId = hexId(field(link, 'traceId', 'trace_id'), 32);
    const spanId = hexId(field(link, 'spanId', 'span_id'), 16);
    if (!traceId || !spanId) {
      const code = traceId === null || spanId === null ? 'bad-record' : 'zero-id';
      draft.note(code, `links[${index}] has no usable ids: left out`);
      continue;
    }
    found.push({
      traceId,
      spanId,
      traceState: textField(draft, link, 'traceState', 'trace_state'),
      flags: unsignedField(draft, link, 'flags'),
      attributes: attributesText(draft, link.attributes),
      droppedAttributes: unsignedField(draft, link, ...droppedFields[0]),
    });
  }
  return found;
}

const droppedFields = [
  ['droppedAttributesCount', 'dropped_attributes_count'],
  ['droppedEventsCount', 'dropped_events_count'],
  ['droppedLinksCount', 'dropped_links_count'],
] as const;

function dropped(draft: Draft, span: Fields): string | null {
  const counts = droppedFields
    .map(([camel, snake]) => [camel, unsignedField(draft, span, camel, snake)] as const)
    .filter(([, count]) => count > 0);
  return counts.length === 0 ? null : JSON.stringify(Object.fromEntries(counts));
}
