/**
 * A quality signal that is worse under a version that was not there before. Old and new are
 * compared minute by minute where both run, so that what hits both alike is not blamed on the
 * new one; else new in the incident against old in the baseline.
 *
 *     confidence   v7  0.91 0.92 | 0.91 0.92 .
 *                  v8  .    .    | 0.71 0.70 0.70     v8 is worse
 *
 * After: methods "attribute contrast" (which version), "model degradation".
 */
import { byKey, grouped } from '../../grouping.ts';
import type { Evidence, ValueFeature, ValueMinute } from '../../model.ts';
import { type Signal, signalOf } from '../../semantics/index.ts';
import { belief, corrected } from '../../statistics.ts';
import { formatNumber, sanitise } from '../../text.ts';
import { type Detector, evidence } from '../detector.ts';
import { modelEntity } from '../owners.ts';
import {
  type Change,
  changeOf,
  fewestMinutes,
  pooledMinutes,
  referenceOf,
} from './moved-values.ts';

const kinds = new Set(['quality', 'loss']);

export const versionContrast: Detector = {
  name: 'version-contrast',
  *detect({ values }) {
    const quality = values.filter(
      ({ name, source }) => source.version !== null && kinds.has(signalOf(name)?.kind ?? ''),
    );
    const contrasts = byKey(grouped(quality, modelKey)).flatMap(([, group]) => contrastsIn(group));
    for (const contrast of contrasts) yield* rowOf(contrast, contrasts.length);
  },
};

/** One signal of one model, whatever its version. Where the snapshot's name is all there is, it is both. */
function modelKey({ name, source, attributes, origin }: ValueFeature): string {
  const model = source.model === source.version ? null : source.model;
  return JSON.stringify([name, source.service, model, origin, attributes]);
}

/** A version that the baseline does not have, against the others. */
interface Contrast {
  readonly values: readonly [ValueFeature, ...ValueFeature[]];
  readonly signal: Signal;
  readonly others: readonly string[];
  readonly before: readonly ValueMinute[];
  readonly after: readonly ValueMinute[];
  /** Minutes of the other versions at any time. */
  readonly calm: readonly ValueMinute[];
  readonly together: boolean;
}

function contrastsIn(group: readonly ValueFeature[]): readonly Contrast[] {
  return byKey(grouped(group, ({ source }) => source.version ?? '')).flatMap(
    ([version, values]) => {
      const [first] = values;
      const signal = first ? signalOf(first.name) : null;
      if (!first || !signal) return [];
      const mine = pooledMinutes(values);
      const rest = group.filter(({ source }) => source.version !== version);
      const calm = pooledMinutes(rest);
      const isNew = mine.every(({ cohort }) => cohort === 'incident');
      if (!isNew || mine.length < fewestMinutes || calm.length < fewestMinutes) return [];
      const others = [...new Set(rest.map(({ source }) => source.version ?? ''))].sort();
      const sides = sidesOf(mine, calm);
      return [{ values: [first, ...values.slice(1)], signal, others, calm, ...sides }];
    },
  );
}

/** The minutes that both have; where they hardly meet, the new one's against the baseline. */
function sidesOf(
  mine: readonly ValueMinute[],
  others: readonly ValueMinute[],
): Pick<Contrast, 'before' | 'after' | 'together'> {
  const shared = (a: readonly ValueMinute[], b: readonly ValueMinute[]) => {
    const minutes = new Set(b.map(({ minute }) => minute));
    return a.filter(({ cohort, minute }) => cohort === 'incident' && minutes.has(minute));
  };
  const [after, before] = [shared(mine, others), shared(others, mine)];
  if (after.length >= fewestMinutes) return { before, after, together: true };
  const earlier = others.filter(({ cohort }) => cohort === 'baseline');
  return { before: earlier, after: mine, together: false };
}

function* rowOf(contrast: Contrast, tests: number): Generator<Evidence> {
  const { values, signal, others, before, after, calm, together } = contrast;
  if (before.length < fewestMinutes) return;
  const change: Change = changeOf(before, after, signal, calm);
  if (!change.large) return;
  const p = corrected(change.p, tests);
  const [{ name, source }] = values;
  const worse = values.flatMap((value) =>
    value.minutes.map((minute) => ({ minute, ref: referenceOf(value, minute) })),
  );
  worse.sort((a, b) => a.minute.minute - b.minute.minute);
  yield* evidence({
    kind: 'quality-by-version',
    entity: modelEntity(source),
    service: source.service,
    operation: null,
    instance: null,
    strength: belief(p),
    effect: { baseline: change.was, incident: change.is },
    n: { baseline: before.length, incident: after.length },
    p,
    firstSeen: worse[0]?.minute.example.at ?? null,
    summary: `${sanitise(name, 80)} is ${formatNumber(change.is)} under version ${sanitise(source.version ?? '', 60)}, which is new, and ${formatNumber(change.was)} under ${sanitise(others.join(', '), 60)}${together ? ' at the same time' : ' before'}`,
    refs: worse.map(({ ref }) => ref),
    traces: [],
  });
}
