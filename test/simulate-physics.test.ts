/** Statistics of the simulation follow from its parameters, on systems small enough to calculate. */
import { describe, expect, test } from 'vitest';
import { createBatching, workInBatch } from '../src/simulate/batching.ts';
import { limitWindowMs, type Operation, receive } from '../src/simulate/calls.ts';
import type { Task } from '../src/simulate/clock.ts';
import { soundCode } from '../src/simulate/code.ts';
import { createEstate, type Estate } from '../src/simulate/estate.ts';
import { serve, sound, stabilityIndex } from '../src/simulate/feature-values.ts';
import { chooseNames, chooseNaming } from '../src/simulate/names.ts';
import { hop } from '../src/simulate/network.ts';
import { giveBack, poolOf, takeConnection } from '../src/simulate/pool.ts';
import { createRandom } from '../src/simulate/random.ts';
import { append, createTopic, startTopic, workedOffUpTo } from '../src/simulate/topic.ts';
import { type Instance, type Service, startRequest } from '../src/simulate/world.ts';

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const percentile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(q * values.length)] ?? Number.NaN;

function estateOf(seed: number): Estate {
  const random = createRandom(seed);
  const forever = [0, 1e12] as const;
  return createEstate(
    { baseline: forever, incident: forever, onset: 0, end: 0 },
    {
      ...{ names: chooseNames(random), naming: chooseNaming(random), random, chance: random },
      hosts: 1,
    },
  );
}

/** One service, asked `perMs` times a ms; durations of its spans and how often they failed. */
function served(
  seed: number,
  perMs: number,
  untilMs: number,
  concurrency: number,
  operation: (estate: Estate) => Operation,
  change: (service: Service) => void = () => {},
) {
  const estate = estateOf(seed);
  const { world, add } = estate;
  const service = add('api', { protocol: 'http', instances: 1, concurrency, languages: ['go'] });
  service.errorRate = 0;
  world.lossy.clear();
  change(service);
  const own = operation(estate);
  const inside: number[] = [];
  const instance = service.instances[0] as Instance;
  function* arrivals(): Task {
    for (;;) {
      yield world.random.exponential(1 / perMs);
      world.clock.spawn(receive(world, service, own, startRequest(world, true)));
    }
  }
  function* watch(): Task {
    for (;;) {
      yield world.random.exponential(50);
      inside.push(instance.busy + instance.queue.length);
    }
  }
  world.clock.spawn(arrivals());
  world.clock.spawn(watch());
  world.clock.run(untilMs);
  const { spans } = world.telemetry;
  return {
    count: spans.length,
    durations: spans.map(({ start, end }) => end - start),
    failed: spans.filter(({ error }) => error !== null).length / spans.length,
    /** Mean number of requests in the service. */
    inside: mean(inside),
    instance,
    world,
  };
}

const endpoint = { name: '/' } as const;
/** Work that takes exponential time. */
const exponential =
  (meanMs: number) =>
  ({ world }: Estate): Operation => ({
    ...{ endpoint, workMs: 1e-6, sigma: 0, stages: [] },
    *body() {
      yield world.random.exponential(meanMs);
      return null;
    },
  });
const lognormal = (workMs: number, sigma: number) => (): Operation => ({
  ...{ endpoint, workMs, sigma, stages: [] },
});

describe('M/M/1', () => {
  const [perMs, meanMs] = [0.012, 50];
  const load = perMs * meanMs;
  const { durations, inside, count, instance } = served(
    3,
    perMs,
    6_000_000,
    1,
    exponential(meanMs),
  );

  test('a request is in the system for 1 / (μ - λ)', () => {
    expect(mean(durations) / (1 / (1 / meanMs - perMs))).toBeCloseTo(1, 1);
  });

  test('that time is exponential: its percentiles follow', () => {
    const soujourn = 1 / (1 / meanMs - perMs);
    for (const q of [0.5, 0.9, 0.99]) {
      expect(percentile(durations, q) / (-soujourn * Math.log(1 - q))).toBeCloseTo(1, 0.7);
    }
  });

  test("Little's law: as many are inside as arrive in the time that one is", () => {
    expect(inside / ((count / 6_000_000) * mean(durations))).toBeCloseTo(1, 1);
    expect(inside / (load / (1 - load))).toBeCloseTo(1, 1);
    expect(instance.queue.length).toBeLessThan(40);
  });
});

test('several workers are busy as much as the work that arrives', () => {
  const [perMs, workMs, sigma] = [0.05, 40, 0.3];
  const { inside } = served(4, perMs, 2_000_000, 16, lognormal(workMs, sigma));
  // So many workers that none waits: what is inside is what is worked on.
  expect(inside / (perMs * workMs * Math.exp(sigma ** 2 / 2))).toBeCloseTo(1, 1);
});

test('percentiles of work without a queue are those of its distribution', () => {
  const { durations } = served(5, 0.001, 5_000_000, 64, lognormal(30, 0.5));
  const z = { 0.5: 0, 0.9: 1.2816, 0.99: 2.3263 };
  for (const [q, quantile] of Object.entries(z)) {
    // Two draws of one work: 60 % before and 40 % after its calls, so the same factor.
    const expected = 30 * Math.exp(0.5 * quantile);
    expect(percentile(durations, Number(q)) / expected).toBeCloseTo(1, 1);
  }
});

test('errors come as often as they should', () => {
  const { failed, count } = served(6, 0.02, 1_000_000, 64, lognormal(5, 0.3), (service) => {
    service.errorRate = 0.05;
  });
  expect(Math.abs(failed - 0.05)).toBeLessThan(3 * Math.sqrt((0.05 * 0.95) / count));
});

test('half a processor makes work take twice as long', () => {
  const full = served(7, 0.001, 2_000_000, 64, lognormal(30, 0.2));
  const half = served(7, 0.001, 2_000_000, 64, lognormal(30, 0.2), (service) => {
    for (const one of service.instances) one.cpuTaken = 0.5;
  });
  expect(mean(half.durations) / mean(full.durations)).toBeCloseTo(2, 1);
});

test('a leak ends in a kill after as many requests as there is room for, and a new process', () => {
  const { world, instance } = served(8, 0.01, 200_000, 64, lognormal(5, 0.2), (service) => {
    for (const one of service.instances) {
      one.leakPerRequest = (one.memoryLimit - one.memoryBytes) / 100;
    }
  });
  expect(instance.up).toBe(false);
  expect(instance.served).toBeGreaterThanOrEqual(95);
  expect(instance.served).toBeLessThanOrEqual(101);
  const [next] = world.services[0]?.instances ?? [];
  // 2,000 requests, less those that came while there was no process.
  expect(next?.restarts).toBeGreaterThan(5);
  expect(next?.restarts).toBeLessThanOrEqual(20);
  expect(next?.id).toBe(instance.id);
});

test('a lost packet costs the time-out of its retransmission', () => {
  const { world, add } = estateOf(9);
  const [one, other] = [add('api', { protocol: 'http' }), add('model', { protocol: 'grpc' })];
  const times = (loss: number): number[] => {
    other.network.loss = loss;
    return Array.from({ length: 20_000 }, () => hop(world, one, other));
  };
  expect(mean(times(0))).toBeLessThan(0.5);
  const lossy = times(0.1);
  expect(lossy.filter((ms) => ms > 200).length / lossy.length).toBeCloseTo(0.1, 2);
  expect(lossy.filter((ms) => ms > 600).length / lossy.length).toBeCloseTo(0.01, 2);
});

test('a pool has no more connections than its size, and those who wait too long go', () => {
  const { world, add } = estateOf(10);
  const [caller, database] = [
    add('profile', { protocol: 'http', instances: 1 }),
    add('profileDb', { protocol: 'postgresql', instrumented: false }),
  ];
  const pool = poolOf(caller.instances[0] as Instance, database);
  const outcomes: boolean[] = [];
  function* hold(ms: number): Task {
    const hasOne = yield* takeConnection(world, pool);
    outcomes.push(hasOne);
    if (!hasOne) return;
    yield ms;
    giveBack(pool);
  }
  for (let i = 0; i < pool.size; i += 1) world.clock.spawn(hold(1_000));
  for (let i = 0; i < pool.size; i += 1) world.clock.spawn(hold(5_000));
  for (let i = 0; i < 3; i += 1) world.clock.spawn(hold(1));
  world.clock.run(60_000);
  expect(outcomes.filter(Boolean)).toHaveLength(2 * pool.size);
  expect(outcomes.filter((hasOne) => !hasOne)).toHaveLength(3);
  expect(pool.free).toBe(pool.size);
});

test('a quota lets through what it says', () => {
  const estate = estateOf(11);
  const { world, add } = estate;
  const [entry, target] = [
    add('gateway', { protocol: 'http', instances: 1 }),
    add('profile', { protocol: 'http', instances: 1 }),
  ];
  entry.errorRate = 0;
  target.errorRate = 0;
  world.lossy.clear();
  target.limit = 20;
  const own: Operation = { endpoint, workMs: 1, sigma: 0.1, stages: [] };
  const call = { target, operation: own, timeoutMs: 1_000, retries: 0 } as const;
  function* arrivals(): Task {
    for (;;) {
      yield world.random.exponential(100);
      world.clock.spawn(
        receive(world, entry, { ...own, stages: [[call]] }, startRequest(world, true)),
      );
    }
  }
  world.clock.spawn(arrivals());
  world.clock.run(50 * limitWindowMs);
  const answered = world.telemetry.spans.filter(
    ({ resource, kind }) => kind === 2 && resource.attributes['service.name'] === target.name,
  );
  expect(answered.length / 50).toBeLessThanOrEqual(20);
  expect(answered.length / 50).toBeGreaterThan(18);
});

test('rows that come together are worked on together, and a full batch does not wait', () => {
  const { world, add } = estateOf(13);
  const server = add('model', { protocol: 'grpc', instances: 1, cpuShare: 1 });
  const instance = server.instances[0] as Instance;
  const batching = createBatching(4, 10);
  const ended: [rows: number, at: number][] = [];
  function* row(at: number): Task {
    yield at;
    const rows = yield* workInBatch(world, instance, batching, 24);
    ended.push([rows, world.clock.now()]);
  }
  // One alone, at 0; five together, at 1,000: four fill a batch, the fifth waits.
  for (const at of [0, 1_000, 1_000, 1_000, 1_000, 1_000]) world.clock.spawn(row(at));
  world.clock.run(5_000);
  expect(ended).toEqual([
    [1, 10 + 24],
    ...[1, 2, 3, 4].map(() => [4, 1_000 + 24 * (1 + 3 / 12)]),
    [1, 1_000 + 10 + 24],
  ]);
});

describe('a queue', () => {
  /** Messages come every `everyMs`, the consumer is `slow` times as slow. */
  const worked = (everyMs: number, slow: number, forMs: number, cpuTaken = 0) => {
    const { world, add } = estateOf(14);
    const consumer = add('consumer', { protocol: 'http', instances: 1 });
    const warehouse = add('warehouse', { protocol: 'postgresql', instrumented: false });
    const own: Operation = { endpoint: { name: 'INSERT' }, workMs: 5, sigma: 0.1, stages: [] };
    const store = { target: warehouse, operation: own, timeoutMs: 2_000, retries: 0 } as const;
    const topic = createTopic(world, 'events', consumer, store);
    consumer.code.set('events', { ...soundCode(), slow });
    const instance = consumer.instances[0] as Instance;
    instance.cpuTaken = cpuTaken;
    function* publish(): Task {
      for (;;) {
        yield everyMs;
        append(world, topic, { request: startRequest(world, true), instance, span: undefined });
      }
    }
    startTopic(world, topic);
    world.clock.spawn(publish());
    world.clock.run(forMs);
    return { world, topic };
  };

  test('that is worked off faster than it fills is nearly empty', () => {
    const { world, topic } = worked(500, 1, 600_000);
    expect(topic.waiting.length).toBeLessThanOrEqual(1);
    expect(world.clock.now() - workedOffUpTo(world, topic)).toBeLessThan(500);
    expect(topic.done).toBeGreaterThanOrEqual(1_198);
  });

  test('grows by what comes and is not worked off, and its end falls behind', () => {
    const { world, topic } = worked(500, 40, 600_000);
    // 30 ms at the median, lognormal with 0.4, 40 times as slow, and the insert.
    const tookMs = 40 * 30 * Math.exp(0.4 ** 2 / 2) + 6;
    expect(topic.done / (600_000 / tookMs)).toBeCloseTo(1, 1);
    expect(topic.waiting.length + topic.done).toBe(1_200);
    const behind = (world.clock.now() - workedOffUpTo(world, topic)) / (500 * topic.waiting.length);
    expect(behind).toBeCloseTo(1, 2);
  });

  test('is worked off by a processor, and half as fast if half of that is gone', () => {
    const [full, half] = [0, 0.5].map((taken) => worked(100, 40, 600_000, taken).topic.done);
    expect((half as number) / (full as number)).toBeCloseTo(0.5, 1);
  });
});

describe('values of features', () => {
  const random = createRandom(12);
  const values = (change: object): number[] =>
    Array.from({ length: 4_000 }, () => serve({ ...sound(), ...change }, random)).flatMap(
      ({ value }) => (value === null ? [] : [value]),
    );

  test('are stable unless the inputs move, and then the more they do', () => {
    expect(stabilityIndex(values({}))).toBeLessThan(0.02);
    // Of two normals of one width: the square of their distance, as bins get fine.
    const moved = [0.5, 1, 1.5].map((shift) => stabilityIndex(values({ shift })));
    expect(moved[0]).toBeGreaterThan(0.15);
    expect(moved[1]).toBeGreaterThan(0.7);
    expect(moved[2]).toBeGreaterThan(moved[1] as number);
  });

  test('are absent as often as they should be', () => {
    expect(values({ nulls: 0.3 }).length / 4_000).toBeCloseTo(0.7, 1);
  });
});
