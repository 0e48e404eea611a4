/**
 * Waiting that is a reaction. Requests pile up in front of a service all of whose workers wait for
 * a slow callee: by Little's law its queue grows with the callee's time, though nothing is
 * wrong with it. Such waiting counts as far as no callee below explains it, nor an agent above that
 * asks again and again.
 *
 *     gateway  queue 33, own time 11 s  ──→ assistant ──→ proxy  queue 21      the proxy's
 *
 * After: methods "explaining away".
 */
import { grouped } from '../grouping.ts';
import type { Evidence, EvidenceKind, ServiceGraph } from '../model.ts';
import { faint } from './detector.ts';
import { silentIn } from './origins.ts';

/** What makes a service hold its callers up. */
const holding: ReadonlySet<EvidenceKind> = new Set<EvidenceKind>([
  'self-time',
  'storage-time',
  'inference-time',
  'network-gap',
  'queue',
  'pool',
  'limit',
  'cpu',
  'memory',
  'disk',
  'gpu',
  'gpu-error',
  'slow-peer',
]);

/** What waiting for a slot looks like: the queue, threads that are taken, time that no call covers, and data written late. */
const waiting: ReadonlySet<EvidenceKind> = new Set<EvidenceKind>([
  'queue',
  'limit',
  'self-time',
  'inference-time',
  'callee-timeout',
  'freshness',
  'completeness',
]);

/**
 * The rows, those of services that only wait for others as weak as the others explain them; what is
 * explained altogether is left out.
 */
export const withoutReactions = (
  rows: readonly Evidence[],
  graph: ServiceGraph,
): readonly Evidence[] =>
  withoutLateData(withoutLostCalls(withoutWaiting(rows, graph), graph), graph);

function withoutWaiting(rows: readonly Evidence[], graph: ServiceGraph): readonly Evidence[] {
  const asked = askedByAgents(rows, graph);
  // Each request that waits holds a thread and a descriptor.
  const piled = rows.filter(({ kind }) => kind === 'queue' || kind === 'limit');
  const queues = new Set(piled.map(({ service }) => service));
  if (queues.size + asked.size === 0) return rows;
  const below = servicesBelow(graph);
  const strengths = strongest(rows, holding);
  const explained = new Map(asked);
  for (const service of queues) {
    const reasons = below(service).map((callee) => strengths.get(callee) ?? 0);
    explained.set(service, Math.max(asked.get(service) ?? 0, ...reasons));
  }
  return rows.flatMap((row) =>
    weakened(row, waiting.has(row.kind) ? (explained.get(row.service) ?? 0) : 0),
  );
}

/** How far an agent that does not come to an end explains that these services are busy. */
function askedByAgents(
  rows: readonly Evidence[],
  { edges }: ServiceGraph,
): ReadonlyMap<string, number> {
  const callees = grouped(edges, ({ caller }) => caller);
  const asked = new Map<string, number>();
  for (const { kind, service: agent, strength } of rows) {
    if (kind !== 'agent-turns') continue;
    for (const service of reached(agent, (from) =>
      callees.get(from)?.map(({ callee }) => callee),
    )) {
      if (service !== agent) asked.set(service, Math.max(asked.get(service) ?? 0, strength));
    }
  }
  return asked;
}

/** What calls that are lost on the way look like where they were sent to. */
const missed: ReadonlySet<EvidenceKind> = new Set<EvidenceKind>([
  'self-time',
  'storage-time',
  'inference-time',
  'network-gap',
  'callee-timeout',
]);

/**
 * The rows, those of services without spans as weak as all who call them lose packets: what one
 * side loses it loses on all of its ways.
 *
 *     shop ──lost─→ store ──→ redis      slow and timed out as store sees it: the store's
 */
function withoutLostCalls(rows: readonly Evidence[], graph: ServiceGraph): readonly Evidence[] {
  const lossy = strongest(rows, new Set<EvidenceKind>(['retransmissions']));
  if (lossy.size === 0) return rows;
  const silent = silentIn(graph);
  const callers = grouped(graph.edges, ({ callee }) => callee);
  return rows.flatMap((row) => {
    if (!missed.has(row.kind) || !silent.has(row.service)) return [row];
    const shares = (callers.get(row.service) ?? []).map(({ caller }) => lossy.get(caller) ?? 0);
    return weakened(row, shares.length > 0 ? Math.min(...shares) : 0);
  });
}

/** What shows that data did not come: they are old, or absent. */
export const lateness: ReadonlySet<EvidenceKind> = new Set<EvidenceKind>([
  'freshness',
  'completeness',
]);

/** What shows that a service is not there for those who ask it. */
const absence: ReadonlySet<EvidenceKind> = new Set<EvidenceKind>([
  'unreachable-callee',
  'name-resolution-failure',
]);

/**
 * The rows, those of data that are late because of who writes them as weak as that explains them.
 * A writer is held up, by itself, and late with its own work.
 *
 *     writer  lag 0 → 95, own time 38 ms → 3.4 s  ──→ store  age 32 s → 89 s      the writer's
 *
 * Through a store as well: who reads what the writer is late to write has nothing newer to pass on.
 * The reader must not be held up as much itself: of two that share a store either may be the writer.
 *
 *     writer ──→ warehouse ←── materializer ──→ features  age 31 s → 89 s         the writer's
 */
function withoutLateData(rows: readonly Evidence[], graph: ServiceGraph): readonly Evidence[] {
  const [late, held] = [strongest(rows, lateness), strongest(rows, holding)];
  const guilt = (service: string): number =>
    Math.min(late.get(service) ?? 0, held.get(service) ?? 0);
  const gone = strongest(rows, absence);
  const writers = grouped(graph.edges, ({ callee }) => callee);
  const asked = grouped(graph.edges, ({ caller }) => caller);
  const sharers = sharersOfStores(graph);
  return rows.flatMap((row) => {
    if (!lateness.has(row.kind)) return [row];
    const { service } = row;
    const direct = (writers.get(service) ?? [])
      .map(({ caller }) => caller)
      .filter((caller) => caller !== service);
    const behind = [service, ...direct].flatMap((reader) =>
      sharers(reader)
        .filter((writer) => writer !== service)
        .map((writer) => guilt(writer) - (held.get(reader) ?? 0)),
    );
    // Who cannot reach where it writes to, or reads from, is late as well.
    const cut = [service, ...direct].flatMap((one) =>
      (asked.get(one) ?? []).map(({ callee }) => gone.get(callee) ?? 0),
    );
    return weakened(row, Math.max(0, ...direct.map(guilt), ...behind, ...cut));
  });
}

/** Others that call a store that this service calls: one without spans, such as a database. */
function sharersOfStores({ nodes, edges }: ServiceGraph): (service: string) => readonly string[] {
  const stores = new Set(nodes.flatMap(({ service, observed }) => (observed ? [] : [service])));
  const uses = edges.filter(({ callee }) => stores.has(callee));
  const users = grouped(uses, ({ callee }) => callee);
  const used = grouped(uses, ({ caller }) => caller);
  return (service) =>
    (used.get(service) ?? []).flatMap(({ callee }) =>
      (users.get(callee) ?? []).map(({ caller }) => caller).filter((other) => other !== service),
    );
}

/** The row without the share of it that is explained; none if what is left is faint. */
function weakened(row: Evidence, share: number): readonly Evidence[] {
  if (share === 0) return [row];
  const strength = row.strength * (1 - share);
  return strength < faint ? [] : [{ ...row, strength }];
}

/** The strongest row of these kinds, by service. */
function strongest(
  rows: readonly Evidence[],
  kinds: ReadonlySet<EvidenceKind>,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { kind, service, strength } of rows) {
    if (kinds.has(kind)) found.set(service, Math.max(found.get(service) ?? 0, strength));
  }
  return found;
}

/** Services below one, itself left out; in a circle of calls nobody is below another. */
function servicesBelow({ edges }: ServiceGraph): (service: string) => readonly string[] {
  const callers = grouped(edges, ({ callee }) => callee);
  const down = askedFrom(edges);
  return (service) => {
    const above = reached(service, (from) => callers.get(from)?.map(({ caller }) => caller));
    return [...down(service)].filter((one) => !above.has(one));
  };
}

/** Services that one asks, directly or through others, itself among them. */
function askedFrom(edges: ServiceGraph['edges']): (service: string) => ReadonlySet<string> {
  const callees = grouped(edges, ({ caller }) => caller);
  return (service) => reached(service, (from) => callees.get(from)?.map(({ callee }) => callee));
}

/** Where the steps lead, the start among it. */
function reached(
  start: string,
  next: (from: string) => readonly string[] | undefined,
): ReadonlySet<string> {
  const all = new Set([start]);
  for (const from of all) for (const to of next(from) ?? []) all.add(to);
  return all;
}
