import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latencyBucket } from '../src/graph/histogram.ts';
import {
  addToHistogram,
  bucketValue,
  columnsOf,
  correctedClocks,
  emptyHistogram,
  estimateSkew,
  linkTrace,
  mergeHistogram,
  quantile,
  skewEstimator,
} from '../src/graph/index.ts';
import { keepSmallest } from '../src/graph/keep-smallest.ts';
import {
  type Log,
  type Nanos,
  nanos,
  type SkewPair,
  type Span,
  type SpanId,
  type TraceColumns,
} from '../src/model.ts';
import { anySpans, column, draw, shuffled, spanId } from './draw.ts';

describe('clock skew', () => {
  const ahead = `
    web>cart@c1   [======]
      cart@c2               [==]
  `;
  const short = `
    web>cart@c1   [====]
      cart@c2            [==]
  `;
  const inside = `
    web>cart@c1   [======]
      cart@c2      [==]
  `;
  const long = `
    web>cart@c1   [====================]
      cart@c2             [=]
  `;
  const pairs = (...pictures: string[]) => {
    const estimator = skewEstimator();
    pictures.forEach((picture, trace) => {
      estimator.add(columnsOf(linkTrace(hosts(draw(picture, { trace })))));
    });
    return estimator.finish();
  };
  // The client's instance cannot be drawn: its label ends with the callee.
  const hosts = (spans: ReturnType<typeof draw>) =>
    spans.map((span) => (span.kind === 'client' ? { ...span, instance: 'c1' } : span));

  test('is the shift that puts the server in the middle of its client', () => {
    expect(pairs(ahead, ahead, ahead)).toEqual([
      { from: 'c1', to: 'c2', ns: -8 * column, pairs: 3 },
    ]);
  });

  test('is the median over calls', () => {
    expect(pairs(ahead, short, ahead)).toMatchObject([{ ns: -8 * column, pairs: 3 }]);
    expect(pairs(short, short, ahead)).toMatchObject([{ ns: -6 * column, pairs: 3 }]);
  });

  test('needs three calls', () => {
    expect(pairs(ahead, ahead)).toEqual([]);
  });

  test('is none where most calls lie inside and would not under the shift', () => {
    expect(pairs(inside, inside, inside, ahead, ahead)).toEqual([]);
  });

  test('is not denied by long calls, which fit under either clock', () => {
    expect(pairs(long, long, long, long, ahead, ahead, ahead)).toMatchObject([
      { ns: -8 * column, pairs: 3 },
    ]);
  });

  test.each([
    ['longer than its client', 'web>cart  [==]\n  cart         [=====]'],
    ['on the same host', 'c1>cart  [=====]\n  c1/cart             [=]'],
    ['asynchronous', 'web>>cart  [=====]\n  >>cart            [=]'],
    ['untimed', 'web>cart  [=====]\n  cart             [=?]'],
  ])('is not asked of a server %s', (_, picture) => {
    expect(pairs(picture, picture, picture)).toEqual([]);
  });

  test('can be had as a map', () => {
    const trees = [1, 2, 3].map((trace) => columnsOf(linkTrace(hosts(draw(ahead, { trace })))));
    expect([...estimateSkew(trees)]).toEqual([['c1\0c2', -8 * column]]);
  });

  test('does not depend on the order of traces, also beyond the bound', () => {
    const trees = Array.from({ length: 2500 }, (_, trace): TraceColumns => {
      const [client, server] = hosts(draw(ahead, { trace }));
      if (!client || !server) throw new Error('two spans were drawn');
      const late = (trace * 7919) % 2500;
      const start = (server.start + late) as Nanos;
      return columnsOf(
        linkTrace([client, { ...server, start, end: (server.end + late) as Nanos }]),
      );
    });
    const estimate = estimateSkew(trees).get('c1\0c2') ?? 0;
    expect(estimateSkew(trees.toReversed()).get('c1\0c2')).toBe(estimate);
    expect(Math.abs(estimate + 8 * column + 1250)).toBeLessThan(250);
  });
});

describe('a bounded choice', () => {
  test('holds the smallest, in any order', () => {
    const keys = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 80 });
    fc.assert(
      fc.property(shuffled(keys), ([one, other]) => {
        const chosen = (list: readonly number[]) => {
          const map = keepSmallest<{ count: number }>(8);
          for (const key of list) {
            const slot = map.slot(key % 7, String(key), () => ({ count: 0 }));
            if (slot) slot.count += 1;
          }
          return map.entries();
        };
        expect(chosen(other)).toEqual(chosen(one));
        expect(chosen(one)).toHaveLength(Math.min(8, new Set(one).size));
      }),
    );
  });
});

describe('latency histogram', () => {
  test('buckets are eight per doubling from one microsecond', () => {
    expect([0, -1, Number.NaN, 999, 1000, 2000, 4000, 1e6, 1e15].map(latencyBucket)).toEqual([
      0, 0, 0, 0, 0, 8, 16, 79, 255,
    ]);
  });

  test('the value of a bucket lies in it, within 4.5 % of what was put there', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 3.9e12 }), (ns) => {
        const value = bucketValue(latencyBucket(ns));
        expect(latencyBucket(value)).toBe(latencyBucket(ns));
        expect(Math.abs(value - ns) / ns).toBeLessThan(0.0455);
      }),
    );
  });

  test('quantiles are nearest rank; sums of histograms are histograms of sums', () => {
    const fast = emptyHistogram();
    const slow = emptyHistogram();
    addToHistogram(fast, 2000, 98);
    addToHistogram(slow, 1e9, 2);
    mergeHistogram(fast, slow);
    expect(quantile(fast, 0.98)).toBe(bucketValue(8));
    expect(quantile(fast, 0.99)).toBe(bucketValue(latencyBucket(1e9)));
    expect(quantile(fast, 0)).toBe(bucketValue(8));
    expect(quantile(emptyHistogram(), 0.5)).toBeNull();
  });
});

const silent: Log = {
  id: '',
  time: null,
  service: 'b',
  instance: null,
  severity: 9,
  severityText: '',
  eventName: '',
  body: '',
  traceId: null,
  spanId: null,
  label: null,
  attributes: {},
};

describe('corrected clocks', () => {
  const service = fc.constantFrom('a', 'b', 'c');
  const startsOf = (picture: string, skew: readonly SkewPair[]) => {
    const corrected = correctedClocks(linkTrace(draw(picture)), [], skew);
    return corrected?.tree.spans.map(({ name, start }) => `${name} ${start / column}`);
  };
  const pair = (from: string, to: string, columns: number): SkewPair => ({
    ...{ from, to, pairs: 3 },
    ns: columns * column,
  });

  test('differences add up on the way down; back on the first clock they are gone', () => {
    const picture = `
      web/a   [===========]
        b/b        [======]
          c/c               [==]
            web/d   []
    `;
    const skew = [pair('web', 'b', -4), pair('b', 'c', -9), pair('web', 'c', -13)];
    expect(startsOf(picture, skew)).toEqual(['a 0', 'b 1', 'c 1', 'd 6']);
  });

  test('a pair that was seen calling the other way differs the other way', () => {
    const picture = `
      b/b   [====]
        a/a         [==]
    `;
    expect(startsOf(picture, [pair('a', 'b', 7)])).toEqual(['b 0', 'a 1']);
  });

  test('null where nothing is to be moved', () => {
    const picture = `
      b/b   [====]
        a/a         [==]
    `;
    expect(startsOf(picture, [])).toBeUndefined();
    expect(startsOf(picture, [pair('x', 'y', 1)])).toBeUndefined();
  });

  test('links and lengths stay, spans come by start, logs and events move along', () => {
    fc.assert(
      fc.property(
        anySpans,
        fc.array(fc.record({ from: service, to: service, ns: fc.integer({ min: -30, max: 30 }) })),
        (spans, found) => {
          const tree = linkTrace(spans);
          const told = tree.spans.map((span, index) => ({
            ...span,
            attributes: { index },
            events: [{ name: 'e', time: span.start, attributes: {} }],
          }));
          const marked = { ...tree, spans: told };
          const skew = found.map((one) => ({ ...one, pairs: 3 }));
          const corrected = correctedClocks(marked, [], skew);
          if (!corrected) return;
          const { tree: after } = corrected;
          const was = (index: number): number => Number(after.spans[index]?.attributes.index);
          after.spans.forEach((span, index) => {
            const old = told[was(index)] as Span;
            expect(span.end - span.start).toBe(old.end - old.start);
            if (span.timed) expect(span.events[0]?.time).toBe(span.start);
            const above = after.parent[index] ?? -1;
            expect(above < 0 ? -1 : was(above)).toBe(tree.parent[was(index)]);
            expect(after.depth[index]).toBe(tree.depth[was(index)]);
            expect(Math.abs(span.start - old.start)).toBeLessThanOrEqual(corrected.farthest);
          });
          const starts = after.spans.map(({ start }) => start);
          expect(starts).toEqual([...starts].sort((a, b) => a - b));
          expect(after.orphans.map(was).sort()).toEqual([...tree.orphans].sort());
        },
      ),
    );
  });
  test('a log moves as its span does', () => {
    const picture = `
      web/a   [===]
        b/b         [=]
    `;
    const tree = linkTrace(draw(picture));
    const log = (time: number, of: SpanId | null) => ({ ...silent, time: nanos(time), spanId: of });
    const logs = [log(1, spanId(1)), log(2, null), log(7 * column, spanId(2))];
    const moved = correctedClocks(tree, logs, [pair('web', 'b', -7)])?.logs;
    expect(moved?.map(({ time }) => time)).toEqual([0, 1, 2]);
    expect(moved?.[0]?.spanId).toBe(spanId(2));
  });
});
