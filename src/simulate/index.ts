/**
 * A distributed AI system to break: labelled cases with known causes, from physics.
 *
 * A seed fixes the system (names, topology, styles, load) and, through streams of its own, the
 * fault and its intensity. The discrete-event engine runs it through a baseline, a gap and an
 * incident; what the processes record in the two windows is the case.
 */
import { UserError } from '../errors.ts';
import { nearestOf } from '../text/nearest.ts';
import { filesOf, type SimulatedFile } from './case-files.ts';
import { startChatter } from './chatter.ts';
import { createEstate } from './estate.ts';
import { startGauges } from './gauges.ts';
import { drawLayout } from './layout.ts';
import { chooseNames, chooseNaming } from './names.ts';
import { distract } from './noise.ts';
import { buildPlatform } from './platform.ts';
import { createRandom, type Random } from './random.ts';
import { catalogue, drawScenario, type Scenario } from './scenarios.ts';
import type { Timeline } from './world.ts';

export type { SimulatedFile } from './case-files.ts';
export { checkRoom, writeCase } from './case-folder.ts';
export { streamOf } from './stream.ts';

/** What `simulate` can make, faults in the order of the design. */
export const scenarios: readonly Pick<Scenario, 'name' | 'summary' | 'range'>[] = catalogue.map(
  ({ name, summary, range }) => ({ name, summary, range }),
);

export interface SimulationOptions {
  /** Fixes the system whatever the seed; left out: by the seed as well. */
  readonly topologySeed?: number | undefined;
  /** 0 (subtle) to 1 (obvious); left out: drawn evenly. */
  readonly intensity?: number | undefined;
}

/**
 * One labelled case: spans and logs of two windows, metrics of all time, and the label. The same
 * scenario, seed and options give the same bytes.
 * @throws {UserError} `usage` if there is no such scenario.
 */
export function simulate(
  name: string,
  seed: number,
  { topologySeed, intensity: asked }: SimulationOptions = {},
): readonly SimulatedFile[] {
  const scenario = scenarioOf(name);
  let best = runOf(scenario, seed, topologySeed, asked, 0);
  for (let draw = 1; !best.isDecidable && draw < mostDraws; draw += 1) {
    best = runOf(scenario, seed, topologySeed, asked, draw);
  }
  return best.files();
}

/** After so many draws of where a fault strikes, the last is taken. */
const mostDraws = 8;

interface Run {
  readonly isDecidable: boolean;
  readonly files: () => readonly SimulatedFile[];
}

/**
 * Runs one case. Each `draw` is another choice of where the fault strikes; system, intensity, onset
 * and distractors stay, so that what is drawn evenly stays even.
 */
function runOf(
  scenario: Scenario,
  seed: number,
  topologySeed: number | undefined,
  asked: number | undefined,
  draw: number,
): Run {
  const random = createRandom(seed);
  const topology = topologySeed === undefined ? random : createRandom(topologySeed);
  const timeline = createTimeline(random.fork('timeline'));
  const estate = createEstate(timeline, {
    names: chooseNames(topology.fork('names')),
    naming: chooseNaming(topology.fork('naming')),
    random: topology.fork('estate'),
    chance: random.fork('chance'),
    hosts: 8,
    layout: drawLayout(topology.fork('layout')),
  });
  const kind = topology.fork('kind').pick(scenario.kinds);
  const platform = buildPlatform(estate, kind, topology);
  const { world } = platform;
  const how = drawScenario(random.fork('fault'), asked ?? null);
  const plans = scenario.plan(platform, { ...how, random: random.fork(`strike ${draw}`) });
  for (const { prepare } of plans) prepare?.();
  platform.start();
  startGauges(world);
  startChatter(world);
  distract(world, random.fork('distractors'), platform.untouched);
  for (const { strike } of plans) world.clock.at(timeline.onset, strike);
  world.clock.run(timeline.end);
  const facts = { scenario: scenario.name, seed, intensity: how.intensity, topologySeed };
  return {
    isDecidable: plans.every(({ isDecidable }) => isDecidable?.() ?? true),
    files: () => filesOf(world, kind, plans, facts, random),
  };
}

/** @throws {UserError} `usage` if there is no such scenario. */
export function checkScenario(name: string): void {
  scenarioOf(name);
}

function scenarioOf(name: string): Scenario {
  const scenario = catalogue.find((one) => one.name === name);
  if (scenario) return scenario;
  const names = catalogue.map((one) => one.name);
  const nearest = nearestOf(name, names);
  throw new UserError('usage', `there is no scenario ${JSON.stringify(name)}`, {
    hint:
      nearest === null
        ? `Pass one of: ${names.join(', ')}.`
        : `Did you mean ${nearest}? aidebug simulate --list shows all.`,
  });
}

const minute = 60_000;

/** A warm-up that is not recorded, the two windows, and time for the last requests to end. */
function createTimeline(random: Random): Timeline {
  const warmUp = 0.75 * minute;
  const baselineEnd = warmUp + random.between(6, 8) * minute;
  const incidentStart = baselineEnd + random.between(2, 4) * minute;
  const incidentEnd = incidentStart + random.between(3.8, 5) * minute;
  return {
    baseline: [warmUp, baselineEnd],
    incident: [incidentStart, incidentEnd],
    onset: incidentStart + random.between(15_000, 45_000),
    end: incidentEnd + 10_000,
  };
}
