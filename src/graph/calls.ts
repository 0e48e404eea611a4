/**
 * Calls between services in one trace.
 *
 *     web  -> cart       client                 one call, answered
 *     cart    GetCart    server
 *     web  -> redis      client                 one call, unanswered: no span below it
 *     web  retry         client                 no call of its own: it wraps the next one
 *     web    -> auth     client                 one call
 */
import type { PeerAddress, PeerName, Span, TraceTree } from '../model.ts';
import { isCaller, isReceiver, topDown } from './link-trace.ts';
import { cleanNames } from './peer-name.ts';

/** One call. Its callee may be the caller itself: whoever draws edges leaves that out. */
export interface Call {
  readonly caller: string;
  /** Service that answered; null if it sent no span. */
  readonly callee: string | null;
  readonly messaging: boolean;
  /** What the client span calls the callee, strongest first. Empty if it says nothing usable. */
  readonly names: readonly PeerName[];
  readonly failed: boolean;
  /** ns, of the client span; of the callee's if there is no client span. Null if not timed. */
  readonly duration: number | null;
  /** True if another call of the list is the same request, so that only the names are news. */
  readonly repeated: boolean;
}

interface Survey {
  readonly tree: TraceTree;
  readonly peerOf: (span: Span) => PeerAddress | null;
  /** 1 if a span, or one below it in the same service, calls somebody. Filled from the leaves up. */
  readonly calling: Uint8Array;
  readonly calls: Call[];
  /** Results of `answersOf`, by index. */
  readonly answers: Map<number, ReadonlyMap<string, Span>>;
}

/** Every call that the spans of a trace make, in no particular order. */
export function callsOf(tree: TraceTree, peerOf: Survey['peerOf']): readonly Call[] {
  const calling = new Uint8Array(tree.spans.length);
  const survey: Survey = { tree, peerOf, calling, calls: [], answers: new Map() };
  for (const index of topDown(tree).toReversed()) {
    if (isCaller(spanAt(tree, index))) surveyCaller(survey, index);
    else surveyOther(survey, index);
  }
  return survey.calls;
}

function surveyCaller(survey: Survey, index: number): void {
  const { tree, calling, calls } = survey;
  const span = spanAt(tree, index);
  const answers = answersOf(survey, index);
  const wraps = callsBelow(survey, index);
  if (wraps || answers.size > 0) calling[index] = 1;
  if (wraps && answers.size === 0) return;
  const names = namesOf(survey, index);
  for (const answer of answers.values()) {
    calls.push(callThrough(span, answer, names ?? [], false));
  }
  if (answers.size > 0 || names === null) return;
  calling[index] = 1;
  const outer = callerAbove(tree, index);
  const outerAnswers = outer === null ? null : answersOf(survey, outer);
  // Below a caller that was answered directly, this span is another view of the same request.
  const [answer = null] = outerAnswers?.size === 1 ? outerAnswers.values() : [];
  calls.push(callThrough(span, answer, names, answer !== null));
}

/** A span that is no client: children in other services were called without a client span. */
function surveyOther(survey: Survey, index: number): void {
  const { tree, calling, calls } = survey;
  const { service } = spanAt(tree, index);
  if (callsBelow(survey, index)) calling[index] = 1;
  for (const child of tree.children[index] ?? []) {
    const answer = spanAt(tree, child);
    if (answer.service === service) continue;
    calling[index] = 1;
    calls.push({
      caller: service,
      callee: answer.service,
      messaging: answer.kind === 'consumer',
      names: [],
      failed: answer.status === 'error',
      duration: durationOf(answer),
      repeated: false,
    });
  }
}

const spanAt = (tree: TraceTree, index: number): Span => tree.spans[index] as Span;

const durationOf = (span: Span): number | null => (span.timed ? span.end - span.start : null);

function callThrough(
  client: Span,
  answer: Span | null,
  names: readonly PeerName[],
  repeated: boolean,
): Call {
  return {
    caller: client.service,
    callee: answer?.service ?? null,
    messaging: client.kind === 'producer' || answer?.kind === 'consumer',
    names,
    failed: client.status === 'error',
    duration: durationOf(client),
    repeated,
  };
}

/** First child of each service that answered a client span, by service. */
function answersOf(survey: Survey, index: number): ReadonlyMap<string, Span> {
  const known = survey.answers.get(index);
  if (known) return known;
  const { service } = spanAt(survey.tree, index);
  const answers = new Map<string, Span>();
  for (const child of survey.tree.children[index] ?? []) {
    const span = spanAt(survey.tree, child);
    // A service can call itself: then only a receiving span is an answer.
    const isAnswer = span.service !== service || isReceiver(span);
    if (isAnswer && !answers.has(span.service)) answers.set(span.service, span);
  }
  survey.answers.set(index, answers);
  return answers;
}

/** True if spans of the same service and request below this one call somebody. */
function callsBelow({ tree, calling }: Survey, index: number): boolean {
  const { service } = spanAt(tree, index);
  return (tree.children[index] ?? []).some((child) => {
    const span = spanAt(tree, child);
    return calling[child] === 1 && span.service === service && !isReceiver(span);
  });
}

/** The parent, if it is a client span of the same service; else null. */
function callerAbove(tree: TraceTree, index: number): number | null {
  const above = tree.parent[index] ?? -1;
  const parent = tree.spans[above];
  return parent && isCaller(parent) && parent.service === spanAt(tree, index).service
    ? above
    : null;
}

/**
 * Names a client span gives for its callee; null if none. One that knows nothing but an IP, such
 * as a connect, also goes by the names of the client spans it lies in.
 */
function namesOf({ tree, peerOf }: Survey, index: number): readonly PeerName[] | null {
  const address = peerOf(spanAt(tree, index));
  if (address === null) return null;
  let names = cleanNames(address);
  let above = callerAbove(tree, index);
  while (above !== null && names.length > 0 && names.every(({ kind }) => kind === 'ip')) {
    names = cleanNames({ names: [...names, ...(peerOf(spanAt(tree, above))?.names ?? [])] });
    above = callerAbove(tree, above);
  }
  return names;
}
