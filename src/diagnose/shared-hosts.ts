/**
 * Whose trouble the trouble of a host is. Its metrics tell of a busy disk, not of whom that holds
 * up: the services on it that are slow; and if none of those that say where they run is slow, or it
 * is a disk, then those that say nothing at all (a database or a store without spans) and are slow.
 *
 *     host-7  disk 6 % → 83 %      on it: cart, search      neither is slow
 *     calls to orders-db  3 ms → 65 ms                      it is orders-db that waits for the disk
 *
 * After: methods "explaining away".
 */
import { grouped } from '../grouping.ts';
import type { Evidence, EvidenceKind, ServiceGraph } from '../model.ts';
import { evidence } from './detector.ts';
import { silentIn } from './origins.ts';

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
  const ofHosts = rows.filter(isOfHost);
  if (ofHosts.length === 0) return rows;
  const slow = new Set(rows.filter(({ kind }) => slowness.has(kind)).map(({ service }) => service));
  const silent = [...silentIn(graph)].filter((service) => slow.has(service));
  const given = grouped(ofHosts, ({ kind, entity }) => JSON.stringify([kind, entity]));
  const kept = [...given.values()].flatMap((own) => {
    const held = own.filter(({ service }) => slow.has(service));
    const [first] = own;
    if (!first) return [];
    // What has no spans and is slow waits for a disk more than who has them.
    if (held.length > 0 && (first.kind !== 'disk' || silent.length === 0)) return held;
    // Nobody is slow: who runs there may be in trouble, but shows none.
    if (silent.length === 0) return own.map((row) => ({ ...row, strength: row.strength / 2 }));
    const { id: _, ...row } = first;
    return [...held, ...silent.flatMap((service) => [...evidence({ ...row, service })])];
  });
  return [...rows.filter((row) => !isOfHost(row)), ...kept];
}

const isOfHost = ({ entity }: Evidence): boolean => entity.startsWith('host:');
