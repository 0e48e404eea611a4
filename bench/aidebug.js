/** The command as its user runs it, for figures about answers. */
import { spawnSync } from 'node:child_process';
import { bin } from './measure.js';

/** What it prints. Throws if it fails. */
export function aidebug(...argv) {
  const { status, stdout } = spawnSync(process.execPath, [bin, ...argv, '--quiet'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`aidebug ${argv.join(' ')}: exit ${status}`);
  return stdout;
}
