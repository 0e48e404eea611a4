import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fisherAtLeast, strataAtLeast, testsThatCount } from '../src/diagnose/contingency.ts';
import {
  belief,
  binomialAtLeast,
  binomialAtMost,
  climbingUp,
  corrected,
  greaterThan,
  median,
  normalAtLeast,
  onsetIndex,
  predictedAtLeast,
  ranksAbove,
  sampleOf,
  shiftedUp,
  studentAtLeast,
} from '../src/statistics.ts';
import { normal, random } from './case.ts';

/** Exact, term by term. */
function binomialTail(k: number, n: number, p: number): number {
  let term = (1 - p) ** n;
  let below = 0;
  for (let i = 0; i < k; i += 1) {
    below += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return 1 - below;
}

describe('binomial tails', () => {
  test('known values', () => {
    expect(binomialAtLeast(0, 10, 0.3)).toBe(1);
    expect(binomialAtLeast(11, 10, 0.3)).toBe(0);
    expect(binomialAtLeast(10, 10, 0.5)).toBeCloseTo(2 ** -10, 12);
    expect(binomialAtLeast(8, 10, 0.5)).toBeCloseTo(56 / 1024, 12);
    expect(binomialAtMost(0, 3, 0.5)).toBeCloseTo(1 / 8, 12);
    expect(binomialAtMost(3, 3, 0.5)).toBe(1);
    expect(binomialAtMost(2, 20, 0.1)).toBeCloseTo(0.676927, 6);
  });

  test('are sums of terms, complements and monotone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.nat(60),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (n, k, p) => {
          const tail = binomialAtLeast(k, n, p);
          expect(tail).toBeCloseTo(k > n ? 0 : binomialTail(k, n, p), 9);
          expect(tail + binomialAtMost(k - 1, n, p)).toBeCloseTo(1, 9);
          expect(binomialAtLeast(k + 1, n, p)).toBeLessThanOrEqual(tail + 1e-12);
        },
      ),
    );
  });

  test('hold for large counts', () => {
    // Normal approximation with continuity correction: z = 3.0190, p = 0.001268.
    expect(binomialAtLeast(5096, 10_000, 0.5)).toBeCloseTo(normalAtLeast(1.91), 4);
    expect(binomialAtLeast(200, 10_000, 0.0001)).toBeLessThan(1e-100);
  });
});

describe('shares of which only so much is known', () => {
  test('the rule of succession, and sums of such', () => {
    // (known + 1) / (all + 2) for the next one, and that for each after it.
    expect(predictedAtLeast(1, 1, 0, 0)).toBeCloseTo(1 / 2, 12);
    expect(predictedAtLeast(1, 1, 3, 10)).toBeCloseTo(4 / 12, 12);
    expect(predictedAtLeast(2, 2, 3, 10)).toBeCloseTo((4 / 12) * (5 / 13), 12);
    expect(predictedAtLeast(1, 2, 3, 10)).toBeCloseTo(1 - (8 / 12) * (9 / 13), 12);
    expect(predictedAtLeast(0, 5, 1, 9)).toBe(1);
    expect(predictedAtLeast(6, 5, 1, 9)).toBe(0);
  });

  test('are less sure than a share that is known, and come to it', () => {
    const [few, many] = [10, 1e7].map((all) => predictedAtLeast(8, 20, all / 10, all));
    expect(few).toBeGreaterThan(20 * binomialAtLeast(8, 20, 0.1));
    expect(many).toBeCloseTo(binomialAtLeast(8, 20, 0.1), 7);
    expect(predictedAtLeast(900, 1_000, 2, 2_000)).toBeLessThan(1e-300);
  });
});

describe("Student's t", () => {
  test.each([
    // Tables of the distribution: t with P(T ≥ t) = p.
    [6.313752, 1, 0.05],
    [2.015048, 5, 0.05],
    [3.36493, 5, 0.01],
    [2.228139, 10, 0.025],
    [4.1437, 10, 0.001],
    [2.749996, 30, 0.005],
  ])('t = %d, df %d: %d', (t, df, p) => {
    expect(studentAtLeast(t, df)).toBeCloseTo(p, 6);
    expect(studentAtLeast(-t, df)).toBeCloseTo(1 - p, 6);
  });

  test('with one degree of freedom is Cauchy', () => {
    for (const t of [-3, 0, 0.5, 1, 20]) {
      expect(studentAtLeast(t, 1)).toBeCloseTo(0.5 - Math.atan(t) / Math.PI, 10);
    }
  });

  test('with many is normal', () => {
    expect(normalAtLeast(0)).toBeCloseTo(0.5, 9);
    expect(normalAtLeast(1.959964)).toBeCloseTo(0.025, 6);
    expect(normalAtLeast(3.090232)).toBeCloseTo(0.001, 6);
    expect(normalAtLeast(5.199338) / 1e-7).toBeCloseTo(1, 2);
  });
});

describe('greater than', () => {
  test("Welch's t: a known example", () => {
    // Means 20.82 and 23.72, variances 4.10² and 4.38² of 15: t = 1.870, df 27.9, p = 0.0360.
    const a = { n: 15, mean: 20.82, spread: 14 * 4.1 ** 2 };
    const b = { n: 15, mean: 23.72, spread: 14 * 4.38 ** 2 };
    expect(greaterThan(b, a, 0)).toBeCloseTo(0.036, 3);
    expect(greaterThan(a, b, 0)).toBeCloseTo(0.964, 3);
  });

  test('one wild value of five is not a slow-down of the five', () => {
    const calm = sampleOf(Array.from({ length: 500 }, (_, i) => 10 + (i % 3)));
    expect(greaterThan(sampleOf([10, 11, 12, 11, 400]), calm, 0.5)).toBeGreaterThan(0.1);
    expect(greaterThan(sampleOf([40, 41, 42, 41, 40]), calm, 0.5)).toBeLessThan(1e-6);
  });

  test('nothing, one value, constants', () => {
    const none = sampleOf([]);
    const some = sampleOf([1, 2, 3]);
    expect(greaterThan(none, some, 0.1)).toBe(1);
    expect(greaterThan(some, none, 0.1)).toBe(1);
    expect(greaterThan(sampleOf([9]), some, 0.1)).toBeLessThan(0.05);
    expect(greaterThan(sampleOf([2]), sampleOf([1]), 0)).toBe(0);
    expect(greaterThan(sampleOf([1, 1]), sampleOf([1, 1]), 0)).toBe(1);
    expect(greaterThan(sampleOf([1.01, 1.01]), sampleOf([1, 1]), 0.1)).toBeGreaterThan(0.4);
  });
});

const levels = (values: readonly number[], count = 1, spread = 0) =>
  values.map((mean) => ({ mean, count, spread }));

describe('a level shift', () => {
  /** Share of `runs` without a shift in which p falls below 0.05. */
  function falseAlarms(rho: number, before: number, after: number): number {
    const next = random(7);
    const runs = 1500;
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      let value = normal(next);
      const series = Array.from({ length: before + after }, () => {
        value = rho * value + Math.sqrt(1 - rho * rho) * normal(next);
        return value;
      });
      const p = shiftedUp(levels(series.slice(before)), levels(series.slice(0, before)), {
        floor: 0,
      });
      if (p < 0.05) alarms += 1;
    }
    return alarms / runs;
  }

  test('p is a p-value on independent minutes', () => {
    expect(falseAlarms(0, 7, 5)).toBeLessThan(0.06);
    expect(falseAlarms(0, 30, 15)).toBeLessThan(0.06);
  });

  test('and nearly one on a moving average, where naive tests alarm in half of all runs', () => {
    expect(falseAlarms(0.8, 30, 15)).toBeLessThan(0.09);
    expect(falseAlarms(0.8, 7, 5)).toBeLessThan(0.16);
  });

  test('few observations give no exact mean', () => {
    // Half of 40 requests of two minutes lack a value, where one of 40 did: 2 of 4 is less sure.
    const before = levels([0, 0.03, 0, 0, 0.03, 0], 40, 0.9);
    const plenty = shiftedUp(levels([0.5, 0.5], 40, 10), before, { floor: 0.01 });
    const few = shiftedUp(levels([0.5, 0.5], 2, 0.5), before, { floor: 0.01 });
    expect(plenty).toBeLessThan(0.01);
    expect(few).toBeGreaterThan(plenty * 3);
  });

  test('a ramp does not hide in its own spread, a constant baseline is no certainty', () => {
    const calm = levels([1, 1.1, 0.9, 1, 1.05]);
    expect(shiftedUp(levels([2, 4, 8, 16]), calm, { floor: 0 })).toBeLessThan(1e-4);
    const constant = levels([5, 5, 5, 5, 5]);
    expect(shiftedUp(levels([5.01, 5.01]), constant, { floor: 0.5 })).toBeGreaterThan(0.4);
    expect(shiftedUp(levels([9, 9]), constant, { floor: 0.5 })).toBeLessThan(0.01);
    expect(shiftedUp(levels([5]), constant, { floor: 0 })).toBe(1);
    expect(shiftedUp(levels([6]), constant, { floor: 0 })).toBe(0);
  });

  test('a climb, by hand', () => {
    // As a random walk: steps 1 -1 1 and 3 3, so t = (3 - 1/3) / √(4/3 · (1/2 + 1/3)) with two
    // degrees of freedom. As half of one: 0.75 -0.75 0.75 and 2.75 4.25, which is less likely.
    const p = climbingUp(levels([0, 3, 6]), levels([0, 1, 0, 1]), { floor: 0 });
    const t = 8 / 3 / Math.sqrt(10 / 9);
    expect(p).toBeCloseTo(0.5 * (1 - t / Math.sqrt(t * t + 2)), 9);
    expect(climbingUp(levels([3]), levels([0, 1, 0, 1]), { floor: 0 })).toBe(1);
    expect(climbingUp(levels([1, 2]), levels([0, 1]), { floor: 0 })).toBe(1);
  });

  test('the p of a climb is one on random walks, moving averages and independent minutes', () => {
    const uniform = random(29);
    const next = () => normal(uniform);
    const walk = (n: number): readonly number[] => {
      let at = 0;
      return Array.from({ length: n }, () => {
        at += next();
        return at;
      });
    };
    const independent = (n: number) => Array.from({ length: n }, next);
    const averages = (n: number) => {
      const all = independent(n + 9);
      return Array.from({ length: n }, (_, at) => sampleOf(all.slice(at, at + 10)).mean);
    };
    for (const draw of [walk, independent, averages]) {
      let alarms = 0;
      for (let run = 0; run < 2_000; run += 1) {
        const series = draw(16);
        const p = climbingUp(levels(series.slice(11)), levels(series.slice(0, 8)), { floor: 0 });
        if (p < 0.05) alarms += 1;
      }
      expect(alarms / 2_000).toBeLessThan(0.055);
    }
  });

  test('without values, or one of them, nothing is known', () => {
    expect(shiftedUp([], levels([1, 2]), { floor: 0 })).toBe(1);
    expect(shiftedUp(levels([9]), [], { floor: 0 })).toBe(1);
    expect(shiftedUp(levels([9]), levels([1]), { floor: 0 })).toBe(1);
  });
});

describe('belief', () => {
  test.each([
    // Sellke, Bayarri, Berger 2001, table 1: posterior of the null at least 0.29, 0.11, 0.018.
    [0.05, 0.289],
    [0.01, 0.111],
    [0.001, 0.0184],
  ])('p = %d: the null keeps %d', (p, posterior) => {
    expect(belief(p)).toBeCloseTo(1 - 2 * posterior, 2);
  });

  test('falls with p, between 1 and 0', () => {
    expect(belief(0)).toBe(1);
    expect(belief(1 / Math.E)).toBe(0);
    expect(belief(0.9)).toBe(0);
    expect(belief(Number.NaN)).toBe(0);
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(unit, unit, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(belief(low)).toBeGreaterThanOrEqual(belief(high));
        expect(belief(low)).toBeLessThanOrEqual(1);
        expect(belief(high)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('after many looks it is less', () => {
    expect(corrected(0.01, 10)).toBeCloseTo(0.1);
    expect(corrected(0.5, 10)).toBe(1);
    expect(corrected(0.5, 0)).toBe(0.5);
  });
});

describe('where a rise began', () => {
  test('the first value of the new level', () => {
    expect(onsetIndex([1, 1, 1, 9, 9, 9], 1, 5)).toBe(3);
    expect(onsetIndex([9, 9, 9], 1, 9)).toBe(0);
  });

  test('one wild value before does not count, nor a good one after', () => {
    expect(onsetIndex([1, 500, 1, 1, 1, 1, 1, 1, 1, 9, 8, 9, 1, 9, 9], 1, 6)).toBe(9);
  });
});

describe('exact contrasts of two shares', () => {
  test('the lady tasting tea, and others by hand', () => {
    // (C(4,3)·C(4,1) + 1) / C(8,4) = 17 / 70
    expect(fisherAtLeast(3, 4, 1, 4)).toBeCloseTo(17 / 70, 12);
    // All five of five, none of eight: 1 / C(13,5)
    expect(fisherAtLeast(5, 5, 0, 8)).toBeCloseTo(1 / 1287, 12);
    expect(fisherAtLeast(0, 5, 2, 8)).toBe(1);
    expect(fisherAtLeast(6, 5, 0, 8)).toBe(0);
  });

  test('strata: the sum of two fair coins, and no difference within either', () => {
    expect(
      strataAtLeast([
        [1, 1, 0, 1],
        [1, 1, 0, 1],
      ]),
    ).toBeCloseTo(1 / 4, 12);
    expect(
      strataAtLeast([
        [5, 5, 0, 8],
        [0, 0, 3, 9],
        [0, 4, 0, 4],
      ]),
    ).toBeCloseTo(1 / 1287, 12);
    // 90 % against 10 % when the strata are mixed, and the same share within each.
    expect(
      strataAtLeast([
        [9, 9, 1, 1],
        [0, 1, 0, 9],
      ]),
    ).toBe(1);
    expect(strataAtLeast([])).toBe(1);
  });

  test('strata with large sums: the normal distribution', () => {
    // Mean 250, variance 2 · 250 · ¼ · 350 / 599 = 73.0; z = 49.5 / 8.55 = 5.79
    const p = strataAtLeast([
      [150, 300, 100, 300],
      [150, 300, 100, 300],
    ]);
    expect(Math.log10(p)).toBeCloseTo(Math.log10(3.4e-9), 1);
  });

  test('tests that could not come out significant do not count (Tarone 1990)', () => {
    expect(testsThatCount([])).toBe(1);
    // Of four tests only two can fall below 0.05 / 2.
    expect(testsThatCount([0.001, 0.02, 0.3, 0.5])).toBe(2);
    // Three can fall below 0.05, only one below 0.05 / 2: one test counts … or two, by the bound.
    expect(testsThatCount([0.001, 0.04, 0.04])).toBe(2);
    expect(testsThatCount([0.001, 0.001, 0.001])).toBe(3);
  });
});

test('median', () => {
  expect(median([])).toBe(0);
  expect(median([3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([10, -5, 7])).toBe(7);
});

describe('rank sum', () => {
  test('by hand: 4 5 6 above 1 2 3, one order of twenty', () => {
    expect(ranksAbove([4, 5, 6], [1, 2, 3])).toBeCloseTo(1 / 20, 12);
    expect(ranksAbove([1, 2, 3], [4, 5, 6])).toBe(1);
    // 3 4 6 above 1 2 5: eight wins of nine, which two orders reach, and nine, which one does.
    expect(ranksAbove([3, 4, 6], [1, 2, 5])).toBeCloseTo(4 / 20, 12);
    expect(ranksAbove([9], [1, 2, 3, 4])).toBeCloseTo(1 / 5, 12);
  });

  test('neighbours that resemble each other count for less', () => {
    // U = 9 of 9, mean 4.5, variance 9 · 7 / 12 = 5.25; continuity: z = 4 / √5.25, halved.
    const z = 4 / Math.sqrt(5.25);
    expect(ranksAbove([4, 5, 6], [1, 2, 3], 0.25)).toBeCloseTo(normalAtLeast(z / 2), 9);
  });

  test('many values: the approximation goes on where the exact ends', () => {
    const from = (first: number, n: number) => Array.from({ length: n }, (_, i) => 2 * i + first);
    const [few, many] = [25, 40].map((n) => ranksAbove(from(1, n), from(0, n)));
    expect(few).toBeCloseTo(many as number, 1);
    // Fewer of one side would still be exact: 8 of 100.
    expect(ranksAbove(from(201, 8), from(0, 100))).toBeLessThan(1e-10);
  });

  test('ties count half and are taken from the variance', () => {
    // Ranks 1.5 1.5 | 3.5 3.5: U = 4 of 4, variance 4 / 12 · (5 − 12 / 12) = 4 / 3.
    expect(ranksAbove([2, 2], [1, 1])).toBeCloseTo(normalAtLeast(1.5 / Math.sqrt(4 / 3)), 9);
    expect(ranksAbove([1, 1], [1, 1])).toBe(1);
    expect(ranksAbove([], [1])).toBe(1);
  });

  test('is uniform where nothing moved', () => {
    const next = random(9);
    const draws = (n: number) => Array.from({ length: n }, () => normal(next));
    const ps = Array.from({ length: 600 }, () => ranksAbove(draws(9), draws(20)));
    expect(ps.filter((p) => p < 0.05).length / 600).toBeLessThan(0.08);
    expect(ps.filter((p) => p < 0.5).length / 600).toBeCloseTo(0.5, 1);
  });
});
