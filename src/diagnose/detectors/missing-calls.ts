/**
 * Calls and runs that no longer happen. How often an operation makes a certain call is known
 * from the baseline; too few of them in the incident is silence, and silence is a sign:
 *
 *     baseline   checkout > cart     98 of 100
 *     incident   checkout > cart      3 of  90     expected 88: missing
 *
 * The same for operations that begin traces on their own, such as scheduled jobs: runs a minute.
 *
 * After: methods "silence" (binomial tail on the expected child rate).
 */
import type {
  CallCount,
  CallFeature,
  Cohort,
  Evidence,
  Features,
  OperationFeature,
  OperationName,
  Span,
} from '../../model.ts';
import { formatNumber, formatShare, sanitise } from '../../text.ts';
import { type Detector, evidence, exemplars, spanReference } from '../detector.ts';
import { byKey, grouped } from '../grouping.ts';
import { belief, binomialAtMost, clamp01, corrected } from '../statistics.ts';

export const missingCalls: Detector = {
  name: 'missing-calls',
  *detect(features) {
    if (features.plan.regime !== 'declared') return;
    const calls = features.calls.filter(
      ({ baseline, incident }) => baseline.withCall > 0 && incident.parents > 0,
    );
    for (const call of calls) yield* fromCalls(call, calls.length, features);
    yield* fromRuns(features);
  },
};

/** Counts as silent when fewer than half of the expected calls came. */
const silent = 0.5;

/**
 * Requests that failed explain themselves: a callee that nobody could reach is missing from
 * them. Those that went well without the call took another branch, and the caller chose it.
 */
function* fromCalls(call: CallFeature, tests: number, features: Features): Generator<Evidence> {
  const { parent, child, baseline, incident } = call;
  const well = (count: CallCount) => ({
    parents: count.parents - count.failed,
    withCall: count.withCall - count.failedWithCall,
  });
  const failing = {
    parents: incident.failed,
    withCall: incident.failedWithCall,
  };
  const crossing = child.service !== parent.service;
  yield* row('skipped-calls', parent, well(baseline), well(incident));
  if (crossing) yield* row('missing-calls', child, baseline, failing);

  function* row(
    kind: 'skipped-calls' | 'missing-calls',
    blamed: OperationName,
    before: { readonly parents: number; readonly withCall: number },
    after: { readonly parents: number; readonly withCall: number },
  ): Generator<Evidence> {
    if (before.withCall === 0 || after.parents === 0) return;
    const expected = before.withCall / before.parents;
    const came = after.withCall / after.parents;
    const lost = clamp01(1 - came / expected);
    if (lost < silent) return;
    // Half a call fewer than was seen: a call made every time is not therefore certain.
    const rate = Math.max(0, (before.withCall - 0.5) / before.parents);
    const p = corrected(binomialAtMost(after.withCall, after.parents, rate), tests);
    const spans = spansWithout(features, parent, child);
    const [first] = spans;
    yield* evidence({
      kind,
      entity: `operation:${blamed.service}/${blamed.operation}`,
      service: blamed.service,
      operation: blamed.operation,
      instance: null,
      strength: lost * belief(p),
      effect: { baseline: expected, incident: came },
      n: { baseline: before.parents, incident: after.parents },
      p,
      firstSeen: first?.start ?? null,
      summary: `${name(parent)} reached ${name(child)} in ${formatShare(came)} of its ${kind === 'missing-calls' ? 'failed' : 'successful'} runs, before in ${formatShare(expected)}`,
      refs: spans.slice(0, 5).map(spanReference),
      traces: [],
    });
  }
}

const name = ({ service, operation }: OperationName): string =>
  `${sanitise(service, 80)} ${sanitise(operation, 80)}`;

interface Runs {
  readonly operation: OperationName;
  readonly baseline: number;
  readonly incident: number;
}

function* fromRuns({ operations, plan, sample }: Features): Generator<Evidence> {
  const minutes = { baseline: length(plan.baseline), incident: length(plan.incident) };
  const runs = runsOf(operations);
  for (const { operation, baseline, incident } of runs) {
    if (minutes.baseline <= 0 || minutes.incident <= 0) continue;
    const rate = { baseline: baseline / minutes.baseline, incident: incident / minutes.incident };
    const lost = clamp01(1 - rate.incident / rate.baseline);
    if (lost < silent) continue;
    const share = minutes.incident / (minutes.incident + minutes.baseline);
    const p = corrected(binomialAtMost(incident, incident + baseline, share), runs.length);
    const last = lastRun(sample, operation);
    yield* evidence({
      kind: 'missing-runs',
      entity: `operation:${operation.service}/${operation.operation}`,
      service: operation.service,
      operation: operation.operation,
      instance: null,
      strength: lost * belief(p),
      effect: { baseline: rate.baseline, incident: rate.incident },
      n: { baseline, incident },
      p,
      firstSeen: plan.incident.from,
      summary: `${sanitise(operation.service)} ${sanitise(operation.operation, 80)} ran ${formatNumber(rate.incident)} times a minute, before ${formatNumber(rate.baseline)}`,
      refs: exemplars(last, (span) => span.spanId),
      traces: [],
    });
  }
}

const length = (window: { from: number; to: number } | null): number =>
  window === null ? 0 : (window.to - window.from) / 60e9;

/** Operations that mostly begin traces, with how often they did in each window. */
function runsOf(operations: readonly OperationFeature[]): readonly Runs[] {
  const groups = grouped(operations, ({ source, operation }) =>
    JSON.stringify([source.service, operation]),
  );
  return byKey(groups).flatMap(([, group]) => {
    const [first] = group;
    const count = (cohort: Cohort): number =>
      group
        .flatMap(({ minutes }) => minutes)
        .filter((minute) => minute.cohort === cohort)
        .reduce((sum, minute) => sum + minute.count, 0);
    const total = count('baseline') + count('incident');
    const roots = group.reduce((sum, operation) => sum + operation.roots, 0);
    if (!first || roots < total || count('baseline') === 0) return [];
    const operation = { service: first.source.service, operation: first.operation };
    return [{ operation, baseline: count('baseline'), incident: count('incident') }];
  });
}

const lastRun = (
  sample: Features['sample'],
  { service, operation }: OperationName,
): readonly Span[] =>
  sample
    .flatMap(({ tree }) =>
      tree.spans.filter((span) => span.service === service && span.name === operation),
    )
    .sort((a, b) => b.start - a.start)
    .slice(0, 3);

/** Parents of the incident that did not make the call, in time order. */
function spansWithout(
  features: Features,
  parent: OperationName,
  child: OperationName,
): readonly Span[] {
  const is = (span: Span, { service, operation }: OperationName): boolean =>
    span.service === service && span.name === operation;
  return features.sample
    .filter(({ cohort }) => cohort === 'incident')
    .flatMap(({ tree }) =>
      tree.spans.filter(
        (span, index) =>
          is(span, parent) &&
          !tree.children[index]?.some((below) => is(tree.spans[below] as Span, child)),
      ),
    )
    .sort((a, b) => a.start - b.start || (a.spanId < b.spanId ? -1 : 1));
}
