/**
 * How surprising the watch of `aidebug evaluate --study` finds healthy runs, and what its limits
 * (src/evaluate/study/detection.ts) follow from that: of each kind, the surprise that is passed once
 * in 2,000 healthy hours, so that all six together raise one alarm in a fortnight. Highest values of
 * stretches of time follow Gumbel's distribution (Gumbel 1958; fitted by moments). Seeds are used for
 * nothing else; no fault is looked at.
 *
 *     npm run limits [-- RUNS [SEED]]       112 runs of an hour from seed 50000, some ten minutes
 */
import { alarmsOf } from '../dist/evaluate/study/alarms.js';
import { faultyMinutes } from '../dist/evaluate/study/case.js';
import { healthyMinutes } from '../dist/evaluate/study/detection.js';
import { watchedHours } from '../dist/evaluate/study/healthy.js';
import { record } from '../dist/simulate/index.js';
import { sampleOf } from '../dist/statistics.js';

const hoursBetween = 2_000;
const eulerGamma = 0.5772156649;
const [runs = '112', seed = '50000'] = process.argv.slice(2);
/** Highest of each run in which a kind had anything to tell. */
const highest = {};

for (let run = 0; run < Number(runs); run += 1) {
  const recording = record('healthy', Number(seed) + run, { healthyMinutes, faultyMinutes });
  for (const [kind, surprise] of alarmsOf(recording).highest) {
    if (surprise === 0) continue;
    highest[kind] ??= [];
    highest[kind].push(surprise);
  }
  process.stderr.write(`${run + 1} of ${runs} runs\r`);
}
const limits = Object.entries(highest).map(([kind, surprises]) => [
  kind,
  Number(Math.max(...surprises).toFixed(2)),
  Math.ceil(10 * returnLevel(surprises, hoursBetween / watchedHours)) / 10,
]);
process.stdout.write(`${JSON.stringify(limits)}\n`);

/** What is passed once in so many runs, by the distribution of the highest of each. */
function returnLevel(surprises, period) {
  const { n, mean, spread } = sampleOf(surprises);
  const scale = (Math.sqrt(spread / (n - 1)) * Math.sqrt(6)) / Math.PI;
  return mean - eulerGamma * scale - scale * Math.log(-Math.log(1 - 1 / period));
}
