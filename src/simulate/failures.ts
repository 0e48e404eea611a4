/**
 * How failures read: the texts that common HTTP and gRPC clients really write, by language.
 * Their form follows grpc-go, grpc-java, grpc-node, grpc-python, Node's net, urllib3, the JDK.
 */
import type { Random } from './random.ts';
import type { Language, Service } from './world.ts';

/** What a caller is told. `http` and `grpc` are the codes the caller sees; 0 is no response. */
export interface Failure {
  readonly kind:
    | 'refused'
    | 'unresolved'
    | 'reset'
    | 'timeout'
    | 'limited'
    | 'pool'
    | 'own'
    | 'carried';
  /** `error.type` and `exception.type`. */
  readonly type: string;
  readonly message: string;
  readonly http: number;
  readonly grpc: number;
}

/** No connection was made or it broke: a second try may help. */
export const retryable = ({ kind }: Failure): boolean =>
  kind === 'refused' || kind === 'unresolved' || kind === 'reset' || kind === 'timeout';

/** gRPC status codes by number (grpc.github.io, "Status codes and their use"). */
export const grpcNames: Readonly<Record<number, string>> = {
  0: 'OK',
  2: 'UNKNOWN',
  3: 'INVALID_ARGUMENT',
  4: 'DEADLINE_EXCEEDED',
  8: 'RESOURCE_EXHAUSTED',
  13: 'INTERNAL',
  14: 'UNAVAILABLE',
};

interface Texts {
  readonly type: string;
  readonly grpcType: string;
  refused(target: Service): string;
  refusedGrpc(target: Service): string;
  unresolved(target: Service): string;
  unresolvedGrpc(target: Service): string;
}

const texts: Readonly<Record<Language, Texts>> = {
  go: {
    type: '*net.OpError',
    grpcType: '*status.Error',
    refused: (t) => `dial tcp ${t.ip}:${t.port}: connect: connection refused`,
    refusedGrpc: (t) =>
      `rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp ${t.ip}:${t.port}: connect: connection refused"`,
    unresolved: (t) => `dial tcp: lookup ${t.address} on 10.96.0.10:53: no such host`,
    unresolvedGrpc: (t) =>
      `rpc error: code = Unavailable desc = name resolver error: produced zero addresses (lookup ${t.address}: no such host)`,
  },
  nodejs: {
    type: 'Error',
    grpcType: 'ServiceError',
    refused: (t) => `connect ECONNREFUSED ${t.ip}:${t.port}`,
    refusedGrpc: (t) =>
      `14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED ${t.ip}:${t.port}`,
    unresolved: (t) => `getaddrinfo ENOTFOUND ${t.address}`,
    unresolvedGrpc: (t) =>
      `14 UNAVAILABLE: Name resolution failed for target dns:${t.address}:${t.port}`,
  },
  python: {
    type: 'requests.exceptions.ConnectionError',
    grpcType: 'grpc.aio._call.AioRpcError',
    refused: (t) =>
      `HTTPConnectionPool(host='${t.address}', port=${t.port}): Max retries exceeded (Caused by NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused'))`,
    refusedGrpc: (t) =>
      `failed to connect to all addresses; last error: UNKNOWN: ipv4:${t.ip}:${t.port}: Failed to connect to remote host: Connection refused`,
    unresolved: (t) =>
      `HTTPConnectionPool(host='${t.address}', port=${t.port}): Max retries exceeded (Caused by NameResolutionError("Failed to resolve '${t.address}' ([Errno -2] Name or service not known)"))`,
    unresolvedGrpc: (t) =>
      `DNS resolution failed for ${t.address}:${t.port}: C-ares status is not ARES_SUCCESS: Domain name not found`,
  },
  java: {
    type: 'java.net.ConnectException',
    grpcType: 'io.grpc.StatusRuntimeException',
    refused: (t) => `Connection refused: ${t.address}/${t.ip}:${t.port}`,
    refusedGrpc: (t) =>
      `UNAVAILABLE: io exception: Connection refused: ${t.address}/${t.ip}:${t.port}`,
    unresolved: (t) => `${t.address}: Name or service not known`,
    unresolvedGrpc: (t) => `UNAVAILABLE: Unable to resolve host ${t.address}`,
  },
};

const typeOf = (caller: Service, target: Service): string => {
  const own = texts[caller.language];
  return target.protocol === 'grpc' ? own.grpcType : own.type;
};

/** No process listens, or (`unresolved`) its name has left the registry as well. */
export function unreachable(
  caller: Service,
  target: Service,
  kind: 'refused' | 'unresolved',
): Failure {
  const own = texts[caller.language];
  const key = target.protocol === 'grpc' ? (`${kind}Grpc` as const) : kind;
  return { kind, type: typeOf(caller, target), message: own[key](target), http: 0, grpc: 14 };
}

/** The connection broke while the caller waited. */
export const reset = (caller: Service, target: Service): Failure => ({
  kind: 'reset',
  type: typeOf(caller, target),
  message:
    target.protocol === 'grpc'
      ? '14 UNAVAILABLE: Connection dropped'
      : `read tcp ${target.ip}:${target.port}: connection reset by peer`,
  http: 0,
  grpc: 14,
});

export const timedOut = (target: Service, limitMs: number): Failure => ({
  kind: 'timeout',
  type: 'timeout',
  message:
    target.protocol === 'grpc'
      ? `context deadline exceeded after ${limitMs}ms`
      : `timeout of ${limitMs}ms exceeded`,
  http: 0,
  grpc: 4,
});

/** The callee turns the request away because there were too many. */
export const limited = (target: Service): Failure => ({
  kind: 'limited',
  type: target.protocol === 'grpc' ? 'RESOURCE_EXHAUSTED' : 'RateLimitError',
  message:
    target.protocol === 'grpc'
      ? 'RESOURCE_EXHAUSTED: quota of requests per second exceeded'
      : 'Error code: 429 - too many requests, please slow down',
  http: 429,
  grpc: 8,
});

const poolTexts: Readonly<Record<Language, { type: string; message: (size: number) => string }>> = {
  go: {
    type: '*errors.errorString',
    message: () => 'context deadline exceeded: no free connection',
  },
  nodejs: {
    type: 'ResourceRequestTimeout',
    message: () => 'ResourceRequest timed out: all connections of the pool are in use',
  },
  python: {
    type: 'sqlalchemy.exc.TimeoutError',
    message: (size) => `QueuePool limit of size ${size} overflow 0 reached, connection timed out`,
  },
  java: {
    type: 'java.sql.SQLTransientConnectionException',
    message: (size) => `HikariPool-1 - Connection is not available (total=${size}, idle=0)`,
  },
};

/** No connection to a database came free in time. */
export function poolExhausted(caller: Service, size: number): Failure {
  const { type, message } = poolTexts[caller.language];
  return { kind: 'pool', type, message: message(size), http: 500, grpc: 13 };
}

/** What its own code throws. */
export const thrown = (type: string, message: string): Failure => ({
  kind: 'own',
  type,
  message,
  http: 500,
  grpc: 13,
});

const ownTroubles = [
  { type: 'ValueError', message: 'could not parse request payload: unexpected end of input' },
  { type: 'ConcurrentModificationError', message: 'entity was updated by another transaction' },
  { type: 'PoolTimeout', message: 'timed out waiting for a free worker' },
  { type: 'KeyError', message: "'locale'" },
  { type: 'IllegalStateException', message: 'cursor is already closed' },
] as const;

/** The ordinary trouble of a service that has nothing to do with any fault. */
export function ownTrouble(random: Random): Failure {
  return { kind: 'own', ...random.pick(ownTroubles), http: 500, grpc: 13 };
}

/** What a service answers when a dependency it needs has failed. */
export const carried = (operation: string, failure: Failure): Failure => ({
  kind: 'carried',
  type: failure.type,
  message: `${operation} failed: ${failure.message}`,
  http: failure.kind === 'timeout' ? 504 : failure.http === 500 ? 500 : 503,
  grpc: failure.kind === 'timeout' ? 4 : 13,
});
