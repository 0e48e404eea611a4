/** What is compared with what, which traces are kept, and how ids draw lots. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planComparison, summariseTrace } from '../src/features/index.ts';
import { cohortOf, lotOf, sideOf, stratumOf, troubleOf } from '../src/features/trace-class.ts';
import { linkTrace } from '../src/graph/index.ts';
import {
  type ComparisonPlan,
  type LabelWindow,
  minuteOf,
  type Nanos,
  type TraceId,
  type TraceSummary,
} from '../src/model.ts';
import { draw, shuffled } from './draw.ts';

const none = { baseline: null, incident: null, without: [] } as const;
const second = 1e9;

/** A trace in a line; `n` counts its id, start and, a little, its duration. */
function trace(n: number, fields: Partial<TraceSummary> = {}): TraceSummary {
  return {
    traceId: n.toString(16).padStart(32, '0') as TraceId,
    rootService: 'web',
    rootName: 'GET /',
    type: 'web GET / cart',
    start: (n * second) as Nanos,
    duration: 1e6 * (100 + (n % 10)),
    failed: false,
    spans: 5,
    errors: 0,
    label: null,
    ...fields,
  };
}

const traces = (count: number, fields: (n: number) => Partial<TraceSummary> = () => ({})) =>
  Array.from({ length: count }, (_, n) => trace(n, fields(n)));

const window = (label: string, from: number, to: number): LabelWindow => ({
  label,
  from: (from * second) as Nanos,
  to: (to * second) as Nanos,
});

describe('the regime', () => {
  const regimeOf = (summaries: readonly TraceSummary[]) =>
    planComparison(summaries, [], none).regime;

  test('is peers if nothing is wrong, or too little to tell', () => {
    expect(regimeOf([])).toBe('peers');
    expect(regimeOf(traces(100))).toBe('peers');
    expect(regimeOf(traces(100, (n) => ({ failed: n < 2 })))).toBe('peers');
  });

  test('is healthy-traces if some failed or many were slow', () => {
    expect(regimeOf(traces(100, (n) => ({ failed: n < 3 })))).toBe('healthy-traces');
    const slow = traces(100, (n) => (n % 5 === 0 ? { duration: 9e9 } : {}));
    expect(regimeOf(slow)).toBe('healthy-traces');
    // A tail of slow requests is in every traffic.
    expect(regimeOf(traces(100, (n) => (n % 20 === 0 ? { duration: 9e9 } : {})))).toBe('peers');
  });

  test('is absolute if there is nothing healthy to compare with', () => {
    expect(regimeOf(traces(20, () => ({ failed: true })))).toBe('absolute');
  });

  test('is declared by labels, and traces go by their label', () => {
    const labels = [window('baseline', 0, 49), window('incident', 40, 99)];
    const summaries = traces(100, (n) => ({ label: n < 50 ? 'baseline' : 'incident' }));
    const plan = planComparison(summaries, labels, none);
    expect(plan).toMatchObject({ regime: 'declared', cohortBy: { how: 'label' } });
    const cohorts = summaries.map((summary) => cohortOf(summary, null, plan));
    expect(cohorts.filter((cohort) => cohort === 'baseline')).toHaveLength(50);
    expect(cohortOf(trace(5, { label: 'canary' }), null, plan)).toBeNull();
  });

  test('other labels declare nothing', () => {
    expect(planComparison(traces(10), [window('canary', 0, 9)], none).regime).toBe('peers');
  });
});

describe('slow', () => {
  const limits = (durations: readonly number[], fields: Partial<TraceSummary> = {}) =>
    planComparison(
      durations.map((duration, n) => trace(n, { duration, ...fields })),
      [],
      none,
    ).slowAbove;

  test('is more than the median by three robust deviations, of which 10 % is the least', () => {
    const [limit] = Object.values(limits(Array(50).fill(100e6)));
    expect(limit).toBeCloseTo(100e6 * Math.exp(0.3), -3);
    expect(troubleOf(trace(0, { duration: 136e6 }), limits(Array(50).fill(100e6)))).toBe('slow');
    expect(troubleOf(trace(0, { duration: 134e6 }), limits(Array(50).fill(100e6)))).toBeNull();
  });

  test('is unknown from fewer than ten traces, from failed ones and from untimed ones', () => {
    expect(limits(Array(9).fill(1e6))).toEqual({});
    expect(limits(Array(50).fill(1e6), { failed: true })).toEqual({});
    expect(limits(Array(50).fill(1e6), { duration: null })).toEqual({});
    expect(limits(Array(50).fill(0))).toEqual({});
  });

  test('goes by the type of trace, else by the root operation', () => {
    const usual = traces(50);
    const plan = planComparison([...usual, trace(99, { type: 'rare', duration: 9e9 })], [], none);
    expect(troubleOf(trace(99, { type: 'rare', duration: 9e9 }), plan.slowAbove)).toBe('slow');
    expect(
      troubleOf(trace(99, { type: 'rare', rootName: 'other', duration: 9e9 }), plan.slowAbove),
    ).toBeNull();
  });

  test('is learned from the baseline alone where there is one', () => {
    const labels = [window('baseline', 0, 49), window('incident', 50, 99)];
    const summaries = traces(100, (n) => ({
      label: n < 50 ? 'baseline' : 'incident',
      duration: n < 50 ? 100e6 : 900e6,
    }));
    const { slowAbove } = planComparison(summaries, labels, none);
    expect(summaries.filter((s) => troubleOf(s, slowAbove) === 'slow')).toHaveLength(50);
  });
});

describe('the sample', () => {
  const kept = (summaries: readonly TraceSummary[], plan: ComparisonPlan): readonly string[] =>
    summaries
      .filter((summary) => {
        const side = sideOf(summary, plan);
        if (side === null) return false;
        return lotOf(summary.traceId) < (plan.keep[stratumOf(summary.type, side)] ?? 0);
      })
      .map(({ traceId }) => traceId);

  const anyTraces = fc
    .array(
      fc.record({
        count: fc.integer({ min: 1, max: 4000 }),
        failed: fc.boolean(),
        label: fc.constantFrom('baseline', 'incident'),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((strata) => {
      let n = 0;
      return strata.flatMap(({ count, failed, label }, type) =>
        Array.from({ length: count }, () => {
          n += 1;
          return trace(n, {
            type: `type ${type}`,
            rootName: `op ${type}`,
            duration: 1e6,
            failed,
            label,
          });
        }),
      );
    });

  test('is at most 2,000 traces a cohort, and all of them where there are fewer', () => {
    const labels = [window('baseline', 0, 1), window('incident', 2, 3)];
    fc.assert(
      fc.property(anyTraces, (summaries) => {
        const plan = planComparison(summaries, labels, none);
        const chosen = new Set(kept(summaries, plan));
        for (const cohort of ['baseline', 'incident'] as const) {
          const all = summaries.filter((summary) => cohortOf(summary, null, plan) === cohort);
          const here = all.filter(({ traceId }) => chosen.has(traceId));
          expect(here.length).toBeLessThanOrEqual(2000);
          if (all.length <= 2000) expect(here.length).toBe(all.length);
          // Rounding down loses at most one trace a stratum.
          else expect(here.length).toBeGreaterThan(1985);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('is half bad and half good where both abound, and rare types are kept whole', () => {
    const labels = [window('baseline', 0, 1), window('incident', 2, 3)];
    const summaries = traces(30_000, (n) => ({
      label: n < 10_000 ? 'baseline' : 'incident',
      failed: n >= 20_000,
      type: n % 1000 === 7 ? 'rare' : 'usual',
      duration: 1e6,
    }));
    const plan = planComparison(summaries, labels, none);
    const chosen = new Set(kept(summaries, plan));
    const sample = summaries.filter(({ traceId }) => chosen.has(traceId));
    const count = (of: (summary: TraceSummary) => boolean): number => sample.filter(of).length;
    expect(count(({ label }) => label === 'baseline')).toBe(2000);
    expect(count(({ label, failed }) => label === 'incident' && failed)).toBe(1000);
    expect(count(({ label, failed }) => label === 'incident' && !failed)).toBe(1000);
    expect(count(({ type }) => type === 'rare')).toBe(30);
  });

  test('is the same whatever the order of the traces', () => {
    const orders = shuffled(
      fc
        .array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 })
        .map((ids) =>
          [...new Set(ids)].map((n) => trace(n, { failed: n % 3 === 0, type: `type ${n % 4}` })),
        ),
    );
    fc.assert(
      fc.property(orders, ([one, other]) => {
        const [a, b] = [planComparison(one, [], none), planComparison(other, [], none)];
        expect(a).toEqual(b);
        expect([...kept(one, a)].sort()).toEqual([...kept(other, b)].sort());
      }),
    );
  });
});

describe('lots', () => {
  /** The statistic of a chi-square test of uniformity over 16 bins: above 39 has p < 0.0006. */
  function unevenness(lots: readonly number[]): number {
    const bins = new Array<number>(16).fill(0);
    for (const lot of lots) bins[Math.floor(lot * 16)] = (bins[Math.floor(lot * 16)] ?? 0) + 1;
    const expected = lots.length / 16;
    return bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  }
  const ids: readonly (readonly [string, (n: number) => string])[] = [
    ['count upwards', (n) => n.toString(16).padStart(32, '0')],
    ['count at their beginning', (n) => n.toString(16).padStart(8, '0').padEnd(32, '0')],
    ['count in steps of 256', (n) => (n * 256).toString(16).padStart(32, '0')],
    ['hold a time', (n) => (0x66a0_0000 + n * 61).toString(16).padStart(8, '0').padEnd(32, 'a')],
    ['repeat themselves', (n) => n.toString(16).padStart(16, '0').repeat(2)],
  ];

  test.each(ids)('of ids that %s are spread evenly', (_, idOf) => {
    const lots = Array.from({ length: 20_000 }, (__, n) => lotOf(idOf(n) as TraceId));
    expect(Math.min(...lots)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...lots)).toBeLessThan(1);
    expect(unevenness(lots)).toBeLessThan(39);
    // Neighbours as well: no run of ids draws alike.
    const steps = lots.slice(1).map((lot, i) => (lot - (lots[i] ?? 0) + 1) % 1);
    expect(unevenness(steps)).toBeLessThan(39);
  });

  test('are those that another program draws: computed in Python', () => {
    const id = '5b8efff798038103d269b633813fc60c' as TraceId;
    expect(lotOf(id)).toBe(lotOf(id));
    expect([lotOf(id), lotOf('0'.repeat(32) as TraceId)]).toEqual([
      0.4860685970634222, 0.5948762875050306,
    ]);
  });
});

describe('a trace in a line', () => {
  const summaryOf = (picture: string, set = {}) =>
    summariseTrace(linkTrace(draw(picture, { set })));

  test('is judged by its earliest root', () => {
    const summary = summaryOf(`
      web/GET        [======]
        cart/Get       [==!]
    `);
    expect(summary).toMatchObject({
      rootService: 'web',
      rootName: 'GET',
      start: 0,
      duration: 7e6,
      failed: false,
      label: null,
    });
    expect(summary.type).toBe('["web","GET","cart","web"]');
  });

  test('failed if a root failed; an orphan stands in for a root that was not captured', () => {
    expect(summaryOf('web/GET [==!]').failed).toBe(true);
    expect(summaryOf('~auth/Check [==!]')).toMatchObject({ rootService: 'auth', failed: true });
  });

  test('has no times if its spans have none', () => {
    expect(summaryOf('web/GET [==?]')).toMatchObject({ start: null, duration: null });
  });

  test('is baseline if any span is, else has the least label', () => {
    const picture = `
      web/a  [====]
        web/b  [==]
    `;
    const labelOf = (a: string | null, b: string | null) =>
      summaryOf(picture, { 'web/a': { label: a }, 'web/b': { label: b } }).label;
    expect(labelOf('incident', 'baseline')).toBe('baseline');
    expect(labelOf('zeta', 'incident')).toBe('incident');
    expect(labelOf(null, 'incident')).toBe('incident');
    expect(labelOf(null, null)).toBeNull();
  });
});

test('minutes are counted from the begin of the case, before the first record too', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (time) => {
      const minute = minuteOf(time as Nanos);
      expect(Math.abs(minute % 60e9)).toBe(0);
      expect(time - minute).toBeGreaterThanOrEqual(0);
      expect(time - minute).toBeLessThan(60e9);
    }),
  );
});
