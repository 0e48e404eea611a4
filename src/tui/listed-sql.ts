/**
 * Statements that give lists as they are on the screen where their order, and maybe their filter, rest
 * on what was compared, which is in no view: they name what is listed.
 */
import type { SeriesLine } from '../model.ts';
import { sqlText } from './held.ts';

const listed = (names: readonly unknown[]): string =>
  `json_each(${sqlText(JSON.stringify(names))})`;

/** Services, as they are listed. */
export const servicesSql = (names: readonly string[]): string =>
  `SELECT service, layer, spans, errors, instances, observed FROM ${listed(names)} l JOIN services ON service = l.value ORDER BY l.key`;

/** Calls, as they are listed. */
export const callsSql = (
  calls: readonly { readonly caller: string; readonly callee: string; readonly via: string }[],
): string => {
  const names = calls.map(({ caller, callee, via }) => [caller, callee, via]);
  return `SELECT caller, callee, via, calls, errors, unanswered, p95_ms FROM ${listed(names)} l JOIN edges ON caller = l.value ->> 0 AND callee = l.value ->> 1 AND via = l.value ->> 2 ORDER BY l.key`;
};

/** Longer lists are told by what a statement can say of them: nobody reads names without end. */
const mostNamed = 300;

/** Statements as they are listed, counted; null: there are too many to name them. `counts`: columns of each side. */
export function listedTemplatesSql(
  shown: readonly { readonly service: string; readonly template: string }[],
  counts: string,
): string | null {
  if (shown.length > mostNamed) return null;
  const names = shown.map(({ service, template }) => [service, template]);
  return `WITH listed AS MATERIALIZED (SELECT key AS place, value ->> 0 AS service, value ->> 1 AS statement FROM ${listed(names)}) SELECT service, statement, max(severity_number) AS level, count(*) AS records${counts} FROM logs JOIN listed USING (service, statement) GROUP BY place ORDER BY place`;
}

/** Series as they are listed; null: there are too many to name them. `means`: columns of each side. */
export function listedSeriesSql(
  shown: readonly Pick<SeriesLine, 'metric' | 'service' | 'instance' | 'attributes'>[],
  means: string,
): string | null {
  if (shown.length > mostNamed) return null;
  const names = shown.map(({ metric, service, instance, attributes }) => [
    ...[metric, service, instance, JSON.stringify(attributes)],
  ]);
  return `WITH listed AS MATERIALIZED (SELECT key AS place, value ->> 0 AS metric, value ->> 1 AS service, value ->> 2 AS instance, value ->> 3 AS attributes FROM ${listed(names)}) SELECT p.metric, p.unit, p.service, p.instance, p.attributes, count(*) AS points${means} FROM listed l JOIN metric_points p ON p.metric = l.metric AND p.service = l.service AND p.instance IS l.instance AND p.attributes = l.attributes GROUP BY place ORDER BY place`;
}

/** Operations as they are listed, counted; null: there are too many to name them. */
export function listedOperationsSql(
  shown: readonly { readonly service: string; readonly operation: string }[],
  windows: Windows | null,
): string | null {
  if (shown.length > mostNamed) return null;
  const names = shown.map(({ service, operation }) => [service, operation]);
  const within = ({ from, to }: Windows['a']): string =>
    `start_time BETWEEN ${sqlText(from)} AND ${sqlText(to)}`;
  const side = (name: string, window: Windows['a']): string =>
    `, count(*) FILTER (WHERE ${within(window)}) AS spans_${name}, count(*) FILTER (WHERE status = 'error' AND ${within(window)}) AS errors_${name}, avg(duration_ms) FILTER (WHERE ${within(window)}) AS mean_ms_${name}`;
  const sides = windows ? side('a', windows.a) + side('b', windows.b) : '';
  return `WITH listed AS MATERIALIZED (SELECT key AS place, value ->> 0 AS service, value ->> 1 AS name FROM ${listed(names)}) SELECT service, name, count(*) AS spans${sides} FROM spans JOIN listed USING (service, name) GROUP BY place ORDER BY place`;
}

/** ISO 8601. */
interface Windows {
  readonly a: { readonly from: string; readonly to: string };
  readonly b: { readonly from: string; readonly to: string };
}

/** Spans of a trace as they are listed; null: there are too many to name them. */
export const spansSql = (traceId: string, ids: readonly string[]): string | null =>
  ids.length > mostNamed
    ? null
    : `SELECT start_time, service, name, status, duration_ms, trace_id, span_id, parent_span_id FROM ${listed(ids)} l JOIN spans ON trace_id = ${sqlText(traceId)} AND span_id = l.value ORDER BY l.key`;
