/** One span with everything recorded of it, and what the rest of its trace says about it. */

import type { Span } from '../../model.ts';
import { formatDuration, formatShare, wrap } from '../../text.ts';
import { discreet, shownLog } from '../content.ts';
import { attributeLines, factLines } from '../facts.ts';
import { safe } from '../glyphs.ts';
import { type Held, sqlText } from '../held.ts';
import { cell, cut, emptyLine, type Line, line } from '../line.ts';
import { severityName } from '../severity.ts';
import { failed, pathMs, publishedOf, type TraceModel, type TraceNode } from './trace-model.ts';
import { timeAt } from './waterfall.ts';

const duration = (ms: number | null): string => (ms === null ? '?' : formatDuration(ms));

/** So that an id fits beside its name into the pane. */
const nameWidth = 9;

/** Events, links and logs that are listed of each. */
const mostListed = 50;

export function detailLines(
  model: TraceModel,
  node: TraceNode | undefined,
  columns: number,
  revealed: boolean,
): readonly Line[] {
  if (!node) return [line('No span here.', 'dim')];
  const { span } = node;
  const shown = (attributes: Span['attributes']) => (revealed ? attributes : discreet(attributes));
  return [
    ...wrap(safe(span.name, 500), columns).map((part) => line(part, 'bold')),
    ...facts(model, node).flatMap(([name, value]) =>
      value === null ? [] : factLines(name, value, columns, nameWidth),
    ),
    ...section('Attributes', attributeLines(shown(span.attributes), columns).flat()),
    ...eventSection(model, node, columns, revealed),
    ...logSection(model, node, columns, revealed),
    ...section(
      'Links',
      span.links
        .slice(0, mostListed)
        .flatMap(({ traceId, spanId, attributes }) => [
          ...wrap(`trace ${traceId} span ${spanId}`, columns).map((part) => line(part)),
          ...attributeLines(shown(attributes), columns).flat(),
        ]),
    ),
    ...section('Resource', attributeLines(span.resource, columns).flat()),
  ].map((one) => cut(one, columns));
}

function facts(model: TraceModel, node: TraceNode): readonly (readonly [string, string | null])[] {
  const { span } = node;
  const published = publishedOf(node);
  const { durationMs, selfMs, networkGapMs, criticalMs, orphan, cycle, parentSpanId } = published;
  const total = pathMs(model);
  const status = `${failed(node) ? '✗ ' : ''}${span.status}`;
  const above = orphan ? ' (not captured)' : cycle ? ' (cut: it closed a cycle)' : '';
  return [
    ['service', span.service],
    ['instance', span.instance],
    ['status', span.statusMessage === '' ? status : `${status}: ${span.statusMessage}`],
    ['kind', span.kind],
    ['start', span.timed ? timeAt(model, span.start) : 'unusable'],
    ['duration', duration(durationMs)],
    ['self', selfMs === null ? null : `${duration(selfMs)}${shareOf(selfMs, durationMs)}`],
    ['critical', criticalMs > 0 ? `${duration(criticalMs)}${shareOf(criticalMs, total)}` : 'no'],
    [
      'network',
      networkGapMs === null ? null : `${duration(networkGapMs)} neither side accounts for`,
    ],
    ['span', span.spanId],
    ['parent', parentSpanId === null ? 'none' : `${parentSpanId}${above}`],
    ['trace', model.traceId],
    ['label', span.label],
  ];
}

const shareOf = (part: number, whole: number | null): string =>
  whole ? ` (${formatShare(part / whole)})` : '';

const section = (title: string, lines: readonly Line[]): readonly Line[] =>
  lines.length === 0 ? [] : [emptyLine, line(title, 'bold'), ...lines];

function eventSection(
  model: TraceModel,
  { messages }: TraceNode,
  columns: number,
  revealed: boolean,
) {
  const events = messages.flatMap((message) => (message.kind === 'event' ? [message] : []));
  const lines = events.slice(0, mostListed).flatMap(({ time, event }) => [
    ...wrap(`${offset(model, time)}${safe(event.name, 200)}`, columns).map((part) => line(part)),
    ...attributeLines(
      revealed ? event.attributes : discreet(event.attributes, event.name),
      columns - 2,
    )
      .flat()
      .map((one) => [cell('  '), ...one]),
  ]);
  return section(`Events (${events.length})`, lines);
}

function logSection(
  model: TraceModel,
  { messages }: TraceNode,
  columns: number,
  revealed: boolean,
) {
  const logs = messages.flatMap((message) => (message.kind === 'log' ? [message] : []));
  const lines = logs.slice(0, mostListed).flatMap(({ time, log }) => {
    const level = safe(log.severityText || severityName(log.severity), 12);
    const text = `${offset(model, time)}${level} ${safe(shownLog(log, revealed).body)}`;
    return wrap(text, columns).map((part) => line(part));
  });
  return section(`Logs (${logs.length})`, lines);
}

const offset = ({ extent }: TraceModel, time: number | null): string =>
  time === null || extent === null ? '' : `+${formatDuration((time - extent.from) / 1e6)} `;

/** Two lines on the span under the cursor, where there is no room for a pane. */
export function briefLines(
  model: TraceModel,
  node: TraceNode | undefined,
  columns: number,
): readonly Line[] {
  if (!node) return [emptyLine, emptyLine];
  const { span } = node;
  const published = publishedOf(node);
  const { durationMs, selfMs, criticalMs } = published;
  const times = `${duration(durationMs)}, self ${duration(selfMs)}`;
  const share = criticalMs > 0 ? `, critical${shareOf(criticalMs, pathMs(model))}` : '';
  const said = failed(node) ? `✗ ${safe(span.statusMessage || 'failed', 300)}` : span.kind;
  return [
    [
      cell(` ${safe(span.service, 60)} `, 'bold'),
      cell(`${safe(span.name, 100)} · ${times}${share}`),
    ],
    [
      cell(` span ${span.spanId} · `, 'dim'),
      cell(said, ...(failed(node) ? (['red'] as const) : [])),
    ],
  ].map((one) => cut(one, columns));
}

/** A span as what can be copied of it. */
export function heldSpan(
  { traceId }: TraceModel,
  node: TraceNode | undefined,
  revealed: boolean,
): Held | null {
  if (!node) return null;
  const { span } = node;
  const published = publishedOf(node);
  const { spanId, service, name, status, statusMessage, attributes } = span;
  return {
    what: `span ${spanId}`,
    target: `span:${traceId}/${spanId}`,
    id: spanId,
    facts: {
      traceId,
      spanId,
      service,
      name,
      status,
      statusMessage,
      durationMs: published.durationMs,
      selfMs: published.selfMs,
      attributes: JSON.stringify(revealed ? attributes : discreet(attributes)),
    },
    sql: `SELECT * FROM spans WHERE trace_id = ${sqlText(traceId)} AND span_id = ${sqlText(spanId)}`,
    command: ['trace', traceId],
  };
}
