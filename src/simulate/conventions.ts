/** Span attributes of calls, in the old and the new semantic conventions. */
import { type Failure, grpcNames } from './failures.ts';
import type { Value } from './telemetry.ts';
import type { Protocol, Service } from './world.ts';

/** What a call is named on the wire. */
export interface Endpoint {
  /** gRPC: the method. HTTP: the route, with a leading slash. Database: the verb. */
  readonly name: string;
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** Database: the table, collection or key space. */
  readonly table?: string;
}

type Written = Record<string, Value>;

const isDatabase = (protocol: Protocol): boolean =>
  protocol !== 'http' && protocol !== 'grpc' && protocol !== 's3' && protocol !== 'kafka';
const isHttp = (protocol: Protocol): boolean => protocol === 'http' || protocol === 's3';
const rpcService = (service: Service): string => `${service.package}`;

export function spanName(target: Service, endpoint: Endpoint): string {
  if (target.protocol === 'grpc') return `${rpcService(target)}/${endpoint.name}`;
  if (isDatabase(target.protocol) || target.protocol === 'kafka') {
    return `${endpoint.name} ${endpoint.table ?? ''}`.trim();
  }
  return `${endpoint.method ?? 'GET'} ${endpoint.name}`;
}

export function clientAttributes(caller: Service, target: Service, endpoint: Endpoint): Written {
  const old = caller.conventions === 'old';
  const peer: Written = old
    ? { 'net.peer.name': target.address, 'net.peer.port': target.port }
    : { 'server.address': target.address, 'server.port': target.port };
  if (isDatabase(target.protocol)) return { ...database(old, target, endpoint), ...peer };
  if (target.protocol === 'kafka') return { ...messaging(old, endpoint), ...peer };
  if (target.protocol === 'grpc') return { ...rpc(old, target, endpoint), ...peer };
  const method = endpoint.method ?? 'GET';
  const url = `http://${target.address}:${target.port}${endpoint.name}`;
  return old
    ? { 'http.method': method, 'http.url': url, ...peer }
    : { 'http.request.method': method, 'url.full': url, ...peer };
}

export function serverAttributes(service: Service, endpoint: Endpoint): Written {
  const old = service.conventions === 'old';
  if (service.protocol === 'grpc') return rpc(old, service, endpoint);
  const method = endpoint.method ?? 'GET';
  const route = endpoint.name;
  return old
    ? { 'http.method': method, 'http.route': route, 'net.host.name': service.address }
    : { 'http.request.method': method, 'http.route': route, 'server.address': service.address };
}

function database(old: boolean, target: Service, endpoint: Endpoint): Written {
  const table = endpoint.table ?? 'default';
  return old
    ? {
        'db.system': target.protocol,
        'db.operation': endpoint.name,
        'db.statement': `${endpoint.name} ${table}`,
      }
    : {
        'db.system.name': target.protocol,
        'db.operation.name': endpoint.name,
        'db.collection.name': table,
      };
}

function messaging(old: boolean, endpoint: Endpoint): Written {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': endpoint.table ?? 'default',
    [old ? 'messaging.operation' : 'messaging.operation.type']: old ? 'publish' : 'send',
  };
}

function rpc(old: boolean, target: Service, endpoint: Endpoint): Written {
  return old
    ? { 'rpc.system': 'grpc', 'rpc.service': rpcService(target), 'rpc.method': endpoint.name }
    : { 'rpc.system.name': 'grpc', 'rpc.method': `${rpcService(target)}/${endpoint.name}` };
}

/** The attributes that say how the call ended; `writer` is the side that writes them. */
export function resultAttributes(
  writer: Service,
  target: Service,
  failure: Failure | null,
): Written {
  const old = writer.conventions === 'old';
  const error: Written = failure && !old ? { 'error.type': failure.type } : {};
  if (isDatabase(target.protocol) || target.protocol === 'kafka') return error;
  if (isHttp(target.protocol)) {
    const status = failure ? failure.http : 200;
    if (status === 0) return error;
    return { [old ? 'http.status_code' : 'http.response.status_code']: status, ...error };
  }
  const code = failure ? failure.grpc : 0;
  return old
    ? { 'rpc.grpc.status_code': code }
    : { 'rpc.response.status_code': grpcNames[code] ?? 'UNKNOWN', ...error };
}
