/** Writing columns of metric points into the private tables. */
import type { Database } from 'better-sqlite3';
import { type PointColumns, type PointSeries, valueKind } from '../../model.ts';
import { placeList, timeAt } from './columns.ts';
import type { DayCounter } from './days.ts';
import type { Shared } from './insert.ts';

export function pointInserter(
  db: Database,
  shared: Shared,
  days: DayCounter,
): (columns: PointColumns) => void {
  const seriesOf = series(db, shared);
  const keys = placeList();
  const columns = 'import_id, series_id, time_ns, start_ns, value, hash';
  const addPlain = db.prepare(
    `INSERT INTO metric_point (${columns}) VALUES (${shared.importId}, ?, ?, ?, ?, ?)`,
  );
  const addFull = db.prepare(
    `INSERT INTO metric_point (${columns}, raw_time, count, sum, detail, exemplars, flags)
      VALUES (${shared.importId}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (batch) => {
    for (const one of batch.series) keys.add(seriesOf(one));
    const numberOf = valueReader(batch);
    for (let at = 0; at < batch.count; at += 1) {
      const time = timeAt(batch.times, at * 2);
      const start = timeAt(batch.times, at * 2 + 1);
      const plain = [keys.at(batch.of[at] as number), time, start, numberOf(at), batch.hashes[at]];
      const rest = batch.rest.get(at);
      if (rest === undefined) addPlain.run(...plain);
      else {
        const { rawTime, count, sum, detail, exemplars, flags } = rest;
        addFull.run(...plain, rawTime, count, sum, detail, exemplars, flags);
      }
      days.add(time, time);
    }
  };
}

/** What SQLite cannot hold as a number is kept as text: NaN, integers of more than 63 bits. */
function valueReader({ kinds, values, rest }: PointColumns) {
  const doubles = new Float64Array(values.buffer, values.byteOffset, values.length);
  return (at: number): number | bigint | string | null => {
    switch (kinds[at]) {
      case valueKind.none:
        return null;
      case valueKind.double:
        return Number.isNaN(doubles[at]) ? 'NaN' : (doubles[at] as number);
      case valueKind.integer:
        return values[at] as bigint;
      default:
        return String(rest.get(at)?.wide);
    }
  };
}

/** Row id of a series, by what identifies it. */
function series(db: Database, { resourceOf, scopeOf }: Shared): (series: PointSeries) => number {
  const find = db
    .prepare(/* sql */ `SELECT series_id FROM metric_series WHERE resource_id = ?
      AND scope_id = ? AND metric = ? AND attributes = ? AND type = ? AND unit = ?
      AND coalesce(temporality, '') = ? AND monotonic = ?`)
    .pluck();
  const add = db.prepare(/* sql */ `INSERT INTO metric_series
    (resource_id, scope_id, metric, attributes, type, unit, temporality, monotonic)
    VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''), ?)`);
  return ({ resource, scope, metric, attributes, type, unit, temporality, monotonic }) => {
    const own = [metric, attributes, type, unit, temporality ?? '', Number(monotonic)];
    const key = [resourceOf(resource).id, scopeOf(scope), ...own];
    const known = find.get(...key) as number | undefined;
    return known ?? Number(add.run(...key).lastInsertRowid);
  };
}
