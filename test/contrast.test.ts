/** Attribute contrast: the tests it rests on by hand, what it finds in drawn cohorts, its properties. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  benjaminiHochberg,
  chiSquareAtLeast,
  fisher,
  gStatistic,
  independence,
  leastAttainable,
} from '../src/diagnose/contingency.ts';
import { contrast } from '../src/diagnose/index.ts';
import type { Attributes, Cohort, CohortRecord, SpanId, TraceId } from '../src/model.ts';

const count = (has: number, of: number) => ({ with: has, of });

describe('tests of counts', () => {
  test('the G-test with Williams’ correction, computed by hand', () => {
    // 2 Σ O ln(O/E) = 7.72633; q = 1 + (50/20 + 50/30 − 1)(50/17 + 50/33 − 1) / 300
    expect(gStatistic(count(12, 20), count(5, 30))).toBeCloseTo(
      (2 *
        (12 * Math.log(12 / 6.8) +
          8 * Math.log(8 / 13.2) +
          5 * Math.log(5 / 10.2) +
          25 * Math.log(25 / 19.8))) /
        (1 + ((2.5 + 50 / 30 - 1) * (50 / 17 + 50 / 33 - 1)) / 300),
      10,
    );
    // 12.97151 / 1.013125, p of chi-squared with one degree of freedom.
    expect(gStatistic(count(30, 100), count(10, 100))).toBeCloseTo(12.803469, 5);
    expect(independence(count(30, 100), count(10, 100))).toMatchObject({ test: 'g' });
    expect(independence(count(30, 100), count(10, 100)).p).toBeCloseTo(0.000345977, 7);
  });

  test('chi-squared of one degree of freedom', () => {
    expect(chiSquareAtLeast(3.841459)).toBeCloseTo(0.05, 6);
    expect(chiSquareAtLeast(6.634897)).toBeCloseTo(0.01, 6);
    expect(chiSquareAtLeast(0)).toBe(1);
  });

  test('Fisher’s exact test: the tea of the lady, and 1 where all or none has it', () => {
    // Three of four against one of four: (16 + 1 + 16 + 1) / 70.
    expect(fisher(count(3, 4), count(1, 4))).toBeCloseTo(34 / 70, 10);
    // Eight of 10 against one of 12: 770 of 497,420 tables.
    expect(fisher(count(8, 10), count(1, 12))).toBeCloseTo(770 / 497_420, 10);
    expect(fisher(count(5, 5), count(9, 9))).toBe(1);
    expect(independence(count(0, 5), count(0, 9)).p).toBe(1);
    expect(independence(count(3, 4), count(1, 4)).test).toBe('fisher');
  });

  test('the least p that can be reached', () => {
    // Two of 4 + 4 records, both on one side or both on the other: 6 and 6 of 28 ways.
    expect(leastAttainable(2, 4, 4)).toBeCloseTo(12 / 28, 12);
    expect(leastAttainable(6, 4, 4)).toBeCloseTo(12 / 28, 12);
    // Two of 4 + 6: 6 of 45 ways lie on the smaller side alone.
    expect(leastAttainable(2, 4, 6)).toBeCloseTo(6 / 45, 12);
    expect(leastAttainable(2, 4, 6)).toBeCloseTo(fisher(count(2, 4), count(0, 6)), 12);
    expect(leastAttainable(0, 4, 4)).toBe(1);
  });

  test('Benjamini and Hochberg, on the example of their paper', () => {
    const ps = [
      ...[0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324],
      ...[0.4262, 0.5719, 0.6528, 0.759, 1],
    ];
    const qs = benjaminiHochberg(ps);
    expect(qs.filter((q) => q <= 0.05)).toHaveLength(4);
    expect(qs[0]).toBeCloseTo(0.0015, 10);
    expect(qs[3]).toBeCloseTo((0.0095 * 15) / 4, 10);
    // The seventh is less than the sixth would be alone.
    expect(qs[5]).toBeCloseTo((0.0298 * 15) / 7, 10);
  });

  test('q is never below p, rises with p, and knows no order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (ps) => {
        const qs = benjaminiHochberg(ps);
        const reversed = benjaminiHochberg([...ps].reverse());
        for (const [at, p] of ps.entries()) {
          const q = qs[at] as number;
          expect(q).toBeGreaterThanOrEqual(p);
          expect(q).toBeLessThanOrEqual(1);
          expect(reversed[ps.length - 1 - at]).toBe(q);
          for (const [other, bigger] of ps.entries()) {
            if (bigger >= p) expect(qs[other]).toBeGreaterThanOrEqual(q);
          }
        }
      }),
    );
  });

  test('both tests are symmetrical, and fall as counts grow in proportion', () => {
    const table = fc
      .tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200 }))
      .chain(([n, m]) =>
        fc.tuple(
          fc.integer({ max: n, min: 0 }),
          fc.constant(n),
          fc.integer({ max: m, min: 0 }),
          fc.constant(m),
        ),
      );
    fc.assert(
      fc.property(table, ([a, n, b, m]) => {
        for (const p of [
          fisher,
          (x: typeof one, y: typeof one) => chiSquareAtLeast(gStatistic(x, y)),
        ]) {
          expect(p(count(a, n), count(b, m))).toBeCloseTo(p(count(b, m), count(a, n)), 9);
          expect(p(count(a, n), count(b, m))).toBeCloseTo(p(count(n - a, n), count(m - b, m)), 9);
        }
        expect(gStatistic(count(9 * a, 9 * n), count(9 * b, 9 * m))).toBeGreaterThanOrEqual(
          gStatistic(count(a, n), count(b, m)),
        );
      }),
    );
  });
});

const one = count(0, 1);

/** Traces of one record each, or of `spans` equal ones. */
function records(
  cohort: Cohort,
  traces: readonly Attributes[],
  { spans = 1, named = cohort as string } = {},
): readonly CohortRecord[] {
  return traces.flatMap((values, trace) =>
    Array.from({ length: spans }, (_, span): CohortRecord => {
      const cluster = `${named}-${String(trace).padStart(5, '0')}`;
      const ref = {
        signal: 'span',
        traceId: cluster as TraceId,
        spanId: `${span}` as SpanId,
      } as const;
      return { cohort, id: `${span}`, cluster, ref, facts: [{ of: 'attribute', values }] };
    }),
  );
}

const each = (length: number, make: (at: number) => Attributes): readonly Attributes[] =>
  Array.from({ length }, (_, at) => make(at));

const texts = (found: ReturnType<typeof contrast>) =>
  found.findings.map(({ terms }) =>
    terms
      .map(({ key, value, range }) =>
        range ? `${range.from ?? ''}<=${key}<${range.below ?? ''}` : `${key}=${value}`,
      )
      .join(' '),
  );

describe('contrast', () => {
  test('counts both sides, and shows what comes together as one', () => {
    const found = contrast([
      ...records(
        'incident',
        each(40, (at) => (at < 30 ? { host: 'a', zone: 'x' } : { host: 'b', zone: 'y' })),
      ),
      ...records(
        'baseline',
        each(80, (at) => (at < 20 ? { host: 'a', zone: 'x' } : { host: 'b', zone: 'y' })),
      ),
    ]);
    // host=b is the opposite of host=a, and says nothing new.
    expect(found.findings).toHaveLength(1);
    expect(found.findings[0]).toMatchObject({
      terms: [{ of: 'attribute', key: 'host', value: 'a' }],
      alike: [{ key: 'zone', value: 'x' }],
      incident: { count: 30, share: 0.75 },
      baseline: { count: 20, share: 0.25 },
      difference: 0.5,
      lift: 3,
      test: 'g',
      examples: {
        incident: { traceId: 'incident-00000' },
        baseline: { traceId: 'baseline-00000' },
      },
    });
    expect(found.tested).toBe(1);
  });

  test('two values together that say more than each alone', () => {
    const make = (both: number) => (at: number) => ({
      version: at % 100 < both + 10 ? '2' : '1',
      region: at % 100 < both || (at % 100 >= 50 && at % 100 < 60) ? 'eu' : 'us',
    });
    const found = contrast([
      ...records('incident', each(300, make(45))),
      ...records(
        'baseline',
        each(300, (at) => ({
          version: at % 2 ? '2' : '1',
          region: at % 100 < 50 === (at % 2 === 1) && at % 100 < 6 ? 'eu' : 'us',
        })),
      ),
    ]);
    expect(texts(found)).toContain('region=eu');
    const crossed = contrast([
      ...records(
        'incident',
        each(300, (at) => ({ version: at % 5 ? '2' : '1', region: at % 5 ? 'eu' : 'us' })),
      ),
      ...records(
        'baseline',
        each(300, (at) => ({ version: at % 2 ? '2' : '1', region: at % 2 ? 'us' : 'eu' })),
      ),
      ...records(
        'baseline',
        each(20, () => ({ version: '2', region: 'eu' })),
        { named: 'rare' },
      ),
    ]);
    expect(texts(crossed)[0]).toBe('region=eu version=2');
    expect(crossed.findings[0]?.terms).toHaveLength(2);
  });

  test('a bystander of a strong value makes no pair', () => {
    const found = contrast([
      ...records(
        'incident',
        each(400, (at) => ({ version: '2', colour: `c${(at * 7) % 4}` })),
      ),
      ...records(
        'baseline',
        each(400, (at) => ({ version: at % 3 ? '1' : '2', colour: `c${(at * 7) % 4}` })),
      ),
    ]);
    expect(texts(found)).toEqual(['version=2']);
  });

  test('numbers of many values are cut, neighbours joined, edges round', () => {
    const found = contrast([
      ...records(
        'incident',
        each(200, (at) => ({ batch: 500 + at * 3.7 })),
      ),
      ...records(
        'baseline',
        each(200, (at) => ({ batch: 1 + at * 3.7 })),
      ),
    ]);
    expect(texts(found)).toEqual(['692.8<=batch<', '<=batch<544.8']);
    expect(found.findings[0]).toMatchObject({ baseline: { count: 13 }, incident: { count: 147 } });
    const apart = contrast([
      ...records(
        'incident',
        each(100, (at) => ({ batch: 977 + at })),
      ),
      ...records(
        'baseline',
        each(100, (at) => ({ batch: 3 + at })),
      ),
    ]);
    expect(texts(apart)).toEqual(['900<=batch<']);
  });

  test('ids are left out and told; numbers of shards are looked at one by one', () => {
    const found = contrast([
      ...records(
        'incident',
        each(200, (at) => ({ id: `a${at}`, shard: 17, few: at % 3 })),
      ),
      ...records(
        'baseline',
        each(800, (at) => ({ id: `b${at}`, shard: at % 64, few: at % 3 })),
      ),
    ]);
    expect(found.ids).toEqual([{ of: 'attribute', key: 'id', values: 1000 }]);
    expect(texts(found)).toContain('shard=17');
  });

  test('a record’s own word goes before that of its resource', () => {
    const make = (cohort: Cohort, own: string) =>
      records(
        cohort,
        each(30, () => ({ env: own })),
      ).map((record) => ({
        ...record,
        facts: [...record.facts, { of: 'resource' as const, values: { env: 'shared' } }],
      }));
    const found = contrast([...make('incident', 'canary'), ...make('baseline', 'main')]);
    expect(texts(found)).toEqual(['env=canary']);
  });

  test('twenty spans of one trace are no twenty observations', () => {
    const split = (spans: number) => [
      ...records(
        'incident',
        each(10, (at) => ({ host: at < 6 ? 'a' : 'b' })),
        { spans },
      ),
      ...records(
        'baseline',
        each(10, (at) => ({ host: at < 3 ? 'a' : 'b' })),
        { spans },
      ),
    ];
    expect(contrast(split(1)).findings).toEqual([]);
    expect(contrast(split(50)).findings).toEqual([]);
  });

  test('sides that are too small are said to be', () => {
    const few = (n: number) =>
      contrast([
        ...records(
          'incident',
          each(n, () => ({ host: 'a' })),
          { spans: 30 },
        ),
        ...records(
          'baseline',
          each(n, () => ({ host: 'b' })),
          { spans: 30 },
        ),
      ]);
    expect(few(3)).toMatchObject({ enough: false, tested: 0, findings: [] });
    expect(few(4)).toMatchObject({ enough: true });
    expect(contrast([])).toMatchObject({ enough: false });
  });

  const value = fc.oneof(
    fc.constantFrom('a', 'b', 'c'),
    fc.integer({ min: 0, max: 60 }),
    fc.boolean(),
  );
  const cohorts = fc.array(
    fc.record({
      incident: fc.boolean(),
      trace: fc.integer({ min: 0, max: 30 }),
      values: fc.dictionary(fc.constantFrom('k', 'l', 'm'), value),
    }),
    { maxLength: 120 },
  );

  test('the order of records does not matter, and sides can be changed over', () => {
    fc.assert(
      fc.property(cohorts, fc.infiniteStream(fc.nat()), (drawn, dice) => {
        const make = (flip: boolean) =>
          drawn.map(
            ({ incident, trace, values }, at): CohortRecord => ({
              cohort: incident !== flip ? 'incident' : 'baseline',
              id: `${at}`,
              cluster: `${trace}`,
              ref: { signal: 'log', id: `${at}` },
              facts: [{ of: 'attribute', values }],
            }),
          );
        const straight = contrast(make(false));
        const shuffled = make(false)
          .map((record) => ({ record, lot: dice.next().value as number }))
          .sort((a, b) => a.lot - b.lot)
          .map(({ record }) => record);
        expect(contrast(shuffled)).toEqual(straight);
        expect(contrast(make(true)).enough).toBe(straight.enough);
        for (const { incident, baseline, difference, p, q } of straight.findings) {
          expect(difference).toBeCloseTo(incident.share - baseline.share, 12);
          expect(q).toBeLessThanOrEqual(0.05);
          expect(p).toBeLessThanOrEqual(q + 1e-12);
        }
      }),
    );
  });

  test('where nothing differs, little is found: halves of one population by trace', () => {
    let some = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      let state = seed * 2_654_435_761;
      const next = (): number => {
        state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
        return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
      };
      const traces = (): Attributes => ({
        host: `h${Math.floor(next() * 6)}`,
        tenant: `t${Math.floor(next() * 15)}`,
        version: next() < 0.3 ? '2' : '1',
        size: next(),
      });
      const found = contrast([
        ...records('incident', each(80, traces), { spans: 5 }),
        ...records('baseline', each(240, traces), { spans: 5 }),
      ]);
      if (found.findings.length > 0) some += 1;
    }
    // Two layers at 5 %: six of 60 expected at most, eleven in 98 of 100 such series.
    expect(some).toBeLessThanOrEqual(11);
  });
});
