/**
 * Values of features: what is served, how far that is from what the model was trained on, and what
 * a monitor says of it.
 *
 * Physics: each view stands for one number, standard normal when the model was trained. The inputs
 * of the world may move (`shift`, in standard deviations), the code that serves them may compute
 * them otherwise than in training (`skew`), rows may be absent (`nulls`) or damaged (`corrupt`). The
 * population stability index compares the values served last with those of training over deciles
 * (Siddiqi, "Credit Risk Scorecards", 2006).
 */
import type { Random } from './random.ts';

export interface Condition {
  nulls: number;
  shift: number;
  skew: number;
  corrupt: number;
}

export const sound = (): Condition => ({ nulls: 0, shift: 0, skew: 0, corrupt: 0 });

/** Standard deviations of a damaged value: any bits. */
const garbage = 40;
/** Of inputs that are one standard deviation off, a model still knows most. */
const costOfDistance = 0.35;

export interface Served {
  /** Null: there is none. */
  readonly value: number | null;
  /** The same value as training would have computed it. */
  readonly offline: number;
  /** How little the model can make of it, 0 to 1. */
  readonly misfit: number;
}

export function serve({ nulls, shift, skew, corrupt }: Condition, random: Random): Served {
  const offline = random.normal(shift, 1);
  if (random.chance(nulls)) return { value: null, offline, misfit: 1 };
  if (random.chance(corrupt)) return { value: garbage * random.normal(0, 1), offline, misfit: 1 };
  const value = offline * (1 + skew) + skew;
  const distance = Math.abs(shift) + Math.abs(value - offline);
  return { value, offline, misfit: 1 - Math.exp(-costOfDistance * distance ** 2) };
}

/** Upper ends of nine tenths of a standard normal. */
const deciles = [-1.2816, -0.8416, -0.5244, -0.2533, 0, 0.2533, 0.5244, 0.8416, 1.2816];
/** Half a value in every bin, so that an empty one is no infinite distance. */
const smoothing = 0.5;

/** Of the values against training; each bin holds a tenth there. */
export function stabilityIndex(values: readonly number[]): number {
  const counts = new Array<number>(deciles.length + 1).fill(smoothing);
  for (const value of values) {
    const bin = deciles.findIndex((end) => value <= end);
    const at = bin < 0 ? deciles.length : bin;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  const all = values.length + smoothing * counts.length;
  return counts.reduce((sum, count) => {
    const share = count / all;
    return sum + (share - 0.1) * Math.log(share / 0.1);
  }, 0);
}
