/** Log records that pass a filter, one by one. */
import type { Log, LogRecords, Store } from '../model.ts';
import { parseFilter } from '../search/index.ts';

/** The first that pass, by time. @throws {UserError} if the filter is wrong. */
export async function logsThat(store: Store, filter: string, limit: number): Promise<LogRecords> {
  const view = { limit: limit + 1, brief: false, sort: null };
  const { columns, rows } = await store.list('logs', parseFilter(filter, 'logs'), view);
  const at = columns.indexOf('id');
  const ids: string[] = [];
  for await (const row of rows) ids.push(String(row[at]));
  const logs: Log[] = [];
  for (const id of ids.slice(0, limit)) {
    const log = await store.log(id);
    if (log) logs.push(log);
  }
  return { epochNs: await store.epochNs(), logs, more: ids.length > limit };
}
