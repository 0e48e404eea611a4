/** Faults of the training pipeline: GPUs, storage, and the training itself. */
import type { Gpu } from '../gpu.ts';
import type { TrainingSystem } from '../training.ts';
import { type Draw, type Fault, geometric, linear, type Plan } from './plan.ts';

/** A fault of the GPU of one rank, for which all others wait. */
const onRank = (
  name: string,
  summary: string,
  range: string,
  change: (gpu: Gpu, intensity: number) => void,
): Fault => ({
  ...{ name, layer: 'infrastructure' as const, summary, range },
  ...{ onset: 'sudden' as const, system: 'training' as const },
  plan({ trainer, launcher, gpus }: TrainingSystem, { random, intensity }: Draw): Plan {
    const rank = random.int(0, gpus.length - 1);
    const gpu = gpus[rank];
    return {
      truth: {
        root_cause_service: trainer.name,
        entity: `rank:${rank}`,
        instance: trainer.instances[rank]?.id ?? '',
        layer: 'infrastructure',
        fault_class: name,
        path: [{ from: trainer.name, to: launcher.name }],
      },
      strike: () => {
        if (gpu) change(gpu, intensity);
      },
    };
  },
});

/** Its cooling fails: it heats up and its clock is throttled. */
const slowRank = onRank(
  'slow-rank',
  "one training rank's GPU is throttled; all ranks wait for it",
  'a quarter slower at the thermal limit … three times as slow',
  (gpu, intensity) => {
    gpu.equilibrium = 94;
    gpu.hottestShare = 1 / linear(intensity, 1.25, 3);
  },
);

/** It loses memory cells: steps die, and the job begins again at its checkpoint. */
const gpuFault = onRank(
  'gpu-fault',
  "one training rank's GPU fails: its steps die and the job starts again",
  'one step in 12 … every second',
  (gpu, intensity) => {
    gpu.failing = geometric(intensity, 1 / 12, 1 / 2);
  },
);

/** The store of data sets and checkpoints is slow: ranks wait for batches, steps for checkpoints. */
const storageStall: Fault = {
  name: 'storage-stall',
  layer: 'infrastructure',
  summary: 'the object store that gives batches and takes checkpoints is slow',
  range: '6 times as slow … 40 times',
  onset: 'either',
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
  onset: 'sudden',
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
