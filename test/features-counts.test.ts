/** Counting in parts: two that count a part each, put together, have counted as one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planComparison, type Side, traceCounter } from '../src/features/index.ts';
import { columnsOf, linkTrace } from '../src/graph/index.ts';
import type { TraceColumns } from '../src/model.ts';
import { draw } from './draw.ts';

const plan = planComparison([], [], { baseline: null, incident: null, without: [] });

const traces = fc.array(
  fc.record({
    long: fc.integer({ min: 3, max: 40 }),
    calls: fc.constantFrom('db', 'cache', null),
    age: fc.integer({ min: 0, max: 4_000 }),
    user: fc.constantFrom('ann', 'bob', null),
    cohort: fc.constantFrom('baseline', 'incident'),
    bad: fc.constantFrom(null, 'failed', 'slow'),
  }),
  { minLength: 2, maxLength: 30 },
);

type Drawn = typeof traces extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

function drawn({ long, calls, age, user, bad }: Drawn, at: number): TraceColumns {
  const end = bad === 'failed' ? '!]' : ']';
  const call = calls === null ? '' : `\n  web/${calls} [${'='.repeat(Math.ceil(long / 2))}]`;
  const attributes = { 'feature.age_seconds': age, ...(user && { 'user.id': user }) };
  const set = { 'web/GET': { attributes } };
  return columnsOf(
    linkTrace(draw(`web/GET [${'='.repeat(long)}${end}${call}`, { trace: at, set })),
  );
}

/** Sums of squares differ in their last digits by the order in which they are made. */
const rounded = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, one) => {
      if (one instanceof Map) return [...one].sort(([a], [b]) => a - b);
      return typeof one === 'number' ? Number(one.toPrecision(9)) : one;
    }),
  );

test('parts, handed from thread to thread and put together, are the whole', () => {
  fc.assert(
    fc.property(traces, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
      const counted = (part: readonly Drawn[], from: number) => {
        const counter = traceCounter(plan);
        for (const [at, one] of part.entries()) counter.add(drawn(one, from + at + 1), one as Side);
        return counter;
      };
      const cut = Math.floor(share * all.length);
      const whole = counted(all, 0).finish();
      const parts = counted(all.slice(0, cut), 0);
      parts.absorb(structuredClone(counted(all.slice(cut), cut).counts()));
      const together = parts.finish();
      const withoutExamples = ({ values, ...rest }: typeof whole) => ({
        ...rest,
        values: values.map(({ minutes, ...identity }) => ({
          ...identity,
          minutes: minutes.map(({ example: _, ...minute }) => minute),
        })),
      });
      expect(rounded(withoutExamples(together))).toEqual(rounded(withoutExamples(whole)));
      expect(whole.values.length).toBeGreaterThan(0);
    }),
    { numRuns: 60 },
  );
});
