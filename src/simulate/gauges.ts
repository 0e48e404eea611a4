/**
 * What the platform samples of every process and host: CPU from the work it did since the last
 * sample, memory from what it holds, disk time, restarts, requests that wait, connections in use. A
 * process that is gone is not sampled. Assumptions: an idle process uses 1-4 % of a core; a request
 * in flight holds 1.5 MB; the heap saws with a period of minutes; hosts have other work of 2-8 %.
 */
import type { Task } from './clock.ts';
import { heldBytes } from './resources.ts';
import {
  gauge,
  type Instance,
  recordHostPoint,
  recordPoint,
  type Service,
  type World,
} from './world.ts';

/** Cores of which another's work takes a share. */
const cores = 2;

export function startGauges(world: World): void {
  const everyMs = world.random.pick([10_000, 15_000]);
  world.clock.spawn(sample(world, everyMs));
}

function* sample(world: World, everyMs: number): Task {
  for (;;) {
    yield everyMs;
    for (const service of world.services) {
      if (!service.instrumented) continue;
      for (const instance of service.instances) sampleInstance(world, instance, everyMs);
      samplePools(world, service);
    }
    for (const host of world.hosts) {
      const own = host.diskMs / everyMs + world.random.between(0.02, 0.08);
      host.diskMs = 0;
      const busy = Math.min(1, own * (1 - host.diskTaken) + host.diskTaken);
      recordHostPoint(world, host, {
        metric: 'system.disk.utilization',
        unit: '1',
        reading: gauge(Number(busy.toFixed(4))),
      });
    }
  }
}

function sampleInstance(world: World, instance: Instance, everyMs: number): void {
  const { random, clock } = world;
  const idle = random.between(0.01, 0.04);
  const used = idle + instance.cpuMs / everyMs + cores * instance.cpuTaken;
  instance.cpuMs = 0;
  const saw = ((clock.now() + instance.memoryBytes) % 190_000) / 190_000;
  const held = heldBytes(instance) + 0.06 * saw * instance.memoryBytes;
  const readings = [
    ['container.cpu.usage', '{cpu}', (used * random.lognormal(1, 0.05)).toFixed(4)],
    [
      'container.memory.usage',
      'By',
      Math.min(instance.memoryLimit, held * random.lognormal(1, 0.004)).toFixed(0),
    ],
    ['k8s.container.restarts', '{restart}', instance.restarts],
    ['http.server.requests.waiting', '{request}', instance.queue.length],
  ] as const;
  for (const [metric, unit, value] of readings) {
    recordPoint(world, instance, { metric, unit, reading: gauge(Number(value)) });
  }
}

/** Of each process, by database. */
function samplePools(world: World, service: Service): void {
  for (const [key, pool] of service.pools) {
    const [id, database = ''] = key.split('/');
    const instance = service.instances.find((one) => one.id === id);
    if (!instance) continue;
    const attributes = { 'db.client.connection.pool.name': database };
    const waiting = pool.waiting.filter(({ isGone }) => !isGone).length;
    const readings = [
      ['db.client.connection.count', pool.size - pool.free],
      ['db.client.connections.pending_requests', waiting],
    ] as const;
    for (const [metric, value] of readings) {
      recordPoint(world, instance, {
        metric,
        unit: '{connection}',
        attributes,
        reading: gauge(value),
      });
    }
  }
}
