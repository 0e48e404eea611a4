import { describe, expect, test } from 'vitest';
import { saturation } from '../src/diagnose/detectors/saturation.ts';
import { usageOf } from '../src/semantics/index.ts';
import { diagnosisOf, earlier, featuresOf, gauge, type Level, later, namesOf } from './case.ts';

const rows = (...levels: readonly Level[]) => [
  ...saturation.detect(featuresOf({ series: levels.map(gauge) })),
];

const flat = (value: number, count = 8) => Array.from({ length: count }, () => value);

/** The use rises and the limit stays. */
const pair = (used: string, limit: string, size: number, rest: Partial<Level> = {}): Level[] => [
  {
    name: used,
    service: 'cart',
    before: [0.3, 0.31, 0.29, 0.3, 0.32, 0.3, 0.29, 0.3].map((share) => share * size),
    during: [0.31, 0.9, 1, 1, 1].map((share) => share * size),
    ...rest,
  },
  { name: limit, service: 'cart', before: flat(size), during: flat(size, 5) },
];

describe('what is used of what there may be', () => {
  test.each([
    ['process.open_fds', 'process.max_fds'],
    ['process.unix.file_descriptor.count', 'process.unix.file_descriptor.limit'],
    ['hikaricp.connections.active', 'hikaricp.connections.max'],
    ['tomcat.threads.busy', 'tomcat.threads.config.max'],
    ['executor.active', 'executor.pool.max'],
    ['thread_pool_queue_size', 'thread_pool_queue_capacity'],
    ['postgresql.backends', 'postgresql.connection.max'],
    ['mysql_global_status_threads_connected', 'mysql_global_variables_max_connections'],
    ['node_filefd_allocated', 'node_filefd_maximum'],
    ['k8s.pod.volume.inode.used', 'k8s.pod.volume.inode.count'],
    ['ephemeral_ports_used', 'ephemeral_ports_limit'],
    ['worker_slots_used', 'worker_slots_total'],
    ['container_threads', 'container_threads_max'],
  ])('%s of %s', (used, limit) => {
    expect(usageOf(used, {})).toMatchObject({ role: 'used' });
    expect(usageOf(limit, {})).toMatchObject({ role: 'limit', stem: usageOf(used, {})?.stem });
  });

  test('a state that is not use, a peak, a counter, what should be full, or what is left', () => {
    const count = 'db.client.connection.count';
    const inState = (state: string) => usageOf(count, { 'db.client.connection.state': state });
    expect(inState('used')).toMatchObject({ kind: 'pool', role: 'used', attributes: {} });
    expect(inState('idle')).toBeNull();
    // A pool keeps idle connections open.
    expect(usageOf(count, {})).toBeNull();
    for (const name of [
      'container_memory_max_usage_bytes',
      'http.server.requests.total',
      'http.server.duration.max',
      'page_cache.utilization',
      'hw.gpu.utilization',
      'db.client.connection.idle.max',
      'otelcol_exporter_queue_size',
    ]) {
      expect([name, usageOf(name, {})]).toEqual([name, null]);
    }
  });
});

describe('saturation', () => {
  test('descriptors that run out', () => {
    const [row, ...others] = rows(...pair('process.open_fds', 'process.max_fds', 1024));
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kind: 'limit',
      entity: 'service:cart',
      effect: { incident: 1 },
      n: { baseline: 8, incident: 4 },
      summary: 'share in use of process.open_fds rose from 0.3 to 1',
    });
    expect(row?.strength).toBeGreaterThan(0.9);
    const drawing = {
      baseline: earlier('cart/Get [====]'),
      incident: later('cart/Get [====]'),
      series: pair('process.open_fds', 'process.max_fds', 1024).map(gauge),
    };
    expect(namesOf(diagnosisOf(drawing))[0]).toBe('cart resource-limit likely');
  });

  test('a pool, by the state of its connections; a share of workers by itself', () => {
    const attributes = { 'db.client.connection.state': 'used' };
    const pool = pair('db.client.connection.count', 'db.client.connection.max', 10, { attributes });
    expect(rows(...pool)[0]).toMatchObject({ kind: 'pool', effect: { incident: 1 } });
    const percent = { unit: '%', before: flat(30), during: [31, 90, 99, 100, 100] };
    const [row] = rows({ name: 'worker.utilization', service: 'cart', ...percent });
    expect(row).toMatchObject({ kind: 'limit', effect: { baseline: 0.3, incident: 0.995 } });
  });

  test('nobody waits while there are free ones', () => {
    const during = [0.31, 0.6, 0.6, 0.6, 0.6];
    const strength = (size: number) => {
      const half = { during: during.map((share) => share * size) };
      return rows(...pair('process.open_fds', 'process.max_fds', size, half))[0]?.strength ?? 0;
    };
    expect(strength(10)).toBeLessThan(0.2);
    expect(strength(1024)).toBe(0);
  });

  test('one odd minute, another thing, no limit, or one that is not the limit of this', () => {
    const odd = { during: [0.3, 1, 0.3, 0.3, 0.3].map((share) => share * 1024) };
    expect(rows(...pair('process.open_fds', 'process.max_fds', 1024, odd))).toEqual([]);
    const [used, limit] = pair('process.open_fds', 'process.max_fds', 1024) as [Level, Level];
    expect(rows(used)).toEqual([]);
    expect(rows(used, { ...limit, service: 'web' })).toEqual([]);
    expect(rows(used, { ...limit, before: flat(100), during: flat(100, 5) })).toEqual([]);
    expect(rows(used, { ...limit, before: flat(0), during: flat(0, 5) })).toEqual([]);
  });
});
