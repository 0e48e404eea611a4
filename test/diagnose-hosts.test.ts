import { expect, test } from 'vitest';
import { withOwnersOfHosts } from '../src/diagnose/shared-hosts.ts';
import type { Evidence, EvidenceKind } from '../src/model.ts';
import { diagnosisOf, earlier, evidenceOf, gauge, graphOf, later, namesOf } from './case.ts';

const graph = graphOf(
  [
    ['web', 'cart'],
    ['web', 'stock'],
    ['stock', 'orders-db'],
    ['cart', 'cache'],
  ],
  ['orders-db', 'cache'],
);
/** The disk of the host of cart and stock. */
const disk: readonly Evidence[] = ['cart', 'stock'].map((service) => ({
  ...evidenceOf(service, 'disk', 0.9),
  entity: 'host:n-7',
}));
const slow = (service: string, kind: EvidenceKind = 'self-time') => evidenceOf(service, kind, 0.7);
const owners = (...rest: readonly Evidence[]): readonly string[] =>
  withOwnersOfHosts([...disk, ...rest], graph)
    .filter(({ kind }) => kind === 'disk')
    .map(({ service }) => service)
    .sort();

test('the trouble of a host is that of the services on it that are slow', () => {
  expect(owners(slow('stock'))).toEqual(['stock']);
  expect(owners(slow('stock', 'network-gap'), slow('cart', 'slow-peer'))).toEqual([
    'cart',
    'stock',
  ]);
});

test('where none of them is slow, it is that of slow services that say nothing of themselves', () => {
  expect(owners(slow('orders-db', 'storage-time'))).toEqual(['orders-db']);
  // Stores wait for their disks, also where others on the host are slow; for the rest these count.
  expect(owners(slow('orders-db'), slow('cart'))).toEqual(['cart', 'orders-db']);
  const busy: Evidence = { ...evidenceOf('cart', 'cpu', 0.9), entity: 'host:n-7' };
  const starved = withOwnersOfHosts([busy, slow('orders-db'), slow('cart')], graph);
  expect(starved.map(({ id }) => id)).toEqual([
    'orders-db self-time',
    'cart self-time',
    'cart cpu',
  ]);
  // One that sends spans says where it runs.
  expect(owners(slow('web'))).toEqual(['cart', 'stock']);
});

test('where nobody is slow, it is that of all that run there, by half: it harms nobody', () => {
  expect(owners()).toEqual(['cart', 'stock']);
  expect(withOwnersOfHosts(disk, graph).map(({ strength }) => strength)).toEqual([0.45, 0.45]);
  expect(owners(slow('orders-db', 'bare-error'))).toEqual(['cart', 'stock']);
});

test('each host and each kind for itself, and other rows stay', () => {
  const other: Evidence = { ...evidenceOf('web', 'cpu', 0.9), entity: 'host:n-8' };
  const own = evidenceOf('cart', 'cpu', 0.4);
  const rows = withOwnersOfHosts([...disk, other, own, slow('stock')], graph);
  expect(rows.map(({ id }) => id).sort()).toEqual([
    'cart cpu',
    'stock disk',
    'stock self-time',
    'web cpu',
  ]);
});

test.each([
  ['with others', 'n-7'],
  ['alone on its host', 'n-8'],
])('a busy disk under a slow database without spans, %s', (_, host) => {
  const onHost = { 'web/GET': { resource: { 'host.name': host } } };
  const bar = (ms: number): string => `[${'='.repeat(ms - 1)}]`;
  const asked = (ms: number): string => `
    web/GET          ${bar(ms + 6)}
      web>orders-db    ${bar(ms)}
  `;
  const busy = gauge({
    ...{ name: 'system.disk.io_time', service: 'host-agent', instance: 'n-7' },
    ...{ before: Array(8).fill(0.06), during: Array(5).fill(0.83) },
  });
  const answer = diagnosisOf({
    baseline: earlier(asked(4), 96, { set: onHost }),
    incident: later(asked(60), 60, { set: onHost }),
    series: [busy],
  });
  const [first] = answer.causes;
  expect(namesOf(answer)).toEqual(['orders-db disk-pressure likely']);
  expect(first?.evidence.map(({ kind, entity }) => `${kind} ${entity}`)).toContain('disk host:n-7');
});
