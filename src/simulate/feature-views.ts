/**
 * Feature views: materialised by a job every so often, read online with every request, and fit
 * for use only while they are fresh.
 *
 * Physics: the age of a view is now minus the event time up to which the last successful run
 * filled it, and its source is no further than the events that have reached it, so the age climbs
 * one second a second until the next success. Assumptions: a row expires
 * at a random moment after the view's time to live (Feast lets rows carry their own event times),
 * is then read as `not_found`, and is replaced by a default; how little an old value says
 * approaches its limit exponentially, from the age at which it usually is replaced.
 * Names: feast-dev/feast sdk/python/feast/metrics.py.
 */
import { type Call, type Context, makeCall, type Operation } from './calls.ts';
import type { Task } from './clock.ts';
import { type Failure, ownTrouble, thrown } from './failures.ts';
import { type Condition, serve, stabilityIndex } from './feature-values.ts';
import { work } from './resources.ts';
import { double } from './telemetry.ts';
import { type Topic, workedOffUpTo } from './topic.ts';
import {
  closeSpan,
  gauge,
  type Instance,
  openSpan,
  recordPoint,
  type Service,
  startRequest,
  type World,
  writeLog,
} from './world.ts';

export interface View {
  readonly name: string;
  /** How much of the model's knowledge rests on this view; the weights add up to about 1. */
  weight: number;
  readonly intervalMs: number;
  readonly expiryMs: number;
  /** What the next runs do: run, are not triggered, or find that the source holds nothing new. */
  supply: 'running' | 'not-triggered' | 'no-new-data';
  /** Event time up to which the last successful run filled it. */
  filledUpTo: number;
  /** What its values are like. */
  readonly condition: Condition;
  /** Rows that a run finds, as a share of the usual. */
  rows: number;
  /** The column that its source no longer has as it was agreed; null: all are there. */
  brokenColumn: string | null;
  /** The values served last, with those that training would have computed; nulls among them. */
  readonly recent: { readonly value: number | null; readonly offline: number }[];
  /** Rows that the last runs rejected, in all. */
  rejected: number;
  /** Online reads and runs so far, by the process that counts them and by status. */
  readonly served: Counts;
  readonly runs: Counts;
}

type Counts = Map<Instance, Record<string, number>>;

function count(counts: Counts, instance: Instance, status: string, all: readonly string[]): void {
  const own = counts.get(instance) ?? Object.fromEntries(all.map((name) => [name, 0]));
  own[status] = (own[status] ?? 0) + 1;
  counts.set(instance, own);
}

export interface Materialiser {
  readonly job: Service;
  readonly store: Service;
  readonly validator: Service;
  /** The service whose instances report freshness: the job or the store. */
  readonly reporter: Service;
  readonly project: string;
  /** What its source is filled from. */
  readonly interactions: Topic;
  readonly views: readonly View[];
  readonly extract: Call;
  readonly load: Call;
  readonly ageAttribute: string;
  readonly driftMetric: string;
}

/** Values that a monitor looks back on. */
const remembered = 150;
const leastRemembered = 60;

/** How little an age says: 0 while it is usual, towards 1 with the time past that. */
const mismatch = (view: View, age: number): number =>
  1 - Math.exp(-Math.max(0, age - 1.4 * view.intervalMs) / (1.5 * view.intervalMs));

/** Reads every view for the request: sets its misfit and says on the span how old they were. */
export function readFeatures(world: World, materialiser: Materialiser, context: Context): void {
  const now = world.clock.now();
  let oldest = 0;
  let missing = 0;
  let misfit = 0;
  for (const view of materialiser.views) {
    const age = now - view.filledUpTo;
    const expired = 1 - Math.exp(-Math.max(0, age - view.expiryMs) / view.expiryMs);
    const served = serve(view.condition, world.random);
    const absent = served.value === null || world.random.chance(Math.max(0.004, expired));
    view.recent.push({ value: absent ? null : served.value, offline: served.offline });
    if (view.recent.length > remembered) view.recent.shift();
    count(view.served, context.instance, absent ? 'not_found' : 'present', readStatuses);
    if (absent) missing += 1;
    oldest = Math.max(oldest, age);
    const known = (1 - served.misfit) * (1 - mismatch(view, age));
    misfit += view.weight * (absent ? 1 : 1 - known);
  }
  context.request.misfit = Math.min(1, misfit);
  if (!context.span) return;
  context.span.attributes[materialiser.ageAttribute] = double(oldest / 1000, 1);
  context.span.attributes['feature.null_count'] = missing;
  context.span.attributes['feature.views'] = materialiser.views.map(({ name }) => name);
}

/** Starts the job's schedule and the gauges. */
export function startMaterialiser(world: World, materialiser: Materialiser): void {
  for (const view of materialiser.views) {
    view.filledUpTo = -world.random.between(2_000, 6_000);
    world.clock.spawn(schedule(world, materialiser, view));
  }
  world.clock.spawn(reportFreshness(world, materialiser));
}

function* schedule(world: World, materialiser: Materialiser, view: View): Task {
  yield world.random.between(0, view.intervalMs);
  for (;;) {
    if (view.supply !== 'not-triggered') world.clock.spawn(run(world, materialiser, view));
    yield view.intervalMs + world.random.normal(0, 400);
  }
}

function* run(world: World, materialiser: Materialiser, view: View): Task {
  const instance = materialiser.job.instances[0];
  if (!instance?.up) return;
  const { random } = world;
  const request = startRequest(world, true);
  const span = openSpan(world, request, instance, {
    name: `materialize ${view.name}`,
    kind: 1,
    attributes: () => ({ feature_view: view.name, project: materialiser.project }),
  });
  const context = { request, instance, span };
  const seenAt = workedOffUpTo(world, materialiser.interactions) - random.between(2_000, 6_000);
  yield* work(world, instance, random.lognormal(60, 0.3), 0.3);
  const found = view.supply === 'no-new-data' ? 0 : view.rows * random.lognormal(2400, 0.3);
  const rejected = Math.round(found * detectedShare * view.condition.corrupt);
  const rows = Math.round(found) - rejected;
  let isWritten = false;
  let failure = random.chance(instance.service.errorRate) ? ownTrouble(random) : null;
  failure ??= yield* makeCall(world, context, materialiser.extract);
  if (!failure && found > 0) {
    failure = yield* makeCall(world, context, validation(materialiser, view, rows, rejected));
  }
  if (!failure && rows > 0) {
    yield* work(world, instance, random.lognormal(400, 0.4), 0.3);
    const { load } = materialiser;
    // The job believes the store; what the store left out, it did not fill.
    const effect = (): void => {
      isWritten = true;
    };
    failure = yield* makeCall(world, context, {
      ...load,
      operation: { ...load.operation, effect },
    });
  }
  span.attributes['rows.written'] = failure ? 0 : rows;
  if (isWritten) view.filledUpTo = seenAt;
  count(view.runs, instance, failure ? 'failure' : 'success', runStatuses);
  if (!failure) view.rejected += rejected;
  report(world, instance, { view, rows, error: failure?.message });
  closeSpan(world, span, failure);
}

/** Of damaged rows, those that a check of ranges and sums finds. */
const detectedShare = 0.6;

/** The check of a run: what it found is on its span; a column that is gone stops the run. */
function validation({ validator }: Materialiser, view: View, rows: number, rejected: number): Call {
  const broken = view.brokenColumn;
  const refusal: Failure | null =
    broken === null
      ? null
      : thrown(
          'SchemaValidationError',
          `column "${broken}" of ${view.name}: expected DOUBLE, found no such column`,
        );
  const operation: Operation = {
    endpoint: { name: 'ValidateBatch' },
    workMs: 30,
    sigma: 0.4,
    stages: [],
    refusal,
    effect({ span }) {
      if (!span) return;
      span.attributes['validation.rows_checked'] = rows + rejected;
      span.attributes['validation.rejected_rows'] = rejected;
    },
  };
  return { target: validator, operation, timeoutMs: 3_000, retries: 0 };
}

function report(
  world: World,
  instance: Instance,
  { view, rows, error }: { view: View; rows: number; error: string | undefined },
): void {
  if (error !== undefined) {
    const body = `materialization of ${view.name} failed: ${error}`;
    writeLog(world, instance, { severity: 'ERROR', body });
    return;
  }
  const seconds = Math.round((world.clock.now() - view.filledUpTo) / 1000);
  const body =
    rows > 0
      ? `materialized ${rows} rows into ${view.name}`
      : `no rows newer than watermark for ${view.name} (${seconds} s behind)`;
  writeLog(world, instance, { severity: 'INFO', body });
}

const readStatuses = ['present', 'not_found'];
const runStatuses = ['success', 'failure'];
const reportEveryMs = 15_000;

function* reportFreshness(world: World, materialiser: Materialiser): Task {
  for (;;) {
    yield reportEveryMs;
    const reporter = materialiser.reporter.instances[0];
    for (const view of materialiser.views) {
      if (reporter) freshness(world, reporter, materialiser.project, view);
      values(world, materialiser, view);
      counters(world, 'feast_online_features_status_total', view, view.served);
      counters(world, 'feast_materialization_result_total', view, view.runs);
    }
  }
}

function freshness(world: World, instance: Instance, project: string, view: View): void {
  const age = (world.clock.now() - view.filledUpTo) / 1000;
  recordPoint(world, instance, {
    metric: 'feast_feature_freshness_seconds',
    unit: 's',
    attributes: { feature_view: view.name, project },
    reading: gauge(Number(age.toFixed(2))),
  });
}

/** What monitors say of the values, and the validator of the rows. */
function values(world: World, materialiser: Materialiser, view: View): void {
  const [store, validator] = [materialiser.store.instances[0], materialiser.validator.instances[0]];
  const attributes = { feature_view: view.name };
  if (validator) {
    const reading = { kind: 'counter', from: validator.bornAt, value: view.rejected } as const;
    const metric = 'data_validation_rejected_rows_total';
    recordPoint(world, validator, { metric, unit: '{row}', attributes, reading });
  }
  if (!store || view.recent.length < leastRemembered) return;
  const present = view.recent.flatMap(({ value }) => (value === null ? [] : [value]));
  const apart = view.recent.flatMap(({ value, offline }) =>
    value === null ? [] : [Math.abs(value - offline)],
  );
  const mean = apart.reduce((sum, one) => sum + one, 0) / Math.max(1, apart.length);
  const readings = [
    [materialiser.driftMetric, stabilityIndex(present)],
    ['feature.null_ratio', 1 - present.length / view.recent.length],
    ['feature.training_serving_skew', Math.min(mean, 1000)],
  ] as const;
  for (const [metric, value] of readings) {
    const reading = gauge(Number(value.toFixed(4)));
    recordPoint(world, store, { metric, unit: '1', attributes, reading });
  }
}

/** One point a status, from each process that is still in service. */
function counters(world: World, metric: string, view: View, counts: Counts): void {
  for (const [instance, byStatus] of counts) {
    if (!instance.service.instances.includes(instance)) continue;
    for (const [status, value] of Object.entries(byStatus)) {
      recordPoint(world, instance, {
        metric,
        unit: '1',
        attributes: { feature_view: view.name, status },
        reading: { kind: 'counter', from: instance.bornAt, value },
      });
    }
  }
}
