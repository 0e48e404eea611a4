/**
 * One service calls another: dial, network, queue, work, nested calls, reply or time-out, retry.
 *
 *     caller   client span   [------------------------------]
 *     network                  ~                          ~
 *     callee   server span       [ queue | work | calls | work ]
 *
 * Assumptions: a refused connection costs about 1 ms and a failed name look-up about 6 ms; a callee
 * does 60 % of its own work before its calls; a model server does 90 % of it in a batch.
 */
import { type Batching, workInBatch } from './batching.ts';
import type { Task } from './clock.ts';
import { codeIn, meet } from './code.ts';
import {
  clientAttributes,
  type Endpoint,
  resultAttributes,
  serverAttributes,
  spanName,
} from './conventions.ts';
import {
  carried,
  type Failure,
  limited,
  ownTrouble,
  poolExhausted,
  reset,
  retryable,
  thrown,
  timedOut,
  unreachable,
} from './failures.ts';
import { hop } from './network.ts';
import { giveBack, hasPool, poolOf, takeConnection } from './pool.ts';
import { leak, work } from './resources.ts';
import type { Attributes } from './telemetry.ts';
import {
  closeSpan,
  type Instance,
  type OpenSpan,
  openSpan,
  type Reply,
  type Request,
  type Service,
  type World,
  writeLog,
} from './world.ts';

export interface Operation {
  readonly endpoint: Endpoint;
  /** Median of the callee's own work, and the deviation of its logarithm. */
  readonly workMs: number;
  readonly sigma: number;
  /** Share of the work that waits for the disk; 0 if absent. */
  readonly io?: number;
  /** What it answers instead of working, after having looked at the request. */
  readonly refusal?: Failure | null;
  /** Stages one after the other; the calls of one stage in parallel. */
  readonly stages: readonly (readonly Call[])[];
  /** Requests that are there together are worked on together, in a model server. */
  readonly batching?: Batching;
  /** What the operation means to the request: reads features, predicts. */
  readonly effect?: (context: Context) => void;
  /** Answers in its place where it fails, in the caller; false: nothing does. */
  readonly standIn?: (context: Context) => boolean;
  /** What `body` may call. */
  readonly mayCall?: readonly Call[];
  /** What it does in place of its stages, where these depend on what comes back. */
  readonly body?: (context: Context) => Task<Failure | null>;
}

export interface Call {
  readonly target: Service;
  readonly operation: Operation;
  /** The caller goes on with a default when it fails. */
  readonly optional?: boolean;
  /** Share of requests that make this call, 1 if absent. */
  readonly share?: number;
  readonly timeoutMs: number;
  readonly retries: 0 | 1;
}

/** Where a piece of work runs: the request, the process and the span it is in. */
export interface Context {
  readonly request: Request;
  readonly instance: Instance;
  /** Absent in services without instrumentation. */
  readonly span: OpenSpan | undefined;
  /** The span of whoever asked for it, where that is recorded. */
  readonly caller?: OpenSpan | undefined;
}

const retryPauseMs = 25;

/** A request from outside: a root server span at `entry`. */
export function* receive(
  world: World,
  entry: Service,
  operation: Operation,
  request: Request,
): Task {
  const instance = chooseInstance(entry);
  if (instance) yield* serve(world, { request, instance, span: undefined }, entry, operation);
}

/** Makes `call` from `context`, with its retries; null is success. */
export function* makeCall(world: World, context: Context, call: Call): Task<Failure | null> {
  if (world.retrying) return yield* persist(world, context, call, world.retrying);
  const first = yield* attempt(world, context, call, 0);
  if (first === null || call.retries === 0 || !retryable(first)) return first;
  yield retryPauseMs;
  return yield* attempt(world, context, call, 1);
}

/** Tries again after pauses that double, each drawn up to its length so that callers part. */
function* persist(
  world: World,
  context: Context,
  call: Call,
  { attempts, firstPauseMs }: NonNullable<World['retrying']>,
): Task<Failure | null> {
  let failure: Failure | null = null;
  for (let resend = 0; resend < attempts; resend += 1) {
    if (resend > 0) yield world.random.between(0, firstPauseMs * 2 ** (resend - 1));
    failure = yield* attempt(world, context, call, resend);
    if (failure === null || !retryable(failure)) return failure;
  }
  return failure;
}

function* attempt(
  world: World,
  context: Context,
  call: Call,
  resend: number,
): Task<Failure | null> {
  const { target, operation } = call;
  const caller = context.instance.service;
  if (target === caller) return yield* callWithin(world, context, operation);
  const pool = hasPool(target) ? poolOf(context.instance, target) : null;
  // Drivers begin a span once they have a connection.
  if (pool && !(yield* takeConnection(world, pool))) return poolExhausted(caller, pool.size);
  const span = openSpan(world, context.request, context.instance, {
    name: spanName(target, operation.endpoint),
    kind: target.protocol === 'kafka' ? 4 : 3,
    parent: context.span,
    attributes: () => clientAttributes(caller, target, operation.endpoint),
  });
  if (resend > 0 && target.protocol === 'http' && caller.conventions === 'new')
    span.attributes['http.request.resend_count'] = resend;
  const failure = yield* exchange(world, context.request, span, call);
  if (pool && !world.random.chance(caller.connectionLeak)) giveBack(pool);
  Object.assign(span.attributes, resultAttributes(caller, target, failure));
  if (failure && failure.kind !== 'carried') addException(world, span, failure);
  closeSpan(world, span, failure);
  return failure;
}

/** One part of a process calls another: no network, no slot of its own, a span inside. */
function* callWithin(world: World, context: Context, operation: Operation): Task<Failure | null> {
  const { request, instance } = context;
  const span = openSpan(world, request, instance, {
    name: operation.endpoint.name.split('/').at(-1) ?? '',
    kind: 1,
    parent: context.span,
  });
  const own = { request, instance, span, caller: context.span };
  const failure = yield* perform(world, own, operation);
  if (failure && failure.kind !== 'carried') addException(world, span, failure);
  closeSpan(world, span, failure);
  return failure;
}

function* exchange(
  world: World,
  request: Request,
  span: OpenSpan,
  call: Call,
): Task<Failure | null> {
  const { target, operation, timeoutMs } = call;
  const { clock, random } = world;
  target.calls += 1;
  if (request.recorded) target.recordedCalls += 1;
  const caller = span.instance.service;
  if (target.registered < 1 && !random.chance(target.registered)) {
    yield random.lognormal(6, 0.4);
    return unreachable(caller, target, 'unresolved');
  }
  const instance = random.chance(target.refused) ? undefined : chooseInstance(target);
  if (!instance) {
    yield random.lognormal(1, 0.4);
    return unreachable(caller, target, 'refused');
  }
  if (!accepts(target, clock.now())) {
    yield random.lognormal(2, 0.3);
    return limited(target);
  }
  const reply: Reply = { settled: clock.gate(), outcome: undefined };
  clock.spawn(answer(world, { request, instance, span }, caller, operation, reply));
  clock.at(clock.now() + timeoutMs, () => reply.settled.open());
  yield reply.settled;
  if (reply.outcome !== undefined) return reply.outcome;
  return instance.up ? timedOut(target, timeoutMs) : reset(caller, target);
}

/** What `limit` of a service counts over, ms. */
export const limitWindowMs = 10_000;

/** Whether a request more is within what the service accepts. */
function accepts({ accepted, limit }: Service, now: number): boolean {
  if (limit === null) return true;
  while (accepted.length > 0 && (accepted[0] as number) < now - limitWindowMs) accepted.shift();
  if (accepted.length >= limit) return false;
  accepted.push(now);
  return true;
}

/** The callee's side of an exchange. A process that dies resets what it was working on. */
function* answer(
  world: World,
  context: Context,
  caller: Service,
  operation: Operation,
  reply: Reply,
): Task {
  const { instance } = context;
  instance.pending.add(reply);
  yield hop(world, caller, instance.service);
  const failure = yield* serve(world, context, instance.service, operation);
  instance.pending.delete(reply);
  yield hop(world, instance.service, caller);
  reply.outcome ??= instance.up ? failure : reset(caller, instance.service);
  reply.settled.open();
}

function* serve(
  world: World,
  context: Context,
  service: Service,
  operation: Operation,
): Task<Failure | null> {
  const { request, instance } = context;
  const span = service.instrumented
    ? openSpan(world, request, instance, {
        name: spanName(service, operation.endpoint),
        kind: 2,
        parent: context.span,
        attributes: () => serverAttributes(service, operation.endpoint),
      })
    : undefined;
  yield* takeSlot(world, instance);
  const own = { request, instance, span, caller: context.span };
  const failure = yield* perform(world, own, operation);
  freeSlot(instance);
  if (failure === null) leak(world, instance);
  if (span) endServing(world, span, operation, failure);
  return failure;
}

function endServing(
  world: World,
  span: OpenSpan,
  operation: Operation,
  failure: Failure | null,
): void {
  const { instance } = span;
  Object.assign(span.attributes, resultAttributes(instance.service, instance.service, failure));
  if (failure) {
    addException(world, span, failure);
    const attributes = { 'exception.type': failure.type, 'exception.message': failure.message };
    const body = `${operation.endpoint.name}: ${failure.message}`;
    writeLog(world, instance, { severity: 'ERROR', body, attributes, span });
  } else if (span.request.recorded && world.random.chance(0.3)) {
    const ms = Math.round(world.clock.now() - span.start);
    const body = `handled ${operation.endpoint.name} in ${ms} ms`;
    writeLog(world, instance, { severity: 'INFO', body, span });
  }
  closeSpan(world, span, failure);
}

function* takeSlot(world: World, instance: Instance): Task {
  if (instance.busy < instance.service.concurrency) {
    instance.busy += 1;
    return;
  }
  const turn = world.clock.gate();
  instance.queue.push(turn);
  yield turn;
}

/** Hands the slot to the next in the queue, or gives it back. */
function freeSlot(instance: Instance): void {
  const next = instance.queue.shift();
  if (next) next.open();
  else instance.busy -= 1;
}

/** Shares of an operation's own work: before its calls, after them, and in a batch with others. */
const parts = { before: 0.6, after: 0.4, batched: 0 } as const;
const batchedParts = { before: 0.05, after: 0.05, batched: 0.9 } as const;

function* perform(world: World, context: Context, operation: Operation): Task<Failure | null> {
  const { instance } = context;
  const { random } = world;
  const code = codeIn(instance, operation.endpoint.name);
  const ms = random.lognormal(operation.workMs, operation.sigma) * code.slow;
  const { before, after, batched } = operation.batching ? batchedParts : parts;
  yield* work(world, instance, before * ms, operation.io);
  if (operation.refusal) return operation.refusal;
  if (random.chance(instance.service.errorRate)) return ownTrouble(random);
  const isThrown = random.chance(code.throws);
  const isSkipped = !isThrown && random.chance(code.skips);
  meet(context.request, code, isThrown || isSkipped);
  if (isThrown) return thrown(code.failure.type, code.failure.message);
  if (!isSkipped) {
    const failure = yield* callees(world, context, operation);
    if (failure) return failure;
  }
  if (operation.batching) {
    const rows = yield* workInBatch(world, instance, operation.batching, batched * ms);
    if (context.span) context.span.attributes['inference.batch_size'] = rows;
  }
  yield* work(world, instance, after * ms, operation.io);
  if (!isSkipped) operation.effect?.(context);
  return null;
}

function* callees(world: World, context: Context, operation: Operation): Task<Failure | null> {
  if (operation.body) return yield* operation.body(context);
  for (const stage of operation.stages) {
    if (!context.instance.up) return null;
    const failure = yield* runStage(world, context, stage);
    if (failure) return failure;
  }
  return null;
}

/** All calls of a stage; the first failure the caller cannot do without, as the caller tells it. */
function* runStage(world: World, context: Context, stage: readonly Call[]): Task<Failure | null> {
  const made = stage.filter((call) => world.random.chance(call.share ?? 1));
  const results = yield* makeCalls(world, context, made);
  for (const [place, call] of made.entries()) {
    const failure = results[place];
    if (!failure) continue;
    const isReplaced = call.optional || call.operation.standIn?.(context);
    if (!isReplaced) return carried(call.operation.endpoint.name, failure);
    fallBack(world, context, call, failure);
  }
  return null;
}

/** Makes the calls side by side; their results in the same order. */
function* makeCalls(
  world: World,
  context: Context,
  calls: readonly Call[],
): Task<(Failure | null)[]> {
  const [only, ...others] = calls;
  if (only && others.length === 0) return [yield* makeCall(world, context, only)];
  const results: (Failure | null)[] = calls.map(() => null);
  const done = calls.map((call, place) =>
    world.clock.spawn(
      (function* () {
        results[place] = yield* makeCall(world, context, call);
      })(),
    ),
  );
  for (const gate of done) yield gate;
  return results;
}

function fallBack(world: World, context: Context, call: Call, failure: Failure): void {
  const body = `${call.operation.endpoint.name} not available, using defaults: ${failure.message}`;
  const line = { severity: 'WARN', body } as const;
  writeLog(world, context.instance, context.span ? { ...line, span: context.span } : line);
}

function addException(world: World, span: OpenSpan, failure: Failure): void {
  const attributes: Attributes = {
    'exception.type': failure.type,
    'exception.message': failure.message,
  };
  span.events.push({ time: world.clock.now(), name: 'exception', attributes });
}

/** Round robin over the instances that live. */
function chooseInstance(service: Service): Instance | undefined {
  const alive = service.instances.filter(({ up }) => up);
  service.turn += 1;
  return alive[service.turn % alive.length];
}
