/** Mechanisms of faults, on systems that are built but for the most part not run. */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createEstate, rollOut } from '../src/simulate/estate.ts';
import { type Fault, faults, type Plan } from '../src/simulate/faults/index.ts';
import { leastMet } from '../src/simulate/faults/plan.ts';
import { simulate } from '../src/simulate/index.ts';
import { chooseNames, chooseNaming } from '../src/simulate/names.ts';
import { distract } from '../src/simulate/noise.ts';
import { buildPlatform, type Platform } from '../src/simulate/platform.ts';
import { createRandom } from '../src/simulate/random.ts';
import { catalogue, type ScenarioDraw } from '../src/simulate/scenarios.ts';

function platformOf(seed: number): Platform {
  const random = createRandom(seed);
  const timeline = {
    ...{ baseline: [0, 400_000] as const, incident: [500_000, 800_000] as const },
    ...{ onset: 520_000, end: 800_000 },
  };
  const estate = createEstate(timeline, {
    ...{ names: chooseNames(random), naming: chooseNaming(random) },
    ...{ random: random.fork('estate'), chance: random.fork('chance'), hosts: 8 },
  });
  return buildPlatform(estate, 'joined', random);
}

/** All that there is of a system, functions aside. */
const stateOf = (platform: Platform): string =>
  inspect(platform, { depth: 12, maxArrayLength: null, maxStringLength: null });

type Rise = (level: number) => void;

/** The fault planned at full strength; `rises` are what it hands to be risen. */
function planned(fault: Fault, platform: Platform, seed = 1): { plan: Plan; rises: Rise[] } {
  const rises: Rise[] = [];
  const rise = (apply: Rise): void => void rises.push(apply);
  const draw = { random: createRandom(seed), intensity: 0.8, rise };
  const { inference, training } = platform;
  if (fault.system === 'inference' && inference) {
    return { plan: fault.plan(inference, draw), rises };
  }
  if (fault.system === 'training' && training) return { plan: fault.plan(training, draw), rises };
  throw new Error(fault.name);
}

describe.each(faults)('$name', (fault) => {
  test('to plan it changes nothing', () => {
    const platform = platformOf(7);
    const before = stateOf(platform);
    planned(fault, platform);
    expect(stateOf(platform)).toBe(before);
  });

  test('rises by degrees if its onset may be gradual, and only then', () => {
    const platform = platformOf(7);
    const { plan, rises } = planned(fault, platform);
    const before = stateOf(platform);
    plan.strike();
    platform.world.clock.run(1);
    if (fault.onset === 'sudden') {
      expect(rises).toEqual([]);
      return expect(stateOf(platform)).not.toBe(before);
    }
    const [apply] = rises;
    const states = [0.2, 0.6, 1].map((level) => {
      apply?.(level);
      return stateOf(platform);
    });
    expect(new Set(states).size).toBe(3);
  });
});

const drawOf = (seed: number, isSlow: boolean): ScenarioDraw => ({
  ...{ random: createRandom(seed), intensity: 0.5, isSlow, riseMs: 60_000 },
});

test('an onset is called gradual where the mechanism rises, and has begun to at the onset', () => {
  const names = ['cpu-saturation', 'schema-change', 'concept-drift'];
  const labels = [true, false].map((isSlow) =>
    names.map((name) => {
      const scenario = catalogue.find((one) => one.name === name);
      return scenario?.plan(platformOf(3), drawOf(1, isSlow))[0]?.isGradual;
    }),
  );
  expect(labels).toEqual([
    [true, false, true],
    [false, false, true],
  ]);
  const platform = platformOf(3);
  const scenario = catalogue.find(({ name }) => name === 'network-latency');
  scenario?.plan(platform, drawOf(1, true))[0]?.strike();
  const delays = () => Math.max(...platform.world.services.map(({ network }) => network.delayMs));
  platform.world.clock.run(1);
  const first = delays();
  expect(first).toBeGreaterThan(0);
  platform.world.clock.run(60_001);
  expect(delays() / first).toBeCloseTo(12, 5);
});

test('two faults: a second draw that is thrown away leaves nothing behind', () => {
  const scenario = catalogue.find(({ name }) => name === 'two-faults');
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const platform = platformOf(9);
    const before = stateOf(platform);
    const plans = scenario?.plan(platform, drawOf(seed, false)) ?? [];
    expect(new Set(plans.map(({ truth }) => truth.root_cause_service)).size).toBe(2);
    expect(stateOf(platform)).toBe(before);
  }
});

describe('distractors', () => {
  /** Services whose processes or rates one draw of distractors changes. */
  function touched(seed: number): { errors: string[]; deployed: string[] } {
    const { world, untouched } = platformOf(5);
    const versions = world.services.map(({ version }) => version);
    const rates = world.services.map(({ errorRate }) => errorRate);
    distract(world, createRandom(seed), untouched);
    world.clock.run(world.timeline.end);
    const named = (isOne: (at: number) => boolean) =>
      world.services.flatMap(({ name }, at) => (isOne(at) ? [name] : []));
    return {
      errors: named((at) => world.services[at]?.errorRate !== rates[at]),
      deployed: named((at) => world.services[at]?.version !== versions[at]),
    };
  }
  const draws = Array.from({ length: 400 }, (_, seed) => touched(seed));

  test('fall on every service, whatever could be broken there', () => {
    const { world, untouched } = platformOf(5);
    const own = world.services.filter(({ instrumented }) => instrumented).map(({ name }) => name);
    const safe = new Set(untouched.map(({ name }) => name));
    expect(new Set(draws.flatMap(({ errors }) => errors))).toEqual(new Set(own));
    expect(new Set(draws.flatMap(({ deployed }) => deployed))).toEqual(
      new Set(own.filter((name) => !safe.has(name))),
    );
  });

  test('are two of five on average', () => {
    const share = draws.filter(({ errors }) => errors.length > 0).length / draws.length;
    expect(Math.abs(share - 2 / 5)).toBeLessThan(3 * Math.sqrt(0.24 / draws.length));
  });

  test('are the same whether anything is wrong or not', () => {
    const versionsOf = (scenario: string, seed: number): string[] => {
      const files = simulate(scenario, seed, { topologySeed: 2 });
      const text = files.find(({ path }) => path === 'metrics.jsonl')?.content ?? '';
      const found = text.matchAll(
        /"service\.name","value":\{"stringValue":"([^"]+)"\}\},\{"key":"service\.version","value":\{"stringValue":"([^"]+)"/g,
      );
      return [...new Set([...found].map(([, name, version]) => `${name} ${version}`))].sort();
    };
    // Of one kind for both, for neither rolls out a version itself.
    for (const seed of [11, 12]) {
      expect(versionsOf('data-drift', seed)).toEqual(versionsOf('cpu-saturation', seed));
    }
  });
});

test('a deploy does not cure what is wrong with the host or the code', () => {
  for (const name of ['cpu-saturation', 'memory-pressure', 'out-of-memory'] as const) {
    const platform = platformOf(6);
    const { world } = platform;
    const fault = faults.find((one) => one.name === name) as Fault;
    const { plan, rises } = planned(fault, platform);
    plan.strike();
    rises[0]?.(1);
    const root = world.services.find((one) => one.name === plan.truth.root_cause_service);
    const states = () =>
      root?.instances.map(({ cpuTaken, cacheBytes, leakPerRequest, memoryLimit }) =>
        [cpuTaken, cacheBytes / memoryLimit, leakPerRequest].map((value) => value > 0),
      );
    const before = states();
    const old = root?.instances[0];
    if (root) rollOut(world, root, '9.9.9', 1_000);
    world.clock.run(world.timeline.end);
    expect(root?.instances[0]).not.toBe(old);
    expect(states()).toEqual(before);
  }
});

test('a release breaks only the processes that run it', () => {
  const platform = platformOf(6);
  const fault = faults.find(({ name }) => name === 'bad-release') as Fault;
  const { plan } = planned(fault, platform);
  const root = platform.world.services.find(({ name }) => name === plan.truth.root_cause_service);
  plan.strike();
  const [code] = root?.code.values() ?? [];
  expect(root?.instances.map(({ release }) => release >= (code?.since ?? 0))).not.toContain(true);
  platform.world.clock.run(30_000);
  expect(root?.instances.map(({ release }) => release >= (code?.since ?? 0))).not.toContain(false);
});

test('a case is decided by what the fault met, not by what anyone finds', () => {
  const platform = platformOf(6);
  const { world } = platform;
  const rootOf = ({ truth }: Plan) =>
    world.services.find(({ name }) => name === truth.root_cause_service);
  const thrown = planned(
    faults.find(({ name }) => name === 'tool-failure') as Fault,
    platform,
  ).plan;
  thrown.strike();
  expect(thrown.isDecidable?.()).toBe(false);
  for (const { met } of rootOf(thrown)?.code.values() ?? []) met.spoilt += leastMet.spoilt;
  expect(thrown.isDecidable?.()).toBe(true);
  const late = planned(faults.find(({ name }) => name === 'out-of-memory') as Fault, platform).plan;
  late.strike();
  const root = rootOf(late);
  if (root) root.recordedCalls += leastMet.slowed - 1;
  expect(late.isDecidable?.()).toBe(false);
  if (root) root.recordedCalls += 1;
  expect(late.isDecidable?.()).toBe(true);
});
