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
