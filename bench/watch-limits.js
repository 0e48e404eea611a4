/**
 * How surprising the watch of `aidebug evaluate --study` finds healthy runs: its limits
 * (src/evaluate/study/detection.ts) are a tenth above the highest of each kind. Seeds are used for
 * nothing else; no fault is looked at.
 *
 *     npm run limits [-- RUNS [SEED]]       112 runs of an hour from seed 50000, some ten minutes
 */
import { alarmsOf } from '../dist/evaluate/study/alarms.js';
import { faultyMinutes } from '../dist/evaluate/study/case.js';
import { healthyMinutes } from '../dist/evaluate/study/detection.js';
import { record } from '../dist/simulate/index.js';

const [runs = '112', seed = '50000'] = process.argv.slice(2);
const highest = {};

for (let run = 0; run < Number(runs); run += 1) {
  const recording = record('healthy', Number(seed) + run, { healthyMinutes, faultyMinutes });
  for (const [kind, surprise] of alarmsOf(recording).highest) {
    highest[kind] = Math.max(surprise, highest[kind] ?? 0);
  }
  process.stderr.write(`${run + 1} of ${runs} runs\r`);
}
const limits = Object.entries(highest).map(([kind, surprise]) => [
  kind,
  Number(surprise.toFixed(2)),
  Math.ceil(11 * surprise) / 10,
]);
process.stdout.write(`${JSON.stringify(limits)}\n`);
