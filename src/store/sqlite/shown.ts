/** What is shown one at a time: a trace, a record, the records around it, and every trace in a line. */
import type { Database } from 'better-sqlite3';
import { UserError } from '../../errors.ts';
import type { Log, Nanos, TraceData, TraceId, TraceLine } from '../../model.ts';
import { clocksIn } from './aggregates.ts';
import { extentOf } from './extent.ts';
import { keysOf } from './log-rows.ts';
import { logsIn } from './rows.ts';
import { headReader } from './span-heads.ts';
import { packReader } from './trees.ts';
import { treeReader } from './whole-traces.ts';

/** By start, then id. */
export function traceLines(db: Database): readonly TraceLine[] {
  const rows = db
    .prepare(/* sql */ `SELECT trace_id AS traceId, root_service AS rootService,
      root_name AS rootName, start_ns - ? AS start, duration_ns AS duration, spans, errors,
      json_array_length(services) AS services, failed, label
      FROM trace JOIN trace_name USING (trace_key) JOIN trace_type USING (type_key)
      ORDER BY start_ns, trace_id`)
    .all(extentOf(db).epoch) as (Omit<TraceLine, 'failed'> & { failed: number })[];
  return rows.map((row) => ({ ...row, failed: row.failed === 1 }));
}

/** Null if there is none. */
export function logOf(db: Database, id: string): Log | null {
  const [, hash, occurrence = '1'] = /^([0-9a-f]{16})(?:-(\d{1,15}))?$/.exec(id) ?? [];
  if (hash === undefined) return null;
  const wanted = { hash: BigInt.asIntN(64, BigInt(`0x${hash}`)), occurrence: Number(occurrence) };
  const [log = null] = logsIn(db, extentOf(db), wanted);
  return log;
}

/** At most `limit`: the first, or those around a moment, half of them before it. */
export function logsOf(
  db: Database,
  service: string | null,
  event: string | null,
  limit: number,
  around: Nanos | null,
): readonly Log[] {
  const keys = event === null ? '[]' : JSON.stringify(keysOf(db, event));
  const extent = extentOf(db);
  if (around === null) return [...logsIn(db, extent, { service, keys, event, limit })];
  // Half of them before it, half from it on.
  const at = extent.epoch + BigInt(Math.round(around));
  const half = { service, keys, event, limit: Math.ceil(limit / 2), at };
  const before = [...logsIn(db, extent, { ...half, side: 'before' })].reverse();
  return [...before, ...logsIn(db, extent, { ...half, side: 'after' })];
}

/** @throws {UserError} if no trace or several traces begin with `prefix`. */
export function traceData(db: Database, prefix: string): TraceData {
  const wanted = prefix.toLowerCase();
  const found = /^[0-9a-f]{1,32}$/.test(wanted)
    ? (db
        .prepare(/* sql */ `SELECT trace_id AS traceId, trace_key AS key
          FROM trace_name JOIN trace USING (trace_key)
          WHERE trace_id >= ? AND trace_id < ? ORDER BY trace_id LIMIT 4`)
        .all(wanted, `${wanted}g`) as { traceId: TraceId; key: number }[])
    : [];
  const [only] = found;
  if (only === undefined) {
    throw new UserError('usage', `no trace begins with ${JSON.stringify(prefix)}`, {
      hint: 'List them: aidebug query "SELECT trace_id, root_name, errors FROM traces LIMIT 20"',
    });
  }
  if (found.length > 1) {
    throw new UserError('usage', `several traces begin with ${wanted}: ${named(found)}`, {
      hint: 'Give more digits.',
    });
  }
  const extent = extentOf(db);
  const headOf = headReader(db);
  const packed = packReader(db, extent, headOf)(only);
  const tree = treeReader(db, extent, headOf)(only, packed);
  const logs = [...logsIn(db, extent, { trace: only.traceId })];
  return { epochNs: String(extent.epoch), tree, logs, skew: clocksIn(db) };
}

const named = (traces: readonly { readonly traceId: string }[]): string =>
  traces
    .slice(0, 3)
    .map(({ traceId }) => traceId)
    .join(', ');
