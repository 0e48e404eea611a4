/**
 * Services at which failures are born, against how often that happens without a fault. What was
 * born where is told by `origins.ts`.
 *
 *     web   POST /cart     [==========!]     carried
 *     web   > cart AddItem     [===!]        origin: blames cart, which sent no span
 *
 * A failed span that gives no reason at all (no exception, no text, no failed call below) proves
 * little: instrumentation may have lost the call below it.
 *
 * After: methods "error origin"; the binomial tail on the share of requests.
 */
import { byKey, grouped } from '../../grouping.ts';
import type { Evidence, EvidenceKind, Features, Span, TraceId } from '../../model.ts';
import {
  errorSignature,
  type FailureKind,
  failureOf,
  isSchemaFailure,
} from '../../semantics/index.ts';
import { belief, binomialAtLeast, clamp01, corrected } from '../../statistics.ts';
import { formatShare, plural, sanitise } from '../../text.ts';
import { type Detector, evidence, exemplars, tolerated } from '../detector.ts';
import { calleeOf, type Origin, originsIn, silentIn } from '../origins.ts';
import { usualShare } from '../request-mix.ts';
import { weightOf } from '../requests.ts';

export const errorOrigin: Detector = {
  name: 'error-origin',
  *detect(features) {
    const origins = [...originsIn(features).values()].flat();
    const groups = grouped(origins, ({ kind, service }) => JSON.stringify([kind, service]));
    const sent = callsSinceRefused(origins, features);
    const callees = { sent, unseen: silentIn(features.graph), alive: reporting(features) };
    for (const [, group] of byKey(groups)) {
      yield* rowsOf(group, groups.size, features, callees);
    }
  },
};

interface Callees {
  /** Calls since the first that was refused, by callee. */
  readonly sent: ReadonlyMap<string, number>;
  /** Services that sent no span. */
  readonly unseen: ReadonlySet<string>;
  /** Services that told their own metrics to the end of the incident. */
  readonly alive: ReadonlySet<string>;
}

function reporting({ values, plan }: Features): ReadonlySet<string> {
  const late = plan.incident.to - lastMinutes;
  return new Set(
    values
      .filter(({ origin, minutes }) => origin === 'metric' && (minutes.at(-1)?.minute ?? 0) >= late)
      .map(({ source }) => source.service),
  );
}

/** Metrics are told once a minute at the least, and minutes are counted by their start. */
const lastMinutes = 2 * 60e9;

function* rowsOf(
  group: readonly Origin[],
  tests: number,
  features: Features,
  callees: Callees,
): Generator<Evidence> {
  const bad = group
    .filter(({ trace }) => trace.cohort === 'incident')
    .sort((a, b) => a.span.start - b.span.start || (a.span.spanId < b.span.spanId ? -1 : 1));
  const [first] = bad;
  if (!first) return;
  const { traffic } = features;
  const before = group.filter(({ trace }) => trace.cohort === 'baseline');
  const usual = usualShare(new Set(before.map(({ trace }) => trace)), features);
  const traces = tracesOf(bad);
  const size = { incident: traffic.incident.traces, baseline: traffic.baseline.traces };
  // Half a failure more than was seen, so that a healthy baseline does not mean "impossible".
  const expected =
    // Where there is no baseline at all, more than a healthy service may fail of.
    size.baseline === 0 ? tolerated : (usual * size.baseline + 0.5) / (size.baseline + 1);
  const p = corrected(
    binomialAtLeast(Math.round(traces.weight), Math.round(size.incident), expected),
    tests,
  );
  const rate = {
    baseline: usual,
    incident: traces.weight / Math.max(1, size.incident),
  };
  const risen = clamp01(1 - rate.baseline / Math.max(rate.incident, 1e-12));
  const certainty = belief(p) * risen;
  const spans = bad.map(({ span }) => span);
  const row = {
    service: first.service,
    operation: mostCommon(spans.map((span) => span.name)),
    instance: null,
    effect: { baseline: size.baseline === 0 ? null : rate.baseline, incident: rate.incident },
    n: { baseline: Math.round(size.baseline), incident: Math.round(size.incident) },
    p,
    firstSeen: first.span.start,
    traces: traces.ids,
  };
  const refs = exemplars(spans, (span) => `${span.service} ${span.name} ${errorSignature(span)}`);
  if (first.kind === 'unreachable-callee') {
    yield* unreachable(bad, certainty, callees, { ...row, refs });
    return;
  }
  const entity = entityOf(first, spans, row.operation);
  const summary = summaryOf(first, bad.length, traces.ids.length);
  yield* evidence({ ...row, kind: first.kind, entity, strength: certainty, summary, refs });
  yield* worded(bad, words, certainty, row);
}

function entityOf({ kind, service }: Origin, spans: readonly Span[], operation: string): string {
  if (kind === 'error-origin' || kind === 'bare-error') return `operation:${service}/${operation}`;
  const callers = new Set(spans.map((span) => span.service));
  const [caller] = callers;
  return kind === 'connection-failure' && callers.size === 1
    ? `edge:${caller}->${service}`
    : `service:${service}`;
}

/** What a failure says of its kind in its words. */
interface Words {
  readonly kind: EvidenceKind;
  readonly says: (origin: Origin) => boolean;
  /** What is told of the calls that say so, and how many they are. */
  readonly told: (service: string, calls: number) => string;
}

const words: readonly Words[] = [
  {
    kind: 'rate-limited',
    says: ({ span }) => failureOf(span) === 'rate-limit',
    told: (_, calls) => `${calls === 1 ? 'was' : 'were'} turned away`,
  },
  {
    kind: 'out-of-memory',
    says: ({ span }) => failureOf(span) === 'out-of-memory',
    told: () => 'found no memory left',
  },
  {
    kind: 'pool',
    says: ({ span }) => failureOf(span) === 'pool',
    told: () => 'got no connection from a pool',
  },
  {
    kind: 'schema',
    says: ({ texts }) => texts.some(isSchemaFailure),
    told: () => 'found data of another shape',
  },
  {
    kind: 'tool-failure',
    says: ({ inTool }) => inTool,
    told: () => 'failed as a tool of an agent',
  },
];

const ofConnection = (kind: EvidenceKind, failure: FailureKind): Words => ({
  kind,
  says: ({ span, texts }) => texts.length > 0 && failureOf(span) === failure,
  told: (service) => `to ${service} said`,
});

const notFound = ofConnection('name-resolution-failure', 'name-resolution');
const wordsOfUnreachable: readonly Words[] = [
  notFound,
  ofConnection('connection-failure', 'connection'),
];

/** A row for each kind of words: as strong as the share of the failures that say so. */
function* worded(
  bad: readonly Origin[],
  kinds: readonly Words[],
  certainty: number,
  row: Omit<Evidence, 'id' | 'kind' | 'entity' | 'strength' | 'summary' | 'refs'>,
): Generator<Evidence> {
  const all = requestsIn(bad);
  for (const { kind, says, told } of kinds) {
    const own = bad.filter(says);
    const [example] = own;
    if (!example) continue;
    const spans = own.map(({ span }) => span);
    const said = requestsIn(own);
    const calls = Math.round(said);
    yield* evidence({
      ...row,
      kind,
      entity: `service:${row.service}`,
      strength: certainty * (said / all),
      firstSeen: example.span.start,
      summary: `${plural(calls, 'call')} ${told(row.service, calls)}: ${quote(example)}`,
      refs: exemplars(spans, (span) => `${span.service} ${span.name}`),
      traces: tracesOf(own).ids,
    });
  }
}

/** A dead callee: how much of what is sent to it fails unanswered, and in what words. */
function* unreachable(
  bad: readonly Origin[],
  certainty: number,
  { sent, unseen, alive }: Callees,
  row: Omit<Evidence, 'id' | 'kind' | 'entity' | 'strength' | 'summary'>,
): Generator<Evidence> {
  const { service } = row;
  const entity = `service:${service}`;
  const refused = requestsIn(bad);
  const share = clamp01(refused / Math.max(refused, sent.get(service) ?? 0));
  // A process that is there, by its other answers or by its metrics, is not gone if its name is.
  const unnamed = share < 1 || alive.has(service) ? nameless(bad) : 0;
  const callers = [...new Set(bad.map(({ span }) => span.service))].sort();
  yield* evidence({
    ...row,
    kind: 'unreachable-callee',
    entity,
    strength: certainty * share * (1 - unnamed),
    summary: `${plural(Math.round(refused), 'call')} from ${listed(callers)} to ${service} failed to connect (${formatShare(share)} of all calls to it since then)${unseen.has(service) ? ', and it sent no span itself' : ''}`,
  });
  yield* worded(bad, wordsOfUnreachable, unnamed > 0 ? certainty : certainty * share, row);
}

/** Share of the failures that say that the name was not found. */
const nameless = (bad: readonly Origin[]): number =>
  requestsIn(bad.filter(notFound.says)) / requestsIn(bad);

/** The sample holds more of the failed traces than of the others: each counts for what it stands. */
const requestsIn = (origins: readonly Origin[]): number =>
  weightOf(origins.map(({ trace }) => trace));

const quote = ({ texts }: Origin): string => `“${sanitise(texts[0] ?? '', 160)}”`;

const listed = (names: readonly string[]): string =>
  names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;

/**
 * Calls of the incident that were sent to each service that refused one, answered or not, from the
 * first refusal on: what went well before the outage does not make it smaller.
 */
function callsSinceRefused(
  origins: readonly Origin[],
  { sample, graph }: Features,
): ReadonlyMap<string, number> {
  const since = new Map<string, number>();
  for (const { kind, service, span, trace } of origins) {
    if (kind !== 'unreachable-callee' || trace.cohort !== 'incident') continue;
    since.set(service, Math.min(since.get(service) ?? span.start, span.start));
  }
  const calls = new Map<string, number>();
  const traces = since.size === 0 ? [] : sample.filter(({ cohort }) => cohort === 'incident');
  for (const { tree, stands } of traces) {
    for (const span of tree.spans) {
      const callee = calleeOf(span, graph) ?? '';
      if (!(span.start >= (since.get(callee) ?? Number.POSITIVE_INFINITY))) continue;
      calls.set(callee, (calls.get(callee) ?? 0) + stands);
    }
  }
  return calls;
}

function summaryOf(origin: Origin, spans: number, traces: number): string {
  const { kind, service, span } = origin;
  const many = `${plural(spans, 'span')} in ${plural(traces, 'trace')}`;
  const signature = errorSignature(span);
  const example = signature === null ? '' : `, e.g. “${sanitise(signature, 120)}”`;
  if (kind === 'callee-timeout') return `calls to ${service} timed out: ${many}${example}`;
  if (kind === 'connection-failure') {
    return `calls that ${service} answered lost their connection: ${many}${example}`;
  }
  if (kind === 'callee-failure') {
    return `calls to ${service} came back with an error, and it recorded none: ${many}${example}`;
  }
  if (kind === 'bare-error') {
    return `${many} failed without a reason and without a failed call below`;
  }
  return `${sanitise(span.name, 80)} failed with no failed call below: ${many}${example}`;
}

function tracesOf(origins: readonly Origin[]): { ids: readonly TraceId[]; weight: number } {
  const traces = new Map(origins.map(({ trace }) => [trace.tree.traceId, trace.stands]));
  return {
    ids: [...traces.keys()].sort(),
    weight: [...traces.values()].reduce((sum, stands) => sum + stands, 0),
  };
}

function mostCommon(names: readonly string[]): string {
  const counts = [...grouped(names, (name) => name)].map(
    ([name, all]) => [name, all.length] as const,
  );
  counts.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return counts[0]?.[0] ?? '';
}
