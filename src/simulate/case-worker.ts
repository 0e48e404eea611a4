/** Makes the cases it is sent. */
import { answerEach } from '../threads.ts';
import type { CaseRequest } from './cases.ts';
import { simulate, writeCase } from './index.ts';

answerEach(async ({ scenario, seed, path, gzip, ...options }: CaseRequest) => {
  await writeCase(path, simulate(scenario, seed, options), { gzip });
  return null;
});
