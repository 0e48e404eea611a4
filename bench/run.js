/**
 * Speed, as ratios measured in one run: absolute times say more about the machine than the code.
 *
 *     npm run bench            every measurement
 *     npm run bench start      one of them: start, samples, tui
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { importDumps, openSession } from '../dist/session.js';
import { tui } from './tui.js';

const bin = new URL('../bin/aidebug.js', import.meta.url).pathname;

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const say = (line) => process.stdout.write(`${line}\n`);

async function seconds(run) {
  const from = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - from) / 1e9;
}

/** Start of a command that shows help ÷ start of bare node, 20 runs each in turn. */
async function start() {
  const bare = [];
  const help = [];
  const run = (...argv) => seconds(() => spawnSync(process.execPath, argv, { stdio: 'ignore' }));
  for (let i = 0; i < 20; i += 1) {
    bare.push(await run('-e', '0'));
    help.push(await run(bin, 'causes', '--help'));
  }
  const ratio = median(help) / median(bare);
  say(
    `start   causes --help ÷ node -e 0          ${ratio.toFixed(2)}   (${ms(median(help))} ÷ ${ms(median(bare))}; goal ≤ 1.50)`,
  );
}

const ms = (s) => `${(s * 1000).toFixed(0)} ms`;

/** Import and diagnosis of the samples ÷ JSON.parse of their lines, three runs. */
async function samples() {
  const folder = mkdtempSync(join(tmpdir(), 'aidebug-bench-'));
  const root = new URL('../sample-traces/', import.meta.url).pathname;
  for (const name of readdirSync(root)) {
    const sample = join(root, name);
    const lines = readdirSync(sample, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.gz'))
      .flatMap((file) =>
        gunzipSync(readFileSync(join(sample, file)))
          .toString()
          .split('\n'),
      )
      .filter((line) => line !== '');
    const db = join(folder, 'case.db');
    const times = { parse: [], load: [], diagnose: [] };
    for (let i = 0; i < 3; i += 1) {
      times.parse.push(await seconds(() => lines.forEach((line) => void JSON.parse(line))));
      times.load.push(await seconds(() => importDumps(db, [sample], { fresh: true })));
      const session = await openSession(db);
      times.diagnose.push(await seconds(() => session.diagnose()));
      await session[Symbol.asyncDispose]();
    }
    const parse = median(times.parse);
    const ratio = (of) => (median(of) / parse).toFixed(1).padStart(5);
    say(
      `sample  ${name.padEnd(22)} import ÷ JSON.parse ${ratio(times.load)}   diagnosis ÷ JSON.parse ${ratio(times.diagnose)}`,
    );
  }
  rmSync(folder, { recursive: true });
}

const measurements = { start, samples, tui: () => tui(say) };
const wanted = process.argv.slice(2);
for (const [name, measure] of Object.entries(measurements)) {
  if (wanted.length === 0 || wanted.includes(name)) await measure();
}
