/**
 * The step at which the run of a team of agents first shows that it went wrong, where there is no
 * other run to compare it with: one whose work a tool could not use, or that says that it stands on
 * something made up. Steps after it build on it; the first one counts.
 *
 *     run ─ plan ─ write code ─ tool: exit code 1 ─ mend ─ tool: ok ─ answer
 *                  ▲ rejected
 *     run ─ plan ─ “assume that the file holds …” ─ answer
 *                  ▲ unfounded
 *
 * Where no step says so, nothing in the telemetry tells which one is wrong: that needs a judge. Who
 * took most of the steps is then shown as where to begin to read, and counts next to nothing.
 *
 * After: methods "first divergence"; Zhang et al. 2025 ("Which agent causes task failures and
 * when?"): the decisive error is the earliest step whose correction would save the run.
 */
import { byKey, grouped } from '../../grouping.ts';
import type { Evidence, EvidenceKind, SampledTrace, Span } from '../../model.ts';
import { agentOf, agentStepOf, answerOf, isRejection, isUnfounded } from '../../semantics/index.ts';
import { type Detector, evidence, inTime, spanReference } from '../detector.ts';
import { weightOf } from '../requests.ts';

export const runSteps: Detector = {
  name: 'run-steps',
  looksAt: ({ plan }) => plan.baseline === null,
  *detect(features) {
    if (features.plan.baseline !== null) return;
    const marked = features.sample.flatMap(markedIn);
    const groups = grouped(marked, ({ kind, span }) => JSON.stringify([kind, agentOf(span)]));
    for (const [, own] of byKey(groups)) yield* rowOf(own);
  },
};

interface Marked {
  readonly kind: Extract<EvidenceKind, 'rejected-step' | 'unfounded-step' | 'most-steps'>;
  readonly span: Span;
  readonly trace: SampledTrace;
}

/** The first step of a run that shows something; else one of who took most. None of other traces. */
function markedIn(trace: SampledTrace): readonly Marked[] {
  const steps = inTime(trace.tree.spans.filter(isStep));
  const agents = new Set(steps.filter(isAgents).map(agentOf));
  if (agents.size < fewestAgents) return [];
  for (const [index, span] of steps.entries()) {
    const answer = answerOf(span.attributes);
    if (answer === null) continue;
    const author = steps.slice(0, index).findLast(isAgents);
    if (!isAgents(span) && author && isRejection(answer))
      return [{ kind: 'rejected-step', span: author, trace }];
    // The first step hands on the task that it was given, with the words of that.
    if (isAgents(span) && author && isUnfounded(answer))
      return [{ kind: 'unfounded-step', span, trace }];
  }
  const [most] = [...grouped(steps.filter(isAgents), agentOf).values()].sort(
    (a, b) => b.length - a.length,
  );
  return most?.[0] ? [{ kind: 'most-steps', span: most[0], trace }] : [];
}

/** A run of one agent has no one else to have gone wrong. */
const fewestAgents = 2;

/** A step says what it answered; what holds other steps does not count as one. */
const isStep = (span: Span): boolean =>
  agentStepOf(span.attributes) !== null && answerOf(span.attributes) !== null;
const isAgents = ({ attributes }: Span): boolean => agentStepOf(attributes) !== 'tool';

/** What the mark is worth, and what is said of the steps. */
const marks: Readonly<Record<Marked['kind'], readonly [strength: number, told: string]>> = {
  'rejected-step': [1, 'what a step wrote a tool could not use'],
  'unfounded-step': [
    1,
    'a step says that it assumes or makes up what it stands on, or cannot do it',
  ],
  'most-steps': [
    0.25,
    'it took most of the steps, and none says what went wrong, which needs a judge of what they say',
  ],
};

function* rowOf(own: readonly Marked[]): Generator<Evidence> {
  const [first] = own as readonly [Marked, ...Marked[]];
  const spans = inTime(own.map(({ span }) => span));
  const [span] = spans as readonly [Span, ...Span[]];
  const [strength, told] = marks[first.kind];
  const agent = agentOf(span);
  const weight = weightOf(own.map(({ trace }) => trace));
  const ids = [...new Set(own.map(({ trace }) => trace.tree.traceId))].sort();
  yield* evidence({
    kind: first.kind,
    entity: `operation:${agent}/${span.name}`,
    service: agent,
    operation: span.name,
    instance: null,
    strength,
    effect: { baseline: null, incident: weight },
    n: { baseline: 0, incident: weight },
    p: 1,
    firstSeen: span.start,
    summary: own.length === 1 ? told : `${told}: in ${own.length} runs`,
    refs: spans.slice(0, 5).map(spanReference),
    traces: first.kind === 'most-steps' ? [] : ids,
  });
}
