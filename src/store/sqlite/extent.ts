/**
 * Which times of a case are believed. One span of 1995 in a dump of today is a mistake of a clock:
 * it is kept as it is and counted (`bad-time`), but were it believed, the window of the whole
 * case would begin with it.
 *
 *     1995                             2026-07-12
 *     |1|    . . .  more than 52 days  |40,000|     the one is no 1 % of its signal and label
 */
import type { Database } from 'better-sqlite3';
import type { Defect } from '../../model.ts';
import { apartDays, dayNs } from './days.ts';
import { hashText } from './schema.ts';

/** All in unix nanoseconds. */
export interface Extent {
  /** Offset 0: the first span; of a case without spans the first log, else the first point. */
  readonly epoch: bigint;
  /** The end of the last record. */
  readonly last: bigint;
  readonly believedFrom: bigint;
  readonly believedTo: bigint;
}

/** Fewer than one in this many records of a signal and label are strays. */
const strayShare = 100n;

const noExtent: Extent = { epoch: 0n, last: 0n, believedFrom: 0n, believedTo: 0n };

/** As it was found by the last import; zeros for an empty case. */
export function extentOf(db: Database): Extent {
  const row = db
    .prepare(/* sql */ 'SELECT epoch_ns, last_ns, believed_from, believed_to FROM extent')
    .safeIntegers()
    .raw()
    .get() as [bigint, bigint, bigint, bigint] | undefined;
  if (!row) return noExtent;
  const [epoch, last, believedFrom, believedTo] = row;
  return { epoch, last, believedFrom, believedTo };
}

/** In this order the first that has records gives the epoch. */
const signals = ['span', 'log', 'metric'] as const;

/** Computes the extent from the days of all records and keeps it. */
export function findExtent(db: Database): Extent {
  const main = signals.flatMap((signal) => mainSpans(db, signal));
  db.exec('DELETE FROM extent');
  if (main.length === 0) return noExtent;
  const believedFrom = least(main.map(([first]) => first)) - apartDays * dayNs;
  const believedTo = greatest(main.map(([, last]) => last)) + (apartDays + 1n) * dayNs;
  const edge = (select: string, signal: string): bigint | null =>
    db
      .prepare(`SELECT ${select} FROM day WHERE signal = ? AND first_ns BETWEEN ? AND ?`)
      .safeIntegers()
      .pluck()
      .get(signal, believedFrom, believedTo) as bigint | null;
  const firsts = signals.map((signal) => edge('min(first_ns)', signal));
  const lasts = signals.map((signal) => edge('max(last_ns)', signal));
  const epoch = firsts.find((first) => first !== null) ?? 0n;
  const last = greatest([epoch, ...lasts.filter((time) => time !== null)]);
  db.prepare(/* sql */ 'INSERT INTO extent VALUES (?, ?, ?, ?)').run(
    epoch,
    last,
    believedFrom,
    believedTo,
  );
  return { epoch, last, believedFrom, believedTo };
}

/**
 * First and last day, as unix nanoseconds, on which a signal has more than strays; by label, where
 * its records have labels: a small import long after a large one is no stray.
 */
function mainSpans(db: Database, signal: string): [bigint, bigint][] {
  const label = signal === 'metric' ? 'NULL' : 'i.label';
  const rows = db
    .prepare(/* sql */ `SELECT ${label}, d.day, sum(d.records) FROM day d
      JOIN import i USING (import_id) WHERE d.signal = ? AND d.day IS NOT NULL
      GROUP BY 1, 2 ORDER BY 1, 2`)
    .safeIntegers()
    .raw()
    .all(signal) as [string | null, bigint, bigint][];
  const labels = new Map<string | null, [bigint, bigint][]>();
  for (const [name, ...day] of rows) labels.set(name, [...(labels.get(name) ?? []), day]);
  return [...labels.values()].map(mainSpan);
}

/** Of days in order with their counts. */
function mainSpan(days: readonly (readonly [day: bigint, count: bigint])[]): [bigint, bigint] {
  const groups: { first: bigint; last: bigint; count: bigint }[] = [];
  for (const [day, count] of days) {
    const group = groups.at(-1);
    if (group && day - group.last <= apartDays) {
      group.last = day;
      group.count += count;
    } else groups.push({ first: day, last: day, count });
  }
  const all = groups.reduce((sum, { count }) => sum + count, 0n);
  const large = groups.filter(({ count }) => count * strayShare >= all);
  const main = large.length > 0 ? large : groups;
  return [(main.at(0)?.first ?? 0n) * dayNs, (main.at(-1)?.last ?? 0n) * dayNs];
}

// Math.min and Math.max take no bigint.
const ordered = (values: readonly bigint[]): bigint[] =>
  [...values].sort((a, b) => (a < b ? -1 : 1));
const least = (values: readonly bigint[]): bigint => ordered(values).at(0) ?? 0n;
const greatest = (values: readonly bigint[]): bigint => ordered(values).at(-1) ?? 0n;

/** Whether some records have times that are not believed. */
export function hasStrays(db: Database, { believedFrom, believedTo }: Extent): boolean {
  const found = db
    .prepare(/* sql */ `SELECT 1 FROM day WHERE far > 0
      OR first_ns NOT BETWEEN :from AND :to OR last_ns NOT BETWEEN :from AND :to LIMIT 1`)
    .get({ from: believedFrom, to: believedTo });
  return found !== undefined;
}

/** Records with a time that is not believed, for a defect each. */
export function* strays(db: Database, extent: Extent): Generator<Defect> {
  if (!hasStrays(db, extent)) return;
  const { believedFrom: from, believedTo: to } = extent;
  const found = db
    .prepare(/* sql */ `SELECT 'span ' || trace_id || '/' || span_id AS at FROM span
        JOIN trace_name USING (trace_key)
        WHERE start_ns NOT BETWEEN :from AND :to OR end_ns NOT BETWEEN :from AND :to
      UNION ALL SELECT 'log ' || ${hashText('hash')} FROM log_record WHERE time_ns NOT BETWEEN :from AND :to
      UNION ALL SELECT 'point ' || ${hashText('hash')} FROM metric_point WHERE time_ns NOT BETWEEN :from AND :to
      ORDER BY at`)
    .pluck()
    .iterate({ from, to }) as IterableIterator<string>;
  for (const at of found) {
    yield {
      code: 'bad-time',
      at,
      message: 'its time is far from all the rest of the case: kept, not believed',
    };
  }
}
