/** What goes on in any estate: chatter in the logs, and events that have nothing to do with a fault. */
import type { Task } from './clock.ts';
import { rollOut } from './estate.ts';
import { nextVersion } from './names.ts';
import type { Random } from './random.ts';
import { type Instance, type Service, type World, writeLog } from './world.ts';

const chatter: readonly ((random: Random) => { severity: 'INFO' | 'WARN'; body: string })[] = [
  (r) => ({
    severity: 'INFO',
    body: `connection pool: active=${r.int(1, 9)} idle=${r.int(2, 20)}`,
  }),
  (r) => ({ severity: 'INFO', body: `configuration revision ${r.int(300, 340)} is current` }),
  (r) => ({ severity: 'INFO', body: `garbage collection took ${r.int(3, 40)} ms` }),
  (r) => ({ severity: 'INFO', body: `health check answered in ${r.int(1, 6)} ms` }),
  (r) => ({ severity: 'INFO', body: `flushed ${r.int(40, 900)} records to the audit sink` }),
  (r) => ({ severity: 'INFO', body: `lease renewed, generation ${r.int(10, 99)}` }),
  (r) => ({ severity: 'INFO', body: `refreshed ${r.int(3, 60)} rules from the control plane` }),
  (r) => ({ severity: 'INFO', body: `compacted segment ${r.hex(8)} in ${r.int(20, 400)} ms` }),
  (r) => ({ severity: 'INFO', body: `reloaded certificate chain, ${r.int(2, 88)} days left` }),
  (r) => ({ severity: 'INFO', body: `evicted ${r.int(10, 900)} idle sessions` }),
  (r) => ({ severity: 'INFO', body: `scrape finished, ${r.int(120, 900)} series` }),
  (r) => ({ severity: 'WARN', body: `retrying heartbeat to peer ${r.int(1, 9)}` }),
  (r) => ({
    severity: 'WARN',
    body: `deprecated field "${r.pick(['ttl', 'region', 'mode'])}" used`,
  }),
  (r) => ({ severity: 'WARN', body: `slow disk sync: ${r.int(80, 300)} ms` }),
  (r) => ({
    severity: 'WARN',
    body: `token for principal svc-${r.int(1, 30)} expires in ${r.int(2, 9)} min`,
  }),
];

/** Every service says something now and then, in a few phrases of its own. */
export function startChatter(world: World): void {
  for (const service of world.services) {
    if (!service.instrumented) continue;
    const phrases = world.random.shuffle(chatter).slice(0, world.random.int(3, 5));
    world.clock.spawn(talk(world, service, phrases));
  }
}

function* talk(world: World, service: Service, phrases: typeof chatter): Task {
  for (;;) {
    yield world.random.exponential(9_000);
    const instance = world.random.pick<Instance>(service.instances);
    writeLog(world, instance, world.random.pick(phrases)(world.random));
  }
}

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
      for (const one of service.instances) one.leakedBytes += 0.004 * one.memoryBytes;
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
