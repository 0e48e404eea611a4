/** The published study, done again on simulated cases: every figure of `docs/study.md`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import type { StudyOutcome } from './case.ts';
import { type FailureType, failureTypes, firstSeed, healthySeed, studyCases } from './cases.ts';
import { documentOf, type StudyResult } from './document.ts';
import { type HealthyOutcome, watchedHours } from './healthy.ts';
import { repairs } from './operator.ts';
import { plotOf } from './plot.ts';
import { type Target, targetsOf } from './targets.ts';
import { type WorkRequest, workOn } from './work.ts';

export { firstSeed };

export interface StudyRequest extends WorkRequest {
  /** Where the document goes; the plot beside it. */
  readonly output: string;
  /** Cases of each class. */
  readonly count: number;
  readonly seed: number;
  /** Healthy hours that are watched. */
  readonly healthyHours: number;
  /** Also every class apart. */
  readonly allClasses: boolean;
}

export interface Study {
  readonly document: string;
  readonly plot: string;
  readonly targets: readonly Target[];
}

/**
 * Writes the document and its plot; the same request gives the same bytes.
 * @throws {UserError} if a file cannot be written.
 */
export async function study(request: StudyRequest): Promise<Study> {
  const { count, seed, allClasses, output } = request;
  const types = allClasses ? [...failureTypes, ...otherClasses()] : failureTypes;
  const cases = studyCases(types, { seed, count, withPractice: !allClasses });
  const runs = Array.from({ length: Math.ceil(request.healthyHours / watchedHours) }, (_, at) => ({
    seed: healthySeed(seed) + at,
  }));
  const outcomes = await workOn([...cases, ...runs], request);
  const result: StudyResult = {
    types,
    count,
    seed,
    allClasses,
    outcomes: outcomes.filter((one): one is StudyOutcome => 'scenario' in one),
    healthy: outcomes.filter((one): one is HealthyOutcome => !('scenario' in one)),
    plotName: basename(plotPath(output)),
  };
  const made = { document: documentOf(result), plot: plotOf(result) };
  await written(output, made.document);
  await written(plotPath(output), made.plot);
  return { ...made, targets: targetsOf(result) };
}

const plotPath = (output: string): string =>
  join(dirname(output), `${basename(output).replace(/\.md$/, '')}.svg`);

/** Each class that the three types leave over, as a type of its own. */
function otherClasses(): readonly FailureType[] {
  const known = new Set(failureTypes.flatMap(({ classes }) => classes));
  return Object.keys(repairs)
    .filter((name) => !known.has(name))
    .map((name) => ({ name, classes: [name] }));
}

async function written(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw new UserError('usage', `${path} cannot be written`, {
      hint: 'Name another file with -o.',
      cause: error,
    });
  }
}
