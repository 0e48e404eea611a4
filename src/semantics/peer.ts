/**
 * Whom a client span calls, by every name it gives: stable and older OpenTelemetry conventions
 * side by side, because instrumentation in one system is rarely of one age.
 */
import type { Attributes, PeerAddress, PeerName, Span } from '../model.ts';
import { firstText } from './resource.ts';

const outgoing = new Set(['client', 'producer']);

/** Names of the callee, strongest first; null if the span calls nobody or names nobody. */
export function peerOf(span: Pick<Span, 'kind' | 'attributes'>): PeerAddress | null {
  const names = outgoing.has(span.kind) ? namesIn(span.attributes) : [];
  return names.length === 0 ? null : { names };
}

function namesIn(attributes: Attributes): readonly PeerName[] {
  const names: PeerName[] = [];
  const add = (kind: PeerName['kind'], name: string | null): void => {
    if (name === null || name === '') return;
    if (!names.some((known) => known.kind === kind && known.name === name)) {
      names.push({ kind, name });
    }
  };
  add('peer', firstText(attributes, serviceNames));
  for (const host of hostsIn(attributes)) add(isAddress(host) ? 'ip' : 'host', host);
  add('database', databaseIn(attributes));
  add('messaging', firstText(attributes, queueNames));
  add('rpc', rpcServiceIn(attributes));
  return names;
}

const serviceNames = ['peer.service', 'service.peer.name'];
const queueNames = ['messaging.destination.name', 'messaging.destination'];
const urlNames = ['url.full', 'http.url'];
const databaseNames = ['db.system.name', 'db.system'];
const namespaceNames = ['db.namespace', 'db.name', 'db.redis.database_index'];
const rpcNames = ['rpc.service', 'rpc.method'];
const hostNames = [
  'server.address',
  'net.peer.name',
  'http.host',
  'net.sock.peer.name',
  'network.peer.address',
  'net.peer.ip',
  'net.sock.peer.addr',
];

/** Every name that `peerOf` looks at. */
export const peerNames: readonly string[] = [
  ...[serviceNames, queueNames, urlNames, databaseNames, namespaceNames, rpcNames, hostNames],
].flat();

function hostsIn(attributes: Attributes): readonly string[] {
  const hosts = hostNames.map((name) => firstText(attributes, [name]));
  const url = firstText(attributes, urlNames);
  return [...hosts, url === null ? null : hostOfUrl(url)]
    .filter((host): host is string => host !== null)
    .map(withoutPort);
}

function hostOfUrl(url: string): string | null {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?(\[[^\]]+\]|[^:/?#]+)/i.exec(url)?.[1] ?? null;
}

/** `[::ffff:10.0.0.1]:80` and `10.0.0.1:80` are both 10.0.0.1. */
const withoutPort = (host: string): string =>
  host
    .replace(/^\[(.+)\](?::\d+)?$/, '$1')
    .replace(/^([^:]+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '');

const isAddress = (host: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(':');

/** "postgresql" alone says little: with the database's name it is one store among several. */
function databaseIn(attributes: Attributes): string | null {
  const system = firstText(attributes, databaseNames);
  if (system === null) return null;
  const name = firstText(attributes, namespaceNames);
  return name === null ? system : `${system}/${name}`;
}

/** gRPC's fully qualified method carries the service in the stable convention. */
function rpcServiceIn(attributes: Attributes): string | null {
  const service = firstText(attributes, ['rpc.service']);
  if (service !== null) return service;
  const method = firstText(attributes, ['rpc.method']);
  return method?.includes('/') ? (method.replace(/^\//, '').split('/')[0] ?? null) : null;
}
