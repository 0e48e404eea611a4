/** Makes the cases it is sent, one after another. */
import { parentPort } from 'node:worker_threads';
import type { CaseRequest } from './cases.ts';
import { simulate, writeCase } from './index.ts';

parentPort?.on('message', async ({ scenario, seed, path, gzip, ...options }: CaseRequest) => {
  try {
    await writeCase(path, simulate(scenario, seed, options), { gzip });
    parentPort?.postMessage(null);
  } catch (error) {
    const { code = 'bug', message } = error as { code?: string; message: string };
    parentPort?.postMessage({ code, message });
  }
});
