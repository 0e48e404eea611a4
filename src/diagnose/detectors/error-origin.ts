/**
 * Error origin: in a failed trace, the deepest failed spans are where the error was born; failed
 * ancestors only carried it. A deepest span that is a call whose callee sent nothing points
 * beyond itself:
 *
 *     web   POST /cart     [==========!]     carried
 *     web   > cart AddItem     [===!]        origin: blames cart, which sent no span
 *
 * A failed span that gives no reason at all (no exception, no text, no failed call below) proves
 * little: instrumentation may have lost the call below it.
 *
 * After: methods "error origin" (deepest error; unreached callee is blamed instead of its caller).
 */
import { resolvePeer } from '../../graph/index.ts';
import type { Evidence, EvidenceKind, Features, SampledTrace, Span, TraceId } from '../../model.ts';
import {
  errorSignature,
  failed,
  failureOf,
  failureTexts,
  firstText,
  peerOf,
} from '../../semantics/index.ts';
import { formatShare, plural, sanitise } from '../../text.ts';
import { type Detector, evidence, exemplars } from '../detector.ts';
import { byKey, grouped } from '../grouping.ts';
import { belief, binomialAtLeast, clamp01, corrected } from '../statistics.ts';

export const errorOrigin: Detector = {
  name: 'error-origin',
  *detect(features) {
    const origins = features.sample.flatMap((trace) => originsOf(trace, features));
    const groups = grouped(origins, ({ kind, service }) => `${kind} ${service}`);
    for (const [, group] of byKey(groups)) {
      yield* rowsOf(group, groups.size, features);
    }
  },
};

/** Where one failure was born. */
export interface Origin {
  readonly trace: SampledTrace;
  readonly span: Span;
  readonly kind: EvidenceKind;
  /** The service blamed: the callee of a call that was not answered, else the span's own. */
  readonly service: string;
  readonly texts: readonly string[];
}

export function originsOf(trace: SampledTrace, features: Features): readonly Origin[] {
  const { tree } = trace;
  const origins: Origin[] = [];
  const carried = failedBelow(trace);
  for (const [index, span] of tree.spans.entries()) {
    if (!failed(span) || carried[index]) continue;
    const children = (tree.children[index] ?? []).map((child) => tree.spans[child] as Span);
    const answered = children.some((child) => child.service !== span.service);
    origins.push({ trace, span, ...blame(span, answered, features), texts: failureTexts(span) });
  }
  return origins;
}

/** Per span: 1 if a span anywhere below it failed. A parent that did not fail may lie between. */
function failedBelow({ tree }: SampledTrace): Uint8Array {
  const below = new Uint8Array(tree.spans.length);
  const deepestFirst = [...tree.spans.keys()].sort(
    (a, b) => (tree.depth[b] ?? 0) - (tree.depth[a] ?? 0),
  );
  for (const index of deepestFirst) {
    const parent = tree.parent[index] ?? -1;
    if (parent >= 0 && (below[index] || failed(tree.spans[index] as Span))) below[parent] = 1;
  }
  return below;
}

const outgoing = (span: Span): boolean => span.kind === 'client' || span.kind === 'producer';

function blame(
  span: Span,
  answered: boolean,
  features: Features,
): { kind: EvidenceKind; service: string } {
  const address = outgoing(span) ? peerOf(span) : null;
  const callee = address ? resolvePeer(features.graph, address) : null;
  const failure = failureOf(span);
  if (callee !== null && callee !== span.service) {
    if (failure === 'timeout') return { kind: 'callee-timeout', service: callee };
    if (failure === 'connection' || failure === 'name-resolution') {
      return { kind: 'unreachable-callee', service: callee };
    }
    // The callee answered, with an error; what went wrong in it was not recorded.
    if (!answered) return { kind: 'callee-failure', service: callee };
  }
  return { kind: hasReason(span) ? 'error-origin' : 'bare-error', service: span.service };
}

/** An exception or a message of its own; a status code alone is no reason. */
const hasReason = (span: Span): boolean =>
  span.statusMessage !== '' ||
  span.events.some(
    (event) => firstText(event.attributes, ['exception.type', 'exception.message']) !== null,
  );

function* rowsOf(group: readonly Origin[], tests: number, features: Features): Generator<Evidence> {
  const bad = group.filter(({ trace }) => trace.cohort === 'incident');
  const [first] = bad;
  if (!first) return;
  const before = tracesOf(group.filter(({ trace }) => trace.cohort === 'baseline'));
  const traces = tracesOf(bad);
  const size = { incident: weigh(features, 'incident'), baseline: weigh(features, 'baseline') };
  // Half a failure more than was seen, so that a healthy baseline does not mean "impossible".
  const expected = (before.weight + 0.5) / (size.baseline + 1);
  const p = corrected(
    binomialAtLeast(Math.round(traces.weight), Math.round(size.incident), expected),
    tests,
  );
  const rate = {
    baseline: before.weight / Math.max(1, size.baseline),
    incident: traces.weight / Math.max(1, size.incident),
  };
  const risen = clamp01(1 - rate.baseline / Math.max(rate.incident, 1e-12));
  const certainty = belief(p) * risen;
  const spans = bad.map(({ span }) => span);
  const row = {
    service: first.service,
    operation: mostCommon(spans.map((span) => span.name)),
    instance: null,
    effect: rate,
    n: { baseline: Math.round(size.baseline), incident: Math.round(size.incident) },
    p,
    firstSeen: spans.reduce((least, span) => (span.start < least.start ? span : least)).start,
    traces: traces.ids,
  };
  const refs = exemplars(spans, (span) => `${span.service} ${span.name} ${errorSignature(span)}`);
  if (first.kind === 'unreachable-callee') {
    yield* unreachable(bad, certainty, features, { ...row, refs });
    return;
  }
  const entity =
    first.kind === 'error-origin' || first.kind === 'bare-error'
      ? `operation:${first.service}/${row.operation}`
      : `service:${first.service}`;
  const summary = summaryOf(first, bad.length, traces.ids.length);
  yield* evidence({ ...row, kind: first.kind, entity, strength: certainty, summary, refs });
}

/** A dead callee: how much of what is sent to it fails unanswered, and in what words. */
function* unreachable(
  bad: readonly Origin[],
  certainty: number,
  features: Features,
  row: Omit<Evidence, 'id' | 'kind' | 'entity' | 'strength' | 'summary'>,
): Generator<Evidence> {
  const { service } = row;
  const entity = `service:${service}`;
  const share = clamp01(bad.length / Math.max(bad.length, callsTo(service, features)));
  const node = features.graph.nodes.find((candidate) => candidate.service === service);
  const callers = [...new Set(bad.map(({ span }) => span.service))].sort();
  const silence = node?.observed === false ? 'and it sent no span itself' : 'unanswered';
  yield* evidence({
    ...row,
    kind: 'unreachable-callee',
    entity,
    strength: certainty * share,
    summary: `${plural(bad.length, 'call')} from ${callers.join(', ')} to ${service} failed to connect (${formatShare(share)} of all calls to it), ${silence}`,
  });
  for (const [kind, failure] of [
    ['name-resolution-failure', 'name-resolution'],
    ['connection-failure', 'connection'],
  ] as const) {
    const worded = bad.filter(({ span, texts }) => texts.length > 0 && failureOf(span) === failure);
    const [example] = worded;
    if (!example) continue;
    const spans = worded.map(({ span }) => span);
    yield* evidence({
      ...row,
      kind,
      entity,
      strength: certainty * share * (worded.length / bad.length),
      summary: `${plural(worded.length, 'call')} to ${service} said: ${quote(example)}`,
      refs: exemplars(spans, (span) => `${span.service} ${span.name}`),
      traces: tracesOf(worded).ids,
    });
  }
}

const quote = ({ texts }: Origin): string => `“${sanitise(texts[0] ?? '', 160)}”`;

/** Calls of the incident that were sent to `service`, answered or not. */
function callsTo(service: string, { sample, graph }: Features): number {
  let calls = 0;
  for (const { cohort, tree } of sample) {
    if (cohort !== 'incident') continue;
    for (const span of tree.spans) {
      const address = outgoing(span) ? peerOf(span) : null;
      if (address && resolvePeer(graph, address) === service) calls += 1;
    }
  }
  return calls;
}

function summaryOf(origin: Origin, spans: number, traces: number): string {
  const { kind, service, span } = origin;
  const many = `${plural(spans, 'span')} in ${plural(traces, 'trace')}`;
  if (kind === 'callee-timeout') return `calls to ${service} timed out: ${many}`;
  if (kind === 'callee-failure')
    return `${service} answered calls with an error that it did not explain: ${many}`;
  if (kind === 'bare-error')
    return `${service} failed without giving a reason, no failed call below: ${many}`;
  return `${service} failed by itself in ${sanitise(span.name, 80)}: ${many}, e.g. “${sanitise(errorSignature(span) ?? '', 120)}”`;
}

function tracesOf(origins: readonly Origin[]): { ids: readonly TraceId[]; weight: number } {
  const traces = new Map(origins.map(({ trace }) => [trace.tree.traceId, trace.stands]));
  return {
    ids: [...traces.keys()].sort(),
    weight: [...traces.values()].reduce((sum, stands) => sum + stands, 0),
  };
}

const weigh = ({ traffic }: Features, cohort: 'baseline' | 'incident'): number =>
  traffic[cohort].traces;

function mostCommon(names: readonly string[]): string {
  const counts = [...grouped(names, (name) => name)].map(
    ([name, all]) => [name, all.length] as const,
  );
  counts.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return counts[0]?.[0] ?? '';
}
