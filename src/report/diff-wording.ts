/** What steps and operations of a comparison are called, for reports and screens. */
import type { OperationDiff, StepDiff, TraceDiff } from '../model.ts';
import { formatShare, sanitise } from '../text.ts';

/** With its rank, before which a name that is too long would be cut; and whether it only waits. */
export function stepName(step: StepDiff): string {
  const name = sanitise(step.name, 200);
  if (step.rank === null) return name;
  return `rank ${sanitise(step.rank, 12)} ${waits(step) ? `waits in ${name}` : name}`;
}

/** Most of its time it waits for the last of its peers. */
function waits({ a, b }: StepDiff): boolean {
  const longer = (b?.total ?? 0) >= (a?.total ?? 0) ? b : a;
  return longer !== null && longer.wait > (longer.total ?? 0) / 2;
}

/** With the rank that makes up most of the change, or whether it is a matter of waiting. */
export function operationName({ operation, sure, waits, rank }: OperationDiff): string {
  const name = sanitise(operation, 200);
  if (waits) return `waiting in ${name}`;
  return rank !== null && sure ? `${name}, rank ${sanitise(rank, 12)}` : name;
}

/** ", 67 % of it"; empty where it is more than all: elsewhere time was won. */
export function shareText({ own }: StepDiff, delta: number, whole = 'it'): string {
  const share = own / delta;
  return share > 1 ? '' : `, ${formatShare(share)} of ${whole}`;
}

/** Who waits for it. */
export function waitText({ rank }: StepDiff, steps: readonly StepDiff[]): string {
  if (rank === null) return '';
  const waiting = new Set(
    steps.flatMap((step) => (step.b?.waitsFor === rank && waits(step) ? [step.rank] : [])),
  );
  return waiting.size === 0 ? '' : `; ${waiting.size} ranks wait for it`;
}

/** Of the difference of the whole: less is said to be no change. */
const leastShare = 0.01;

/** The steps that changed in what they are or in their own time, and that pass, with those above them. */
export function changedSteps(
  { steps, delta }: TraceDiff,
  passes: (step: StepDiff) => boolean = () => true,
): readonly StepDiff[] {
  return withCallers(
    steps,
    (step) => (step.changed !== 'same' || takesOther({ delta }, step)) && passes(step),
  );
}

/** Whether its own time makes up something of the difference. */
export const takesOther = ({ delta }: Pick<TraceDiff, 'delta'>, { own }: StepDiff): boolean =>
  delta !== null && delta !== 0 && Math.abs(own / delta) >= leastShare;

export function withCallers(
  steps: readonly StepDiff[],
  passes: (step: StepDiff) => boolean,
): readonly StepDiff[] {
  const kept: StepDiff[] = [];
  // From the last to the first: a step is above the one kept before it if its level is less.
  let level = -1;
  for (let at = steps.length - 1; at >= 0; at -= 1) {
    const step = steps[at] as StepDiff;
    if (!passes(step) && step.level >= level) continue;
    kept.push(step);
    level = step.level;
  }
  return kept.reverse();
}
