/** Events that have nothing to do with a fault. */
import { rollOut } from './estate.ts';
import { nextVersion } from './names.ts';
import type { Random } from './random.ts';
import type { Service, World } from './world.ts';

/**
 * One to three events without consequence, in any service. They are drawn without a look at the
 * fault, and healthy systems have as many: whether there is one, and where, says nothing.
 * `untouched` are services that no deploy may replace while they work, whatever the case.
 */
export function distract(world: World, random: Random, untouched: readonly Service[]): void {
  const kinds = Object.keys(arrange) as (keyof typeof arrange)[];
  for (const kind of random.shuffle(kinds).slice(0, random.int(1, 3))) {
    arrange[kind](world, random, untouched);
  }
}

const anyService = ({ services }: World, random: Random, untouched: readonly Service[] = []) =>
  random.pick(services.filter((one) => one.instrumented && !untouched.includes(one)));

const arrange = {
  deploy(world: World, random: Random, untouched: readonly Service[]) {
    const service = anyService(world, random, untouched);
    const [from, to] = world.timeline.incident;
    const staggerMs = random.between(4_000, 12_000);
    world.clock.at(random.between(from - 20_000, from + 0.7 * (to - from)), () => {
      rollOut(world, service, nextVersion(service.version), staggerMs);
    });
  },
  /** Was there before: the same rate in both windows. */
  errors(world: World, random: Random) {
    anyService(world, random).errorRate = random.between(0.008, 0.02);
  },
  /** More of one route, and so less of the others' share. */
  mix(world: World, random: Random) {
    const [from, to] = world.timeline.incident;
    const route = random.pick(['/v1/search', '/v1/profile']);
    const factor = random.between(1.4, 2.2);
    world.clock.at(random.between(from - 40_000, from + 0.6 * (to - from)), () => {
      world.surge.set(route, factor);
    });
  },
  /** Memory that grows all the time, far from any limit. */
  trend(world: World, random: Random) {
    const service = anyService(world, random);
    const grow = (): void => {
      for (const one of service.instances) {
        // A cache that is full grows no more: an hour later it is still far from any limit.
        if (one.leakedBytes < 0.5 * one.memoryBytes) one.leakedBytes += 0.004 * one.memoryBytes;
      }
      if (world.clock.now() < world.timeline.end) world.clock.at(world.clock.now() + 10_000, grow);
    };
    grow();
  },
  traffic(world: World, random: Random) {
    const [from, to] = world.timeline.incident;
    const factor = random.pick([random.between(0.78, 0.9), random.between(1.1, 1.25)]);
    world.clock.at(random.between(from - 40_000, from + 0.6 * (to - from)), () => {
      world.traffic = factor;
    });
  },
};
