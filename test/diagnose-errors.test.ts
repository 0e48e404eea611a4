import { describe, expect, test } from 'vitest';
import { carriedFailures } from '../src/diagnose/detectors/carried-failures.ts';
import { errorOrigin } from '../src/diagnose/detectors/error-origin.ts';
import type { Attributes, Evidence, Span } from '../src/model.ts';
import { diagnosisOf, earlier, featuresOf, later, namesOf, ofKind, type Trace } from './case.ts';

const healthy = `
web/GET       [==========]
  web>cart       [=====]
    cart/Get       [==]
`;

const detect = (baseline: readonly Trace[], incident: readonly Trace[]): readonly Evidence[] => [
  ...errorOrigin.detect(featuresOf({ baseline, incident })),
];

const named = (rows: readonly Evidence[]): readonly string[] =>
  rows.map(({ kind, service }) => `${kind} ${service}`);

const exception = (type: string, message = 'it broke'): Partial<Span> => ({
  events: [
    {
      name: 'exception',
      time: null,
      attributes: { 'exception.type': type, 'exception.message': message },
    },
  ],
});
const refused = (attributes: Attributes = {}): Partial<Span> => ({
  statusMessage: 'connect ECONNREFUSED 10.0.0.9:7070',
  attributes: { 'server.address': 'cart', ...attributes },
});

describe('error-origin', () => {
  test('blames the deepest failure, not the callers that carried it', () => {
    const failing = `
      web/GET       [==========!]
        web>cart       [=====!]
          cart/Get       [==!]
    `;
    const set = { 'cart/Get': exception('KeyError') };
    const rows = detect(earlier(healthy), [...later(healthy), ...later(failing, 50, { set })]);
    expect(named(rows)).toEqual(['error-origin cart']);
    const [row] = rows;
    expect(row).toMatchObject({
      entity: 'operation:cart/Get',
      operation: 'Get',
      effect: { baseline: 0, incident: 1 / 3 },
      n: { baseline: 100, incident: 150 },
      summary: 'Get failed with no failed call below: 50 spans in 50 traces, e.g. “KeyError”',
    });
    expect(row?.strength).toBeCloseTo(1, 6);
    expect(row?.traces).toHaveLength(50);
  });

  test('tells how many calls were turned away', () => {
    const failing = `
      web/GET       [==========!]
        web>cart       [=====!]
          cart/Get       [==!]
    `;
    const set = { 'cart/Get': { attributes: { 'http.response.status_code': 429 } } };
    const rows = detect(earlier(healthy), [...later(healthy), ...later(failing, 50, { set })]);
    expect(ofKind(rows, 'rate-limited')[0]?.summary).toMatch(/^50 calls were turned away: /);
  });

  test('what says that no memory was left is a lack of memory, no fault of the code', () => {
    const failing = `
      web/GET       [==========!]
        web>cart       [=====!]
          cart/Get       [==!]
    `;
    const found = (type: string, message: string) => {
      const set = { 'cart/Get': exception(type, message) };
      const drawing = { baseline: earlier(healthy), incident: later(failing, 50, { set }) };
      return namesOf(diagnosisOf(drawing))[0];
    };
    expect(found('java.lang.OutOfMemoryError', 'Java heap space')).toBe(
      'cart memory-pressure likely',
    );
    expect(found('KeyError', 'memory of the basket')).toBe('cart code-exception likely');
  });

  test('a parent that did not fail may lie between', () => {
    const failing = `
      web/GET         [==========!]
        web/render      [=======]
          web>cart       [=====]
            cart/Get       [==!]
    `;
    const set = { 'cart/Get': exception('KeyError') };
    expect(named(detect(earlier(healthy), later(failing, 50, { set })))).toEqual([
      'error-origin cart',
    ]);
  });

  test('a callee that sent nothing is blamed for calls that do not connect', () => {
    const down = `
      web/GET       [==========!]
        web>cart       [=====!]
    `;
    const rows = detect(earlier(healthy), later(down, 50, { set: { 'web>cart': refused() } }));
    expect(named(rows)).toEqual(['unreachable-callee cart', 'connection-failure cart']);
    expect(rows[0]?.summary).toBe(
      '50 calls from web to cart failed to connect (100 % of all calls to it since then)',
    );
    expect(rows[1]?.summary).toBe('50 calls to cart said: “connect ECONNREFUSED 10.0.0.9:7070”');
    // The first of 50 traces in five minutes begins after 3 s, its call 3 ms later.
    expect(rows[0]?.firstSeen).toBe((10 * 60 + 3) * 1e9 + 3e6);
  });

  test('the share of calls that do not connect is the strength', () => {
    const down = `
      web/GET       [==========!]
        web>cart       [=====!]
    `;
    const set = { 'web>cart': refused() };
    const rows = detect(earlier(healthy), [...later(healthy, 75), ...later(down, 25, { set })]);
    expect(rows[0]?.strength).toBeCloseTo(0.25, 2);
    expect(rows[0]?.summary).toContain('(25 % of all calls to it since then)');
  });

  test('where the sample holds fewer of the good traces, each counts for what it stands', () => {
    const down = `
      web/GET       [==========!]
        web>cart       [=====!]
    `;
    const set = { 'web>cart': refused() };
    const features = featuresOf({
      baseline: earlier(healthy),
      incident: [...later(healthy, 160), ...later(down, 40, { set })],
    });
    const thinned = {
      ...features,
      sample: features.sample
        .filter(({ bad }, index) => bad !== null || index % 4 === 0)
        .map((trace) => (trace.bad === null ? { ...trace, stands: 4 } : trace)),
    };
    const [whole] = errorOrigin.detect(features);
    const [part] = errorOrigin.detect(thinned);
    expect(part?.strength).toBeCloseTo(whole?.strength ?? 0, 1);
    expect(part?.summary.split(' failed')[0]).toBe('40 calls from web to cart');
  });

  test('one that is known from its callers only is said to be silent', () => {
    const calls = `
      web/GET       [==========]
        web>cart       [=====]
    `;
    const down = `
      web/GET       [==========!]
        web>cart       [=====!]
    `;
    const rows = detect(earlier(calls), later(down, 50, { set: { 'web>cart': refused() } }));
    expect(rows[0]?.summary).toContain(', and it sent no span itself');
  });

  test('one that answered was there: the connection broke, or the caller', () => {
    const reset = `
      web/GET       [==========!]
        web>cart       [=====!]
          cart/Get       [==]
    `;
    const broken = detect(earlier(healthy), later(reset, 50, { set: { 'web>cart': refused() } }));
    expect(named(broken)).toEqual(['connection-failure cart']);
    expect(broken[0]).toMatchObject({ entity: 'edge:web->cart' });
    const set = { 'web>cart': { statusMessage: 'cannot parse the answer' } };
    expect(named(detect(earlier(healthy), later(reset, 50, { set })))).toEqual([
      'error-origin web',
    ]);
    const answer = diagnosisOf({
      baseline: earlier(healthy),
      incident: later(reset, 50, { set: { 'web>cart': refused() } }),
    });
    expect(namesOf(answer)).toEqual(['cart network-loss possible']);
  });

  test('a timeout blames the callee, whether it answered late or not at all', () => {
    const late = `
      web/GET       [=============!]
        web>cart       [=====!]
          cart/Get       [==========]
    `;
    const never = `
      web/GET       [=============!]
        web>cart       [=====!]
    `;
    const set = { 'web>cart': { statusMessage: 'context deadline exceeded' } };
    for (const picture of [late, never]) {
      expect(named(detect(earlier(healthy), later(picture, 50, { set })))).toEqual([
        'callee-timeout cart',
      ]);
    }
  });

  test('an error that an unseen callee did not explain is its own, and a faint one', () => {
    const failing = `
      web/GET       [==========!]
        web>cart       [=====!]
    `;
    const rows = detect(earlier(healthy), later(failing, 50));
    expect(named(rows)).toEqual(['callee-failure cart']);
    const answer = diagnosisOf({ baseline: earlier(healthy), incident: later(failing, 50) });
    expect(answer.verdict).toBe('no-clear-cause');
  });

  test('a span that gives no reason proves little', () => {
    const failing = `
      web/GET       [==========!]
        web>cart       [=====!]
          cart/Get       [==!]
    `;
    const rows = detect(earlier(healthy), later(failing, 50));
    expect(named(rows)).toEqual(['bare-error cart']);
    const answer = diagnosisOf({ baseline: earlier(healthy), incident: later(failing, 50) });
    expect(namesOf(answer)).toEqual(['cart code-exception weak']);
  });

  test('failures that the baseline had too are no news', () => {
    const failing = `
      web/GET       [==========!]
        web>cart       [=====!]
          cart/Get       [==!]
    `;
    const set = { 'cart/Get': exception('KeyError') };
    const mixed = (of: typeof earlier) => [...of(healthy, 90), ...of(failing, 10, { set })];
    expect(detect(mixed(earlier), mixed(later))).toEqual([]);
    const doubled = [...later(healthy, 70), ...later(failing, 30, { set })];
    const [row] = detect(mixed(earlier), doubled);
    expect(row?.strength).toBeGreaterThan(0.5);
    expect(row?.strength).toBeLessThan(0.7);
  });

  test('a call that was repeated with success failed nobody', () => {
    const recovered = `
      web/GET         [===============]
        web>cart       [=!]
        web>cart          [=====]
          cart/Get          [==]
    `;
    const failedElsewhere = `
      web/GET         [===============!]
        web>cart       [=!]
        web>cart          [=====]
          cart/Get          [==]
        web>mail                 [==!]
          mail/Send               [=!]
    `;
    const set = { 'mail/Send': exception('TypeError') };
    const rest = {
      vary: (span: Span) =>
        span.status === 'error' && span.name === 'call cart' ? { ...span, ...refused() } : span,
    };
    const incident = [
      ...later(recovered, 50, rest),
      ...later(failedElsewhere, 50, { set, ...rest }),
    ];
    const answer = diagnosisOf({ baseline: earlier(healthy), incident });
    expect(namesOf(answer)[0]).toBe('mail code-exception likely');
    expect(answer.causes[0]?.evidence.map(({ kind }) => kind)).toEqual(['error-origin']);
  });

  test('retries that all fail are one failure of the request', () => {
    const retried = `
      web/GET         [===============!]
        web>cart       [==!]
        web>cart            [==!]
        web>cart                 [==!]
    `;
    const rows = detect(earlier(healthy), later(retried, 40, { set: { 'web>cart': refused() } }));
    expect(rows[0]).toMatchObject({ effect: { incident: 1 }, n: { incident: 40 } });
    expect(rows[0]?.summary).toMatch(/^120 calls from web to cart/);
  });

  test('what failed in one request of very many is not told', () => {
    const failing = `
      web/GET       [==========!]
        web>cart       [=====!]
          cart/Get       [==!]
    `;
    const set = { 'cart/Get': exception('KeyError') };
    expect(
      detect(earlier(healthy, 300), [...later(healthy, 300), ...later(failing, 1, { set })]),
    ).toEqual([]);
  });
});

describe('carried-failures', () => {
  const failing = `
    web/GET       [==========!]
      web>cart       [=====!]
        cart/Get       [==!]
  `;
  const set = { 'cart/Get': exception('KeyError') };

  test('a service that fails only because of another is excused', () => {
    const features = featuresOf({
      baseline: earlier(healthy),
      incident: later(failing, 50, { set }),
    });
    const rows = ofKind(carriedFailures.detect(features), 'carried-failures');
    expect(rows.map(({ service, summary }) => [service, summary])).toEqual([
      ['web', '100 % of the requests through web failed because of cart'],
    ]);
  });

  test('nothing is carried where nothing failed', () => {
    const features = featuresOf({ baseline: earlier(healthy), incident: later(healthy) });
    expect([...carriedFailures.detect(features)]).toEqual([]);
  });
});

describe('the answer to failures', () => {
  const down = `
    user/browse     [==============!]
      user>web        [============!]
        web/GET        [==========!]
          web>cart        [=====!]
  `;
  const well = `
    user/browse     [==============]
      user>web        [============]
        web/GET        [==========]
          web>cart        [=====]
            cart/Get        [==]
  `;
  const answer = diagnosisOf({
    baseline: earlier(well),
    incident: [
      ...later(well, 40, { minutes: [10, 12] }),
      ...later(down, 60, { minutes: [12, 15], set: { 'web>cart': refused() } }),
    ],
  });

  test('names the service that could not be reached, with its path and those it clears', () => {
    expect(answer.causes.map(({ service }) => service)).toEqual(['cart']);
    expect(answer).toMatchObject({ verdict: 'likely', regime: 'declared' });
    expect(answer.causes[0]).toMatchObject({
      layer: 'infrastructure',
      faultClass: 'service-unreachable',
      summary:
        'cart could not be reached by its callers: 60 calls from web to cart failed to connect (100 % of all calls to it since then)',
      // The call to cart ends 2 columns before web's span, and that 1 before user's.
      path: [
        { from: 'cart', to: 'web', delayMs: 2 },
        { from: 'web', to: 'user', delayMs: 1 },
      ],
    });
    expect(answer.ruledOut).toEqual([
      { service: 'user', why: '120 failed spans, all of them carried from a failed call below' },
      { service: 'web', why: '120 failed spans, all of them carried from a failed call below' },
    ]);
  });

  test('two causes with traces of their own are both listed, neither ruled out', () => {
    const other = `
      user/search     [==============!]
        user>find       [============!]
          find/query     [==========!]
    `;
    const set = { 'find/query': exception('IndexError') };
    const both = diagnosisOf({
      baseline: earlier(well),
      incident: [
        ...later(down, 60, { set: { 'web>cart': refused() } }),
        ...later(other, 60, { set }),
      ],
    });
    expect(namesOf(both)).toEqual([
      'cart service-unreachable likely',
      'find code-exception likely',
    ]);
    expect(both.ruledOut.map(({ service }) => service)).toEqual(['user', 'web']);
    // The first is not held to the requests of the second; the second is held to all.
    const [first, second] = both.causes;
    expect(first?.explains).toEqual({ failed: 60, slow: 0 });
    expect(first?.evidence.map(({ kind }) => kind)).not.toContain('unexplained-failures');
    expect(second?.evidence.at(-1)).toMatchObject({
      kind: 'unexplained-failures',
      direction: 'contradicts',
      summary: '60 of 120 failed requests are not explained by find',
    });
  });
});
