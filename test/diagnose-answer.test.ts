/** What must hold of every answer, whatever the case. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Detector, detectors, diagnose } from '../src/diagnose/index.ts';
import { subjectOf } from '../src/diagnose/subject.ts';
import type {
  Cause,
  Diagnosis,
  Features,
  MetricSeries,
  PublishedReference,
  Span,
} from '../src/model.ts';
import { belief } from '../src/statistics.ts';
import {
  type DrawnCase,
  earlier,
  epochNs,
  evidenceOf,
  featuresOf,
  gauge,
  later,
  minute,
  type Trace,
} from './case.ts';

/** Parts of a case: each adds something that is wrong, or only noise. */
interface Part {
  readonly baseline?: readonly Trace[];
  readonly incident?: readonly Trace[];
  readonly series?: readonly MetricSeries[];
}

const refused = { statusMessage: 'connect ECONNREFUSED 10.0.0.9:80' };
const thrown = {
  events: [{ name: 'exception', time: null, attributes: { 'exception.type': 'KeyError' } }],
};

const shop = `
alphasvc/showpage      [====================]
  alphasvc>betasvc        [======]
    betasvc/fetchitem       [==]
  alphasvc>gammasvc                [======]
    gammasvc/rankitem                [==]
`;
const unreachable = `
alphasvc/showpage      [====================!]
  alphasvc>betasvc        [======!]
`;
const throwing = `
alphasvc/showpage      [====================!]
  alphasvc>betasvc        [======]
    betasvc/fetchitem       [==]
  alphasvc>gammasvc                [======!]
    gammasvc/rankitem                [==!]
`;
const slow = `
alphasvc/showpage      [==============================]
  alphasvc>betasvc        [======]
    betasvc/fetchitem       [==]
  alphasvc>gammasvc                [================]
    gammasvc/rankitem                [============]
`;
const skipping = `
deltasvc/refreshall    [======]
`;
const refreshing = `
deltasvc/refreshall    [======]
  deltasvc/readsource    [==]
`;
const peer = (instance: string, by: number) => ({
  vary: (span: Span): Span => ({
    ...span,
    instance,
    end: (span.start + (span.end - span.start) * by) as Span['end'],
  }),
});
const peers = (of: typeof earlier, factors: readonly number[]) =>
  factors.flatMap((by, index) => of('epsilonsvc/trainstep [====]', 15, peer(`pod${index}`, by)));

const parts: readonly Part[] = [
  {
    incident: later(unreachable, 23, {
      set: { 'alphasvc>betasvc': { ...refused, attributes: { 'server.address': 'betasvc' } } },
    }),
  },
  { incident: later(throwing, 31, { set: { 'gammasvc/rankitem': thrown } }) },
  { incident: later(slow, 40) },
  { baseline: earlier(refreshing, 30), incident: later(skipping, 30) },
  { baseline: peers(earlier, [1, 1, 1, 1]), incident: peers(later, [1, 2.2, 1, 1]) },
  {
    series: [
      gauge({
        name: 'feature.freshness.seconds',
        service: 'deltasvc',
        before: [30, 25, 35, 28, 33, 27, 31, 29],
        during: [60, 120, 180, 240, 300],
      }),
    ],
  },
  {
    series: ['v1', 'v2'].map((version) =>
      gauge({
        name: 'model.confidence',
        service: 'gammasvc',
        attributes: { 'model.version': version },
        before: version === 'v1' ? [0.9, 0.91, 0.9, 0.9, 0.89] : [],
        during: version === 'v1' ? [0.9, 0.9, 0.9] : [0.7, 0.71, 0.7, 0.72],
      }),
    ),
  },
  {
    series: [
      gauge({
        name: 'cpu.utilization',
        service: 'betasvc',
        instance: 'pod7',
        before: [0.2, 0.21, 0.2, 0.19, 0.2],
        during: [0.97, 0.98, 0.99, 0.97],
      }),
    ],
  },
];

const drawnCase = (chosen: readonly Part[]): DrawnCase => ({
  baseline: [...earlier(shop, 60), ...chosen.flatMap(({ baseline = [] }) => baseline)],
  incident: [...later(shop, 30), ...chosen.flatMap(({ incident = [] }) => incident)],
  series: chosen.flatMap(({ series = [] }) => series),
});

const anyCase = fc.subarray([...parts]).map(drawnCase);
const anyFeatures = anyCase.map(featuresOf);
/** A pseudo-random order that depends on the seed alone. */
const inOrder = <T>(items: readonly T[], seed: number): T[] =>
  items
    .map((item, index) => ({ item, at: ((index + 1) * (2 * seed + 1) * 2654435761) % 4294967296 }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

const text = (value: unknown): string => JSON.stringify(value, null, 1);
const runs = { numRuns: 25 };

test('the parts of these cases are found, all of them', () => {
  const features = featuresOf(drawnCase(parts));
  const { causes, verdict } = diagnose(features);
  expect(verdict).toBe('likely');
  expect(new Set(causes.map(({ service }) => service))).toEqual(
    new Set(['betasvc', 'gammasvc', 'deltasvc', 'epsilonsvc']),
  );
  const found = detectors.flatMap((detector) => [...detector.detect(features)]);
  expect([...new Set(found.map(({ kind }) => kind))].sort()).toEqual([
    'attribute-contrast',
    'carried-failures',
    'connection-failure',
    'cpu',
    'error-origin',
    'freshness',
    'load',
    'quality',
    'quality-by-version',
    'self-time',
    'skipped-event',
    'slow-peer',
    'unreachable-callee',
  ]);
});

describe('order does not matter', () => {
  test('of detectors, traces and evidence', () => {
    fc.assert(
      fc.property(anyFeatures, fc.nat(1000), (features, seed) => {
        const expected = text(diagnose(features));
        expect(text(diagnose(features, inOrder(detectors, seed)))).toBe(expected);
        const shuffled: Features = { ...features, sample: inOrder(features.sample, seed) };
        expect(text(diagnose(shuffled))).toBe(expected);
        const mixing = detectors.map(
          (detector): Detector => ({
            ...detector,
            detect: (given) => inOrder([...detector.detect(given)], seed),
          }),
        );
        expect(text(diagnose(features, mixing))).toBe(expected);
      }),
      runs,
    );
  });
});

const isShare = (share: number): boolean => share >= 0 && share <= 1;

function expectSound({ score, confidence, evidence, path }: Cause): void {
  const sum = evidence.reduce((total, { weight }) => total + weight, 0);
  expect(Math.abs(sum - score)).toBeLessThan(1e-5);
  const wrong = evidence.filter(
    ({ direction, weight }) => (direction === 'supports') !== weight >= 0,
  );
  expect(wrong).toEqual([]);
  expect([score, confidence, ...evidence.map(({ p }) => p)].every(isShare)).toBe(true);
  expect(path.every(({ delayMs }) => delayMs === null || delayMs >= 0)).toBe(true);
}

describe('numbers', () => {
  test('weights add up to the score; all shares lie between 0 and 1', () => {
    fc.assert(
      fc.property(anyFeatures, (features) => {
        const { causes } = diagnose(features);
        for (const cause of causes) expectSound(cause);
        expect(causes.map(({ rank }) => rank)).toEqual(causes.map((_, index) => index + 1));
        const scores = causes.map(({ score }) => score);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
        const sure = causes.map(({ confidence }) => confidence);
        expect(sure).toEqual([...sure].sort((a, b) => b - a));
        const found = detectors.flatMap((detector) => [...detector.detect(features)]);
        expect(found.every(({ strength }) => strength > 0 && strength <= 1)).toBe(true);
      }),
      runs,
    );
  });
});

describe('evidence', () => {
  const exists = ({ sample, values }: Features) => {
    const spans = new Set(
      sample.flatMap(({ tree }) => tree.spans.map(({ traceId, spanId }) => traceId + spanId)),
    );
    const metrics = new Set(values.map(({ name, source }) => `${name} ${source.service}`));
    return (ref: PublishedReference): boolean => {
      if (ref.signal === 'span') return spans.has(ref.traceId + ref.spanId);
      return ref.signal === 'metric' && metrics.has(`${ref.metric} ${ref.service}`);
    };
  };

  test('cites one to five things that are there; an id is one finding', () => {
    fc.assert(
      fc.property(anyFeatures, (features) => {
        const { causes } = diagnose(features);
        const known = exists(features);
        const byId = new Map<string, string>();
        for (const { evidence, service } of causes) {
          const ids = evidence.map(({ id }) => id);
          expect(new Set(ids).size).toBe(ids.length);
          for (const row of evidence) {
            expect(row.id).toMatch(/^[0-9a-f]{12}$/);
            expect(row.refs.length).toBeGreaterThanOrEqual(1);
            expect(row.refs.length).toBeLessThanOrEqual(5);
            expect(row.refs.filter((ref) => !known(ref))).toEqual([]);
            const content = `${row.kind} ${row.entity} ${row.summary}`;
            expect(byId.get(row.id) ?? content).toBe(content);
            byId.set(row.id, content);
          }
          expect(service).not.toBe('');
        }
      }),
      runs,
    );
  });

  test('is plain data: JSON and structured clone give the same back', () => {
    fc.assert(
      fc.property(anyFeatures, (features) => {
        const answer = diagnose(features);
        expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
        expect(structuredClone(answer)).toEqual(answer);
        expect(diagnose(structuredClone(features))).toEqual(answer);
      }),
      runs,
    );
  });
});

describe('names and times mean nothing', () => {
  const names = [
    'alphasvc',
    'betasvc',
    'gammasvc',
    'deltasvc',
    'epsilonsvc',
    'showpage',
    'fetchitem',
    'rankitem',
    'refreshall',
    'readsource',
    'trainstep',
  ];
  const others = names.map((_, index) => `zz${(index * 7) % 11}qx`);
  const renamed = <T>(value: T): T =>
    JSON.parse(
      names.reduce(
        (json, name, index) => json.replaceAll(name, others[index] as string),
        JSON.stringify(value),
      ),
    ) as T;

  /** What of an answer has an order of its own: scores that differ. Ids are derived from names. */
  function meaning({ causes, ruledOut, ...rest }: Diagnosis) {
    const plain = causes.map(({ rank: _, evidence, path, nextChecks, ...cause }) => ({
      ...cause,
      evidence: evidence.map(({ id: __, ...row }) => row).sort(byText),
      path: [...path].sort(byText),
      nextChecks,
    }));
    return { ...rest, causes: plain.sort(byText), ruledOut: [...ruledOut].sort(byText) };
  }
  const byText = (a: unknown, b: unknown): number => (text(a) < text(b) ? -1 : 1);
  /** Lists of names in texts are sorted, and so is everything in `impact`. */
  const sortedWords = (value: unknown): readonly string[] =>
    text(value)
      .split(/[\s,"]+/)
      .sort();

  test('services and operations renamed: the answer is renamed and nothing else', () => {
    fc.assert(
      fc.property(anyCase, (drawing) => {
        const answer = diagnose(featuresOf(drawing));
        const other = diagnose(featuresOf(renamed(drawing)));
        expect(sortedWords(meaning(other))).toEqual(sortedWords(renamed(meaning(answer))));
        const ranked = ({ causes }: Diagnosis) =>
          causes.map(({ service, faultClass, score }) => `${score} ${service} ${faultClass}`);
        expect(ranked(other)).toEqual(renamed(ranked(answer)));
      }),
      runs,
    );
  });

  test('everything later by whole minutes: the times are later and nothing else', () => {
    fc.assert(
      fc.property(anyFeatures, fc.integer({ min: 1, max: 1e6 }), (features, minutes) => {
        const by = BigInt(minutes) * BigInt(minute);
        const shifted = diagnose({ ...features, epochNs: String(epochNs + by) });
        const back = text(shifted).replace(
          /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)((?:\.\d+)?Z)"/g,
          (_, seconds: string, rest: string) =>
            `"${new Date(Date.parse(`${seconds}Z`) - minutes * 60_000).toISOString().slice(0, 19)}${rest}"`,
        );
        expect(back).toBe(text(diagnose(features)));
      }),
      runs,
    );
  });
});

test('what one of many detectors sees is no cause, unless it is plain', () => {
  const sees = (p: number): Detector => ({
    name: 'sees',
    *detect() {
      yield { ...evidenceOf('cart', 'self-time', belief(p)), p };
    },
  });
  const blind: Detector = { name: 'blind', *detect() {} };
  const features = featuresOf({ baseline: earlier(shop), incident: later(shop) });
  const verdict = (p: number, detectors: number) =>
    diagnose(features, [sees(p), ...Array(detectors - 1).fill(blind)]).verdict;
  expect([verdict(0.02, 1), verdict(0.02, 15)]).toEqual(['possible', 'no-clear-cause']);
  // One that has nothing to look at did not look.
  const idle: Detector = { ...blind, looksAt: () => false };
  expect(diagnose(features, [sees(0.02), ...Array(14).fill(idle)]).verdict).toBe('possible');
  expect(verdict(1e-6, 15)).toBe('likely');
});

test('the path is of those that waited for it, also where no request was bad', () => {
  const asked = (ms: number) => `
    web/GET      [${'='.repeat(ms + 90)}]
      web>cart     [${'='.repeat(ms + 4)}]
        cart/get     [${'='.repeat(ms)}]
    web/other    [===]
  `;
  const { causes, ruledOut } = diagnose(
    featuresOf({ baseline: earlier(asked(5)), incident: later(asked(30)) }),
  );
  const [first] = causes;
  expect(first?.service).toBe('cart');
  expect(first?.path.map(({ from, to }) => `${from} → ${to}`)).toEqual(['cart → web']);
  // Not half as much slower, web needs no word in its defence; where it is, it gets one.
  expect(ruledOut).toEqual([]);
  const plain = diagnose(featuresOf({ baseline: earlier(asked(5)), incident: later(asked(300)) }));
  expect(plain.ruledOut).toEqual([
    {
      service: 'web',
      why: 'GET took 96 ms → 391 ms, 100 % of that more in the calls it waits for',
    },
  ]);
});

test.each([
  ['service:cart', 'cart'],
  ['edge:web->cart', 'cart'],
  ['instance:cart/cart-0', 'cart, instance cart-0,'],
  ['instance:ns/web/0', 'cart, instance ns/web/0,'],
  ['host:h1', 'cart on host h1'],
  ['rank:5', 'cart, rank 5,'],
  ['model:rank-net@v:2', 'cart, model rank-net version v:2,'],
  ['model:cart', 'cart'],
  ['version:cart@1.2', 'cart, version 1.2,'],
  ['dataset:prices', 'cart, dataset prices,'],
  ['attribute:cart/tenant=x', 'cart, attribute tenant x,'],
])('a sentence of %s begins with words: %s', (entity, words) => {
  expect(subjectOf('cart', entity)).toBe(words);
});
