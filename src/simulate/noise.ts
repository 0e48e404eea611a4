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
 * One or two events without consequence. Deploys and added errors spare the services in `spare`,
 * whose telemetry is to show the fault alone. Healthy systems get a deploy and a change of load.
 */
export function distract(
  world: World,
  random: Random,
  options: { spare: readonly Service[]; healthy: boolean },
): void {
  const open = world.services.filter((s) => s.instrumented && !options.spare.includes(s));
  const kinds = options.healthy
    ? (['deploy', 'traffic'] as const)
    : random.shuffle(['deploy', 'errors', 'traffic'] as const).slice(0, random.int(1, 2));
  for (const kind of kinds) arrange[kind](world, random, open);
}

const arrange = {
  deploy(world: World, random: Random, open: readonly Service[]) {
    const service = random.pick(open);
    const [from, to] = world.timeline.incident;
    world.clock.at(random.between(from - 20_000, from + 0.7 * (to - from)), () => {
      rollOut(world, service, nextVersion(service.version), random.between(4_000, 12_000));
    });
  },
  /** Was there before: the same rate in both windows. */
  errors(_world: World, random: Random, open: readonly Service[]) {
    const service = random.pick(open);
    service.errorRate = random.between(0.008, 0.02);
  },
  traffic(world: World, random: Random) {
    const [from, to] = world.timeline.incident;
    world.clock.at(random.between(from - 40_000, from + 0.6 * (to - from)), () => {
      world.traffic = random.pick([random.between(0.78, 0.9), random.between(1.1, 1.25)]);
    });
  },
};
