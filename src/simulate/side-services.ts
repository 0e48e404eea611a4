/** Services around those that the system is about: looked up on the way, or done without. */
import type { Call } from './calls.ts';
import type { Estate } from './estate.ts';
import { call, endpoint, leaf } from './inference-calls.ts';
import { sideRoles } from './names.ts';
import type { Random } from './random.ts';

const tops = ['api', 'search', 'profile'] as const;

/** What is called besides, by where it is called from. */
export type Sides = Readonly<Record<(typeof tops)[number], readonly Call[]>>;

const operations = [
  ['Get', '/internal/get'],
  ['List', '/internal/list'],
  ['Check', '/internal/check'],
  ['Resolve', '/internal/resolve'],
] as const;

/** Some are called by the system, others by those added before. */
export function addSides({ add }: Estate, count: number, random: Random): Sides {
  const services = sideRoles
    .slice(0, count)
    .map((role) => add(role, { protocol: random.pick(['http', 'grpc']) }));
  const below: Call[][] = services.map(() => []);
  const top: Record<(typeof tops)[number], Call[]> = { api: [], search: [], profile: [] };
  // From the last to the first: whoever is called is complete before its caller.
  for (const [at, service] of [...services.entries()].reverse()) {
    const [rpc, path] = random.pick(operations);
    const own = below[at] ?? [];
    const operation = {
      ...leaf(endpoint(service, rpc, path), random.between(2, 10), 0.5),
      stages: own.length > 0 ? [own] : [],
    };
    const made: Call = {
      ...call(service, operation, 900),
      ...{ optional: random.chance(0.5), share: random.between(0.35, 1) },
      retries: random.chance(0.5) ? 1 : 0,
    };
    const isNested = at > 0 && random.chance(0.4);
    const caller = isNested ? below[random.int(0, at - 1)] : top[random.pick(tops)];
    caller?.push(made);
  }
  return top;
}
