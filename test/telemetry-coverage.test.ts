/** Which faults telemetry could show: drawn cases with and without a signal. */
import { describe, expect, test } from 'vitest';
import { diagnose, telemetryCoverage } from '../src/diagnose/index.ts';
import { needsOf, wantedOf } from '../src/diagnose/telemetry/needs.ts';
import type { ClassCoverage, EvidenceKind, MetricSeries, Span } from '../src/model.ts';
import { signalOf } from '../src/semantics/index.ts';
import { earlier, featuresOf, gauge, later, many, noisy } from './case.ts';
import type { DrawOptions } from './draw.ts';

const picture = `
web/checkout      [==========]
  web>ranker       [========]
    ranker/predict  [======]
`;

/** The ranker answers as a model does. */
const modelled = (span: Span): Span =>
  span.service === 'ranker' ? { ...span, attributes: { 'model.version': 'v1' } } : span;

const steady = (name: string, service = 'ranker'): MetricSeries =>
  gauge({ name, service, before: [1, 1, 1, 1, 1, 1, 1, 1], during: [1, 1, 1, 1, 1] });

interface Telemetry {
  readonly series?: readonly MetricSeries[];
  readonly writers?: readonly string[];
  readonly vary?: (span: Span) => Span;
}

function coverageWith({ series = [], writers = [], vary = modelled }: Telemetry) {
  const traces = {
    baseline: earlier(picture, 20, { vary }),
    incident: later(picture, 20, { vary }),
  };
  const coverage = telemetryCoverage(featuresOf({ ...traces, series }), writers);
  const at = (service: string) => {
    const found = coverage.services.find((one) => one.service === service);
    if (!found) throw new Error(`no ${service}`);
    const of = (name: string): ClassCoverage | undefined =>
      found.classes.find((one) => one.class === name);
    return { ...found, of };
  };
  return { coverage, at };
}

test('what is asked for by name is read as what it is asked for', () => {
  const signals = new Set(
    Object.values(needsOf).flatMap(({ needs }) => needs.filter((need) => isNumber(need))),
  );
  expect(signals.size).toBeGreaterThan(15);
  for (const signal of signals) {
    const { names } = wantedOf[signal];
    expect([signal, names.map((name) => signalOf(name)?.kind)]).toEqual([
      signal,
      names.map(() => signal),
    ]);
    expect(names).not.toEqual([]);
  }
});

/** Kinds of numbers that telemetry reports; the rest is of spans and logs. */
const isNumber = (need: string): boolean =>
  !/^(spans|callers|times|ways|steps|runs|logs|codes|places|version|quality-version|instances|model-steps|tool-steps|inference|compared|baseline|limit|answering-model|prompt-version|tokens|series)$/.test(
    need,
  );

describe('a model whose quality is known', () => {
  const quality = steady('model.prediction.confidence');

  test('without its inputs: concept drift is found and not told from data drift', () => {
    const { coverage, at } = coverageWith({ series: [quality] });
    const ranker = at('ranker');
    expect(ranker.components).toContain('model');
    expect(ranker.of('concept-drift')?.outcome).toBe('found');
    expect(ranker.of('concept-drift')?.mistakenFor).toContain('data-drift');
    expect(ranker.of('data-drift')?.outcome).toBe('not-found');
    const drift = coverage.missing.find(({ signal }) => signal === 'drift');
    expect(drift?.services).toEqual(['ranker']);
    expect(drift?.summary).toMatch(/^no input-distribution metric: data-drift cannot be found/);
    expect(drift?.summary).toMatch(/concept-drift .*cannot be told from data-drift/);
    expect(drift?.names).toContain('feature.drift.psi');
  });

  test('with a feature store that reports drift, both are told', () => {
    const { at, coverage } = coverageWith({
      series: [quality, steady('feature.drift.psi', 'features')],
    });
    expect(at('ranker').of('concept-drift')?.mistakenFor).not.toContain('data-drift');
    // Signs of data are those of the service that reports on data.
    expect(at('ranker').of('data-drift')).toBeUndefined();
    // What a bad version does is not told for want of versions.
    expect(at('features').of('data-drift')?.mistakenFor).toEqual(['model-degradation']);
    expect(at('features').components).toEqual(['features', 'no-spans']);
    expect(coverage.missing.map(({ signal }) => signal)).not.toContain('drift');
  });

  test('of no version, a bad version is not found', () => {
    const versioned = { ...quality, attributes: { 'model.version': 'v1' } };
    expect(
      coverageWith({ series: [quality] })
        .at('ranker')
        .of('model-degradation')?.outcome,
    ).toBe('not-found');
    const { at } = coverageWith({ series: [versioned] });
    expect(at('ranker').of('model-degradation')?.outcome).toBe('found');
  });
});

test('a plain service is asked for nothing of AI', () => {
  const { at } = coverageWith({});
  const classes = at('web').classes.map((one) => one.class);
  expect(classes).toContain('slow-operation');
  for (const name of [
    'data-drift',
    'agent-loop',
    'gpu-fault',
    'training-divergence',
    'inference-slow',
  ]) {
    expect(classes).not.toContain(name);
  }
});

test.for(['cpu', 'restarts', 'disk', 'quality'] as const)(
  'a signal adds what it was said to add: %s',
  (signal) => {
    // Any metric shows that a service is heard: here all have one.
    const heard = coverageWith({}).coverage.services.map((one) => steady('app.heard', one.service));
    const before = coverageWith({ series: heard });
    const said = before.coverage.missing.find((one) => one.signal === signal);
    const name = wantedOf[signal].names[0] ?? '';
    const series = (said?.services ?? []).map((service) => steady(name, service));
    const after = coverageWith({ series: [...heard, ...series] });
    expect(series.length).toBeGreaterThan(0);
    expect(after.coverage.score - before.coverage.score).toBeCloseTo(said?.adds ?? 0, 5);
    expect(after.coverage.missing.map((one) => one.signal)).not.toContain(signal);
  },
);

test('the score is a mean of means, a class without its required sign keeps a quarter', () => {
  const { coverage, at } = coverageWith({});
  const mean = (all: readonly { readonly score: number }[]): number =>
    all.reduce((sum, { score }) => sum + score, 0) / all.length;
  expect(coverage.score).toBeCloseTo(mean(coverage.services), 5);
  expect(at('web').score).toBeCloseTo(mean(at('web').classes), 5);
  // CPU .8 and memory .25 are missing; seen are self-time .5, network gap .5, place 0, others .25.
  const starved = at('ranker').of('cpu-saturation');
  expect(starved?.missing.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['cpu', 'memory']),
  );
  expect(starved?.outcome).toBe('not-found');
  expect(starved?.score).toBeLessThan(0.25);
});

describe('what was found could be seen', () => {
  const moved = (name: string, service: string, before: number, during: number): MetricSeries =>
    gauge({ name, service, before: Array(8).fill(before), during: Array(5).fill(during) });
  const failing = picture.replace('[======]', '[=====!]').replace('[========]', '[=======!]');

  const silent = 'web/checkout [==========]\n  web>stock  [========]';
  const stretched = (drawing: string): string => drawing.replace(/=(?=])/g, '='.repeat(40));

  interface Fault {
    /** What must be among the evidence. */
    readonly kind: EvidenceKind;
    readonly before?: string;
    readonly during?: string;
    readonly series?: readonly MetricSeries[];
    readonly set?: NonNullable<DrawOptions['set']>;
  }
  const faults: readonly Fault[] = [
    { kind: 'bare-error', during: failing },
    {
      kind: 'schema',
      during: failing,
      set: { 'ranker/predict': { statusMessage: 'no such column: price' } },
    },
    {
      kind: 'cpu',
      during: stretched(picture),
      series: [moved('container.cpu.usage', 'ranker', 0.2, 0.95)],
    },
    {
      kind: 'drift',
      series: [
        moved('model.prediction.confidence', 'ranker', 0.9, 0.5),
        moved('feature.drift.psi', 'features', 0.02, 0.6),
      ],
    },
    // The disk of a host is laid to what is slow and does not say where it runs.
    {
      kind: 'disk',
      before: silent,
      during: stretched(silent),
      series: [{ ...moved('system.disk.utilization', 'agent', 0.1, 0.9), instance: 'host-7' }],
    },
  ];

  test.for(faults)(
    '$kind',
    ({ kind, before = picture, during = picture, series = [], set = {} }) => {
      const noise = noisy(5);
      const vary = (span: Span) => noise(modelled(span));
      const features = featuresOf({
        baseline: earlier(before, 60, { vary }),
        incident: later(during, 60, { vary, set }),
        series,
      });
      const { services } = telemetryCoverage(features, []);
      const cited = diagnose(features).causes.flatMap(({ service, faultClass, evidence }) =>
        evidence.map((row) => ({ service, faultClass, kind: row.kind })),
      );
      expect(cited.map((row) => row.kind)).toContain(kind);
      const unseen = cited.filter((row) => {
        const { classes = [] } = services.find(({ service }) => service === row.service) ?? {};
        return !classes.find((one) => one.class === row.faultClass)?.shown.includes(row.kind);
      });
      expect(unseen).toEqual([]);
    },
  );
});

test('logs are there if the service wrote any', () => {
  const lacking = (writers: readonly string[]) =>
    coverageWith({ writers }).coverage.missing.find(({ signal }) => signal === 'logs')?.services;
  expect(lacking([])).toEqual(['ranker', 'web']);
  expect(lacking(['web'])).toEqual(['ranker']);
});

test('a service that nobody traced is known by its callers alone', () => {
  const { at } = coverageWith({ vary: (span) => span });
  const silent = telemetryCoverage(
    featuresOf({
      baseline: earlier('web/checkout [=====]\n  web>stock  [===]', 20),
      incident: later('web/checkout [=====]\n  web>stock  [===]', 20),
    }),
    [],
  ).services.find(({ service }) => service === 'stock');
  const outcome = (name: string) => silent?.classes.find((one) => one.class === name)?.outcome;
  expect(at('ranker').of('early-return')).toBeDefined();
  expect(silent?.components).toEqual(['no-spans']);
  expect(outcome('service-unreachable')).not.toBe('not-found');
  expect(outcome('early-return')).toBe('not-found');
  expect(silent?.missing.map(({ signal }) => signal)).toContain('restarts');
});

test('without a time before the incident nothing that moves is found, and signals are still asked for', () => {
  const unlabelled = many(picture, { count: 20, minutes: [0, 8] });
  const coverage = telemetryCoverage(
    featuresOf({ unlabelled, series: [steady('container.cpu.usage', 'web')] }),
    [],
  );
  const [ranker, web] = coverage.services;
  const cpu = web?.classes.find((one) => one.class === 'cpu-saturation');
  expect(cpu?.outcome).toBe('not-found');
  expect(cpu?.missing[0]?.signals).toEqual(['baseline']);
  const signals = coverage.missing.map(({ signal }) => signal);
  expect(signals).toEqual(expect.arrayContaining(['baseline', 'cpu', 'memory', 'restarts']));
  expect(coverage.missing.find(({ signal }) => signal === 'cpu')?.services).toEqual([
    ranker?.service,
  ]);
});

test('metrics alone are a case, nothing is none', () => {
  const alone = telemetryCoverage(
    featuresOf({ series: [steady('container.cpu.usage', 'web')] }),
    [],
  );
  expect(alone.services.map(({ service }) => service)).toEqual(['web']);
  expect(alone.missing[0]?.adds).toBeGreaterThanOrEqual(alone.missing.at(-1)?.adds ?? 1);
  const nothing = telemetryCoverage(featuresOf({}), []);
  expect(nothing).toEqual({ score: 0, services: [], missing: [] });
});
