/**
 * Where failures are born: in a failed trace the deepest failed spans, for failed ancestors only
 * carried it. A deepest span that is a call whose callee sent nothing points beyond itself:
 *
 *     web   POST /cart     [==========!]     carried
 *     web   > cart AddItem     [===!]        origin: blames cart, which sent no span
 *
 * A call that failed and was made again with success failed nobody: its origin is marked as
 * recovered, and it explains nothing above it.
 *
 * After: methods "error origin".
 */
import { ofAlike, resolvePeer } from '../graph/index.ts';
import { once } from '../grouping.ts';
import type { EvidenceKind, Features, SampledTrace, ServiceGraph, Span } from '../model.ts';
import {
  agentStepOf,
  answerOf,
  failed,
  failureOf,
  failureTexts,
  firstText,
  isRejection,
  peerOf,
} from '../semantics/index.ts';
import { answerTo } from './requests.ts';

/** Where one failure was born. */
export interface Origin {
  readonly trace: SampledTrace;
  readonly span: Span;
  readonly kind: EvidenceKind;
  /** The service blamed: the callee of a call that was not answered, else the span's own. */
  readonly service: string;
  readonly texts: readonly string[];
  /** It happened while an agent ran one of its tools. */
  readonly inTool: boolean;
  /** A later call of the same kind went well: the request did not fail for this. */
  readonly recovered: boolean;
}

/** Services that sent no span: known from who called them. */
export const silentIn = ({ nodes }: ServiceGraph): ReadonlySet<string> =>
  new Set(nodes.flatMap(({ observed, service }) => (observed ? [] : [service])));

/** Origins of every trace of the sample; a trace without a failed span has none. */
export type Origins = ReadonlyMap<SampledTrace, readonly Origin[]>;

export const originsIn = once(
  ({ sample, graph, plan }: Features): Origins =>
    new Map(
      sample.map((trace) => {
        const origins = originsOf(trace, graph);
        return [trace, plan.baseline === null ? origins.filter(isOwn) : origins];
      }),
    ),
);

/**
 * What a tool says of the code or the arguments that it was given is no failure of the tool: it is
 * the doing of the step before (`run-steps`). With a baseline it counts: a tool may have changed.
 */
const isOwn = ({ span }: Origin): boolean =>
  agentStepOf(span.attributes) !== 'tool' || !isRejection(answerOf(span.attributes) ?? '');

function originsOf(trace: SampledTrace, graph: ServiceGraph): readonly Origin[] {
  const { tree } = trace;
  if (!tree.spans.some(failed)) return [];
  const order = deepestFirst(trace);
  const repeated = repeatedWell(trace);
  const carried = failedBelow(trace, order, repeated);
  const recovered = withDescendants(trace, order, repeated);
  const origins: Origin[] = [];
  for (const [index, span] of tree.spans.entries()) {
    if (!failed(span) || carried[index]) continue;
    const answer = answerTo(tree, index);
    origins.push({
      trace,
      span,
      ...blame(span, answer ?? null, graph),
      texts: failureTexts(span),
      inTool: isInTool(trace, index),
      recovered: recovered[index] === 1,
    });
  }
  return origins;
}

/** Whether the nearest step of an agent around a span is the run of a tool. */
export function isInTool({ tree }: Pick<SampledTrace, 'tree'>, index: number): boolean {
  for (let at = index; at >= 0; at = tree.parent[at] ?? -1) {
    const step = agentStepOf((tree.spans[at] as Span).attributes);
    if (step !== null) return step === 'tool';
  }
  return false;
}

const deepestFirst = ({ tree }: SampledTrace): readonly number[] =>
  [...tree.spans.keys()].sort((a, b) => (tree.depth[b] ?? 0) - (tree.depth[a] ?? 0));

/** Per span: 1 if it is a failed call after which the same call, of the same parent, went well. */
function repeatedWell({ tree }: SampledTrace): Uint8Array {
  const repeated = new Uint8Array(tree.spans.length);
  for (const children of tree.children) {
    if (children.length < 2) continue;
    const well = new Set<string>();
    for (const index of [...children].reverse()) {
      const span = tree.spans[index] as Span;
      if (!outgoing(span)) continue;
      const call = JSON.stringify([span.service, span.name, peerOf(span)]);
      if (!failed(span)) well.add(call);
      else if (well.has(call)) repeated[index] = 1;
    }
  }
  return repeated;
}

/** Per span: 1 if a span anywhere below it failed. A parent that did not fail may lie between. */
function failedBelow(
  { tree }: SampledTrace,
  order: readonly number[],
  repeated: Uint8Array,
): Uint8Array {
  const below = new Uint8Array(tree.spans.length);
  for (const index of order) {
    const parent = tree.parent[index] ?? -1;
    if (parent < 0 || repeated[index]) continue;
    if (below[index] || failed(tree.spans[index] as Span)) below[parent] = 1;
  }
  return below;
}

function withDescendants(
  { tree }: SampledTrace,
  order: readonly number[],
  marked: Uint8Array,
): Uint8Array {
  const all = Uint8Array.from(marked);
  for (const index of [...order].reverse()) {
    const parent = tree.parent[index] ?? -1;
    if (parent >= 0 && all[parent]) all[index] = 1;
  }
  return all;
}

export const outgoing = ({ kind }: Span): boolean => kind === 'client' || kind === 'producer';

export const hasFailed = ofAlike(failed);
const addressOf = ofAlike(peerOf);

/** The service a span calls, by the names it gives; null if it calls nobody that is known. */
export function calleeOf(span: Span, graph: ServiceGraph): string | null {
  const address = outgoing(span) ? addressOf(span) : null;
  return address ? resolvePeer(graph, address) : null;
}

function blame(
  span: Span,
  answer: Span | null,
  graph: ServiceGraph,
): { kind: EvidenceKind; service: string } {
  const callee = outgoing(span) ? (answer?.service ?? calleeOf(span, graph)) : null;
  if (callee !== null && callee !== span.service) {
    const failure = failureOf(span);
    if (failure === 'timeout') return { kind: 'callee-timeout', service: callee };
    if (failure === 'connection' || failure === 'name-resolution') {
      // One that answered was there: what broke is the way between the two.
      const kind = answer ? 'connection-failure' : 'unreachable-callee';
      return { kind, service: callee };
    }
    // The callee answered, with an error; what went wrong in it was not recorded.
    if (!answer) return { kind: 'callee-failure', service: callee };
  }
  return { kind: hasReason(span) ? 'error-origin' : 'bare-error', service: span.service };
}

/** An exception or a message of its own; a status code alone is no reason. */
const hasReason = (span: Span): boolean =>
  span.statusMessage !== '' ||
  span.events.some(
    (event) => firstText(event.attributes, ['exception.type', 'exception.message']) !== null,
  );

/** Services to which the failures of a trace are laid, each once, sorted. */
export const blamedIn = (origins: readonly Origin[]): readonly string[] =>
  [...new Set(origins.filter(({ recovered }) => !recovered).map(({ service }) => service))].sort();
