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
import { grouped } from '../grouping.ts';
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
export interface Numbering {
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
}

export const numberings = (): Numberings => ({
  contexts: numbering(),
  events: numbering(['its start', 'its end', 'its failure']),
  calls: new Map(),
});

export function runOf(trace: SampledTrace, graph: ServiceGraph, numbers: Numberings): Run {
  const { tree } = trace;
  const { contexts, events } = numbers;
  const logs = grouped(trace.logs, ({ span }) => span);
  const executions: Execution[] = [];
  const steps: Step[] = [];
  const calls = new Map<Execution, ReadonlyMap<number, number>>();
  const open = (span: number): Execution => {
    const told = tree.spans[span] as Span;
    const isCall = outgoing(told);
    const moments = momentsOf(tree, span, isCall ? [] : (logs.get(span) ?? []), graph);
    const own = moments.map(({ event, call }) => {
      const number = events.numberOf(event);
      if (call) numbers.calls.set(number, { ...call, bare: events.numberOf(call.bare) });
      return number;
    });
    const isBad = failed(told);
    const errors = own.filter((_, at) => (moments[at]?.log?.severity ?? 0) >= severities.error);
    if (isBad) errors.push(failure);
    const execution = {
      span,
      operation: contexts.numberOf(JSON.stringify([told.service, told.name])),
      context: contexts.numberOf(contextOf(tree, span)),
      events: [begin, ...own, isBad ? failure : end],
      logs: new Map(moments.flatMap(({ log }, at) => (log ? [[at + 1, log] as const] : []))),
      isCall,
      errors,
    };
    calls.set(
      execution,
      new Map(moments.flatMap(({ child }, at) => (child === null ? [] : [[at + 1, child]]))),
    );
    executions.push(execution);
    return execution;
  };
  // A stack in place of recursion: a hostile trace may be deeper than the call stack.
  for (const root of tree.roots) {
    const stack = [{ execution: open(root), place: 1 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { execution, place } = top;
      if (place >= execution.events.length) {
        stack.pop();
        continue;
      }
      steps.push({ execution, place });
      top.place += 1;
      const child = calls.get(execution)?.get(place);
      if (child !== undefined) stack.push({ execution: open(child), place: 1 });
    }
  }
  return { trace, executions, steps };
}

interface Moment {
  readonly at: number;
  readonly event: string;
  /** Of a call to a known service; `bare`: the event where the service is not known. */
  readonly call: { readonly callee: string; readonly bare: string } | null;
  readonly log: TraceLog | null;
  readonly child: number | null;
}

/** Logs and calls of a span in time order. */
function momentsOf(
  tree: TraceTree,
  span: number,
  logs: readonly TraceLog[],
  graph: ServiceGraph,
): readonly Moment[] {
  const moments: Moment[] = logs.map((log) => ({
    ...{ at: log.at, event: `“${log.statement}”`, call: null, log, child: null },
  }));
  const { service } = tree.spans[span] as Span;
  for (const child of tree.children[span] ?? []) {
    const below = tree.spans[child] as Span;
    const callee = outgoing(below) ? calleeIn(tree, child, graph) : below.service;
    const isOther = callee !== null && callee !== service;
    moments.push({
      at: below.start,
      event: isOther ? `${below.name} to ${callee}` : below.name,
      call: isOther ? { callee, bare: below.name } : null,
      log: null,
      child,
    });
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
function contextOf(tree: TraceTree, index: number): string {
  const { service, name } = tree.spans[index] as Span;
  let above = tree.parent[index] ?? -1;
  while (above >= 0) {
    const caller = tree.spans[above] as Span;
    if (caller.service !== service && !outgoing(caller)) {
      return JSON.stringify([service, name, caller.service, caller.name]);
    }
    above = tree.parent[above] ?? -1;
  }
  return JSON.stringify([service, name]);
}
