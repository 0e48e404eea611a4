/**
 * The whole of what is simulated: a system that serves, one that trains, or both in one.
 *
 *     (queue) ─→ consumer ─→ (warehouse) ─→ job ─┬─→ features ─→ read online
 *                                                └─→ shards ─→ ranks ─→ checkpoint, evaluation
 *     model ←─ rollout ←─ registry ←─────────────────────────────────────┘
 *
 * Joined, they share job, validator, warehouse, registry and controller, and every so many
 * versions that training registers come into service.
 */
import type { Estate } from './estate.ts';
import { buildInference, type InferenceSystem } from './inference.ts';
import { mostServices } from './layout.ts';
import { promote } from './model-rollout.ts';
import { nextVersion } from './names.ts';
import { logit } from './prediction.ts';
import type { Random } from './random.ts';
import { buildTraining, type Registered, type TrainingSystem, usualAccuracy } from './training.ts';
import { ownServices } from './training-services.ts';
import type { Service, World } from './world.ts';

export type PlatformKind = 'inference' | 'training' | 'joined';

export interface Platform {
  readonly kind: PlatformKind;
  readonly world: World;
  readonly inference: InferenceSystem | null;
  readonly training: TrainingSystem | null;
  /** Services no deploy touches. */
  readonly untouched: readonly Service[];
  start(): void;
}

export function buildPlatform(estate: Estate, kind: PlatformKind, topology: Random): Platform {
  const { world } = estate;
  const room = mostServices - (kind === 'joined' ? ownServices : 0);
  const inference =
    kind === 'training' ? null : buildInference(estate, room, topology.fork('inference'));
  const training =
    kind === 'inference'
      ? null
      : buildTraining(estate, topology.fork('training'), inference?.services ?? null);
  // Where a model's version is that of its service, or training releases it, no other may come.
  const isOwn = training !== null || inference?.model.versionStyle === 'service.version';
  const released = inference && isOwn ? [inference.model.server] : [];
  const start = () => {
    inference?.start();
    training?.start();
    if (inference && training) release(inference, training, topology.fork('release'));
  };
  const untouched = [...(training?.untouched ?? []), ...released];
  return { kind, world, inference, training, untouched, start };
}

/**
 * Every second version that training registers is promoted. What it knows follows from its
 * evaluation: as much better or worse in log-odds as its accuracy is than it usually is.
 */
function release(inference: InferenceSystem, training: TrainingSystem, random: Random): void {
  const { model } = inference;
  const usual = model.skill.get(model.version) ?? 0;
  const staggerMs = random.between(6_000, 14_000);
  let latest = model.version;
  let count = 0;
  training.job.registered = ({ accuracy }: Registered) => {
    latest = nextVersion(latest);
    count += 1;
    model.skill.set(latest, usual + logit(accuracy) - logit(usualAccuracy));
    if (count % 2 === 0) promote(inference, latest, staggerMs);
  };
}
