/**
 * A quality signal that is worse under a version that was not there before. Old and new are
 * compared within the incident where both run, so that what hits both alike is not blamed on the
 * new one; else new in the incident against old in the baseline.
 *
 *     confidence   v7  0.91 0.92 | 0.91 .    .
 *                  v8  .    .    | 0.71 0.70 0.70     v8 is worse
 *
 * After: methods "attribute contrast" (which version), "model degradation".
 */
import type { Evidence, ValueFeature, ValueMinute } from '../../model.ts';
import { signalOf } from '../../semantics/index.ts';
import { formatNumber, sanitise } from '../../text.ts';
import { type Detector, evidence } from '../detector.ts';
import { byKey, grouped } from '../grouping.ts';
import { belief, corrected } from '../statistics.ts';
import { changeOf, modelEntity, referenceOf } from './moved-values.ts';

const kinds = new Set(['quality', 'loss']);

export const versionContrast: Detector = {
  name: 'version-contrast',
  *detect({ values }) {
    const quality = values.filter(
      ({ name, source }) => source.version !== null && kinds.has(signalOf(name)?.kind ?? ''),
    );
    const groups = grouped(quality, ({ name, source, attributes, origin }) =>
      JSON.stringify([name, source.service, origin, attributes]),
    );
    for (const [, group] of byKey(groups)) {
      const versions = grouped(group, ({ source }) => source.version ?? '');
      if (versions.size < 2) continue;
      for (const [, of] of byKey(versions)) yield* rowOf(of, group, quality.length);
    }
  },
};

/** Minutes of a version that say something together. */
const fewest = 2;

function* rowOf(
  version: readonly ValueFeature[],
  all: readonly ValueFeature[],
  tests: number,
): Generator<Evidence> {
  const [first] = version;
  const signal = first ? signalOf(first.name) : null;
  const isNew = !version.some((value) => minutes([value], 'baseline').length > 0);
  if (!first || !signal || !isNew) return;
  const others = all.filter((value) => !version.includes(value));
  const after = minutes(version, 'incident');
  const beside = minutes(others, 'incident');
  const earlier = minutes(others, 'baseline');
  const overlapping = beside.length >= fewest;
  const before = overlapping ? beside : earlier;
  if (after.length < fewest || before.length < fewest) return;
  const change = changeOf(before, after, signal);
  if (!change.large) return;
  const p = corrected(change.p, tests);
  const { source } = first;
  const olds = [...new Set(others.map((value) => value.source.version))].sort().join(', ');
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
    firstSeen: after[0]?.example.at ?? null,
    summary: `${sanitise(first.name, 80)} is ${formatNumber(change.is)} under version ${sanitise(source.version ?? '', 60)}, which is new, and ${formatNumber(change.was)} under ${sanitise(olds, 60)}${overlapping ? ' at the same time' : ' before'}`,
    refs: version.flatMap((value) =>
      value.minutes.slice(0, 5).map((minute) => referenceOf(value, minute)),
    ),
    traces: [],
  });
}

const minutes = (
  values: readonly ValueFeature[],
  cohort: 'baseline' | 'incident',
): readonly ValueMinute[] =>
  values
    .flatMap((value) => value.minutes.filter((minute) => minute.cohort === cohort))
    .sort((a, b) => a.minute - b.minute);
