/** What differs between two traces, and between two sides, on drawings of traces. */
import { describe, expect, test } from 'vitest';
import { compareTraces } from '../src/compare/index.ts';
import { linkTrace } from '../src/graph/index.ts';
import { nanos, type Span, type SpanId, type TraceId, type TraceTree } from '../src/model.ts';

interface Step {
  readonly id: string;
  readonly below?: string;
  readonly at: readonly [from: number, to: number];
  readonly fails?: true;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Each id is "service/operation" and, behind a colon, what tells two of them apart. */
function traceOf(...steps: readonly Step[]): TraceTree {
  return linkTrace(
    steps.map(({ id, below, at: [from, to], fails, attributes = {} }): Span => {
      const [, service = '', name = ''] = /^(\w+)\/(\w+)/.exec(id) ?? [];
      return {
        traceId: 'f'.repeat(32) as TraceId,
        spanId: id as SpanId,
        parentId: (below ?? null) as SpanId | null,
        service,
        instance: null,
        name,
        kind: 'server',
        status: fails ? 'error' : 'unset',
        statusMessage: '',
        start: nanos(from * 1e6),
        end: nanos(to * 1e6),
        timed: true,
        label: null,
        attributes,
        resource: {},
        events: [],
        links: [],
      };
    }),
  );
}

const good = traceOf(
  { id: 'web/cart', at: [0, 100] },
  { id: 'shop/prices', below: 'web/cart', at: [10, 40] },
  { id: 'stock/count', below: 'web/cart', at: [50, 60] },
);

const steps = (a: TraceTree, b: TraceTree) => {
  const { steps, first } = compareTraces(a, b);
  return {
    rows: steps.map(
      (one) => `${one.changed} ${one.name} ${one.a?.count ?? 0}→${one.b?.count ?? 0}`,
    ),
    first: steps[first]?.name ?? null,
  };
};

describe('two traces', () => {
  test('a trace does not differ from itself', () => {
    const { delta, steps: all, first } = compareTraces(good, good);
    expect(delta).toBe(0);
    expect(first).toBe(-1);
    expect(all.map(({ changed, delta }) => [changed, delta])).toEqual([
      ['same', 0],
      ['same', 0],
      ['same', 0],
    ]);
  });

  test('a retry is a count that grew, and the step that fails is where they part', () => {
    const bad = traceOf(
      { id: 'web/cart', at: [0, 200], fails: true },
      { id: 'shop/prices:1', below: 'web/cart', at: [10, 40], fails: true },
      { id: 'shop/prices:2', below: 'web/cart', at: [50, 90], fails: true },
    );
    expect(steps(good, bad)).toEqual({
      rows: ['changed cart 1→1', 'changed prices 1→2', 'removed count 1→0'],
      first: 'prices',
    });
  });

  test('swapped, what came is what went', () => {
    const bad = traceOf(
      { id: 'web/cart', at: [0, 80] },
      { id: 'shop/prices', below: 'web/cart', at: [10, 40] },
    );
    expect(steps(good, bad).rows).toContain('removed count 1→0');
    expect(steps(bad, good).rows).toContain('added count 0→1');
    expect(compareTraces(good, bad).delta).toBe(-(compareTraces(bad, good).delta ?? 0));
  });

  test('another model is told before what it led to', () => {
    const trace = (model: string, calls: number): TraceTree =>
      traceOf(
        { id: 'web/ask', at: [0, 100] },
        {
          id: 'llm/chat',
          below: 'web/ask',
          at: [5, 20],
          attributes: { 'gen_ai.response.model': model },
        },
        ...Array.from(
          { length: calls },
          (_, at): Step => ({
            id: `tool/run:${at}`,
            below: 'web/ask',
            at: [30 + at, 31 + at],
          }),
        ),
      );
    expect(steps(trace('m-1', 1), trace('m-2', 4))).toEqual({
      rows: ['same ask 1→1', 'changed chat 1→1', 'changed run 1→4'],
      first: 'chat',
    });
  });

  describe('of a training run', () => {
    /** Each rank's backward ends at such a time; the update begins when the last has. */
    const run = (ends: readonly number[], loads = 1): TraceTree => {
      const last = Math.max(...ends);
      return traceOf(
        { id: 'job/step', at: [0, last + 10] },
        ...Array.from(
          { length: loads },
          (_, at): Step => ({
            id: `data/load:${at}`,
            below: 'job/step',
            at: [at / 10, at / 10 + 0.1],
          }),
        ),
        ...ends.flatMap((end, rank): readonly Step[] => {
          const attributes = { rank: String(rank) };
          return [
            { id: `job/backward:${rank}`, below: 'job/step', at: [1, end], attributes },
            { id: `job/all_reduce:${rank}`, below: 'job/step', at: [end, last + 2], attributes },
          ];
        }),
      );
    };
    const named = ({ name, rank }: { name: string; rank: string | null }) =>
      rank === null ? name : `${name} ${rank}`;

    test('they part at the slow rank, not where the others wait for it', () => {
      const { steps, first, most, delta } = compareTraces(run([30, 31, 30]), run([30, 90, 30], 2));
      expect(steps.map(named)).toEqual([
        'step',
        'load',
        'backward 0',
        'backward 1',
        'backward 2',
        'all_reduce 0',
        'all_reduce 2',
        'all_reduce 1',
      ]);
      expect(delta).toBe(59e6);
      expect([first, most].map((at) => named(steps[at] as (typeof steps)[number]))).toEqual([
        'backward 1',
        'backward 1',
      ]);
      expect(steps[3]).toMatchObject({ delta: 59e6, own: 59e6 });
      expect(steps[5]).toMatchObject({ own: 0, b: { wait: 60e6, waitsFor: '1', self: 2e6 } });
    });

    test('a trace of one rank is compared with that of another', () => {
      const alone = (rank: string): TraceTree =>
        traceOf({ id: 'job/step', at: [0, 10], attributes: { rank } });
      expect(steps(alone('1'), alone('2')).rows).toEqual(['changed step 1→1']);
    });
  });

  test('counts that cost nothing give way to what costs most', () => {
    const trace = (ms: number, lookups: number): TraceTree =>
      traceOf(
        { id: 'web/cart', at: [0, ms + 20] },
        ...Array.from(
          { length: lookups },
          (_, at): Step => ({
            id: `cache/get:${at}`,
            below: 'web/cart',
            at: [at / 10, at / 10 + 0.1],
          }),
        ),
        { id: 'db/select', below: 'web/cart', at: [10, 10 + ms] },
      );
    expect(steps(trace(20, 2), trace(500, 3)).first).toBe('select');
    expect(steps(trace(20, 2), trace(21, 3)).first).toBe('get');
    expect(steps(trace(20, 2), trace(20, 2)).first).toBe(null);
  });

  test('what costs most goes before a count that differs after it; what costs a good part before both', () => {
    const trace = (slow: number, early: number, queries: number): TraceTree =>
      traceOf(
        { id: 'web/cart', at: [0, early + slow + 60] },
        { id: 'auth/check', below: 'web/cart', at: [1, 1 + early] },
        { id: 'cache/get', below: 'web/cart', at: [10 + early, 10 + early + slow] },
        ...Array.from(
          { length: queries },
          (_, at): Step => ({
            id: `ads/select:${at}`,
            below: 'web/cart',
            at: [20 + early + slow + 10 * at, 30 + early + slow + 10 * at],
          }),
        ),
      );
    expect(steps(trace(5, 5, 2), trace(400, 6, 1)).first).toBe('get');
    expect(steps(trace(5, 5, 2), trace(400, 105, 1)).first).toBe('check');
  });

  test('what is below a step that went, went with it', () => {
    const deep = traceOf(
      { id: 'web/cart', at: [0, 100] },
      { id: 'shop/prices', below: 'web/cart', at: [10, 40] },
      { id: 'db/select', below: 'shop/prices', at: [11, 12] },
    );
    const bare = traceOf({ id: 'web/cart', at: [0, 5] });
    expect(steps(deep, bare).first).toBe('prices');
  });
});
