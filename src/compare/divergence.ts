/** Where two traces part, and which step makes up most of their difference. */
import type { StepDiff } from '../model.ts';

/** Keys whose change is a change of what runs. */
const telling = /(^|[._])(version|model)$/;

/**
 * Times of one kind of request vary: where the longer trace takes less than so many times the other,
 * time does not tell where they part. Three deviations of the steadiest traffic (`features/plan.ts`).
 */
const tellingGrowth = 1.35;
/** Of the difference of the whole: a step that accounts for less does not make it. */
const leastShare = 0.01;
/** … one that accounts for so much does … */
const mostShare = 0.5;
/** … and beside it one that is a fifth as much may be where it began. */
const goodShare = 0.1;

interface Divergence {
  /** Index of the step; -1: there is none. */
  readonly first: number;
  /** In more than time. */
  readonly parts: boolean;
}

/**
 * The step where the two part: the first new failure that none below it accounts for; without one,
 * the first step that runs another version or model, or is there more or less often than what calls
 * it accounts for. Caches and retries make counts differ from trace to trace: where one trace takes
 * much longer and one step makes up most of that, counts that cost nothing give way to it, and what
 * begins later than it, or than another step that makes up a good part, is not where they part.
 */
export function firstDivergence(
  steps: readonly StepDiff[],
  delta: number,
  { most, growth }: { readonly most: number; readonly growth: number },
): Divergence {
  const parents = parentsOf(steps);
  const origins = originsOf(steps, parents);
  if (origins.length > 0) return { first: earliest(steps, origins), parts: true };
  const versions = steps.flatMap(({ attributes }, at) =>
    attributes.some(({ key }) => telling.test(key)) ? [at] : [],
  );
  const counts = steps.flatMap((step, at) => {
    const ofCaller = countsOf(step) === countsOf(steps[parents[at] ?? -1]);
    return step.a?.count !== step.b?.count && !ofCaller ? [at] : [];
  });
  const parts = versions.length + counts.length > 0;
  const isOfTime = growth >= tellingGrowth && most >= 0;
  if (!isOfTime || (steps[most] as StepDiff).own / delta < mostShare) {
    return { first: earliest(steps, [...versions, ...counts]), parts };
  }
  const costly = counts.filter((at) => Math.abs(belowOf(steps, at) / delta) >= leastShare);
  const changed = [...versions, ...costly];
  // What is around a step that changed begins before it, whatever takes its time.
  const around = aboveOf(changed, parents);
  const slow = steps.flatMap((step, at) =>
    shareOf(step, delta) >= goodShare && !around.has(at) ? [at] : [],
  );
  return { first: earliest(steps, [...changed, ...slow]), parts };
}

/** Steps with new failures that none below them accounts for. */
function originsOf(steps: readonly StepDiff[], parents: readonly number[]): readonly number[] {
  const failing = steps.map(({ a, b }) => (b?.errors ?? 0) > (a?.errors ?? 0));
  const accounted = aboveOf(
    failing.flatMap((fails, at) => (fails ? [at] : [])),
    parents,
  );
  return steps.flatMap((_, at) => (failing[at] && !accounted.has(at) ? [at] : []));
}

/** All steps above these. */
function aboveOf(below: readonly number[], parents: readonly number[]): ReadonlySet<number> {
  const above = new Set<number>();
  for (const at of below) {
    for (let up = parents[at] ?? -1; up >= 0 && !above.has(up); up = parents[up] ?? -1)
      above.add(up);
  }
  return above;
}

/**
 * The step whose own time makes up most of the difference. Only what was waited for in the longer
 * trace can: it lies on the critical path there.
 */
export function mostOfDelta(steps: readonly StepDiff[], delta: number): number {
  return steps.reduce((best, step, at) => {
    const most = best < 0 ? leastShare : shareOf(steps[best] as StepDiff, delta);
    return delta !== 0 && shareOf(step, delta) > most ? at : best;
  }, -1);
}

/** Of the difference; 0 of what the longer trace did not wait for. */
const shareOf = ({ own, a, b }: StepDiff, delta: number): number =>
  ((delta > 0 ? b : a)?.critical ?? 0) > 0 ? own / delta : 0;

/** What a step and those below it took more in B, ns. */
function belowOf(steps: readonly StepDiff[], at: number): number {
  const level = steps[at]?.level ?? 0;
  let sum = steps[at]?.own ?? 0;
  for (let next = at + 1; (steps[next]?.level ?? -1) > level; next += 1) {
    sum += steps[next]?.own ?? 0;
  }
  return sum;
}

const countsOf = (step: StepDiff | undefined): string => `${step?.a?.count}→${step?.b?.count}`;

/** Index of the step above each; -1 for a root. */
function parentsOf(steps: readonly StepDiff[]): readonly number[] {
  const above: number[] = [];
  return steps.map(({ level }, at) => {
    above[level] = at;
    return level === 0 ? -1 : (above[level - 1] ?? -1);
  });
}

function earliest(steps: readonly StepDiff[], among: readonly number[]): number {
  const startOf = (at: number): number => steps[at]?.b?.start ?? steps[at]?.a?.start ?? 0;
  return among.reduce((best, at) => (best < 0 || startOf(at) < startOf(best) ? at : best), -1);
}
