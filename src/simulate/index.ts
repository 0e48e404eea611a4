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
import { startPractice } from './practice.ts';
import { createRandom, type Random } from './random.ts';
import { type Recording, recordingOf } from './recording.ts';
import { catalogue, drawScenario, type Scenario } from './scenarios.ts';
import type { Timeline } from './world.ts';

export type { SimulatedFile } from './case-files.ts';
export { checkRoom, writeCase } from './case-folder.ts';
export type { Recording } from './recording.ts';
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
  options: SimulationOptions = {},
): readonly SimulatedFile[] {
  const run = decidableRun(scenarioOf(name), seed, options, createTimeline);
  return filesOf(run.world, run.kind, run.plans, run.facts, run.random);
}

export interface RecordingOptions extends SimulationOptions {
  /** Minutes before the fault, and after it. */
  readonly healthyMinutes: number;
  readonly faultyMinutes: number;
  /** Whether the system has what makes it ride out faults (`practice.ts`); false if left out. */
  readonly practised?: boolean;
}

/**
 * The same system and fault, recorded without a gap from the first healthy minute to the last of
 * the fault. The onset lies within the first half minute after the healthy ones.
 * @throws {UserError} `usage` if there is no such scenario.
 */
export function record(
  name: string,
  seed: number,
  { healthyMinutes, faultyMinutes, ...options }: RecordingOptions,
): Recording {
  const timeline = (random: Random): Timeline => {
    const incident = warmUpMs + healthyMinutes * minute;
    const end = incident + faultyMinutes * minute;
    const onset = incident + random.between(0, 30_000);
    return { baseline: [warmUpMs, incident], incident: [incident, end], onset, end };
  };
  const run = decidableRun(scenarioOf(name), seed, options, timeline);
  return recordingOf(run.world, run.kind, run.plans, run.facts, run.random);
}

/** After so many draws of where a fault strikes, the last is taken. */
const mostDraws = 8;

type Timing = (random: Random) => Timeline;

function decidableRun(
  scenario: Scenario,
  seed: number,
  options: SimulationOptions & { readonly practised?: boolean },
  timing: Timing,
) {
  let best = runOf(scenario, seed, options, timing, 0);
  for (let draw = 1; !best.isDecidable && draw < mostDraws; draw += 1) {
    best = runOf(scenario, seed, options, timing, draw);
  }
  return best;
}

/**
 * Runs one case. Each `draw` is another choice of where the fault strikes; system, intensity, onset
 * and distractors stay, so that what is drawn evenly stays even.
 */
function runOf(
  scenario: Scenario,
  seed: number,
  options: SimulationOptions & { readonly practised?: boolean },
  timing: Timing,
  draw: number,
) {
  const { topologySeed, intensity, practised = false } = options;
  const random = createRandom(seed);
  const topology = topologySeed === undefined ? random : createRandom(topologySeed);
  const timeline = timing(random.fork('timeline'));
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
  const how = drawScenario(random.fork('fault'), intensity ?? null);
  const plans = scenario.plan(platform, { ...how, random: random.fork(`strike ${draw}`) });
  for (const { prepare } of plans) prepare?.();
  platform.start();
  startGauges(world);
  startChatter(world);
  if (practised) startPractice(platform);
  distract(world, random.fork('distractors'), platform.untouched);
  for (const { strike } of plans) world.clock.at(timeline.onset, strike);
  world.clock.run(timeline.end);
  const facts = { scenario: scenario.name, seed, intensity: how.intensity, topologySeed };
  const isDecidable = plans.every((plan) => plan.isDecidable?.() ?? true);
  return { world, kind, plans, facts, random, isDecidable };
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
/** Not recorded: nothing is in its usual state before. */
const warmUpMs = 0.75 * minute;

/** A warm-up that is not recorded, the two windows, and time for the last requests to end. */
function createTimeline(random: Random): Timeline {
  const baselineEnd = warmUpMs + random.between(6, 8) * minute;
  const incidentStart = baselineEnd + random.between(2, 4) * minute;
  const incidentEnd = incidentStart + random.between(3.8, 5) * minute;
  return {
    baseline: [warmUpMs, baselineEnd],
    incident: [incidentStart, incidentEnd],
    onset: incidentStart + random.between(15_000, 45_000),
    end: incidentEnd + 10_000,
  };
}
