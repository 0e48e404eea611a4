/** What was measured, as rows of the table of goals. */
import { statSync } from 'node:fs';
import { atLeast, atMost } from './goals.js';
import { median } from './measure.js';

const rounded = (number) => String(Math.round(number * 10) / 10);
const short = (count) => (count >= 1e6 ? `${rounded(count / 1e6)}M` : `${rounded(count / 1e3)}k`);

/** Functions that read the results: medians of the runs of a step. */
function reader(results) {
  const of = (field) => (name) =>
    median((results.get(name) ?? []).map((result) => result[field])) ?? Number.NaN;
  return {
    /** Seconds inside the process, without its start. */
    inside: of('inside'),
    /** Seconds from start to exit. */
    wall: of('wall'),
    peak: of('peak'),
    bytes: of('bytes'),
    traces: of('traces'),
  };
}

/** Rows of `npm run bench import`. */
export function rowsOf({ results, screens, paths, scale, grow, missing }) {
  const read = reader(results);
  return [
    ...timeRows(read, missing),
    ...sizeRows(read, paths, scale, grow),
    ...answerRows(read, screens, scale),
    ...otherRows(read),
  ];
}

/** Stages are compared inside their processes, whole imports as whole processes. */
function timeRows({ inside, wall }, missing) {
  return [
    {
      what: 'JSONL → SQLite, spans stored ÷ JSON.parse alone',
      value: inside('JSONL stored') / inside('JSON.parse'),
      goal: atMost(0.5, 0.35),
      needsFull: true,
    },
    {
      what: 'whole import ÷ JSON.parse alone (processes)',
      value: wall('import') / wall('JSON.parse'),
      goal: atMost(0.9, 0.6),
      needsFull: true,
    },
    {
      what: 'protobuf → SQLite, spans stored ÷ protobufjs alone',
      value: inside('protobuf stored') / inside('protobufjs'),
      goal: atMost(0.8, 0.5),
      needsFull: true,
    },
    {
      what: 'DuckDB read_json, typed ÷ whole import (processes)',
      value: wall('DuckDB') / wall('import'),
      why: missing === null ? '' : 'not installed',
      unit: 'x',
      goal: atLeast(3, 5),
      needsFull: true,
    },
    {
      what: 'JSON.parse + insert a span ÷ whole import (processes)',
      value: wall('parse + insert') / wall('import'),
      unit: 'x',
      goal: atLeast(2.5, 4),
      needsFull: true,
    },
  ];
}

function sizeRows({ peak, bytes }, paths, scale, grow) {
  const other = grow
    ? { spans: 4 * scale, ratio: peak('import of 4 × as many') / peak('import') }
    : { spans: scale / 4, ratio: peak('import') / peak('import of a quarter') };
  const [less, more] = [scale, other.spans].sort((a, b) => a - b).map(short);
  return [
    {
      what: 'peak memory of import',
      value: peak('import') / 1e6,
      digits: 0,
      unit: ' MB',
      goal: atMost(250, 150),
      needsFull: true,
    },
    {
      what: `peak memory, ${more} ÷ ${less} spans`,
      value: other.ratio,
      unit: 'x',
      goal: atMost(1.3, 1.1),
      needsFull: true,
    },
    {
      what: 'bytes of the case ÷ bytes of the JSONL',
      value: bytes('import') / statSync(paths.traces).size,
      goal: atMost(0.45, 0.25),
    },
    {
      what: 'bytes in DuckDB ÷ bytes of the JSONL',
      value: bytes('DuckDB') / statSync(paths.traces).size,
    },
  ];
}

function answerRows({ wall, traces }, screens, scale) {
  return [
    {
      what: `causes on ${short(scale)} spans, new process`,
      value: wall('causes'),
      unit: ' s',
      goal: atMost(4, 1.5),
      needsFull: true,
    },
    {
      what: 'causes ÷ JSON.parse alone (processes)',
      value: wall('causes') / wall('JSON.parse'),
    },
    {
      what: 'start of causes --help ÷ bare node',
      value: screens.help / screens.bare,
      goal: atMost(1.5, 1.3),
    },
    {
      what: 'first frame of the screens ÷ bare node',
      value: screens.firstFrame / screens.bare,
      goal: atMost(3.5, 2.5),
    },
    {
      what: `key → frame, p95, slowest screen, ${short(traces('import'))} traces`,
      value: screens.keyMs,
      digits: 1,
      unit: ' ms',
      goal: atMost(33, 16),
      needsFull: true,
    },
  ];
}

/** For information: there is no goal. */
function otherRows({ wall }) {
  return [
    {
      what: 'whole import, gzip ÷ JSON.parse alone (processes)',
      value: wall('import of gzip') / wall('JSON.parse'),
    },
    {
      what: 'whole import of logs ÷ JSON.parse alone (processes)',
      value: wall('import of logs') / wall('JSON.parse, logs'),
    },
    {
      what: 'whole import of logs, protobuf ÷ protobufjs alone (processes)',
      value: wall('import of logs, protobuf') / wall('protobufjs, logs'),
    },
  ];
}
