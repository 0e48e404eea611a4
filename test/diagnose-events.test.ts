import { describe, expect, test } from 'vitest';
import { eventTransitions } from '../src/diagnose/detectors/event-transitions.ts';
import { numberings, runOf } from '../src/diagnose/executions.ts';
import type { Features, SampledTrace, Span } from '../src/model.ts';
import { impactText } from '../src/report/wording.ts';
import { diagnosisOf, earlier, featuresOf, later, logging, namesOf, type Trace } from './case.ts';

type Set = Readonly<Record<string, Partial<Span>>>;

const found = (baseline: readonly Trace[], incident: readonly Trace[]) =>
  [...eventTransitions.detect(featuresOf({ baseline, incident }))].map(
    ({ kind, entity }) => `${kind} ${entity}`,
  );
const rows = (baseline: readonly Trace[], incident: readonly Trace[]) => [
  ...eventTransitions.detect(featuresOf({ baseline, incident })),
];

const order = `
  order/Place      [===================]
    order>stock       [=======]
      stock/Get         [===]
    order>pay                   [====]
      pay/Charge                  [=]
`;
const saying = (stock: readonly (readonly [number, string])[], rest: Set = {}): Set => ({
  'order/Place': logging([1, 'placing'], [17, 'placed']),
  'stock/Get': logging(...stock),
  ...rest,
});
const whole = saying([
  [1, 'found'],
  [2, 'reserved'],
]);
const cut = saying([[1, 'found']]);

describe('the order of events', () => {
  const trace = (features: Features): SampledTrace => features.sample[0] as SampledTrace;

  test('what a call did stands between the call and what came after it', () => {
    const features = featuresOf({ unlabelled: earlier(order, 1, { set: whole }) });
    const numbers = numberings();
    const { steps, trace: of } = runOf(trace(features), features.graph, numbers);
    const told = steps.map(({ execution: { span, events }, place }) => {
      const text = (event: number | undefined) => numbers.events.textOf(event ?? -1);
      const own = of.tree.spans[span] as Span;
      return `${own.service}: ${text(events[place - 1])} > ${text(events[place])}`;
    });
    expect(told).toEqual([
      'order: its start > “placing”',
      'order: “placing” > call stock to stock',
      'order: its start > Get to stock',
      'stock: its start > “found”',
      'stock: “found” > “reserved”',
      'stock: “reserved” > its end',
      'order: Get to stock > its end',
      'order: call stock to stock > call pay to pay',
      'order: its start > Charge to pay',
      'pay: its start > its end',
      'order: Charge to pay > its end',
      'order: call pay to pay > “placed”',
      'order: “placed” > its end',
    ]);
  });

  test('an operation is told apart by the operation of another service that asked for it', () => {
    const features = featuresOf({ unlabelled: earlier(order, 1) });
    const numbers = numberings();
    const { executions } = runOf(trace(features), features.graph, numbers);
    expect(executions.map(({ context }) => numbers.contexts.textOf(context))).toEqual([
      '["order","Place"]',
      '["order","call stock"]',
      '["stock","Get","order","Place"]',
      '["order","call pay"]',
      '["pay","Charge","order","Place"]',
    ]);
  });
});

describe('event-transitions', () => {
  test('one statement that stops is enough', () => {
    const incident = [...later(order, 30, { set: whole }), ...later(order, 20, { set: cut })];
    const [row, ...others] = rows(earlier(order, 60, { set: whole }), incident);
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kind: 'skipped-event',
      entity: 'operation:stock/Get',
      effect: { baseline: 0 },
      n: { baseline: 60 },
    });
    expect(row?.summary).toMatch(/^stock Get left out “reserved” in \d+ % of its requests, before/);
    expect(row?.refs.map(({ signal }) => signal)).toEqual(['span', 'span', 'span', 'span', 'log']);
    expect(
      namesOf(diagnosisOf({ baseline: earlier(order, 60, { set: whole }), incident }))[0],
    ).toBe('stock early-return likely');
  });

  test('the impact says that requests which only left something out are not counted', () => {
    const baseline = earlier(order, 60, { set: whole });
    const impact = (incident: readonly Trace[]): string =>
      impactText(diagnosisOf({ baseline, incident }));
    const incident = [...later(order, 30, { set: whole }), ...later(order, 20, { set: cut })];
    expect(impact(incident)).toMatch(
      /^0 failed and 0 slow of 50 requests; 0 services; not counted: requests that went another way without failing \(\d+ % in cause 1\)$/,
    );
    expect(impact(later(order, 50, { set: whole }))).toMatch(/; 0 services$/);
  });

  test('a step that never was, where one of two ways is left out in many requests anyway', () => {
    const ads = (way: string) => `
      ads/Get     [=========]
        ads/${way}    [=====]
    `;
    const nothing = 'ads/Get     [=========]';
    const usual = (of: typeof earlier) => [...of(ads('byCategory'), 40), ...of(ads('random'), 12)];
    const incident = [...usual(later), ...later(nothing, 20)];
    const [row] = rows(usual(earlier), incident);
    expect(row).toMatchObject({ kind: 'skipped-event', entity: 'operation:ads/Get' });
    expect(row?.summary).toContain('left out byCategory and went to its end');
    expect(
      found(usual(earlier), [...later(ads('byCategory'), 30), ...later(ads('random'), 20)]),
    ).toEqual([]);
  });

  test('what goes on in place of coming to its end leaves nothing out', () => {
    const turns = (count: number) =>
      [
        `agent/Ask    [${'='.repeat(8 * count + 4)}]`,
        ...Array.from({ length: count }, (_, at) => `  agent/turn   ${' '.repeat(8 * at)}[=====]`),
      ].join('\n');
    const kinds = rows(earlier(turns(1), 60), later(turns(4), 30)).map(({ kind }) => kind);
    expect(kinds).toEqual(['new-event']);
  });

  test('an error in its place is an exception', () => {
    const failing = saying([
      [1, 'found'],
      [2, 'NO STOCK'],
    ]);
    const baseline = earlier(order, 60, { set: whole });
    const incident = later(order, 30, { set: failing });
    expect(found(baseline, incident)).toContain('error-event operation:stock/Get');
    expect(namesOf(diagnosisOf({ baseline, incident }))[0]).toBe('stock code-exception likely');
  });

  test('a caller that only reacts has no vote', () => {
    const reaction = `
      order/Place      [===================]
        order>stock       [=======]
          stock/Get         [===]
    `;
    const set = { ...cut, 'order/Place': logging([1, 'placing'], [12, 'sold out']) };
    expect(found(earlier(order, 60, { set: whole }), later(reaction, 30, { set }))).toEqual([
      'skipped-event operation:stock/Get',
    ]);
  });

  test('a call that failed without an answer explains what its caller does then', () => {
    const refused = `
      order/Place      [===================]
        order>stock       [=======!]
    `;
    const set = { 'order/Place': logging([1, 'placing'], [12, 'STOCK IS DOWN']) };
    expect(found(earlier(order, 60, { set: whole }), later(refused, 30, { set }))).toEqual([]);
  });

  test('a callee that two services leave out at once is what they have in common', () => {
    const cart = `
      cart/Add         [===================]
        cart>stock        [=======]
          stock/Get         [===]
    `;
    const [orderOnly, cartOnly] = [
      'order/Place      [===================]\n',
      'cart/Add         [===================]\n',
    ];
    const baseline = [...earlier(order, 50), ...earlier(cart, 50)];
    const incident = [...later(orderOnly, 30), ...later(cartOnly, 30)];
    expect(found(baseline, incident)[0]).toBe('abandoned-callee service:stock');
    expect(found([...earlier(order, 50), ...earlier(cart, 50)], later(cartOnly, 30))).toEqual([
      'skipped-event operation:cart/Add',
    ]);
  });
});

describe('what is no fault', () => {
  test('too few requests to tell', () => {
    expect(found(earlier(order, 60, { set: whole }), later(order, 2, { set: cut }))).toEqual([]);
    expect(found(earlier(order, 2, { set: whole }), later(order, 2, { set: cut }))).toEqual([]);
  });

  test('other traffic: the same operation asked by another caller', () => {
    const other = `
      audit/Run        [===================]
        audit>stock       [=======]
          stock/Get         [===]
    `;
    const quiet = { 'stock/Get': logging([1, 'found']) };
    const mix = (of: typeof earlier, orders: number, audits: number) => [
      ...of(order, orders, { set: whole }),
      ...of(other, audits, { set: quiet }),
    ];
    expect(found(mix(earlier, 90, 10), mix(later, 10, 90))).toEqual([]);
  });

  test('what comes and goes in the baseline already', () => {
    const mixed = (of: typeof earlier) => [
      ...of(order, 30, { set: whole, minutes: [0, 4] }),
      ...of(order, 30, { set: cut, minutes: [4, 8] }),
    ];
    expect(found(mixed(earlier), later(order, 40, { set: cut }))).toEqual([]);
  });

  test('another order of the same events', () => {
    const turned = saying([
      [2, 'found'],
      [1, 'reserved'],
    ]);
    expect(found(earlier(order, 60, { set: whole }), later(order, 60, { set: turned }))).toEqual(
      [],
    );
  });

  test('a fault that ended: what failed before is no measure', () => {
    const failing = {
      'order/Place': logging([1, 'placing'], [12, 'CANNOT PLACE']),
      'stock/Get': logging([1, 'found']),
    };
    expect(
      found(earlier(order, 60, { set: failing }), later(order, 60, { set: whole })),
    ).not.toEqual(expect.arrayContaining([expect.stringContaining('order')]));
  });

  test('logs that one window lacks altogether', () => {
    expect(found(earlier(order, 60), later(order, 60, { set: whole }))).toEqual([]);
    expect(found(earlier(order, 60, { set: whole }), later(order, 60))).toEqual([]);
  });

  test('a new kind of request at an operation that passes everything on', () => {
    const to = (callee: string) => `
      gate/any         [==========]
        gate>${callee}      [====]
          ${callee}/do         [=]
    `;
    const traffic = (of: typeof earlier, callees: readonly string[]) =>
      callees.flatMap((callee) => of(to(callee), 12));
    const known = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const strengths = rows(traffic(earlier, known), traffic(later, [...known, 'new'])).map(
      ({ strength }) => strength,
    );
    expect(Math.max(0, ...strengths)).toBeLessThan(0.2);
  });
});

describe('what must not matter', () => {
  const baseline = earlier(order, 60, { set: whole });
  const incident = [...later(order, 30, { set: whole }), ...later(order, 20, { set: cut })];
  const strengths = (features: Features) =>
    [...eventTransitions.detect(features)].map(({ service, strength }) => [service, strength]);
  const features = featuresOf({ baseline, incident });

  test('names', () => {
    const renamed = (trace: Trace): Trace =>
      trace.map((span) => ({
        ...span,
        service: `zz-${span.service}`,
        name: [...span.name].reverse().join(''),
        attributes: Object.fromEntries(
          Object.entries(span.attributes).map(([key, value]) => [
            key,
            key === 'server.address' ? `zz-${value}` : value,
          ]),
        ),
      }));
    const other = featuresOf({ baseline: baseline.map(renamed), incident: incident.map(renamed) });
    const expected = strengths(features).map(([service, strength]) => [`zz-${service}`, strength]);
    expect(strengths(other)).toEqual(expected);
  });

  test('the order in which traces come, and when all of it happened', () => {
    const turned = { ...features, sample: [...features.sample].reverse() };
    expect(strengths(turned)).toEqual(strengths(features));
    const later = (time: number) => (time + 3.21e12) as Span['start'];
    const shifted = features.sample.map((trace) => ({
      ...trace,
      logs: trace.logs.map((log) => ({ ...log, at: later(log.at) })),
      tree: {
        ...trace.tree,
        spans: trace.tree.spans.map((span) => ({
          ...span,
          start: later(span.start),
          end: later(span.end),
        })),
      },
    }));
    expect(strengths({ ...features, sample: shifted })).toEqual(strengths(features));
  });
});
