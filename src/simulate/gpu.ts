/**
 * A GPU as its driver reports it. Temperature follows its equilibrium with a time constant; from
 * `slowdownAt` the clock falls linearly, to `hottestShare` of its maximum at `limitAt`.
 * Assumptions: a busy, cooled board rests near 62 °C; thresholds of 83 and 89 °C and a time
 * constant of 12 s, of the order of data-centre boards.
 */
import type { Random } from './random.ts';
import { gauge, type Instance, recordPoint, type World } from './world.ts';

export interface Gpu {
  readonly maxClockMhz: number;
  temperature: number;
  /** Temperature it would reach in the end, in °C. */
  equilibrium: number;
  /** Share of the full clock at the thermal limit. */
  hottestShare: number;
  /** Share of the full clock now. */
  clockShare: number;
  updatedAt: number;
  /** Chance that a step dies of it. */
  failing: number;
  /** Uncorrectable errors so far, and the code of the last (NVIDIA's Xid). */
  errors: number;
  xid: number;
  /** Time its tensor cores worked since the last report. */
  computeMs: number;
}

const timeConstantMs = 12_000;
const slowdownAt = 83;
const limitAt = 89;

export function createGpu(random: Random): Gpu {
  const rest = random.between(58, 67);
  return {
    maxClockMhz: 1_980,
    temperature: rest,
    equilibrium: rest,
    hottestShare: 0.4,
    clockShare: 1,
    updatedAt: 0,
    failing: 0,
    errors: 0,
    xid: 0,
    computeMs: 0,
  };
}

/** Brings temperature and clock up to `now` (ms). */
export function coolDown(gpu: Gpu, now: number): void {
  const passed = Math.exp(-(now - gpu.updatedAt) / timeConstantMs);
  gpu.temperature = gpu.equilibrium + (gpu.temperature - gpu.equilibrium) * passed;
  gpu.updatedAt = now;
  const heat = Math.min(1, Math.max(0, (gpu.temperature - slowdownAt) / (limitAt - slowdownAt)));
  gpu.clockShare = 1 - heat * (1 - gpu.hottestShare);
}

export function reportGpu(world: World, instance: Instance, gpu: Gpu, everyMs: number): void {
  const { random } = world;
  const active = Math.min(0.98, gpu.computeMs / everyMs);
  gpu.computeMs = 0;
  const readings = [
    [
      'DCGM_FI_DEV_SM_CLOCK',
      'MHz',
      Math.round(gpu.maxClockMhz * gpu.clockShare - random.between(0, 20)),
    ],
    ['DCGM_FI_DEV_GPU_TEMP', 'Cel', Math.round(gpu.temperature + random.normal(0, 0.6))],
    ['DCGM_FI_DEV_GPU_UTIL', '%', Math.round(random.between(94, 100))],
    ['DCGM_FI_DEV_XID_ERRORS', '1', gpu.xid],
    ['DCGM_FI_DEV_ECC_DBE_VOL_TOTAL', '1', gpu.errors],
    ['DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', '1', Number((0.62 * active).toFixed(4))],
  ] as const;
  for (const [metric, unit, value] of readings) {
    recordPoint(world, instance, { metric, unit, reading: gauge(value) });
  }
}
