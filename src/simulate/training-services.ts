/** The services of the training system, how they call each other, and who looks at the job. */
import { type Call, type Operation, receive } from './calls.ts';
import type { Task } from './clock.ts';
import type { Estate } from './estate.ts';
import type { Random } from './random.ts';
import { type Service, startRequest, type World } from './world.ts';

/** Processes of one training job; they meet in every step. */
export const ranks = 6;

/** Services of a training system that one it is joined with does not have. */
export const ownServices = 8;

export type TrainingServices = ReturnType<typeof addTrainingServices>;

/** What a system that serves has of these as well. */
export type SharedServices = Readonly<
  Record<'job' | 'validator' | 'registry' | 'warehouse', Service>
>;

export function addTrainingServices(
  { add }: Estate,
  random: Random,
  shared: SharedServices | null,
) {
  const database = { instrumented: false, concurrency: 64 } as const;
  const rankKey = random.pick(['process.rank', 'torch.distributed.rank', 'rank']);
  const ranksPerHost = random.pick([1, 2]);
  return {
    console: add('console', { protocol: 'http' }),
    jobs: add('jobs', { protocol: random.pick(['http', 'grpc']), instances: 2 }),
    launcher: add('launcher', { protocol: 'grpc', instances: 1, languages: ['python', 'go'] }),
    trainer: add('trainer', {
      protocol: 'grpc',
      instances: ranks,
      languages: ['python'],
      cpuShare: 0.6,
      extra: (index) => ({ [rankKey]: index }),
      hostOf: (index) => Math.floor(index / ranksPerHost),
    }),
    loader: add('loader', { protocol: 'grpc', instances: 2, concurrency: 8 }),
    tracker: add('tracker', { protocol: 'http' }),
    job:
      shared?.job ?? add('job', { protocol: 'http', instances: 1, languages: ['python', 'java'] }),
    validator:
      shared?.validator ??
      add('validator', { protocol: 'grpc', instances: 1, languages: ['python'] }),
    registry: shared?.registry ?? add('registry', { protocol: 'http', instances: 1 }),
    warehouse: shared?.warehouse ?? add('warehouse', { ...database, protocol: 'postgresql' }),
    objects: add('objects', { ...database, protocol: 's3' }),
    jobsDb: add('jobsDb', { ...database, protocol: 'postgresql' }),
  };
}

/** `io` is the share of the work that waits for a disk. */
const leaf = (
  endpoint: Operation['endpoint'],
  workMs: number,
  sigma: number,
  io = 0,
): Operation => ({ ...{ endpoint, workMs, sigma, io, stages: [] } });

/** What a rank calls: its next batch, the run tracker, the checkpoint store. */
export interface TrainingCalls {
  readonly batch: Call;
  readonly track: Call;
  readonly store: Call;
  readonly restore: Call;
  readonly register: Call;
  readonly extract: Call;
  readonly validate: Call;
  readonly shard: Call;
}

const call = (target: Service, operation: Operation, timeoutMs: number): Call => ({
  ...{ target, operation, timeoutMs, retries: 1 },
});

export function trainingCalls({
  loader,
  tracker,
  objects,
  jobsDb,
  registry,
  validator,
  warehouse,
}: TrainingServices): TrainingCalls {
  const part = { name: '/checkpoints/part', method: 'GET' } as const;
  const shard = { name: '/datasets/shard', method: 'PUT' } as const;
  const version = { name: '/models/versions', method: 'POST' } as const;
  const read = leaf({ name: '/datasets/shard', method: 'GET' }, 30, 0.5, 0.9);
  const insert = leaf({ name: 'INSERT', table: 'run_metrics' }, 4, 0.5);
  return {
    batch: {
      target: loader,
      operation: {
        ...leaf({ name: 'NextBatch' }, 34, 0.35),
        stages: [[{ target: objects, operation: read, timeoutMs: 4_000, retries: 1, share: 0.25 }]],
      },
      timeoutMs: 8_000,
      retries: 1,
    },
    track: {
      target: tracker,
      operation: {
        ...leaf({ name: '/api/runs/log', method: 'POST' }, 6, 0.5),
        stages: [[{ target: jobsDb, operation: insert, timeoutMs: 800, retries: 0 }]],
      },
      timeoutMs: 2_000,
      retries: 1,
      optional: true,
    },
    store: {
      target: objects,
      operation: leaf({ name: '/checkpoints/part', method: 'PUT' }, 900, 0.3, 0.9),
      timeoutMs: 60_000,
      retries: 1,
    },
    restore: call(objects, leaf(part, 700, 0.3, 0.9), 60_000),
    register: call(registry, leaf(version, 12, 0.4), 2_000),
    extract: call(warehouse, leaf({ name: 'SELECT', table: 'events' }, 260, 0.4, 0.7), 10_000),
    validate: call(validator, leaf({ name: 'ValidateBatch' }, 30, 0.4), 3_000),
    shard: call(objects, leaf(shard, 140, 0.4, 0.9), 20_000),
  };
}

/** People and dashboards that look at the job. */
export function* pollers(world: World, services: TrainingServices, perSecond: number): Task {
  const { console: front, jobs, jobsDb } = services;
  const select = leaf({ name: 'SELECT', table: 'jobs' }, 3, 0.5);
  const status: Operation = {
    ...leaf(jobs.protocol === 'grpc' ? { name: 'GetJob' } : { name: '/internal/job' }, 5, 0.5),
    stages: [[{ target: jobsDb, operation: select, timeoutMs: 500, retries: 0 }]],
  };
  const operation: Operation = {
    ...leaf({ name: '/jobs/{id}', method: 'GET' }, 2, 0.5),
    stages: [[{ target: jobs, operation: status, timeoutMs: 1_500, retries: 1 }]],
  };
  for (;;) {
    yield world.random.exponential(1000 / (perSecond * world.traffic));
    world.clock.spawn(receive(world, front, operation, startRequest(world, true)));
  }
}
