/**
 * What a span does after what: steps of its code that come where they did not come before.
 *
 *     baseline   stock GetStock   start > "found" > "reserved" > end        36 of 36 requests
 *     incident   stock GetStock   start > "found" > end                     20 of 41: “reserved” left out
 *
 * A step a > b is counted by requests, within one operation asked by one caller, so that other
 * traffic is no fault. It must be more frequent than in the baseline, in either half of it, and
 * than in its error-free part: what already comes and goes is noise, and a fault that ended is
 * none that began. Of several odd steps in a request the first explains the others, by as much
 * as it is credible:
 *
 *     order   start > call stock > "sold out" > end       odd, but only after
 *     stock   start > "found" > end                       this: the vote goes to stock
 *
 * After: event-pattern contrast of Nezha (Yu et al., ESEC/FSE 2023); methods "event-transition
 * contrast", hard cases 1, 2 and 6.
 */
import type { Evidence, EvidenceKind, Reference, SampledTrace, Span } from '../../model.ts';
import { formatShare, sanitise } from '../../text.ts';
import { type Detector, evidence, spanReference } from '../detector.ts';
import {
  errorSeverity,
  failure,
  type Numberings,
  numberings,
  type Run,
  runOf,
  type Step,
} from '../executions.ts';
import { byKey, grouped } from '../grouping.ts';
import { type OddStep, type OddSteps, oddStepsIn } from '../stray-steps.ts';

export const eventTransitions: Detector = {
  name: 'event-transitions',
  *detect({ sample, graph }) {
    const numbers = numberings();
    const runs = sample.map((trace) => runOf(trace, graph, numbers));
    const votes = votesOf(runs, oddStepsIn(runs, numbers));
    const own = [...votes].filter(([{ isCall }]) => !isCall).map(([, vote]) => vote);
    const groups = grouped(own, ({ kind, service, operation }) =>
      JSON.stringify([kind, service, operation]),
    );
    for (const [, group] of byKey(groups)) yield* rowOf(group, numbers);
  },
};

/** What one odd step explains. */
interface Vote {
  readonly odd: OddStep;
  readonly kind: EvidenceKind;
  readonly service: string;
  readonly operation: string;
  /** Requests of the incident with it, and how many of them it came first in. */
  seen: number;
  first: number;
  readonly firsts: Moment[];
}

/** A step that explains more of its request than all others. */
interface Moment {
  readonly trace: SampledTrace;
  readonly step: Step;
}

/** Each request has one vote. An odd step takes the share that is its weight of what is left. */
function votesOf(runs: readonly Run[], odd: OddSteps): ReadonlyMap<OddStep, Vote> {
  const votes = new Map<OddStep, Vote>();
  for (const { trace, steps } of runs) {
    if (trace.cohort !== 'incident') continue;
    const met = new Set<OddStep>();
    let left = 1;
    for (const step of steps) {
      const found = odd.find(step);
      if (found === null || met.has(found)) continue;
      met.add(found);
      const vote = votes.get(found) ?? newVote(found, { trace, step });
      votes.set(found, vote);
      vote.seen += trace.stands;
      vote.first += trace.stands * left;
      if (left > 0.5) vote.firsts.push({ trace, step });
      left *= 1 - found.weight;
    }
  }
  return votes;
}

function newVote(odd: OddStep, { trace, step }: Moment): Vote {
  const { service, name: operation } = trace.tree.spans[step.execution.span] as Span;
  const kind = kindOf(odd, step);
  return { odd, kind, service, operation, seen: 0, first: 0, firsts: [] };
}

function kindOf({ isNew }: OddStep, { execution, place }: Step): EvidenceKind {
  const severity = execution.logs.get(place)?.severity ?? 0;
  if (execution.events[place] === failure || severity >= errorSeverity) return 'error-event';
  return isNew ? 'new-event' : 'skipped-event';
}

/** The strongest step of an operation speaks for it. */
function* rowOf(votes: readonly Vote[], { events }: Numberings): Generator<Evidence> {
  const strength = ({ odd, first, seen }: Vote): number => (odd.weight * first) / seen;
  const text = ({ odd: { step } }: Vote): string =>
    `${events.textOf(step.execution.events[step.place - 1] as number)} > ${events.textOf(step.execution.events[step.place] as number)}`;
  const [best] = [...votes].sort(
    (a, b) => strength(b) - strength(a) || (text(a) < text(b) ? -1 : 1),
  );
  if (!best) return;
  const { odd, kind, service, operation } = best;
  const firsts = best.firsts.sort((a, b) => startOf(a) - startOf(b));
  const [from, to] = text(best).split(' > ');
  yield* evidence({
    kind,
    entity: `operation:${service}/${operation}`,
    service,
    operation,
    instance: null,
    strength: strength(best),
    effect: odd.rate,
    n: odd.n,
    p: odd.p,
    firstSeen: firsts[0] ? spanOf(firsts[0]).start : null,
    summary: `${sanitise(operation, 80)} went from ${from} to ${to} in ${formatShare(odd.rate.incident)}, before ${formatShare(odd.rate.baseline)}; usual ${events.textOf(odd.expected)}`,
    refs: referencesOf(firsts),
    traces: [...new Set(firsts.map(({ trace }) => trace.tree.traceId))].sort(),
  });
}

const spanOf = ({ trace, step }: Moment): Span => trace.tree.spans[step.execution.span] as Span;
const startOf = (moment: Moment): number => spanOf(moment).start;

/** The first spans, and of the first the log record where it went astray. */
function referencesOf(firsts: readonly Moment[]): readonly Reference[] {
  const spans = firsts.slice(0, 4).map((moment) => spanReference(spanOf(moment)));
  const [first] = firsts;
  if (!first) return spans;
  const { execution, place } = first.step;
  const log = execution.logs.get(place) ?? execution.logs.get(place - 1);
  return log ? [...spans, { signal: 'log', id: log.id }] : spans;
}
