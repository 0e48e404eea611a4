/**
 * The training system: a launcher drives N ranks step by step; the ranks meet in a collective.
 *
 *     launcher  train step   [-------------------------------------]
 *     rank 0    [load][fwd][-bwd-][======= all_reduce ======][opt]
 *     rank 5    [load][--fwd--][----- bwd -----][ all_reduce][opt]     arrives last, waits least
 *
 * Physics: the collective begins for each rank when it arrives and ends for all together, when
 * the last has arrived and the gradients are exchanged, so every rank's step takes what the
 * slowest takes. Compute time is inverse to the SM clock. The GPU's temperature approaches its
 * equilibrium exponentially, and the clock falls linearly between two thresholds, as thermal
 * slowdown does. Assumptions: seconds a step, thresholds and time constants; a waiting rank spins
 * in a kernel, so its utilisation stays high while its tensor cores idle (how NCCL waits).
 * Names: NVIDIA/dcgm-exporter etc/default-counters.csv; loss and grad_norm as the HF Trainer logs.
 */
import { type Context, makeCall } from './calls.ts';
import type { Gate, Task } from './clock.ts';
import type { Estate } from './estate.ts';
import { coolDown, createGpu, type Gpu, reportGpu } from './gpu.ts';
import type { Random } from './random.ts';
import { work } from './resources.ts';
import { double } from './telemetry.ts';
import {
  addTrainingServices,
  pollers,
  ranks,
  type SharedServices,
  type TrainingCalls,
  type TrainingServices,
  trainingCalls,
} from './training-services.ts';
import {
  closeSpan,
  gauge,
  type Instance,
  type OpenSpan,
  openSpan,
  type Request,
  recordPoint,
  type Service,
  startRequest,
  type World,
  writeLog,
} from './world.ts';

export interface TrainingSystem {
  readonly world: World;
  readonly launcher: Service;
  readonly trainer: Service;
  readonly gpus: readonly Gpu[];
  readonly services: TrainingServices;
  /** Only how far a fault goes, and who is told of new versions, is set from outside. */
  readonly job: Pick<Job, 'growth' | 'registered'>;
  /** Services no deploy touches while the job runs. */
  readonly untouched: readonly Service[];
  start(): void;
}

/** A version of the model: how well it did in its evaluation. */
export interface Registered {
  readonly accuracy: number;
}

/** What an evaluation finds while nothing is wrong. */
export const usualAccuracy = 0.86;

const samplesPerRank = 32;
const trackEvery = 5;
/** Steps from one report of a rank's step time, loss and gradient to the next. */
const reportEvery = 3;

interface Job {
  readonly world: World;
  readonly services: TrainingServices;
  readonly gpus: readonly Gpu[];
  readonly calls: TrainingCalls;
  readonly forwardMs: number;
  readonly backwardMs: number;
  readonly exchangeMs: number;
  readonly prefix: string;
  readonly checkpointEvery: number;
  /** Told of each version that has been registered; null if nobody waits for them. */
  registered: ((version: Registered) => void) | null;
  step: number;
  /** Factor on the gradient from step to step; 1 while training is stable. */
  growth: number;
  /** What that has come to. */
  blowUp: number;
}

/** `shared` are the services of a system that serves, where the two are joined. */
export function buildTraining(
  estate: Estate,
  random: Random,
  shared: SharedServices | null,
): TrainingSystem {
  const { world } = estate;
  const services = addTrainingServices(estate, random, shared);
  const gpus = services.trainer.instances.map(() => createGpu(random));
  const job: Job = {
    world,
    services,
    gpus,
    calls: trainingCalls(services),
    forwardMs: random.between(1_300, 1_700),
    backwardMs: random.between(2_500, 3_100),
    exchangeMs: random.between(120, 200),
    prefix: random.pick(['train.', 'trainer.', 'training_']),
    // Small models that are released often are saved often.
    checkpointEvery: shared ? 12 : 40,
    step: random.int(4_000, 60_000),
    growth: 1,
    blowUp: 1,
    registered: null,
  };
  const start = () => {
    world.clock.spawn(train(job));
    world.clock.spawn(pollers(world, services, random.between(0.45, 0.65)));
    world.clock.spawn(reportGpus(job));
    world.clock.spawn(ingest(job));
  };
  const { launcher, trainer } = services;
  const untouched = [launcher, trainer];
  return { world, launcher, trainer, gpus, services, job, untouched, start };
}

function* train(job: Job): Task {
  const { world, services } = job;
  for (;;) {
    const launcher = services.launcher.instances[0] as Instance;
    const isDone = yield* trainStep(job, launcher);
    if (!isDone) yield* recover(job, launcher);
    else if (job.step % job.checkpointEvery === 0) yield* checkpoint(job, launcher);
    job.step += 1;
    job.blowUp *= job.growth;
    yield world.random.lognormal(20, 0.3);
  }
}

/** Where the ranks of one step meet. */
interface Collective {
  arrived: number;
  /** A rank died: the others wait in vain. */
  isBroken: boolean;
  readonly complete: Gate;
}

/** False if a rank died. */
function* trainStep(job: Job, launcher: Instance): Task<boolean> {
  const { world, services } = job;
  const request = startRequest(world, true);
  const span = openSpan(world, request, launcher, {
    name: 'train step',
    kind: 1,
    attributes: () => ({ step: job.step, world_size: ranks }),
  });
  const collective = { arrived: 0, isBroken: false, complete: world.clock.gate() };
  const started = world.clock.now();
  const done = services.trainer.instances.map((instance, rank) =>
    world.clock.spawn(rankStep(job, { request, instance, span }, rank, collective)),
  );
  for (const gate of done) yield gate;
  if (collective.isBroken) {
    closeSpan(world, span, { message: 'worker group failed: a rank exited with code 134' });
    return false;
  }
  closeSpan(world, span, null);
  const seconds = (world.clock.now() - started) / 1000;
  if (job.step % 10 === 0) {
    const body = `step ${job.step} done in ${seconds.toFixed(2)} s`;
    writeLog(world, launcher, { severity: 'INFO', body, span });
  }
  return true;
}

const abortAfterMs = 3_000;

/** The others notice after a while that the collective does not come about. */
function die(job: Job, gpu: Gpu, span: OpenSpan, collective: Collective): void {
  const { world } = job;
  gpu.errors += 1;
  gpu.xid = world.random.pick([48, 79, 94]);
  collective.isBroken = true;
  world.clock.at(world.clock.now() + abortAfterMs, () => collective.complete.open());
  const message = 'CUDA error: uncorrectable ECC error encountered';
  writeLog(world, span.instance, { severity: 'ERROR', body: `${message} (Xid ${gpu.xid})`, span });
  closeSpan(world, span, { message });
}

/** The job begins again where it wrote its last checkpoint. */
function* recover(job: Job, launcher: Instance): Task {
  const { world, services } = job;
  const body = `restarting the worker group from step ${job.step - (job.step % job.checkpointEvery)}`;
  writeLog(world, launcher, { severity: 'WARN', body });
  const request = startRequest(world, true);
  const reader = services.trainer.instances[0] as Instance;
  const span = openSpan(world, request, reader, { name: 'load checkpoint', kind: 1 });
  const failure = yield* makeCall(world, { request, instance: reader, span }, job.calls.restore);
  closeSpan(world, span, failure);
  yield world.random.between(6_000, 12_000);
}

function* rankStep(
  job: Job,
  { request, instance, span: step }: Context,
  rank: number,
  collective: Collective,
): Task {
  const { world } = job;
  const gpu = job.gpus[rank] as Gpu;
  const started = world.clock.now();
  const phase = (name: string) =>
    openSpan(world, request, instance, {
      name,
      kind: 1,
      parent: step,
      attributes: () => ({ step: job.step }),
    });
  yield* loadBatch(job, instance, phase('data load'), request);
  const computing = world.clock.now();
  yield* compute(job, gpu, phase('forward'), job.forwardMs);
  const backward = phase('backward');
  if (world.random.chance(gpu.failing)) {
    yield world.random.between(0, job.backwardMs);
    return die(job, gpu, backward, collective);
  }
  yield* compute(job, gpu, backward, job.backwardMs);
  gpu.computeMs += world.clock.now() - computing;
  yield* allReduce(job, phase('all_reduce'), collective);
  if (collective.isBroken) return;
  yield* compute(job, gpu, phase('optimizer step'), 70);
  if (job.step % reportEvery === 0) reportStep(job, instance, world.clock.now() - started);
  if (rank === 0 && job.step % trackEvery === 0) {
    yield* makeCall(world, { request, instance, span: step }, job.calls.track);
  }
}

function* loadBatch(job: Job, instance: Instance, span: OpenSpan, request: Request): Task {
  const { world } = job;
  const failure = yield* makeCall(world, { request, instance, span }, job.calls.batch);
  if (failure) {
    const body = `batch from buffer, loader said: ${failure.message}`;
    writeLog(world, instance, { severity: 'WARN', body, span });
  }
  closeSpan(world, span, null);
}

function* compute(job: Job, gpu: Gpu, span: OpenSpan, ms: number): Task {
  coolDown(gpu, job.world.clock.now());
  yield* work(
    job.world,
    span.instance,
    (ms / gpu.clockShare) * job.world.random.lognormal(1, 0.025),
  );
  closeSpan(job.world, span, null);
}

function* allReduce(job: Job, span: OpenSpan, collective: Collective): Task {
  const { world, exchangeMs } = job;
  collective.arrived += 1;
  if (collective.arrived === ranks && !collective.isBroken) {
    const ends = world.clock.now() + exchangeMs * world.random.lognormal(1, 0.08);
    world.clock.at(ends, () => collective.complete.open());
  }
  yield collective.complete;
  span.attributes['collective.operation'] = 'all_reduce';
  span.attributes['collective.size'] = ranks;
  if (!collective.isBroken) return closeSpan(world, span, null);
  const message = 'NCCL watchdog: collective operation timed out, aborting';
  writeLog(world, span.instance, { severity: 'ERROR', body: message, span });
  closeSpan(world, span, { message });
}

/** Beyond this the sum of squares is no number in half precision. */
const mostBlowUp = 65_504;

function reportStep(job: Job, instance: Instance, ms: number): void {
  const { world, prefix, step } = job;
  const loss = 1.7 + 2.2 * Math.exp(-step / 30_000) + world.random.normal(0, 0.02);
  const { blowUp } = job;
  if (blowUp > mostBlowUp) {
    const body = `loss is nan at step ${step}, update skipped`;
    writeLog(world, instance, { severity: 'ERROR', body });
    return;
  }
  const readings = [
    ['step_time', 's', ms / 1000],
    ['throughput', '{sample}/s', (samplesPerRank * 1000) / ms],
    ['loss', '1', loss * blowUp ** 0.4],
    ['grad_norm', '1', blowUp * world.random.lognormal(0.9, 0.12)],
  ] as const;
  for (const [name, unit, value] of readings) {
    const reading = gauge(double(value).double);
    recordPoint(world, instance, { metric: `${prefix}${name}`, unit, reading });
  }
}

/** Rank 0 writes the model in parts; the others wait for the next step. */
function* checkpoint(job: Job, launcher: Instance): Task {
  const { world, services } = job;
  const request = startRequest(world, true);
  const span = openSpan(world, request, launcher, { name: 'save checkpoint', kind: 1 });
  const writer = services.trainer.instances[0] as Instance;
  const part = openSpan(world, request, writer, { name: 'write state', kind: 1, parent: span });
  for (let count = 0; count < 3; count += 1) {
    yield* makeCall(world, { request, instance: writer, span: part }, job.calls.store);
  }
  closeSpan(world, part, null);
  const score = openSpan(world, request, writer, { name: 'evaluate', kind: 1, parent: span });
  yield* work(world, writer, world.random.lognormal(1_800, 0.2));
  const fallen = Math.max(0.1, usualAccuracy - 0.05 * Math.log10(job.blowUp));
  const accuracy = fallen + world.random.normal(0, 0.004);
  score.attributes['eval.accuracy'] = double(accuracy);
  closeSpan(world, score, null);
  const failure = yield* makeCall(world, { request, instance: launcher, span }, job.calls.register);
  closeSpan(world, span, null);
  if (!failure) job.registered?.({ accuracy });
  const body = `checkpoint of step ${job.step} written`;
  writeLog(world, writer, { severity: 'INFO', body, span: part });
}

const ingestEveryMs = 40_000;

/** New rows become a shard of the data set: read, checked, built, written. */
function* ingest(job: Job): Task {
  const { world, services } = job;
  for (;;) {
    yield world.random.lognormal(ingestEveryMs, 0.1);
    const [instance] = services.job.instances;
    if (!instance) continue;
    const request = startRequest(world, true);
    const span = openSpan(world, request, instance, { name: 'build shard', kind: 1 });
    const context = { request, instance, span };
    let failure = yield* makeCall(world, context, job.calls.extract);
    failure ??= yield* makeCall(world, context, job.calls.validate);
    if (!failure) yield* work(world, instance, world.random.lognormal(300, 0.3), 0.2);
    failure ??= yield* makeCall(world, context, job.calls.shard);
    closeSpan(world, span, failure);
  }
}

const gpuReportMs = 15_000;

function* reportGpus(job: Job): Task {
  for (;;) {
    yield gpuReportMs;
    for (const [rank, gpu] of job.gpus.entries()) {
      coolDown(gpu, job.world.clock.now());
      const instance = job.services.trainer.instances[rank];
      if (instance) reportGpu(job.world, instance, gpu, gpuReportMs);
    }
  }
}
