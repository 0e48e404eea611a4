/** The formulas of drift, against values computed by hand. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  binned,
  chiSquaredAtLeast,
  equalFrequencyBounds,
  homogeneity,
  jensenShannon,
  kolmogorov,
  kolmogorovAtLeast,
  stabilityIndex,
} from '../src/diagnose/drift/distances.ts';

const each = (...values: readonly number[]) => values.map((value) => ({ value, weight: 1 }));

describe('Kolmogorov and Smirnov', () => {
  test('the largest difference of the shares up to a point', () => {
    // Up to 2: both of before, none of after. Up to 3: 2/2 against 1/2.
    expect(kolmogorov(each(1, 2), each(3, 4))).toEqual({ distance: 1, at: 2, sign: 1 });
    expect(kolmogorov(each(1, 2, 3, 4), each(3, 4, 5, 6))).toMatchObject({ distance: 0.5, at: 2 });
    expect(kolmogorov(each(3, 4), each(1, 2))).toMatchObject({ distance: 1, sign: -1 });
    expect(kolmogorov(each(1, 1, 2), each(1, 1, 2))?.distance).toBeCloseTo(0, 12);
    expect(kolmogorov(each(1), [])).toBeNull();
  });

  test('weights are as so many values', () => {
    const many = kolmogorov(each(1, 1, 1, 2), each(2, 2));
    expect(kolmogorov([{ value: 1, weight: 3 }, ...each(2)], each(2, 2))).toEqual(many);
    expect(many?.distance).toBe(0.75);
  });

  test('exact: of the 20 orders of 3 and 3 two are wholly apart, and of 70 of 4 and 4 two', () => {
    expect(kolmogorovAtLeast(1, 3, 3)).toBeCloseTo(0.1, 12);
    expect(kolmogorovAtLeast(1, 4, 4)).toBeCloseTo(2 / 70, 12);
    // Two of the six orders of 2 and 2 begin with a pair of one sample: 1.
    expect(kolmogorovAtLeast(1, 2, 2)).toBeCloseTo(2 / 6, 12);
    expect(kolmogorovAtLeast(0.5, 2, 2)).toBeCloseTo(1, 12);
  });

  test('the series: Kolmogorov has 0.05 at 1.358 and 0.01 at 1.628', () => {
    const [n, m] = [200_000.5, 200_000.5];
    const size = Math.sqrt(n / 2);
    expect(kolmogorovAtLeast(1.3581 / size, n, m)).toBeCloseTo(0.05, 3);
    expect(kolmogorovAtLeast(1.6276 / size, n, m)).toBeCloseTo(0.01, 3);
    // Near where both can be had they agree.
    expect(kolmogorovAtLeast(0.3, 60.5, 60.5)).toBeCloseTo(kolmogorovAtLeast(0.3, 60, 60), 2);
  });
});

describe('population stability index', () => {
  test('bins of equal frequency, fewer where values repeat', () => {
    const values = each(...Array.from({ length: 20 }, (_, at) => at + 1));
    expect(equalFrequencyBounds(values)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18]);
    expect(binned(values, equalFrequencyBounds(values))).toEqual(new Array(10).fill(2));
    expect(equalFrequencyBounds(each(0, 0, 0, 0, 0, 0, 0, 0, 0, 1))).toEqual([0]);
    expect(equalFrequencyBounds(each(7, 7, 7))).toEqual([]);
  });

  test('half an observation is added to each cell', () => {
    // p = 9.5/19 and 9.5/19; q = 4.5/19 and 14.5/19.
    const [p, q] = [9.5 / 19, 4.5 / 19];
    const byHand = (q - p) * Math.log(q / p) + (p - q) * Math.log((1 - q) / (1 - p));
    expect(stabilityIndex([9, 9], [4, 14])).toBeCloseTo(byHand, 12);
    expect(byHand).toBeCloseTo(0.30791, 4);
    expect(stabilityIndex([10, 0], [0, 10])).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(stabilityIndex([5, 5, 5], [50, 50, 50])).toBeCloseTo(0, 12);
  });
});

test('Jensen-Shannon: 1 where nothing is shared, in bits', () => {
  expect(jensenShannon([4, 0], [0, 9])).toBeCloseTo(1, 12);
  expect(jensenShannon([4, 4], [9, 9])).toBe(0);
  // p = (1, 0), q = (1/2, 1/2): divergence = (log2(4/3) + (log2(2/3) + 1) / 2) / 2 = 0.31128.
  expect(jensenShannon([8, 0], [4, 4])).toBeCloseTo(Math.sqrt(0.311278), 5);
  fc.assert(
    fc.property(fc.array(fc.nat(9), { minLength: 2, maxLength: 6 }), (counts) => {
      const other = counts.toReversed();
      expect(jensenShannon(counts, other)).toBeCloseTo(jensenShannon(other, counts), 10);
      expect(jensenShannon(counts, other)).toBeLessThanOrEqual(1 + 1e-12);
    }),
  );
});

describe('categories', () => {
  test('chi-squared: two degrees are an exponential, others as tables have them', () => {
    expect(chiSquaredAtLeast(6, 2)).toBeCloseTo(Math.exp(-3), 12);
    expect(chiSquaredAtLeast(0.5, 2)).toBeCloseTo(Math.exp(-0.25), 12);
    expect(chiSquaredAtLeast(3.841, 1)).toBeCloseTo(0.05, 4);
    expect(chiSquaredAtLeast(16.919, 9)).toBeCloseTo(0.05, 4);
    expect(chiSquaredAtLeast(0, 3)).toBe(1);
  });

  test('G of three categories by hand, with the correction', () => {
    // 20 10 10 against 10 10 20: G = 2 · (40 ln(4/3) + 20 ln(2/3)) = 6.79596; the correction divides
    // by 1 + (2 + 2 − 1)(80/30 + 80/20 + 80/30 − 1) / (6 · 80 · 2) = 1.026042.
    expect(homogeneity([20, 10, 10], [10, 10, 20])).toEqual({
      test: 'g',
      p: expect.closeTo(Math.exp(-6.795962 / 1.0260417 / 2), 6) as number,
    });
  });

  test('rare categories are put together, and two are tested exactly where they are few', () => {
    expect(homogeneity([3, 0], [0, 3])).toEqual({
      test: 'fisher',
      p: expect.closeTo(0.1, 10) as number,
    });
    const rare = homogeneity([50, 50, 1, 1, 1, 1, 1, 1], [50, 50, 1, 1, 1, 1, 1, 1]);
    expect(rare.p).toBeCloseTo(1, 10);
  });
});
