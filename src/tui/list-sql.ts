/** Statements that give lists as they are on the screen: with their filter, in their order. */
import type { Log, LogTemplates, TraceLine } from '../model.ts';
import { sqlText } from './held.ts';
import type { Sort } from './table.ts';

/** `condition`: what a filter of the filter language compiled to; null: the filter is words. */
interface Listing {
  readonly filter: string;
  readonly condition: string | null;
  readonly order: readonly string[];
  /** True: no row has the words, these have their letters in that order. */
  readonly scattered?: boolean;
}

const scatteredPattern = (words: string): string =>
  `%${[...words.replace(/\s+/g, '')].map((letter) => letter.replace(/[%_\\]/, '\\$&')).join('%')}%`;

/** Rows of a view in which the words stand, or that pass the condition. */
function statement(columns: string, view: string, within: string, listing: Listing): string {
  const { filter, condition, order } = listing;
  const words = listing.scattered
    ? `${within} LIKE ${sqlText(scatteredPattern(filter))} ESCAPE '\\'`
    : `instr(lower(${within}), ${sqlText(filter.toLowerCase())})`;
  const where = condition ?? (filter === '' ? null : words);
  return `SELECT ${columns} FROM ${view}${where === null ? '' : ` WHERE ${where}`} ORDER BY ${order.join(', ')}`;
}

type TraceOrder = 'failed' | 'start' | 'service' | 'operation' | 'spans' | 'errors' | 'duration';

const traceOrders: Readonly<Record<TraceOrder, readonly string[]>> = {
  failed: ['failed', 'duration_ms'],
  start: ['start_ns'],
  service: ['root_service'],
  operation: ['root_name'],
  spans: ['spans'],
  errors: ['errors'],
  duration: ['duration_ms'],
};

/** Where the words of a filter are looked for, as `textOfTrace` has it. */
const traceText = `concat_ws(' ', root_service, root_name, trace_id, label, iif(failed, 'failed', ''))`;

export const textOfTrace = ({ traceId, rootService, rootName, label, failed }: TraceLine): string =>
  `${rootService} ${rootName} ${traceId} ${label ?? ''} ${failed ? 'failed' : ''}`.toLowerCase();

export const tracesSql = (
  filter: string,
  condition: string | null,
  {
    sort,
    ascending,
    scattered,
  }: { readonly sort: TraceOrder; readonly ascending: boolean; readonly scattered: boolean },
): string =>
  statement(
    'start_time, trace_id, root_service, root_name, spans, errors, duration_ms, failed',
    'traces',
    traceText,
    {
      filter,
      condition,
      scattered,
      order: [
        ...traceOrders[sort].map((column) => (ascending ? column : `${column} DESC`)),
        ...(sort === 'start' ? ['trace_id'] : ['start_ns', 'trace_id']),
      ],
    },
  );

export const textOfLog = ({ service, body, traceId, severityText }: Log): string =>
  `${service} ${body} ${traceId ?? ''} ${severityText}`.toLowerCase();

/** By the titles of their columns. */
const logOrders: Readonly<Record<string, string>> = {
  'time (UTC)': 'time_ns',
  level: 'severity_number',
  service: 'service',
  trace: 'trace_id',
  record: 'body',
};

/** `ofStatement`: what holds of the records before any filter; null: all of the case. */
export function logsSql(
  filter: string,
  condition: string | null,
  sort: Sort,
  ofStatement: string | null,
): string {
  const column = sort && logOrders[sort.title];
  const order = [
    ...(column ? [`${column}${sort.descending ? ' DESC' : ''}`] : []),
    ...(column === 'time_ns' ? [] : ['time_ns']),
    'id',
  ];
  const view =
    ofStatement === null || condition !== null
      ? 'logs'
      : `(SELECT * FROM logs WHERE ${ofStatement})`;
  return statement(
    'id, time, severity, service, body, event_name, attributes, trace_id, span_id',
    view,
    `concat_ws(' ', service, body, trace_id, severity)`,
    { filter, condition, order },
  );
}

/** Records of one statement: of its service, with the longest part of it that is always the same. */
export function statementSql(service: string, template: string | null): string {
  const [longest = ''] = (template ?? '').split(/<[^>]*>/).sort((a, b) => b.length - a.length);
  const word = longest.trim();
  return `service = ${sqlText(service)}${word === '' ? '' : ` AND instr(body, ${sqlText(word)})`}`;
}

/** Of a case in which sides are compared: when they were. */
type Sides = Pick<LogTemplates, 'baseline' | 'incident' | 'byHealth' | 'epochNs'>;

/** `value` of each side as a column of its own; none where the sides are not told by time. */
function bySide(value: string, { baseline, incident, byHealth, epochNs }: Sides): string {
  if (byHealth || !baseline) return '';
  const epoch = BigInt(epochNs);
  const within = ({ from, to }: { readonly from: number; readonly to: number }): string =>
    `time_ns >= ${epoch + BigInt(Math.round(from))} AND time_ns < ${epoch + BigInt(Math.round(to))}`;
  return `, ${value} FILTER (WHERE ${within(baseline)}) AS before, ${value} FILTER (WHERE ${within(incident)}) AS incident`;
}

/** Statements, counted by service and template as the case keeps them. */
export function templatesSql(
  sides: Sides,
  { filter, least, sort }: { readonly filter: string; readonly least: number; readonly sort: Sort },
): string {
  const counts = bySide('count(*)', sides);
  const orders: Readonly<Record<string, string>> = {
    level: 'level',
    service: 'service',
    statement: 'template',
    ...(counts === '' ? {} : { before: 'before', incident: 'incident' }),
  };
  const column = (sort && orders[sort.title]) ?? 'records';
  const descending = sort === null || sort.descending || column === 'records';
  const words =
    filter === '' ? '' : ` WHERE instr(lower(service || ' ' || template), ${sqlText(filter)})`;
  const having = least > 0 ? ` HAVING level >= ${least}` : '';
  return `SELECT service, template, max(severity_number) AS level, count(*) AS records${counts} FROM logs JOIN log_templates USING (template_id)${words} GROUP BY service, template_id${having} ORDER BY ${column}${descending ? ' DESC' : ''}, service, template`;
}

/** Series with the mean of each side, what moved first. */
export function seriesSql(sides: Sides, filter: string): string {
  const means = bySide('avg(value)', sides);
  const words =
    filter === ''
      ? ''
      : ` WHERE instr(lower(concat_ws(' ', metric, service, instance, attributes)), ${sqlText(filter)})`;
  const order = means === '' ? 'metric, service' : 'abs(incident - before) DESC, metric, service';
  return `SELECT metric, unit, service, instance, attributes, count(*) AS points${means} FROM metric_points${words} GROUP BY metric, service, instance, attributes ORDER BY ${order}`;
}
