/**
 * A limited thing that is used up: connections of a pool, threads, descriptors, ports, workers,
 * inodes. CPU, memory and disk time are looked at where they are reported (`moved-values.ts`).
 *
 *     process.open_fds / process.max_fds    0.21 0.22 0.20 0.21 | 0.55 0.99 1.00 1.00
 *     pool used / max, 10 places            0.30 0.28 0.31 0.30 | 0.60 0.61 0.60 0.59   nobody waits
 *
 * Nobody waits for a place while there are free ones. Of c places, a share ρ of them used, the
 * chance to find none free is about ρ^(√(2(c+1)) − 1) (Sakasegawa 1977, for M/M/c): of ten places 15 % at
 * ρ = 0.6 and 68 % at 0.9, of a thousand none at 0.9. Where c is not known: the share of what was
 * left that is gone.
 *
 * After: methods "robust N-sigma" (floors, at least two points), §D "DNS / connection pool / rate
 * limit"; H. Sakasegawa, "An approximation formula Lq ≃ α ρ^β / (1 − ρ)", Ann. Inst. Statist. Math. 29.
 */
import { byKey, grouped } from '../../grouping.ts';
import { type Signal, signalOf } from '../../semantics/index.ts';
import { clamp01 } from '../../statistics.ts';
import type { Detector } from '../detector.ts';
import { tenantsOf } from '../owners.ts';
import { type UsedShare, usedShares } from '../usages.ts';
import { type Change, type Compared, headroomLost, movedRows, sidesOf } from './moved-values.ts';

export const saturation: Detector = {
  name: 'saturation',
  looksAt: (features) => usedShares(features).some((share) => comparedIn(share).length > 0),
  *detect(features) {
    const compared = usedShares(features).flatMap(comparedIn);
    const tenants = tenantsOf(features.sample);
    for (const [, group] of byKey(grouped(compared, ({ signal }) => signal.kind))) {
      for (const one of group) yield* movedRows(one, group.length, tenants);
    }
  },
};

/** None of what is looked at where it is reported, or has too few minutes. */
function comparedIn({ kind, value, places }: UsedShare): readonly Compared[] {
  const isReported = kind === 'cpu' || kind === 'memory' || signalOf(value.name) !== null;
  const sides = isReported ? null : sidesOf(value);
  if (sides === null) return [];
  // Utilisations that differ by less than two points do not differ, as elsewhere.
  const signal: Signal = { kind, layer: 'infrastructure', worse: 'up', floor: 0.02, rare: false };
  const weigh = (change: Change): number =>
    places === null
      ? headroomLost(change, 1)
      : clamp01(waiting(change.is, places) - waiting(change.was, places));
  return [{ value, signal, ...sides, weigh, told: `share in use of ${value.name}` }];
}

/** Chance that all places are taken. */
export const waiting = (used: number, places: number): number =>
  clamp01(used) ** Math.max(1, Math.sqrt(2 * (places + 1)) - 1);
