import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  columnsOf,
  criticalPath,
  linkTrace,
  selfTimes,
  serviceGraphBuilder,
} from '../src/graph/index.ts';
import type { Nanos, Span } from '../src/model.ts';
import { anySpans, blank, column, draw, spanId } from './draw.ts';

/** Segments as `name from-to` in columns. */
const pathOf = (spans: readonly Span[]) => {
  const tree = linkTrace(spans);
  return criticalPath(tree).map(
    ({ span, from, to }) => `${tree.spans[span]?.name} ${from / column}-${to / column}`,
  );
};
const path = (picture: string) => pathOf(draw(picture));

describe('the critical path', () => {
  test('of serial calls goes through all of them', () => {
    expect(
      path(`
        web      [==========]
          auth    [==]
          cart         [==]
      `),
    ).toEqual(['web 0-1', 'auth 1-4', 'web 4-6', 'cart 6-9', 'web 9-11']);
  });

  test('of parallel calls goes through the one that finished last', () => {
    expect(
      path(`
        web      [==========]
          auth    [=======]
          cart     [===]
      `),
    ).toEqual(['web 0-1', 'auth 1-9', 'web 9-11']);
  });

  test('goes down and up again', () => {
    expect(
      path(`
        web      [==========]
          cart    [======]
            db      [==]
      `),
    ).toEqual(['web 0-1', 'cart 1-3', 'db 3-6', 'cart 6-8', 'web 8-11']);
  });

  test('clips a child that overruns its parent, and what lies below it', () => {
    expect(
      path(`
        web      [======]
          cart      [=======]
            db        [==]
            mail           [==]
      `),
    ).toEqual(['web 0-3', 'cart 3-5', 'db 5-7']);
  });

  test('clips a child that starts before its parent', () => {
    expect(
      path(`
        web          [====]
          cart    [====]
      `),
    ).toEqual(['cart 3-5', 'web 5-8']);
  });

  test('leaves out a sibling that overlaps the one taken', () => {
    expect(
      path(`
        web      [==========]
          auth    [====]
          cart        [===]
      `),
    ).toEqual(['web 0-5', 'cart 5-9', 'web 9-11']);
  });

  test('overlooks an overlap of one per cent of the parent', () => {
    const picture = `
      web      [=========]
        auth    [==]
        cart       [===]
    `;
    const until = (end: number) => pathOf(draw(picture, { set: { auth: { end: end as Nanos } } }));
    const serial = ['web 0-1', 'auth 1-4', 'cart 4-8', 'web 8-10'];
    expect(until(4.1 * column)).toEqual(serial);
    expect(until(4.2 * column)).toEqual(['web 0-4', 'cart 4-8', 'web 8-10']);
  });

  test('takes a child that ends where the next begins', () => {
    expect(
      path(`
        web      [=======]
          auth   [==]
          cart      [====]
      `),
    ).toEqual(['auth 0-3', 'cart 3-8']);
  });

  test('passes by children of no length', () => {
    expect(
      path(`
        web      [=======]
          auth      |
          cart      [==]
          mail      |
          push              |
      `),
    ).toEqual(['web 0-3', 'cart 3-6', 'web 6-8']);
  });

  test('of equal ends takes the longest', () => {
    expect(
      path(`
        web      [=======]
          auth      [==]
          cart    [====]
      `),
    ).toEqual(['web 0-1', 'cart 1-6', 'web 6-8']);
  });

  test('is that of the earliest orphan if there is no root', () => {
    expect(
      path(`
        ~cart    [====]
          db       [=]
        ~auth      [=======]
      `),
    ).toEqual(['cart 0-2', 'db 2-4', 'cart 4-5']);
  });

  test('is that of the earliest true root if there are several', () => {
    expect(
      path(`
        ~cart    [====]
        web        [=]
        auth         [===]
      `),
    ).toEqual(['web 2-4']);
  });

  test('ends with the root even if its children go on', () => {
    expect(
      path(`
        web      [=]
          cart    [======]
      `),
    ).toEqual(['web 0-1', 'cart 1-2']);
  });

  test('does not see untimed spans, but what is below them', () => {
    expect(
      path(`
        web        [=======]
          cart      [==?]
            db       [==]
      `),
    ).toEqual(['web 0-2', 'db 2-5', 'web 5-8']);
    expect(path('web  [==?]')).toEqual([]);
  });

  test('of a root of no length is empty', () => {
    expect(path('web  |')).toEqual([]);
  });

  test('covers exactly the root, in order and without overlap', () => {
    fc.assert(
      fc.property(anySpans, (spans) => {
        const tree = linkTrace(spans);
        const root = tree.spans[tree.roots.find((index) => tree.spans[index]?.timed) ?? -1];
        const segments = criticalPath(tree);
        let cursor = root?.start;
        for (const { from, to } of segments) {
          expect(from).toBe(cursor);
          expect(to).toBeGreaterThan(from);
          cursor = to;
        }
        expect(cursor).toBe(root?.end);
      }),
    );
  });
});

describe('traces without bound', () => {
  const nested = (depth: number) =>
    Array.from({ length: depth }, (_, i) => ({
      ...blank,
      spanId: spanId(i + 1),
      parentId: i === 0 ? null : spanId(i),
      service: i % 3 === 0 ? 'a' : 'b',
      kind: i % 3 === 0 ? ('client' as const) : ('internal' as const),
      start: i as Nanos,
      end: (2 * depth - i) as Nanos,
    }));

  test('100,000 nested spans', () => {
    const tree = linkTrace(nested(100_000).reverse());
    expect(tree.depth.at(-1)).toBe(99_999);
    expect(criticalPath(tree)).toHaveLength(199_999);
    expect(selfTimes(tree)).toHaveLength(100_000);
    const builder = serviceGraphBuilder(() => null);
    builder.add(columnsOf(tree));
    expect(builder.finish().edges.map(({ calls }) => calls)).toEqual([33_333, 33_333]);
  });

  test('100,000 spans in one cycle', () => {
    const [first, ...others] = nested(100_000) as [Span, ...Span[]];
    const tree = linkTrace([...others, { ...first, parentId: spanId(100_000) }]);
    expect(tree).toMatchObject({ cycles: [0], roots: [0] });
  });

  test('100,000 spans of one id below one span', () => {
    const spans = nested(100_000).map((span) => ({ ...span, spanId: spanId(1) }));
    const tree = linkTrace(
      spans.map((span, i) => (i === 0 ? span : { ...span, parentId: spanId(1) })),
    );
    expect(tree.roots.length + tree.children.flat().length).toBe(100_000);
  });
});
