import { describe, expect, test } from 'vitest';
import { localLatency } from '../src/diagnose/detectors/local-latency.ts';
import type { Nanos, Span } from '../src/model.ts';
import {
  type DrawnCase,
  earlier,
  featuresOf,
  later,
  many,
  minute,
  noisy,
  type Trace,
} from './case.ts';

const rows = (drawing: DrawnCase) => [...localLatency.detect(featuresOf(drawing))];
const found = (drawing: DrawnCase) =>
  rows(drawing).map(({ kind, service, entity }) => `${kind} ${service} ${entity}`);

/** Web asks cart and stock one after the other, api asks cart; ms before and in the callee. */
interface Times {
  readonly cart?: number;
  readonly stock?: number;
  readonly api?: number;
  readonly stockOwn?: number;
}
const bar = (ms: number): string => `[${'='.repeat(ms - 1)}]`;

function webTrace({ cart = 4, stock = 4, stockOwn = 5 }: Times): string {
  const second = cart + 7;
  return [
    `web/GET      ${bar(cart + stock + stockOwn + 20)}`,
    `  web>cart    ${bar(cart + 5)}`,
    `    cart/get  ${' '.repeat(cart)}${bar(5)}`,
    `  web>stock   ${' '.repeat(second)}${bar(stock + stockOwn)}`,
    `    stock/get ${' '.repeat(second + stock)}${bar(stockOwn)}`,
  ].join('\n');
}
function apiTrace({ api = 4 }: Times): string {
  return [
    `api/GET      ${bar(api + 14)}`,
    `  api>cart    ${bar(api + 5)}`,
    `    cart/get  ${' '.repeat(api)}${bar(5)}`,
  ].join('\n');
}
const traffic = (draw: typeof earlier, times: Times, seed: number): readonly Trace[] => [
  ...draw(webTrace(times), 60, { vary: noisy(seed) }),
  ...draw(apiTrace(times), 60, { vary: noisy(seed + 1) }),
];
const between = (before: Times, during: Times): DrawnCase => ({
  baseline: traffic(earlier, before, 1),
  incident: traffic(later, during, 3),
});

describe('local latency', () => {
  test('a way that all of its callers find slow is the trouble of the callee', () => {
    expect(found(between({}, { cart: 40, api: 40 }))).toEqual(['network-gap cart edge:api->cart']);
  });

  test('where all ways from one caller are slow and others reach the callee, it is the caller', () => {
    expect(found(between({}, { cart: 40, stock: 40 }))).toEqual(['network-gap web edge:web->cart']);
  });

  test('own time is the own of the operation, and nobody else is named', () => {
    const drawing = between({}, { stockOwn: 45 });
    expect(found(drawing)).toEqual(['self-time stock operation:stock/get']);
    const [row] = rows(drawing);
    expect(row?.effect.baseline).toBeCloseTo(5.1, 0);
    expect(row?.effect.incident).toBeCloseTo(45.7, 0);
    expect(row?.strength).toBeGreaterThan(0.9);
    expect(row?.summary).toMatch(
      /^get itself took 4\d(\.\d)? ms and more in one of four, 5(\.\d+)? ms before$/,
    );
  });

  /** Web asks money; checkout asks it as well, by a client that makes no spans. */
  const hidden = (draw: typeof earlier, way: number, convert: number): readonly Trace[] => [
    ...draw(
      [
        `web/GET      ${bar(way + 20)}`,
        `  web>money    ${bar(way + 5)}`,
        `    money/get  ${' '.repeat(way)}${bar(5)}`,
      ].join('\n'),
      60,
      { vary: noisy(way) },
    ),
    ...draw(
      [`checkout/POST      ${bar(convert + 30)}`, `  checkout/convert ${bar(convert)}`].join('\n'),
      60,
      { vary: noisy(convert + 1) },
    ),
  ];
  test('a call without a span of its own is the way that others are seen to take', () => {
    const baseline = hidden(earlier, 20, 20);
    expect(found({ baseline, incident: hidden(later, 120, 120) })).toEqual([
      'network-gap money edge:web->money',
    ]);
    expect(found({ baseline, incident: hidden(later, 120, 260) })).toEqual([
      'network-gap money edge:web->money',
      'self-time checkout operation:checkout/convert',
    ]);
  });

  test('six late calls of one request are one observation', () => {
    const asking = (ways: readonly number[]): string => {
      let at = 0;
      const calls = ways.map((ms) => {
        const from = ' '.repeat(at);
        at += ms + 8;
        return `  web>seat     ${from}${bar(ms + 5)}\n    seat/get   ${from}${' '.repeat(ms)}${bar(5)}`;
      });
      return [`web/GET      ${bar(at + 10)}`, ...calls].join('\n');
    };
    const steady = (draw: typeof earlier, seed: number): readonly Trace[] =>
      draw(asking([4, 4, 4, 4, 4, 4]), 20, { vary: noisy(seed) });
    const uneven = asking([12, 30, 6, 23, 9, 27]);
    const late = many(uneven, { count: 2, minutes: [14.95, 15], vary: noisy(9) });
    expect(
      found({ baseline: steady(earlier, 1), incident: [...steady(later, 2), ...late] }),
    ).toEqual([]);
  });

  test('a rare call that is slow at the end alone, and when that began', () => {
    const slow = many(webTrace({ stock: 300 }), { count: 8, minutes: [14, 15], vary: noisy(7) });
    const { baseline = [], incident = [] } = between({}, {});
    const drawing = { baseline, incident: [...incident, ...slow] };
    expect(found(drawing)).toEqual(['network-gap stock edge:web->stock']);
    const [row] = rows(drawing);
    expect(row?.firstSeen).toBeGreaterThan(13.5 * minute);
    expect(row?.effect.incident).toBeGreaterThan(290);
  });

  test('twice as slow everywhere is no place', () => {
    const slower = (trace: Trace): Trace =>
      trace.map((span) => {
        const [root] = trace as readonly [Span, ...Span[]];
        const scaled = (time: Nanos) => (root.start + 2 * (time - root.start)) as Nanos;
        return { ...span, start: scaled(span.start), end: scaled(span.end) };
      });
    const { baseline = [], incident = [] } = between({}, {});
    expect(found({ baseline, incident: incident.map(slower) })).toEqual([]);
  });

  test('what requests hardly feel counts little, and less is left out', () => {
    const long = (own: number): string =>
      [`web/GET     ${bar(200)}`, `  web>cart   ${bar(own + 4)}`, `    cart/get  ${bar(own)}`].join(
        '\n',
      );
    const strengths = (own: number) =>
      rows({
        baseline: earlier(long(6), 60, { vary: noisy(1) }),
        incident: later(long(own), 60, { vary: noisy(2) }),
      }).map(({ kind, service, strength }) => [kind, service, Number(strength.toFixed(2))]);
    expect(strengths(18)).toEqual([['self-time', 'cart', 0.12]]);
    expect(strengths(7)).toEqual([]);
  });

  test('calls that wait together say little: a burst of a few seconds is no fault', () => {
    const waits = Array.from({ length: 24 }, (_, at) => 4 + 30 * (12 - Math.abs(at - 12)));
    const burst = (from: number, to: number) =>
      waits.flatMap((cart, at) => {
        const begin = from + (at / waits.length) * (to - from);
        return many(webTrace({ cart }), { count: 1, minutes: [begin, begin], vary: noisy(at) });
      });
    const { baseline = [], incident = [] } = between({}, {});
    const during = (rest: readonly Trace[]) =>
      found({ baseline, incident: [...incident, ...rest] });
    expect(during(burst(15.6, 16))).toEqual([]);
    // One by one as slow, over three minutes: that lasts.
    const shuffled = waits.map((_, at) => waits[(at * 7) % 24] ?? 0);
    const spread = shuffled.flatMap((cart, at) => {
      const begin = 13 + at / 8;
      return many(webTrace({ cart }), { count: 1, minutes: [begin, begin], vary: noisy(at) });
    });
    expect(during(spread)).toEqual(['network-gap cart edge:web->cart']);
  });

  test('a gateway to a model that others serve takes no time to infer', () => {
    const asked = (own: number): string =>
      [`gate/chat    ${bar(own + 30)}`, `  gate>llm     ${bar(30)}`].join('\n');
    const chat = { attributes: { 'url.path': '/v1/chat/completions' } };
    const set = { 'gate/chat': chat, 'gate>llm': chat };
    const { baseline = [], incident = [] } = between({}, {});
    const kinds = (only: Record<string, typeof chat>) =>
      rows({
        baseline: [...baseline, ...earlier(asked(8), 60, { vary: noisy(1), set: only })],
        incident: [...incident, ...later(asked(80), 60, { vary: noisy(2), set: only })],
      }).map(({ kind, service }) => `${kind} ${service}`);
    expect(kinds(set)).toEqual(['self-time gate']);
    expect(kinds({ 'gate/chat': chat })).toEqual(['self-time gate', 'inference-time gate']);
  });

  test('nothing is said of traces that were chosen for being slow', () => {
    const unlabelled = [
      ...many(webTrace({}), { count: 60, minutes: [0, 8], vary: noisy(1) }),
      ...many(webTrace({ cart: 90 }), { count: 8, minutes: [0, 8], vary: noisy(2) }),
    ];
    expect(featuresOf({ unlabelled }).plan.cohortBy.how).toBe('health');
    expect(found({ unlabelled })).toEqual([]);
  });
});
