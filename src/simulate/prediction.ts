/**
 * What a model knows and how it shows.
 *
 * Assumption (a logistic model, the simplest that joins the three): a prediction's log-odds of
 * being right are normal around the version's skill and fall with the misfit of its inputs. The
 * confidence a model reports is the chance it gives itself; whether it was right is drawn from
 * that same chance (a calibrated model), and becomes known when feedback arrives, for a share of
 * the requests and some seconds later.
 */
import type { Context } from './calls.ts';
import type { Task } from './clock.ts';
import { type Attributes, double, type Histogram, type Value } from './telemetry.ts';
import { gauge, type Instance, recordPoint, type Service, type World } from './world.ts';

/** How the estate names its model's versions. */
export type VersionStyle = 'service.version' | 'model.version' | 'gen_ai.response.model';

export interface Model {
  readonly name: string;
  readonly server: Service;
  readonly versionStyle: VersionStyle;
  readonly confidenceAttribute: string;
  readonly accuracyMetric: string;
  /** Mean log-odds of a right prediction by version. */
  readonly skill: Map<string, number>;
  /** Log-odds by which the world has left what the model learned: it does not notice. */
  driftedBy: number;
  /** The version every process starts with. */
  readonly version: string;
  /** The version that the replica with an index has loaded instead: whatever process it is. */
  readonly loaded: Map<number, string>;
  readonly windows: Map<string, Feedback>;
  /** A plainer model that needs no features; null: there is none. */
  standIn: { readonly skill: number; isInUse: boolean } | null;
}

/** What one replica has seen of one version since its last report. */
interface Feedback {
  readonly instance: Instance;
  readonly version: string;
  confidences: number[];
  from: number;
  /** The latest outcomes that are known, oldest first. */
  readonly outcomes: boolean[];
}

const spread = 0.9;
/** Log-odds that useless inputs cost. */
const misfitCost = 3.2;
const bounds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
const remembered = 80;
const feedbackShare = 0.6;
const feedbackDelayMs = [4_000, 20_000] as const;
const reportEveryMs = 15_000;

/** Predicts for the request, and says so on the span, in the histogram and in the feedback. */
export function predict(world: World, model: Model, context: Context): void {
  const { random, clock } = world;
  const version = model.loaded.get(context.instance.index) ?? model.version;
  const own = (model.skill.get(version) ?? 0) - misfitCost * context.request.misfit;
  const skill = model.standIn?.isInUse ? model.standIn.skill : own;
  const right = chanceOf(random.normal(skill, spread));
  if (context.span) Object.assign(context.span.attributes, described(model, version, right));
  const window = windowOf(world, model, context.instance, version);
  window.confidences.push(right);
  if (!random.chance(feedbackShare)) return;
  const outcome = random.chance(chanceOf(logit(right) - model.driftedBy));
  clock.at(clock.now() + random.between(...feedbackDelayMs), () => {
    window.outcomes.push(outcome);
    if (window.outcomes.length > remembered) window.outcomes.shift();
  });
}

/** Share of the latest known outcomes that were right; null: too few are known. */
export function knownAccuracy(feedback: Iterable<Feedback>): number | null {
  const known = [...feedback].flatMap(({ outcomes }) => outcomes.slice(-lookedAt));
  return known.length < leastOutcomes ? null : known.filter(Boolean).length / known.length;
}

/** Outcomes of a replica that whoever watches it looks at, and as few as tell anything. */
const lookedAt = 30;
const leastOutcomes = 40;

/** What is known of the versions in service. */
export function feedbackInService({ windows, server, loaded, version }: Model): Feedback[] {
  const inService = new Set(
    server.instances.map(({ index, id }) => `${id} ${loaded.get(index) ?? version}`),
  );
  return [...windows.values()].filter((one) => inService.has(`${one.instance.id} ${one.version}`));
}

/** The chance that log-odds stand for. */
export const chanceOf = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));
export const logit = (chance: number): number => Math.log(chance / (1 - chance));

function described(model: Model, version: string, right: number): Record<string, Value> {
  const confidence = { [model.confidenceAttribute]: double(right) };
  if (model.versionStyle === 'gen_ai.response.model') {
    return {
      'gen_ai.request.model': model.name,
      'gen_ai.response.model': version,
      ...confidence,
    };
  }
  const tag = model.versionStyle === 'model.version' ? { 'model.version': version } : {};
  return { 'model.name': model.name, ...tag, ...confidence };
}

function windowOf(world: World, model: Model, instance: Instance, version: string): Feedback {
  const key = `${instance.id}/${instance.bornAt}/${version}`;
  const known = model.windows.get(key);
  if (known) return known;
  const from = world.clock.now();
  const fresh = { instance, version, confidences: [], from, outcomes: [] };
  model.windows.set(key, fresh);
  return fresh;
}

/** Reports confidence and accuracy per replica and version, as long as it predicts. */
export function* reportQuality(world: World, model: Model): Task {
  for (;;) {
    yield reportEveryMs;
    for (const window of model.windows.values()) {
      if (window.confidences.length > 0) reportWindow(world, model, window);
    }
  }
}

function reportWindow(world: World, model: Model, window: Feedback): void {
  const { instance, version, outcomes } = window;
  const attributes = pointAttributes(model, version);
  recordPoint(world, instance, {
    metric: 'model.prediction.confidence',
    unit: '1',
    attributes,
    reading: { kind: 'histogram', from: window.from, value: histogram(window.confidences) },
  });
  if (outcomes.length >= 10) {
    const right = outcomes.filter((known) => known).length / outcomes.length;
    const reading = gauge(Number(right.toFixed(4)));
    recordPoint(world, instance, { metric: model.accuracyMetric, unit: '1', attributes, reading });
  }
  window.confidences = [];
  window.from = world.clock.now();
}

function pointAttributes(model: Model, version: string): Attributes {
  const tag = model.versionStyle === 'service.version' ? {} : { 'model.version': version };
  return { 'model.name': model.name, ...tag };
}

function histogram(values: readonly number[]): Histogram {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  for (const value of values) {
    const place = bounds.findIndex((bound) => value <= bound);
    const bucket = place < 0 ? bounds.length : place;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const sum = Number(values.reduce((total, value) => total + value, 0).toFixed(6));
  return { bounds, counts, count: values.length, sum };
}
