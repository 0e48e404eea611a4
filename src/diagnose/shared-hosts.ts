/**
 * Whose trouble the trouble of a host is. Its metrics tell of a busy disk, not of whom that holds
 * up: the services on it that are slow; and if none of those that say where they run is slow, then
 * those that say nothing at all (a database or a store without spans) and are slow.
 *
 *     host-7  disk 6 % → 83 %      on it: cart, search      neither is slow
 *     calls to orders-db  3 ms → 65 ms                      it is orders-db that waits for the disk
 *
 * After: methods "explaining away".
 */
import { grouped } from '../grouping.ts';
import type { Evidence, EvidenceKind, ServiceGraph } from '../model.ts';
import { evidence } from './detector.ts';

const slowness: ReadonlySet<EvidenceKind> = new Set<EvidenceKind>([
  'self-time',
  'storage-time',
  'network-gap',
  'slow-peer',
  'callee-timeout',
]);

/** The rows, those of hosts given to the services that they explain. */
export function withOwnersOfHosts(
  rows: readonly Evidence[],
  graph: ServiceGraph,
): readonly Evidence[] {
  const ofHosts = rows.filter(({ entity }) => entity.startsWith('host:'));
  if (ofHosts.length === 0) return rows;
  const slow = new Set(rows.filter(({ kind }) => slowness.has(kind)).map(({ service }) => service));
  const silent = graph.nodes
    .filter(({ observed, service }) => !observed && slow.has(service))
    .map(({ service }) => service);
  const given = grouped(ofHosts, ({ kind, entity }) => JSON.stringify([kind, entity]));
  const kept = [...given.values()].flatMap((own) => {
    const held = own.filter(({ service }) => slow.has(service));
    if (held.length > 0) return held;
    const [first] = own;
    // Nobody is slow: whoever runs there may be in trouble.
    if (!first || silent.length === 0) return own;
    const { id: _, ...row } = first;
    return silent.flatMap((service) => [...evidence({ ...row, service })]);
  });
  return [...rows.filter(({ entity }) => !entity.startsWith('host:')), ...kept];
}
