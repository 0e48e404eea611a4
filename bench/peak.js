/**
 * Loaded before a measured program (`node --import`): reports the most memory the process had, and
 * the seconds of processor time. Linux also counts as its memory what the process that started it
 * had, except in VmHWM.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { report } from './report.js';

const status = '/proc/self/status';

function peakBytes() {
  const own = existsSync(status) ? /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, 'utf8')) : null;
  return 1024 * Number(own?.[1] ?? process.resourceUsage().maxRSS);
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

// Threads of the program load it as well.
if (isMainThread) process.on('exit', () => report({ peak: peakBytes(), cpu: cpuSeconds() }));
