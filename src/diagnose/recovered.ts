/**
 * Faults of the baseline that were over in the incident. What a request does that fails is no
 * measure of what it should do: a baseline in which an order always failed would make every order
 * that succeeds look strange.
 *
 *     baseline   preserve   start > "check" > error            6 of 6: excluded
 *     incident   preserve   start > "check" > "paid" > end     12 of 12: nothing to compare with
 *
 * An error is over if it comes in significantly fewer requests than before. Excluded are the
 * executions above it, to which it spread, and those of its service below it, in which it arose.
 */
import type { TraceTree } from '../model.ts';
import { fisherAtLeast } from './contingency.ts';
import type { Execution, Run } from './executions.ts';

/** The customary level: one error in twenty is taken for over by chance, which costs little. */
const level = 0.05;

interface Requests {
  baseline: number;
  incident: number;
}

export function recoveredExecutions(runs: readonly Run[]): ReadonlySet<Execution> {
  const over = errorsThatEnded(runs);
  const excluded = new Set<Execution>();
  for (const run of runs) {
    if (run.trace.cohort !== 'baseline') continue;
    const failed = run.executions.filter(({ context, errors }) =>
      errors.some((event) => over.has(keyOf(context, event))),
    );
    if (failed.length === 0) continue;
    const spoilt = new Set(failed.flatMap(({ span }) => spoiltBy(span, run.trace.tree)));
    for (const execution of run.executions) if (spoilt.has(execution.span)) excluded.add(execution);
  }
  return excluded;
}

/** The span, those above it, and those below it in the same service. */
function spoiltBy(span: number, { spans, parent, children }: TraceTree): readonly number[] {
  const spoilt: number[] = [];
  for (let above = parent[span] ?? -1; above >= 0; above = parent[above] ?? -1) spoilt.push(above);
  const below = [span];
  // The list grows while it is read.
  for (const at of below) {
    const own = (children[at] ?? []).filter(
      (child) => spans[child]?.service === spans[at]?.service,
    );
    below.push(...own);
  }
  return [...spoilt, ...below];
}

const keyOf = (context: number, event: number): string => `${context} ${event}`;

function errorsThatEnded(runs: readonly Run[]): ReadonlySet<string> {
  const all = new Map<number, Requests>();
  const failing = new Map<string, Requests & { readonly context: number }>();
  for (const { trace, executions } of runs) {
    const contexts = new Set<number>();
    const errors = new Map<string, number>();
    for (const { context, errors: own } of executions) {
      contexts.add(context);
      for (const event of own) errors.set(keyOf(context, event), context);
    }
    for (const context of contexts) {
      const requests = all.get(context) ?? { baseline: 0, incident: 0 };
      all.set(context, requests);
      requests[trace.cohort] += 1;
    }
    for (const [key, context] of errors) {
      const requests = failing.get(key) ?? { context, baseline: 0, incident: 0 };
      failing.set(key, requests);
      requests[trace.cohort] += 1;
    }
  }
  const over = new Set<string>();
  for (const [key, { context, baseline, incident }] of failing) {
    const { baseline: before, incident: during } = all.get(context) as Requests;
    if (fisherAtLeast(baseline, before, incident, during) < level) over.add(key);
  }
  return over;
}
