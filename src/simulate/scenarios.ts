/** What can be simulated: every fault, chains of two layers, two faults at once, and health. */
import { soundCode } from './code.ts';
import { dataFaultOf, type Fault, faults, type Plan } from './faults/index.ts';
import { geometric, type Onset, pathAlong, riser, truthOf } from './faults/plan.ts';
import type { InferenceSystem } from './inference.ts';
import { promote } from './model-rollout.ts';
import type { Platform, PlatformKind } from './platform.ts';
import { knownAccuracy } from './prediction.ts';
import type { Random } from './random.ts';

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** What intensity 0 and 1 mean; null if it has none. */
  readonly range: string | null;
  /** Of which kind the system can be; which it is, its seed decides. */
  readonly kinds: readonly PlatformKind[];
  /** What goes wrong in it: none in a healthy system. */
  readonly plan: (platform: Platform, draw: ScenarioDraw) => readonly Planned[];
}

export interface ScenarioDraw {
  readonly random: Random;
  /** 0 to 1. */
  readonly intensity: number;
  /** Whether what can come slowly does, and over which time. */
  readonly isSlow: boolean;
  readonly riseMs: number;
}

/** A plan, and whether its mechanism comes to its strength slowly. */
export interface Planned extends Plan {
  readonly isGradual: boolean;
}

const ofFault = (fault: Fault): Scenario => {
  const { name, summary, range, system } = fault;
  const isAlone = system === 'inference' && fault.ownsVersion === true;
  const kinds = isAlone ? [system] : [system, system, system, 'joined' as const];
  return { name, summary, range, kinds, plan: (...of) => [planned(fault, ...of)] };
};

function planned(fault: Fault, platform: Platform, of: ScenarioDraw): Planned {
  const { kind, world, inference, training } = platform;
  const overMs = overMsOf(fault.onset, of);
  const draw = { random: of.random, intensity: of.intensity, rise: riser(world, overMs) };
  const isGradual = overMs > 0;
  if (fault.system === 'inference' && inference) {
    return { ...fault.plan(inference, draw), isGradual };
  }
  if (fault.system === 'training' && training) return { ...fault.plan(training, draw), isGradual };
  throw new Error(`${fault.name} is no fault of a system of kind ${kind}`);
}

/** Time over which a fault comes to its strength; 0: at once. */
function overMsOf(onset: Onset, { isSlow, riseMs }: ScenarioDraw): number {
  if (onset === 'sudden') return 0;
  return onset === 'gradual' || isSlow ? riseMs : 0;
}

/**
 * A fault of data that goes on into another layer; `join` adds how. Only from intensity `least` on
 * does it get that far.
 */
const chain = (
  { name, summary, range }: Pick<Scenario, 'name' | 'summary' | 'range'>,
  first: string,
  least: number,
  join: (system: InferenceSystem, plan: Planned) => Planned,
): Scenario => ({
  ...{ name, summary, range, kinds: ['inference'] },
  plan: (platform, draw) => {
    if (!platform.inference) return [];
    const intensity = least + (1 - least) * draw.intensity;
    const plan = planned(dataFaultOf(first), platform, { ...draw, intensity });
    return [join(platform.inference, plan)];
  },
});

/**
 * Nothing the agent finds is of use, so it searches and asks again, until the proxy of the language
 * model has no room: what is seen is overload, what is wrong is the embedding.
 */
const embeddingOverload = chain(
  {
    name: 'embedding-overload',
    summary:
      'a new embedding model, empty-handed agents that ask again, a language model overloaded',
    range: 'scores fall by two thirds of the way to chance … all the way',
  },
  'embedding-mismatch',
  0.6,
  (system, plan) => {
    const { embedder, retriever, assistant, llmProxy } = system.services;
    const path = pathAlong([embedder, retriever, assistant, llmProxy]);
    // This agent is told not to answer without a source.
    const prepare = (): void => {
      system.assistant.mostTurns = 12;
    };
    const strike = (): void => {
      plan.strike();
      system.assistant.isInsistent = true;
    };
    return { ...plan, truth: { ...plan.truth, path }, prepare, strike };
  },
);

const watchEveryMs = 15_000;

/** The column is gone, predictions become wrong, and whoever watches them takes the model back. */
const schemaRollback = chain(
  {
    name: 'schema-rollback',
    summary:
      'a column is gone, features are absent, predictions are wrong, the model is rolled back',
    range: 'the view is half of what the model knows … 80 %',
  },
  'schema-change',
  0.4,
  (system, plan) => {
    const { model, world } = system;
    const accuracy = (): number | null => knownAccuracy(model.windows.values());
    const watch = (usual: number): void => {
      const now = accuracy();
      if (now !== null && now < usual - 0.08) {
        const older = `${model.version}-previous`;
        model.skill.set(older, (model.skill.get(model.version) ?? 0) - 0.1);
        promote(system, older, 8_000);
      } else world.clock.at(world.clock.now() + watchEveryMs, () => watch(usual));
    };
    const strike = (): void => {
      plan.strike();
      watch(accuracy() ?? 1);
    };
    return { ...plan, strike };
  },
);

/** A consumer falls behind: what features are built from, and so what is predicted, grows old. */
const consumerLag: Scenario = {
  name: 'consumer-lag',
  summary: 'the consumer of a queue is slow: features grow old, predictions rest on them',
  range: '40 times as slow, about what comes in … 160 times',
  kinds: ['inference', 'joined'],
  plan: ({ inference, world }, draw) => {
    if (!inference) return [];
    const { interactions, job, store } = inference.materialiser;
    const { api, model } = inference;
    const { consumer, name } = interactions;
    const slow = geometric(draw.intensity, 40, 160);
    const overMs = overMsOf('either', draw);
    return [
      {
        isGradual: overMs > 0,
        truth: {
          root_cause_service: consumer.name,
          entity: `service:${consumer.name}`,
          layer: 'application',
          fault_class: 'slow-operation',
          path: pathAlong([consumer, job, store, api, model.server]),
        },
        strike: () =>
          riser(
            world,
            overMs,
          )((level) => {
            consumer.code.set(name, { ...soundCode(), slow: slow ** level });
          }),
      },
    ];
  },
};

/** Training goes wrong and nobody looks: what it makes is released, and predicts badly. */
const divergedRelease: Scenario = {
  name: 'diverged-release',
  summary: 'a training run diverges, its versions are released all the same and predict badly',
  range: 'the gradient doubles every 8 steps … every 2',
  kinds: ['joined'],
  plan: ({ inference, training }, { intensity }) => {
    if (!inference || !training) return [];
    const { trainer, launcher, job } = training;
    const { registry, rollout } = inference.services;
    const { server } = inference.model;
    const path = pathAlong([trainer, launcher, registry, rollout, server]);
    const up = truthOf(inference, server, { layer: 'model', fault_class: '' }).path;
    return [
      {
        isGradual: false,
        truth: {
          root_cause_service: trainer.name,
          also_accepted: [launcher.name],
          entity: `service:${trainer.name}`,
          layer: 'model',
          fault_class: 'training-divergence',
          path: [...path, ...up],
        },
        strike: () => {
          job.growth = 2 ** (1 / geometric(intensity, 8, 2));
        },
      },
    ];
  },
};

/** Two faults that have nothing to do with each other, in two services. */
const twoFaults: Scenario = {
  name: 'two-faults',
  summary: 'two faults at once, in different services',
  range: 'both subtle … both obvious',
  kinds: ['inference'],
  plan: (platform, draw) => {
    const possible = faults.filter((fault) => fault.system === 'inference');
    const first = planned(draw.random.pick(possible), platform, draw);
    for (;;) {
      const second = planned(draw.random.pick(possible), platform, draw);
      const isOther = second.truth.fault_class !== first.truth.fault_class;
      const names = [first, second].flatMap(({ truth }) => [
        truth.root_cause_service,
        ...(truth.also_accepted ?? []),
      ]);
      if (isOther && new Set(names).size === names.length) return [first, second];
    }
  },
};

const healthy: Scenario = {
  name: 'healthy',
  summary: 'nothing is wrong; harmless deploys and changes of load',
  range: null,
  kinds: ['inference', 'training', 'joined'],
  plan: () => [],
};

/** In the order in which a count of cases takes them. */
export const catalogue: readonly Scenario[] = [
  ...faults.map(ofFault),
  embeddingOverload,
  schemaRollback,
  consumerLag,
  divergedRelease,
  twoFaults,
  healthy,
];

/** Of what may come slowly or at once, every second does so slowly. */
const slowShare = 0.5;
const riseMs = [40_000, 100_000] as const;

/** What a scenario is told besides its system; `intensity` null: drawn evenly. */
export function drawScenario(random: Random, asked: number | null): ScenarioDraw {
  const drawn = Number(random.next().toFixed(3));
  const isSlow = random.chance(slowShare);
  return { random, intensity: asked ?? drawn, isSlow, riseMs: random.between(...riseMs) };
}
