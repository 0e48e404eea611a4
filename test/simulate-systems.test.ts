/** Systems as they are cut into services, from small to large, and what they say. */
import { describe, expect, test } from 'vitest';
import { startChatter } from '../src/simulate/chatter.ts';
import { createEstate } from '../src/simulate/estate.ts';
import { type Fault, faults, type Plan } from '../src/simulate/faults/index.ts';
import { drawLayout, mostServices } from '../src/simulate/layout.ts';
import { chooseNames, chooseNaming } from '../src/simulate/names.ts';
import { buildPlatform, type Platform, type PlatformKind } from '../src/simulate/platform.ts';
import { createRandom } from '../src/simulate/random.ts';

function platformOf(seed: number, kind: PlatformKind): Platform {
  const random = createRandom(seed);
  const forever = [0, 1e9] as const;
  const estate = createEstate(
    { baseline: forever, incident: forever, onset: 0, end: 0 },
    {
      ...{ names: chooseNames(random.fork('names')), naming: chooseNaming(random) },
      ...{ random: random.fork('estate'), chance: random.fork('chance'), hosts: 8 },
      layout: drawLayout(random.fork('layout')),
    },
  );
  return buildPlatform(estate, kind, random);
}

const kinds = ['inference', 'training', 'joined'] as const;
const seeds = Array.from({ length: 90 }, (_, seed) => seed);
const speaking = ({ world }: Platform): number =>
  world.services.filter(({ instrumented }) => instrumented).length;

describe('a system', () => {
  const platforms = kinds.flatMap((kind) => seeds.map((seed) => platformOf(seed, kind)));

  test('has five services that send spans, up to forty in all, and any number between', () => {
    const sizes = platforms.map(speaking);
    expect(Math.min(...sizes)).toBe(5);
    const all = platforms.map(({ world }) => world.services.length);
    expect(Math.max(...all)).toBe(mostServices);
    const between = new Set([...sizes, ...all]);
    for (let size = 5; size <= mostServices; size += 1) expect(between).toContain(size);
  });

  test('has names for all of them', () => {
    for (const { world } of platforms) {
      const names = world.services.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((name) => /side\d|undefined/.test(name))).toEqual([]);
    }
  });

  test('of any size can have every fault, whose path leads from one service to another', () => {
    for (const platform of platforms.filter(({ kind }) => kind === 'joined')) {
      const known = platform.world.services.map(({ name }) => name);
      for (const fault of faults) {
        const {
          root_cause_service: root,
          also_accepted: others = [],
          path,
        } = truthIn(platform, fault);
        expect(known).toEqual(expect.arrayContaining([root, ...others]));
        expect(others).not.toContain(root);
        expect(path.filter(({ from, to }) => from === to)).toEqual([]);
      }
    }
  });
});

function truthIn({ inference, training }: Platform, fault: Fault): Plan['truth'] {
  const draw = { random: createRandom(1), intensity: 0.5, rise: () => {} };
  const plan =
    fault.system === 'inference'
      ? inference && fault.plan(inference, draw)
      : training && fault.plan(training, draw);
  if (!plan) throw new Error(fault.name);
  return plan.truth;
}

test('parts of one process call each other within it', () => {
  const small = seeds
    .map((seed) => platformOf(seed, 'inference'))
    .find((platform) => speaking(platform) === 5);
  small?.start();
  small?.world.clock.run(60_000);
  const spans = small?.world.telemetry.spans ?? [];
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const within = spans.filter((span) => {
    const parent = byId.get(span.parentSpanId);
    return parent && parent.resource === span.resource && span.kind === 1;
  });
  expect(within.length).toBeGreaterThan(100);
  const toItself = spans.filter(
    ({ kind, resource, attributes }) =>
      kind === 3 &&
      String(attributes['server.address'] ?? attributes['net.peer.name']).split('.')[0] ===
        resource.attributes['service.name'],
  );
  expect(toItself).toEqual([]);
});

/** A line without what differs from one time to the next. */
const shapeOf = (body: string): string => body.replace(/\b[0-9a-f]{8}\b|\d+/g, '#');

test('logs have many templates, and each service a few', () => {
  const shapes = new Set<string>();
  for (const seed of seeds.slice(0, 12)) {
    const { world } = platformOf(seed, 'joined');
    startChatter(world);
    world.clock.run(600_000);
    const byService = new Map<unknown, Set<string>>();
    for (const { body, resource } of world.telemetry.logs) {
      const name = resource.attributes['service.name'];
      byService.set(name, (byService.get(name) ?? new Set()).add(shapeOf(body)));
      shapes.add(shapeOf(body));
    }
    for (const own of byService.values()) {
      expect(own.size).toBeGreaterThanOrEqual(4);
      // `{a|b}` makes two shapes of one phrase.
      expect(own.size).toBeLessThanOrEqual(20);
    }
  }
  expect(shapes.size).toBeGreaterThan(60);
});
