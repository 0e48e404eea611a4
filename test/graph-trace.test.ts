import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkTrace, networkGaps, selfTimes } from '../src/graph/index.ts';
import type { Nanos, Span, SpanKind, TraceTree } from '../src/model.ts';
import { anySpans, blank, column, draw, shuffled, spanId } from './draw.ts';

const link = (picture: string, set = {}) => linkTrace(draw(picture, { set }));
const namesAt = (tree: TraceTree, indexes: readonly number[]) =>
  indexes.map((index) => tree.spans[index]?.name);

describe('links', () => {
  test('children hang below their parents in start order', () => {
    const tree = link(`
      web         [========]
        cart          [==]
          redis       [=]
        auth       [=]
    `);
    expect(namesAt(tree, tree.roots)).toEqual(['web']);
    expect(namesAt(tree, tree.children[0] ?? [])).toEqual(['auth', 'cart']);
    expect([...tree.depth]).toEqual([0, 1, 1, 2]);
  });

  test('spans whose parent was not captured are roots after the true ones', () => {
    const tree = link(`
      ~auth    [==]
      web        [==]
      ~cart    [==]
    `);
    expect(namesAt(tree, tree.roots)).toEqual(['web', 'auth', 'cart']);
    expect(namesAt(tree, tree.orphans)).toEqual(['auth', 'cart']);
  });

  test('a cycle is cut above the span that starts first', () => {
    const tree = link(
      `
      a     [====]
      b       [====]
      c         [====]
        d       [==]
    `,
      { a: { parentId: spanId(3) }, b: { parentId: spanId(1) }, c: { parentId: spanId(2) } },
    );
    expect(namesAt(tree, tree.cycles)).toEqual(['a']);
    expect(namesAt(tree, tree.roots)).toEqual(['a']);
    expect([...tree.depth]).toEqual([0, 1, 2, 3]);
  });

  test('a span that names itself is a root and a cycle', () => {
    const tree = link('a  [==]', { a: { parentId: spanId(1) } });
    expect(tree).toMatchObject({ roots: [0], cycles: [0], orphans: [] });
  });

  describe('of conflicting duplicates', () => {
    const twice = {
      'web>cart': { spanId: spanId(9) },
      web: { spanId: spanId(9) },
    };

    test('a server takes the client for its parent', () => {
      const tree = link(
        `
        web         [=====]
        web>cart     [====]
        cart          [==]
      `,
        { ...twice, cart: { parentId: spanId(9) } },
      );
      expect(tree.spans[tree.parent[2] ?? -1]?.kind).toBe('client');
    });

    test('another span takes the one of its own service, else the first', () => {
      const tree = link(
        `
        web         [=====]
        auth         [====]
        auth/cache    [==]
        other          [==]
      `,
        {
          web: { spanId: spanId(9) },
          auth: { spanId: spanId(9) },
          'auth/cache': { parentId: spanId(9), kind: 'internal' },
          other: { parentId: spanId(9) },
        },
      );
      expect([...tree.parent]).toEqual([-1, -1, 1, 0]);
    });
  });

  test('a server that shares the span id of its client hangs below it', () => {
    const tree = link(
      `
      web         [======]
        web>cart   [====]
        cart        [==]
    `,
      { 'web>cart': { spanId: spanId(9) }, cart: { spanId: spanId(9) } },
    );
    expect([...tree.parent]).toEqual([-1, 0, 1]);
  });

  test('any parents give an acyclic tree that reaches every span once', () => {
    fc.assert(
      fc.property(anySpans, (spans) => {
        const tree = linkTrace(spans);
        const reached: number[] = [];
        const walk = [...tree.roots];
        for (let index = walk.pop(); index !== undefined; index = walk.pop()) {
          reached.push(index);
          walk.push(...(tree.children[index] ?? []));
          expect(reached.length).toBeLessThanOrEqual(spans.length);
        }
        expect(reached.sort((a, b) => a - b)).toEqual(spans.map((_, index) => index));
        tree.parent.forEach((parent, index) => {
          expect(tree.depth[index]).toBe(parent === -1 ? 0 : (tree.depth[parent] ?? 0) + 1);
        });
      }),
    );
  });

  test('the order of spans does not change the tree', () => {
    fc.assert(
      fc.property(shuffled(anySpans), ([spans, other]) => {
        expect(linkTrace(other)).toEqual(linkTrace(spans));
      }),
    );
  });
});

describe('self time and network gap', () => {
  /** Self time in columns by span name. */
  const selfOf = (tree: TraceTree) =>
    Object.fromEntries([...selfTimes(tree)].map((ns, i) => [tree.spans[i]?.name, ns / column]));
  const gapsOf = (tree: TraceTree) =>
    networkGaps(tree).map(({ client, server, ns }) => [
      ...namesAt(tree, [client, server]),
      ns / column,
    ]);

  test('self time leaves out the union of the children', () => {
    const tree = link(`
      web         [=========]
        web/a      [===]
        web/b        [===]
        web/c             [======]
    `);
    expect(selfOf(tree)).toEqual({ web: 2, a: 4, b: 4, c: 7 });
    expect(networkGaps(tree)).toEqual([]);
  });

  test('self time with touching, zero-length and overrunning children', () => {
    const tree = link(`
      web         [==========]
        web/a      [==]
        web/b         [==]
        web/c            |
        web/d              |
        web/e               [====]
    `);
    // web lasts 11. a and b touch at 4 and cover 1 to 7; c, at the end of b, and d, alone at 9,
    // cover nothing; e covers 10 to 11 of web, whatever it lasts: 11 - 3 - 3 - 0 - 0 - 1.
    expect(selfOf(tree)).toEqual({ web: 4, a: 3, b: 3, c: 0, d: 0, e: 5 });
  });

  test('self time with a child that begins early, one that covers all, and a span of no length', () => {
    // Of a, from 0 to 5, web shares 3 to 5; the other 4 of its 6 are its own.
    const early = link(`
      web            [=====]
        web/a     [====]
    `);
    expect(selfOf(early)).toEqual({ web: 4, a: 5 });
    const covered = link(`
      web           [===]
        web/a     [=======]
    `);
    expect(selfOf(covered)).toEqual({ web: 0, a: 8 });
    const point = link(`
      web         |
        web/a     [==]
    `);
    expect(selfOf(point)).toEqual({ web: 0, a: 3 });
  });

  test('what a client does not share with its server is gap, never self time', () => {
    const tree = link(`
      web           [============]
        web>cart     [=========]
          cart          [===]
    `);
    expect(selfOf(tree)).toEqual({ web: 3, 'call cart': 0, cart: 4 });
    expect(gapsOf(tree)).toEqual([['call cart', 'cart', 6]]);
  });

  test('clock skew does not change the gap', () => {
    const tree = link(`
      web>cart     [=========]
        cart                     [===]
    `);
    expect(gapsOf(tree)).toEqual([['call cart', 'cart', 6]]);
    expect(selfOf(tree)['call cart']).toBe(0);
  });

  test('several servers below one client count once where they overlap', () => {
    const tree = link(`
      web>cart     [===========]
        cart/a      [===]
        cart/b        [===]
        web/tls             [=]
    `);
    expect(gapsOf(tree)).toEqual([['call cart', 'a', 12 - 6 - 2]]);
  });

  test('a server longer than its client leaves no gap', () => {
    const tree = link(`
      web>cart     [==]
        cart        [======]
    `);
    expect(gapsOf(tree)).toEqual([['call cart', 'cart', 0]]);
  });

  test('a span that calls another service and works itself keeps its self time', () => {
    const tree = link(`
      web         [=======]
        web/a      [=]
        cart          [=]
    `);
    expect(selfOf(tree).web).toBe(4);
    expect(networkGaps(tree)).toEqual([]);
  });

  test('an unanswered client keeps its time', () => {
    expect(selfOf(link('web>redis  [===]'))).toEqual({ 'call redis': 4 });
  });

  test('an untimed span has no time, and its children belong to the span above', () => {
    const tree = link(`
      web         [======]
        web/a      [=?]
          web/b     [==]
    `);
    expect(selfOf(tree)).toEqual({ web: 4, a: 0, b: 3 });
  });

  test('self times of a serial trace add up to at most its wall time', () => {
    fc.assert(
      fc.property(serialSpans, (spans) => {
        const tree = linkTrace(spans);
        const total = selfTimes(tree).reduce((sum, ns) => sum + ns, 0);
        const gaps = networkGaps(tree).reduce((sum, { ns }) => sum + ns, 0);
        const root = tree.spans[tree.roots[0] ?? 0] as Span;
        expect(total + gaps).toBe(root.end - root.start);
      }),
    );
  });

  test('self time and gap are within the span, whatever the input', () => {
    fc.assert(
      fc.property(anySpans, (spans) => {
        const tree = linkTrace(spans);
        const own = selfTimes(tree);
        for (const { client, ns } of networkGaps(tree)) own[client] = (own[client] ?? 0) + ns;
        tree.spans.forEach((span, index) => {
          expect(own[index]).toBeGreaterThanOrEqual(0);
          expect(own[index]).toBeLessThanOrEqual(span.end - span.start);
        });
      }),
    );
  });
});

/** A trace whose spans never overlap a sibling or overrun a parent. */
const serialSpans: fc.Arbitrary<Span[]> = fc
  .array(
    fc.record({
      service: fc.constantFrom('a', 'b'),
      kind: fc.constantFrom<SpanKind>('client', 'server', 'internal'),
      ends: fc.nat(2),
      wait: fc.nat(5),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((steps) => {
    const spans: Span[] = [];
    const open: number[] = [];
    let now = 0;
    const close = () => {
      now += 1;
      const index = open.pop() ?? 0;
      spans[index] = { ...(spans[index] as Span), end: now as Nanos };
    };
    for (const { service, kind, ends, wait } of steps) {
      // The root stays open to the end.
      for (let n = 0; n < ends && open.length > 1; n += 1) close();
      now += wait;
      const parent = spans[open.at(-1) ?? -1];
      open.push(spans.length);
      spans.push({
        ...blank,
        spanId: spanId(spans.length + 1),
        parentId: parent?.spanId ?? null,
        service,
        kind,
        start: now as Nanos,
      });
    }
    while (open.length > 0) close();
    return spans;
  });
