/** The waterfall and the trace list, without a terminal: folding, jumping, filtering, hostile text. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkTrace } from '../src/graph/index.ts';
import type { SkewPair, Span, SpanId, TraceId, TraceLine } from '../src/model.ts';
import { nanos } from '../src/model.ts';
import { displayWidth } from '../src/text.ts';
import { type Line, widthOf } from '../src/tui/line.ts';
import { plainText } from '../src/tui/paint.ts';
import { trace } from '../src/tui/screens/trace.ts';
import type { TraceState } from '../src/tui/screens/trace-state.ts';
import { traces } from '../src/tui/screens/traces.ts';
import { column, draw, spanId } from './draw.ts';

const narrow = { columns: 80, rows: 18 };

const opened = (
  spans: readonly Span[],
  at: SpanId | null = null,
  area = narrow,
  skew: readonly SkewPair[] = [],
): TraceState =>
  trace.init(
    {
      data: { epochNs: '1750000000000000000', tree: linkTrace(spans), logs: [], skew },
      spanId: at,
    },
    area,
  );

const pressed = (state: TraceState, ...actions: readonly string[]): TraceState =>
  actions.reduce((now, action) => trace.update(now, action as never, narrow).state, state);

/** Throws if traces cannot be filtered. */
const searched = (state: TraceState, text: string): TraceState =>
  trace.filtered?.(state, text, narrow) ?? fail();
const fail = (): never => {
  throw new Error('no filter');
};

const shown = (lines: readonly Line[]): readonly string[] => lines.map((one) => plainText(one));
const view = (state: TraceState, area = narrow): readonly string[] =>
  shown(trace.View(state, area)).filter((text) => text !== '');

const shop = `
  web/checkout  [===================]
    cart/read    [==]
    cart/read        [==]
    cart/read            [=!]
      db/select            []
    pay/charge               [====]
    log/write      []
`;

describe('waterfall', () => {
  test('glyphs tell the critical path, repeated siblings are one row', () => {
    expect(view(opened(draw(shop))).slice(0, 5)).toEqual([
      ' operation 1/4               service         total     self 0              20 ms',
      '▸▾ checkout                  web             20 ms     0 ms █▓▓▓█▓▓▓█▓▓▓█▓▓▓▓▓██',
      ' ├▸ ×3 ✗1 read               cart             9 ms     6 ms  ███ ███ ██▓',
      ' ├─ write                    log              1 ms     1 ms    ░',
      ' └─ charge                   pay              5 ms     5 ms              █████',
    ]);
  });

  test('a group opens and closes, and so does a span', () => {
    const group = pressed(opened(draw(shop)), 'down');
    expect(view(group).join('\n')).not.toContain('select');
    const open = pressed(group, 'unfold');
    expect(view(open).join('\n')).toContain('select');
    expect(open.rows).toHaveLength(8);
    expect(pressed(open, 'fold').rows).toHaveLength(4);
    expect(pressed(opened(draw(shop)), 'fold').rows).toHaveLength(1);
    expect(pressed(opened(draw(shop)), 'fold', 'unfold').rows).toHaveLength(4);
    expect(pressed(opened(draw(shop)), 'groups').rows).toHaveLength(8);
  });

  test('what was left folded is folded again, but for what it is opened at', () => {
    const left = pressed(opened(draw(shop)), 'down', 'unfold', 'down', 'down', 'down', 'fold');
    const { kept } = trace.leaves?.(left) ?? fail();
    const again = (at: SpanId | null) => trace.returned?.(opened(draw(shop), at), kept, narrow);
    expect(again(null)?.rows).toEqual(left.rows);
    expect(left.rows).toHaveLength(7);
    const aimed = again(spanId(5)) ?? fail();
    expect(aimed.model.nodes[aimed.rows[aimed.list.at]?.at ?? -1]?.span.name).toBe('select');
    const every = pressed(opened(draw(shop)), 'groups');
    expect(trace.leaves?.(every).kept).toMatchObject({ opened: 'all' });
    expect(trace.leaves?.(opened(draw(shop))).kept).toBeNull();
  });

  describe('Enter', () => {
    const wide = { columns: 130, rows: 30 };
    const led = (state: TraceState, ...actions: readonly string[]): TraceState =>
      actions.reduce((now, action) => trace.update(now, action as never, wide).state, state);
    const text = (state: TraceState) =>
      trace
        .View(state, wide)
        .map((one) => plainText(one))
        .join('\n');

    test('shows the span alone, also where a pane stands beside the waterfall; close leads back', () => {
      const begun = opened(draw(shop), null, wide);
      const shown = led(begun, 'open');
      expect(text(begun)).toContain('operation 1/');
      expect(text(shown)).not.toContain('operation 1/');
      expect(text(shown)).toContain('web');
      expect(trace.closable?.(shown)).toBe(true);
      expect(text(led(shown, 'close'))).toBe(text(begun));
    });

    test('Tab goes to the pane, Enter from there to the span alone', () => {
      const pane = led(opened(draw(shop), null, wide), 'pane');
      expect(text(pane)).toContain('operation 1/');
      expect(text(led(pane, 'open'))).not.toContain('operation 1/');
    });
  });

  test('clocks that differ by less than a cell of the bars are not spoken of', () => {
    const picture = `
      web/checkout  [============================================================]
        cart/read        [==]
    `;
    const skew = [{ from: 'web', to: 'cart', ns: -column, pairs: 3 }];
    const state = opened(draw(picture), null, narrow, skew);
    expect(trace.crumb?.(state)).not.toContain('clocks');
    expect(state.clocks).not.toBeNull();
    const next = trace.update(state, 'clocks', narrow);
    expect(next.say).toContain('times corrected by about');
    expect(trace.crumb?.(next.state)).toContain('times corrected by about');
  });

  describe('clocks that differ', () => {
    // The clock of cart is 8 ms ahead of web's.
    const late = `
      web/checkout  [===================]
        cart/read                [==]
          db/select               [!]
        cart/read                    [==]
        cart/read                        [==]
        pay/charge        [==]
    `;
    const skew = [{ from: 'web', to: 'cart', ns: -8 * column, pairs: 3 }];
    const begun = () => opened(draw(late), null, narrow, skew);
    const starts = ({ model }: TraceState) =>
      model.nodes.map(({ span }) => `${span.name} ${span.start / column}`);

    test('a key shows their times corrected, and as recorded again', () => {
      const recorded = ['checkout 0', 'charge 6', 'read 13', 'select 14', 'read 17', 'read 21'];
      const corrected = ['checkout 0', 'read 5', 'select 6', 'read 9', 'read 13', 'charge 6'];
      expect(starts(begun())).toEqual(recorded);
      expect(starts(pressed(begun(), 'clocks'))).toEqual(corrected);
      expect(starts(pressed(begun(), 'clocks', 'clocks'))).toEqual(recorded);
    });

    test('heading and foot say which of the two is shown', () => {
      expect(trace.crumb?.(begun())).toContain('clocks differ by about 8 ms: ~ corrects');
      expect(view(begun()).at(-1)).toContain('~ as recorded: clocks differ by 8 ms');
      const { state, say } = trace.update(begun(), 'clocks', narrow);
      expect(trace.crumb?.(state)).toContain('times corrected by about 8 ms: ~ shows as recorded');
      expect(view(state).at(-1)).toContain('~ corrected: clocks differ by 8 ms');
      expect(say).toContain('times corrected');
    });

    test('the cursor stays on its span, what is open stays open', () => {
      const open = pressed(begun(), 'down', 'down', 'unfold', 'down', 'down');
      const under = ({ rows, list, model }: TraceState) =>
        model.nodes[rows[list.at]?.at ?? -1]?.span.spanId;
      const other = pressed(open, 'clocks');
      expect(other.rows).toHaveLength(open.rows.length);
      expect(under(open)).toBe(spanId(3));
      expect(under(other)).toBe(spanId(3));
    });

    test('where they agree nothing is said of them', () => {
      const others = [{ from: 'a', to: 'b', ns: 5, pairs: 3 }];
      const state = opened(draw(late), null, narrow, others);
      expect(trace.crumb?.(state)).not.toContain('clocks');
      expect(view(state).join('\n')).not.toContain('recorded');
      const next = trace.update(state, 'clocks', narrow);
      expect(next.say).toContain('no clocks');
      expect(next.state).toBe(state);
    });
  });

  test('the next error is found within what is folded', () => {
    const found = pressed(opened(draw(shop)), 'next-error');
    const row = found.rows[found.list.at];
    expect(found.model.nodes[row?.at ?? -1]?.span).toMatchObject({ name: 'read', status: 'error' });
    const { say, state } = trace.update(found, 'next-error', narrow);
    expect(say).toContain('no further');
    expect(state.list).toEqual(found.list);
  });

  test('opened at a span it shows it, whatever is above it', () => {
    const state = opened(draw(shop), spanId(5));
    const row = state.rows[state.list.at];
    expect(state.model.nodes[row?.at ?? -1]?.span.name).toBe('select');
    expect(view(state).join('\n')).toContain(`span ${spanId(5)}`);
  });

  test('a filter keeps what is above its hits, Esc brings all back', () => {
    const state = searched(opened(draw(shop)), 'SELECT');
    expect(state.rows.map(({ at }) => state.model.nodes[at]?.span.name)).toEqual([
      'checkout',
      'read',
      'select',
    ]);
    expect(searched(state, '').rows).toHaveLength(4);
    expect(view(searched(state, 'nothing')).join()).toContain('no span passes');
  });

  test.each([
    ['service=db', ['checkout', 'read', 'select']],
    ['service=pay OR name=writ*', ['checkout', 'write', 'charge']],
    ['dur>=5ms -service=web', ['checkout', 'charge']],
    ['status=error', ['checkout', 'read']],
    ['self>4ms dur<1s', ['checkout', 'charge']],
    ['@order.id=7', ['checkout', 'charge']],
  ])('the filter language: %s', (filter, expected) => {
    const spans = draw(shop).map((span) =>
      span.service === 'pay' ? { ...span, attributes: { 'order.id': 7 } } : span,
    );
    const state = searched(opened(spans), filter);
    expect(state.rows.map(({ at }) => state.model.nodes[at]?.span.name)).toEqual(expected);
  });

  test.each([
    ['dur>5', 'a duration has a unit'],
    ['colour=red', 'no column is called colour'],
  ])('the filter %s says why it is none, and what was listed stays', (filter, problem) => {
    const before = searched(opened(draw(shop)), 'service=db');
    const state = searched(before, filter);
    expect(view(state)[0]).toContain(problem);
    expect(state.rows).toEqual(before.rows);
    expect(view(searched(state, 'service=db'))[0]).toContain('operation');
  });

  test('keys of the waterfall are offered only where it is seen', () => {
    const keys = ['pane', 'fold', 'groups', 'inline'];
    const offers = (state: TraceState) => (key: string) =>
      trace.offers?.(state, key as never) !== false;
    const begun = opened(draw(shop));
    expect(keys.filter(offers(begun))).toEqual(keys);
    expect(keys.filter(offers(pressed(begun, 'view')))).toEqual([]);
    const alone = pressed(begun, 'open');
    expect(['fold', 'groups', 'path', 'view', 'logs'].filter(offers(alone))).toEqual(['logs']);
    expect(trace.offers?.(alone, 'open')).toBe('waterfall');
  });

  test('only the critical path', () => {
    const state = pressed(opened(draw(shop)), 'path');
    expect(state.rows.map(({ at }) => state.model.nodes[at]?.span.name)).not.toContain('write');
  });

  test('orphans and spans without times are told as such', () => {
    const text = view(
      opened(
        draw(`
          web/a   [====]
            web/b  [=?]
          ~db/c    [==]
        `),
      ),
    ).join('\n');
    expect(text).toContain('(orphan) c');
    expect(text).toMatch(/b +web +\? +\?/);
  });

  test('a deep chain is drawn without recursion, its names readable', () => {
    const [first] = draw('web/a [=]');
    const spans = Array.from({ length: 20_000 }, (_, at) => ({
      ...(first as Span),
      spanId: spanId(at + 1),
      parentId: at === 0 ? null : spanId(at),
      name: `step ${at}`,
    }));
    const state = opened(spans, spanId(20_000));
    expect(view(state).join('\n')).toContain('⋮19999');
    expect(view(state).join('\n')).toContain('step 19999');
  });
});

describe('other views', () => {
  const seen = (state: TraceState, area = { columns: 120, rows: 18 }): readonly string[] =>
    view(state, area).map((text) => text.replace(/ {2,}/g, '  ').trim());

  test('flame: calls of one name below one caller are one row, as wide as they took', () => {
    const flame = pressed(opened(draw(shop)), 'view');
    expect(flame.view).toBe('flame');
    const rows = seen(flame).slice(2);
    expect(rows.map((text) => text.replace(/ *█+$/, ''))).toEqual([
      '▸checkout  web  20 ms  0 ms',
      '✗ read ×3  cart  9 ms  6 ms',
      'select  db  1 ms  1 ms',
      'charge  pay  5 ms  5 ms',
      'write  log  1 ms  1 ms',
    ]);
    const width = (row: number): number => /█*$/.exec(rows[row] ?? '')?.[0].length ?? 0;
    expect([width(0), width(1), width(3)]).toEqual([40, 18, 10]);
  });

  test('stats: by self time or any column; Enter shows the longest span in the waterfall', () => {
    const stats = pressed(opened(draw(shop)), 'view', 'view');
    expect(stats.view).toBe('stats');
    const names = (state: TraceState): readonly unknown[] | undefined =>
      state.listing?.ats.map((at) => state.model.nodes[at]?.span.name);
    expect(names(stats)).toEqual(['read', 'charge', 'select', 'write', 'checkout']);
    expect(names(pressed(stats, 'sort-right'))?.[0]).toBe('charge');
    const shown = pressed(stats, 'open');
    expect(shown).toMatchObject({ view: 'waterfall', listing: null });
    expect(shown.model.nodes[shown.rows[shown.list.at]?.at ?? -1]?.span.name).toBe('read');
    expect(pressed(stats, 'view').view).toBe('waterfall');
    expect(names(searched(stats, 'charge'))).toEqual(['charge', 'checkout']);
  });

  test('outline: what an agent did, in time; its tokens are those of its requests, told once', () => {
    const spans = draw(
      `
        app/answer    [===================]
          app/plan      [=======]
            app/ask       [==]
              llm/serve     []
            app/find          [=]
          app/sum                [====]
      `,
      {
        set: {
          'app/plan': {
            attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'planner' },
          },
          'app/ask': { attributes: chatWith(100, 7) },
          'llm/serve': { attributes: chatWith(100, 7) },
          'app/find': { attributes: { 'gen_ai.tool.name': 'search' } },
          'app/sum': { attributes: { ...chatWith(50, 3), 'gen_ai.usage.cost': 0.002 } },
        },
      },
    );
    const outline = pressed(opened(spans), 'view');
    expect(outline.view).toBe('outline');
    expect(seen(outline)[0]).toContain(
      '3 of models, 1 of tools, 0 failed · 150 tokens in, 10 out, $0.0020 (1 of 2 requests)',
    );
    const free = pressed(
      opened(draw('app/ask [==]', { set: { 'app/ask': { attributes: chatWith(5, 1) } } })),
      'view',
    );
    expect(seen(free)[0]).toContain('5 tokens in, 1 out, cost not recorded');
    expect(seen(outline).slice(2)).toEqual([
      '▸plan  agent  planner  100  7  –  8 ms',
      'ask  model  app  100  7  –  3 ms',
      'serve  model  llm  100  7  –  1 ms',
      'find  tool  app  –  2 ms',
      'sum  model  app  50  3  $0.0020  5 ms',
    ]);
  });

  const chatWith = (input: number, output: number): Span['attributes'] => ({
    'gen_ai.operation.name': 'chat',
    'gen_ai.usage.input_tokens': input,
    'gen_ai.usage.output_tokens': output,
  });

  test('ranks: each phase of a training step, and who was the slowest', () => {
    const spans = draw(`
      run/step       [===========]
        train/forward  [==]
        train/forward  [====]
        train/forward  [==]
        train/reduce          [==]
        train/reduce          [==]
    `);
    let next = 0;
    const ranked = spans.map((span) =>
      span.service === 'run' ? span : { ...span, attributes: { rank: next++ % 3, step: 7 } },
    );
    const ranks = pressed(opened(ranked), 'view');
    expect(ranks.view).toBe('ranks');
    expect(seen(ranks)[0]).toContain('this trace is one step (7)');
    expect(view(opened(ranked)).join('\n')).toContain('─ rank 1 reduce');
    expect(view(opened(ranked)).join('\n')).toContain('▸ ×3 ranks 0–2 forward');
    expect(seen(ranks)[2]).toMatch(/^▸7 {2}forward {2}3 ms {2}5 ms {2}1 {2}×1.67 /);
    const at = ranks.listing?.ats[0] ?? -1;
    expect(ranks.model.nodes[at]?.span.attributes).toMatchObject({ rank: 1 });
  });
});

test('detail: everything recorded, nothing raw', () => {
  const nasty = '\x1b]0;pwned\x07\x9b31m\u202e\u200b';
  const spans = draw('web/a [==!]', {
    set: {
      'web/a': {
        statusMessage: `bad ${nasty}`,
        attributes: { [`key ${nasty}`]: `value ${nasty} ${'x'.repeat(1_000_000)}` },
        resource: { 'service.name': 'web' },
      },
    },
  });
  const lines = trace.View(pressed(opened(spans), 'open'), { columns: 80, rows: 60 });
  const text = shown(lines).join('\n');
  expect(text).toContain('✗ error: bad \\x1b]0;pwned\\x07');
  expect(text).toContain('service.name web');
  expect(text).toContain(spanId(1));
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

describe('trace list', () => {
  const of = (at: number, change: Partial<TraceLine> = {}): TraceLine => ({
    traceId: at.toString(16).padStart(32, '0') as TraceId,
    rootService: 'web',
    rootName: `GET /${at}`,
    start: nanos(at * 1e9),
    duration: at * 1e6,
    spans: 3,
    errors: 0,
    services: 2,
    failed: false,
    label: null,
    ...change,
  });
  const list = traces.init(
    { epochNs: '0', traces: [of(1), of(2, { failed: true }), of(3), of(4, { duration: null })] },
    narrow,
  );
  const names = (state: typeof list): readonly string[] => state.shown.map((one) => one.rootName);
  const did = (state: typeof list, ...actions: readonly string[]) =>
    actions.reduce((now, action) => traces.update(now, action as never, narrow).state, state);

  test('failed first, then the slowest; any column, both ways', () => {
    expect(names(list)).toEqual(['GET /2', 'GET /3', 'GET /1', 'GET /4']);
    expect(names(did(list, 'sort-right'))).toEqual(['GET /1', 'GET /2', 'GET /3', 'GET /4']);
    expect(names(did(list, 'sort-right', 'reverse'))[0]).toBe('GET /4');
    expect(names(did(list, 'sort-left'))[0]).toBe('GET /3');
  });

  test('a filter keeps the cursor on its trace', () => {
    const third = did(list, 'down');
    const filtered = traces.filtered?.(third, 'get /3', narrow) as typeof list;
    expect(names(filtered)).toEqual(['GET /3']);
    const back = traces.filtered?.(filtered, '', narrow) as typeof list;
    expect(back.shown[back.list.at]?.rootName).toBe('GET /3');
    expect(shown(traces.View(filtered, narrow))[0]).toContain('1 of 4 traces');
  });

  test('e finds the next failed one, Enter opens it', () => {
    const at = did(list, 'bottom', 'previous-error');
    expect(at.shown[at.list.at]?.failed).toBe(true);
    expect(traces.update(at, 'open', narrow).go).toEqual({
      screen: 'trace',
      traceId: of(2).traceId,
      spanId: null,
    });
  });

  test('says so when there is none', () => {
    const empty = traces.init({ epochNs: '0', traces: [] }, narrow);
    expect(shown(traces.View(empty, narrow)).join()).toContain('holds no trace');
  });
});

test('any area, any keys: within the area, and never a control character', () => {
  const actions = [
    ...trace.bindings.map(({ action }) => action),
    'down',
    'bottom',
    'half-up',
    'top',
  ];
  const spans = draw(shop, {
    set: { 'pay/charge': { name: '世界 🙂 \x1b[31m', service: '支払い' } },
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 58, max: 200 }),
      fc.integer({ min: 10, max: 55 }),
      fc.array(fc.constantFrom(...actions), { maxLength: 12 }),
      (columns, rows, keys) => {
        let state = opened(spans);
        for (const key of keys) {
          state = trace.update(state, key as never, { columns, rows }).state;
          const lines = trace.View(state, { columns, rows });
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const one of lines) {
            expect(widthOf(one)).toBeLessThanOrEqual(columns);
            expect(displayWidth(plainText(one))).toBeLessThanOrEqual(columns);
            expect(plainText(one)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
          }
        }
      },
    ),
  );
});
