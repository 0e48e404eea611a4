import { describe, expect, test } from 'vitest';
import { type Operation, receive } from '../src/simulate/calls.ts';
import { createClock, type Task } from '../src/simulate/clock.ts';
import { createEstate } from '../src/simulate/estate.ts';
import { chooseNames, chooseNaming, nextVersion } from '../src/simulate/names.ts';
import { createRandom } from '../src/simulate/random.ts';
import { startRequest } from '../src/simulate/world.ts';

const draws = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('random', () => {
  test('draws have the moments they claim', () => {
    const random = createRandom(7);
    expect(mean(draws(20_000, random.next))).toBeCloseTo(0.5, 1);
    expect(mean(draws(20_000, () => random.exponential(30))) / 30).toBeCloseTo(1, 1);
    const logs = draws(20_000, () => Math.log(random.lognormal(40, 0.5)));
    expect(mean(logs)).toBeCloseTo(Math.log(40), 1);
    expect(mean(logs.map((log) => (log - Math.log(40)) ** 2))).toBeCloseTo(0.25, 1);
  });

  test('a fork does not depend on what was drawn before it', () => {
    const fresh = createRandom(3);
    const used = createRandom(3);
    draws(10, used.next);
    expect(used.fork('load').hex(32)).toBe(fresh.fork('load').hex(32));
    expect(fresh.fork('load').hex(32)).not.toBe(fresh.fork('ids').hex(32));
    expect(createRandom(4).fork('load').hex(32)).not.toBe(fresh.fork('load').hex(32));
  });
});

describe('clock', () => {
  test('runs what is due in order of time, then of request', () => {
    const clock = createClock();
    const seen: string[] = [];
    for (const [time, name] of [
      [5, 'c'],
      [1, 'a'],
      [5, 'd'],
      [3, 'b'],
      [9, 'late'],
    ] as const) {
      clock.at(time, () => seen.push(`${name}@${clock.now()}`));
    }
    clock.run(8);
    expect(seen).toEqual(['a@1', 'b@3', 'c@5', 'd@5']);
    expect(clock.now()).toBe(8);
  });

  test('a task waits for delays, gates and other tasks', () => {
    const clock = createClock();
    const seen: string[] = [];
    const gate = clock.gate();
    function* inner(): Task {
      yield 10;
      seen.push(`inner ${clock.now()}`);
    }
    function* outer(): Task {
      yield clock.spawn(inner());
      yield gate;
      seen.push(`outer ${clock.now()}`);
      yield gate;
      seen.push(`still ${clock.now()}`);
    }
    clock.spawn(outer());
    clock.at(25, () => gate.open());
    clock.run(100);
    expect(seen).toEqual(['inner 10', 'outer 25', 'still 25']);
  });
});

test('queues are as long as the mean and variance of the work make them', () => {
  // One worker, Poisson arrivals, lognormal work: Pollaczek and Khinchine's mean wait,
  // λ E[S²] / (2 (1 − ρ)).
  const [median, sigma, perMs] = [50, 0.5, 0.012];
  const random = createRandom(5);
  const forever = [0, 1e12] as const;
  const timeline = { baseline: forever, incident: forever, onset: 0, end: 0 };
  const { world, add } = createEstate(timeline, {
    names: chooseNames(random),
    naming: chooseNaming(random),
    random,
    chance: random,
    hosts: 1,
  });
  const service = add('api', { protocol: 'http', instances: 1, concurrency: 1 });
  service.errorRate = 0;
  const operation: Operation = { endpoint: { name: '/' }, workMs: median, sigma, stages: [] };
  function* arrivals(): Task {
    for (;;) {
      yield world.random.exponential(1 / perMs);
      world.clock.spawn(receive(world, service, operation, startRequest(world, true)));
    }
  }
  world.clock.spawn(arrivals());
  world.clock.run(4_000_000);

  const work = median * Math.exp(sigma ** 2 / 2);
  const load = perMs * work;
  const wait = (perMs * median ** 2 * Math.exp(2 * sigma ** 2)) / (2 * (1 - load));
  const { spans } = world.telemetry;
  expect(spans.length / (4_000_000 * perMs)).toBeCloseTo(1, 1);
  const took = mean(spans.map(({ start, end }) => end - start));
  expect(took / (wait + work)).toBeGreaterThan(0.93);
  expect(took / (wait + work)).toBeLessThan(1.07);
});

test('the next version follows the manner of the last', () => {
  expect(nextVersion('1.4.2')).toBe('1.5.0');
  expect(nextVersion('v17')).toBe('v18');
  expect(nextVersion('ranker-09')).toBe('ranker-10');
});
