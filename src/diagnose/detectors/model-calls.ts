/**
 * What changed in the requests to language models, told by themselves: another model answers than
 * before under the same name, another version of the prompt is sent, answers are longer or shorter,
 * prompts grow, and prompts or answers no longer fit.
 *
 *     chat gpt-x   before    answered by gpt-x-0301   57 of 57     110 tokens
 *                  incident  answered by gpt-x-0426   46 of 57     190 tokens
 *
 * A change is a fact and no harm: on its own it is a hint. Whose it is: a new snapshot is that of who
 * serves the model, the deepest callee below the request; a prompt is that of who asks.
 *
 * After: methods "change events"; reference/semconv (request and response model); Mann and Whitney
 * (1947) on means of requests.
 */
import { byKey, grouped, once } from '../../grouping.ts';
import type { Evidence, EvidenceKind, Features, SampledTrace, Span } from '../../model.ts';
import { agentStepOf, type ModelCall, modelCallOf } from '../../semantics/index.ts';
import {
  belief,
  binomialAtLeast,
  clamp01,
  corrected,
  median,
  ranksAbove,
  sampleOf,
} from '../../statistics.ts';
import { formatNumber, formatShare, sanitise } from '../../text.ts';
import { chanceOfNew } from '../contingency.ts';
import { type Detector, evidence, exemplars } from '../detector.ts';
import { calleeOf, outgoing } from '../origins.ts';

export const modelCalls: Detector = {
  name: 'model-calls',
  looksAt: (features) => groupsIn(features).length > 0,
  *detect(features) {
    const groups = groupsIn(features);
    for (const group of groups) {
      yield* newNames(group, groups.length, features);
      yield* lengths(group, groups.length, features);
      yield* overflows(group, groups.length);
    }
  },
};

interface Call extends ModelCall {
  readonly trace: SampledTrace;
  readonly index: number;
  readonly span: Span;
}

/** Requests of one operation of a service in both windows, in order of time. */
interface Group {
  readonly service: string;
  readonly operation: string;
  readonly before: readonly Call[];
  readonly after: readonly Call[];
}

/** Fewer on a side say nothing. */
const fewest = 5;

const groupsIn = once(({ sample, plan }: Features): readonly Group[] => {
  // Chosen by their health, requests differ by how they were chosen.
  if (plan.baseline === null || plan.cohortBy.how === 'health') return [];
  const calls = sample.flatMap((trace) =>
    trace.tree.spans.flatMap((span, index) =>
      span.kind !== 'server' && agentStepOf(span.attributes) === 'model'
        ? [{ trace, index, span, ...modelCallOf(span) }]
        : [],
    ),
  );
  const groups = grouped(calls, ({ span }) => JSON.stringify([span.service, span.name]));
  return byKey(groups).flatMap(([, own]) => {
    const inTime = [...own].sort(
      (a, b) => a.span.start - b.span.start || (a.span.spanId < b.span.spanId ? -1 : 1),
    );
    const of = (cohort: SampledTrace['cohort']) =>
      inTime.filter(({ trace }) => trace.cohort === cohort);
    const [before, after] = [of('baseline'), of('incident')];
    const [first] = own;
    if (!first || before.length < fewest || after.length < fewest) return [];
    return [{ service: first.span.service, operation: first.span.name, before, after }];
  });
});

/** Who serves: the deepest callee below the request, known from its spans or from its callers. */
function serverOf({ trace: { tree }, index, span }: Call, { graph }: Features): string {
  let server = span.service;
  const below = [index];
  for (const at of below) {
    const one = tree.spans[at] as Span;
    server = (outgoing(one) ? calleeOf(one, graph) : null) ?? one.service;
    below.push(...(tree.children[at] ?? []));
  }
  return server;
}

const named: readonly (readonly ['model' | 'prompt', EvidenceKind, string])[] = [
  ['model', 'model-change', 'is answered by'],
  ['prompt', 'prompt-change', 'asks with prompt version'],
];

/** Names that no request of the baseline had. */
function* newNames(group: Group, tests: number, features: Features): Generator<Evidence> {
  for (const [field, kind, told] of named) {
    const before = group.before.filter((call) => call[field] !== null);
    const after = group.after.filter((call) => call[field] !== null);
    if (before.length < fewest) continue;
    const known = new Set(before.map((call) => call[field]));
    const fresh = grouped(
      after.filter((call) => !known.has(call[field])),
      (call) => call[field] ?? '',
    );
    for (const [name, calls] of byKey(fresh)) {
      const p = corrected(chanceOfNew(calls.length, before.length, after.length), tests);
      const [first] = calls;
      if (!first) continue;
      const service = field === 'model' ? serverOf(first, features) : group.service;
      yield* row(group, calls, {
        ...{ kind, service, p, strength: belief(p) },
        entity: field === 'model' ? `model:${name}` : `service:${service}`,
        effect: { baseline: 0, incident: calls.length / after.length },
        n: { baseline: before.length, incident: after.length },
        summary: `${sanitise(group.operation, 80)} of ${group.service} ${told} ${sanitise(name, 80)}, which is new, in ${formatShare(calls.length / after.length)} of requests; ${[...known].sort().slice(0, 3).join(', ')} before`,
      });
    }
  }
}

/** Half as long again, or two thirds as long, is what a reader notices. */
const plainRatio = Math.log(1.5);
const leastRatio = Math.log(1.15);

type Length = readonly ['input' | 'output', EvidenceKind, string];
const measured: readonly Length[] = [
  ['input', 'prompt-length', 'prompts'],
  ['output', 'output-length', 'answers'],
];

/** Longer prompts cost time and room; answers are other answers if they are longer or shorter. */
function* lengths(group: Group, tests: number, features: Features): Generator<Evidence> {
  for (const length of measured) yield* lengthOf(length, group, tests, features);
}

function* lengthOf(
  [field, kind, told]: Length,
  group: Group,
  tests: number,
  features: Features,
): Generator<Evidence> {
  const before = perRequest(group.before, field);
  const all = perRequest(group.after, field);
  if (before.length < fewest || all.length < fewest) return;
  // The later half of the incident: what grows has grown by then, what jumped has jumped.
  const after = all.slice(Math.floor(all.length / 2));
  const [usual, now] = [before, after].map((means) => means.map(([, tokens]) => tokens)) as [
    number[],
    number[],
  ];
  const [was, is] = [median(usual), median(now)];
  const ratio = Math.log(is / was);
  if ((field === 'input' ? ratio : Math.abs(ratio)) <= leastRatio) return;
  // Of answers either direction was looked for.
  const p = corrected(
    ratio > 0 ? ranksAbove(now, usual, 1) : ranksAbove(usual, now, 1),
    field === 'input' ? tests : 2 * tests,
  );
  const calls = after.map(([call]) => call);
  // What jumped did so at the first that is nearer to how it is now.
  const middle = (was + is) / 2;
  const onset = all.find(([, tokens]) => (tokens - middle) * ratio > 0)?.[0];
  const service = field === 'output' && calls[0] ? serverOf(calls[0], features) : group.service;
  yield* row(group, calls, {
    ...{ kind, service, p, strength: belief(p) * clamp01(Math.abs(ratio) / plainRatio) },
    ...(onset && { firstSeen: onset.span.start }),
    entity: `service:${service}`,
    effect: { baseline: was, incident: is },
    n: { baseline: before.length, incident: after.length },
    summary: `${told} of ${sanitise(group.operation, 80)} by ${group.service} ${ratio > 0 ? 'grew' : 'shrank'} from ${formatNumber(was)} to ${formatNumber(is)} tokens`,
  });
}

/** Calls of one request are one observation: the mean of their tokens. */
function perRequest(calls: readonly Call[], field: 'input' | 'output'): readonly [Call, number][] {
  const told = calls.filter((call) => call[field] !== null);
  return [...grouped(told, ({ trace }) => trace).values()].map((own) => [
    own[0] as Call,
    sampleOf(own.map((call) => call[field] ?? 0)).mean,
  ]);
}

/** What did not fit, against a rate of before; half a call more, so that none is not never. */
function* overflows(group: Group, tests: number): Generator<Evidence> {
  const { before, after, service } = group;
  const [was, now] = [before, after].map((calls) => calls.filter(({ overflowed }) => overflowed));
  if (!was || !now || now.length === 0) return;
  const expected = (was.length + 0.5) / (before.length + 1);
  const p = corrected(binomialAtLeast(now.length, after.length, expected), tests);
  const [rate, usual] = [now.length / after.length, was.length / before.length];
  yield* row(group, now, {
    ...{ kind: 'context-limit', service, p, strength: belief(p) * clamp01(1 - usual / rate) },
    entity: `service:${service}`,
    effect: { baseline: usual, incident: rate },
    n: { baseline: before.length, incident: after.length },
    summary: `${formatShare(rate)} of ${sanitise(group.operation, 80)} by ${service} did not fit the model's context, ${formatShare(usual)} before`,
  });
}

type Told = Pick<
  Evidence,
  'kind' | 'service' | 'entity' | 'strength' | 'p' | 'effect' | 'n' | 'summary'
> &
  Partial<Pick<Evidence, 'firstSeen'>>;

function row(group: Group, calls: readonly Call[], told: Told): Iterable<Evidence> {
  const spans = calls.map(({ span }) => span);
  return evidence({
    firstSeen: spans[0]?.start ?? null,
    ...told,
    operation: told.service === group.service ? group.operation : null,
    instance: null,
    refs: exemplars(spans, ({ traceId }) => traceId),
    traces: [...new Set(spans.map(({ traceId }) => traceId))].sort(),
  });
}
