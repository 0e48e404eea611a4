/** Faults of processes, hosts and the network under the inference system. */
import { limitWindowMs } from '../calls.ts';
import type { InferenceSystem } from '../inference.ts';
import { hasPool } from '../pool.ts';
import type { Service } from '../world.ts';
import {
  busyServices,
  callsOf,
  type Draw,
  type Fault,
  geometric,
  linear,
  meeting,
  namesBesides,
  type Plan,
  truthOf,
} from './plan.ts';
import { processFaults } from './processes.ts';

const infrastructure = 'infrastructure' as const;

interface ServiceFault {
  readonly onset?: 'sudden' | 'either';
  /** The share of requests that it spoils, at an intensity; absent: all take longer. */
  readonly share?: (intensity: number) => number;
}

/** A fault of one service that most requests need; `change` is given its strength so far, 0 to 1. */
const onService = (
  name: string,
  summary: string,
  range: string,
  change: (target: Service, draw: Draw, system: InferenceSystem) => (level: number) => void,
  { onset = 'either', share = () => 1 }: ServiceFault = {},
): Fault => ({
  ...{ name, layer: infrastructure, summary, range, onset, system: 'inference' as const },
  plan(system: InferenceSystem, draw: Draw): Plan {
    const target = draw.random.pick(busyServices(system));
    const apply = change(target, draw, system);
    const strike = () => (onset === 'sudden' ? apply(1) : draw.rise(apply));
    return {
      truth: truthOf(system, target, { layer: infrastructure, fault_class: name }),
      ...meeting(target, share(draw.intensity), strike),
    };
  },
});

const outOfMemory = onService(
  'out-of-memory',
  'a service keeps memory with every request until it is killed at its limit, again and again',
  'after 90 requests a process … after 20',
  (target, { intensity }) => {
    const requests = geometric(intensity, 90, 20);
    return () => {
      for (const one of target.instances) {
        one.leakPerRequest = (one.memoryLimit - one.memoryBytes) / requests;
      }
    };
  },
  { onset: 'sudden' },
);

const memoryPressure = onService(
  'memory-pressure',
  'a cache fills the heap of a service nearly up: it spends its time in the garbage collector',
  '90 % of the limit … 98 %',
  (target, { intensity }) => {
    const full = linear(intensity, 0.9, 0.98);
    return (level) => {
      for (const one of target.instances) {
        one.cacheBytes = level * full * one.memoryLimit;
      }
    };
  },
);

const cpuSaturation = onService(
  'cpu-saturation',
  'something else takes the processors of a service',
  '60 % of them … 94 %',
  (target, { intensity }) => {
    const taken = 1 - geometric(intensity, 0.4, 0.06);
    return (level) => {
      for (const one of target.instances) one.cpuTaken = level * taken;
    };
  },
);

const networkLatency = onService(
  'network-latency',
  'packets to and from a service take longer',
  '12 ms one way … 250 ms',
  (target, { intensity }) => {
    const delay = geometric(intensity, 12, 250);
    return (level) => {
      target.network.delayMs = level * delay;
    };
  },
);

const lossOf = (intensity: number): number => geometric(intensity, 0.04, 0.35);

const networkLoss = onService(
  'network-loss',
  'packets to and from a service are lost and sent again',
  '4 % … 35 %',
  (target, { intensity }) => {
    const loss = lossOf(intensity);
    return (level) => {
      target.network.loss = level * loss;
    };
  },
  // A request and its answer have to come through.
  { share: (intensity) => 1 - (1 - lossOf(intensity)) ** 2 },
);

const unfoundShare = (intensity: number): number => linear(intensity, 0.15, 1);

const nameResolution = onService(
  'name-resolution',
  'look-ups of the name of a service fail, while it runs',
  '15 % of them … all',
  (target, { intensity }) => {
    const failing = unfoundShare(intensity);
    return (level) => {
      target.registered = 1 - level * failing;
    };
  },
  { share: unfoundShare },
);

/** The service that holds connections does not give them back. */
const connectionPool: Fault = {
  name: 'connection-pool',
  layer: infrastructure,
  summary: 'a service no longer gives connections to its database back: its pool runs empty',
  range: '15 % of them … 80 %',
  onset: 'sudden',
  system: 'inference',
  plan(system, { random, intensity }) {
    const holders = callsOf(system).filter(
      ({ callee, caller }) => hasPool(callee) && caller.name !== system.materialiser.job.name,
    );
    const { caller, callee } = random.pick(holders);
    return {
      truth: truthOf(system, caller, {
        layer: infrastructure,
        fault_class: this.name,
        entity: `edge:${caller.name}->${callee.name}`,
      }),
      ...meeting(caller, 1, () => {
        caller.connectionLeak = geometric(intensity, 0.15, 0.8);
      }),
    };
  },
};

/** Of the language model's provider, which gives no spans of its own, or of a service. */
const rateLimit: Fault = {
  name: 'rate-limit',
  layer: infrastructure,
  summary: 'a service, or the provider of a language model, turns away what is above a quota',
  range: 'a fifth of what usually comes … four fifths',
  onset: 'sudden',
  system: 'inference',
  plan(system, { random, intensity }) {
    const { provider, llmProxy } = system.services;
    const isOutside = random.chance(0.5);
    const target = isOutside ? provider : random.pick(busyServices(system));
    const { world } = system;
    const accepted = linear(intensity, 0.8, 0.2);
    return {
      truth: truthOf(system, target, {
        layer: infrastructure,
        fault_class: this.name,
        ...(isOutside && { also_accepted: [llmProxy.name] }),
      }),
      ...meeting(target, 1 - accepted, () => {
        const usual = (target.calls / world.clock.now()) * limitWindowMs;
        target.limit = Math.max(1, Math.round(usual * accepted));
      }),
    };
  },
};

/** A database's host has a slow disk; whatever else waits for that disk is slow as well. */
const diskPressure: Fault = {
  name: 'disk-pressure',
  layer: infrastructure,
  summary: 'the disk of the host of a database is busy with something else',
  range: '75 % of its time … 97 %',
  onset: 'either',
  system: 'inference',
  plan(system, { random, intensity, rise }) {
    const { profileDb, vectors, featureDb } = system.services;
    const target = random.pick([profileDb, vectors, featureDb]);
    const host = target.instances[0]?.host;
    const taken = 1 - geometric(intensity, 0.25, 0.03);
    const others = [profileDb, vectors, featureDb].filter(
      (other) => other !== target && other.instances[0]?.host === host,
    );
    return {
      truth: truthOf(system, target, {
        layer: infrastructure,
        fault_class: this.name,
        entity: `host:${host?.name ?? ''}`,
        ...(others.length > 0 && { also_accepted: others.map(({ name }) => name) }),
      }),
      strike: () =>
        rise((level) => {
          if (host) host.diskTaken = level * taken;
        }),
    };
  },
};

/** More requests of one kind than the proxy of the language model can work on. */
const overload: Fault = {
  name: 'overload',
  layer: infrastructure,
  summary: 'more conversations begin than the proxy of the language model has room for',
  range: '3 times as many as usual … 7 times',
  onset: 'either',
  system: 'inference',
  plan(system, { intensity, rise }) {
    const { llmProxy, assistant, gateway } = system.services;
    const factor = geometric(intensity, 3, 7);
    return {
      truth: truthOf(system, llmProxy, {
        layer: infrastructure,
        fault_class: this.name,
        also_accepted: namesBesides(llmProxy, [gateway, assistant]),
      }),
      strike: () =>
        rise((level) => {
          system.world.surge.set('/v1/assistant', 1 + level * (factor - 1));
        }),
    };
  },
};

export const infrastructureFaults: readonly Fault[] = [
  ...processFaults,
  outOfMemory,
  networkLatency,
  networkLoss,
  nameResolution,
  connectionPool,
  rateLimit,
  cpuSaturation,
  memoryPressure,
  diskPressure,
  overload,
];
