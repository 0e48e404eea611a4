/**
 * What each span of a trace did, one event after another, in the order in which the request ran:
 *
 *     order   PlaceOrder   [- log "check stock" ---- call stock ---- log "reserved" -]
 *     stock   GetStock                               [- log "found" -]
 *
 *     order: start > check stock > call stock        stock: start > found > end
 *     order:                       call stock > reserved > end
 *
 * What a call did stands between the call and what came after it, whatever the clocks of the two
 * hosts say. The spans of calls themselves (client, producer) say only whether they were
 * answered, and how that ended.
 *
 * Source: the event graph of Nezha (Yu et al., ESEC/FSE 2023), by the parent link in place of time.
 */
import { grouped, ofTwo } from '../grouping.ts';
import {
  type SampledTrace,
  type ServiceGraph,
  type Span,
  severities,
  type TraceLog,
  type TraceTree,
} from '../model.ts';
import { failed } from '../semantics/index.ts';
import { calleeOf, outgoing } from './origins.ts';

/** Numbers for texts, so that events are compared as numbers. */
interface Numbering {
  numberOf(text: string): number;
  textOf(number: number): string;
}

function numbering(first: readonly string[] = []): Numbering {
  const numbers = new Map<string, number>();
  const texts: string[] = [];
  const numberOf = (text: string): number => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, texts.length);
    texts.push(text);
    return texts.length - 1;
  };
  for (const text of first) numberOf(text);
  return { numberOf, textOf: (number) => texts[number] ?? '' };
}

/** Events that every span has, by their numbers. */
export const begin = 0;
export const end = 1;
export const failure = 2;

export interface Execution {
  /** Index of the span in the tree. */
  readonly span: number;
  /** Number of its operation. */
  readonly operation: number;
  /** Number of its operation together with who asked for it. */
  readonly context: number;
  /** From `begin` to `end` or `failure`. */
  readonly events: readonly number[];
  /** The log records among them, by their places. */
  readonly logs: ReadonlyMap<number, TraceLog>;
  /** The span is a call of its service. */
  readonly isCall: boolean;
  /** Those of its events that are errors: its failure, logs of severity ERROR or above. */
  readonly errors: readonly number[];
}

/** One event after another: the event at `place` of an execution, and that before it. */
export interface Step {
  readonly execution: Execution;
  /** From 1. */
  readonly place: number;
}

/** Steps in the order in which the request ran. */
export interface Run {
  readonly trace: SampledTrace;
  readonly executions: readonly Execution[];
  readonly steps: readonly Step[];
}

export interface Numberings {
  readonly contexts: Numbering;
  readonly events: Numbering;
  /** Of the event of a call to a known service, that service, and the event without it. */
  readonly calls: Map<number, { readonly callee: string; readonly bare: number }>;
  readonly operationOf: (service: string, name: string) => Operation;
  readonly callOf: (name: string, callee: string) => Call;
}

/** Of a call to a known service, that service, and the event with and without it. */
interface Call {
  readonly callee: string;
  readonly event: string;
  readonly bare: string;
}

interface Operation {
  readonly number: number;
  /** Its numbers together with those who ask for it. */
  readonly askedBy: Map<Operation, number>;
}

export function numberings(): Numberings {
  const contexts = numbering();
  return {
    contexts,
    events: numbering(['its start', 'its end', 'its failure']),
    calls: new Map(),
    operationOf: ofTwo((service, name) => ({
      number: contexts.numberOf(JSON.stringify([service, name])),
      askedBy: new Map(),
    })),
    callOf: ofTwo((name, callee) => ({ callee, event: `${name} to ${callee}`, bare: name })),
  };
}

export function runOf(trace: SampledTrace, graph: ServiceGraph, numbers: Numberings): Run {
  const { tree } = trace;
  const logs = grouped(trace.logs, ({ span }) => span);
  const executions: Execution[] = [];
  const steps: Step[] = [];
  const open = (span: number): Frame => {
    const isCall = outgoing(tree.spans[span] as Span);
    const own = isCall ? noLogs : (logs.get(span) ?? noLogs);
    const moments = momentsOf(tree, span, own, graph, numbers);
    const execution = executionOf(tree, span, moments, numbers);
    executions.push(execution);
    return { execution, moments, place: 1 };
  };
  // A stack in place of recursion: a hostile trace may be deeper than the call stack.
  for (const root of tree.roots) {
    const stack = [open(root)];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { execution, moments, place } = top;
      if (place >= execution.events.length) {
        stack.pop();
        continue;
      }
      steps.push({ execution, place });
      top.place += 1;
      const child = moments[place - 1]?.child ?? null;
      if (child !== null) stack.push(open(child));
    }
  }
  return { trace, executions, steps };
}

/** An execution that is being walked through. */
interface Frame {
  readonly execution: Execution;
  readonly moments: readonly Moment[];
  place: number;
}

function executionOf(
  tree: TraceTree,
  span: number,
  moments: readonly Moment[],
  numbers: Numberings,
): Execution {
  const told = tree.spans[span] as Span;
  const isBad = failed(told);
  const events = [begin];
  const errors: number[] = [];
  const logs = new Map<number, TraceLog>();
  for (const { event, call, log } of moments) {
    const number = numbers.events.numberOf(event);
    if (call && numbers.calls.get(number)?.callee !== call.callee) {
      numbers.calls.set(number, {
        callee: call.callee,
        bare: numbers.events.numberOf(call.bare),
      });
    }
    if (log) logs.set(events.length, log);
    if (log && log.severity >= severities.error) errors.push(number);
    events.push(number);
  }
  if (isBad) errors.push(failure);
  events.push(isBad ? failure : end);
  const operation = numbers.operationOf(told.service, told.name);
  return {
    span,
    operation: operation.number,
    context: contextOf(tree, span, operation, numbers),
    events,
    logs,
    isCall: outgoing(told),
    errors,
  };
}

const noLogs: readonly TraceLog[] = [];

interface Moment {
  readonly at: number;
  readonly event: string;
  /** Of a call to a known service. */
  readonly call: Call | null;
  readonly log: TraceLog | null;
  readonly child: number | null;
}

/** Logs and calls of a span in time order. */
function momentsOf(
  tree: TraceTree,
  span: number,
  logs: readonly TraceLog[],
  graph: ServiceGraph,
  { callOf }: Numberings,
): readonly Moment[] {
  const moments: Moment[] = [];
  for (const log of logs) {
    moments.push({ at: log.at, event: `“${log.statement}”`, call: null, log, child: null });
  }
  const { service } = tree.spans[span] as Span;
  for (const child of tree.children[span] ?? []) {
    const below = tree.spans[child] as Span;
    const callee = outgoing(below) ? calleeIn(tree, child, graph) : below.service;
    const call = callee !== null && callee !== service ? callOf(below.name, callee) : null;
    const event = call?.event ?? below.name;
    moments.push({ at: below.start, event, call, log: null, child });
  }
  return moments.sort((a, b) => a.at - b.at || (a.event < b.event ? -1 : 1));
}

/** Who answered a call, else whom it names: names of calls are often only a method. */
function calleeIn(tree: TraceTree, call: number, graph: ServiceGraph): string | null {
  const own = tree.spans[call] as Span;
  for (const child of tree.children[call] ?? []) {
    const { service } = tree.spans[child] as Span;
    if (service !== own.service) return service;
  }
  return calleeOf(own, graph);
}

/**
 * The operation, and the operation of another service that asked for it: what a service does
 * depends on who asks, and who asks depends on the traffic.
 */
function contextOf(
  tree: TraceTree,
  index: number,
  operation: Operation,
  { contexts, operationOf }: Numberings,
): number {
  const { service, name } = tree.spans[index] as Span;
  let above = tree.parent[index] ?? -1;
  while (above >= 0) {
    const caller = tree.spans[above] as Span;
    if (caller.service !== service && !outgoing(caller)) {
      const asking = operationOf(caller.service, caller.name);
      const known = operation.askedBy.get(asking);
      if (known !== undefined) return known;
      const text = JSON.stringify([service, name, caller.service, caller.name]);
      const number = contexts.numberOf(text);
      operation.askedBy.set(asking, number);
      return number;
    }
    above = tree.parent[above] ?? -1;
  }
  return operation.number;
}
