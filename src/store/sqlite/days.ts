/** Records counted by the day of their time: few rows, from which windows and the extent are found. */
import type { Database } from 'better-sqlite3';
import { labelOf } from './schema.ts';

export const dayNs = 86_400_000_000_000n;
/** Offsets are exact up to 104 days: what lies within half of that belongs together. */
export const apartDays = 52n;

interface Day {
  records: number;
  first: bigint;
  last: bigint;
  far: number;
}

export interface DayCounter {
  /** A record from `start` to `end`; both null: no usable time. */
  add(start: bigint | null, end: bigint | null): void;
  write(db: Database, importId: number, signal: string): void;
}

export function dayCounter(): DayCounter {
  const days = new Map<number, Day>();
  let untimed = 0;
  let from = 0n;
  let to = 0n;
  let current: Day = { records: 0, first: 0n, last: 0n, far: 0 };
  const find = (start: bigint): void => {
    const number = start / dayNs;
    from = number * dayNs;
    to = from + dayNs;
    current = days.get(Number(number)) ?? { records: 0, first: start, last: start, far: 0 };
    days.set(Number(number), current);
  };
  return {
    add(start, end) {
      if (start === null) {
        untimed += 1;
        return;
      }
      // Records mostly come day by day.
      if (start < from || start >= to) find(start);
      current.records += 1;
      if (start < current.first) current.first = start;
      if (start > current.last) current.last = start;
      if (end === null || end <= current.last) return;
      if (end - start > apartDays * dayNs) current.far += 1;
      else current.last = end;
    },
    write(db, importId, signal) {
      const add = db.prepare(/* sql */ 'INSERT INTO day VALUES (?, ?, ?, ?, ?, ?, ?)');
      for (const [day, { records, first, last, far }] of days) {
        add.run(importId, signal, day, records, first, last, far);
      }
      if (untimed > 0) add.run(importId, signal, null, untimed, null, null, 0);
    },
  };
}

interface Times {
  readonly signal: string;
  readonly table: string;
  readonly key: string;
  readonly start: string;
  readonly end: string;
}

const signals: readonly Times[] = [
  { signal: 'span', table: 'span', key: 'span_key', start: 'start_ns', end: 'end_ns' },
  { signal: 'log', table: 'log_record', key: 'log_key', start: 'time_ns', end: 'time_ns' },
  { signal: 'metric', table: 'metric_point', key: 'point_key', start: 'time_ns', end: 'time_ns' },
];

/**
 * All anew from the rows. A record of several imports is counted with the one whose label it has:
 * this is needed whenever there are such records, or may have been.
 */
export function countDays(db: Database): void {
  db.exec('DELETE FROM day');
  for (const { signal, table, key, start, end } of signals) {
    const ownLabel = `(SELECT label FROM import WHERE import_id = r.import_id)`;
    const label = labelOf(signal, `r.${key}`, ownLabel);
    const member = /* sql */ `(SELECT min(j.import_id) FROM (SELECT r.import_id UNION
      SELECT a.import_id FROM also_in a WHERE a.signal = '${signal}' AND a.record_key = r.${key}) j
      JOIN import i USING (import_id) WHERE i.label IS ${label})`;
    const near = `${end} - ${start} <= ${apartDays * dayNs}`;
    db.exec(/* sql */ `INSERT INTO day SELECT
        CASE r.shared WHEN 0 THEN r.import_id ELSE ${member} END, '${signal}',
        ${start} / ${dayNs}, count(*), min(${start}),
        max(max(${start}), coalesce(max(${end}) FILTER (WHERE ${near}), 0)),
        count(*) FILTER (WHERE NOT ${near})
      FROM ${table} r WHERE ${start} IS NOT NULL GROUP BY 1, 3
      UNION ALL SELECT CASE r.shared WHEN 0 THEN r.import_id ELSE ${member} END, '${signal}', NULL,
        count(*), NULL, NULL, 0 FROM ${table} r WHERE ${start} IS NULL GROUP BY 1`);
  }
}
