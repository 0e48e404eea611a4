/** Times and processes, as all measurements take them. */
import { spawnSync } from 'node:child_process';

/** The program as users start it. */
export const bin = new URL('../bin/aidebug.js', import.meta.url).pathname;
const peak = new URL('./peak.js', import.meta.url).href;

/** The upper one of the two in the middle. */
export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

export async function seconds(run) {
  const from = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - from) / 1e9;
}

/**
 * Runs a script of node's to its end. Gives the seconds from start to exit, the `peak` of its
 * memory, what it printed, and all it reports (see `report.js`).
 * @throws {Error} if it fails.
 */
export function measured(argv) {
  const from = process.hrtime.bigint();
  const { status, output, error } = spawnSync(process.execPath, ['--import', peak, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const wall = Number(process.hrtime.bigint() - from) / 1e9;
  if (error) throw error;
  const [, printed, complaint, reported] = output;
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${complaint}`);
  const figures = reported
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return Object.assign({ wall, printed }, ...figures);
}
