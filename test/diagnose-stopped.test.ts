import { describe, expect, test } from 'vitest';
import { silence } from '../src/diagnose/detectors/silence.ts';
import type { LogFeature, LogMinute, MetricSeries, Nanos } from '../src/model.ts';
import {
  type DrawnCase,
  diagnosisOf,
  earlier,
  featuresOf,
  later,
  type Many,
  minute,
  namesOf,
} from './case.ts';

interface Reported {
  readonly instance?: string;
  /** Minutes of the incident, from 10 on, until which it is reported. */
  readonly until?: number;
  readonly from?: number;
  readonly every?: number;
  readonly clocked?: boolean;
}

/** One point a quarter of a minute, unless told otherwise. */
function reported(metric: string, service: string, rest: Reported = {}): MetricSeries {
  const { instance = null, until = 15, from = 0, every = 0.25, clocked = true } = rest;
  const times: number[] = [];
  for (let at = every / 2; at < 15; at += every) {
    if (at >= from && at < until && (at < 8 || at >= 10)) times.push(at);
  }
  const points = times.map((at) => ({ time: (at * minute) as Nanos, value: 1, count: 1 }));
  return {
    ...{ metric, unit: '', type: 'sum', temporality: clocked ? 'cumulative' : 'delta' },
    ...{ monotonic: true, service, instance, attributes: {}, resource: {}, points },
  };
}

const rows = (drawing: DrawnCase) => [...silence.detect(featuresOf(drawing))];
const found = (...series: readonly MetricSeries[]) =>
  rows({ series }).map(({ kind, entity }) => `${kind} ${entity}`);

const others = [reported('up', 'shop'), reported('up', 'mail')];

describe('metrics', () => {
  test('a process that is gone, in one row, from when its next point was due', () => {
    const gone = [1, 2, 3].map((n) => reported(`m${n}`, 'cart', { until: 12 }));
    const [row, ...more] = rows({ series: [...gone, ...others] });
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      kind: 'silence',
      entity: 'service:cart',
      effect: { incident: 0 },
      n: { baseline: 96, incident: 0 },
    });
    expect(row?.summary).toMatch(
      /^all 3 metric series of cart stopped: 3\d points were due and none came, while others went on$/,
    );
    expect((row?.firstSeen ?? 0) / minute).toBeCloseTo(12.125, 1);
    expect(namesOf(diagnosisOf({ series: [...gone, ...others] }))[0]).toMatch(
      /^cart process-crash/,
    );
  });

  test('a recording that ends for all, or before its incident does', () => {
    const all = ['cart', 'shop', 'mail'].map((service) => reported('up', service, { until: 12 }));
    expect(found(...all)).toEqual([]);
    expect(found(reported('up', 'cart', { until: 12 }))).toEqual([]);
  });

  test('a replica that another one follows was replaced', () => {
    const old = reported('up', 'cart', { instance: 'c-1', until: 12 });
    const fresh = reported('up', 'cart', { instance: 'c-2', from: 12 });
    expect(found(old, ...others)).toEqual(['silence service:cart']);
    expect(found(old, fresh, ...others)).toEqual([]);
  });

  test('one of several replicas counts for its share', () => {
    const replicas = [1, 2, 3, 4].map((n) =>
      reported('up', 'cart', { instance: `c-${n}`, until: n === 1 ? 12 : 15 }),
    );
    const [row] = rows({ series: [...replicas, ...others] });
    expect(row?.entity).toBe('instance:cart/c-1');
    expect(row?.strength).toBeLessThan(0.25);
  });

  test('a series that is sparse, or a metric that nobody reports any more', () => {
    expect(found(reported('up', 'cart', { every: 3, until: 12 }), ...others)).toEqual([]);
    const more = ['cart', 'shop', 'mail'].map((service) =>
      reported('disk', service, { until: 12 }),
    );
    expect(found(reported('up', 'cart'), ...others, ...more)).toEqual([]);
  });

  test('some of its series, while it goes on', () => {
    const series = [
      reported('up', 'cart'),
      reported('heartbeat', 'cart', { until: 12 }),
      ...others,
    ];
    expect(found(...series)).toEqual(['silent-series service:cart']);
  });
});

describe('traffic', () => {
  const picture = `
    cart/Get        [==]
  `;
  const shown = (during: Partial<Many>, clocked: boolean) =>
    rows({
      baseline: [...earlier(picture), ...earlier('shop/GET [=]')],
      incident: [...later(picture, 60, during), ...later('shop/GET [=]')],
      series: [reported('requests', 'cart', { until: 11, clocked }), ...others],
    }).map(({ kind }) => kind);

  test('what is reported on requests stops with them; what the clock reports does not', () => {
    expect(shown({ minutes: [10, 11] }, false)).toEqual([]);
    expect(shown({ minutes: [10, 11] }, true)).toEqual(['silence']);
    expect(shown({ minutes: [10, 15] }, false)).toEqual(['silence']);
  });
});

describe('logs', () => {
  /** Written every minute, of the incident until a minute. */
  function written(service: string, until: number): LogFeature {
    const at = [...Array(8).keys(), 10, 11, 12, 13, 14].filter((one) => one < until);
    const minutes = at.map(
      (one): LogMinute => ({
        ...{ cohort: one < 8 ? 'baseline' : 'incident', count: 5 },
        ...{ minute: (one * minute) as Nanos, example: `${service} ${one}` },
      }),
    );
    return { service, template: 'tick', severity: 9, minutes };
  }
  const rowsOf = (...logs: readonly LogFeature[]) => [
    ...silence.detect({ ...featuresOf({}), logs }),
  ];

  test('a service that writes no more, while others do', () => {
    const [row] = rowsOf(written('cart', 10), written('shop', 15), written('mail', 15));
    expect(row).toMatchObject({ kind: 'silence', refs: [{ signal: 'log', id: 'cart 7' }] });
    expect(rowsOf(written('cart', 10), written('shop', 10), written('mail', 10))).toEqual([]);
  });
});
