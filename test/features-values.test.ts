/** Numbers over time: counters as rates, histograms as what was added, minutes as mean and spread. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levels, numbersIn, otherAttributes, valueAccumulator } from '../src/features/values.ts';
import type { MetricPoint, MetricSeries, Nanos, Source } from '../src/model.ts';
import { templateOf } from '../src/text/log-template.ts';

const source: Source = {
  service: 'shop',
  instance: 'shop-1',
  version: '4',
  model: 'ranker',
  rank: null,
};

/** A series from `[seconds, value, count]`. */
function series(
  fields: Partial<MetricSeries>,
  ...points: readonly (readonly [number, number, number?])[]
): MetricSeries {
  return {
    metric: 'm',
    unit: '',
    type: 'gauge',
    temporality: null,
    monotonic: false,
    service: 'shop',
    instance: null,
    attributes: {},
    resource: {},
    points: points.map(([at, value, count = 1]) => ({ time: (at * 1e9) as Nanos, value, count })),
    ...fields,
  };
}

const shown = (points: readonly MetricPoint[]) =>
  points.map(({ time, value, count }) => [time / 1e9, value, count]);

describe('levels', () => {
  const counter = { type: 'sum', temporality: 'cumulative', monotonic: true } as const;
  const histogram = { type: 'histogram', temporality: 'cumulative' } as const;

  test('a gauge, a summary and a level that goes up and down stay', () => {
    for (const fields of [
      { type: 'gauge' },
      { type: 'summary' },
      { ...counter, monotonic: false },
      { ...counter, temporality: 'delta' },
      { ...histogram, temporality: 'delta' },
    ] as const) {
      expect(shown(levels(series(fields, [0, 5], [10, 3])))).toEqual([
        [0, 5, 1],
        [10, 3, 1],
      ]);
    }
  });

  test('a counter becomes its increase a second; a reset counts from zero', () => {
    const points = levels(series(counter, [0, 100], [10, 120], [20, 120], [30, 5], [40, 15]));
    expect(shown(points)).toEqual([
      [10, 2, 1],
      [20, 0, 1],
      [30, 0.5, 1],
      [40, 1, 1],
    ]);
  });

  test('one point of a counter says nothing, nor do two of one time', () => {
    expect(levels(series(counter, [0, 100]))).toEqual([]);
    expect(levels(series(counter, [5, 100], [5, 120]))).toEqual([]);
    expect(levels(series(counter))).toEqual([]);
  });

  test('a cumulative histogram becomes the mean of what was added', () => {
    // 100 calls of 10 ms before; then 10 of 40 ms; none; a restart with 5 of 20 ms.
    const points = levels(
      series(histogram, [0, 10, 100], [10, 1400 / 110, 110], [20, 1400 / 110, 110], [30, 20, 5]),
    );
    expect(points.map(({ time }) => time / 1e9)).toEqual([10, 30]);
    expect(points[0]?.value).toBeCloseTo(40, 9);
    expect(points.map(({ count }) => count)).toEqual([10, 5]);
    expect(points[1]?.value).toBe(20);
  });

  test('a single point of a histogram is all there is to know', () => {
    expect(shown(levels(series(histogram, [0, 10, 100])))).toEqual([[0, 10, 100]]);
  });
});

describe('minutes of values', () => {
  const identity = { name: 'm', unit: '', origin: 'metric' as const, source, attributes: {} };
  const at = { cohort: 'incident', minute: 0 as Nanos } as const;
  const observed = (mean: number, count = 1, time = 0) => ({
    mean,
    count,
    example: { at: time as Nanos },
  });

  test('mean and spread are those of the naive formula', () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(number, fc.integer({ min: 1, max: 50 })), { minLength: 1 }),
        (observations) => {
          const values = valueAccumulator();
          for (const [mean, count] of observations) values.add(identity, at, observed(mean, count));
          const [minute] = values.finish()[0]?.minutes ?? [];
          const all = observations.flatMap(([mean, count]) => Array<number>(count).fill(mean));
          const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
          const spread = all.reduce((sum, value) => sum + (value - mean) ** 2, 0);
          const scale = Math.max(1, ...all.map(Math.abs));
          expect(minute?.count).toBe(all.length);
          expect(Math.abs((minute?.mean ?? 0) - mean)).toBeLessThan(1e-9 * scale);
          expect(Math.abs((minute?.spread ?? 0) - spread)).toBeLessThan(
            1e-9 * scale * scale * all.length,
          );
        },
      ),
    );
  });

  test('the example is the value furthest from what went before', () => {
    const values = valueAccumulator();
    for (const [value, time] of [
      [1, 10],
      [1.1, 20],
      [9, 30],
      [1, 40],
    ] as const) {
      values.add(identity, at, observed(value, 1, time));
    }
    expect(values.finish()[0]?.minutes[0]?.example).toEqual({ at: 30 });
  });

  test('cohorts, minutes and sources are kept apart, in order', () => {
    const values = valueAccumulator();
    const minute = (n: number) => (n * 60e9) as Nanos;
    values.add(identity, { cohort: 'incident', minute: minute(2) }, observed(1));
    values.add(identity, { cohort: 'baseline', minute: minute(1) }, observed(2));
    values.add(identity, { cohort: 'baseline', minute: minute(2) }, observed(3));
    values.add({ ...identity, source: { ...source, rank: '1' } }, at, observed(4));
    const [one, other] = values.finish();
    expect(one?.minutes.map(({ cohort, mean }) => [cohort, mean])).toEqual([['incident', 4]]);
    expect(other?.minutes.map(({ cohort, mean }) => [cohort, mean])).toEqual([
      ['baseline', 2],
      ['baseline', 3],
      ['incident', 1],
    ]);
  });

  test('an id in an attribute does not make them grow without end', () => {
    const values = valueAccumulator();
    for (let i = 0; i < 25_000; i += 1) {
      values.add({ ...identity, attributes: { id: i } }, at, observed(1));
    }
    expect(values.finish()).toHaveLength(20_000);
  });
});

test('only finite numbers and booleans of a span are numbers', () => {
  const attributes = { a: 1, b: 0.5, c: true, d: 'x', e: null, f: [1], g: Number.NaN, h: '7' };
  expect(numbersIn(attributes)).toEqual([
    ['a', 1],
    ['b', 0.5],
    ['c', 1],
  ]);
});

test('what the source says already identifies no series', () => {
  const attributes = { instance: 'shop-1', version: 4, feature: 'age', model: 'ranker' };
  expect(otherAttributes(attributes, source)).toEqual({ feature: 'age' });
});

test.each([
  ['user 42 logged in from 10.0.0.7:443', 'user <n> logged in from <ip>'],
  ['user 43 logged in from 10.0.0.8', 'user <n> logged in from <ip>'],
  ['order 550e8400-e29b-41d4-a716-446655440000 failed', 'order <uuid> failed'],
  ['at 2026-07-12T14:02:00.123Z: done', 'at <time>: done'],
  ['hash deadbeef01 of 0xff', 'hash <hex> of <hex>'],
  ['no "such key" in \'cache\'', 'no <text> in <text>'],
  ['took -1.5e-3 s', 'took <n> s'],
  ['two\nlines\tand   spaces', 'two lines and spaces'],
  ['', ''],
])('%j has the template %j', (body, template) => {
  expect(templateOf(body)).toBe(template);
});

test('a huge body has a template as fast as a small one', () => {
  expect(templateOf('"'.repeat(5_000_000)).length).toBeLessThanOrEqual(500 * 6);
});
