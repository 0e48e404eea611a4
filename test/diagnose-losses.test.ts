import { describe, expect, test } from 'vitest';
import { load } from '../src/diagnose/detectors/load.ts';
import { retransmissions } from '../src/diagnose/detectors/retransmissions.ts';
import type { Nanos, Span } from '../src/model.ts';
import {
  type DrawnCase,
  diagnosisOf,
  earlier,
  featuresOf,
  gauge,
  later,
  many,
  namesOf,
  random,
  type Trace,
} from './case.ts';

const fromWeb = `
  web/GET      [==============]
    web>cart     [===]
      cart/get    [=]
    web>stock         [===]
      stock/get        [=]
`;
const fromApi = `
  api/GET      [=======]
    api>cart     [===]
      cart/get    [=]
`;

/** Makes calls wait on their way: by ms of the trace's number, 0 for none. */
const delayed =
  (calls: readonly string[], ms: (number: number) => number) =>
  (span: Span, number: number): Span => {
    const isLate = calls.includes(`${span.service} ${span.name}`) || span.parentId === null;
    return isLate ? { ...span, end: (span.end + ms(number) * 1e6) as Nanos } : span;
  };
/** Two of ten are sent again, some of them more than once. */
const sentAgain = (number: number): number =>
  number % 5 === 0 ? ([200, 600, 1400][number % 3] ?? 0) : 0;

type Delay = readonly [calls: readonly string[], ms: (number: number) => number];
const none: Delay = [[], () => 0];
const incidentOf = (web: Delay, api: Delay = none): readonly Trace[] => [
  ...later(fromWeb, 60, { vary: delayed(...web) }),
  ...later(fromApi, 60, { vary: delayed(...api) }),
];
const baseline = [...earlier(fromWeb, 96), ...earlier(fromApi, 96)];

describe('packets that are sent again', () => {
  const rows = (drawing: DrawnCase) => [...retransmissions.detect(featuresOf(drawing))];
  const found = (incident: readonly Trace[], before = baseline) =>
    rows({ baseline: before, incident }).map(({ service, entity }) => `${service} ${entity}`);

  test('some calls are late by time-outs of TCP, the others as fast as ever', () => {
    const incident = incidentOf([['web call cart'], sentAgain]);
    const [row, ...others] = rows({ baseline, incident });
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kind: 'retransmissions',
      service: 'cart',
      entity: 'edge:web->cart',
      effect: { baseline: 0, incident: 0.2 },
      n: { baseline: 96, incident: 60 },
      summary:
        '20 % of the calls web → cart came 200 ms and more late, the others as fast as before: packets were sent again',
    });
    expect(row?.strength).toBeGreaterThan(0.9);
    expect(row?.traces).toHaveLength(12);
    expect(namesOf(diagnosisOf({ baseline, incident }))[0]).toMatch(/^cart network-loss/);
  });

  test('the trouble is at the end at which more ways are like this', () => {
    expect(found(incidentOf([['web call cart', 'web call stock'], sentAgain]))).toEqual([
      'web service:web',
    ]);
    const both: Delay = [['web call cart', 'api call cart'], sentAgain];
    expect(found(incidentOf(both, both))).toEqual(['cart service:cart']);
  });

  test('calls that are too few to be sure of count for the end that they share', () => {
    const stock = `
      web/GET      [=======]
        web>stock   [===]
          stock/get  [=]
    `;
    const cart = fromWeb.split('\n').slice(0, 4).join('\n');
    // Two of 12: by chance in one of thirty such ways.
    const rare = (ms: number) =>
      later(stock, 12, { vary: delayed(['web call stock'], (n) => (n % 6 === 0 ? ms : 0)) });
    const often = (ms: number) =>
      later(cart, 60, { vary: delayed(['web call cart'], (n) => ms && sentAgain(n)) });
    const before = [...earlier(stock, 20), ...earlier(cart, 96)];
    expect(found([...rare(200), ...often(0)], before)).toEqual([]);
    expect(found([...rare(200), ...often(1)], before)).toEqual(['web edge:web->cart']);
    expect(found([...rare(0), ...often(1)], before)).toEqual(['cart edge:web->cart']);
  });

  test('a slow network is no loss, though it began well after the window', () => {
    expect(found(incidentOf([['web call cart'], (number) => (number < 24 ? 0 : 300)]))).toEqual([]);
  });

  test('nor is waiting for a processor: it takes any time, not that of a time-out', () => {
    const next = random(5);
    const waits = Array.from({ length: 60 }, (_, number) => (number % 3 === 0 ? 400 * next() : 0));
    const starved = incidentOf([['web call cart'], (number) => waits[number] ?? 0]);
    expect(waits.filter((ms) => ms > 200).length).toBeGreaterThan(5);
    expect(found(starved)).toEqual([]);
  });

  test('nor what was lost before as well, nor calls that failed', () => {
    const lossy = (of: typeof earlier, count: number) =>
      of(fromWeb, count, { vary: delayed(['web call cart'], sentAgain) });
    expect(found(lossy(later, 60), lossy(earlier, 95))).toEqual([]);
    // One in four after one in five is what chance does.
    const more = later(fromWeb, 60, {
      vary: delayed(['web call cart'], (number) => (number % 4 === 0 ? 300 : 0)),
    });
    expect(found(more, lossy(earlier, 95))).toEqual([]);
    const failing = incidentOf([['web call cart'], sentAgain]).map((trace) =>
      trace.map(
        (span): Span => (span.end - span.start > 100e6 ? { ...span, status: 'error' } : span),
      ),
    );
    expect(found(failing)).toEqual([]);
  });

  test('nothing is said of traces that were chosen for being slow', () => {
    const late = many(fromWeb, {
      ...{ count: 60, minutes: [0, 8] },
      vary: delayed(['web call cart'], sentAgain),
    });
    // Slow for another reason, on ways as fast as ever.
    const slow = fromWeb
      .replace('[=]', `[=${'='.repeat(400)}]`)
      .replace('[===]', `[===${'='.repeat(400)}]`);
    const unlabelled = [...late, ...many(slow, { count: 12, minutes: [0, 8] })];
    const features = featuresOf({ unlabelled });
    expect(features.plan.cohortBy.how).toBe('health');
    expect(features.sample.filter(({ cohort }) => cohort === 'incident').length).toBeGreaterThan(9);
    expect([...retransmissions.detect(features)]).toEqual([]);
  });
});

describe('load', () => {
  const rows = (drawing: DrawnCase) => [...load.detect(featuresOf(drawing))];
  const plenty = { baseline: earlier(fromApi, 96), incident: later(fromApi, 180) };
  const waiting = gauge({
    ...{ name: 'http.server.requests.waiting', service: 'cart', instance: 'cart-0' },
    ...{ before: Array(8).fill(0), during: Array(5).fill(9) },
  });

  test('more requests came to each service', () => {
    const found = rows(plenty);
    expect(found.map(({ service }) => service)).toEqual(['api', 'cart']);
    expect(found[0]).toMatchObject({
      kind: 'load',
      effect: { baseline: 12, incident: 36 },
      summary: '36 requests a minute came to api, 12 before',
    });
    expect(found[0]?.strength).toBeGreaterThan(0.9);
  });

  test('as many requests with more calls each are no load', () => {
    const twice = `
      api/GET      [=============]
        api>cart     [===]
          cart/get    [=]
        api>cart          [===]
          cart/get         [=]
    `;
    expect(rows({ baseline: earlier(fromApi, 96), incident: later(twice, 60) })).toEqual([]);
  });

  test('stretches in which nothing came count, those at the ends that are not whole do not', () => {
    // The same requests in bursts: as many in all.
    const bursts = [0, 1, 2, 3, 4].flatMap((number) =>
      many(fromApi, { count: 12, minutes: [10 + number, 10.25 + number] }),
    );
    expect(rows({ baseline: earlier(fromApi, 96), incident: bursts })).toEqual([]);
  });

  test('with a queue it is an overload, alone it is no fault', () => {
    const answer = (drawing: DrawnCase) => namesOf(diagnosisOf(drawing))[0];
    expect(answer({ ...plenty, series: [waiting] })).toMatch(/^cart overload/);
    expect(diagnosisOf(plenty).causes).toEqual([]);
    const [overload] = diagnosisOf({ ...plenty, series: [waiting] }).causes;
    expect(overload?.score).toBeGreaterThan(0.75);
    const same = { ...plenty, incident: later(fromApi, 60) };
    expect(answer({ ...same, series: [waiting] })).toMatch(/^cart inference-slow/);
  });

  test('nor does it need a count of who waits, where all take longer', () => {
    const slower = `
      api/GET      [=================================================================]
        api>cart     [===]
          cart/get    [=]
    `;
    const [first] = diagnosisOf({ ...plenty, incident: later(slower, 180) }).causes;
    expect(first).toMatchObject({ service: 'api', faultClass: 'overload' });
    expect(first?.evidence.map(({ kind }) => kind).sort()).toEqual(['load', 'self-time']);
  });
});
