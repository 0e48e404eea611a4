/**
 * What makes a system ride out faults, where its makers have seen to it: calls that fail are made
 * again with growing pauses, a plainer model stands in, and a version that is worse is taken back.
 *
 * Assumptions. Three attempts, pauses of up to 50 and 100 ms drawn evenly ("full jitter", Brooker,
 * "Exponential Backoff And Jitter", AWS 2015). The model that stands in needs no features and is
 * 0.6 in log-odds worse: about five points of accuracy. Whoever watches accuracy looks every 15 s
 * at the last 30 known outcomes of each replica and acts on a loss of 8 points: about three
 * standard deviations of a share of 0.9 of 100.
 */
import type { Task } from './clock.ts';
import type { InferenceSystem } from './inference.ts';
import { promote } from './model-rollout.ts';
import type { Platform } from './platform.ts';
import { feedbackInService, knownAccuracy } from './prediction.ts';

const attempts = 3;
const firstPauseMs = 50;
const skillLost = 0.6;
const everyMs = 15_000;
const accuracyLost = 0.08;
const staggerMs = 8_000;

export function startPractice({ world, inference }: Platform): void {
  world.retrying = { attempts, firstPauseMs };
  if (!inference) return;
  const { model } = inference;
  const usual = model.skill.get(model.version) ?? 0;
  model.standIn = { skill: usual - skillLost, isInUse: false };
  world.clock.spawn(watch(inference));
}

/** The usual accuracy is the mean of what was seen before anything was done. */
function* watch(system: InferenceSystem): Task {
  const { model } = system;
  let [sum, looks] = [0, 0];
  for (;;) {
    yield everyMs;
    const accuracy = knownAccuracy(feedbackInService(model));
    if (accuracy === null) continue;
    if (looks >= leastLooks && accuracy < sum / looks - accuracyLost) {
      act(system);
      return;
    }
    sum += accuracy;
    looks += 1;
  }
}

/** A minute of looks. */
const leastLooks = 4;

/** Takes back a version that came meanwhile; where none did, the plainer model takes over. */
function act(system: InferenceSystem): void {
  const { model } = system;
  const isOther = [...model.loaded.values()].some((version) => version !== model.version);
  if (isOther) promote(system, model.version, staggerMs);
  else if (model.standIn) model.standIn.isInUse = true;
}
