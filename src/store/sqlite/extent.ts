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

/** All in unix nanoseconds. */
export interface Extent {
  /** Offset 0: the first span; of a case without spans the first log, else the first point. */
  readonly epoch: bigint;
  /** The end of the last record. */
  readonly last: bigint;
  readonly believedFrom: bigint;
  readonly believedTo: bigint;
}

const dayNs = 86_400_000_000_000n;
/** Offsets are exact up to 104 days: what lies within half of that belongs together. */
const apartDays = 52n;
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

interface Times {
  readonly table: string;
  /** Where its records have labels: a small import long after a large one is no stray. */
  readonly labelled: string | null;
  readonly start: string;
  readonly end: string;
}

const signals: readonly Times[] = [
  { table: 'span', labelled: 'spans', start: 'start_ns', end: 'end_ns' },
  { table: 'log_record', labelled: 'logs', start: 'time_ns', end: 'time_ns' },
  { table: 'metric_point', labelled: null, start: 'time_ns', end: 'time_ns' },
];

/** Computes the extent from all records and keeps it. */
export function findExtent(db: Database): Extent {
  const spans = signals.flatMap((signal) => mainSpans(db, signal));
  db.exec('DELETE FROM extent');
  if (spans.length === 0) return noExtent;
  const believedFrom = least(spans.map(([first]) => first)) - apartDays * dayNs;
  const believedTo = greatest(spans.map(([, last]) => last)) + (apartDays + 1n) * dayNs;
  const edges = { believedFrom, believedTo };
  const firsts = signals.map((signal) => edge(db, 'min', signal.table, signal.start, edges));
  const lasts = signals.flatMap(({ table, start, end }) => [
    edge(db, 'max', table, start, edges),
    edge(db, 'max', table, end, edges),
  ]);
  const epoch = firsts.find((first) => first !== null) ?? 0n;
  const last = greatest([epoch, ...lasts.filter((time) => time !== null)]);
  db.prepare(/* sql */ 'INSERT INTO extent VALUES (?, ?, ?, ?)').run(
    epoch,
    last,
    believedFrom,
    believedTo,
  );
  return { epoch, last, ...edges };
}

/** First and last day, as unix nanoseconds, on which a signal has more than strays; by label. */
function mainSpans(db: Database, { table, labelled, start }: Times): [bigint, bigint][] {
  const rows = db
    .prepare(`SELECT ${labelled ? 'label' : 'NULL'}, ${start} / ${dayNs}, count(*)
      FROM ${labelled ?? table} WHERE ${start} IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`)
    .safeIntegers()
    .raw()
    .all() as [string | null, bigint, bigint][];
  const labels = new Map<string | null, [bigint, bigint][]>();
  for (const [label, ...day] of rows) labels.set(label, [...(labels.get(label) ?? []), day]);
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

type Edges = Pick<Extent, 'believedFrom' | 'believedTo'>;

const edge = (
  db: Database,
  which: 'min' | 'max',
  table: string,
  column: string,
  { believedFrom, believedTo }: Edges,
): bigint | null =>
  db
    .prepare(`SELECT ${which}(${column}) FROM ${table} WHERE ${column} BETWEEN ? AND ?`)
    .safeIntegers()
    .pluck()
    .get(believedFrom, believedTo) as bigint | null;

// Math.min and Math.max take no bigint.
const ordered = (values: readonly bigint[]): bigint[] =>
  [...values].sort((a, b) => (a < b ? -1 : 1));
const least = (values: readonly bigint[]): bigint => ordered(values).at(0) ?? 0n;
const greatest = (values: readonly bigint[]): bigint => ordered(values).at(-1) ?? 0n;

/** Records with a time that is not believed, for a defect each. */
export function* strays(db: Database, extent: Extent): Generator<Defect> {
  const { believedFrom: from, believedTo: to } = extent;
  const found = db
    .prepare(/* sql */ `SELECT 'span ' || trace_id || '/' || span_id AS at FROM span
        WHERE start_ns NOT BETWEEN :from AND :to OR end_ns NOT BETWEEN :from AND :to
      UNION ALL SELECT 'log ' || hash FROM log_record WHERE time_ns NOT BETWEEN :from AND :to
      UNION ALL SELECT 'point ' || hash FROM metric_point WHERE time_ns NOT BETWEEN :from AND :to
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
