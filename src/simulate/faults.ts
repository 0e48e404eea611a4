/**
 * Faults: each changes one mechanism of a running system at the onset; what follows, follows from
 * the simulation. Intensity runs from 0 (nothing to see) to 1 (obvious). The label is what the
 * mechanism knows about itself; nothing of it reaches the telemetry.
 */
import type { Call, Operation } from './calls.ts';
import { rollOut, stop } from './estate.ts';
import type { InferenceSystem } from './inference.ts';
import { nextVersion } from './names.ts';
import type { Random } from './random.ts';
import type { TrainingSystem } from './training.ts';
import { type Service, writeLog } from './world.ts';

interface Edge {
  readonly from: string;
  readonly to: string;
}

interface Truth {
  readonly root_cause_service: string;
  readonly also_accepted?: readonly string[];
  readonly entity: string;
  readonly instance?: string;
  readonly layer: 'infrastructure' | 'data' | 'model' | 'application';
  readonly fault_class: string;
  /** From nearer the cause. */
  readonly path: readonly Edge[];
}

/** A fault that has been planned for one system: `strike` is called at the onset. */
export interface Plan {
  readonly truth: Truth;
  /** Services whose telemetry distractors leave alone. */
  readonly involved: readonly Service[];
  readonly strike: () => void;
}

/**
 * A service that at least two others call stops: its processes are gone, so it says nothing more,
 * and callers are refused or, by seed, no longer find its name. Intensity is the share of its
 * processes that stop.
 */
export function serviceUnreachable(
  system: InferenceSystem,
  random: Random,
  intensity: number,
): Plan {
  const calls = callsOf(system);
  const target = random.pick(sharedDependencies(system, calls));
  const count = Math.ceil(intensity * target.instances.length);
  const nameGoesToo = random.chance(0.4);
  return {
    truth: {
      root_cause_service: target.name,
      entity: `service:${target.name}`,
      layer: 'infrastructure',
      fault_class: 'service-unreachable',
      path: pathUp(target, calls),
    },
    involved: [target],
    strike: () => {
      stop(target, count);
      if (nameGoesToo && count === target.instances.length) target.registered = false;
    },
  };
}

interface ServiceCall {
  readonly caller: Service;
  readonly callee: Service;
  readonly optional: boolean;
}

/** Every call between services that the system's routes and its job can make, once. */
function callsOf({ gateway, routes, materialiser }: InferenceSystem): readonly ServiceCall[] {
  const found = new Map<string, ServiceCall>();
  const walk = (caller: Service, operation: Operation) => {
    for (const call of operation.stages.flat()) visit(caller, call);
  };
  const visit = (caller: Service, call: Call) => {
    const key = `${caller.name}>${call.target.name}`;
    const optional = (call.optional ?? false) && (found.get(key)?.optional ?? true);
    found.set(key, { caller, callee: call.target, optional });
    walk(call.target, call.operation);
  };
  for (const { operation } of routes) walk(gateway, operation);
  visit(materialiser.job, materialiser.extract);
  visit(materialiser.job, materialiser.load);
  return [...found.values()];
}

/** Services with spans of their own that two others call and at least one cannot do without. */
function sharedDependencies(system: InferenceSystem, calls: readonly ServiceCall[]): Service[] {
  return system.world.services.filter((service) => {
    const incoming = calls.filter(({ callee }) => callee === service);
    const needed = incoming.some(({ optional }) => !optional);
    return service.instrumented && incoming.length >= 2 && needed;
  });
}

/** The calls along which a failure of `target` travels up: all its callers, then where needed. */
function pathUp(target: Service, calls: readonly ServiceCall[]): Edge[] {
  const edges: Edge[] = [];
  const reached = [target];
  for (const service of reached) {
    for (const { caller, callee, optional } of calls) {
      if (callee !== service) continue;
      edges.push({ from: callee.name, to: caller.name });
      if (!optional && !reached.includes(caller)) reached.push(caller);
    }
  }
  return edges;
}

/**
 * One feature view is no longer refilled: its schedule stops, or its source holds nothing new.
 * Nothing on the serving path fails; its age climbs and the model knows less. Intensity is how
 * much of the model's knowledge rests on the view (0.3 to 0.9).
 */
export function staleData(system: InferenceSystem, random: Random, intensity: number): Plan {
  const { materialiser, model, api } = system;
  const { job, store, reporter } = materialiser;
  const view = random.pick(materialiser.views);
  const supply = random.pick(['not-triggered', 'no-new-data'] as const);
  const weight = 0.3 + 0.6 * intensity;
  for (const other of materialiser.views) other.weight = (1 - weight) / 2;
  view.weight = weight;
  const fromJob = reporter === job ? [{ from: job.name, to: store.name }] : [];
  return {
    truth: {
      root_cause_service: reporter.name,
      also_accepted: [reporter === job ? store.name : job.name],
      entity: `dataset:${view.name}`,
      layer: 'data',
      fault_class: 'stale-data',
      path: [
        ...fromJob,
        { from: store.name, to: api.name },
        { from: api.name, to: model.server.name },
      ],
    },
    involved: [job, store, model.server, api],
    strike: () => {
      view.supply = supply;
    },
  };
}

/**
 * A new model version is rolled out, one replica after another, and it is worse: it knows less of
 * the same inputs in the same time. Intensity scales what it lost (0 to 2 in log-odds).
 */
export function modelDegradation(system: InferenceSystem, random: Random, intensity: number): Plan {
  const { model, api, gateway } = system;
  const version = nextVersion(model.version);
  const staggerMs = random.between(18_000, 35_000);
  const skill = (model.skill.get(model.version) ?? 0) - 2 * intensity;
  return {
    truth: {
      root_cause_service: model.server.name,
      entity: `model:${model.name}@${version}`,
      layer: 'model',
      fault_class: 'model-degradation',
      path: [
        { from: model.server.name, to: api.name },
        { from: api.name, to: gateway.name },
      ],
    },
    involved: [model.server],
    strike: () => {
      model.skill.set(version, skill);
      loadVersion(system, version, staggerMs);
    },
  };
}

/** Each replica switches to `version` in its turn: as a new process where that is the style. */
function loadVersion({ model, world }: InferenceSystem, version: string, staggerMs: number): void {
  const start = world.clock.now();
  if (model.versionStyle === 'service.version') rollOut(world, model.server, version, staggerMs);
  for (const place of model.server.instances.keys()) {
    world.clock.at(start + place * staggerMs, () => {
      const instance = model.server.instances[place];
      if (!instance) return;
      model.loaded.set(instance, version);
      const body = `loaded ${model.name} ${version} in ${world.random.int(1800, 5200)} ms`;
      writeLog(world, instance, { severity: 'INFO', body });
    });
  }
}

/**
 * The cooling of one rank's GPU fails: it heats up, its clock is throttled, it computes slower
 * and all wait for it. Intensity scales how slow it gets at the thermal limit (1 to 3 times).
 */
export function slowRank(system: TrainingSystem, random: Random, intensity: number): Plan {
  const { trainer, launcher, gpus } = system;
  const rank = random.int(0, gpus.length - 1);
  const gpu = gpus[rank];
  return {
    truth: {
      root_cause_service: trainer.name,
      entity: `rank:${rank}`,
      instance: trainer.instances[rank]?.id ?? '',
      layer: 'infrastructure',
      fault_class: 'slow-rank',
      path: [{ from: trainer.name, to: launcher.name }],
    },
    involved: [trainer, launcher],
    strike: () => {
      if (!gpu) return;
      gpu.equilibrium = 94;
      gpu.hottestShare = 1 / (1 + 2 * intensity);
    },
  };
}
