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
  Span,
  TraceTree,
} from '../model.ts';
import { ofAlike } from './alike.ts';
import { type Call, callsOf } from './calls.ts';
import { linkEdges } from './links.ts';
import { type Resolution, resolveNames } from './name-resolution.ts';
import { aliasKey, choose, cleanNames, isPublicHost } from './peer-name.ts';
import { countCall, edgeTallies, emptyTally, mergeTally, type Tally } from './tally.ts';

export interface ServiceGraphBuilder {
  /** Each trace once, in any order. */
  add(tree: TraceTree): void;
  finish(): ServiceGraph;
}

interface Seen {
  spans: number;
  errors: number;
  readonly instances: Set<string>;
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
  peer: (span: Span) => PeerAddress | null,
  { links: mayLink = true } = {},
): ServiceGraphBuilder {
  const peerOf = ofAlike(peer);
  const seen = new Map<string, Seen>();
  const seenOf = ofAlike((span) => seenAt(seen, span));
  const answered = new Map<string, Answered>();
  const unanswered = new Map<string, Unanswered>();
  const edges = edgeTallies();
  const links = linkEdges(edges);

  const addCall = (call: Call): void => {
    const { caller, callee, names } = call;
    const via = call.messaging ? 'messaging' : 'call';
    if (callee === null) {
      countCall(unansweredTally(unanswered, caller, via, names), call, false);
      return;
    }
    for (const name of names) vote(answered, name, callee);
    if (call.repeated || callee === caller) return;
    countCall(edges.at(caller, callee, via), call, true);
  };

  return {
    add(tree) {
      for (const span of tree.spans) countSpan(seenOf(span), span);
      for (const call of callsOf(tree, peerOf)) addCall(call);
      if (mayLink) links.add(tree);
    },
    finish() {
      const groups = [...unanswered.values()];
      const sightings = groups.map(({ names, tally }) => ({ names, calls: tally.calls }));
      const resolution = resolveNames(seen.keys(), answered, sightings);
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
function seenAt(seen: Map<string, Seen>, { service, instance }: Span): Seen {
  const found = seen.get(service) ?? { spans: 0, errors: 0, instances: new Set() };
  seen.set(service, found);
  if (instance !== null) found.instances.add(instance);
  return found;
}

function countSpan(service: Seen, { status }: Span): void {
  service.spans += 1;
  if (status === 'error') service.errors += 1;
}

function vote(answered: Map<string, Answered>, name: PeerName, service: string): void {
  const key = aliasKey(name);
  const known = answered.get(key);
  const votes = known?.votes ?? new Map<string, number>();
  votes.set(service, (votes.get(service) ?? 0) + 1);
  // Of spellings that differ in case the smallest stays, whichever trace comes first.
  answered.set(key, { name: known && known.name.name < name.name ? known.name : name, votes });
}

function unansweredTally(
  unanswered: Map<string, Unanswered>,
  caller: string,
  via: ServiceEdge['via'],
  names: readonly PeerName[],
): Tally {
  const key = [caller, via, ...names.map(({ kind, name }) => `${kind}:${name}`)].join('\0');
  const group = unanswered.get(key) ?? { caller, via, names, tally: emptyTally() };
  unanswered.set(key, group);
  return group.tally;
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
