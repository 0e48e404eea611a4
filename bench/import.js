/**
 * The goals of speed on one machine: import of a seeded dump, against what other ways to read it
 * take. Each step is a process of its own; the steps take turns, so that a slow minute of the
 * machine falls on all of them.
 *
 *     npm run bench import
 *     npm run bench import -- --scale 100k --runs 3
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { installDuckdb, makeDumps } from './dumps.js';
import { fullScale, goalTable, tableOf } from './goals.js';
import { median } from './measure.js';
import { rowsOf } from './rows.js';
import { startTimes } from './start.js';
import { stepsOf } from './steps.js';
import { firstFrame, screenAnswers, slowest } from './tui.js';

/** Runs every step `runs` times, by turns. Gives the results of each. */
function takeTurns(steps, runs) {
  const results = new Map(steps.map((step) => [step.name, []]));
  for (let turn = 0; turn < runs; turn += 1) {
    for (const step of steps) {
      if (turn > 0 && step.isOnce) continue;
      // What the step before it wrote must not be written to disk at the cost of this one.
      spawnSync('sync');
      const result = step.run();
      if (step.records !== undefined && result.records !== step.records) {
        throw new Error(`${step.name}: ${result.records} records instead of ${step.records}`);
      }
      results.get(step.name).push(result);
      // It takes minutes: whoever waits, or ends it early, sees what there is.
      process.stderr.write(`turn ${turn + 1}: ${step.name} ${result.wall.toFixed(1)} s\n`);
    }
  }
  return results;
}

/** Keys a screen: enough for a 95th percentile, and few beside the 200 of the measurement `tui`. */
const keysPerScreen = 60;

async function screensOn(db, runs) {
  const { bare, help } = await startTimes();
  const frames = [];
  for (let i = 0; i < Math.max(3, runs); i += 1) frames.push(await firstFrame(db));
  return { bare, help, firstFrame: median(frames) / 1000, keyMs: await slowestKey(db) };
}

/** NaN if a screen did not come: what took minutes to measure is still worth its table. */
async function slowestKey(db) {
  try {
    return slowest(await screenAnswers(db, keysPerScreen));
  } catch (error) {
    process.stderr.write(`screens: ${error.message.split('\n')[0]}\n`);
    return Number.NaN;
  }
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(0);

/** The times behind the ratios. */
function timesTable(results) {
  const rows = [...results].map(([name, runs]) => {
    const times = runs.map(({ inside, wall }) => inside ?? wall);
    const walls = runs.map(({ wall }) => wall);
    return [
      name,
      median(times).toFixed(2),
      `${Math.min(...times).toFixed(2)}–${Math.max(...times).toFixed(2)}`,
      median(walls).toFixed(2),
      median(runs.map(({ cpu }) => cpu)).toFixed(2),
      megabytes(median(runs.map(({ peak }) => peak))),
    ];
  });
  return tableOf([['step', 'seconds', 'least–most', 'whole process', 'CPU', 'peak MB'], ...rows]);
}

async function measureIn(folder, { scale, runs, grow }, say) {
  const [loadBefore] = loadavg();
  say(`import  making dumps of ${scale.toLocaleString('en')} spans and as many logs`);
  const paths = await makeDumps(folder, { scale, grow });
  const duckdb = join(folder, 'duckdb');
  const missing = installDuckdb(duckdb);
  if (missing !== null) say(`import  DuckDB is not installed: ${missing}`);
  say(`import  measuring, ${runs} times each`);
  const steps = stepsOf({ folder, paths, scale, grow, duckdb: missing === null ? duckdb : null });
  const results = takeTurns(steps, runs);
  const screens = await screensOn(join(folder, 'case.db'), runs);
  say('');
  for (const line of aboutRun({ scale, runs, loadBefore })) say(line);
  say('');
  for (const line of goalTable(rowsOf({ results, screens, paths, scale, grow, missing }), scale)) {
    say(line);
  }
  say('');
  for (const line of timesTable(results)) say(line);
}

function aboutRun({ scale, runs, loadBefore }) {
  const cores = availableParallelism();
  const machine = `node ${process.version}, ${cores} × ${cpus()[0]?.model.trim() ?? 'processor'}`;
  const isBusy = loadBefore > cores / 2;
  return [
    `${scale.toLocaleString('en')} spans, median of ${runs}; ${machine}`,
    ...(scale < fullScale
      ? ['So few spans show mostly how programs warm up: the goals are for 1M, so few are judged.']
      : []),
    ...(isBusy
      ? [`Load was ${loadBefore.toFixed(1)} before: others use this machine, ratios are rough.`]
      : []),
  ];
}

/** `say` prints one line. */
export async function importGoals(say, options) {
  const { keep } = options;
  const folder = keep ? resolve(keep) : mkdtempSync(join(tmpdir(), 'aidebug-bench-'));
  mkdirSync(folder, { recursive: true });
  try {
    await measureIn(folder, options, say);
  } finally {
    if (!keep) rmSync(folder, { recursive: true });
  }
}
