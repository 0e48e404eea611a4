/**
 * A filter as SQL over the public views, with every value bound. Text is compared by `=` or GLOB,
 * which know no locale: every engine can do the same.
 */
import type { Comparison, Filter, FilterTest, FilterTime, Listed, TextField } from '../../model.ts';
import { numberIn } from '../../text.ts';

export interface Condition {
  /** True or false of each row; never null. */
  readonly sql: string;
  readonly values: readonly (string | number | bigint)[];
}

/** What a test looks at in one view. */
interface Columns {
  /** SQL of each field that the view has. */
  readonly text: Partial<Readonly<Record<TextField, string>>>;
  /** Nanoseconds since 1970, of a time that may be null. */
  readonly time: string;
  /** Columns of JSON objects with attributes. */
  readonly attributes: readonly string[];
  /** Columns where words are looked for. */
  readonly words: readonly string[];
}

const columnsOf: Readonly<Record<'spans' | 'logs' | 'metric_points', Columns>> = {
  spans: {
    text: {
      service: 'service',
      instance: 'instance',
      scope: 'scope',
      name: 'name',
      kind: 'kind',
      status: 'status',
      layer: 'layer',
      label: 'label',
      trace: 'trace_id',
      span: 'span_id',
    },
    time: 'start_ns',
    attributes: ['attributes', 'resource'],
    words: ['service', 'name', 'status_message', 'attributes'],
  },
  logs: {
    text: {
      service: 'service',
      instance: 'instance',
      label: 'label',
      trace: 'trace_id',
      span: 'span_id',
      event: 'event_name',
      body: 'body',
      template: 'template_id',
      statement: 'statement',
    },
    time: 'time_ns',
    attributes: ['attributes', 'resource'],
    words: ['service', 'body', 'event_name', 'attributes'],
  },
  metric_points: {
    text: {
      service: 'service',
      instance: 'instance',
      metric: 'metric',
      unit: 'unit',
      type: 'type',
    },
    time: 'time_ns',
    attributes: ['attributes', 'resource'],
    words: ['service', 'metric', 'attributes'],
  },
};

/** `endNs` is the end of the case's data: what relative times count from. */
export function compile(filter: Filter, of: Listed, endNs: bigint): Condition {
  if (of === 'traces') return traceCondition(filter, endNs);
  const view = of === 'logs' ? 'logs' : 'metric_points';
  return combine(filter, (test) => testCondition(test, columnsOf[view], endNs));
}

/** The condition for people, with its values in it. */
export function readable({ sql, values }: Condition, of: Listed): string {
  // What is null passes no more than what is false, unless it is negated; spans of traces never are.
  const shown =
    of !== 'traces' && sql.includes('NOT') ? sql : sql.replace(/coalesce\(([^()]*), 0\)/g, '$1');
  let at = 0;
  return shown.replaceAll('?', () => {
    const value = values[at] ?? null;
    at += 1;
    return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
  });
}

/** The same of single spans, not of the traces they are of. */
export const compileSpans = (filter: Filter, endNs: bigint): Condition =>
  combine(filter, (test) => testCondition(test, columnsOf.spans, endNs));

const always: Condition = { sql: '1', values: [] };
const never: Condition = { sql: '0', values: [] };

const join = (parts: readonly Condition[], word: 'AND' | 'OR', none: Condition): Condition =>
  parts.length === 0
    ? none
    : {
        sql: `(${parts.map(({ sql }) => sql).join(` ${word} `)})`,
        values: parts.flatMap(({ values }) => values),
      };

const negate = ({ sql, values }: Condition): Condition => ({ sql: `NOT ${sql}`, values });

function combine(filter: Filter, test: (test: FilterTest) => Condition): Condition {
  const inner = (part: Filter): Condition => combine(part, test);
  if ('all' in filter) return join(filter.all.map(inner), 'AND', always);
  if ('any' in filter) return join(filter.any.map(inner), 'OR', never);
  return 'not' in filter ? negate(inner(filter.not)) : test(filter);
}

/**
 * A trace passes if one of its spans passes all tests that stand side by side. What is negated
 * may hold of none of its spans.
 */
function traceCondition(filter: Filter, endNs: bigint): Condition {
  const ofTraces = (part: Filter): Condition => traceCondition(part, endNs);
  if ('any' in filter) return join(filter.any.map(ofTraces), 'OR', never);
  if ('not' in filter) return negate(ofTraces(filter.not));
  const parts = 'all' in filter ? filter.all : [filter];
  const tests = parts.filter((part): part is FilterTest => 'test' in part);
  const others = parts.filter((part) => !('test' in part)).map(ofTraces);
  const conditions = tests.map((test) => testCondition(test, columnsOf.spans, endNs));
  if (conditions.length === 0) return join(others, 'AND', always);
  const { sql, values } = join(conditions, 'AND', always);
  const bySpan = { sql: `trace_id IN (SELECT trace_id FROM spans WHERE ${sql})`, values };
  return join([bySpan, ...others], 'AND', always);
}

function testCondition(test: FilterTest, columns: Columns, endNs: bigint): Condition {
  switch (test.test) {
    case 'text':
      return textCondition(test.field, test.pattern, columns);
    case 'attribute':
      return attributeCondition(test, columns);
    case 'duration':
      return numberCondition('end_ns - start_ns', test.comparison, test.ns);
    case 'value':
      return numberCondition(pointValue, test.comparison, test.value);
    case 'severity':
      return severityCondition(test);
    case 'time':
      return {
        sql: `coalesce(${columns.time} ${test.edge === 'since' ? '>=' : '<'} ?, 0)`,
        values: [absolute(test.time, endNs)],
      };
    case 'words':
      return join(
        columns.words.map((column) => ({
          sql: `${column} LIKE ? ESCAPE '\\'`,
          values: [`%${test.text.replace(/[\\%_]/g, '\\$&')}%`],
        })),
        'OR',
        never,
      );
  }
}

/** Of a histogram or summary the mean; text stands for what is no number. */
const pointValue = /* sql */ `CASE WHEN typeof(value) IN ('integer', 'real') THEN value
  WHEN count > 0 THEN sum / count END`;

const absolute = (time: FilterTime, endNs: bigint): bigint =>
  time.unixNs ?? endNs - BigInt(Math.round(time.beforeEndNs ?? 0));

function textCondition(field: TextField, pattern: string, columns: Columns): Condition {
  if (field === 'event' && columns === columnsOf.spans) {
    const { sql, values } = matches('name', pattern);
    const events = `SELECT trace_id, span_id FROM span_events WHERE ${sql}`;
    return { sql: `(trace_id, span_id) IN (${events})`, values };
  }
  const column = columns.text[field];
  if (column === undefined) throw new Error(`no column holds the field ${field}`);
  const { sql, values } = matches(column, pattern);
  return { sql: `coalesce(${sql}, 0)`, values };
}

function matches(column: string, pattern: string): Condition {
  if (!pattern.includes('*')) return { sql: `${column} = ?`, values: [pattern] };
  return { sql: `${column} GLOB ?`, values: [glob(pattern)] };
}

/** Only `*` is special in a filter. */
const glob = (pattern: string): string => pattern.replace(/[[?]/g, '[$&]');

const numberCondition = (
  column: string,
  comparison: Comparison,
  value: number | bigint,
): Condition => ({
  sql: `coalesce(${column} ${comparison === '!=' ? '<>' : comparison} ?, 0)`,
  values: [value],
});

/** The attribute of the record, else of its resource: a record's own word counts. */
function attributeCondition(
  test: FilterTest & { readonly test: 'attribute' },
  { attributes }: Columns,
): Condition {
  const [own = '', ofResource = ''] = attributes;
  const { sql, values } = memberCondition(test);
  const holds = (column: string, condition: string): string =>
    `EXISTS (SELECT 1 FROM json_each(${column}) j WHERE j.key = ?${condition})`;
  return {
    sql: `(${holds(own, sql)} OR (NOT ${holds(own, '')} AND ${holds(ofResource, sql)}))`,
    values: [test.key, ...values, test.key, test.key, ...values],
  };
}

/** Of `j`, a member of the attributes; true and false are words, as they are written. */
function memberCondition({
  comparison,
  value,
}: FilterTest & { readonly test: 'attribute' }): Condition {
  if (value === null) return { sql: '', values: [] };
  if (typeof value !== 'string') {
    const number = "CASE WHEN j.type IN ('integer', 'real') THEN j.value END";
    const { sql, values } = numberCondition(number, comparison, value);
    return { sql: ` AND ${sql}`, values };
  }
  const word =
    "CASE j.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(j.value AS TEXT) END";
  const { sql, values } = matches(`(${word})`, value);
  const number = numberIn(value);
  if (number === null) return { sql: ` AND ${sql}`, values };
  // 5 and 5.0 are equal, whichever was meant.
  return {
    sql: ` AND (${sql} OR (j.type IN ('integer', 'real') AND j.value = ?))`,
    values: [...values, number],
  };
}

/** The number, or what the text says where there is none. */
const severityNumber = /* sql */ `CASE WHEN severity_number > 0 THEN severity_number ELSE
  CASE severity WHEN 'TRACE' THEN 1 WHEN 'DEBUG' THEN 5 WHEN 'INFO' THEN 9 WHEN 'WARN' THEN 13
  WHEN 'WARNING' THEN 13 WHEN 'ERROR' THEN 17 WHEN 'ERR' THEN 17 WHEN 'FATAL' THEN 21
  WHEN 'CRITICAL' THEN 21 ELSE 0 END END`;

function severityCondition({
  comparison,
  low,
  high,
}: FilterTest & { readonly test: 'severity' }): Condition {
  if (comparison === '=' || comparison === '!=') {
    return { sql: `(${severityNumber}) BETWEEN ? AND ?`, values: [low, high] };
  }
  const edge = comparison === '>' || comparison === '<=' ? high : low;
  return { sql: `(${severityNumber}) ${comparison} ?`, values: [edge] };
}
