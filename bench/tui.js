/**
 * The screens on a case of 100,000 traces and 1M spans, in a real terminal of 120 × 36: until
 * something is seen, until the verdict stands, and from the write of a key to the end of the frame
 * that answers it.
 *
 *     npm run bench tui -- --keep DIR      DIR keeps the case, which takes a minute to make
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost, goalTable } from './goals.js';
import { bin } from './measure.js';
import { openTerminal } from './terminal.js';
import { caseIn, largeSpans, largeTrace } from './tui-case.js';

const now = () => Number(process.hrtime.bigint()) / 1e6;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Milliseconds from the key to the end of its frame; null if none came. */
function answered(terminal, key) {
  return new Promise((done) => {
    const from = now();
    const end = terminal.onWritten((text) => {
      if (!text.includes('\x1b[?2026l')) return;
      finish(now() - from);
    });
    const timer = setTimeout(() => finish(null), 300);
    const finish = (ms) => {
      clearTimeout(timer);
      end();
      done(ms);
    };
    terminal.send(key);
  });
}

/** Keys after each of which the cursor stands elsewhere. */
const way = [...'jjjkjjj', '\x04', 'j', '\x04', 'k', '\x15', 'G', 'k', 'k', 'g'];

/** Milliseconds to each answer, sorted, and how many keys had none. */
async function answers(terminal, keys) {
  const times = [];
  let missed = 0;
  for (let index = 0; index < keys; index += 1) {
    const ms = await answered(terminal, way[index % way.length]);
    if (ms === null) missed += 1;
    else times.push(ms);
    await pause(40);
  }
  return { times: times.sort((a, b) => a - b), missed };
}

const quantile = (times, share) => times[Math.ceil(share * times.length) - 1] ?? Number.NaN;

const open = (db) =>
  openTerminal(process.execPath, [bin, 'open', '--fresh', '--db', db], { columns: 120, rows: 36 });

/** Traffic and services, with the verdict or before it. */
const seen = /Services, (worst|most errors) first/;

/**
 * Milliseconds from the start until traffic and services are seen, and until the verdict stands.
 * The first time a case is opened its verdict is found, later it is kept in it: by quitting.
 */
async function starting(db) {
  const from = now();
  const terminal = open(db);
  try {
    await terminal.waitFor((lines) => lines.some((line) => seen.test(line)), 60_000);
    const frame = now() - from;
    await terminal.waitFor('Services, worst first', 60_000);
    const verdict = now() - from;
    terminal.send('q');
    await terminal.exit;
    return { frame, verdict };
  } finally {
    terminal.dispose();
  }
}

/** The most memory that a process ever had, MB; NaN where the system does not tell. */
function mostMemory(pid) {
  try {
    const [, kb] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kb) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Keys that lead to a screen, and what is seen there once it has been read. */
const screens = [
  ['Incident', '1', 'Services, worst first'],
  // A case without a clear cause has none to open.
  ['Causes', '2', (lines) => lines.some((line) => /Evidence of #1|no candidate/.test(line))],
  ['Graph', '3', 'callers'],
  ['Traces', '4', 'sorted by'],
  ['a trace', '\r', 'critical path'],
  ['Logs', '5', 'statement'],
  ['Metrics', '6', 'series'],
  ['Diff', '7', 'service'],
  ['SQL', '8', ' row'],
];

/** The answers on each screen. */
export async function screenAnswers(db, keysPerScreen) {
  const terminal = open(db);
  try {
    return await answersOn(terminal, keysPerScreen);
  } finally {
    terminal.dispose();
  }
}

async function answersOn(terminal, keysPerScreen) {
  await terminal.waitFor('Services, worst first', 60_000);
  await terminal.waitFor(([first]) => /data \d+%$/.test(first));
  const answered = {};
  for (const [name, keys, shown] of screens) {
    terminal.send(keys);
    const isThere = typeof shown === 'function' ? shown : (lines) => lines.join().includes(shown);
    const onTab = (lines) => keys === '\r' || lines[1].includes(`[${keys} `);
    await terminal.waitFor((lines) => onTab(lines) && isThere(lines), 60_000);
    answered[name] = await answers(terminal, keysPerScreen);
  }
  return answered;
}

/** The same and what is larger: log lines and a large trace; and the memory in the end. */
async function everything(db, keysPerScreen) {
  const terminal = open(db);
  try {
    const answered = await answersOn(terminal, keysPerScreen);
    terminal.send('5');
    await terminal.waitFor((lines) => lines[1].includes('[5 Logs]'));
    terminal.send('g\r');
    await terminal.waitFor(([first]) => /Logs ▸/.test(first), 60_000);
    await terminal.waitFor('INFO', 60_000);
    answered['log lines'] = await answers(terminal, keysPerScreen);
    const opened = await opening(terminal, largeTrace);
    // Repeats are opened: all spans are rows.
    terminal.send('z');
    await pause(1_000);
    answered[`a trace of ${largeSpans} spans`] = await answers(terminal, keysPerScreen);
    return { found: answered, opened, memory: mostMemory(terminal.pid) };
  } finally {
    terminal.dispose();
  }
}

/** Milliseconds that node takes to do nothing: how busy the machine is tells what the rest means. */
function bareStart() {
  const from = now();
  spawnSync(process.execPath, ['-e', '0']);
  return now() - from;
}

/** Milliseconds until something is seen of that case, verdict or not. */
export async function firstFrame(db) {
  const from = now();
  const terminal = open(db);
  try {
    await terminal.waitFor((lines) => lines.some((line) => seen.test(line)), 60_000);
    return now() - from;
  } finally {
    terminal.dispose();
  }
}

/** Milliseconds from Enter until the trace is seen. */
async function opening(terminal, traceId) {
  terminal.send('4');
  await terminal.waitFor((lines) => lines[1].includes('[4 Traces]'));
  terminal.send(`:trace ${traceId}`);
  await terminal.waitFor((lines) => lines.at(-2).includes(traceId.slice(-8)));
  const from = now();
  terminal.send('\r');
  await terminal.waitFor('critical path');
  return now() - from;
}

/** The 95th percentile of the screen where it is highest. */
export const slowest = (found) =>
  Math.max(...Object.values(found).map(({ times }) => quantile(times, 0.95)));

function rowOf([name, { times, missed }]) {
  const keys = `${times.length} of ${times.length + missed} keys`;
  return {
    what: `key → frame, p95: ${name} (p50 ${quantile(times, 0.5).toFixed(1)} ms, ${keys})`,
    value: quantile(times, 0.95),
    unit: ' ms',
    digits: 1,
    goal: atMost(33, 16),
    why: 'no key moved anything',
  };
}

const inMs = (what, value, must) => ({
  what,
  value,
  unit: ' ms',
  digits: 0,
  goal: atMost(must, must / 2),
  needsFull: true,
});

/** `say` prints one line. */
export async function tui(say, { scale, keep }) {
  const folder = keep ?? mkdtempSync(join(tmpdir(), 'aidebug-bench-'));
  mkdirSync(folder, { recursive: true });
  try {
    const db = caseIn(folder, scale);
    const first = await starting(db);
    const again = await starting(db);
    const { found, opened, memory } = await everything(db, 200);
    const rows = [
      { what: 'node alone, doing nothing', value: bareStart(), unit: ' ms', digits: 0 },
      inMs('traffic and services seen, verdict not stored', first.frame, 1500),
      inMs('verdict, not stored', first.verdict, 4000),
      inMs('verdict, stored', again.verdict, 1500),
      ...Object.entries(found).map(rowOf),
      inMs(`a trace of ${largeSpans} spans opens`, opened, 300),
      {
        what: 'memory at most',
        value: memory,
        unit: ' MB',
        digits: 0,
        goal: atMost(600, 300),
        needsFull: true,
      },
    ];
    for (const line of goalTable(rows, scale)) say(line);
  } finally {
    if (!keep) rmSync(folder, { recursive: true });
  }
}
