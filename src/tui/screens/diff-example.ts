/** Two traces as the examples of a cause: which one, and what of it they cannot show. */
import type { Cause, Overview, StepDiff, TraceDiff, TraceId } from '../../model.ts';
import { takesOther } from '../../report/index.ts';
import { safe } from '../glyphs.ts';

export interface Example {
  /** "B shows cause #1: cart, slow-rank". */
  readonly cause: string;
  /** Empty: what speaks for the cause is to be seen in them. */
  readonly unseen: string;
}

interface Compared {
  readonly overview: Overview;
  readonly pair: { readonly a: TraceId; readonly b: TraceId } | null;
  readonly diff: TraceDiff | null;
}

/** Null: the two are of no cause, or not compared yet. */
export function exampleOf({ overview, pair, diff }: Compared): Example | null {
  const { causes } = overview.diagnosis;
  const cause = causes.find(
    ({ exemplars: { bad, good } }) =>
      (bad === pair?.b && good === pair?.a) || (bad === pair?.a && good === pair?.b),
  );
  if (!cause || diff === null) return null;
  const is = cause.exemplars.bad === pair?.a ? 'A' : 'B';
  const [first] = causes;
  const without = first && first !== cause && lacksPair(first) ? ' (#1 has no such pair)' : '';
  return {
    cause: `${is} is of cause #${cause.rank}${without}: ${safe(cause.service, 60)}, ${cause.faultClass}`,
    unseen: unseenOf(cause, diff, overview),
  };
}

const lacksPair = ({ exemplars: { bad, good } }: Cause): boolean => bad === null || good === null;

/** Why one looks in vain for the cause in what differs between the two; empty: one does not. */
function unseenOf(cause: Cause, diff: TraceDiff, { services }: Overview): string {
  const { rank, evidence, service } = cause;
  const refs = evidence
    .filter(({ direction }) => direction === 'supports')
    .flatMap((one) => one.refs);
  const traced = refs.some(({ signal }) => signal === 'span');
  const elsewhere = traced
    ? ''
    : `what speaks for #${rank} is in ${signalsOf(refs)}, not in traces`;
  // Of one that sent no span the steps are those of its callers.
  const sent = services.some((one) => one.service === service && one.observed);
  const own = diff.steps.filter((step) => step.service === service);
  const name = safe(service, 40);
  const differs = (step: StepDiff): boolean => step.changed !== 'same' || takesOther(diff, step);
  const inSteps =
    !sent || [...own, ...callersOf(diff, service)].some(differs)
      ? ''
      : own.length === 0
        ? `${name} is in neither trace`
        : `${name} does the same in both`;
  return [inSteps, elsewhere].filter((text) => text !== '').join(': ');
}

/** Steps right above those of the service: the way to it is seen in them. */
const callersOf = ({ steps }: TraceDiff, service: string): readonly StepDiff[] =>
  steps.flatMap((step, at) => {
    if (step.service !== service) return [];
    const above = steps.slice(0, at).findLast(({ level }) => level === step.level - 1);
    return above ? [above] : [];
  });

const signalsOf = (refs: Cause['evidence'][number]['refs']): string => {
  const signals = new Set(refs.map(({ signal }) => (signal === 'metric' ? 'metrics' : 'logs')));
  return [...signals].sort().reverse().join(' and ') || 'no record';
};
