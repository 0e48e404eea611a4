import { describe, expect, test } from 'vitest';
import { latency } from '../src/diagnose/detectors/latency.ts';
import type { Nanos } from '../src/model.ts';
import {
  type DrawnCase,
  diagnosisOf,
  earlier,
  featuresOf,
  later,
  many,
  namesOf,
  noisyRoots,
  normal,
  random,
} from './case.ts';

const rows = (drawing: DrawnCase) => [...latency.detect(featuresOf(drawing))];
const found = (drawing: DrawnCase) =>
  rows(drawing).map(({ kind, service, entity }) => `${kind} ${service} ${entity}`);

const fast = `
web/GET    [==========]
  web>db      [====]
    db/query   [==]
`;

describe('latency', () => {
  test("the callee's own time is the callee's", () => {
    const slow = `
      web/GET    [===============]
        web>db      [=========]
          db/query   [=======]
    `;
    const drawing = {
      baseline: earlier(fast, 60, { vary: noisyRoots(1) }),
      incident: later(slow, 60, { vary: noisyRoots(2) }),
    };
    expect(found(drawing)).toEqual(['self-time db operation:db/query']);
    const [row] = rows(drawing);
    expect(row?.effect.incident).toBeCloseTo(8, 6);
    expect(row?.effect.baseline).toBeCloseTo(3, 6);
    expect(row?.summary).toMatch(
      /^\d+ % of the extra time is spent in query: 3 ms → 8 ms a request$/,
    );
    expect(row?.firstSeen).toBeGreaterThanOrEqual(10 * 60e9);
    expect(row?.firstSeen).toBeLessThan(10.2 * 60e9);
    expect(namesOf(diagnosisOf(drawing))).toEqual(['db slow-operation likely']);
  });

  test('time between the two is the network', () => {
    const slow = `
      web/GET    [===============]
        web>db      [=========]
          db/query      [==]
    `;
    const drawing = {
      baseline: earlier(fast, 60, { vary: noisyRoots(1) }),
      incident: later(slow, 60, { vary: noisyRoots(2) }),
    };
    expect(found(drawing)).toEqual(['network-gap db edge:web->db']);
    expect(namesOf(diagnosisOf(drawing))).toEqual(['db network-latency likely']);
    expect(diagnosisOf(drawing).causes[0]?.summary).toContain('lost time on the network');
  });

  test('a callee that sends no spans has all of the time of the calls to it', () => {
    const quick = `
      web/GET    [==========]
        web>db      [====]
    `;
    const slow = `
      web/GET    [===============]
        web>db      [=========]
    `;
    expect(
      found({
        baseline: earlier(quick, 60, { vary: noisyRoots(1) }),
        incident: later(slow, 60, { vary: noisyRoots(2) }),
      }),
    ).toEqual(['self-time db edge:web->db']);
  });

  test('gaps to all callees are the caller; to one of several, that callee', () => {
    const usual = `
      web/GET      [=====================]
        web>a        [====]
          a/do         [==]
        web>b              [====]
          b/do               [==]
        web>c                    [====]
          c/do                     [==]
    `;
    const all = `
      web/GET      [==================================]
        web>a        [========]
          a/do             [==]
        web>b                  [========]
          b/do                       [==]
        web>c                            [========]
          c/do                                 [==]
    `;
    const one = `
      web/GET      [==========================]
        web>a        [====]
          a/do         [==]
        web>b              [=========]
          b/do                    [==]
        web>c                         [====]
          c/do                          [==]
    `;
    const baseline = earlier(usual, 60, { vary: noisyRoots(1) });
    const of = (picture: string) =>
      found({ baseline, incident: later(picture, 60, { vary: noisyRoots(2) }) });
    expect(of(all)).toEqual(['network-gap web service:web']);
    expect(of(one)).toEqual(['network-gap b edge:web->b']);
  });

  test('a service that is slow in all it does is one finding', () => {
    const usual = `
      web/GET      [=================]
        web>db       [====]
          db/read     [==]
        web>db              [====]
          db/write           [==]
    `;
    const slow = `
      web/GET      [===========================]
        web>db       [=========]
          db/read     [=======]
        web>db                   [=========]
          db/write                [=======]
    `;
    const [row, ...others] = rows({
      baseline: earlier(usual, 60, { vary: noisyRoots(1) }),
      incident: later(slow, 60, { vary: noisyRoots(2) }),
    });
    expect(others).toEqual([]);
    expect(row?.strength).toBeGreaterThan(0.9);
    expect(row?.summary).toMatch(/^\d+ % of the extra time is spent in db, mostly in (read|write)/);
  });

  test('another mix of requests is no slow-down', () => {
    const heavy = `
      web/report [==============================]
        web>db      [=======================]
          db/query   [=====================]
    `;
    const mix = (of: typeof earlier, light: number) => [
      ...of(fast, light, { vary: noisyRoots(light) }),
      ...of(heavy, 100 - light, { vary: noisyRoots(light + 1) }),
    ];
    expect(found({ baseline: mix(earlier, 90), incident: mix(later, 10) })).toEqual([]);
  });

  test('a few per cent, a single wild request, and few requests say nothing', () => {
    const tiny = (of: typeof earlier, by: number) =>
      of(fast, 60, {
        vary: (span, number) => {
          const grown = { ...span, end: (span.end + by * (span.end - span.start)) as Nanos };
          return noisyRoots(number)(span.parentId === null ? grown : span);
        },
      });
    expect(found({ baseline: tiny(earlier, 0), incident: tiny(later, 0.06) })).toEqual([]);
    const wild = later(fast, 60, {
      vary: (span, number) =>
        number === 30 && span.parentId === null
          ? { ...span, end: (span.end + 1e9) as Nanos }
          : span,
    });
    expect(found({ baseline: earlier(fast, 60), incident: wild })).toEqual([]);
    const slow = `
      web/GET    [===============]
        web>db      [=========]
          db/query   [=======]
    `;
    expect(found({ baseline: earlier(fast, 60), incident: later(slow, 4) })).toEqual([]);
  });

  test('a slow-down of a tenth is no strong sign, however significant', () => {
    const slower = later(fast, 200, {
      vary: (span) =>
        span.parentId === null ? { ...span, end: (span.end + 1.4e6) as Nanos } : span,
    });
    const [row] = rows({ baseline: earlier(fast, 200), incident: slower });
    expect(row?.p).toBeLessThan(1e-6);
    expect(row?.strength).toBeLessThan(0.4);
  });

  test('failed requests and requests without times are left out', () => {
    const failing = `
      web/GET    [====================!]
        web>db      [==============!]
    `;
    expect(found({ baseline: earlier(fast, 60), incident: later(failing, 60) })).toEqual([]);
    const untimed = later(fast, 60, { vary: (span) => ({ ...span, timed: false }) });
    expect(found({ baseline: earlier(fast, 60), incident: untimed })).toEqual([]);
  });

  test('the onset is where the slow-down begins, not where the window does', () => {
    const slow = `
      web/GET    [===============]
        web>db      [=========]
          db/query   [=======]
    `;
    const incident = [
      ...later(fast, 30, { minutes: [10, 12], vary: noisyRoots(1) }),
      ...later(slow, 45, { minutes: [12, 15], vary: noisyRoots(2) }),
    ];
    const [row] = rows({ baseline: earlier(fast, 100, { vary: noisyRoots(3) }), incident });
    expect(row?.firstSeen).toBeGreaterThan(11.9 * 60e9);
    expect(row?.firstSeen).toBeLessThan(12.2 * 60e9);
  });
});

describe('slow against healthy requests of one dump', () => {
  /** Durations by factor of the picture's; the whole trace is stretched. */
  const stretched = (factor: (number: number) => number, count = 400) =>
    many(fast, {
      count,
      minutes: [0, 15],
      vary: (span, number) => {
        const start = ((number + 0.5) * 15 * 60e9) / count;
        const by = factor(number);
        const stretch = (time: number) => (start + (time - start) * by) as Nanos;
        return { ...span, start: stretch(span.start), end: stretch(span.end) };
      },
    });

  test.each([0.3, 0.6, 1, 1.5])('healthy log-normal traffic (sigma %d) has no cause', (sigma) => {
    for (const seed of [1, 2, 3]) {
      const next = random(seed);
      const failing = `
        web/GET    [==========!]
      `;
      // Three odd failures make the tool compare bad requests with healthy ones.
      const odd = many(failing, { count: 3, minutes: [0, 15] });
      const unlabelled = [...stretched(() => Math.exp(sigma * normal(next))), ...odd];
      const answer = diagnosisOf({ unlabelled });
      expect(answer.regime).toBe('healthy-traces');
      expect(answer.verdict).toBe('no-clear-cause');
      expect(answer.causes.map(({ faultClass }) => faultClass)).not.toContain('slow-operation');
    }
  });

  test('one failure of a service among others of another names no cause', () => {
    const failing = (service: string) => `
      web/GET       [==========!]
        ${service}/get  [=====!]
    `;
    const set = {
      'cart/get': { statusMessage: 'no such item' },
      'shop/get': { statusMessage: 'no such shop' },
    };
    const unlabelled = [
      ...many('web/GET       [==========]', { count: 60, minutes: [0, 15] }),
      ...many(failing('cart'), { count: 15, minutes: [0, 15], set }),
      ...many(failing('shop'), { count: 2, minutes: [3, 4], set }),
    ];
    const answer = diagnosisOf({ unlabelled });
    expect(answer.regime).toBe('healthy-traces');
    const of = (service: string) => answer.causes.find((cause) => cause.service === service);
    expect(of('cart')?.band).toBe('likely');
    expect(of('shop')?.band ?? 'weak').toBe('weak');
  });

  test.each([
    ['all the time', 'healthy-traces', [0, 15]],
    ['in the end', 'change-point', [8, 15]],
  ] as const)('a fifth of the requests three times slow %s is no tail', (_, regime, minutes) => {
    const next = random(5);
    const slow = `
      web/GET    [===============================]
        web>db      [=========================]
          db/query   [=======================]
    `;
    const unlabelled = [
      ...stretched(() => Math.exp(0.1 * normal(next)), 320),
      ...many(slow, { count: 80, minutes, vary: noisyRoots(1) }),
    ];
    const answer = diagnosisOf({ unlabelled });
    expect(answer.regime).toBe(regime);
    expect(namesOf(answer)).toEqual(['db slow-operation likely']);
    expect(answer.causes[0]?.confidence).toBeLessThanOrEqual(0.95);
  });

  test('requests of the slow kind are compared with their kind', () => {
    // Half of the requests need a lookup that the others do without; some of these are slow.
    const lookup = `
      web/GET    [====================]
        web>db      [====]
          db/query   [==]
        web>geo            [====]
          geo/find          [==]
    `;
    const slow = `
      web/GET    [========================================]
        web>db      [=========================]
          db/query   [=======================]
        web>geo                                [====]
          geo/find                              [==]
    `;
    const unlabelled = [
      ...many(fast, { count: 150, minutes: [0, 15], vary: noisyRoots(1) }),
      ...many(lookup, { count: 110, minutes: [0, 15], vary: noisyRoots(2) }),
      ...many(slow, { count: 40, minutes: [0, 15], vary: noisyRoots(3) }),
    ];
    expect(found({ unlabelled })).toEqual(['self-time db operation:db/query']);
  });
});
