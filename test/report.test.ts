/** Reports as pure functions: tables, sums, trees of drawn traces, graphs with cycles. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkTrace } from '../src/graph/index.ts';
import type { Log, ServiceEdge, ServiceGraph, Span, SpanId } from '../src/model.ts';
import { graphReports } from '../src/report/graph.ts';
import { plain, table, traceReports } from '../src/report/index.ts';
import { cellJson, jsonText } from '../src/report/json.ts';
import { markdownText } from '../src/report/markdown-text.ts';
import { partsOf } from '../src/report/parts.ts';
import { displayWidth } from '../src/text.ts';
import { draw, spanId } from './draw.ts';

const view = { columns: 80, style: plain };

test('parts of a sum, as shown, add up to the sum as shown', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }),
      (parts) => {
        const total = parts.reduce((sum, part) => sum + part, 0);
        const shown = partsOf(total, parts);
        expect(shown.reduce((sum, text) => sum + Math.round(Number(text) * 1_000), 0) + 0).toBe(
          Math.round(total * 1_000) + 0,
        );
        shown.forEach((text, at) => {
          expect(Math.abs(Number(text) - (parts[at] ?? 0))).toBeLessThan(0.0011);
        });
      },
    ),
  );
});

test('a table never is wider than asked, whatever is in it', () => {
  const cell = fc.string({ unit: 'grapheme', maxLength: 60 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }).chain((width) =>
        fc.record({
          titles: fc.array(cell, { minLength: width, maxLength: width }),
          rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 6 }),
        }),
      ),
      fc.integer({ min: 40, max: 120 }),
      ({ titles, rows }, columns) => {
        const lines = table(
          titles.map((title) => ({ title })),
          rows,
          columns,
          plain,
        );
        expect(Math.max(0, ...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
      },
    ),
  );
});

test('JSON text means the same and holds nothing that acts on a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(JSON.parse(jsonText(text))).toBe(text);
      expect(jsonText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
  expect(cellJson(2n ** 60n)).toBe('1152921504606846976');
});

test('Markdown text is text', () => {
  expect(markdownText('a|b `c` <b>*d*</b> [e](f) #1 @team\n# x')).toBe(
    'a\\|b \\`c\\` &lt;b&gt;\\*d\\*&lt;/b&gt; \\[e\\](f) &#35;1 &#64;team &#35; x',
  );
});

describe('trace', () => {
  const dataOf = (spans: readonly Span[], logs: readonly Log[] = []) => ({
    epochNs: '1750000000000000000',
    tree: linkTrace(spans),
    logs,
    skew: [],
  });
  const log: Log = {
    id: 'l1',
    time: null,
    service: 'cart',
    instance: null,
    severity: 17,
    severityText: '',
    eventName: '',
    body: 'cannot reach\nredis',
    traceId: null,
    spanId: spanId(3),
    label: null,
    attributes: {},
  };

  test('is a tree with the critical path in its glyphs', async () => {
    const spans = draw(`
      web/checkout     [==================!]
        auth/check       [===]
        cart/add         [===========!]
          cart>redis         [======!]
      ~lost/batch          [====]
    `);
    const failed = spans.map((span) =>
      span.service === 'cart' ? { ...span, statusMessage: 'no \x1b[2J answer' } : span,
    );
    const text = traceReports.tree(dataOf(failed, [log]), view);
    expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(80);
    await expect(text).toMatchFileSnapshot('golden/trace.txt');
  });

  test('any depth, a cycle and no time at all are shown', () => {
    const chain = draw(
      Array.from(
        { length: 40 },
        (_, at) => `${' '.repeat(at)}s${at}/op${' '.repeat(60 - at)}[====]`,
      ).join('\n'),
    );
    const text = traceReports.tree(dataOf(chain), view);
    expect(text).toContain('⋮39 ');
    expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(80);

    const [a, b] = draw(`
      a/x  [===]
        a/y [=]
    `) as [Span, Span];
    const cyclic = { ...a, parentId: b.spanId as SpanId };
    expect(traceReports.tree(dataOf([cyclic, b]), view)).toContain('(cycle cut)');
    const untimed = { ...a, timed: false };
    const { data } = JSON.parse(traceReports.json(dataOf([untimed])));
    expect(data).toMatchObject({
      start: null,
      durationMs: null,
      spans: [{ start: null, selfMs: null }],
    });
    expect(traceReports.tree(dataOf([untimed]), view)).toContain('no usable time');
  });
});

describe('graph', () => {
  const edge = (caller: string, callee: string, more: Partial<ServiceEdge> = {}): ServiceEdge => ({
    caller,
    callee,
    via: 'call',
    calls: 12,
    errors: 0,
    unanswered: 0,
    unansweredErrors: 0,
    p50Ns: 1e6,
    p95Ns: 2.5e6,
    p99Ns: 3e6,
    ...more,
  });
  const graphOf = (
    edges: readonly ServiceEdge[],
    unobserved: readonly string[] = [],
  ): ServiceGraph => ({
    nodes: [...new Set(edges.flatMap(({ caller, callee }) => [caller, callee]))]
      .sort()
      .map((service) => ({
        service,
        observed: !unobserved.includes(service),
        spans: 1,
        errors: 0,
        instances: [],
        aliases: [],
        kind: 'service',
      })),
    edges,
    aliases: {},
    unresolvedCalls: 0,
    unresolvedLinks: 0,
  });

  test('is a tree in which cycles are cut and the silent are marked', async () => {
    const graph = graphOf(
      [
        edge('web', 'cart', { errors: 3 }),
        edge('web', 'auth'),
        edge('cart', 'redis', { errors: 12, p95Ns: null }),
        edge('cart', 'mail', { via: 'messaging' }),
        edge('mail', 'cart'),
        edge('auth', 'cart'),
        edge('ping', 'pong'),
        edge('pong', 'ping'),
      ],
      ['redis'],
    );
    await expect(graphReports.tree(graph, view)).toMatchFileSnapshot('golden/graph.txt');
    await expect(graphReports.dot(graph)).toMatchFileSnapshot('golden/graph.dot');
    await expect(graphReports.mermaid(graph)).toMatchFileSnapshot('golden/graph.mermaid');
  });

  test('names cannot leave their quotes', () => {
    const evil = 'a"] -->|x| \\" <script>`;\nend';
    const graph = graphOf([edge(evil, 'b')]);
    expect(graphReports.dot(graph)).toContain('[label="a\\"] -->|x| \\\\\\" <script>`; end"]');
    expect(graphReports.mermaid(graph)).toContain(
      '["a#34;#93; --#62;#124;x#124; #92;#34; #60;script#62;#96;#59; end"]',
    );
  });
});
