/**
 * An agent that does not come to an end: for one request it asks the model, and runs its tools,
 * more often than it did. Steps that failed are left out: trying again is another matter.
 *
 *     before   ask ─ chat tool chat                        2 turns
 *     loop     ask ─ chat tool chat tool chat tool chat …  11 turns
 *
 * After: methods §D "RAG/tool/agent failure" (a motif of spans that repeats).
 */
import { byKey, grouped } from '../../grouping.ts';
import type { Evidence, Features, SampledTrace, Span } from '../../model.ts';
import { agentStepOf, failed } from '../../semantics/index.ts';
import {
  belief,
  clamp01,
  corrected,
  greaterThan,
  type Sample,
  sampleOf,
} from '../../statistics.ts';
import { formatNumber } from '../../text.ts';
import { type Detector, evidence, inTime, spanReference } from '../detector.ts';

export const agentTurns: Detector = {
  name: 'agent-turns',
  *detect(features) {
    if (features.plan.baseline === null) return;
    const runs = byKey(grouped(runsIn(features), ({ span }) => span.service));
    for (const [service, own] of runs) yield* rowOf(service, own, runs.length);
  },
};

/** One request's work of one service that asks a model. */
interface Run {
  readonly cohort: SampledTrace['cohort'];
  /** Its first step. */
  readonly span: Span;
  readonly turns: number;
}

function runsIn({ sample }: Features): readonly Run[] {
  return sample.flatMap(({ tree, cohort }) => {
    // The side that asks: what answers is another service, or sends no span.
    const steps = tree.spans.filter(
      (span) => span.kind !== 'server' && agentStepOf(span.attributes) === 'model' && !failed(span),
    );
    return [...grouped(steps, ({ service }) => service).values()].map((own) => ({
      cohort,
      span: own[0] as Span,
      turns: own.length,
    }));
  });
}

const turnsOf = (runs: readonly Run[]): Sample => sampleOf(runs.map(({ turns }) => turns));

/** Half a turn more in the mean is what a few longer conversations make. */
const leastTurns = 0.5;

function* rowOf(service: string, runs: readonly Run[], tests: number): Generator<Evidence> {
  const before = runs.filter(({ cohort }) => cohort === 'baseline');
  const after = runs.filter(({ cohort }) => cohort === 'incident');
  if (before.length < 2 || after.length < 2) return;
  const [was, is] = [turnsOf(before), turnsOf(after)];
  const usualAtMost = { ...was, mean: was.mean + leastTurns };
  const p = corrected(greaterThan(is, usualAtMost, leastTurns), tests);
  const longest = [...after].sort(
    (a, b) => b.turns - a.turns || (a.span.spanId < b.span.spanId ? -1 : 1),
  );
  const usual = was.mean + 3 * Math.sqrt(was.spread / was.n);
  const long = after.filter(({ turns }) => turns > usual).map(({ span }) => span);
  yield* evidence({
    kind: 'agent-turns',
    entity: `service:${service}`,
    service,
    operation: longest[0]?.span.name ?? null,
    instance: null,
    // Twice as many are as plain as it gets.
    strength: belief(p) * clamp01(is.mean / was.mean - 1),
    effect: { baseline: was.mean, incident: is.mean },
    n: { baseline: was.n, incident: is.n },
    p,
    firstSeen: inTime(long)[0]?.start ?? null,
    summary: `${service} asked the model ${formatNumber(is.mean)} times a request, ${formatNumber(was.mean)} before`,
    refs: longest.slice(0, 5).map(({ span }) => spanReference(span)),
    traces: [...new Set(long.map(({ traceId }) => traceId))].sort(),
  });
}
