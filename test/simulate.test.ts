import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { UserError } from '../src/errors.ts';
import { type SimulatedFile, scenarios, simulate, writeCase } from '../src/simulate/index.ts';

vi.setConfig({ testTimeout: 30_000 });

// ------------------------------------------------------------ reading a case, by the test itself

interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}
interface RawSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: KeyValue[];
  status: { code?: number; message?: string };
}
type Bag = Record<string, unknown>;
interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  service: string;
  resource: Bag;
  /** Milliseconds since the first instant of 2026. */
  start: number;
  end: number;
  readonly attributes: Bag;
  failed: boolean;
  message: string;
}
interface Log {
  service: string;
  time: number;
  body: string;
  traceId: string;
  spanId: string;
}
interface Point {
  service: string;
  resource: Bag;
  metric: string;
  time: number;
  value: number;
  attributes: Bag;
}
interface Label {
  root_cause_service?: string;
  also_accepted?: string[];
  entity?: string;
  instance?: string;
  layer?: string;
  fault_class?: string;
  path?: { from: string; to: string }[];
  intensity?: number;
  fault_start_unix_nano?: string;
  healthy?: true;
  system: string;
  seed: number;
  scenario: string;
}
interface Window {
  spans: Span[];
  logs: Log[];
}
interface Case {
  label: Label;
  onset: number;
  baseline: Window;
  incident: Window;
  points: Point[];
}

const epochMs = Date.UTC(2026, 0, 1);
const msOf = (unixNs: string): number =>
  Number(unixNs.slice(0, -6)) - epochMs + Number(unixNs.slice(-6)) / 1e6;

function plain(value: Record<string, unknown>): unknown {
  if (typeof value.intValue === 'string') return Number(value.intValue);
  if ('arrayValue' in value) {
    return (value.arrayValue as { values: Record<string, unknown>[] }).values.map(plain);
  }
  return Object.values(value)[0];
}
function bag(attributes: readonly KeyValue[]): Bag {
  const plainly: Bag = {};
  for (const { key, value } of attributes) plainly[key] = plain(value);
  return plainly;
}

const contentOf = (files: readonly SimulatedFile[], path: string): string =>
  files.find((file) => file.path === path)?.content ?? '';

// biome-ignore lint/suspicious/noExplicitAny: the shape is what these tests are about
const linesOf = (files: readonly SimulatedFile[], path: string): any[] =>
  contentOf(files, path)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

function spansIn(files: readonly SimulatedFile[], path: string): Span[] {
  const spans: Span[] = [];
  for (const { resource, scopeSpans } of linesOf(files, path).flatMap((l) => l.resourceSpans)) {
    const attributes = bag(resource.attributes);
    for (const span of scopeSpans.flatMap((s: { spans: RawSpan[] }) => s.spans) as RawSpan[]) {
      spans.push({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        name: span.name,
        kind: span.kind,
        service: String(attributes['service.name']),
        resource: attributes,
        start: msOf(span.startTimeUnixNano),
        end: msOf(span.endTimeUnixNano),
        get attributes() {
          return bag(span.attributes);
        },
        failed: span.status.code === 2,
        message: span.status.message ?? '',
      });
    }
  }
  return spans;
}

function logsIn(files: readonly SimulatedFile[], path: string): Log[] {
  return linesOf(files, path)
    .flatMap((line) => line.resourceLogs)
    .flatMap(({ resource, scopeLogs }) =>
      scopeLogs[0].logRecords.map((log: Bag & { body: { stringValue: string } }) => ({
        service: String(bag(resource.attributes)['service.name']),
        time: msOf(String(log.timeUnixNano)),
        body: log.body.stringValue,
        traceId: log.traceId,
        spanId: log.spanId,
      })),
    );
}

function pointsIn(files: readonly SimulatedFile[]): Point[] {
  const points: Point[] = [];
  for (const line of linesOf(files, 'metrics.jsonl').flatMap((l) => l.resourceMetrics)) {
    const resource = bag(line.resource.attributes);
    for (const metric of line.scopeMetrics[0].metrics) {
      const { dataPoints } = metric.gauge ?? metric.sum ?? metric.histogram;
      for (const point of dataPoints) {
        points.push({
          service: String(resource['service.name']),
          resource,
          metric: metric.name,
          time: msOf(point.timeUnixNano),
          value: point.asDouble ?? Number(point.asInt ?? point.sum / Number(point.count)),
          attributes: bag(point.attributes),
        });
      }
    }
  }
  return points;
}

function read(files: readonly SimulatedFile[]): Case {
  const label = JSON.parse(contentOf(files, 'label.json')) as Label;
  const window = (name: string) => ({
    spans: spansIn(files, `${name}/traces.jsonl`),
    logs: logsIn(files, `${name}/logs.jsonl`),
  });
  return {
    label,
    onset: label.fault_start_unix_nano ? msOf(label.fault_start_unix_nano) : Number.NaN,
    baseline: window('baseline'),
    incident: window('incident'),
    points: pointsIn(files),
  };
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
/** The cases of every seed, made before the tests of one `describe` and let go after them. */
function casesOf(scenario: string): Case[] {
  const cases: Case[] = [];
  beforeAll(() => {
    cases.push(...seeds.map((seed) => read(simulate(scenario, seed, { intensity: 0.8 }))));
  }, 60_000);
  afterAll(() => {
    cases.length = 0;
  });
  return cases;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const failedShare = (spans: readonly Span[]): number =>
  spans.filter(({ failed }) => failed).length / spans.length;
const roots = (spans: readonly Span[]): Span[] => spans.filter((s) => s.parentSpanId === '');
/** Of those that come in at the gateway. */
const requests = (spans: readonly Span[]): Span[] =>
  roots(spans).filter((s) => s.name.includes('/v1/'));
const duration = ({ start, end }: Span): number => end - start;

/** The confidence of each prediction, whatever the estate calls it. */
const confidenceOf = ({ attributes }: Span): number | undefined => {
  const key = Object.keys(attributes).find((name) => name.endsWith('confidence'));
  return key === undefined ? undefined : Number(attributes[key]);
};
const confidences = (spans: readonly Span[]): number[] =>
  spans.map(confidenceOf).filter((value) => value !== undefined);
const modelVersionOf = ({ attributes, resource }: Span | Point): string =>
  String(
    attributes['model.version'] ??
      attributes['gen_ai.response.model'] ??
      resource['service.version'],
  );

// ------------------------------------------------------------------------------- well-formedness

/** Latest clock error of two hosts, one of which keeps time badly, plus rounding. */
const skewMs = 62.01;

function checkTraces({ spans, logs }: Window, truth: Label): void {
  const ids = new Map(spans.map((span) => [`${span.traceId}/${span.spanId}`, span]));
  expect(ids.size).toBe(spans.length);
  expect(spans.filter(malformed)).toEqual([]);
  const parentOf = (span: Span) => ids.get(`${span.traceId}/${span.parentSpanId}`);
  const children = spans.filter(({ parentSpanId }) => parentSpanId !== '');
  const orphans = children.filter((span) => !parentOf(span));
  const late = children.filter((span) => {
    // Consumers go on in the trace of a producer that has long ended.
    if (span.kind === 5) return false;
    const parent = parentOf(span) ?? span;
    return span.start < parent.start - skewMs || span.end > parent.end + skewMs;
  });
  // What a killed process had begun is lost with it, a few spans never arrive, and some requests
  // have not ended when the recording does.
  const isKilled = truth.fault_class === 'service-unreachable';
  expect(orphans.length).toBeLessThanOrEqual(spans.length * (isKilled ? 0.02 : 0.012));
  // Callees outlive a caller's time-out.
  expect(late.length).toBeLessThanOrEqual(spans.length * 0.004);
  const astray = logs.filter(({ traceId, spanId }) => (traceId === '') !== (spanId === ''));
  expect(astray).toEqual([]);
}

const malformed = ({ traceId, spanId, start, end }: Span): boolean =>
  !/^[0-9a-f]{32}$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId) || end < start;

function checkLabel({ label, baseline, incident, onset }: Case): void {
  const services = new Set(baseline.spans.map(({ service }) => service));
  expect(services.size).toBeGreaterThanOrEqual(5);
  expect(services.size).toBeLessThanOrEqual(40);
  if (label.healthy) {
    expect(label).not.toHaveProperty('root_cause_service');
    return;
  }
  expect(label.fault_class).toBe(label.scenario);
  expect(services).toContain(label.root_cause_service);
  for (const other of label.also_accepted ?? []) expect(services).toContain(other);
  for (const { from, to } of label.path ?? []) {
    expect(services).toContain(from);
    expect(services).toContain(to);
  }
  expect(label.path?.[0]?.from).toBe(label.root_cause_service);
  expect(label.intensity).toBe(0.8);
  const starts = incident.spans.map(({ start }) => start);
  expect(onset).toBeGreaterThan(Math.min(...starts));
  expect(onset).toBeLessThan(Math.max(...starts) - 120_000);
}

function checkQuiet({ baseline, incident }: Case): void {
  const before = baseline.spans.map(({ end }) => end);
  const after = incident.spans.map(({ start }) => start);
  expect(Math.min(...after) - Math.max(...before)).toBeGreaterThan(60_000);
  const traces = roots(baseline.spans).length + roots(incident.spans).length;
  expect(traces).toBeGreaterThan(300);
  // Requests, steps of training, and what consumers begin.
  expect(traces).toBeLessThan(1_800);
  expect(failedShare(baseline.spans)).toBeLessThan(0.02);
}

function checkCase(simulated: Case): void {
  checkLabel(simulated);
  checkTraces(simulated.baseline, simulated.label);
  checkTraces(simulated.incident, simulated.label);
  checkQuiet(simulated);
}

// -------------------------------------------------------------------------------------- the cases

test.each(['stale-data', 'slow-rank'])('%s: a seed fixes every byte', (scenario) => {
  expect(simulate(scenario, 11)).toEqual(simulate(scenario, 11));
});

test('an unknown scenario is refused and the known ones are named', () => {
  expect(() => simulate('volcano', 1)).toThrow(UserError);
  const hint = scenarios.map(({ name }) => name).join(', ');
  expect(() => simulate('volcano', 1)).toThrow(
    expect.objectContaining({ code: 'usage', hint: expect.stringContaining(hint) }),
  );
});

test.each(scenarios)(
  '$name: a packed case is small, and only its label says what is wrong',
  ({ name }) => {
    const files = simulate(name, 3);
    const bytes = files.reduce((sum, { content }) => sum + gzipSync(content).length, 0);
    expect(bytes).toBeGreaterThan(200_000);
    expect(bytes).toBeLessThan(1_500_000);
    for (const { path, content } of files) {
      if (path === 'label.json') continue;
      expect(
        content.match(/\bfault|inject|scenario|simulat|root.?cause|chaos/i)?.[0],
      ).toBeUndefined();
    }
  },
);

describe('service-unreachable', () => {
  const cases = casesOf('service-unreachable');

  test('is well formed', () => {
    for (const one of cases) checkCase(one);
  });

  test('names and topology vary with the seed', () => {
    const services = cases.map(({ baseline }) =>
      [...new Set(baseline.spans.map(({ service }) => service))].sort().join(),
    );
    expect(new Set(services).size).toBe(cases.length);
    expect(new Set(cases.map(({ label }) => label.root_cause_service)).size).toBeGreaterThan(3);
  });

  test('the service says nothing after the onset', () => {
    for (const { label, onset, baseline, incident, points } of cases) {
      const own = <T extends { service: string }>(records: readonly T[]) =>
        records.filter(({ service }) => service === label.root_cause_service);
      expect(own(baseline.spans).length).toBeGreaterThan(40);
      expect(own(incident.spans).filter(({ end }) => end > onset + 3)).toEqual([]);
      expect(own(incident.logs).filter(({ time }) => time > onset + 3)).toEqual([]);
      expect(own(points).filter(({ time }) => time > onset)).toEqual([]);
    }
  });

  test('callers are refused as often as the intensity says', () => {
    for (const [intensity, expected] of [
      [0, 0.2],
      [0.3, 0.5],
      [0.7, 0.9],
    ] as const) {
      const shares = [1, 2, 3].flatMap((seed) => {
        const { label, onset, incident } = read(
          simulate('service-unreachable', seed, { intensity }),
        );
        const root = label.root_cause_service ?? '';
        const isCall = ({ kind, attributes }: Span) =>
          kind === 3 &&
          String(attributes['server.address'] ?? attributes['net.peer.name']).startsWith(root);
        const calls = incident.spans.filter((span) => span.start > onset + skewMs && isCall(span));
        return calls.map(({ message }) => (/refused/i.test(message) ? 1 : 0) as number);
      });
      const error = 4 * Math.sqrt((expected * (1 - expected)) / shares.length);
      expect(Math.abs(mean(shares) - expected)).toBeLessThan(error);
    }
  });

  test('two or more callers are refused at once, twice, and requests fail at the gateway', () => {
    for (const { label, onset, incident, baseline } of cases) {
      const callers = label.path?.filter(({ from }) => from === label.root_cause_service) ?? [];
      expect(callers.length).toBeGreaterThanOrEqual(2);
      const after = incident.spans.filter(({ start }) => start > onset + 1_000);
      const refused = after.filter(({ message }) =>
        /^(?!.* failed: ).*(refused|ENOTFOUND|no such host|not known|resol|Domain name)/is.test(
          message,
        ),
      );
      const who = new Set(refused.map(({ service }) => service));
      for (const { to } of callers) expect(who).toContain(to);
      expect(median(refused.map(duration))).toBeLessThan(15);
      // The rarest route is a ninth of all.
      expect(failedShare(requests(after))).toBeGreaterThan(0.08);
      // Some service may have errors of its own, up to 2 % of its calls, and be called thrice.
      expect(failedShare(requests(baseline.spans))).toBeLessThan(0.08);
    }
  });
});

describe('stale-data', () => {
  const cases = casesOf('stale-data');

  test('is well formed', () => {
    for (const one of cases) checkCase(one);
  });

  test('freshness climbs one second a second from the last success, other views stay fresh', () => {
    for (const { label, onset, points } of cases) {
      const fresh = points.filter(({ metric }) => metric === 'feast_feature_freshness_seconds');
      expect(new Set(fresh.map(({ service }) => service))).toEqual(
        new Set([label.root_cause_service]),
      );
      const viewOf = ({ attributes }: Point) => `dataset:${attributes.feature_view}`;
      const late = fresh.filter(({ time }) => time > onset + 60_000);
      const stale = late.filter((point) => viewOf(point) === label.entity);
      const first = stale[0] as Point;
      const last = stale.at(-1) as Point;
      expect((last.value - first.value) / ((last.time - first.time) / 1000)).toBeCloseTo(1, 2);
      const others = late.filter((point) => viewOf(point) !== label.entity);
      expect(Math.max(...others.map(({ value }) => value))).toBeLessThan(130);
      expect(last.value).toBeGreaterThan(110);
    }
  });

  test('confidence and accuracy fall, latency and errors do not change', () => {
    for (const { onset, baseline, incident, points } of cases) {
      const late = incident.spans.filter(({ start }) => start > onset + 110_000);
      const drop = mean(confidences(baseline.spans)) - mean(confidences(late));
      expect(drop).toBeGreaterThan(0.06);
      const accuracy = points.filter(({ metric }) => /accuracy/.test(metric));
      const before = accuracy.filter(({ time }) => time < onset).map(({ value }) => value);
      const after = accuracy.filter(({ time }) => time > onset + 150_000);
      expect(mean(before) - mean(after.map(({ value }) => value))).toBeGreaterThan(0.03);
      expectSameLatency(baseline.spans, late);
      expect(failedShare(late)).toBeLessThan(failedShare(baseline.spans) + 0.02);
    }
  });
});

/** Half of all requests to each route take what they took, within noise. */
function expectSameLatency(before: readonly Span[], after: readonly Span[]): void {
  for (const name of new Set(roots(before).map((span) => span.name))) {
    const of = (spans: readonly Span[]) =>
      roots(spans)
        .filter((span) => span.name === name && !span.failed)
        .map(duration);
    if (of(after).length < 40) continue;
    expect(median(of(after)) / median(of(before))).toBeGreaterThan(0.75);
    expect(median(of(after)) / median(of(before))).toBeLessThan(1.3);
  }
}

describe('model-degradation', () => {
  const cases = casesOf('model-degradation');

  test('is well formed', () => {
    for (const one of cases) checkCase(one);
  });

  test('the new version is worse while the old one stays as it was', () => {
    for (const { label, onset, baseline, incident } of cases) {
      const isNew = (span: Span) => label.entity?.endsWith(`@${modelVersionOf(span)}`) ?? false;
      const predictions = incident.spans.filter((span) => confidenceOf(span) !== undefined);
      const old = predictions.filter((span) => !isNew(span));
      const fresh = predictions.filter(isNew);
      expect(Math.min(...fresh.map(({ end }) => end))).toBeGreaterThan(onset - skewMs);
      const mixed = old.filter(({ start }) => start > onset);
      expect(mixed.length).toBeGreaterThan(0);
      const healthy = mean(confidences(baseline.spans));
      expect(mean(confidences(old))).toBeGreaterThan(healthy - 0.06);
      expect(healthy - mean(confidences(fresh))).toBeGreaterThan(0.1);
      expect(baseline.spans.some((span) => confidenceOf(span) && isNew(span))).toBe(false);
    }
  });

  test('accuracy by version differs, latency and errors do not change', () => {
    for (const { label, onset, baseline, incident, points } of cases) {
      const accuracy = points.filter(({ metric }) => /accuracy/.test(metric));
      const fresh = accuracy.filter((p) => label.entity?.endsWith(`@${modelVersionOf(p)}`));
      const old = accuracy.filter(({ time }) => time < onset);
      const value = (all: readonly Point[]) => mean(all.map((point) => point.value));
      expect(value(old) - value(fresh)).toBeGreaterThan(0.06);
      const late = incident.spans.filter(({ start }) => start > onset);
      expectSameLatency(baseline.spans, late);
      expect(failedShare(late)).toBeLessThan(failedShare(baseline.spans) + 0.02);
    }
  });
});

const rankOf = ({ resource }: Span | Point): unknown =>
  resource['process.rank'] ?? resource['torch.distributed.rank'] ?? resource.rank;

describe('slow-rank', () => {
  const cases = casesOf('slow-rank');

  test('is well formed', () => {
    for (const one of cases) checkCase(one);
  });

  test('the rank computes slower, arrives last and waits least; all steps take longer', () => {
    for (const { label, onset, baseline, incident } of cases) {
      const rank = Number(label.entity?.slice('rank:'.length));
      const late = incident.spans.filter(({ start }) => start > onset + 60_000);
      const took = (spans: readonly Span[], name: string, slow: boolean) =>
        median(spans.filter((s) => s.name === name && (rankOf(s) === rank) === slow).map(duration));
      expect(took(late, 'forward', true) / took(late, 'forward', false)).toBeGreaterThan(1.4);
      expect(
        took(baseline.spans, 'forward', true) / took(baseline.spans, 'forward', false),
      ).toBeLessThan(1.1);
      expect(took(late, 'all_reduce', true)).toBeLessThan(took(late, 'all_reduce', false) / 2);
      const step = (spans: readonly Span[]) =>
        median(
          roots(spans)
            .filter(({ name }) => name === 'train step')
            .map(duration),
        );
      expect(step(late) / step(baseline.spans)).toBeGreaterThan(1.3);
      const slow = late.find((span) => rankOf(span) === rank);
      expect(slow?.resource['service.instance.id']).toBe(label.instance);
    }
  });

  test('its clock falls and its temperature rises, and no other', () => {
    for (const { label, onset, points } of cases) {
      const rank = Number(label.entity?.slice('rank:'.length));
      const late = points.filter(({ time }) => time > onset + 60_000);
      const of = (metric: string, slow: boolean) =>
        late
          .filter((p) => p.metric === metric && (rankOf(p) === rank) === slow)
          .map((p) => p.value);
      expect(Math.max(...of('DCGM_FI_DEV_SM_CLOCK', true))).toBeLessThan(1_400);
      expect(Math.min(...of('DCGM_FI_DEV_SM_CLOCK', false))).toBeGreaterThan(1_900);
      expect(Math.min(...of('DCGM_FI_DEV_GPU_TEMP', true))).toBeGreaterThan(84);
      expect(Math.max(...of('DCGM_FI_DEV_GPU_TEMP', false))).toBeLessThan(72);
    }
  });

  test('a collective ends for all ranks together', () => {
    for (const { incident } of cases.slice(0, 3)) {
      const steps = new Map<string, number[]>();
      for (const span of incident.spans.filter(({ name }) => name === 'all_reduce')) {
        steps.set(span.traceId, [...(steps.get(span.traceId) ?? []), span.end]);
      }
      // A few spans never arrive.
      expect(mean([...steps.values()].map(({ length }) => length))).toBeGreaterThan(5.8);
      for (const ends of steps.values()) {
        expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(skewMs);
      }
    }
  });
});

describe('training and serving in one', () => {
  const few = [1, 2, 3];
  const of = (scenario: string) =>
    few.map((seed) => read(simulate(scenario, seed, { intensity: 0.9 })));

  test('versions that training made come into service, and are as bad as their training', () => {
    for (const { label, onset, baseline, incident, points } of of('diverged-release')) {
      const predicted = (spans: readonly Span[]) => spans.filter((span) => confidenceOf(span));
      const promoted = (spans: readonly Span[]) =>
        spans
          .filter(({ name }) => name === 'promote model')
          .map((s) => s.attributes['model.version']);
      expect(promoted(baseline.spans).length).toBeGreaterThan(0);
      const bad = promoted(incident.spans.filter(({ start }) => start > onset + 60_000));
      expect(bad.length).toBeGreaterThan(0);
      const before = mean(confidences(baseline.spans));
      const late = predicted(incident.spans).filter((span) => bad.includes(modelVersionOf(span)));
      expect(before - mean(confidences(late))).toBeGreaterThan(0.04);
      const norms = points.filter(({ metric }) => metric.endsWith('grad_norm'));
      expect(new Set(norms.map(({ service }) => service))).toEqual(
        new Set([label.root_cause_service]),
      );
      const share = norms.filter(({ time, value }) => time > onset + 60_000 && value > 4).length;
      expect(share).toBeGreaterThan(10);
      checkTraces(baseline, label);
      checkTraces(incident, label);
    }
  });

  test('what a slow consumer has not worked off is missing from the features', () => {
    for (const { label, onset, points } of of('consumer-lag')) {
      const late = (metric: string) =>
        points.filter((point) => point.metric === metric && point.time > onset + 120_000);
      const lag = late('kafka.consumer_group.lag');
      expect(new Set(lag.map(({ service }) => service))).toEqual(
        new Set([label.root_cause_service]),
      );
      expect(Math.max(...lag.map(({ value }) => value))).toBeGreaterThan(30);
      const ages = late('feast_feature_freshness_seconds').map(({ value }) => value);
      expect(Math.max(...ages)).toBeGreaterThan(90);
    }
  });
});

describe('healthy', () => {
  const cases = casesOf('healthy');

  test('is well formed, and every kind of system occurs', () => {
    for (const one of cases) checkCase(one);
    expect(new Set(cases.map(({ label }) => label.system)).size).toBe(3);
  });

  test('nothing changes but a version and the load', () => {
    for (const { baseline, incident } of cases) {
      expectSameLatency(baseline.spans, incident.spans);
      expect(failedShare(incident.spans)).toBeLessThan(failedShare(baseline.spans) + 0.01);
      const versions = (spans: readonly Span[]) =>
        new Set(spans.map(({ service, resource }) => `${service} ${resource['service.version']}`));
      expect(versions(incident.spans).size).toBeGreaterThan(versions(baseline.spans).size - 1);
      if (confidences(baseline.spans).length === 0) continue;
      const change = mean(confidences(incident.spans)) - mean(confidences(baseline.spans));
      expect(Math.abs(change)).toBeLessThan(0.04);
    }
  });

  test('every process that was sampled in the baseline or its successor still is', () => {
    for (const { points } of cases) {
      const end = Math.max(...points.map(({ time }) => time));
      const cpu = points.filter(({ metric }) => metric === 'container.cpu.usage');
      const all = new Set(cpu.map(({ service }) => service));
      const late = new Set(cpu.filter((p) => p.time > end - 31_000).map(({ service }) => service));
      expect(late).toEqual(all);
    }
  });
});

// ------------------------------------------------------------------------------ writing to a disk

describe('writeCase', () => {
  const folder = () => mkdtemp(join(tmpdir(), 'aidebug-simulate-'));
  const small = [
    { path: 'baseline/traces.jsonl', content: '{"resourceSpans":[]}\n' },
    { path: 'label.json', content: '{"scenario":"healthy","seed":1}\n' },
  ];

  test('packs telemetry to the same bytes every time, and leaves the label readable', async () => {
    const [one, two] = [await folder(), await folder()];
    await writeCase(one, small, { gzip: true });
    await writeCase(two, small, { gzip: true });
    const path = 'baseline/traces.jsonl.gz';
    const bytes = await readFile(join(one, path));
    expect(bytes).toEqual(await readFile(join(two, path)));
    expect(gunzipSync(bytes).toString()).toBe(small[0]?.content);
    expect(await readFile(join(one, 'label.json'), 'utf8')).toBe(small[1]?.content);
  });

  test('replaces a previous case and creates the folder', async () => {
    const dir = join(await folder(), 'deep', 'case-0001');
    await writeCase(dir, small);
    await writeCase(dir, small, { gzip: true });
    expect(await readdir(join(dir, 'baseline'))).toEqual(['traces.jsonl.gz']);
  });

  test('does not write into a folder with anything else in it', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'thesis.txt'), 'precious');
    await expect(writeCase(dir, small)).rejects.toThrow(UserError);
    expect(await readdir(dir)).toEqual(['thesis.txt']);
  });

  test('does not replace a case that was recorded, not simulated', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'label.json'), '{"root_cause_service":"web"}');
    await expect(writeCase(dir, small)).rejects.toThrow(UserError);
    expect(await readdir(dir)).toEqual(['label.json']);
  });
});
