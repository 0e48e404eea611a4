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
import { byKey, grouped, ofTwo } from '../../grouping.ts';
import type {
  CallFeature,
  Cohort,
  Evidence,
  Features,
  Nanos,
  OperationFeature,
  OperationName,
  SampledTrace,
  Span,
  Window,
} from '../../model.ts';
import { nanos } from '../../model.ts';
import { failed } from '../../semantics/index.ts';
import { belief, binomialAtMost, clamp01, corrected } from '../../statistics.ts';
import { formatNumber, formatShare, sanitise } from '../../text.ts';
import { type Detector, evidence, exemplars, inTime, spanReference } from '../detector.ts';

export const missingCalls: Detector = {
  name: 'missing-calls',
  *detect(features) {
    if (features.plan.baseline === null) return;
    const calling = callingOperations(features);
    const calls = features.calls.filter(
      ({ parent, baseline, incident }) =>
        baseline.withCall > 0 && incident.parents > 0 && !calling.has(keyOf(parent)),
    );
    const parents = incidentSpans(features, calls);
    for (const call of calls) yield* fromCalls(call, calls.length, parents);
    yield* fromRuns(features);
  },
};

const keyOf = ({ service, operation }: OperationName): string =>
  JSON.stringify([service, operation]);

/**
 * Operations whose spans are calls themselves. Such a call was made whether or not its callee's
 * span arrived, and one name often stands for calls to many: nothing was left out.
 */
function callingOperations({ operations }: Features): ReadonlySet<string> {
  return new Set(
    operations
      .filter(({ kind }) => kind === 'client' || kind === 'producer')
      .map(({ source, operation }) => keyOf({ service: source.service, operation })),
  );
}

interface Placed {
  readonly trace: SampledTrace;
  readonly index: number;
}

/** Sampled spans of the incident by operation, of those operations that should make a call. */
function incidentSpans(
  { sample }: Features,
  calls: readonly CallFeature[],
): ReadonlyMap<string, readonly Placed[]> {
  const spans = new Map<string, Placed[]>(calls.map(({ parent }) => [keyOf(parent), []]));
  const spansOf = ofTwo((service, operation) => spans.get(keyOf({ service, operation })) ?? null);
  for (const trace of sample) {
    if (trace.cohort !== 'incident') continue;
    for (const [index, { service, name: operation }] of trace.tree.spans.entries()) {
      spansOf(service, operation)?.push({ trace, index });
    }
  }
  return spans;
}

/** Counts as silent when fewer than half of the expected calls came. */
const silent = 0.5;

/**
 * A callee that nobody could reach is missing from requests that failed. One that is missing from
 * requests that went well was left out by its caller: `event-transitions.ts` looks at these.
 */
function* fromCalls(
  { parent, child, baseline, incident }: CallFeature,
  tests: number,
  spans: ReadonlyMap<string, readonly Placed[]>,
): Generator<Evidence> {
  if (child.service === parent.service || incident.failed === 0) return;
  const expected = baseline.withCall / baseline.parents;
  const came = incident.failedWithCall / incident.failed;
  const lost = clamp01(1 - came / expected);
  if (lost < silent) return;
  // Half a call fewer than was seen: a call made every time is not therefore certain.
  const rate = Math.max(0, (baseline.withCall - 0.5) / baseline.parents);
  const p = corrected(binomialAtMost(incident.failedWithCall, incident.failed, rate), tests);
  if (belief(p) === 0) return;
  const without = failedWithout(spans.get(keyOf(parent)) ?? [], child);
  yield* evidence({
    kind: 'missing-calls',
    entity: `operation:${child.service}/${child.operation}`,
    service: child.service,
    operation: child.operation,
    instance: null,
    strength: lost * belief(p),
    effect: { baseline: expected, incident: came },
    n: { baseline: baseline.parents, incident: incident.failed },
    p,
    firstSeen: without[0]?.start ?? null,
    summary: `${name(parent)} reached ${name(child)} in ${formatShare(came)} of its failed runs, before in ${formatShare(expected)}`,
    refs: without.slice(0, 5).map(spanReference),
    traces: [],
  });
}

/** Failed parents that did not make the call, in time order. */
function failedWithout(parents: readonly Placed[], child: OperationName): readonly Span[] {
  const spans = parents.flatMap(({ trace: { tree }, index }) => {
    const span = tree.spans[index] as Span;
    const children = (tree.children[index] ?? []).map((below) => tree.spans[below] as Span);
    const made = children.some((below) => keyOf(operationOf(below)) === keyOf(child));
    return !made && (failed(span) || children.some(failed)) ? [span] : [];
  });
  return inTime(spans);
}

const operationOf = ({ service, name: operation }: Span): OperationName => ({ service, operation });

const name = ({ service, operation }: OperationName): string =>
  `${sanitise(service, 80)} ${sanitise(operation, 80)}`;

interface Runs {
  readonly operation: OperationName;
  readonly baseline: number;
  readonly incident: number;
}

function* fromRuns({ operations, plan, sample }: Features): Generator<Evidence> {
  const minutes = { baseline: length(plan.baseline), incident: length(plan.incident) };
  if (minutes.baseline <= 0 || minutes.incident <= 0) return;
  const runs = runsOf(operations);
  for (const run of runs) {
    const { operation, baseline, incident } = run;
    const rate = { baseline: baseline / minutes.baseline, incident: incident / minutes.incident };
    const lost = clamp01(1 - rate.incident / rate.baseline);
    if (lost < silent) continue;
    const share = minutes.incident / (minutes.incident + minutes.baseline);
    const p = corrected(binomialAtMost(incident, incident + baseline, share), runs.length);
    if (belief(p) === 0) continue;
    const last = lastRuns(sample, operation);
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
      firstSeen: silenceBegins(last, run, minute / rate.baseline, plan.incident),
      summary: `${sanitise(operation.service, 80)} ${sanitise(operation.operation, 80)} ran ${formatNumber(rate.incident)} times a minute, before ${formatNumber(rate.baseline)}`,
      refs: exemplars(last, (span) => span.spanId),
      traces: [],
    });
  }
}

const minute = 60e9;

const length = (window: Window | null): number =>
  window === null ? 0 : (window.to - window.from) / minute;

/**
 * When the next run was due after the last one, if it ran about as usual until then; the window's
 * start if it only ran more rarely.
 */
function silenceBegins(
  last: readonly Span[],
  { incident }: Runs,
  interval: number,
  { from, to }: Window,
): Nanos {
  const latest = Math.max(from, last[0]?.start ?? from);
  const asUsual = incident >= silent * ((latest - from) / interval);
  return nanos(asUsual ? Math.min(Math.round(latest + interval), to) : from);
}

/**
 * Operations that begin traces by themselves, with how often they did in each window. A root that
 * serves somebody, or is a call, was asked for: fewer of those is less traffic.
 */
function runsOf(operations: readonly OperationFeature[]): readonly Runs[] {
  const groups = grouped(operations, ({ source, operation }) =>
    keyOf({ service: source.service, operation }),
  );
  return byKey(groups).flatMap(([, group]) => {
    const [first] = group;
    const count = (cohort: Cohort): number =>
      group
        .flatMap(({ minutes }) => minutes)
        .filter((of) => of.cohort === cohort)
        .reduce((sum, of) => sum + of.count, 0);
    const total = count('baseline') + count('incident');
    const roots = group.reduce((sum, operation) => sum + operation.roots, 0);
    const byItself = group.every(({ kind }) => kind === 'internal' || kind === 'unspecified');
    if (!first || !byItself || roots < total || count('baseline') === 0) return [];
    const operation = { service: first.source.service, operation: first.operation };
    return [{ operation, baseline: count('baseline'), incident: count('incident') }];
  });
}

/** Latest first. */
const lastRuns = (
  sample: Features['sample'],
  { service, operation }: OperationName,
): readonly Span[] =>
  sample
    .flatMap(({ tree }) =>
      tree.spans.filter((span) => span.service === service && span.name === operation),
    )
    .sort((a, b) => b.start - a.start || (a.spanId < b.spanId ? -1 : 1))
    .slice(0, 3);
