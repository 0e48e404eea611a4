/** Spans as operations a minute, and calls between operations, on drawings. */
import { describe, expect, test } from 'vitest';
import { featureBuilder, planComparison, summariseTrace } from '../src/features/index.ts';
import { callAccumulator, operationAccumulator } from '../src/features/operations.ts';
import { columnsOf, emptyHistogram, linkTrace, ownTimes, quantile } from '../src/graph/index.ts';
import type { Cohort, MetricSeries, Nanos, Span, TraceTree } from '../src/model.ts';
import { blank, column, draw } from './draw.ts';

const tree = (picture: string, trace = 1, set = {}): TraceTree =>
  linkTrace(draw(picture, { trace, set }));

const first = { number: 0, start: 0 as Nanos };
const source = { service: 'web', instance: null, version: null, model: null, rank: null };

describe('operations', () => {
  function operationsOf(traces: readonly TraceTree[], cohort: Cohort = 'incident') {
    const operations = operationAccumulator(({ service }) => ({ ...source, service }));
    for (const each of traces) {
      const columns = columnsOf(each);
      const self = ownTimes(columns);
      for (let index = 0; index < columns.count; index += 1) {
        operations.add(columns, index, cohort, first, self[index] ?? 0);
      }
    }
    return operations.finish();
  }

  test('count spans, failures and roots, with duration and self time', () => {
    const found = operationsOf([
      tree(`
        web/GET     [=========]
          web/db      [====]
      `),
      tree('web/GET [====!]', 2),
    ]);
    expect(found.map(({ operation, roots }) => [operation, roots])).toEqual([
      ['GET', 2],
      ['db', 0],
    ]);
    const [minute] = found[0]?.minutes ?? [];
    expect(minute).toMatchObject({ count: 2, errors: 1, slowest: { ns: 10 * column } });
    expect(minute?.slowest.traceId).toMatch(/1$/);
    const self = minute?.self ?? emptyHistogram();
    expect((quantile(self, 0.5) ?? 0) / (5 * column)).toBeCloseTo(1, 1);
    expect((quantile(self, 1) ?? 0) / (6 * column)).toBeCloseTo(1, 1);
    expect((quantile(minute?.duration ?? emptyHistogram(), 1) ?? 0) / (10 * column)).toBeCloseTo(
      1,
      1,
    );
  });

  test('an untimed span counts, without a duration', () => {
    const [{ minutes } = { minutes: [] }] = operationsOf([tree('web/GET [==?]')]);
    expect(minutes[0]).toMatchObject({ count: 1, errors: 0, slowest: { ns: -1 } });
    expect(minutes[0]?.duration.counts).toEqual([]);
  });

  test('too many names become one, but known ones stay themselves', () => {
    const operations = operationAccumulator(() => source);
    const add = (name: string): void =>
      operations.add(
        columnsOf(linkTrace([{ ...blank, name } as Span])),
        ...([0, 'incident', first, 0] as const),
      );
    add('GET /');
    for (let i = 0; i < 20_100; i += 1) add(`GET /${i}`);
    add('GET /');
    const found = operations.finish();
    const countOf = (name: string) =>
      found.find(({ operation }) => operation === name)?.minutes[0]?.count;
    expect(countOf('GET /')).toBe(2);
    expect(countOf('(other)')).toBe(101);
    expect(found).toHaveLength(20_001);
  });
});

describe('calls', () => {
  test('say how often a parent makes a call, and how often it fails without it', () => {
    const calls = callAccumulator();
    const whole = `
      web/GET        [==========]
        cart/Get       [==]
        cart/Get          [==]
        auth/Check           [=]
    `;
    calls.add(columnsOf(tree(whole)), 'baseline');
    calls.add(columnsOf(tree(whole, 2)), 'baseline');
    calls.add(columnsOf(tree('web/GET [=====!]', 3)), 'incident');
    calls.add(
      columnsOf(
        tree(
          `
        web/GET      [==========]
          cart/Get     [==!]
      `,
          4,
        ),
      ),
      'incident',
    );
    const found = calls.finish().map(({ parent, child, baseline, incident }) => ({
      call: `${parent.operation} > ${child.service}`,
      baseline: Object.values(baseline),
      incident: Object.values(incident),
    }));
    // parents, with the call, failed, failed with the call
    expect(found).toEqual([
      { call: 'GET > auth', baseline: [2, 2, 0, 0], incident: [2, 0, 2, 0] },
      { call: 'GET > cart', baseline: [2, 2, 0, 0], incident: [2, 1, 2, 1] },
    ]);
  });
});

describe('the builder', () => {
  const picture = (failed: boolean) => `
    web/GET         [==========${failed ? '!' : ']'}${failed ? ']' : ''}
      web>cart        [======]
        cart/Get        [==${failed ? '!' : '='}]
  `;
  const set = {
    'cart/Get': { attributes: { 'feature.age_seconds': 5, 'user.id': 'u1', port: 80 } },
  };

  function featuresOf(
    without: readonly ('traces' | 'metrics')[] = [],
    series: readonly MetricSeries[] = [],
  ) {
    const trees = Array.from({ length: 20 }, (_, i) => tree(picture(i >= 14), i + 1, set));
    const plan = planComparison(trees.map(summariseTrace), [], {
      baseline: null,
      incident: null,
      without,
    });
    const builder = featureBuilder(plan, 0n);
    for (const each of trees) builder.addTrace(each);
    for (const each of series) builder.addSeries(each);
    return builder.finish({ defects: [], records: 60 });
  }

  test('puts healthy traces on one side and failed ones on the other', () => {
    const { plan, traffic, impact, sample } = featuresOf();
    expect(plan.regime).toBe('healthy-traces');
    expect(traffic).toEqual({
      baseline: { traces: 14, failed: 0, slow: 0 },
      incident: { traces: 6, failed: 6, slow: 0 },
    });
    expect(impact).toMatchObject({ requests: 20, failed: 6, services: ['cart', 'web'], users: 1 });
    expect(sample).toHaveLength(20);
    expect(sample.every(({ stands }) => stands === 1)).toBe(true);
    expect(sample.filter(({ bad }) => bad === 'failed')).toHaveLength(6);
  });

  test('takes numbers of spans that mean something, and no others', () => {
    expect(featuresOf().values.map(({ name, origin }) => [name, origin])).toEqual([
      ['feature.age_seconds', 'span'],
    ]);
  });

  test('without traces there is the graph and nothing else of them', () => {
    const { operations, sample, graph, traffic } = featuresOf(['traces']);
    expect([operations, sample]).toEqual([[], []]);
    expect(traffic.incident.traces).toBe(0);
    expect(graph.nodes.map(({ service }) => service)).toEqual(['cart', 'web']);
  });

  const series = (metric: string, values: readonly number[]): MetricSeries => ({
    metric,
    unit: '',
    type: 'sum',
    temporality: 'cumulative',
    monotonic: true,
    service: 'cart',
    instance: 'cart-1',
    attributes: {},
    resource: {},
    points: values.map((value, i) => ({ time: (i * 60e9) as Nanos, value, count: 1 })),
  });

  test('takes counters of rare events as they stand, other counters as rates', () => {
    const { values } = featuresOf(
      [],
      [
        series('container.cpu.usage.total', [0, 60, 180]),
        series('k8s.container.restarts', [3, 3, 4]),
        series('requests', [1, 2]),
      ],
    );
    const metric = values.filter(({ origin }) => origin === 'metric');
    expect(metric.map(({ name, minutes }) => [name, minutes.map(({ mean }) => mean)])).toEqual([
      ['container.cpu.usage.total', [1, 2]],
      ['k8s.container.restarts', [3, 3, 4]],
    ]);
    expect(featuresOf(['metrics'], [series('container.cpu.usage', [0, 1])]).values).toHaveLength(1);
  });

  test('points before the incident are the baseline of a series that has none', () => {
    const at = (minute: number) => (minute * 60e9) as Nanos;
    const labels = [
      { label: 'baseline', from: at(10), to: at(11) },
      { label: 'incident', from: at(20), to: at(22) },
    ];
    const plan = planComparison([], labels, { baseline: null, incident: null, without: [] });
    const sides = (minutes: readonly number[]) => {
      const builder = featureBuilder(plan, 0n);
      const gauge = { ...series('process.cpu.utilization', []), type: 'gauge' as const };
      builder.addSeries({
        ...gauge,
        points: minutes.map((m) => ({ time: at(m), value: 1, count: 1 })),
      });
      const [value] = builder.finish({ defects: [], records: 0 }).values;
      return value?.minutes.map(({ cohort, minute }) => `${cohort} ${minute / 60e9}`);
    };
    expect(sides([0, 5, 21, 30])).toEqual(['baseline 0', 'baseline 5', 'incident 21']);
    // One point cannot be compared with.
    expect(sides([0, 5, 10, 21, 30])?.slice(2)).toEqual(['baseline 10', 'incident 21']);
    expect(sides([0, 5, 10, 11, 21, 30])).toEqual(['baseline 10', 'baseline 11', 'incident 21']);
  });

  test('a point just after the incident is about the incident', () => {
    const at = (minute: number) => (minute * 60e9) as Nanos;
    const labels = [
      { label: 'baseline', from: at(10), to: at(14) },
      { label: 'incident', from: at(20), to: at(22) },
    ];
    const plan = planComparison([], labels, { baseline: null, incident: null, without: [] });
    const builder = featureBuilder(plan, 0n);
    const minutes = [10.2, 11.2, 12.2, 20.2, 21.2, 22.2, 23.2];
    builder.addSeries({
      ...series('process.cpu.utilization', []),
      type: 'gauge' as const,
      points: minutes.map((m) => ({ time: at(m), value: 1, count: 1 })),
    });
    const [value] = builder.finish({ defects: [], records: 0 }).values;
    const incident = value?.minutes.filter(({ cohort }) => cohort === 'incident');
    expect(incident?.map(({ minute }) => minute / 60e9)).toEqual([20, 21, 22]);
  });
});
