/**
 * What work costs: CPU, disk and memory of the process and the host it runs on.
 *
 * Physics: of a processor of which a share is taken by others, the rest remains, so work takes
 * 1 / (1 - share) as long; a disk likewise. A heap that is nearly full is collected more often: from
 * 80 % of its limit on, time in the collector grows with the square of what is missing (assumption,
 * of the order that generational collectors show). At the limit the kernel kills the process.
 */
import type { Task } from './clock.ts';
import { restart } from './estate.ts';
import { type Instance, type World, writeLog } from './world.ts';

const crowdedAt = 0.8;
const collectorCost = 7;
const restartMs = [6_000, 14_000] as const;

/** Bytes the process holds now. */
export function heldBytes(instance: Instance): number {
  const { memoryBytes, leakedBytes, busy, cacheBytes } = instance;
  return Math.max(memoryBytes + leakedBytes + 1.5e6 * busy, cacheBytes);
}

/** How much longer work takes for want of memory: 1 as long as there is room. */
function memoryFactor(instance: Instance): number {
  const crowding = heldBytes(instance) / instance.memoryLimit - crowdedAt;
  if (crowding <= 0) return 1;
  return 1 + collectorCost * Math.min(1, crowding / (1 - crowdedAt)) ** 2;
}

/** Works for `ms`, of which a share waits for the disk. */
export function* work(world: World, instance: Instance, ms: number, io = 0): Task {
  const { host, service } = instance;
  const collecting = memoryFactor(instance);
  const cpuMs = ms * (1 - io) * collecting;
  const diskMs = ms * io;
  yield cpuMs / (1 - instance.cpuTaken) + diskMs / (1 - host.diskTaken);
  instance.cpuMs += cpuMs * (collecting > 1 ? 1 : service.cpuShare);
  host.diskMs += diskMs;
  if (collecting > 1.5 && world.random.chance(0.05)) {
    const pause = Math.round(world.random.lognormal(60 * collecting, 0.4));
    writeLog(world, instance, { severity: 'WARN', body: `garbage collection took ${pause} ms` });
  }
}

/** A request was served: what it leaked stays, and may be too much. */
export function leak(world: World, instance: Instance): void {
  instance.served += 1;
  instance.leakedBytes += instance.leakPerRequest;
  if (heldBytes(instance) < instance.memoryLimit) return;
  restart(world, instance, world.random.between(...restartMs));
}
