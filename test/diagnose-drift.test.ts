/** Which distributions moved: each test and rule on a drawn case of its own. */
import { describe, expect, test } from 'vitest';
import { ratioAtLeast } from '../src/diagnose/drift/levels.ts';
import { drift } from '../src/diagnose/index.ts';
import type { Attributes, Drift, MetricSeries, Nanos, Span } from '../src/model.ts';
import {
  type DrawnCase,
  earlier,
  epochNs,
  featuresOf,
  gauge,
  later,
  minute,
  normal,
  random,
} from './case.ts';

const picture = `
  scorer/predict  [====]
`;
type Of = (next: () => number, number: number) => Attributes;

/** Calls that carry what `before` and `during` make of a number, at random. */
function calls(before: Of, during: Of, counts: readonly [number, number] = [240, 150]) {
  const next = random(11);
  const carrying = (of: Of) => ({
    vary: (span: Span, number: number) => ({ ...span, attributes: of(next, number) }),
  });
  return {
    baseline: earlier(picture, counts[0], carrying(before)),
    incident: later(picture, counts[1], carrying(during)),
  };
}

const driftOf = (drawing: DrawnCase): Drift => drift(featuresOf(drawing));
const told = ({ signals }: Drift) => signals.map(({ name, outcome }) => `${outcome} ${name}`);
const at = (minutes: number): string =>
  new Date(Number(epochNs / 1_000_000n) + minutes * 60_000).toISOString();

const confidence =
  (mean: number): Of =>
  (next) => ({ 'prediction.confidence': mean + 0.05 * normal(next) });

describe('numbers of spans', () => {
  test('Kolmogorov-Smirnov: how far, how sure, since when, and an example of each side', () => {
    const found = driftOf(
      calls(confidence(0.9), (next, number) => confidence(number < 60 ? 0.9 : 0.75)(next, number)),
    );
    expect(found).toMatchObject({ outcome: 'drifted', tested: 1, drifted: 1, changes: [] });
    const [signal] = found.signals;
    expect(signal).toMatchObject({
      ...{ rank: 1, layer: 'model', service: 'scorer', kind: 'number', origin: 'span' },
      ...{ test: 'kolmogorov-smirnov', direction: 'down', worse: true, minutes: 3 },
      n: { baseline: 240, incident: 150 },
      effect: { measure: 'ks', floor: 0.1 },
    });
    // 60 of 150 as before, the rest three standard deviations lower: 0.6 · (2 Φ(1.5) − 1) = 0.52.
    expect(signal?.effect.value).toBeGreaterThan(0.45);
    expect(signal?.effect.value).toBeLessThan(0.6);
    expect(signal?.q).toBeLessThan(1e-9);
    expect(signal?.onset?.slice(0, 16)).toBe(at(12).slice(0, 16));
    expect(signal?.distances.shift).toBeLessThan(-1);
    expect(signal?.trend.map(({ window }) => window)).toEqual([
      ...Array(8).fill('baseline'),
      ...Array(5).fill('incident'),
    ]);
    const sum = (of: 'baseline' | 'incident') =>
      signal?.distribution.reduce((total, bin) => total + bin[of], 0);
    expect(sum('baseline')).toBeCloseTo(1, 4);
    expect(sum('incident')).toBeCloseTo(1, 4);
    expect(signal?.examples).toMatchObject({
      baseline: { signal: 'span' },
      incident: { signal: 'span' },
    });
  });

  test('persistence: as far in one minute alone is brief', () => {
    const found = driftOf(
      calls(confidence(0.9), (next, number) =>
        confidence(number >= 60 && number < 90 ? 0.5 : 0.9)(next, number),
      ),
    );
    expect(told(found)).toEqual(['brief prediction.confidence']);
    expect(found.outcome).toBe('steady');
    expect(found.signals[0]?.q).toBeLessThan(0.01);
    expect(found.signals[0]?.onset).toBeNull();
  });

  test('a slice that moved more than the rest is told, with what happened elsewhere', () => {
    const region = (number: number): string => (number % 3 === 0 ? 'eu' : 'us');
    const found = driftOf(
      calls(
        (next, number) => ({ ...confidence(0.9)(next, number), region: region(number) }),
        (next, number) => ({
          ...confidence(region(number) === 'eu' ? 0.6 : 0.9)(next, number),
          region: region(number),
        }),
      ),
    );
    const [signal] = found.signals;
    expect(signal?.outcome).toBe('drifted');
    expect(signal?.slices[0]).toMatchObject({ key: 'region', value: 'eu', n: { incident: 50 } });
    expect(signal?.slices[0]?.incident).toBeCloseTo(0.6, 1);
    expect(signal?.slices[0]?.elsewhere.incident).toBeCloseTo(0.9, 1);
  });

  test('where only the shares of something else moved it is a mix', () => {
    const of =
      (share: number): Of =>
      (next, number) => {
        const long = number % 10 < share;
        return {
          'task.kind': long ? 'long' : 'short',
          'gen_ai.usage.output_tokens': Math.round((long ? 900 : 100) + 20 * normal(next)),
        };
      };
    const [tokens] = driftOf(calls(of(2), of(7))).signals.filter(({ kind }) => kind === 'number');
    expect(tokens).toMatchObject({ outcome: 'mix', mix: { key: 'task.kind' } });
    expect(Math.abs(tokens?.mix?.within ?? Infinity)).toBeLessThan(40);
    expect(tokens?.mix?.total).toBeCloseTo(400, -2);
  });
});

describe('categories of spans', () => {
  const reason =
    (share: number): Of =>
    (next) => ({
      'gen_ai.response.finish_reasons': [next() < share ? 'length' : 'stop'],
    });

  test('the G-test: Jensen-Shannon distance, the category that moved most, shares', () => {
    const [signal] = driftOf(calls(reason(0.05), reason(0.5))).signals;
    expect(signal).toMatchObject({
      ...{ outcome: 'drifted', kind: 'category', test: 'g', layer: 'model', category: 'length' },
      ...{ direction: 'up', effect: { measure: 'jensen-shannon', floor: 0.1 } },
    });
    expect(signal?.baseline).toBeCloseTo(0.05, 1);
    expect(Math.abs((signal?.incident ?? 0) - 0.5)).toBeLessThan(0.1);
    expect(signal?.distribution.map(({ category }) => category).sort()).toEqual(['length', 'stop']);
  });

  test('what people and models said is no category, nor a slice', () => {
    const said =
      (share: number): Of =>
      (next) => ({
        ...reason(share)(next, 0),
        'gen_ai.prompt.0.content': next() < share ? 'a' : 'b',
      });
    const [signal, ...others] = driftOf(calls(said(0.05), said(0.5))).signals;
    expect(signal?.name).toBe('gen_ai.response.finish_reasons');
    expect(others).toEqual([]);
    expect(JSON.stringify(signal)).not.toContain('gen_ai.prompt');
  });

  test('few of them: exactly, by Fisher', () => {
    const [signal] = driftOf(calls(reason(0.02), reason(0.5), [40, 20])).signals;
    expect(signal).toMatchObject({ test: 'fisher', n: { baseline: 40, incident: 20 } });
  });
});

/** A histogram a minute, cumulative: `counts` are what each minute adds. */
function histogram(before: readonly number[], during: readonly number[]): MetricSeries {
  const bounds = [0.25, 0.5, 0.75];
  let counts = [1_000, 1_000, 0, 0];
  const points = [...Array(9).fill(before), ...Array(6).fill(during)].map((added, number) => {
    counts = counts.map((count, bucket) => count + added[bucket]);
    const count = counts.reduce((a, b) => a + b, 0);
    const time = ((number < 9 ? number - 1 : number) + 0.5) * minute;
    const sum = counts.reduce((total, own, bucket) => total + own * (0.125 + bucket / 4), 0);
    return { time: time as Nanos, count, value: sum / count, buckets: { bounds, counts } };
  });
  return {
    ...gauge({ name: 'model.confidence', service: 'scorer' }),
    ...{ type: 'histogram', temporality: 'cumulative', points },
  };
}

describe('histograms', () => {
  const quiet = { baseline: earlier(picture, 20), incident: later(picture, 20) };

  test('what each minute added is compared, at their own bounds', () => {
    const found = driftOf({ ...quiet, series: [histogram([0, 10, 30, 60], [10, 40, 40, 10])] });
    expect(found.signals[0]).toMatchObject({
      ...{ outcome: 'drifted', kind: 'buckets', test: 'kolmogorov-smirnov', direction: 'down' },
      // Up to 0.75 40 of 100 before, 90 of 100 during.
      effect: { measure: 'ks', value: 0.5 },
      distribution: [
        { from: null, to: 0.25, baseline: 0, incident: 0.1 },
        { from: 0.25, to: 0.5, baseline: 0.1, incident: 0.4 },
        { from: 0.5, to: 0.75, baseline: 0.3, incident: 0.4 },
        { from: 0.75, to: null, baseline: 0.6, incident: 0.1 },
      ],
    });
  });

  test('effect floor: what is sure and small has not drifted', () => {
    const found = driftOf({
      ...quiet,
      series: [histogram([0, 10_000, 30_000, 60_000], [0, 13_000, 33_000, 54_000])],
    });
    expect(found).toMatchObject({ outcome: 'steady', drifted: 0 });
    expect(found.signals[0]).toMatchObject({ outcome: 'small', effect: { value: 0.06 } });
    expect(found.signals[0]?.q).toBeLessThan(1e-9);
  });
});

describe('gauges', () => {
  const quiet = { baseline: earlier(picture, 20), incident: later(picture, 20) };
  const ofGauges = (...levels: readonly Omit<Parameters<typeof gauge>[0], 'service'>[]) =>
    driftOf({ ...quiet, series: levels.map((level) => gauge({ service: 'scorer', ...level })) });
  const unlike = [0.9, 0.91, 0.89, 0.92, 0.9, 0.88, 0.91, 0.9];

  test('the minutes from the onset on against those before', () => {
    const { signals } = ofGauges({
      ...{ name: 'model.accuracy', before: unlike, during: [0.9, 0.9, 0.7, 0.71, 0.69] },
    });
    expect(signals[0]).toMatchObject({
      ...{ outcome: 'drifted', kind: 'level', minutes: 3, worse: true, baseline: 0.9 },
      n: { baseline: 8, incident: 5 },
      effect: { measure: 'shift', floor: 0.2 },
    });
  });

  test('correction: what is sure alone is chance among many', () => {
    const odd = { name: 'model.accuracy', before: unlike, during: [0.9, 0.77, 0.76, 0.765, 0.77] };
    const next = random(5);
    const others = Array.from({ length: 40 }, (_, number) => {
      const draw = () => 0.9 + 0.01 * normal(next);
      const values = { before: unlike.map(draw), during: Array.from({ length: 5 }, draw) };
      return { name: `model.accuracy.of.${number}`, ...values };
    });
    const alone = ofGauges(odd).signals[0];
    const among = ofGauges(odd, ...others).signals.find(({ name }) => name === odd.name);
    expect(alone?.outcome).toBe('drifted');
    expect(among?.p).toBe(alone?.p);
    expect(among?.outcome).toBe('chance');
  });

  test('a moving average that leaves its walk, not one that goes on as it went', () => {
    const smooth = [0.893, 0.907, 0.911, 0.913, 0.915, 0.918, 0.914, 0.912];
    const left = ofGauges({
      ...{ name: 'answer.relevance', before: smooth, during: [0.9, 0.86, 0.76, 0.68, 0.64] },
    });
    expect(left.signals[0]).toMatchObject({ outcome: 'drifted', test: 'forecast' });
    const falling = Array.from({ length: 15 }, (_, at) => 0.95 - 0.02 * at + 0.002 * (at % 2));
    const on = ofGauges({
      ...{ name: 'train.loss', before: falling.slice(0, 8), during: falling.slice(10) },
    });
    expect(on.outcome).toBe('steady');
  });

  test('a little above constant zeros is not sure', () => {
    const zeros = Array(8).fill(0);
    const { outcome } = ofGauges({
      ...{ name: 'feature.null_ratio', before: zeros, during: [0, 0.02, 0.01, 0.02, 0.01] },
    });
    expect(outcome).toBe('steady');
  });

  test('hardly ever an alarm where minutes resemble their neighbours', () => {
    const next = random(2026);
    let named = 0;
    for (let run = 0; run < 60; run += 1) {
      const series = Array.from({ length: 10 }, (_, number) => {
        let noise = normal(next);
        const values = Array.from({ length: 15 }, () => {
          noise = 0.8 * noise + 0.6 * normal(next);
          return 0.8 + 0.05 * noise;
        });
        const of = { before: values.slice(0, 8), during: values.slice(10) };
        return { name: `model.accuracy.of.${number}`, ...of };
      });
      named += ofGauges(...series).drifted;
    }
    // Of 600 series; each case is to have one in a hundred at most.
    expect(named).toBeLessThanOrEqual(3);
  });
});

describe('measures of drift that a system publishes', () => {
  const quiet = { baseline: earlier(picture, 20), incident: later(picture, 20) };
  const view = (name: string, before: readonly number[], during: readonly number[]) =>
    gauge({ name: 'feature.psi', service: 'store', attributes: { view: name }, before, during });
  const calm = [0.05, 0.07, 0.04, 0.03, 0.06, 0.05, 0.08, 0.05];
  const other = view('b', [0.06, 0.04, 0.05, 0.07, 0.03, 0.06, 0.04, 0.05], [0.05, 0.06, 0.04]);

  test('an F ratio against the baselines of all that it is published of', () => {
    const series = [view('a', calm, [0.06, 0.2, 0.5, 0.9, 1]), other];
    const { signals } = driftOf({ ...quiet, series });
    expect(told({ signals } as Drift)).toEqual([
      'drifted feature.psi (a)',
      'small feature.psi (b)',
    ]);
    expect(signals[0]).toMatchObject({
      ...{ kind: 'published', test: 'variance-ratio', layer: 'data', entity: 'dataset:a' },
      ...{ worse: true, direction: 'up', distances: { psi: 0.65 } },
      effect: { measure: 'shift', floor: 0.2 },
    });
    // Two normal distributions √0.65 standard deviations apart: 2 Φ(√0.65 / 2) − 1.
    expect(signals[0]?.effect.value).toBeCloseTo(0.3131, 3);
  });

  test('below a quarter it is small, however quiet it was', () => {
    const quietest = calm.map((value) => value / 100);
    const series = [view('a', quietest, [0.2, 0.21, 0.2, 0.19, 0.2])];
    expect(told(driftOf({ ...quiet, series }))).toEqual(['small feature.psi (a)']);
  });

  test('where it was as high before it is chance', () => {
    const noisy = [0.1, 0.4, 0.2, 0.5, 0.15, 0.45, 0.3, 0.1];
    const series = [view('a', noisy, [0.5, 0.55, 0.5, 0.6, 0.5])];
    expect(told(driftOf({ ...quiet, series }))).toEqual(['chance feature.psi (a)']);
  });

  test('the tail of F, against a table: 5 % at 4.96 for 1 and 10, 1 % at 5.64 for 5 and 10', () => {
    expect(ratioAtLeast(4.9646, 1, 10)).toBeCloseTo(0.05, 4);
    expect(ratioAtLeast(5.6363, 5, 10)).toBeCloseTo(0.01, 4);
    expect(ratioAtLeast(0, 5, 10)).toBe(1);
  });
});

describe('what is not compared, and what is a fact', () => {
  test('a new version, model or prompt is told apart, once, and not tested', () => {
    const of =
      (prompt: string, version: string): Of =>
      (next, number) => ({
        ...confidence(0.9)(next, number),
        'prompt.version': prompt,
        'service.version': version,
        'model.version': version,
      });
    const found = driftOf(calls(of('p1', '1.0'), of('p2', '1.1')));
    expect(found.outcome).toBe('steady');
    expect(told(found)).toHaveLength(1);
    expect(
      found.changes.map(({ kind, service, key, from, to }) => [kind, service, key, from, to]),
    ).toEqual([
      ['version', 'scorer', 'service.version', '1.0', '1.1'],
      ['prompt', 'scorer', 'prompt.version', 'p1', 'p2'],
    ]);
    expect(found.changes[0]?.reference.signal).toBe('span');
  });

  test('data come before models: what went in explains what came out', () => {
    const of =
      (missing: number, mean: number): Of =>
      (next, number) => ({
        ...confidence(mean)(next, number),
        'features.null_count': next() < missing ? 3 : 0,
      });
    const found = driftOf(calls(of(0.05, 0.9), of(0.4, 0.6)));
    expect(found.signals.map(({ layer, outcome }) => [layer, outcome])).toEqual([
      ['data', 'drifted'],
      ['model', 'drifted'],
    ]);
    expect(found.signals[1]?.effect.value).toBeGreaterThan(found.signals[0]?.effect.value ?? 1);
  });

  test('constants, names, counters and few values are left out, and counted', () => {
    const of: Of = (_, number) => ({
      'feature.dimension': 3,
      'feature.comment': `text ${number}`,
      'features.served': number,
      ...(number < 4 && { 'feature.rare': number }),
    });
    const { outcome, tested, leftOut } = driftOf(calls(of, of));
    expect([outcome, tested]).toEqual(['no-signal', 0]);
    expect(leftOut.map(({ name, why }) => `${name} ${why}`)).toEqual([
      'feature.comment names',
      'feature.dimension constant',
      'feature.rare few',
      'features.served counter',
    ]);
  });

  test('without a baseline nothing is compared', () => {
    expect(driftOf({ unlabelled: earlier(picture, 30) })).toMatchObject({
      ...{ outcome: 'no-baseline', signals: [], changes: [], windows: { baseline: null } },
    });
  });
});
