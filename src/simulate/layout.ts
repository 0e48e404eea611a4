/**
 * How a system is cut into services. In a small one several parts live in one process and call each
 * other within it, down to five services with spans of their own; a middling one has a service for
 * each part; a large one has others around them, up to forty with databases and brokers.
 *
 * Every part is there in every system, so that what can go wrong does not depend on its size.
 */
import type { Role } from './names.ts';
import type { Random } from './random.ts';

export interface Layout {
  /** The part in whose process a part lives, of those that have none of their own. */
  readonly homes: ReadonlyMap<Role, Role>;
  /** Share of the room for further services that is used. */
  readonly sides: number;
}

/** Parts that one team may well keep in one process; the home is built first. */
const mayLiveIn: readonly (readonly [Role, Role])[] = [
  ['api', 'gateway'],
  ['profile', 'api'],
  ['features', 'api'],
  ['retriever', 'api'],
  ['embedder', 'retriever'],
  ['reranker', 'api'],
  ['policy', 'api'],
  ['flags', 'gateway'],
  ['toolA', 'assistant'],
  ['toolB', 'assistant'],
  ['validator', 'job'],
  ['rollout', 'job'],
  ['registry', 'job'],
  ['consumer', 'job'],
  ['jobs', 'console'],
  ['tracker', 'console'],
  ['warehouse', 'profileDb'],
  ['jobsDb', 'warehouse'],
];

/** All services of a system, whether they send spans or not. */
export const mostServices = 40;

export const plainLayout: Layout = { homes: new Map(), sides: 0 };

/** A third of systems are small, a third large; a fifth of the small ones are as small as can be. */
export function drawLayout(random: Random): Layout {
  const size = random.int(0, 2);
  const shared = size === 0 ? random.between(0.3, 1.2) : 0;
  return {
    homes: new Map(mayLiveIn.filter(() => random.chance(shared))),
    sides: size === 2 ? random.next() : 0,
  };
}
