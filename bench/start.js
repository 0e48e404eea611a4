/** How long node takes to start, alone and with a command of aidebug that shows help. */
import { spawnSync } from 'node:child_process';
import { bin, median, seconds } from './measure.js';

const starts = 20;
let known = null;

/** Medians of seconds, by turns; measured once in a run of the bench. */
export async function startTimes() {
  known ??= await measureStarts();
  return known;
}

async function measureStarts() {
  const bare = [];
  const help = [];
  const run = (...argv) => seconds(() => spawnSync(process.execPath, argv, { stdio: 'ignore' }));
  for (let i = 0; i < starts; i += 1) {
    bare.push(await run('-e', '0'));
    help.push(await run(bin, 'causes', '--help'));
  }
  return { bare: median(bare), help: median(help) };
}

const ms = (s) => `${(s * 1000).toFixed(0)} ms`;

/** `say` prints one line. */
export async function start(say) {
  const { bare, help } = await startTimes();
  const ratio = (help / bare).toFixed(2);
  say(
    `start   causes --help ÷ node -e 0          ${ratio}   (${ms(help)} ÷ ${ms(bare)}; goal ≤ 1.50)`,
  );
}
