/** Connections to databases, of which each process of a service has a few. */
import type { Task } from './clock.ts';
import type { Instance, Pool, Service, World } from './world.ts';

/** Assumption: what drivers have by default, 10 connections and some seconds of patience. */
const poolSize = 10;
const patienceMs = 2_000;

export const hasPool = (target: Service): boolean =>
  target.protocol === 'postgresql' || target.protocol === 'cassandra';

export function poolOf(instance: Instance, target: Service): Pool {
  const { pools } = instance.service;
  const key = `${instance.id}/${target.name}`;
  const pool = pools.get(key) ?? { free: poolSize, size: poolSize, waiting: [] };
  pools.set(key, pool);
  return pool;
}

/** True once a connection is there; false if none came free in time. */
export function* takeConnection(world: World, pool: Pool): Task<boolean> {
  if (pool.free > 0) {
    pool.free -= 1;
    return true;
  }
  const place = { turn: world.clock.gate(), isGone: false };
  pool.waiting.push(place);
  let isServed = false;
  place.turn.whenOpen(() => {
    isServed = true;
  });
  const patience = world.clock.gate();
  world.clock.at(world.clock.now() + patienceMs, () => patience.open());
  place.turn.whenOpen(() => patience.open());
  yield patience;
  place.isGone = !isServed;
  return isServed;
}

export function giveBack(pool: Pool): void {
  const next = pool.waiting.find(({ isGone }) => !isGone);
  if (next === undefined) {
    pool.free += 1;
    pool.waiting.length = 0;
    return;
  }
  pool.waiting.splice(0, pool.waiting.indexOf(next) + 1);
  next.turn.open();
}
