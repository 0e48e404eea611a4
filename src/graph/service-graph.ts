/**
 * Service graph: who calls whom, and how it goes; also for callees that sent no span at all,
 * because the service at fault is often just such a one. Its size grows with services, instances
 * and the names callers use, not with spans.
 */
import type {
  PeerAddress,
  PeerName,
  ServiceEdge,
  ServiceGraph,
  ServiceNode,
  SpanView,
  TraceColumns,
} from '../model.ts';
import { ofAlike } from './alike.ts';
import { type Addresses, type Call, visitCalls } from './calls.ts';
import { linkEdges } from './links.ts';
import { type Resolution, resolveNames } from './name-resolution.ts';
import { aliasKey, choose, cleanNames, isPublicHost } from './peer-name.ts';
import { countCall, edgeTallies, emptyTally, mergeTally, type Tally } from './tally.ts';

export interface ServiceGraphBuilder {
  /** Each trace once, in any order. */
  add(trace: TraceColumns): void;
  finish(): ServiceGraph;
}

interface Seen {
  spans: number;
  errors: number;
  readonly instances: Set<string>;
}

/** One list of names that callers use, and what came of their calls. */
interface Address {
  readonly names: readonly PeerName[];
  /** Calls by the service that answered. */
  readonly answered: Map<string, number>;
  readonly unanswered: Unanswered[];
}

/** Unanswered calls of one service that go by the same names. */
interface Unanswered {
  readonly caller: string;
  readonly via: ServiceEdge['via'];
  readonly names: readonly PeerName[];
  readonly tally: Tally;
}

interface Answered {
  readonly name: PeerName;
  readonly votes: Map<string, number>;
}

/**
 * Accumulates the service graph trace by trace. `peer`: null if a span names no callee. `links`:
 * false if no span of any trace links to another.
 */
export function serviceGraphBuilder(
  peer: (span: SpanView) => PeerAddress | null,
  { links: mayLink = true } = {},
): ServiceGraphBuilder {
  const seen = new Map<string, Seen>();
  const seenOf = ofAlike((span) => seenAt(seen, span));
  const known = new Map<string, Address>();
  const addresses = addressesOf(peer, known);
  const edges = edgeTallies();
  const links = linkEdges(edges);

  const addCall = (call: Call<Address>): void => {
    const { caller, callee, address } = call;
    const via = call.messaging ? 'messaging' : 'call';
    if (callee === null) {
      if (address !== null) countCall(unansweredTally(address, caller, via), call, false);
      return;
    }
    if (address !== null) address.answered.set(callee, (address.answered.get(callee) ?? 0) + 1);
    if (call.repeated || callee === caller) return;
    countCall(edges.at(caller, callee, via), call, true);
  };

  return {
    add(trace) {
      for (let index = 0; index < trace.count; index += 1) {
        const span = trace.spans[index] as SpanView;
        countSpan(seenOf(span), span);
      }
      visitCalls(trace, addresses, addCall);
      if (mayLink) links.add(trace);
    },
    finish() {
      const groups = [...known.values()].flatMap(({ unanswered }) => unanswered);
      const sightings = groups.map(({ names, tally }) => ({ names, calls: tally.calls }));
      const resolution = resolveNames(seen.keys(), votesFor(known.values()), sightings);
      let unresolvedCalls = 0;
      for (const { caller, via, names, tally } of groups) {
        const callee = resolution.resolve(names);
        if (callee === null) unresolvedCalls += tally.calls;
        else if (callee !== caller) mergeTally(edges.at(caller, callee, via), tally);
      }
      const unresolvedLinks = links.finish();
      const kinds = kindsOf(groups, resolution);
      // A name that never stood for a callee, being split between nodes, has no node of its own.
      const aliases = [...resolution.nodeOf]
        .filter(([, node]) => seen.has(node) || kinds.has(node))
        .sort(([a], [b]) => (a < b ? -1 : 1));
      return {
        nodes: nodesOf(seen, kinds, aliases),
        edges: edges.edges(),
        aliases: Object.fromEntries(aliases),
        unresolvedCalls,
        unresolvedLinks,
      };
    },
  };
}

/** Addresses of equal names are one, kept in `known`. */
function addressesOf(
  peer: (span: SpanView) => PeerAddress | null,
  known: Map<string, Address>,
): Addresses<Address> {
  const addressWith = (names: readonly PeerName[]): Address => {
    const key = names.map(({ kind, name }) => `${kind}:${name}`).join('\0');
    const address = known.get(key) ?? { names, answered: new Map(), unanswered: [] };
    known.set(key, address);
    return address;
  };
  return {
    of: ofAlike((span) => {
      const address = peer(span);
      return address && addressWith(cleanNames(address));
    }),
    names: ({ names }) => names,
    together: (all) => addressWith(cleanNames({ names: all.flatMap(({ names }) => names) })),
  };
}

/**
 * Node that an address denotes; null if its names identify nobody. A name of a service that sent
 * spans goes before one that did not, then the stronger name.
 */
export function resolvePeer(graph: ServiceGraph, address: PeerAddress): string | null {
  const nodeOf = (key: string): string | null => graph.aliases[key] ?? null;
  const chosen = choose(
    cleanNames(address),
    (key) => isObserved(graph, nodeOf(key)),
    (key) => nodeOf(key) !== null,
  );
  return chosen && nodeOf(aliasKey(chosen));
}

/** By binary search: this is asked for every client span of a trace sample. */
function isObserved({ nodes }: ServiceGraph, service: string | null): boolean {
  if (service === null) return false;
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((nodes[middle]?.service ?? '') < service) low = middle + 1;
    else high = middle;
  }
  return nodes[low]?.service === service && nodes[low]?.observed === true;
}

/** What was seen of the span's service; its instance is one of them from now on. */
function seenAt(seen: Map<string, Seen>, { service, instance }: SpanView): Seen {
  const found = seen.get(service) ?? { spans: 0, errors: 0, instances: new Set() };
  seen.set(service, found);
  if (instance !== null) found.instances.add(instance);
  return found;
}

function countSpan(service: Seen, { status }: SpanView): void {
  service.spans += 1;
  if (status === 'error') service.errors += 1;
}

/** By alias key: which services answered to a name, and how often. */
function votesFor(addresses: Iterable<Address>): ReadonlyMap<string, Answered> {
  const votes = new Map<string, Answered>();
  for (const { names, answered } of addresses) {
    for (const name of names) {
      for (const [service, calls] of answered) vote(votes, name, service, calls);
    }
  }
  return votes;
}

function vote(
  answered: Map<string, Answered>,
  name: PeerName,
  service: string,
  calls: number,
): void {
  const key = aliasKey(name);
  const known = answered.get(key);
  const votes = known?.votes ?? new Map<string, number>();
  votes.set(service, (votes.get(service) ?? 0) + calls);
  // Of spellings that differ in case the smallest stays, whichever trace comes first.
  answered.set(key, { name: known && known.name.name < name.name ? known.name : name, votes });
}

function unansweredTally(
  { names, unanswered }: Address,
  caller: string,
  via: ServiceEdge['via'],
): Tally {
  const known = unanswered.find((group) => group.caller === caller && group.via === via);
  if (known !== undefined) return known.tally;
  const tally = emptyTally();
  unanswered.push({ caller, via, names, tally });
  return tally;
}

/** Observed and unobserved nodes, by service name. */
function nodesOf(
  seen: ReadonlyMap<string, Seen>,
  kinds: ReadonlyMap<string, ServiceNode['kind']>,
  aliases: readonly (readonly [key: string, node: string])[],
): readonly ServiceNode[] {
  const names = new Map<string, Set<string>>();
  for (const [key, node] of aliases) {
    const name = key.slice(key.indexOf(':') + 1);
    if (name === node.toLowerCase()) continue;
    names.set(node, (names.get(node) ?? new Set()).add(name));
  }
  const silent: Seen = { spans: 0, errors: 0, instances: new Set() };
  const services = [...new Set([...seen.keys(), ...kinds.keys()])].sort();
  return services.map((service) => {
    const { spans, errors, instances } = seen.get(service) ?? silent;
    const observed = seen.has(service);
    return {
      service,
      observed,
      spans,
      errors,
      instances: [...instances].sort(),
      aliases: [...(names.get(service) ?? [])].sort(),
      kind: observed ? 'service' : (kinds.get(service) ?? 'service'),
    };
  });
}

/** What the callees of unanswered calls are, by node: told by the kinds of names callers use. */
function kindsOf(
  groups: readonly Unanswered[],
  { resolve }: Resolution,
): ReadonlyMap<string, ServiceNode['kind']> {
  const given = new Map<string, Set<PeerName['kind']>>();
  for (const { names } of groups) {
    const node = resolve(names);
    if (node === null) continue;
    const kinds = given.get(node) ?? new Set();
    given.set(node, kinds);
    for (const { kind } of names) kinds.add(kind);
  }
  return new Map([...given].map(([node, kinds]) => [node, kindOf(node, kinds)]));
}

function kindOf(node: string, kinds: ReadonlySet<PeerName['kind']>): ServiceNode['kind'] {
  if (kinds.has('messaging')) return 'messaging';
  if (kinds.has('database')) return 'database';
  return isPublicHost(node) ? 'external' : 'service';
}
