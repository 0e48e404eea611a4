/** Cases one after another, or several at once in threads. */
import { inThreads } from '../threads.ts';
import { type CaseOptions, type CaseOutcome, runCase } from './case.ts';
import type { LabelledCase } from './label.ts';

/**
 * Outcomes in the order of the cases, whatever the number of workers; with one, in this thread.
 * @throws {UserError} if a case cannot be imported.
 */
export async function runCases(
  cases: readonly LabelledCase[],
  options: CaseOptions,
  workers: number,
  onDone: (done: number) => void,
): Promise<readonly CaseOutcome[]> {
  let done = 0;
  const tell = (): void => {
    done += 1;
    onDone(done);
  };
  if (workers > 1) {
    return inThreads(
      new URL('./evaluate-worker.js', import.meta.url),
      options,
      cases,
      workers,
      tell,
    );
  }
  const outcomes: CaseOutcome[] = [];
  for (const one of cases) {
    outcomes.push(await runCase(one, options));
    tell();
  }
  return outcomes;
}
