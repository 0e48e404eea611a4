/**
 * Speed, as ratios measured in one run: absolute times say more about the machine than the code.
 *
 *     npm run bench                             every measurement
 *     npm run bench import -- --scale 100k      one of them: start, samples, tui, import
 */
import { parseArgs } from 'node:util';
import { importGoals } from './import.js';
import { samples } from './samples.js';
import { start } from './start.js';
import { tui } from './tui.js';

const measurements = { start, samples, tui, import: importGoals };

const usage = `npm run bench [${Object.keys(measurements).join('|')}…] [-- FLAGS]
  --scale N     spans in the dump of \`import\`, and log records: 1M if left out; 20k is for trying
  --runs K      runs of each step, of which the median counts: 3
  --keep DIR    put dumps and cases there and leave them: the next run reads the same dumps
  --grow        also import four times as many spans, to compare peaks of memory (4 GB on disk)
`;

/** `250000`, `100k`, `1M`; undefined if it is no such number. */
function countOf(text) {
  const [, digits, unit = ''] = /^(\d{1,9})(k|M)?$/i.exec(text) ?? [];
  const count = Number(digits) * ({ k: 1e3, m: 1e6 }[unit.toLowerCase()] ?? 1);
  return count > 0 ? count : undefined;
}

function commandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: '1M' },
      runs: { type: 'string', default: '3' },
      keep: { type: 'string' },
      grow: { type: 'boolean', default: false },
    },
  });
  const [scale, runs] = [countOf(values.scale), countOf(values.runs)];
  const unknown = positionals.filter((name) => !Object.hasOwn(measurements, name));
  if (!scale || !runs || unknown.length > 0) throw new Error(`not understood: ${unknown}`);
  const names = positionals.length > 0 ? positionals : Object.keys(measurements);
  return { names, options: { scale, runs, keep: values.keep, grow: values.grow } };
}

function understood() {
  try {
    return commandLine();
  } catch {
    process.stderr.write(usage);
    return process.exit(2);
  }
}

const { names, options } = understood();
for (const name of names) {
  await measurements[name]((line) => process.stdout.write(`${line}\n`), options);
}
