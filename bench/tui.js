/**
 * The screens on a case of 100,000 spans, in a real terminal of 120 × 36: from the write of a key
 * to the end of the frame that answers it.
 *
 *     npm run bench tui
 */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin } from './measure.js';
import { openTerminal } from './terminal.js';

const services = ['web', 'api', 'auth', 'cart', 'search', 'model', 'store', 'queue'];
const traceCount = 10_000;
const spansPerTrace = 10;
const start = 1_750_000_000_000_000_000n;

/** Park and Miller's generator: the same case at every run. */
function lots(seed) {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const hex = (number, digits) => number.toString(16).padStart(digits, '0');

/** One trace as a line of OTLP/JSON: a chain of calls, of which one in twenty fails at its end. */
function traceLine(index, lot) {
  const traceId = hex(index + 1, 32);
  const begin = start + BigInt(index) * 60_000_000n;
  const failed = lot() < 0.05;
  const length = 5e6 + lot() * 95e6;
  const resourceSpans = Array.from({ length: spansPerTrace }, (_, depth) => {
    const span = {
      traceId,
      spanId: hex(index * spansPerTrace + depth + 1, 16),
      ...(depth > 0 ? { parentSpanId: hex(index * spansPerTrace + depth, 16) } : {}),
      name: `operation ${depth}`,
      kind: 2,
      startTimeUnixNano: String(begin + BigInt(depth) * 100_000n),
      endTimeUnixNano: String(begin + BigInt(Math.round(length)) - BigInt(depth) * 100_000n),
      status: failed ? { code: 2, message: 'no capacity left' } : {},
      attributes: [{ key: 'http.route', value: { stringValue: `/r/${depth}` } }],
    };
    const service = services[depth % services.length];
    return {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [{ spans: [span] }],
    };
  });
  return `${JSON.stringify({ resourceSpans })}\n`;
}

async function caseIn(folder) {
  const dump = join(folder, 'dump.jsonl');
  const db = join(folder, 'case.db');
  const out = createWriteStream(dump);
  const lot = lots(7);
  for (let index = 0; index < traceCount; index += 1) {
    if (!out.write(traceLine(index, lot))) await new Promise((done) => out.once('drain', done));
  }
  await new Promise((done) => out.end(done));
  spawnSync(process.execPath, [bin, 'import', '--quiet', '--db', db, dump], { stdio: 'inherit' });
  return db;
}

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

/** Milliseconds until something is seen of that case. */
export async function firstFrame(db) {
  const from = now();
  const terminal = open(db);
  await terminal.waitFor('reading the case');
  const ms = now() - from;
  terminal.dispose();
  return ms;
}

/** The answers on each screen, and the milliseconds until the verdict stands. */
export async function screenAnswers(db, keysPerScreen) {
  const from = now();
  const terminal = open(db);
  try {
    await terminal.waitFor('Services, worst first', 60_000);
    const verdict = now() - from;
    return { verdict, screens: await allScreens(terminal, keysPerScreen) };
  } finally {
    terminal.dispose();
  }
}

/** The screens behind the other digits, and what is seen on them when they have been read. */
const others = [
  ['3', 'graph', 'callers'],
  ['5', 'logs', 'statement'],
  ['6', 'metrics', 'series'],
  ['7', 'diff', 'service'],
  ['8', 'sql', ' row'],
];

async function allScreens(terminal, keysPerScreen) {
  const screens = {};
  await terminal.waitFor(([first]) => /data \d+%$/.test(first));
  screens.incident = await answers(terminal, keysPerScreen);
  terminal.send('2\r');
  // A case without a clear cause has none to open.
  await terminal.waitFor(
    (lines) => lines[0].includes('▸ #1') || lines.some((line) => line.includes('no candidate')),
  );
  screens.causes = await answers(terminal, keysPerScreen);
  terminal.send('4');
  await terminal.waitFor('sorted by');
  screens.traces = await answers(terminal, keysPerScreen);
  terminal.send('\r');
  await terminal.waitFor('critical path');
  screens.trace = await answers(terminal, keysPerScreen);
  for (const [digit, name, shown] of others) {
    terminal.send(digit);
    await terminal.waitFor(
      (lines) => lines[1].includes(`[${digit} `) && lines.some((line) => line.includes(shown)),
      60_000,
    );
    screens[name] = await answers(terminal, keysPerScreen);
  }
  return screens;
}

/** The 95th percentile of the screen where it is highest. */
export const slowest = (screens) =>
  Math.max(...Object.values(screens).map(({ times }) => quantile(times, 0.95)));

function line({ times, missed }) {
  const at = (share) => quantile(times, share).toFixed(1);
  return `p50 ${at(0.5)} ms   p95 ${at(0.95)} ms   most ${at(1)} ms   of ${times.length} frames, ${missed} keys without one   (goal: p95 ≤ 33 ms)`;
}

/** `say` prints one line. */
export async function tui(say) {
  const folder = mkdtempSync(join(tmpdir(), 'aidebug-bench-'));
  try {
    const db = await caseIn(folder);
    say(`tui     first frame after ${(await firstFrame(db)).toFixed(0)} ms`);
    const { verdict, screens } = await screenAnswers(db, 200);
    say(`tui     verdict after ${(verdict / 1000).toFixed(1)} s`);
    for (const [name, found] of Object.entries(screens)) {
      say(`tui     ${name.padEnd(10)} ${line(found)}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
