/** Ways to services without spans: what they take may be lost at either end. */
import { describe, expect, test } from 'vitest';
import { latency } from '../src/diagnose/detectors/latency.ts';
import { localLatency } from '../src/diagnose/detectors/local-latency.ts';
import type { Detector } from '../src/diagnose/index.ts';
import type { Nanos, Span } from '../src/model.ts';
import {
  type DrawnCase,
  diagnosisOf,
  earlier,
  featuresOf,
  later,
  namesOf,
  normal,
  random,
  type Trace,
} from './case.ts';

/** Ms of each way: on the way to the callee, or in one without spans. */
interface Times {
  readonly webCart?: number;
  readonly cartDb?: number;
  readonly cartCache?: number;
  readonly apiDb?: number;
}
const bar = (ms: number): string => `[${'='.repeat(ms - 1)}]`;
const at = (ms: number): string => ' '.repeat(ms);

/** Web asks cart, which asks a database and a cache without spans; api asks the database too. */
function shop({ webCart = 4, cartDb = 6, cartCache = 6 }: Times): string {
  const cart = cartDb + cartCache + 12;
  return [
    `web/GET        ${bar(webCart + cart + 10)}`,
    `  web>cart       ${bar(webCart + cart)}`,
    `    cart/get     ${at(webCart)}${bar(cart)}`,
    `      cart>db      ${at(webCart)}${bar(cartDb)}`,
    `      cart>cache   ${at(webCart + cartDb + 2)}${bar(cartCache)}`,
  ].join('\n');
}
const jobs = ({ apiDb = 6 }: Times): string =>
  [`api/GET      ${bar(apiDb + 10)}`, `  api>db       ${bar(apiDb)}`].join('\n');
/** Others that are as fast as ever, so that the middle way did not change. */
const others = [
  `home/GET     ${bar(26)}`,
  `  home>ads     ${bar(10)}`,
  `    ads/list     ${at(4)}${bar(5)}`,
  `  home>news    ${at(12)}${bar(10)}`,
  `    news/list    ${at(16)}${bar(5)}`,
].join('\n');

const noisy = (seed: number) => {
  const next = random(seed);
  return (span: Span): Span => ({
    ...span,
    end: (span.end + Math.abs(normal(next)) * 0.1e6) as Nanos,
  });
};
const traffic = (of: typeof earlier, count: number, times: Times, seed: number): Trace[] => [
  ...of(shop(times), count, { vary: noisy(seed) }),
  ...of(jobs(times), count, { vary: noisy(seed + 1) }),
  ...of(others, count, { vary: noisy(seed + 2) }),
];
const baseline = traffic(earlier, 64, {}, 1);
const during = (times: Times): DrawnCase => ({
  baseline,
  incident: traffic(later, 40, times, 4),
});
const found = (detector: Detector, times: Times): readonly string[] =>
  [...detector.detect(featuresOf(during(times)))]
    .filter(({ strength }) => strength > 0.2)
    .map(({ kind, service }) => `${kind} ${service}`);

describe.each([
  ['local latency', localLatency],
  ['latency', latency],
] as const)('%s', (_, detector) => {
  test('a slow database that nobody else finds fast is its own trouble', () => {
    expect(found(detector, { cartDb: 90, apiDb: 90 })).toEqual(['self-time db']);
  });

  test('where all ways from one caller are slow it is the caller', () => {
    expect(found(detector, { cartDb: 90, cartCache: 90 })).toEqual(['network-gap cart']);
  });

  test('also where that to it is as slow, and others find the callee as fast as ever', () => {
    expect(found(detector, { webCart: 90, cartDb: 90 })).toEqual(['network-gap cart']);
  });

  test('but not where the other callers find the callee slow as well', () => {
    expect(found(detector, { webCart: 90, cartDb: 90, apiDb: 90 })).toContain('self-time db');
  });
});

describe('a store', () => {
  const saving = (ms: number, path: string) => ({
    picture: `
      trainer/step    ${bar(ms + 20)}
        trainer>store   ${bar(ms)}
    `,
    set: { 'trainer>store': { attributes: { 'server.address': 'store', 'url.path': path } } },
  });
  const elsewhere = [
    earlier(others, 64, { vary: noisy(3) }),
    later(others, 40, { vary: noisy(4) }),
  ] as const;
  const slow = (path: string): DrawnCase => {
    const [was, is] = [saving(10, path), saving(120, path)];
    return {
      baseline: [...elsewhere[0], ...earlier(was.picture, 64, { set: was.set, vary: noisy(1) })],
      incident: [...elsewhere[1], ...later(is.picture, 40, { set: is.set, vary: noisy(2) })],
    };
  };

  test('that is slow stalls those who write to it', () => {
    const drawing = slow('/checkpoints/7');
    for (const detector of [latency, localLatency]) {
      const rows = [...detector.detect(featuresOf(drawing))];
      expect(rows.map(({ kind, service }) => `${kind} ${service}`)).toEqual(['storage-time store']);
    }
    expect(namesOf(diagnosisOf(drawing))[0]).toMatch(/^store storage-stall/);
  });

  test('is none by what other calls are about', () => {
    expect(namesOf(diagnosisOf(slow('/scores/7')))[0]).toMatch(/^store slow-operation/);
  });

  test('is not slow where the way to it is the slow one', () => {
    // Its own answer takes as long as ever, by its own spans.
    const answered = (ms: number) => `
      trainer/step    ${bar(ms + 20)}
        trainer>store   ${bar(ms)}
          store/put       ${bar(6)}
    `;
    const { set } = saving(10, '/checkpoints/7');
    const rows = localLatency.detect(
      featuresOf({
        baseline: earlier(answered(10), 64, { set, vary: noisy(1) }),
        incident: later(answered(120), 40, { set, vary: noisy(2) }),
      }),
    );
    expect([...rows].map(({ kind, service }) => `${kind} ${service}`)).toEqual([
      'network-gap store',
    ]);
  });
});
