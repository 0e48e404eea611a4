/**
 * What is bad whatever was before: something limited of which all is used, minute after minute.
 * Only where nothing was before that could be compared.
 *
 *     container.memory.usage / limit    0.97 0.99 1.00 0.99     full in 4 of 4 minutes
 *     threads busy / max, 200 places    0.95 0.96 0.95 0.96     hardly anybody waits
 *     cpu.utilization                   0.40 0.99 0.41 0.98     never two minutes in a row
 *
 * Full is where one that asks waits, more often than not, for places that are taken one by one
 * (`saturation.ts`); of the rest 95 %: there a queue of one server holds twenty times the work it has
 * when idle (1 / (1 − ρ)). That a healthy thing is full in one minute of a hundred is tolerated.
 *
 * After: methods "no declared baseline" d, "robust N-sigma" (at least two points in a row).
 */
import type { Evidence, ValueMinute } from '../../model.ts';
import { belief, binomialAtLeast, corrected } from '../../statistics.ts';
import { formatShare, sanitise } from '../../text.ts';
import { type Detector, evidence, tolerated } from '../detector.ts';
import { ownersOf, type Tenants, tenantsOf } from '../owners.ts';
import { type UsedShare, usedShares } from '../usages.ts';
import { fewestMinutes, partOf, referenceOf } from './moved-values.ts';
import { waiting } from './saturation.ts';

export const absoluteSigns: Detector = {
  name: 'absolute-signs',
  looksAt: (features) => features.plan.baseline === null && usedShares(features).length > 0,
  *detect(features) {
    if (features.plan.baseline !== null) return;
    const shares = usedShares(features);
    const tenants = tenantsOf(features.sample);
    for (const share of shares) yield* rowsOf(share, shares.length, tenants);
  },
};

const fullFrom = 0.95;

function* rowsOf(share: UsedShare, tests: number, tenants: Tenants): Generator<Evidence> {
  const { kind, value, places } = share;
  const { minutes } = value;
  const isFull = ({ mean }: ValueMinute): boolean =>
    places === null ? mean >= fullFrom : waiting(mean, places) >= 0.5;
  const first = minutes.findIndex((_, index) => {
    const run = minutes.slice(index, index + fewestMinutes);
    return run.length === fewestMinutes && run.every(isFull);
  });
  if (first < 0) return;
  const full = minutes.filter(isFull);
  const p = corrected(binomialAtLeast(full.length, minutes.length, tolerated), tests);
  const onset = minutes[first] as ValueMinute;
  const mean = full.reduce((sum, minute) => sum + minute.mean, 0) / full.length;
  const signal = { kind, layer: 'infrastructure', worse: 'up', floor: 0, rare: false } as const;
  const row = {
    kind,
    operation: null,
    strength: belief(p),
    effect: { baseline: null, incident: mean },
    n: { baseline: 0, incident: minutes.length },
    p,
    firstSeen: onset.example.at,
    summary: `${formatShare(mean)} of ${sanitise(value.name, 80)}${partOf(value)} was in use in ${full.length} of ${minutes.length} minutes`,
    refs: full.slice(0, 5).map((minute) => referenceOf(value, minute)),
    traces: [],
  };
  for (const owner of ownersOf(value, signal, tenants)) yield* evidence({ ...row, ...owner });
}
