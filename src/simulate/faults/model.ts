/** Faults of models: the one that scores, and the language model behind the assistant. */
import type { InferenceSystem } from '../inference.ts';
import { promote } from '../model-rollout.ts';
import { nextVersion } from '../names.ts';
import { type Draw, type Fault, geometric, linear, namesBesides, truthOf } from './plan.ts';

const model = 'model' as const;

/** A new version is rolled out, one replica after another, and it knows less of the same inputs. */
const modelDegradation: Fault = {
  name: 'model-degradation',
  layer: model,
  summary: 'a new model version is rolled out and is worse',
  range: '0.5 in log-odds worse … 2.2',
  onset: 'sudden',
  system: 'inference',
  ownsVersion: true,
  plan(system, { random, intensity }) {
    const version = nextVersion(system.model.version);
    const staggerMs = random.between(18_000, 35_000);
    const skill = (system.model.skill.get(system.model.version) ?? 0) - linear(intensity, 0.5, 2.2);
    return {
      truth: truthOf(system, system.model.server, {
        layer: model,
        fault_class: this.name,
        entity: `model:${system.model.name}@${version}`,
      }),
      strike: () => {
        system.model.skill.set(version, skill);
        promote(system, version, staggerMs);
      },
    };
  },
};

/** The provider answers with another model than before under the same name. */
const modelSwap: Fault = {
  name: 'model-swap',
  layer: model,
  summary: 'the provider of the language model silently answers with another one',
  range: 'answers 0.6 in log-odds worse … 2.6',
  onset: 'sudden',
  system: 'inference',
  plan(system, { random, intensity }) {
    const llm = system.assistant.model;
    const { provider, llmProxy, assistant } = system.services;
    const other = `${llm.requested}-2026-0${random.int(4, 6)}-${random.int(10, 28)}`;
    const longer = random.pick([random.between(0.5, 0.75), random.between(1.4, 1.9)]);
    return {
      truth: truthOf(system, provider, {
        layer: model,
        fault_class: this.name,
        entity: `model:${llm.requested}@${other}`,
        also_accepted: namesBesides(provider, [llmProxy, assistant]),
      }),
      strike: () => {
        llm.answering = other;
        llm.skill -= linear(intensity, 0.6, 2.6);
        llm.outputTokens *= longer;
      },
    };
  },
};

/** What is right changes; the model goes on as it learned, and does not notice. */
const conceptDrift: Fault = {
  name: 'concept-drift',
  layer: model,
  summary: 'what is right changes slowly, while inputs and model stay: predictions become wrong',
  range: '0.8 in log-odds … 2.6',
  onset: 'gradual',
  system: 'inference',
  plan(system, { intensity, rise }) {
    const drift = linear(intensity, 0.8, 2.6);
    const { name, version, server } = system.model;
    return {
      truth: truthOf(system, server, {
        layer: model,
        fault_class: this.name,
        entity: `model:${name}@${version}`,
      }),
      strike: () =>
        rise((level) => {
          system.model.driftedBy = level * drift;
        }),
    };
  },
};

/** Tokens come more slowly, and the first later: others wait for a place. */
const inferenceSlow: Fault = {
  name: 'inference-slow',
  layer: model,
  summary: 'the language model gives its tokens more slowly, and the first one later',
  range: 'half as fast … an eighth',
  onset: 'either',
  system: 'inference',
  plan(system, { intensity, rise }) {
    const llm = system.assistant.model;
    const { provider, llmProxy } = system.services;
    const { ttftMs, tokensPerSecond } = llm;
    const slower = geometric(intensity, 2, 8);
    return {
      truth: truthOf(system, provider, {
        layer: model,
        fault_class: this.name,
        entity: `model:${llm.requested}`,
        also_accepted: namesBesides(provider, [llmProxy]),
      }),
      strike: () =>
        rise((level) => {
          const factor = slower ** level;
          llm.ttftMs = ttftMs * factor;
          llm.tokensPerSecond = tokensPerSecond / factor;
        }),
    };
  },
};

const ofAssistant = (
  name: string,
  summary: string,
  range: string,
  onset: 'sudden' | 'either',
  change: (system: InferenceSystem, intensity: number) => (level: number) => void,
): Fault => ({
  ...{ name, layer: model, summary, range, onset, system: 'inference' as const },
  plan(system: InferenceSystem, { intensity, rise }: Draw) {
    const { assistant } = system.services;
    const apply = change(system, intensity);
    return {
      truth: truthOf(system, assistant, { layer: model, fault_class: name }),
      strike: () => (onset === 'sudden' ? apply(1) : rise(apply)),
    };
  },
});

const contextOverflow = ofAssistant(
  'context-overflow',
  'the assistant sends along more and more of the conversation: prompts no longer fit',
  'answers are cut … most prompts are refused',
  'either',
  ({ assistant }, intensity) => {
    const { historyTokens, model: llm } = assistant;
    const most = linear(intensity, 0.8, 1.3) * llm.contextTokens;
    return (level) => {
      assistant.historyTokens = historyTokens + level * (most - historyTokens);
    };
  },
);

const promptRegression = ofAssistant(
  'prompt-regression',
  'a new version of the prompt is used and its answers are worse',
  '0.7 in log-odds worse … 2.6',
  'sudden',
  ({ assistant }, intensity) => {
    const cost = linear(intensity, 0.7, 2.6);
    const next = nextVersion(assistant.promptVersion);
    return () => {
      assistant.promptVersion = next;
      assistant.promptCost = cost;
    };
  },
);

export const modelFaults: readonly Fault[] = [
  modelDegradation,
  modelSwap,
  conceptDrift,
  inferenceSlow,
  contextOverflow,
  promptRegression,
];
