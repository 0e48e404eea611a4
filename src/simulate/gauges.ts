/**
 * What the platform samples of every process: CPU from the work it did since the last sample,
 * memory from what it holds. A process that is gone is not sampled. Assumptions: an idle process
 * uses 1-4 % of a core; a request in flight holds 1.5 MB; the heap saws with a period of minutes.
 */
import type { Task } from './clock.ts';
import { gauge, type Instance, recordPoint, type World } from './world.ts';

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
    }
  }
}

function sampleInstance(world: World, instance: Instance, everyMs: number): void {
  const { random, clock } = world;
  const idle = random.between(0.01, 0.04);
  const cores = idle + instance.cpuMs / everyMs;
  instance.cpuMs = 0;
  const saw = ((clock.now() + instance.memoryBytes) % 190_000) / 190_000;
  const held = instance.memoryBytes * (1 + 0.06 * saw) + 1.5e6 * instance.busy;
  recordPoint(world, instance, {
    metric: 'container.cpu.usage',
    unit: '{cpu}',
    reading: gauge(Number((cores * random.lognormal(1, 0.05)).toFixed(4))),
  });
  recordPoint(world, instance, {
    metric: 'container.memory.usage',
    unit: 'By',
    reading: gauge(Math.round(held * random.lognormal(1, 0.004))),
  });
}
