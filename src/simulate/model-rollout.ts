/** How a model version comes into service: the registry gives it out, replica after replica loads it. */
import { makeCall } from './calls.ts';
import type { Task } from './clock.ts';
import { rollOut } from './estate.ts';
import type { InferenceSystem } from './inference.ts';
import { closeSpan, openSpan, startRequest, writeLog } from './world.ts';

/** Each replica switches to `version` in its turn: as a new process where that is the style. */
export function promote(system: InferenceSystem, version: string, staggerMs: number): void {
  const { model, world } = system;
  const start = world.clock.now();
  world.clock.spawn(announce(system, version));
  if (model.versionStyle === 'service.version') rollOut(world, model.server, version, staggerMs);
  for (const place of model.server.instances.keys()) {
    world.clock.at(start + place * staggerMs, () => {
      const instance = model.server.instances[place];
      if (!instance) return;
      model.loaded.set(instance.index, version);
      const body = `loaded ${model.name} ${version} in ${world.random.int(1800, 5200)} ms`;
      writeLog(world, instance, { severity: 'INFO', body });
    });
  }
}

/** The controller asks the registry for the version and tells the model's server. */
function* announce({ world, services, model }: InferenceSystem, version: string): Task {
  const [instance] = services.rollout.instances;
  if (!instance) return;
  const request = startRequest(world, true);
  const span = openSpan(world, request, instance, {
    name: 'promote model',
    kind: 1,
    attributes: () => ({ 'model.name': model.name, 'model.version': version }),
  });
  const get = {
    endpoint: { name: '/models/{name}', method: 'GET' },
    workMs: 9,
    sigma: 0.4,
  } as const;
  const failure = yield* makeCall(
    world,
    { request, instance, span },
    {
      target: services.registry,
      operation: { ...get, stages: [] },
      timeoutMs: 2_000,
      retries: 1,
    },
  );
  closeSpan(world, span, failure);
}
