/** Windows that nobody named: levels that change, and recordings that lie apart. */
import { describe, expect, test } from 'vitest';
import { findChange, kuiperTail } from '../src/features/change-point.ts';
import { indicatorsOf, planComparison } from '../src/features/index.ts';
import { cohortOf } from '../src/features/trace-class.ts';
import type {
  ComparisonPlan,
  Indicator,
  MetricSeries,
  Nanos,
  TraceId,
  TraceSummary,
} from '../src/model.ts';

/** Numbers from 0 to 1 that look drawn, the same every time (Lehmer 1951, modulus 2^31 - 1). */
function draws(seed: number): () => number {
  let state = (seed * 7919 + 1) % 2_147_483_647;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const numbers = (count: number, seed: number, levelOf: (n: number) => number = () => 0) => {
  const draw = draws(seed);
  const drawn = Array.from({ length: count }, (_, n) => draw() - 0.5 + levelOf(n));
  const mean = drawn.reduce((sum, value) => sum + value, 0) / count;
  return drawn.map((value) => value - mean);
};

describe('the range of a Brownian bridge', () => {
  test('exceeds the tabled critical values as often as the tables say', () => {
    // Stephens 1970, the asymptotic row of Kuiper's V.
    expect(kuiperTail(1.62)).toBeCloseTo(0.1, 2);
    expect(kuiperTail(1.747)).toBeCloseTo(0.05, 3);
    expect(kuiperTail(2.001)).toBeCloseTo(0.01, 3);
  });

  test('is a probability everywhere, and never rises', () => {
    expect(kuiperTail(Number.NaN)).toBe(1);
    expect(kuiperTail(Number.POSITIVE_INFINITY)).toBe(0);
    const tails = Array.from({ length: 400 }, (_, n) => kuiperTail(n / 20));
    for (const [index, tail] of tails.entries()) {
      expect(tail).toBeGreaterThanOrEqual(0);
      expect(tail).toBeLessThanOrEqual(tails[index - 1] ?? 1);
    }
  });
});

describe('a change of level', () => {
  const change = (residuals: readonly number[], floor = 0.05) =>
    findChange({ residuals, floor }, 0.001);

  test('is found where it begins, and lasts to the end', () => {
    const found = change(numbers(300, 1, (n) => (n < 200 ? 0 : 0.5)));
    expect(found?.from).toBeGreaterThan(190);
    expect(found?.from).toBeLessThan(210);
    expect(found?.to).toBe(300);
  });

  test('is found where it begins and ends, up or down', () => {
    for (const step of [0.7, -0.7]) {
      const found = change(numbers(400, 2, (n) => (n >= 150 && n < 250 ? step : 0)));
      expect(Math.abs((found?.from ?? 0) - 150)).toBeLessThan(10);
      expect(Math.abs((found?.to ?? 0) - 250)).toBeLessThan(10);
    }
  });

  test('is none if it is too small to matter, however sure', () => {
    const slight = numbers(20_000, 3, (n) => (n < 10_000 ? 0 : 0.04));
    expect(change(slight, 0.02)).not.toBeNull();
    expect(change(slight)).toBeNull();
  });

  test('is none in too few numbers, in equal ones, nor in a single odd one', () => {
    expect(change(numbers(19, 4, (n) => (n < 10 ? 0 : 9)))).toBeNull();
    expect(change(Array(100).fill(0))).toBeNull();
    expect(change(Array.from({ length: 400 }, (_, n) => Number(n === 250) - 1 / 400))).toBeNull();
  });

  test('is one between two levels without any noise', () => {
    expect(change(Array.from({ length: 100 }, (_, n) => (n < 60 ? -0.4 : 0.6)))?.from).toBe(60);
  });

  test('is rarely seen where there is none, also if neighbours are alike', () => {
    const seen = (likeness: number): number => {
      let count = 0;
      for (let seed = 1; seed <= 300; seed += 1) {
        let last = 0;
        const course = numbers(60 + seed, seed).map((value) => {
          last = likeness * last + value;
          return last;
        });
        if (findChange({ residuals: course, floor: 0 }, 0.01) !== null) count += 1;
      }
      return count;
    };
    expect(seen(0)).toBeLessThanOrEqual(3);
    expect(seen(0.5)).toBeLessThanOrEqual(6);
    expect(seen(0.8)).toBeLessThanOrEqual(9);
  });
});

const second = 1e9;
const none = { baseline: null, incident: null, without: [] } as const;

/** A request each second, with durations about 100 ms that look drawn. */
function traffic(
  count: number,
  fieldsOf: (n: number) => Partial<TraceSummary> = () => ({}),
): readonly TraceSummary[] {
  const draw = draws(11);
  return Array.from({ length: count }, (_, n) => ({
    traceId: n.toString(16).padStart(32, '0') as TraceId,
    rootService: 'web',
    rootName: 'GET /',
    type: 'web GET / cart',
    start: (n * second) as Nanos,
    duration: 1e6 * (80 + 40 * draw()),
    failed: false,
    spans: 5,
    errors: 0,
    label: null,
    ...fieldsOf(n),
  }));
}

const planOf = (summaries: readonly TraceSummary[], indicators: readonly Indicator[] = []) =>
  planComparison(summaries, [], { ...none, indicators });

const onset = ({ regime, baseline, incident }: ComparisonPlan) => ({
  regime,
  from: Math.round(incident.from / second),
  hasBefore: baseline !== null && baseline.to < incident.from,
});

describe('windows that nobody named', () => {
  test('begin where requests fail', () => {
    const plan = planOf(traffic(600, (n) => ({ failed: n > 450 && n % 5 === 0 })));
    expect(onset(plan)).toEqual({ regime: 'change-point', from: 455, hasBefore: true });
  });

  test('begin where requests are slow, and end where they are so no more', () => {
    const plan = planOf(traffic(600, (n) => (n >= 300 && n < 450 ? { duration: 3e8 } : {})));
    expect(Math.abs(onset(plan).from - 300)).toBeLessThan(5);
    expect(Math.abs(plan.incident.to / second - 450)).toBeLessThan(5);
    expect(cohortOf(traffic(600)[500] as TraceSummary, null, plan)).toBeNull();
  });

  test('begin where spans inside fail that are tried again, or are left out', () => {
    const retried = traffic(600, (n) => ({ errors: Number(n >= 400 && n % 4 === 0) }));
    expect(onset(planOf(retried)).from).toBe(400);
    const shorter = traffic(600, (n) => ({ spans: n >= 400 && n % 2 === 0 ? 3 : 5 }));
    expect(onset(planOf(shorter)).from).toBe(400);
  });

  test('begin where fewer come, of a kind that comes all the time', () => {
    const thinned = traffic(900).filter((_, n) => n < 600 || n % 4 === 0);
    expect(Math.abs(onset(planOf(thinned)).from - 600)).toBeLessThan(40);
    const job = traffic(900, (n) => (n > 400 && n < 600 ? { rootName: 'train' } : {}));
    const steady = [...traffic(900), ...job.filter(({ rootName }) => rootName === 'train')];
    expect(planOf(steady).regime).toBe('peers');
  });

  test('begin where a metric of quality is worse, but not where more memory is used', () => {
    const series = (metric: string): MetricSeries => ({
      ...{ metric, unit: '1', type: 'gauge', temporality: null, monotonic: false },
      ...{ service: 'ranker', instance: null, attributes: {}, resource: {} },
      points: Array.from({ length: 80 }, (_, n) => ({
        time: (n * 7 * second) as Nanos,
        value: (n < 50 ? 0.9 : 0.7) + ((n * 37) % 11) / 300,
        count: 1,
      })),
    });
    const quality = indicatorsOf([series('model.accuracy')]);
    expect(onset(planOf(traffic(560), quality)).from).toBe(350);
    const memory = indicatorsOf([series('process.memory.usage')]);
    expect(planOf(traffic(560), memory).regime).toBe('peers');
  });

  test('are two recordings that lie apart, the later against the earlier', () => {
    const apart = traffic(400, (n) => ({ start: ((n < 150 ? n : n + 3600) * second) as Nanos }));
    const plan = planOf(apart);
    expect(onset(plan)).toEqual({ regime: 'change-point', from: 3750, hasBefore: true });
    expect(Math.round((plan.baseline?.to ?? 0) / second)).toBe(149);
    // An outage shorter than the rest is none of the recorder.
    const outage = traffic(400, (n) => ({ start: ((n < 150 ? n : n + 300) * second) as Nanos }));
    expect(onset(planOf(outage)).from).not.toBe(450);
  });

  test('are not found in healthy traffic, also if its mix shifts', () => {
    expect(planOf(traffic(600)).regime).toBe('peers');
    const mixed = traffic(900, (n) => {
      const isHeavy = n % 10 < (n < 500 ? 2 : 7);
      return isHeavy ? { rootName: 'POST /search', duration: 4e8 + (n % 7) * 1e7, spans: 30 } : {};
    });
    const { regime, baseline } = planOf(mixed);
    // Of each kind come more or fewer: that is compared, but nothing is slow about it.
    expect(regime === 'peers' || baseline !== null).toBe(true);
  });

  test('are not looked for where one is named', () => {
    const failing = traffic(600, (n) => ({ failed: n > 450 }));
    const named = { from: (100 * second) as Nanos, to: (200 * second) as Nanos };
    const plan = planComparison(failing, [], { ...none, incident: named });
    expect(plan).toMatchObject({ regime: 'declared', incident: named });
  });
});
