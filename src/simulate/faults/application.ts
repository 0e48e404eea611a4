/** Faults of code: of services, tools and agents. */
import { type CodeFault, soundCode } from '../code.ts';
import { rollOut } from '../estate.ts';
import type { InferenceSystem } from '../inference.ts';
import { nextVersion } from '../names.ts';
import type { Service } from '../world.ts';
import {
  callsOf,
  type Draw,
  type Fault,
  geometric,
  leastMet,
  linear,
  type ServiceCall,
  truthOf,
} from './plan.ts';

const application = 'application' as const;

const exceptions = [
  { type: 'NullPointerException', message: 'Cannot invoke "Map.get(Object)": "options" is null' },
  { type: 'KeyError', message: "'currency'" },
  { type: 'TypeError', message: "Cannot read properties of undefined (reading 'items')" },
  { type: 'IndexError', message: 'list index out of range' },
  { type: 'panic', message: 'runtime error: slice bounds out of range [:8] with capacity 5' },
] as const;

/** The code of an operation, to be made wrong; `failure` is what it throws then. */
function codeOf(service: Service, endpoint: string, failure: CodeFault['failure']): CodeFault {
  const known = service.code.get(endpoint);
  if (known) return known;
  const made = { ...soundCode(), failure };
  service.code.set(endpoint, made);
  return made;
}

/** Whether enough recorded requests met what is wrong with the code of an operation. */
const isMet = (service: Service, endpoint: string): boolean => {
  const { spoilt = 0, slowed = 0 } = service.code.get(endpoint)?.met ?? {};
  return spoilt >= leastMet.spoilt || slowed >= leastMet.slowed;
};

/** Operations of services that are instrumented and that someone cannot do without. */
const neededOperations = (system: InferenceSystem): readonly ServiceCall[] =>
  callsOf(system).filter(({ callee, optional }) => callee.instrumented && !optional);

type Change = (code: CodeFault, level: number) => void;

/** A fault of the code of one operation. */
const ofOperation = (
  name: string,
  summary: string,
  range: string,
  isCandidate: (call: ServiceCall) => boolean,
  change: (draw: Draw, target: Service, system: InferenceSystem) => Change,
  onset: 'sudden' | 'either' = 'either',
): Fault => ({
  ...{ name, layer: application, summary, range, onset, system: 'inference' as const },
  plan(system: InferenceSystem, draw: Draw) {
    const { callee, operation } = draw.random.pick(neededOperations(system).filter(isCandidate));
    const endpoint = operation.endpoint.name;
    const failure = draw.random.pick(exceptions);
    const apply = change(draw, callee, system);
    return {
      truth: truthOf(system, callee, {
        layer: application,
        fault_class: name,
        ...(name !== 'bad-release' && { entity: `operation:${callee.name}/${endpoint}` }),
      }),
      strike() {
        const code = codeOf(callee, endpoint, failure);
        if (onset === 'sudden') apply(code, 1);
        else draw.rise((level) => apply(code, level));
      },
      isDecidable: () => isMet(callee, endpoint),
    };
  },
});

const any = (): boolean => true;

const codeException = ofOperation(
  'code-exception',
  'an operation throws',
  '6 % of its calls … 80 %',
  any,
  ({ intensity }) => {
    const share = geometric(intensity, 0.06, 0.8);
    return (code, level) => {
      code.throws = level * share;
    };
  },
);

const earlyReturn = ofOperation(
  'early-return',
  'an operation answers without having done what it is there for',
  '30 % of its calls … all',
  ({ operation }) => operation.stages.length > 0 || operation.body !== undefined,
  ({ intensity }) => {
    const share = linear(intensity, 0.3, 1);
    return (code, level) => {
      code.skips = level * share;
    };
  },
);

const slowOperation = ofOperation(
  'slow-operation',
  'an operation takes longer in its own code',
  '3 times as long … 15 times',
  any,
  ({ intensity }) => {
    const factor = geometric(intensity, 3, 15);
    return (code, level) => {
      code.slow = factor ** level;
    };
  },
);

/** A new version comes, and with it slowness or exceptions; processes of the old one have neither. */
const badRelease = ofOperation(
  'bad-release',
  'a new version of a service is rolled out: it is slow, or throws',
  '3 times as slow or 6 % exceptions … 12 times or 70 %',
  any,
  ({ intensity, random }, target, { world }) => {
    const isSlow = random.chance(0.5);
    const share = geometric(intensity, 0.06, 0.7);
    const factor = geometric(intensity, 3, 12);
    return (code) => {
      code.since = rollOut(world, target, nextVersion(target.version), 6_000);
      if (isSlow) code.slow = factor;
      else code.throws = share;
    };
  },
  'sudden',
);

const toolFailure: Fault = {
  name: 'tool-failure',
  layer: application,
  summary: 'a tool of the agent fails',
  range: 'half of its calls … all',
  onset: 'either',
  system: 'inference',
  plan(system, { random, intensity, rise }) {
    const { call, name } = random.pick(system.assistant.tools);
    const endpoint = call.operation.endpoint.name;
    const failure = random.pick(exceptions);
    const share = linear(intensity, 0.5, 1);
    return {
      truth: truthOf(system, call.target, {
        layer: application,
        fault_class: this.name,
        entity: `operation:${call.target.name}/${name}`,
      }),
      strike() {
        const code = codeOf(call.target, endpoint, failure);
        rise((level) => {
          code.throws = level * share;
        });
      },
      isDecidable: () => isMet(call.target, endpoint),
    };
  },
};

const agentLoop: Fault = {
  name: 'agent-loop',
  layer: application,
  summary: 'the agent does not come to an end: it asks and runs tools again and again',
  range: 'twice as many turns … ten times',
  onset: 'either',
  system: 'inference',
  plan(system, { intensity, rise }) {
    const { assistant } = system;
    const { stopChance, mostTurns } = assistant;
    const least = geometric(intensity, 0.25, 0.03);
    return {
      truth: truthOf(system, assistant.service, { layer: application, fault_class: this.name }),
      strike: () =>
        rise((level) => {
          assistant.stopChance = stopChance + level * (least - stopChance);
          assistant.mostTurns = Math.round(mostTurns + level * 14);
        }),
    };
  },
};

export const applicationFaults: readonly Fault[] = [
  codeException,
  earlyReturn,
  badRelease,
  slowOperation,
  toolFailure,
  agentLoop,
];
