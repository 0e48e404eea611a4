/** Faults of the training pipeline: GPUs, storage, and the training itself. */
import { type Fault, geometric, linear } from './plan.ts';

/** The cooling of one rank's GPU fails: it heats up, its clock is throttled, all wait for it. */
const slowRank: Fault = {
  name: 'slow-rank',
  layer: 'infrastructure',
  summary: "one training rank's GPU is throttled; all ranks wait for it",
  range: 'a quarter slower at the thermal limit … three times as slow',
  system: 'training',
  plan(system, { random, intensity }) {
    const { trainer, launcher, gpus } = system;
    const rank = random.int(0, gpus.length - 1);
    const gpu = gpus[rank];
    return {
      truth: {
        root_cause_service: trainer.name,
        entity: `rank:${rank}`,
        instance: trainer.instances[rank]?.id ?? '',
        layer: 'infrastructure',
        fault_class: this.name,
        path: [{ from: trainer.name, to: launcher.name }],
      },
      involved: [trainer, launcher],
      strike: () => {
        if (!gpu) return;
        gpu.equilibrium = 94;
        gpu.hottestShare = 1 / linear(intensity, 1.25, 3);
      },
    };
  },
};

/** One rank's GPU loses memory cells: its step dies, and the job begins again at its checkpoint. */
const gpuFault: Fault = {
  name: 'gpu-fault',
  layer: 'infrastructure',
  summary: "one training rank's GPU fails: its steps die and the job starts again",
  range: 'one step in 12 … every second',
  system: 'training',
  plan(system, { random, intensity }) {
    const { trainer, launcher, gpus } = system;
    const rank = random.int(0, gpus.length - 1);
    const gpu = gpus[rank];
    return {
      truth: {
        root_cause_service: trainer.name,
        entity: `rank:${rank}`,
        instance: trainer.instances[rank]?.id ?? '',
        layer: 'infrastructure',
        fault_class: this.name,
        path: [{ from: trainer.name, to: launcher.name }],
      },
      involved: [trainer, launcher],
      strike: () => {
        if (gpu) gpu.failing = geometric(intensity, 1 / 12, 1 / 2);
      },
    };
  },
};

/** The store of data sets and checkpoints is slow: ranks wait for batches, steps for checkpoints. */
const storageStall: Fault = {
  name: 'storage-stall',
  layer: 'infrastructure',
  summary: 'the object store that gives batches and takes checkpoints is slow',
  range: '6 times as slow … 40 times',
  system: 'training',
  plan(system, { intensity, rise }) {
    const { objects, launcher, trainer, loader } = system.services;
    const host = objects.instances[0]?.host;
    const taken = 1 - 1 / geometric(intensity, 6, 40);
    return {
      truth: {
        root_cause_service: objects.name,
        entity: `service:${objects.name}`,
        layer: 'infrastructure',
        fault_class: this.name,
        path: [
          { from: objects.name, to: loader.name },
          { from: loader.name, to: trainer.name },
          { from: objects.name, to: trainer.name },
          { from: trainer.name, to: launcher.name },
        ],
      },
      involved: [loader, trainer, launcher],
      strike: () =>
        rise((level) => {
          if (host) host.diskTaken = level * taken;
        }),
    };
  },
};

/** Steps go too far: each makes the next worse, until the loss is no number. */
const trainingDivergence: Fault = {
  name: 'training-divergence',
  layer: 'model',
  summary: 'the gradient explodes: the loss climbs until it is no number',
  range: 'the gradient doubles every 40 steps … every 4',
  system: 'training',
  plan(system, { intensity }) {
    const { trainer, launcher } = system;
    return {
      truth: {
        root_cause_service: trainer.name,
        also_accepted: [launcher.name],
        entity: `service:${trainer.name}`,
        layer: 'model',
        fault_class: this.name,
        path: [{ from: trainer.name, to: launcher.name }],
      },
      involved: [trainer, launcher],
      strike: () => {
        system.job.growth = 2 ** (1 / geometric(intensity, 40, 4));
      },
    };
  },
};

export const trainingFaults: readonly Fault[] = [
  slowRank,
  gpuFault,
  storageStall,
  trainingDivergence,
];
