/**
 * How a fault reached the users: from the service at fault along the calls, callee to caller,
 * through services that took part in failed or slow requests. `from` is nearer the cause.
 */
import type { Features, Nanos, PathStep } from '../model.ts';
import { milliseconds } from '../model.ts';
import { failed } from '../semantics/index.ts';

/** Longer paths than this are not read. */
const longest = 20;

export function propagation(
  service: string,
  features: Features,
  first: Nanos | null,
): readonly PathStep[] {
  const signs = firstSigns(features);
  const callersOf = (callee: string): readonly string[] => [
    ...new Set(
      features.graph.edges
        .filter((edge) => edge.callee === callee && (edge.errors > 0 || signs.has(edge.caller)))
        .map((edge) => edge.caller),
    ),
  ];
  const reached = new Map<string, Nanos | null>([[service, first]]);
  const steps: PathStep[] = [];
  const queue = [service];
  for (let at = 0; at < queue.length && steps.length < longest; at += 1) {
    const from = queue[at] as string;
    for (const to of callersOf(from)) {
      steps.push({ from, to, delayMs: delay(reached.get(from), signs.get(to)) });
      if (reached.has(to)) continue;
      reached.set(to, signs.get(to) ?? null);
      queue.push(to);
    }
  }
  return steps.slice(0, longest);
}

const delay = (from: Nanos | null | undefined, to: Nanos | null | undefined): number | null =>
  typeof from === 'number' && typeof to === 'number'
    ? Math.max(0, Math.round(milliseconds(to - from) * 1000) / 1000)
    : null;

/** First failed span of each service in bad requests; its first span if the request was slow. */
function firstSigns({ sample }: Features): ReadonlyMap<string, Nanos> {
  const first = new Map<string, Nanos>();
  for (const { cohort, bad, tree } of sample) {
    if (cohort !== 'incident' || bad === null) continue;
    for (const span of tree.spans) {
      if (bad === 'failed' && !failed(span)) continue;
      const known = first.get(span.service);
      if (known === undefined || span.start < known) first.set(span.service, span.start);
    }
  }
  return first;
}
