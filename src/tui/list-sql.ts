/** Statements that give lists as they are on the screen: with their filter, in their order. */
import type { Log, LogTemplates, SeriesLine, TemplateLine, TraceLine } from '../model.ts';
import { rowCondition, wordsCondition } from '../search/index.ts';
import { sqlText } from './held.ts';
import { listedSeriesSql, listedTemplatesSql } from './listed-sql.ts';
import type { Sort } from './table.ts';

/** `condition`: what a filter of the filter language compiled to; null: the filter is words. */
interface Listing {
  readonly filter: string;
  readonly condition: string | null;
  readonly order: readonly string[];
  /** True: no row has the words, these have their letters in that order. */
  readonly scattered?: boolean;
}

/** Rows of a view in which the words stand, or that pass the condition. */
function statement(columns: string, view: string, within: string, listing: Listing): string {
  const { filter, condition, order, scattered = false } = listing;
  const where = condition ?? (filter === '' ? null : wordsCondition(filter, within, scattered));
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

/** What holds of the records of one statement; null: of any of the service. */
export const statementSql = (service: string, template: string | null): string =>
  `service = ${sqlText(service)}${template === null ? '' : ` AND statement = ${sqlText(template)}`}`;

/** Of a case in which sides are compared: when they were. */
type Sides = Pick<LogTemplates, 'baseline' | 'incident' | 'byHealth' | 'epochNs'>;

/** `value` of each side as a column of its own; none where the sides are not told by time. */
function bySide(value: string, { baseline, incident, byHealth, epochNs }: Sides): string {
  if (byHealth || !baseline) return '';
  const epoch = BigInt(epochNs);
  const within = ({ from, to }: { readonly from: number; readonly to: number }): string =>
    `time_ns BETWEEN ${epoch + BigInt(Math.round(from))} AND ${epoch + BigInt(Math.round(to))}`;
  return `, ${value} FILTER (WHERE ${within(baseline)}) AS before, ${value} FILTER (WHERE ${within(incident)}) AS incident`;
}

/** Names of severities, as they are shown. */
const levelText = `CASE (level - 1) / 4 WHEN 0 THEN 'TRACE' WHEN 1 THEN 'DEBUG' WHEN 2 THEN 'INFO' WHEN 3 THEN 'WARN' WHEN 4 THEN 'ERROR' WHEN 5 THEN 'FATAL' END`;

interface Templates {
  readonly subject: Sides;
  /** Those that pass, in their order. */
  readonly shown: readonly TemplateLine[];
  readonly filter: string;
  readonly problem: string | null;
  readonly scattered: boolean;
  readonly least: number;
  readonly sort: Sort;
  readonly revealed: boolean;
}

/** Statements, counted: as they are filtered and sorted, or by name where no column tells that. */
export function templatesSql(state: Templates): string {
  const { subject, shown, least, sort, revealed } = state;
  const counts = bySide('count(*)', subject);
  const columns = templateColumns(counts !== '');
  const condition = templateCondition(state, columns);
  const column = sort ? columns[sort.title] : 'records';
  const isHidden = shown.some(({ content }) => content) && !revealed;
  const listed = isHidden ? null : listedTemplatesSql(shown, counts);
  if ((condition === null || column === undefined) && listed !== null) return listed;
  const conditions = [condition ?? '1', ...(least > 0 ? [`level >= ${least}`] : [])];
  const needed = conditions.filter((one) => one !== '1');
  const where = needed.length === 0 ? '' : ` WHERE ${needed.join(' AND ')}`;
  const order = `${column ?? 'records'}${sort === null || sort.descending ? ' DESC' : ''}`;
  return `SELECT * FROM (SELECT service, statement, max(severity_number) AS level, count(*) AS records${counts} FROM logs GROUP BY service, statement)${where} ORDER BY ${order}, service, statement`;
}

/** By the titles of their columns. */
const templateColumns = (isCompared: boolean): Readonly<Record<string, string>> => ({
  ...{ level: 'level', records: 'records', service: 'service', statement: 'statement' },
  ...(isCompared ? { before: 'before', incident: 'incident' } : {}),
});

function templateCondition(
  { filter, problem, scattered }: Templates,
  columns: Readonly<Record<string, string>>,
): string | null {
  if (problem !== null) return '1';
  const facts = {
    ...{ service: 'service', statement: 'statement', count: 'records', change: null },
    ...{ sev: levelText, level: levelText, severity: levelText },
    ...{ before: columns.before ?? null, incident: columns.incident ?? null },
  };
  const severities = { sev: 'level', level: 'level', severity: 'level' };
  const text = `service || ' ' || statement`;
  return rowCondition(filter, { text, facts, severities }, scattered);
}

interface Series {
  readonly subject: Sides;
  /** Those that pass, in their order. */
  readonly shown: readonly SeriesLine[];
  readonly filter: string;
  readonly sort: Sort;
}

/** By the titles of their columns. */
const seriesOrders: Readonly<Record<string, string>> = {
  metric: 'metric',
  service: 'service',
  before: 'before',
  incident: 'incident',
};

/** Series with the mean of each side: what is listed; of very many all that have the words. */
export function seriesSql({ subject, shown, filter, sort }: Series): string {
  const means = bySide('avg(value)', subject);
  const isWhole = filter === '' && sort === null;
  const listed = isWhole ? null : listedSeriesSql(shown, means);
  if (listed !== null) return listed;
  const words =
    filter === ''
      ? ''
      : ` WHERE instr(lower(concat_ws(' ', metric, service, instance, attributes)), ${sqlText(filter)})`;
  const column =
    sort && (means === '' && !/metric|service/.test(sort.title) ? null : seriesOrders[sort.title]);
  const moved = means === '' ? 'points DESC' : 'abs(incident - before) DESC';
  const order = column ? `${column}${sort?.descending ? ' DESC' : ''}` : moved;
  return `SELECT metric, unit, service, instance, attributes, count(*) AS points${means} FROM metric_points${words} GROUP BY metric, service, instance, attributes ORDER BY ${order}, metric, service`;
}
