/** Names by which callers address a callee: how they are compared, and how they are shown. */
import type { PeerAddress, PeerName } from '../model.ts';

/** Strongest first: how directly a name of this kind was given to one service. */
const strength: readonly PeerName['kind'][] = [
  'peer',
  'host',
  'database',
  'messaging',
  'rpc',
  'ip',
];

/** Key of a name in `ServiceGraph.aliases`: kind and lower-case name, of a name as `cleanNames` gives it. */
export const aliasKey = ({ kind, name }: PeerName): string => `${kind}:${name.toLowerCase()}`;

/**
 * The names of an address that can tell one callee from another, strongest first, each once:
 * hosts without port and final dot, hosts that are IPs as such, nothing that means "this machine".
 */
export function cleanNames(address: PeerAddress): readonly PeerName[] {
  const byKey = new Map<string, PeerName>();
  for (const given of address.names) {
    const name = isHostLike(given) ? withoutPort(given) : { ...given, name: given.name.trim() };
    if (name.name === '' || (isHostLike(name) && isLoopback(name.name))) continue;
    const key = aliasKey(name);
    if (!byKey.has(key)) byKey.set(key, name);
  }
  return [...byKey.values()].sort(compareNames);
}

/** Strongest first; within a kind by name. A total order on what `aliasKey` tells apart. */
export function compareNames(a: PeerName, b: PeerName): number {
  const byKind = strength.indexOf(a.kind) - strength.indexOf(b.kind);
  if (byKind !== 0) return byKind;
  const [left, right] = [a.name.toLowerCase(), b.name.toLowerCase()];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/**
 * The name of a call that stands for its callee: the strongest known one, else the strongest
 * usable one; an IP only if no other name is usable. Null if none is.
 */
export function choose(
  names: readonly PeerName[],
  isKnown: (key: string) => boolean,
  isUsable: (key: string) => boolean = () => true,
): PeerName | null {
  const usable = names.filter((name) => isUsable(aliasKey(name)));
  const named = usable.filter(({ kind }) => kind !== 'ip');
  const pool = named.length > 0 ? named : usable;
  return pool.find((name) => isKnown(aliasKey(name))) ?? pool[0] ?? null;
}

/** What a node is called that is known by this name: a Kubernetes host without its domain. */
export function displayName({ kind, name }: PeerName): string {
  return isHostKind(kind) && kubernetesHost.test(name) ? firstLabel(name) : name;
}

/**
 * Lower-case names of observed services that this name would mean: itself, the first label of a
 * private host (`cart.default.svc:7070` is `cart`, `api.openai.com` is not `api`), the last part of
 * an RPC service (`oteldemo.CartService` is `cartservice`).
 */
export function serviceNamesOf({ kind, name }: PeerName): readonly string[] {
  const whole = name.toLowerCase();
  if (kind === 'rpc') return [whole, lastPart(whole)];
  return isHostKind(kind) && !isPublicHost(name) ? [whole, firstLabel(whole)] : [whole];
}

/** Last segment of an RPC service: `oteldemo.CartService` is `CartService`. */
export const lastPart = (rpc: string): string => rpc.split(/[./]/).findLast(Boolean) ?? rpc;

/** True for a host name that the public DNS would know. */
export function isPublicHost(name: string): boolean {
  const labels = name.toLowerCase().split('.');
  const top = labels.at(-1) ?? '';
  if (labels.length < 2) return false;
  return publicDomains.has(top) || (labels.length > 2 && countryLike.test(top));
}

const isHostKind = (kind: PeerName['kind']): boolean => kind === 'peer' || kind === 'host';
const isHostLike = ({ kind }: PeerName): boolean => isHostKind(kind) || kind === 'ip';
const firstLabel = (host: string): string => host.split('.')[0] ?? host;

/** Service names in a cluster: `name.namespace.svc`, with or without the cluster's domain. */
const kubernetesHost = /^[^.]+\.[^.]+\.svc(\.|$)/i;

/** Domains nobody names a namespace or a network of their own after. Not complete; need not be. */
const publicDomains = new Set(['ai', 'co', 'com', 'edu', 'gov', 'info', 'int', 'io', 'net', 'org']);

/** `x.y.de`, `x.y.dev`: with two labels these are as likely `service.namespace`. */
const countryLike = /^([a-z]{2}|app|cloud|dev|tech|xyz)$/;

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const isIp = (name: string): boolean => ipv4.test(name) || name.includes(':');
const isLoopback = (name: string): boolean =>
  /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|0\.0\.0\.0|::1?)$/i.test(name);

function withoutPort({ kind, name }: PeerName): PeerName {
  const host = name
    .trim()
    .replace(/^\[(.+)\](:\d+)?$/, '$1')
    .replace(/^([^:]+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/\.$/, '');
  return { kind: isIp(host) ? 'ip' : kind, name: host };
}
