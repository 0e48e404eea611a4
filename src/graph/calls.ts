/**
 * Calls between services in one trace.
 *
 *     web  -> cart       client                 one call, answered
 *     cart    GetCart    server
 *     web  -> redis      client                 one call, unanswered: no span below it
 *     web  retry         client                 no call of its own: it wraps the next one
 *     web    -> auth     client                 one call
 */
import type { PeerName, SpanView, TraceColumns } from '../model.ts';
import { isCaller, isReceiver } from './link-trace.ts';
import { childrenOf, durationAt, viewAt } from './trace-columns.ts';

/** One call. Its callee may be the caller itself: whoever draws edges leaves that out. */
export interface Call<Address> {
  readonly caller: string;
  /** Service that answered; null if it sent no span. */
  readonly callee: string | null;
  readonly messaging: boolean;
  /** What the client span calls the callee; null if it calls it nothing. */
  readonly address: Address | null;
  readonly failed: boolean;
  /** ns, of the client span; of the callee's if there is no client span. Null if not timed. */
  readonly duration: number | null;
  /** True if another call of the list is the same request, so that only the names are news. */
  readonly repeated: boolean;
}

/** Names of a callee as whoever counts calls keeps them. */
export interface Addresses<Address> {
  /** Null if the span names no callee. */
  of(span: SpanView): Address | null;
  /** Clean names, strongest first. */
  names(address: Address): readonly PeerName[];
  /** Of all the names of several addresses. */
  together(addresses: readonly Address[]): Address;
}

interface Chains {
  readonly trace: TraceColumns;
  readonly first: Int32Array;
  readonly next: Int32Array;
  /** 1 if a span, or one below it in the same service, calls somebody. Filled from the leaves up. */
  readonly calling: Uint8Array;
  /** What answered a client span with client spans below it. */
  readonly outer: Map<number, readonly number[]>;
}

interface Survey<Address> extends Chains {
  readonly addresses: Addresses<Address>;
  readonly visit: (call: Call<Address>) => void;
}

let calling = new Uint8Array(64);

/** Visits every call that the spans of a trace make, in no particular order. */
export function visitCalls<Address>(
  trace: TraceColumns,
  addresses: Addresses<Address>,
  visit: (call: Call<Address>) => void,
): void {
  const { first, next, order } = childrenOf(trace);
  if (calling.length < trace.count) calling = new Uint8Array(2 * trace.count);
  calling.fill(0, 0, trace.count);
  const survey = { trace, addresses, first, next, calling, visit, outer: new Map() };
  for (let at = trace.count - 1; at >= 0; at -= 1) {
    const index = order[at] as number;
    if (isCaller(viewAt(trace, index))) surveyCaller(survey, index);
    else surveyOther(survey, index);
  }
}

function surveyCaller<Address>(survey: Survey<Address>, index: number): void {
  const { trace, calling, visit } = survey;
  const answers = answersOf(survey, index);
  const wraps = callsBelow(survey, index);
  if (wraps || answers.length > 0) calling[index] = 1;
  if (wraps && answers.length === 0) return;
  const address = addressOf(survey, index);
  for (const answer of answers) visit(callThrough(trace, index, answer, address, false));
  if (answers.length > 0 || address === null) return;
  calling[index] = 1;
  const outer = callerAbove(trace, index);
  const outerAnswers = outer === null ? none : outerAnswersOf(survey, outer);
  // Below a caller that was answered directly, this span is another view of the same request.
  const [answer = null] = outerAnswers.length === 1 ? outerAnswers : none;
  visit(callThrough(trace, index, answer, address, answer !== null));
}

/** A span that is no client: children in other services were called without a client span. */
function surveyOther<Address>(survey: Survey<Address>, index: number): void {
  const { trace, first, next, calling, visit } = survey;
  const { service } = viewAt(trace, index);
  if (callsBelow(survey, index)) calling[index] = 1;
  let child = first[index] as number;
  for (; child >= 0; child = next[child] as number) {
    const answer = viewAt(trace, child);
    if (answer.service === service) continue;
    calling[index] = 1;
    visit({
      caller: service,
      callee: answer.service,
      messaging: answer.kind === 'consumer',
      address: null,
      failed: answer.status === 'error',
      duration: durationAt(trace, child),
      repeated: false,
    });
  }
}

function callThrough<Address>(
  trace: TraceColumns,
  index: number,
  answer: number | null,
  address: Address | null,
  repeated: boolean,
): Call<Address> {
  const client = viewAt(trace, index);
  const callee = answer === null ? null : viewAt(trace, answer);
  return {
    caller: client.service,
    callee: callee?.service ?? null,
    messaging: client.kind === 'producer' || callee?.kind === 'consumer',
    address,
    failed: client.status === 'error',
    duration: durationAt(trace, index),
    repeated,
  };
}

const none: readonly number[] = [];

/** First child of each service that answered a client span. */
function answersOf({ trace, first, next }: Chains, index: number): readonly number[] {
  const { service } = viewAt(trace, index);
  let answers = none;
  let child = first[index] as number;
  for (; child >= 0; child = next[child] as number) {
    const span = viewAt(trace, child);
    // A service can call itself: then only a receiving span is an answer.
    if (span.service === service && !isReceiver(span)) continue;
    const isKnown = answers.some((known) => viewAt(trace, known).service === span.service);
    if (!isKnown) answers = [...answers, child];
  }
  return answers;
}

function outerAnswersOf(survey: Chains, index: number): readonly number[] {
  const answers = survey.outer.get(index) ?? answersOf(survey, index);
  survey.outer.set(index, answers);
  return answers;
}

/** True if spans of the same service and request below this one call somebody. */
function callsBelow({ trace, first, next, calling }: Chains, index: number): boolean {
  const { service } = viewAt(trace, index);
  let child = first[index] as number;
  for (; child >= 0; child = next[child] as number) {
    if (calling[child] !== 1) continue;
    const span = viewAt(trace, child);
    if (span.service === service && !isReceiver(span)) return true;
  }
  return false;
}

/** The parent, if it is a client span of the same service; else null. */
function callerAbove(trace: TraceColumns, index: number): number | null {
  const above = trace.parent[index] as number;
  if (above < 0) return null;
  const parent = viewAt(trace, above);
  return isCaller(parent) && parent.service === viewAt(trace, index).service ? above : null;
}

/**
 * What a client span calls its callee; null if nothing. One that knows nothing but an IP, such as
 * a connect, also goes by the names of the client spans it lies in.
 */
function addressOf<Address>(survey: Survey<Address>, index: number): Address | null {
  const { trace, addresses } = survey;
  let address = addresses.of(viewAt(trace, index));
  if (address === null) return null;
  let above = callerAbove(trace, index);
  while (above !== null && isMereIp(addresses.names(address))) {
    const outer = addresses.of(viewAt(trace, above));
    if (outer !== null) address = addresses.together([address, outer]);
    above = callerAbove(trace, above);
  }
  return address;
}

const isMereIp = (names: readonly PeerName[]): boolean =>
  names.length > 0 && names.every(({ kind }) => kind === 'ip');
