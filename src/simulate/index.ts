/**
 * A distributed AI system to break: labelled cases with known causes, from physics.
 *
 * A seed fixes the system (names, topology, styles, load) and, through streams of its own, the
 * fault and its intensity. The discrete-event engine runs it through a baseline, a gap and an
 * incident; what the processes record in the two windows is the case.
 */
import { UserError } from '../errors.ts';
import { createEstate } from './estate.ts';
import { modelDegradation, type Plan, serviceUnreachable, slowRank, staleData } from './faults.ts';
import { startGauges } from './gauges.ts';
import { buildInference, type InferenceSystem } from './inference.ts';
import { chooseNames, chooseNaming } from './names.ts';
import { distract, startChatter } from './noise.ts';
import { logLines, metricLines, traceLines, type UnixTime } from './otlp.ts';
import { createRandom, type Random } from './random.ts';
import { buildTraining, type TrainingSystem } from './training.ts';
import type { Timeline } from './world.ts';

export { writeCase } from './case-folder.ts';

/** One file of a case; the path is relative to the case's folder. */
export interface SimulatedFile {
  readonly path: string;
  readonly content: string;
}

interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Starts the system and, unless it is to stay healthy, plans its fault. */
  readonly prepare: (build: Builders, random: Random, intensity: number) => Prepared;
}

interface Builders {
  readonly seed: number;
  inference(): InferenceSystem;
  training(): TrainingSystem;
}

interface Prepared {
  readonly system: InferenceSystem | TrainingSystem;
  readonly plan: Plan | null;
}

const onInference =
  (fault: (system: InferenceSystem, random: Random, intensity: number) => Plan) =>
  (build: Builders, random: Random, intensity: number): Prepared => {
    const system = build.inference();
    return { system, plan: fault(system, random, intensity) };
  };

const catalogue: readonly Scenario[] = [
  {
    name: 'service-unreachable',
    summary: 'a service that several others call stops; callers are refused',
    prepare: onInference(serviceUnreachable),
  },
  {
    name: 'stale-data',
    summary: 'a feature view is no longer refilled; predictions rest on old values',
    prepare: onInference(staleData),
  },
  {
    name: 'model-degradation',
    summary: 'a new model version is rolled out and is worse',
    prepare: onInference(modelDegradation),
  },
  {
    name: 'slow-rank',
    summary: "one training rank's GPU is throttled; all ranks wait for it",
    prepare: (build, random, intensity) => {
      const system = build.training();
      return { system, plan: slowRank(system, random, intensity) };
    },
  },
  {
    name: 'healthy',
    summary: 'nothing is wrong; a harmless deploy and a change of load',
    prepare: ({ seed, inference, training }) => ({
      system: seed % 2 === 0 ? training() : inference(),
      plan: null,
    }),
  },
];

/** What `simulate` can make, in the order of the design. */
export const scenarios: readonly { readonly name: string; readonly summary: string }[] =
  catalogue.map(({ name, summary }) => ({ name, summary }));

/** Intensities of this first set are clearly visible. */
const intensityRange = [0.6, 1] as const;

/**
 * One labelled case: spans and logs of two windows, metrics of all time, and the label. The same
 * scenario and seed give the same bytes; the same seed gives the same system in every scenario.
 * @throws {UserError} `usage` if there is no such scenario.
 */
export function simulate(scenario: string, seed: number): readonly SimulatedFile[] {
  const chosen = catalogue.find(({ name }) => name === scenario);
  if (!chosen) {
    throw new UserError('usage', `There is no scenario "${scenario}".`, {
      hint: `Pass one of: ${catalogue.map(({ name }) => name).join(', ')}.`,
    });
  }
  const random = createRandom(seed);
  const timeline = createTimeline(random.fork('timeline'));
  const estate = createEstate(timeline, {
    names: chooseNames(random.fork('names')),
    naming: chooseNaming(random.fork('naming')),
    random: random.fork('estate'),
    hosts: 8,
  });
  const chance = random.fork('fault');
  const intensity = Number(chance.between(...intensityRange).toFixed(3));
  const builders = {
    seed,
    inference: () => buildInference(estate, random.fork('inference')),
    training: () => buildTraining(estate, random.fork('training')),
  };
  const { system, plan } = chosen.prepare(builders, chance, intensity);
  system.start();
  startGauges(system.world);
  startChatter(system.world);
  const spare = plan?.involved ?? system.untouched;
  distract(system.world, random.fork('distractors'), { spare, healthy: plan === null });
  if (plan) system.world.clock.at(timeline.onset, plan.strike);
  system.world.clock.run(timeline.end);
  return filesOf({ system, plan }, { scenario, seed, intensity, random });
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

interface Run {
  readonly scenario: string;
  readonly seed: number;
  readonly intensity: number;
  readonly random: Random;
}

function filesOf({ system, plan }: Prepared, run: Run): readonly SimulatedFile[] {
  const { telemetry, timeline } = system.world;
  const unix = unixTime(run.random.fork('date'));
  const batches = run.random.fork('batches');
  const early = timeline.baseline[1] + minute;
  const baselineTraces = new Set(
    telemetry.spans.filter(({ start }) => start < early).map(({ traceId }) => traceId),
  );
  const inBaseline = telemetry.spans.filter(({ traceId }) => baselineTraces.has(traceId));
  const inIncident = telemetry.spans.filter(({ traceId }) => !baselineTraces.has(traceId));
  const logs = (late: boolean) => telemetry.logs.filter(({ time }) => time > early === late);
  const label = labelOf({ system, plan }, run, unix(timeline.onset));
  return [
    { path: 'baseline/traces.jsonl', content: traceLines(inBaseline, unix, batches) },
    { path: 'baseline/logs.jsonl', content: logLines(logs(false), unix, batches) },
    { path: 'incident/traces.jsonl', content: traceLines(inIncident, unix, batches) },
    { path: 'incident/logs.jsonl', content: logLines(logs(true), unix, batches) },
    { path: 'metrics.jsonl', content: metricLines(telemetry.points, unix, batches) },
    {
      path: 'label.json',
      content: `${JSON.stringify(label, null, 2)}
`,
    },
  ];
}

function labelOf({ system, plan }: Prepared, run: Run, onset: string): object {
  const common = { system: `simulated-${system.kind}`, seed: run.seed, scenario: run.scenario };
  if (!plan) return { healthy: true, ...common };
  const { intensity } = run;
  return { ...plan.truth, ...common, intensity, fault_start_unix_nano: onset };
}

/** Simulated ms on a calendar that starts somewhere in the first half of 2026. */
function unixTime(random: Random): UnixTime {
  const start = BigInt(Date.UTC(2026, 0, 5)) + BigInt(random.int(0, 180 * 24 * 60)) * 60_000n;
  return (ms) => String(start * 1_000_000n + BigInt(Math.round(ms * 1e6)));
}
