/**
 * Which node a name denotes, from all that callers said.
 *
 * 1. A name on answered calls denotes the service that answered, if it was always (or nearly always)
 *    the same; else a service that sent spans and is called like the name. A name that several
 *    services answer to is a gateway and denotes nobody.
 * 2. A name that nobody answers denotes what it stands beside on unanswered calls:
 *
 *        frontend -> host cartservice, rpc oteldemo.CartService
 *        checkout ->                   rpc oteldemo.CartService     so: host cartservice
 *
 *    The name that stands for a call's callee is the strongest, one known by rule 1 before others;
 *    an IP only if there is nothing else, because addresses are handed on.
 *    A name takes over what it stands beside only if that is (nearly) always the same: an RPC
 *    service offered by two hosts joins neither, and a host beside two services that answer
 *    elsewhere is a gateway.
 * 3. What is left are nodes that sent nothing, called by their strongest name.
 *
 * All names are decided at once, round by round, so the order of calls does not matter.
 */
import type { PeerName } from '../model.ts';
import {
  aliasKey,
  choose,
  compareNames,
  displayName,
  lastPart,
  serviceNamesOf,
} from './peer-name.ts';

/** Names that stood together on unanswered calls, strongest first, and how many calls. */
export interface Sighting {
  readonly names: readonly PeerName[];
  readonly calls: number;
}

/** Calls by the service that answered. */
export type Votes = ReadonlyMap<string, number>;

export interface Resolution {
  /** Node by alias key; names that denote nobody are absent. */
  readonly nodeOf: ReadonlyMap<string, string>;
  /** Node that an address denotes, of its clean names; null if they identify nobody. */
  resolve(names: readonly PeerName[]): string | null;
}

/** Share of the votes that makes one answer the answer: the rest is then misrouting or chance. */
const nearlyAll = 0.9;

interface State {
  readonly sightings: readonly Sighting[];
  /** Observed service by alias key. */
  readonly known: Map<string, string>;
  /** Alias keys that denote nobody. */
  readonly gateways: Set<string>;
}

/** `observed`: services that sent spans. `answered`: votes by alias key. */
export function resolveNames(
  observed: Iterable<string>,
  answered: ReadonlyMap<string, { readonly name: PeerName; readonly votes: Votes }>,
  sightings: readonly Sighting[],
): Resolution {
  const state: State = { sightings, known: new Map(), gateways: new Set() };
  const observedByName = new Map([...observed].sort().map((name) => [name.toLowerCase(), name]));
  const names = new Map<string, PeerName>();
  const meet = (name: PeerName): void => {
    const key = aliasKey(name);
    const met = names.get(key);
    // Names that differ in case are one; the same spelling is shown whoever comes first.
    if (!met || name.name < met.name) names.set(key, name);
  };
  for (const { name } of answered.values()) meet(name);
  for (const sighting of sightings) sighting.names.forEach(meet);

  for (const [key, name] of names) {
    const votes = answered.get(key)?.votes;
    const learned = votes ? winner(votes) : null;
    const namesake = serviceNamesOf(name)
      .map((candidate) => observedByName.get(candidate))
      .find((service) => service !== undefined);
    const service = learned ?? namesake;
    if (service !== undefined) state.known.set(key, service);
    else if (votes) state.gateways.add(key);
  }
  let neighbours = countNeighbours(state);
  while (learnFromNeighbours(state, neighbours)) neighbours = countNeighbours(state);

  const unseen = nameUnseen(strongestOf(state, names, neighbours), names);
  const nodeOf = new Map([...state.known, ...unseen]);
  return {
    nodeOf,
    resolve(clean) {
      const chosen = choose(
        clean,
        (key) => state.known.has(key),
        (key) => nodeOf.has(key),
      );
      return chosen === null ? null : (nodeOf.get(aliasKey(chosen)) ?? null);
    },
  };
}

/** The answer with all or nearly all of the votes; null if there is none. */
function winner(votes: Votes): string | null {
  let total = 0;
  for (const count of votes.values()) total += count;
  for (const [answer, count] of votes) {
    if (count === total || count > nearlyAll * total) return answer;
  }
  return null;
}

const serviceMark = 'service:';
const nameMark = 'name:';

/**
 * For every name not known yet: votes of the calls it stands on for what the callee is, a marked
 * service or the marked key of the name that stands for the callee (possibly its own).
 */
function countNeighbours(state: State): ReadonlyMap<string, Votes> {
  const neighbours = new Map<string, Map<string, number>>();
  for (const { names, calls } of state.sightings) {
    const usable = names.filter((name) => !state.gateways.has(aliasKey(name)));
    const chosen = choose(usable, (key) => state.known.has(key));
    if (!chosen) continue;
    const service = state.known.get(aliasKey(chosen));
    const callee = service === undefined ? nameMark + aliasKey(chosen) : serviceMark + service;
    // A name with nothing beside it but addresses says nothing about what it belongs to.
    const isTold = usable.some((name) => name !== chosen && name.kind !== 'ip');
    for (const name of usable.filter((other) => other !== chosen || isTold)) {
      const key = aliasKey(name);
      if (state.known.has(key)) continue;
      const votes = neighbours.get(key) ?? new Map<string, number>();
      neighbours.set(key, votes.set(callee, (votes.get(callee) ?? 0) + calls));
    }
  }
  return neighbours;
}

/** Moves names to `known` or `gateways`. False if there was nothing to learn. */
function learnFromNeighbours(state: State, neighbours: ReadonlyMap<string, Votes>): boolean {
  let learned = false;
  for (const [key, votes] of neighbours) {
    const callee = winner(votes);
    const services = [...votes.keys()].filter((answer) => answer.startsWith(serviceMark));
    if (callee?.startsWith(serviceMark)) state.known.set(key, callee.slice(serviceMark.length));
    else if (callee === null && services.length > 1) state.gateways.add(key);
    else continue;
    learned = true;
  }
  return learned;
}

/** For every name that denotes an unobserved node: the key of the strongest name of that node. */
function strongestOf(
  state: State,
  names: ReadonlyMap<string, PeerName>,
  neighbours: ReadonlyMap<string, Votes>,
): ReadonlyMap<string, string> {
  const above = new Map<string, string>();
  for (const [key, votes] of neighbours) {
    const callee = winner(votes);
    if (callee?.startsWith(nameMark)) above.set(key, callee.slice(nameMark.length));
  }
  const strongest = new Map<string, string>();
  for (const key of names.keys()) {
    if (state.known.has(key) || state.gateways.has(key)) continue;
    let top = key;
    // Ends: each step goes to a name that is stronger, or stays.
    for (let next = above.get(top); next !== undefined && next !== top; next = above.get(top)) {
      top = next;
    }
    strongest.set(key, top);
  }
  return strongest;
}

/** Node names of unobserved nodes by alias key. Nodes that would be called alike are one. */
function nameUnseen(
  strongest: ReadonlyMap<string, string>,
  names: ReadonlyMap<string, PeerName>,
): ReadonlyMap<string, string> {
  const tops = [...new Set(strongest.values())]
    .map((key) => names.get(key) as PeerName)
    .sort(compareNames);
  const parts = tops.filter(({ kind }) => kind === 'rpc').map(({ name }) => lastPart(name));
  const shown = new Map<string, string>();
  const nodeOfTop = new Map<string, string>();
  for (const top of tops) {
    const short = lastPart(top.name);
    // Two RPC services with one last part are two: `a.Health` is not `b.Health`.
    const isUnique = parts.indexOf(short) === parts.lastIndexOf(short);
    const name = top.kind === 'rpc' && isUnique ? short : displayName(top);
    const node = shown.get(name.toLowerCase()) ?? name;
    shown.set(name.toLowerCase(), node);
    nodeOfTop.set(aliasKey(top), node);
  }
  return new Map([...strongest].map(([key, top]) => [key, nodeOfTop.get(top) ?? key]));
}
