/** What is timed: each step is a process that starts from nothing. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bin, measured } from './measure.js';

const script = (name) => new URL(name, import.meta.url).pathname;

/** Removes a database with what may stand beside it. */
function removeDatabase(path) {
  for (const suffix of ['', '-wal', '-shm', '.wal']) rmSync(path + suffix, { force: true });
}

/** `aidebug import` as users call it; `bytes` is the size of the case. */
function importing(dump, db) {
  removeDatabase(db);
  const result = measured([bin, 'import', '--quiet', '--format', 'json', '--db', db, dump]);
  const { totals } = JSON.parse(result.printed).data;
  return {
    ...result,
    records: totals.spans + totals.logs,
    traces: totals.traces,
    bytes: statSync(db).size,
  };
}

function storing(dump, db) {
  removeDatabase(db);
  return measured([script('./stage.js'), dump, db]);
}

function rivalWriting(argv, db) {
  removeDatabase(db);
  const result = measured([...argv, db]);
  return { ...result, bytes: statSync(db).size };
}

/**
 * The steps, in the order in which they take turns. One with `records` must report that many;
 * one that `isOnce` runs in the first turn only.
 */
export function stepsOf({ folder, paths, scale, grow, duckdb }) {
  const [db, scratch] = [join(folder, 'case.db'), join(folder, 'scratch.db')];
  const [parse, decode] = [script('./rivals/parse.js'), script('./rivals/decode.js')];
  const plain = script('./rivals/plain.js');
  const duck = script('./rivals/duckdb.js');
  const whole = (name, dump, records) => ({ name, records, run: () => importing(dump, scratch) });
  const grown = grow
    ? { ...whole('import of 4 × as many', paths.fourfold, 4 * scale), isOnce: true }
    : whole('import of a quarter', paths.quarter, Math.ceil(scale / 4));
  return [
    { name: 'JSON.parse', run: () => measured([parse, paths.traces]) },
    { name: 'JSONL stored', records: scale, run: () => storing(paths.traces, scratch) },
    { name: 'import', records: scale, run: () => importing(paths.traces, db) },
    { name: 'causes', run: () => measured([bin, 'causes', '--db', db]) },
    { name: 'protobufjs', run: () => measured([decode, 'traces', paths.tracesPb]) },
    { name: 'protobuf stored', records: scale, run: () => storing(paths.tracesPb, scratch) },
    {
      name: 'parse + insert',
      records: scale,
      run: () => rivalWriting([plain, paths.traces], scratch),
    },
    ...(duckdb === null
      ? []
      : [
          {
            name: 'DuckDB',
            records: scale,
            run: () => rivalWriting([duck, duckdb, paths.traces], scratch),
          },
        ]),
    grown,
    whole('import of gzip', paths.tracesGz, scale),
    { name: 'JSON.parse, logs', run: () => measured([parse, paths.logs]) },
    whole('import of logs', paths.logs, scale),
    { name: 'protobufjs, logs', run: () => measured([decode, 'logs', paths.logsPb]) },
    whole('import of logs, protobuf', paths.logsPb, scale),
  ];
}
