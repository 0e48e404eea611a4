import { describe, expect, test } from 'vitest';
import { movedValues } from '../src/diagnose/detectors/moved-values.ts';
import { versionContrast } from '../src/diagnose/detectors/version-contrast.ts';
import type { MetricSeries, Span } from '../src/model.ts';
import {
  diagnosisOf,
  earlier,
  featuresOf,
  gauge,
  type Level,
  later,
  minute,
  namesOf,
  normal,
  random,
} from './case.ts';

const moved = (...levels: readonly Level[]) => [
  ...movedValues.detect(featuresOf({ series: levels.map(gauge) })),
];
const kinds = (...levels: readonly Level[]) =>
  moved(...levels).map(({ kind, entity }) => `${kind} ${entity}`);

const calm = [30, 25, 35, 28, 33, 27, 31, 29];

describe('moved values', () => {
  test('freshness that climbs: data, from the first of several minutes beyond the limit', () => {
    const [row, ...others] = moved({
      name: 'feature_freshness_seconds',
      service: 'store',
      unit: 's',
      attributes: { feature_view: 'clicks' },
      before: calm,
      during: [31, 29, 90, 150, 210],
    });
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kind: 'freshness',
      entity: 'dataset:clicks',
      // Of what followed the onset, not of the minutes before it.
      effect: { baseline: 29.5, incident: 150 },
      n: { baseline: 8, incident: 3 },
      firstSeen: 12.5 * minute,
      summary: 'feature_freshness_seconds (clicks) rose from 29.5 s to 150 s',
    });
    expect(row?.refs).toEqual(
      [12.5, 13.5, 14.5].map((at) => ({
        signal: 'metric',
        metric: 'feature_freshness_seconds',
        service: 'store',
        at: at * minute,
      })),
    );
  });

  test('quality that drops: model', () => {
    const confidence = {
      name: 'prediction.confidence',
      service: 'scorer',
      attributes: { 'model.name': 'ranker', 'model.version': 'v3' },
      before: [0.9, 0.91, 0.89, 0.9, 0.92, 0.9, 0.91, 0.9],
    };
    expect(kinds({ ...confidence, during: [0.9, 0.75, 0.74, 0.76, 0.75] })).toEqual([
      'quality model:ranker@v3',
    ]);
    expect(kinds({ ...confidence, during: [0.99, 0.99, 0.99, 0.99, 0.99] })).toEqual([]);
  });

  test('the better direction is no finding', () => {
    expect(kinds({ name: 'data.age', service: 's', before: calm, during: [1, 1, 1, 1] })).toEqual(
      [],
    );
  });

  test('one odd minute, or two apart, are no move', () => {
    const of = (during: readonly number[]) =>
      kinds({ name: 'cpu.utilization', service: 's', before: [0.2, 0.21, 0.2, 0.19, 0.2], during });
    expect(of([0.2, 0.99, 0.2, 0.2, 0.2])).toEqual([]);
    expect(of([0.99, 0.2, 0.99, 0.2, 0.99])).toEqual([]);
    expect(of([0.2, 0.99, 0.99, 0.99, 0.99])).toEqual(['cpu service:s']);
  });

  test('a constant series has no move, and does not make a little one certain', () => {
    const of = (during: readonly number[]) =>
      kinds({ name: 'null_ratio', service: 's', before: [0, 0, 0, 0, 0, 0], during });
    expect(of([0, 0, 0, 0])).toEqual([]);
    expect(of([0.02, 0.03, 0.02, 0.03])).toEqual([]);
    expect(of([0.5, 0.5, 0.5, 0.5])).toEqual(['completeness service:s']);
  });

  test('a moving average that wanders is rarely taken for a move, and never for a sure one', () => {
    let strong = 0;
    const runs = 200;
    for (let seed = 1; seed <= runs; seed += 1) {
      const next = random(seed);
      let level = 0;
      const series = Array.from({ length: 16 }, () => {
        level = 0.8 * level + 0.6 * normal(next);
        return 0.9 + 0.01 * level;
      });
      const [row] = moved({
        name: 'model.accuracy',
        service: 's',
        before: series.slice(0, 8),
        during: series.slice(11),
      });
      if ((row?.strength ?? 0) > 0.7) strong += 1;
    }
    expect(strong / runs).toBeLessThan(0.02);
  });

  test('too few minutes on a side', () => {
    expect(kinds({ name: 'data.age', service: 's', before: [1], during: [99, 99] })).toEqual([]);
    expect(kinds({ name: 'data.age', service: 's', before: [1, 1, 1], during: [99] })).toEqual([]);
  });

  test('what replicas report of one model is pooled; saturation is that of a host', () => {
    const replica = (name: string, instance: string, during: readonly number[]): Level => ({
      name,
      service: 's',
      instance,
      before: [0.5, 0.51, 0.5, 0.49, 0.5],
      during,
    });
    const low = [0.3, 0.3, 0.3, 0.3];
    expect(kinds(replica('accuracy', 'a', low), replica('accuracy', 'b', low))).toEqual([
      'quality model:s',
    ]);
    const name = 'cpu.utilization';
    const same = [0.5, 0.5, 0.5, 0.5];
    expect(kinds(replica(name, 'a', [1, 1, 1, 1]), replica(name, 'b', same))).toEqual([
      'cpu instance:s/a',
    ]);
  });

  test('nobody runs short of what is hardly used', () => {
    const strength = (level: Omit<Level, 'service'>) =>
      moved({ service: 's', ...level })[0]?.strength ?? 0;
    const name = 'cpu.utilization';
    const up = (before: number, during: number) => ({
      before: [before, before * 1.01, before, before * 0.99, before],
      during: [during, during, during, during],
    });
    expect(strength({ name, ...up(0.02, 0.06) })).toBe(0);
    expect(strength({ name, ...up(0.3, 0.99) })).toBeGreaterThan(0.9);
    // Work takes 2.5 and then 5 times as long as by itself: 2.5 of the 9 that are plainly long.
    expect(strength({ name, ...up(0.6, 0.8) })).toBeCloseTo(2.5 / 9, 2);
    expect(strength({ name, ...up(0.05, 0.5) })).toBeCloseTo((2 - 1 / 0.95) / 9, 2);
    // The same in per cent.
    const percent = { name: 'node_cpu_usage_rate', unit: '%' };
    expect(strength({ ...percent, ...up(2, 6) })).toBe(0);
    expect(strength({ ...percent, ...up(30, 99) })).toBeGreaterThan(0.9);
    // Bytes, of which nobody knows how many there are.
    const bytes = { name: 'container.memory.usage', unit: 'By' };
    expect(strength({ ...bytes, ...up(4e7, 4.7e7) })).toBeLessThan(0.2);
    expect(strength({ ...bytes, ...up(4e7, 4e8) })).toBeGreaterThan(0.8);
  });

  test('three of forty requests are not a share', () => {
    const lookup = `
      store/read    [==]
    `;
    const missing = (every: number) => ({
      vary: (span: Span, number: number): Span => ({
        ...span,
        attributes: { 'feature.null_count': number % every === 0 ? 1 : 0 },
      }),
    });
    const drawing = (every: number) => ({
      baseline: earlier(lookup, 160, missing(80)),
      incident: later(lookup, 100, missing(every)),
    });
    expect(
      [...movedValues.detect(featuresOf(drawing(25)))].filter((row) => row.strength > 0.5),
    ).toEqual([]);
    const plain = [...movedValues.detect(featuresOf(drawing(2)))];
    expect(plain.map(({ kind }) => kind)).toEqual(['completeness']);
    expect(plain[0]?.refs.every(({ signal }) => signal === 'span')).toBe(true);
  });
});

describe('version contrast', () => {
  const of = (
    version: string,
    before: readonly number[],
    during: readonly number[],
    from = 10,
  ): MetricSeries =>
    gauge({
      name: 'model.confidence',
      service: 'scorer',
      attributes: { 'model.name': 'ranker', 'model.version': version },
      before,
      during,
      from,
    });
  const contrast = (...series: readonly MetricSeries[]) => [
    ...versionContrast.detect(featuresOf({ series })),
  ];
  const good = [0.9, 0.91, 0.9, 0.89, 0.9, 0.91, 0.9, 0.9];

  test('the new one is worse at the same time', () => {
    const [row, ...others] = contrast(
      of('v7', good, [0.9, 0.91, 0.9, 0.9]),
      of('v8', [], [0.7, 0.7, 0.71, 0.7], 11),
    );
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kind: 'quality-by-version',
      entity: 'model:ranker@v8',
      effect: { baseline: 0.9, incident: 0.7 },
      n: { baseline: 3, incident: 3 },
      firstSeen: 11.5 * minute,
    });
    expect(row?.summary).toBe(
      'model.confidence is 0.7 under version v8, which is new, and 0.9 under v7 at the same time',
    );
    expect(row?.strength).toBeGreaterThan(0.9);
  });

  test('the new one replaces the old and is worse than that was', () => {
    const [row] = contrast(of('v7', good, [0.9]), of('v8', [], [0.7, 0.7, 0.71, 0.7], 11));
    expect(row?.summary).toMatch(/under v7 before$/);
  });

  test('the new one is as good', () => {
    expect(contrast(of('v7', good, [0.9, 0.9]), of('v8', [], [0.9, 0.89, 0.91], 11))).toEqual([]);
  });

  test('both worse at the same time: not the version', () => {
    const bad = [0.7, 0.71, 0.7, 0.69, 0.7];
    expect(contrast(of('v7', good, bad), of('v8', [], bad))).toEqual([]);
  });

  test('both were there before, or there is one only: nothing to contrast', () => {
    const bad = [0.7, 0.71, 0.7, 0.69, 0.7];
    expect(contrast(of('v7', good, good), of('v8', good, bad))).toEqual([]);
    expect(contrast(of('v8', [], bad))).toEqual([]);
    expect(contrast(of('v7', good, []), of('v8', [], [0.1]))).toEqual([]);
  });

  test('another model of the same service is no version of this one', () => {
    const other = gauge({
      name: 'model.confidence',
      service: 'scorer',
      attributes: { 'model.name': 'embedder', 'model.version': 'e1' },
      during: [0.5, 0.5, 0.5, 0.5],
    });
    expect(contrast(of('v7', good, good.slice(0, 5)), other)).toEqual([]);
  });

  test('a version is a cause, unless its data explain it', () => {
    const worse = [of('v7', good, [0.9, 0.9]), of('v8', [], [0.7, 0.7, 0.71, 0.7], 11)];
    expect(namesOf(diagnosisOf({ series: worse }))).toEqual(['scorer model-degradation likely']);
    const stale = gauge({
      name: 'feature.freshness.seconds',
      service: 'store',
      before: calm,
      during: [60, 120, 180, 240, 300],
    });
    const both = diagnosisOf({ series: [...worse, stale] });
    const [first, second] = both.causes;
    expect([first?.service, second?.service].sort()).toEqual(['scorer', 'store']);
    expect(both.causes.every(({ score }) => score < 0.66)).toBe(true);
  });
});
