import { describe, expect, test } from 'vitest';
import { missingCalls } from '../src/diagnose/detectors/missing-calls.ts';
import type { Span } from '../src/model.ts';
import { diagnosisOf, earlier, featuresOf, later, many, namesOf, type Trace } from './case.ts';

const rows = (baseline: readonly Trace[], incident: readonly Trace[]) => [
  ...missingCalls.detect(featuresOf({ baseline, incident })),
];
const found = (baseline: readonly Trace[], incident: readonly Trace[]) =>
  rows(baseline, incident).map(({ kind, entity }) => `${kind} ${entity}`);

const whole = `
web/GET         [==============]
  web/load        [==========]
    web>cart        [======]
      cart/Get        [==]
`;

describe('calls', () => {
  test('successful runs without a call they used to make: the caller chose it', () => {
    const skipped = `
      web/GET         [==============]
        web/load        [==========]
    `;
    const incident = [...later(whole, 5), ...later(skipped, 60)];
    expect(found(earlier(whole), incident)).toEqual([]);
    expect(namesOf(diagnosisOf({ baseline: earlier(whole), incident }))).toEqual([
      'web early-return likely',
    ]);
  });

  test('failed runs without it: the callee was silent', () => {
    const silent = `
      web/GET         [==============!]
        web/load        [==========!]
    `;
    const direct = `
      web/GET         [==============]
        web/load        [==========]
          cart/Get        [==]
    `;
    expect(found(earlier(direct), later(silent, 60))).toEqual(['missing-calls operation:cart/Get']);
  });

  test('a call span without the span of its callee is no skipped call', () => {
    const lost = `
      web/GET         [==============]
        web/load        [==========]
          web>cart        [======]
    `;
    expect(found(earlier(whole), later(lost, 60))).toEqual([]);
  });

  test('one name for calls to many, and another mix of them, is no skipped call', () => {
    const to = (callee: string) => `
      gate/GET        [==========]
        gate>${callee}      [====]
          ${callee}/do         [=]
    `;
    const oneName = (span: Span): Span =>
      span.kind === 'client' ? { ...span, name: 'HTTP GET' } : span;
    const mix = (of: typeof earlier, a: number) => [
      ...of(to('a'), a, { vary: oneName }),
      ...of(to('b'), 100 - a, { vary: oneName }),
    ];
    expect(found(mix(earlier, 50), mix(later, 0))).toEqual([]);
  });

  test('as often as before, only a little less, or too few to tell', () => {
    const skipped = `
      web/GET         [==============]
        web/load        [==========]
    `;
    expect(found(earlier(whole), later(whole))).toEqual([]);
    expect(found(earlier(whole), [...later(whole, 70), ...later(skipped, 30)])).toEqual([]);
    expect(found(earlier(whole, 3), later(skipped, 1))).toEqual([]);
  });

  test('without a declared baseline nothing is expected', () => {
    const skipped = `
      web/GET         [==============!]
        web/load        [==========!]
    `;
    const unlabelled = [
      ...many(whole, { count: 60, minutes: [0, 8] }),
      ...many(skipped, { count: 60, minutes: [8, 15] }),
    ];
    expect([...missingCalls.detect(featuresOf({ unlabelled }))]).toEqual([]);
  });
});

describe('runs', () => {
  const job = `
    etl/refill      [====]
      etl>lake        [==]
  `;
  const internal = { 'etl/refill': { kind: 'internal' } } as const;
  const traffic = `
    web/GET         [==]
  `;

  test('a job that no longer runs, from when it was due', () => {
    const baseline = [...earlier(job, 40, { set: internal }), ...earlier(traffic)];
    const incident = [...later(job, 5, { minutes: [10, 11], set: internal }), ...later(traffic)];
    expect(found(baseline, incident)).toEqual(['missing-runs operation:etl/refill']);
    const [row] = rows(baseline, incident);
    expect(row?.summary).toBe('etl refill ran 1 times a minute, before 5');
    // The last run began at 10.9 minutes, and one is due every 0.2.
    expect((row?.firstSeen ?? 0) / 60e9).toBeCloseTo(11.1, 1);
  });

  test('a job that runs more rarely, from the start', () => {
    const baseline = [...earlier(job, 40, { set: internal }), ...earlier(traffic)];
    const incident = [...later(job, 5, { set: internal }), ...later(traffic)];
    const [row] = rows(baseline, incident);
    expect(row?.firstSeen).toBe(10 * 60e9);
  });

  test('fewer requests from outside are less traffic, not a stopped job', () => {
    expect(found(earlier(traffic, 200), later(traffic, 10))).toEqual([]);
  });

  test('as often as before in a window of another length', () => {
    const baseline = [...earlier(job, 40, { set: internal }), ...earlier(traffic)];
    const incident = [...later(job, 24, { set: internal }), ...later(traffic)];
    expect(found(baseline, incident)).toEqual([]);
  });
});
