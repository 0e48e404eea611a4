/**
 * What a fault is: one mechanism of a running system, changed at the onset. Intensity runs from 0
 * (a careful person sees it) to 1 (nobody misses it). The label is what the mechanism knows about
 * itself; nothing of it reaches the telemetry.
 */
import type { Call, Operation } from '../calls.ts';
import type { InferenceSystem } from '../inference.ts';
import type { Random } from '../random.ts';
import type { TrainingSystem } from '../training.ts';
import type { Service, World } from '../world.ts';

type Layer = 'infrastructure' | 'data' | 'model' | 'application';

interface Edge {
  readonly from: string;
  readonly to: string;
}

export interface Truth {
  readonly root_cause_service: string;
  /** Whoever could as well be named: nobody could tell them apart from what is recorded. */
  readonly also_accepted?: readonly string[];
  readonly entity: string;
  readonly instance?: string;
  readonly layer: Layer;
  readonly fault_class: string;
  /** From nearer the cause. */
  readonly path: readonly Edge[];
}

/** A fault that has been planned for one system. Planning changes nothing: it may be thrown away. */
export interface Plan {
  readonly truth: Truth;
  /** Makes the system one in which the fault can be seen; called before the system starts. */
  readonly prepare?: () => void;
  /** Called at the onset. */
  readonly strike: () => void;
  /** After the run, whether enough of what was recorded met the fault; absent: all meet it. */
  readonly isDecidable?: () => boolean;
}

/** How strong, and how it comes. */
export interface Draw {
  readonly random: Random;
  /** 0 to 1. */
  readonly intensity: number;
  /** Calls `apply` with 1 at once, or with steps up to 1 over a minute or two, the first at once. */
  readonly rise: (apply: (level: number) => void) => void;
}

/** Whether a fault is there at once, comes slowly, or may do either: then `plan` uses `rise`. */
export type Onset = 'sudden' | 'either' | 'gradual';

interface Described {
  /** The fault class of the codebook. */
  readonly name: string;
  readonly layer: Layer;
  readonly summary: string;
  /** What intensity 0 and 1 mean. */
  readonly range: string;
  readonly onset: Onset;
}

export type Fault = Described &
  (
    | {
        readonly system: 'inference';
        /** It puts a version into service, or takes one out: nothing else may. */
        readonly ownsVersion?: true;
        plan(system: InferenceSystem, draw: Draw): Plan;
      }
    | { readonly system: 'training'; plan(system: TrainingSystem, draw: Draw): Plan }
  );

/** From `low` to `high` in equal steps, or in equal ratios. */
export const linear = (intensity: number, low: number, high: number): number =>
  low + intensity * (high - low);
export const geometric = (intensity: number, low: number, high: number): number =>
  low * (high / low) ** intensity;

const steps = 12;

/** A rise over `overMs` that begins now; at once if that is 0. */
export const riser =
  ({ clock }: World, overMs: number): Draw['rise'] =>
  (apply) => {
    if (overMs === 0) return apply(1);
    for (let step = 0; step < steps; step += 1) {
      clock.at(clock.now() + (step * overMs) / (steps - 1), () => apply((step + 1) / steps));
    }
  };

/**
 * What a fault must have met among the recorded requests, or nobody could decide the case. Of
 * requests that only take longer, 14: each lies above the usual median by chance every second time,
 * and there are some five hundred places to look at (500 · 2^-14 = 3 %). Of failures and of calls
 * left out, 5: they are otherwise met once in a thousand, five at one place never.
 */
export const leastMet = { slowed: 14, spoilt: 5 } as const;

/**
 * `strike`, and whether afterwards enough recorded requests came to `target`, of which the fault
 * spoils a share; 1: it meets all of them, in how long they take.
 */
export function meeting(
  target: Service,
  share: number,
  strike: () => void,
): Pick<Plan, 'strike' | 'isDecidable'> {
  let before = 0;
  return {
    strike() {
      before = target.recordedCalls;
      strike();
    },
    isDecidable() {
      const met = share * (target.recordedCalls - before);
      return met >= (share < 1 ? leastMet.spoilt : leastMet.slowed);
    },
  };
}

export interface ServiceCall {
  readonly caller: Service;
  readonly callee: Service;
  readonly operation: Operation;
  readonly optional: boolean;
}

/** Every call between services that the system's routes and its job can make, once. */
export function callsOf({
  gateway,
  routes,
  materialiser,
}: InferenceSystem): readonly ServiceCall[] {
  const found = new Map<string, ServiceCall>();
  const walk = (caller: Service, { stages, mayCall = [] }: Operation) => {
    for (const call of [...stages.flat(), ...mayCall]) visit(caller, call);
  };
  const visit = (caller: Service, { target: callee, operation, optional = false }: Call) => {
    const key = `${caller.name}>${callee.name}>${operation.endpoint.name}`;
    const isOptional = optional && (found.get(key)?.optional ?? true);
    found.set(key, { caller, callee, operation, optional: isOptional });
    walk(callee, operation);
  };
  for (const { operation } of routes) walk(gateway, operation);
  visit(materialiser.interactions.consumer, materialiser.interactions.store);
  visit(materialiser.job, materialiser.extract);
  visit(materialiser.job, materialiser.load);
  return [...found.values()];
}

/** Calls along which what happens at `target` travels up: all its callers, then where needed. */
function pathUp(target: Service, calls: readonly ServiceCall[]): readonly Edge[] {
  const edges = new Map<string, Edge>();
  const reached = [target];
  for (const service of reached) {
    for (const { caller, callee, optional } of calls) {
      if (callee !== service || caller === callee) continue;
      edges.set(`${callee.name}>${caller.name}`, { from: callee.name, to: caller.name });
      if (!optional && !reached.includes(caller)) reached.push(caller);
    }
  }
  return [...edges.values()];
}

/** From each service to the next; what one service does within itself is no edge. */
export const pathAlong = (services: readonly Service[]): readonly Edge[] =>
  services
    .slice(1)
    .map(({ name }, at) => ({ from: (services[at] as Service).name, to: name }))
    .filter(({ from, to }) => from !== to);

/** Names of the services that could be named as well as `root`, each once. */
export function namesBesides(root: Service, others: readonly Service[]): readonly string[] {
  return [...new Set(others.map(({ name }) => name))].filter((name) => name !== root.name);
}

/** Services with spans of their own that another cannot do without. */
function neededServices(calls: readonly ServiceCall[], callers = 1): readonly Service[] {
  const between = calls.filter(({ caller, callee }) => caller !== callee);
  const callees = [...new Set(between.map(({ callee }) => callee))];
  return callees.filter((service) => {
    const incoming = between.filter(({ callee }) => callee === service);
    const isNeeded = incoming.some(({ optional }) => !optional);
    const from = new Set(incoming.map(({ caller }) => caller));
    return service.instrumented && isNeeded && from.size >= callers;
  });
}

/** Needed services other than the gateway: if that is away, nothing comes in and nothing is seen. */
export function neededBehind(system: InferenceSystem, callers = 1): readonly Service[] {
  const needed = neededServices(callsOf(system), callers);
  return needed.filter((service) => service !== system.gateway);
}

/**
 * Of the needed services those that most requests come by: what happens to one that is asked twice
 * a minute, or that waits for a language model, nobody could see.
 */
export function busyServices({ routes, ...system }: InferenceSystem): readonly Service[] {
  const { assistant } = system.services;
  const others = routes.filter(({ operation }) =>
    operation.stages.flat().every(({ target }) => target !== assistant),
  );
  const { job } = system.materialiser;
  const calls = callsOf({ ...system, routes: others }).filter(({ caller }) => caller !== job);
  return neededServices(calls).filter((service) => service !== system.gateway);
}

/** A label of a fault in one service of the inference system. */
export function truthOf(
  system: InferenceSystem,
  target: Service,
  of: Pick<Truth, 'layer' | 'fault_class'> & Partial<Truth>,
): Truth {
  return {
    root_cause_service: target.name,
    entity: `service:${target.name}`,
    path: pathUp(target, callsOf(system)),
    ...of,
  };
}
