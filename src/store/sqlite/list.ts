/** Lists of traces, logs and metric points: what passes a filter, in a fixed order. */
import type { Database } from 'better-sqlite3';
import { UserError } from '../../errors.ts';
import type { Filter, Listed, ListView, QueryResult } from '../../model.ts';
import { extentOf } from './extent.ts';
import { compile } from './filter.ts';
import { rowsOf } from './query.ts';

interface List {
  readonly view: string;
  readonly columns: readonly string[];
  /** Of these, what fits a terminal. */
  readonly brief: readonly string[];
  /** Unique enough that no order of imports shows. */
  readonly order: readonly string[];
}

const lists: Readonly<Record<Listed, List>> = {
  traces: {
    view: 'traces',
    columns: [
      ...['start_time', 'trace_id', 'duration_ms', 'root_service', 'root_name', 'spans', 'errors'],
      ...['services', 'failed', 'label'],
    ],
    brief: ['trace_id', 'duration_ms', 'root_service', 'root_name', 'spans', 'errors'],
    order: ['start_ns', 'trace_id'],
  },
  logs: {
    view: 'logs',
    columns: [
      ...['time', 'severity', 'service', 'instance', 'body', 'trace_id', 'span_id', 'label'],
      ...['event_name', 'attributes', 'id'],
    ],
    brief: ['time', 'severity', 'service', 'body'],
    order: ['time_ns', 'id'],
  },
  metrics: {
    view: 'metric_points',
    columns: [
      ...['time', 'metric', 'value', 'unit', 'type', 'service', 'instance', 'count', 'sum'],
      ...['attributes', 'temporality'],
    ],
    brief: ['time', 'metric', 'value', 'unit', 'service'],
    order: [
      'time_ns',
      'metric',
      'service',
      'instance',
      'attributes',
      'type',
      'value',
      'count',
      'sum',
    ],
  },
};

export function listRecords(
  db: Database,
  of: Listed,
  filter: Filter,
  view: ListView,
  path: string,
): QueryResult & { readonly brief: readonly string[] } {
  const { view: from, columns: all, brief, order } = lists[of];
  const columns = view.brief ? brief : all;
  const { sql, values } = compile(filter, of, extentOf(db).last);
  const statement = db.prepare(
    `SELECT ${columns.join(', ')} FROM ${from} WHERE ${sql}
      ORDER BY ${[...sorting(view, all, of), ...order].join(', ')} LIMIT ?`,
  );
  // A negative limit is none.
  const rows = statement
    .raw()
    .safeIntegers()
    .iterate(...values, view.limit ?? -1);
  return { columns, brief, rows: rowsOf(rows, path) };
}

function sorting({ sort }: ListView, columns: readonly string[], of: Listed): readonly string[] {
  if (sort === null) return [];
  if (!columns.includes(sort.column)) {
    throw new UserError('usage', `${of} have no column ${sort.column}`, {
      hint: `Sort by one of: ${columns.join(', ')}.`,
    });
  }
  return [`${sort.column} IS NULL`, `${sort.column}${sort.descending ? ' DESC' : ''}`];
}

export function countRecords(db: Database, of: Listed, filter: Filter): number {
  const { sql, values } = compile(filter, of, extentOf(db).last);
  const statement = db.prepare(`SELECT count(*) FROM ${lists[of].view} WHERE ${sql}`);
  return statement.pluck().get(...values) as number;
}
