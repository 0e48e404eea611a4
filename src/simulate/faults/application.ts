/** Faults of code: of services, tools and agents. */
import { rollOut } from '../estate.ts';
import type { InferenceSystem } from '../inference.ts';
import { nextVersion } from '../names.ts';
import type { Random } from '../random.ts';
import type { CodeFault, Service } from '../world.ts';
import {
  callsOf,
  type Draw,
  type Fault,
  geometric,
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

function codeOf(service: Service, endpoint: string, random: Random): CodeFault {
  const known = service.code.get(endpoint);
  if (known) return known;
  const made = { slow: 1, throws: 0, skips: 0, failure: random.pick(exceptions) };
  service.code.set(endpoint, made);
  return made;
}

/** Operations of services that are instrumented and that someone cannot do without. */
const neededOperations = (system: InferenceSystem): readonly ServiceCall[] =>
  callsOf(system).filter(({ callee, optional }) => callee.instrumented && !optional);

/** A fault of the code of one operation. */
const ofOperation = (
  name: string,
  summary: string,
  range: string,
  isCandidate: (call: ServiceCall) => boolean,
  change: (
    code: CodeFault,
    draw: Draw,
    target: Service,
    system: InferenceSystem,
  ) => (level: number) => void,
): Fault => ({
  ...{ name, layer: application, summary, range, system: 'inference' as const },
  plan(system: InferenceSystem, draw: Draw) {
    const { callee, operation } = draw.random.pick(neededOperations(system).filter(isCandidate));
    const endpoint = operation.endpoint.name;
    const code = codeOf(callee, endpoint, draw.random);
    const apply = change(code, draw, callee, system);
    return {
      truth: truthOf(system, callee, {
        layer: application,
        fault_class: name,
        ...(name !== 'bad-release' && { entity: `operation:${callee.name}/${endpoint}` }),
      }),
      involved: [callee],
      strike: () => draw.rise(apply),
    };
  },
});

const any = (): boolean => true;

const codeException = ofOperation(
  'code-exception',
  'an operation throws',
  '6 % of its calls … 80 %',
  any,
  (code, { intensity }) => {
    const share = geometric(intensity, 0.06, 0.8);
    return (level) => {
      code.throws = level * share;
    };
  },
);

const earlyReturn = ofOperation(
  'early-return',
  'an operation answers without having done what it is there for',
  '30 % of its calls … all',
  ({ operation }) => operation.stages.length > 0 || operation.body !== undefined,
  (code, { intensity }) => {
    const share = linear(intensity, 0.3, 1);
    return (level) => {
      code.skips = level * share;
    };
  },
);

const slowOperation = ofOperation(
  'slow-operation',
  'an operation takes longer in its own code',
  '3 times as long … 15 times',
  any,
  (code, { intensity }) => {
    const factor = geometric(intensity, 3, 15);
    return (level) => {
      code.slow = factor ** level;
    };
  },
);

/** A new version comes, and with it slowness or exceptions. */
const badRelease = ofOperation(
  'bad-release',
  'a new version of a service is rolled out: it is slow, or throws',
  '3 times as slow or 6 % exceptions … 12 times or 70 %',
  any,
  (code, { intensity, random }, target, { world }) => {
    const isSlow = random.chance(0.5);
    const share = geometric(intensity, 0.06, 0.7);
    const factor = geometric(intensity, 3, 12);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      rollOut(world, target, nextVersion(target.version), 6_000);
      if (isSlow) code.slow = factor;
      else code.throws = share;
    };
  },
);

const toolFailure: Fault = {
  name: 'tool-failure',
  layer: application,
  summary: 'a tool of the agent fails',
  range: '20 % of its calls … all',
  system: 'inference',
  plan(system, { random, intensity, rise }) {
    const { call, name } = random.pick(system.assistant.tools);
    const code = codeOf(call.target, call.operation.endpoint.name, random);
    const share = linear(intensity, 0.2, 1);
    return {
      truth: truthOf(system, call.target, {
        layer: application,
        fault_class: this.name,
        entity: `operation:${call.target.name}/${name}`,
      }),
      involved: [call.target],
      strike: () =>
        rise((level) => {
          code.throws = level * share;
        }),
    };
  },
};

const agentLoop: Fault = {
  name: 'agent-loop',
  layer: application,
  summary: 'the agent does not come to an end: it asks and runs tools again and again',
  range: 'twice as many turns … ten times',
  system: 'inference',
  plan(system, { intensity, rise }) {
    const { assistant } = system;
    const { stopChance, mostTurns } = assistant;
    const least = geometric(intensity, 0.25, 0.03);
    return {
      truth: truthOf(system, assistant.service, { layer: application, fault_class: this.name }),
      involved: [assistant.service],
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
