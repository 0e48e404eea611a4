/**
 * Draws the pictures of the screens: a sample on a terminal of 120 × 36, as it is. The same program
 * draws the same bytes.
 *
 *     npm run pictures
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pictureOf } from '../bench/picture.js';
import { openTerminal } from '../bench/terminal.js';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const bin = pathOf('../bin/aidebug.js');
const folder = mkdtempSync(join(tmpdir(), 'aidebug-pictures-'));
const db = join(folder, 'case.db');
const sample = pathOf('../sample-traces/service-unreachable');
const terminal = { columns: 120, rows: 36 };

/** Saves what is on the screen. */
function save(name, opened) {
  writeFileSync(pathOf(`${name}.svg`), pictureOf(opened.cells(), 'aidebug open'));
  process.stdout.write(`docs/${name}.svg\n`);
}

spawnSync(process.execPath, [bin, 'import', '--quiet', '--db', db, sample], { stdio: 'inherit' });
const opened = openTerminal(
  process.execPath,
  [bin, 'open', '--theme', 'dark', '--db', db],
  terminal,
);
try {
  await opened.waitFor('Services, worst first');
  // The last to come: one line on the whole case.
  await opened.waitFor(([first]) => /data \d+%$/.test(first));
  save('incident', opened);
  opened.send('2');
  await opened.waitFor('Evidence of #1');
  save('causes', opened);
  opened.send('\r');
  await opened.waitFor(([first]) => first.includes('▸ #1'));
  opened.send('\r');
  await opened.waitFor(
    (lines) =>
      lines[0].includes('Trace') && !lines.some((line) => line.includes('reading the case')),
  );
  save('trace', opened);
  opened.send('3');
  await opened.waitFor('[3 Graph]');
  save('graph', opened);
  opened.send('5');
  await opened.waitFor('sorted by change');
  save('logs', opened);
  opened.send('\x03');
  await opened.exit;
} finally {
  opened.dispose();
  rmSync(folder, { recursive: true, force: true });
}
