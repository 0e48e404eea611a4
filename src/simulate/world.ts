/**
 * The simulated estate: hosts, services, their instances, and what they record.
 *
 * A process that is gone records nothing more: everything goes through `record…` here, and these
 * ask whether the instance lives. Each host's clock is off by a constant of up to 2 ms (what NTP
 * holds within a data centre, an assumption), which is added where a record is made.
 */
import type { Clock, Gate } from './clock.ts';
import type { CodeFault } from './code.ts';
import type { Failure } from './failures.ts';
import type { Naming, Role } from './names.ts';
import type { Random } from './random.ts';
import type {
  Attributes,
  LogRecord,
  PointRecord,
  Resource,
  SpanEvent,
  SpanKind,
  Telemetry,
  Value,
} from './telemetry.ts';

/** All in simulated ms, which begin with a warm-up that no file shows. */
export interface Timeline {
  readonly baseline: readonly [number, number];
  readonly incident: readonly [number, number];
  readonly onset: number;
  readonly end: number;
}

export interface Host {
  readonly name: string;
  readonly clockOffset: number;
  /** Of what the node itself reports. */
  readonly resource: Resource;
  /** Share of the disk's time that others take. */
  diskTaken: number;
  /** Disk time used by processes here since the last sample, ms. */
  diskMs: number;
}

export type Language = 'go' | 'python' | 'java' | 'nodejs';
export type Protocol =
  | 'http'
  | 'grpc'
  | 'redis'
  | 'postgresql'
  | 'cassandra'
  | 's3'
  | 'qdrant'
  | 'kafka';

export interface Service {
  readonly name: string;
  /** The parts of the system that live in it. */
  readonly roles: Role[];
  readonly address: string;
  readonly ip: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly language: Language;
  /** Which generation of the HTTP, RPC and database conventions its SDK writes. */
  readonly conventions: 'old' | 'new';
  /** False for databases and providers: known only from their clients' spans. */
  readonly instrumented: boolean;
  readonly package: string;
  /** Requests one instance works on at a time; the others queue. */
  concurrency: number;
  /** CPU seconds per second of its own work. */
  readonly cpuShare: number;
  /** Chance that a request fails for a reason of the service's own. */
  errorRate: number;
  version: string;
  /** How often a version was rolled out. */
  releases: number;
  instances: Instance[];
  /** Share of look-ups of its name that find it; a process can be gone while its name is known. */
  registered: number;
  /** What happens to its packets: extra one-way delay, ms, and the share that is lost. */
  readonly network: { delayMs: number; loss: number };
  /** Share of attempts to connect that its port refuses, or that go to a process that is gone. */
  refused: number;
  /** Calls to it so far, and those of them in traces that are recorded. */
  calls: number;
  recordedCalls: number;
  /** Requests that it accepts within ten seconds; null: all. */
  limit: number | null;
  /** Times of the requests it accepted in those. */
  readonly accepted: number[];
  /** Share of connections to databases that its code does not give back. */
  connectionLeak: number;
  /** What its code does wrong, by the name of the endpoint. */
  readonly code: Map<string, CodeFault>;
  /** Connections that each of its processes holds to a database. */
  readonly pools: Map<string, Pool>;
  /** Counts calls, for round robin. */
  turn: number;
  /** Resource attributes of its own for the instance with this index. */
  readonly extra: (index: number) => Attributes;
}

export interface Instance {
  readonly service: Service;
  readonly host: Host;
  readonly resource: Resource;
  readonly id: string;
  readonly index: number;
  readonly bornAt: number;
  /** Which of the releases of its service it runs. */
  readonly release: number;
  up: boolean;
  busy: number;
  readonly queue: Gate[];
  /** Replies callers wait for: what fails at once when the process dies. */
  readonly pending: Set<Reply>;
  /** CPU ms used since the last sample. */
  cpuMs: number;
  readonly memoryBytes: number;
  /** Up to how many bytes in all a cache fills it. */
  cacheBytes: number;
  /** Bytes it never gives back. */
  leakedBytes: number;
  leakPerRequest: number;
  readonly memoryLimit: number;
  /** Share of its CPU that something else takes. */
  cpuTaken: number;
  /** How often the process in this place was started again. */
  restarts: number;
  /** Requests since the process began. */
  served: number;
}

/** Connections to one database; whoever finds none waits. */
export interface Pool {
  free: number;
  readonly size: number;
  readonly waiting: { readonly turn: Gate; isGone: boolean }[];
}

export interface Reply {
  readonly settled: Gate;
  /** Undefined until there is one; null is success. */
  outcome: Failure | null | undefined;
}

/** A request on its way: one trace, and the state the services pass along with it. */
export interface Request {
  readonly traceId: string;
  /** Head sampling and the recorded windows decide once for the whole trace. */
  readonly recorded: boolean;
  /** How badly the features read for this request fit the world: 0 not at all, 1 useless. */
  misfit: number;
  /** What the last search found: documents, and how well the best fits, 0 to 1. */
  documents: number;
  topScore: number;
}

export interface OpenSpan {
  readonly request: Request;
  readonly instance: Instance;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly start: number;
  readonly attributes: Record<string, Value>;
  readonly events: SpanEvent[];
  readonly link: OpenSpan | undefined;
}

export interface World {
  readonly clock: Clock;
  readonly timeline: Timeline;
  readonly telemetry: Telemetry;
  readonly naming: Naming;
  readonly hosts: readonly Host[];
  /** Share of spans that never arrive, by service; nothing: all arrive. */
  readonly lossy: Map<string, number>;
  readonly services: Service[];
  /** Chance in the mechanics: service times, arrivals, errors. */
  readonly random: Random;
  readonly ids: Random;
  /** Share of traces the SDKs record. */
  readonly sampling: number;
  /** Factor on the arrival rate; distractors change it. */
  traffic: number;
  /** What callers do about calls that fail, where that is the practice; null: as each call says. */
  retrying: { readonly attempts: number; readonly firstPauseMs: number } | null;
  /** Further factors by the route of a request. */
  readonly surge: Map<string, number>;
}

const recordedAt = ({ baseline, incident }: Timeline, time: number): boolean =>
  (time >= baseline[0] && time < baseline[1]) || (time >= incident[0] && time < incident[1]);

export function startRequest(world: World, sampled: boolean): Request {
  const recorded = sampled && recordedAt(world.timeline, world.clock.now());
  return { traceId: world.ids.hex(32), recorded, misfit: 0, documents: 0, topScore: 0 };
}

export function openSpan(
  world: World,
  request: Request,
  instance: Instance,
  span: {
    name: string;
    kind: SpanKind;
    parent?: OpenSpan | undefined;
    link?: OpenSpan | undefined;
    attributes?: () => Attributes;
  },
): OpenSpan {
  return {
    request,
    instance,
    spanId: request.recorded ? world.ids.hex(16) : '',
    parentSpanId: span.parent?.spanId ?? '',
    name: span.name,
    kind: span.kind,
    start: world.clock.now(),
    attributes: request.recorded ? { ...span.attributes?.() } : {},
    events: [],
    link: span.link,
  };
}

/** Ends the span now; `error` makes its status an error. */
export function closeSpan(world: World, span: OpenSpan, error: { message: string } | null): void {
  if (!span.request.recorded || !span.instance.up) return;
  const lost = world.lossy.get(span.instance.service.name);
  if (lost !== undefined && world.ids.chance(lost)) return;
  const offset = span.instance.host.clockOffset;
  world.telemetry.spans.push({
    resource: span.instance.resource,
    traceId: span.request.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: span.kind,
    start: span.start + offset,
    end: world.clock.now() + offset,
    attributes: span.attributes,
    events: span.events.map((event) => ({ ...event, time: event.time + offset })),
    link: linkOf(span.link),
    error,
  });
}

const linkOf = (link: OpenSpan | undefined) =>
  link ? { traceId: link.request.traceId, spanId: link.spanId } : null;

/** Writes a log line; `span` ties it to a request. Lines of unsampled requests are kept. */
export function writeLog(
  world: World,
  instance: Instance,
  line: Pick<LogRecord, 'severity' | 'body'> & { attributes?: Attributes; span?: OpenSpan },
): void {
  const now = world.clock.now();
  if (!instance.up || !recordedAt(world.timeline, now)) return;
  const request = line.span?.request;
  world.telemetry.logs.push({
    resource: instance.resource,
    time: now + instance.host.clockOffset,
    severity: line.severity,
    body: line.body,
    attributes: line.attributes ?? {},
    traceId: request?.recorded ? request.traceId : '',
    spanId: line.span?.spanId ?? '',
  });
}

export function recordPoint(
  world: World,
  instance: Instance,
  point: Pick<PointRecord, 'metric' | 'unit' | 'reading'> & { attributes?: Attributes },
): void {
  if (!instance.up || world.clock.now() < world.timeline.baseline[0]) return;
  world.telemetry.points.push({
    resource: instance.resource,
    time: world.clock.now(),
    attributes: point.attributes ?? {},
    metric: point.metric,
    unit: point.unit,
    reading: point.reading,
  });
}

/** A reading that the node itself gives, for all that runs on it. */
export function recordHostPoint(
  world: World,
  host: Host,
  point: Pick<PointRecord, 'metric' | 'unit' | 'reading'>,
): void {
  if (world.clock.now() < world.timeline.baseline[0]) return;
  const { resource } = host;
  world.telemetry.points.push({ resource, time: world.clock.now(), attributes: {}, ...point });
}

export const gauge = (value: number) => ({ kind: 'gauge', value }) as const;
