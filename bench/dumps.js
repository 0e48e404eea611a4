/** The files that the measurement of import reads: made from a seed, or found in a kept folder. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { writeDump } from './dump.js';
import { frameWriter, lineWriter } from './files.js';

const seed = 20;
const duckdb = '@duckdb/node-api@1.5.6-r.1';

const pathsIn = (folder) => ({
  traces: join(folder, 'traces.jsonl'),
  logs: join(folder, 'logs.jsonl'),
  tracesPb: join(folder, 'traces.pb'),
  logsPb: join(folder, 'logs.pb'),
  tracesGz: join(folder, 'traces.jsonl.gz'),
  /** A quarter of the spans; of them, four times as many. */
  quarter: join(folder, 'quarter.jsonl'),
  fourfold: join(folder, 'fourfold.jsonl'),
});

function write(spans, traceWriters, logWriters) {
  writeDump({ spans, seed, traceWriters, logWriters });
  for (const writer of [...traceWriters, ...logWriters]) writer.close();
}

/** Differs when a dump made before would differ from one made now. */
function editionOf(options) {
  const hash = createHash('sha256').update(JSON.stringify({ seed, ...options }));
  for (const name of ['dump.js', 'files.js', 'protobuf.js']) {
    hash.update(readFileSync(new URL(name, import.meta.url)));
  }
  return hash.digest('hex');
}

/** Makes the dumps unless the folder has them. */
export async function makeDumps(folder, { scale, grow }) {
  const paths = pathsIn(folder);
  const mark = join(folder, 'edition');
  const edition = editionOf({ scale, grow });
  if (existsSync(mark) && readFileSync(mark, 'utf8') === edition) return paths;
  write(
    scale,
    [lineWriter(paths.traces), frameWriter(paths.tracesPb)],
    [lineWriter(paths.logs), frameWriter(paths.logsPb)],
  );
  if (grow) write(4 * scale, [lineWriter(paths.fourfold)], []);
  else write(Math.ceil(scale / 4), [lineWriter(paths.quarter)], []);
  await pipeline(createReadStream(paths.traces), createGzip(), createWriteStream(paths.tracesGz));
  writeFileSync(mark, edition);
  return paths;
}

/**
 * Installs DuckDB into the folder: it is no dependency of aidebug. Null if it is there and loads,
 * otherwise why not.
 */
export function installDuckdb(folder) {
  mkdirSync(folder, { recursive: true });
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts'];
  return (
    failureOf(folder, 'npm', ['install', '--prefix', folder, ...flags, duckdb]) ??
    failureOf(folder, process.execPath, ['-e', "require('@duckdb/node-api')"])
  );
}

/** The first line that says why the program failed; null if it did not. */
function failureOf(cwd, program, argv) {
  const { status, error, stderr } = spawnSync(program, argv, {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status === 0) return null;
  return error?.message ?? stderr.split('\n').find((line) => /error/i.test(line)) ?? `${status}`;
}
