/** The cases and healthy runs of a study, done one after another or in threads, and kept. */
import { appendFile, readFile } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import { inThreads } from '../../threads.ts';
import { runStudyCase, type StudyCase, type StudyOutcome } from './case.ts';
import { type HealthyOutcome, type HealthyRun, runHealthy } from './healthy.ts';

export type Work = StudyCase | HealthyRun;
export type Outcome = StudyOutcome | HealthyOutcome;

export interface WorkRequest {
  readonly workers: number;
  /** A file that keeps outcomes, one a line, so that a study that was stopped goes on; null: none. */
  readonly keep: string | null;
  readonly onProgress?: (done: number, all: number) => void;
}

/**
 * Outcomes in the order of the work, whatever the number of workers and what was kept.
 * @throws {UserError} if the file that keeps them cannot be used.
 */
export async function workOn(
  all: readonly Work[],
  { workers, keep, onProgress }: WorkRequest,
): Promise<readonly Outcome[]> {
  const known = keep === null ? new Map<string, Outcome>() : await keptIn(keep);
  const left = all.filter((one) => !known.has(keyOf(one)));
  let done = all.length - left.length;
  const tell = (): void => {
    done += 1;
    onProgress?.(done, all.length);
  };
  const url = new URL('./study-worker.js', import.meta.url);
  const fresh =
    workers > 1
      ? await inThreads<Work, Outcome>(url, keep, left, workers, tell)
      : await oneByOne(left, keep, tell);
  for (const [at, outcome] of fresh.entries()) known.set(keyOf(left[at] as Work), outcome);
  return all.map((one) => known.get(keyOf(one)) as Outcome);
}

async function oneByOne(
  left: readonly Work[],
  keep: string | null,
  tell: () => void,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const one of left) {
    outcomes.push(await workAndKeep(one, keep));
    tell();
  }
  return outcomes;
}

export async function workAndKeep(one: Work, keep: string | null): Promise<Outcome> {
  const outcome = 'scenario' in one ? await runStudyCase(one) : runHealthy(one);
  if (keep !== null) await appendFile(keep, `${JSON.stringify([keyOf(one), outcome])}\n`);
  return outcome;
}

const keyOf = (one: Work): string => JSON.stringify(one);

/** None if there is no such file; a last line that was not written to its end is left out. */
async function keptIn(path: string): Promise<Map<string, Outcome>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new UserError('unreadable', `${path}: cannot be read`, { cause: error });
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = whole.split('\n').filter((line) => line !== '');
  try {
    return new Map(lines.map((line) => JSON.parse(line) as [string, Outcome]));
  } catch (error) {
    throw new UserError('unreadable', `${path}: holds no outcomes of a study`, { cause: error });
  }
}
