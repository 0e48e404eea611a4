/** The study: operator by hand, detection without hindsight, figures and document by drawings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StudyOutcome } from '../src/evaluate/study/case.ts';
import { failureTypes } from '../src/evaluate/study/cases.ts';
import { healthyMinutes, startWatch } from '../src/evaluate/study/detection.ts';
import { documentOf } from '../src/evaluate/study/document.ts';
import { lostOf } from '../src/evaluate/study/downtime.ts';
import { foundShares, tableOne, timesOf, typed } from '../src/evaluate/study/figures.ts';
import type { HealthyOutcome } from '../src/evaluate/study/healthy.ts';
import { hypothesesOf } from '../src/evaluate/study/hypotheses.ts';
import { type MinuteOfTelemetry, minutesOf, seriesReader } from '../src/evaluate/study/minutes.ts';
import { startMonitor } from '../src/evaluate/study/monitor.ts';
import {
  checksByErrors,
  checksInOrder,
  firstByErrors,
  repairMinutes,
  repairs,
} from '../src/evaluate/study/operator.ts';
import { plotOf } from '../src/evaluate/study/plot.ts';
import { record, scenarios } from '../src/simulate/index.ts';
import { aidebug, published, temporaryFolder, written } from './cli.ts';

describe('the operator', () => {
  const everyone = ['a', 'b', 'c', 'd', 'e'];

  test('checks ranked suspects in order, each once', () => {
    expect(checksInOrder(['b', 'b', 'c', 'a'], ['a'], everyone)).toBe(3);
    expect(checksInOrder(['b', 'c'], ['c', 'b'], everyone)).toBe(1);
  });

  test('goes on at random after the last one ranked', () => {
    // Two ranked in vain, then the middle of three.
    expect(checksInOrder(['b', 'c'], ['a'], everyone)).toBe(2 + 2);
    // One of two among five: (5 + 1) / (2 + 1).
    expect(checksInOrder([], ['a', 'b'], everyone)).toBe(2);
  });

  test('draws services by their share of errors', () => {
    // Before a (weight 1) comes b (weight 3) with 3/4, c (weight 1) with 1/2; d and e have none.
    const errors = new Map([
      ['a', 1],
      ['b', 3],
      ['c', 1],
    ]);
    expect(checksByErrors(errors, ['a'], everyone)).toBeCloseTo(1 + 3 / 4 + 1 / 2);
    // a and c together weigh 2: b comes before both with 3/5.
    expect(checksByErrors(errors, ['a', 'c'], everyone)).toBeCloseTo(1 + 3 / 5);
  });

  test('meets the one at fault first as often as its share of errors', () => {
    const errors = new Map([
      ['a', 1],
      ['b', 3],
    ]);
    expect(firstByErrors(errors, ['a'], everyone)).toBe(0.25);
    expect(firstByErrors(new Map(), ['a', 'b'], everyone)).toBe(0.4);
  });

  test('finds who has no errors after all who have some', () => {
    // b first, then a is in the middle of four.
    expect(checksByErrors(new Map([['b', 9]]), ['a'], everyone)).toBe(1 + 2.5);
    expect(checksByErrors(new Map(), ['a'], everyone)).toBe(3);
  });

  test('expected checks are those of drawing', () => {
    const errors = new Map([
      ['a', 2],
      ['b', 5],
      ['c', 1],
    ]);
    const next = drawer(7);
    let sum = 0;
    const rounds = 20_000;
    for (let round = 0; round < rounds; round += 1)
      sum += drawnPlace(errors, ['a'], everyone, next);
    expect(sum / rounds).toBeCloseTo(checksByErrors(errors, ['a'], everyone), 1);
  });

  test('knows how long each fault that can be simulated alone takes to repair', () => {
    const composed = ['consumer-lag', 'diverged-release', 'two-faults', 'healthy'];
    const alone = scenarios
      .map(({ name }) => name)
      .filter((name) => !composed.includes(name) && !/overload$|rollback$/.test(name));
    for (const name of alone) expect(repairMinutes(name)).toBeGreaterThan(0);
    expect(() => repairMinutes('no-such-class')).toThrow('no-such-class');
    expect(Object.values(repairs).every(({ why }) => why.length > 0)).toBe(true);
  });
});

/** Numbers from 0 to 1. */
function drawer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function drawnPlace(
  errors: ReadonlyMap<string, number>,
  right: readonly string[],
  everyone: readonly string[],
  next: () => number,
): number {
  const left = [...everyone];
  for (let place = 1; ; place += 1) {
    const weights = left.map((service) => errors.get(service) ?? 0);
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    let at = next() * (all || left.length);
    const found = left.findIndex((_, index) => {
      at -= all ? (weights[index] as number) : 1;
      return at < 0;
    });
    const [service] = left.splice(Math.max(0, found), 1);
    if (right.includes(service as string)) return place;
  }
}

describe('minutes drawn by hand', () => {
  const span = (of: { error?: boolean; ms?: number; name?: string; parent?: string }) => ({
    resource: { attributes: { 'service.name': 'shop' }, scope: 'x' },
    traceId: 't',
    spanId: 's',
    parentSpanId: of.parent ?? '',
    name: of.name ?? 'GET /',
    kind: 2 as const,
    start: 0,
    end: of.ms ?? 100,
    attributes: {},
    events: [],
    link: null,
    error: of.error ? { message: 'no' } : null,
  });
  const point = (metric: string, value: number): MinuteOfTelemetry['points'][number] => ({
    resource: {
      attributes: { 'service.name': 'shop', 'service.instance.id': 'shop-1' },
      scope: 'x',
    },
    ...{ time: 0, metric, unit: '', attributes: {}, reading: { kind: 'gauge', value } },
  });
  const minute = (
    at: number,
    of: { failed?: number; ms?: number; cpu?: number },
  ): MinuteOfTelemetry => ({
    minute: at,
    spans: Array.from({ length: 60 }, (_, place) =>
      span({ error: place < (of.failed ?? 0), ms: (of.ms ?? 100) * (1 + (place % 7) / 20) }),
    ),
    logs: [],
    points: of.cpu === undefined ? [] : [point('container.cpu.usage', of.cpu)],
  });
  const healthy = Array.from({ length: healthyMinutes }, (_, at) => minute(at, {}));
  /** Minutes at whose end the watch raises an alarm. */
  const alarmsOf = (all: readonly MinuteOfTelemetry[]): readonly number[] => {
    const [read, watch] = [seriesReader(['shop']), startWatch()];
    return all.flatMap((one) => (watch.next(one.minute, read(one)).length > 0 ? one.minute : []));
  };
  /** The same of what follows healthy minutes. */
  const alarmsIn = (later: readonly Parameters<typeof minute>[1][]): readonly number[] => {
    return alarmsOf([...healthy, ...later.map((of, at) => minute(healthyMinutes + at, of))]);
  };

  test('the watch is silent while nothing changes', () => {
    expect(alarmsIn(Array.from({ length: 10 }, () => ({})))).toEqual([]);
  });

  test('failures raise it at the end of their minute, faint ones of their second', () => {
    expect(alarmsIn([{}, { failed: 20 }])).toEqual([healthyMinutes + 1]);
    expect(alarmsIn([{}, { failed: 3 }, { failed: 3 }])).toEqual([healthyMinutes + 2]);
  });

  test('so do longer times, and shorter ones do not', () => {
    expect(alarmsIn([{ ms: 300 }, { ms: 300 }])).toEqual([healthyMinutes + 1]);
    expect(alarmsIn([{ ms: 30 }, { ms: 30 }])).toEqual([]);
  });

  test('times that are seen once a minute are usual as far as so few of them tell', () => {
    const once = (log: number, at: number): MinuteOfTelemetry => ({
      ...{ minute: at, logs: [], points: [] },
      spans: [span({ ms: Math.exp(log) })],
    });
    const usual = [2.2, 2.6, 2.2, 2.7, 2.3, 2.5, 2.4, 2, 2.3, 2.2, 2.4, 1.9, 2.5, 2.5, 2.6];
    // Half as long again and thrice as long: 5.5 deviations of those 15, as happens in a week.
    expect(alarmsOf([...usual, 2.9, 3.6].map(once))).toEqual([]);
    expect(alarmsOf([...usual, 4.5, 4.6].map(once))).toEqual([healthyMinutes + 1]);
  });

  test('what was always the same may differ now and then, and not again and again', () => {
    const lacking = (few: number, at: number): MinuteOfTelemetry => ({
      ...{ minute: at, logs: [], points: [] },
      spans: Array.from({ length: 10 }, (_, place) => ({
        ...span({}),
        attributes: { 'feature.null_count': place < few ? 1 : 0 },
      })),
    });
    const never = Array<number>(healthyMinutes).fill(0);
    expect(alarmsOf([...never, 1, 1].map(lacking))).toEqual([]);
    expect(alarmsOf([...never, 4, 4].map(lacking))).toEqual([healthyMinutes + 1]);
  });

  test('an age that is read in step with its refresh may be any up to twice its mean', () => {
    const aged = (age: number, at: number): MinuteOfTelemetry => ({
      ...{ minute: at, spans: [], logs: [] },
      points: [point('feast_feature_freshness_seconds', age)],
    });
    const usual = Array.from({ length: healthyMinutes }, (_, at) => 15 + (at % 3));
    const rising = (by: number) => Array.from({ length: 8 }, (_, at) => 17 + by * at);
    expect(alarmsOf([...usual, ...rising(1.5)].map(aged))).toEqual([]);
    expect(alarmsOf([...usual, ...rising(30)].map(aged))).not.toEqual([]);
  });

  test('threshold alarms fire after a minute more, and not what fired in healthy minutes', () => {
    const firing = (minutes: readonly MinuteOfTelemetry[]) => {
      const monitor = startMonitor(new Map(), healthyMinutes);
      return minutes.flatMap((one) => monitor.next(one).map((rule) => [one.minute, rule]));
    };
    const calm = Array.from({ length: healthyMinutes }, (_, at) => minute(at, { cpu: 0.3 }));
    const busy = [0, 1, 2].map((at) => minute(healthyMinutes + at, { cpu: 1.7 }));
    const first = firing([...calm, ...busy])[0];
    expect(first).toEqual([healthyMinutes + 1, expect.stringContaining('container.cpu.usage')]);
    const always = calm.map((one) => ({ ...one, points: busy[0]?.points ?? [] }));
    expect(firing([...always, ...busy])).toEqual([]);
  });

  test('what users lose is what fails or is slow, against what usually does', () => {
    const lost = lostOf([
      ...healthy,
      minute(15, {}),
      minute(16, { failed: 15 }),
      minute(17, { ms: 400 }),
    ]);
    expect(lost).toEqual([0, 0.25, 1]);
  });
});

describe('a recording', () => {
  const recording = record('network-loss', 3, {
    healthyMinutes: 15,
    faultyMinutes: 3,
    intensity: 1,
  });
  const minutes = minutesOf(recording);

  /** Alarms at the end of each minute up to the last of those given. */
  const seenUpTo = (all: readonly MinuteOfTelemetry[]) => {
    const read = seriesReader(recording.services);
    const watch = startWatch();
    const monitor = startMonitor(recording.memoryLimits, healthyMinutes);
    return all.map((one) => [watch.next(one.minute, read(one)), monitor.next(one)]);
  };

  test('raises the alarm, and that does not change with what comes later', () => {
    const whole = seenUpTo(minutes);
    expect(whole.at(-1)?.[0]?.length).toBeGreaterThan(0);
    const altered = fc.record({
      until: fc.integer({ min: 14, max: minutes.length - 1 }),
      keeps: fc.boolean(),
      slower: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(altered, ({ until, keeps, slower }) => {
        const later = minutes.slice(until + 1).map((one) => ({
          ...one,
          spans: keeps
            ? one.spans.map((span) => ({
                ...span,
                end: span.start + slower * (span.end - span.start),
                error: { message: 'altered' },
              }))
            : [],
          logs: [],
          points: [],
        }));
        const seen = seenUpTo([...minutes.slice(0, until + 1), ...later]);
        expect(seen.slice(0, until + 1)).toEqual(whole.slice(0, until + 1));
      }),
      { numRuns: 8 },
    );
  });

  test('hands out each record once, in the minute in which it came in', () => {
    const spans = minutes.flatMap((one) => one.spans);
    expect(spans.length).toBe(recording.spans.filter(({ at }) => at < recording.end).length);
    const half = recording.end / 2;
    const lines = (from: number, to: number) =>
      recording.files(from, to).map(({ content }) => content.match(/"spanId"/g)?.length ?? 0);
    const [traces = 0] = lines(0, recording.end);
    expect((lines(0, half)[0] ?? 0) + (lines(half, recording.end)[0] ?? 0)).toBe(traces);
  });

  test('is the same for the same seed, and its label names the onset', () => {
    const again = record('network-loss', 3, { healthyMinutes: 15, faultyMinutes: 3, intensity: 1 });
    expect(again.files(0, 60_000)).toEqual(recording.files(0, 60_000));
    const { fault_start_unix_nano: start } = JSON.parse(recording.label);
    expect(start).toBe(recording.unix(recording.onset));
  });
});

/** Noticed after 4 minutes with, never without; all right, but for the arm of IT metrics. */
const outcome = (of: Partial<StudyOutcome>): StudyOutcome => {
  const right = { service: true, all: true, answer: 'shop infrastructure network-loss' };
  const wrong = { service: false, all: false, answer: 'nothing' };
  return {
    scenario: 'network-loss',
    seed: 1,
    layer: 'infrastructure',
    faultClass: 'network-loss',
    truth: 'shop',
    system: 'simulated-inference',
    services: 12,
    intensity: 0.5,
    isSudden: true,
    detected: { monitor: null, it: null, traces: 4, signals: 4 },
    raisedBy: { monitor: null, it: null, traces: 'takes shop', signals: 'takes shop' },
    postmortem: { it: wrong, traces: right, signals: right },
    atAlarm: right,
    checks: { without: 6, with: 1 },
    firstByErrors: 0.25,
    lost: { without: 0.2, practised: 0.1 },
    ...of,
  };
};

test('times of one incident', () => {
  // 15 minutes to move work from a bad link; 2 to wait for telemetry.
  expect(timesOf(outcome({}), 10)).toEqual({
    detection: { without: 45, with: 4 },
    repair: { without: 75, with: 27 },
  });
  expect(timesOf(outcome({}), 20, 30).detection.without).toBe(30);
});

const drawn: readonly StudyOutcome[] = failureTypes.flatMap(({ classes }) =>
  classes.flatMap((scenario, place) => [
    outcome({ scenario, faultClass: scenario, seed: 10 * place }),
    outcome({
      scenario,
      faultClass: scenario,
      seed: 10 * place + 1,
      isSudden: false,
      detected: { monitor: 20, it: 20, traces: 9, signals: 6 },
      postmortem: {
        ...outcome({}).postmortem,
        signals: { service: true, all: false, answer: 'shop application slow-operation' },
      },
      checks: { without: 4, with: 2 },
    }),
  ]),
);

test('failure types count alike, however many classes they have', () => {
  const { detectionWith, detectionWithout, detectionCut, uptimeWith } = tableOne(
    typed(failureTypes, drawn),
    10,
  );
  expect(detectionWithout.value).toBeCloseTo((45 + 20) / 2);
  expect(detectionWith.value).toBeCloseTo(5);
  expect(detectionCut.value).toBeCloseTo(1 - 5 / 32.5);
  // Checks of 15 minutes in the mean, 2 of waiting, 12.5, 30 and 10 of repair.
  expect(uptimeWith.value).toBeCloseTo(1 - (5 + 17 + (12.5 + 30 + 10) / 3) / 1440);
});

test('shares of causes found, with their intervals', () => {
  const { all, service, gain, n } = foundShares(drawn);
  expect(n).toBe(12);
  expect([all.it.value, all.traces.value, all.signals.value]).toEqual([0, 1, 0.5]);
  expect(service.signals.value).toBe(1);
  expect(gain.traces).toEqual({ value: 1, interval: [1, 1] });
  const [low, high] = all.signals.interval ?? [0, 0];
  // 0.5 ± 1.96 × 0.144.
  expect(low).toBeGreaterThan(0.15);
  expect(low).toBeLessThan(0.35);
  expect(high).toBeGreaterThan(0.65);
});

test('a hypothesis holds if its interval is above 0', () => {
  const all = hypothesesOf(typed(failureTypes, drawn));
  const told = all.map(({ name, figure, holds }) => [name, figure.value, holds]);
  expect(told).toEqual([
    ['H1', expect.closeTo((41 + 14) / 2), true],
    ['H2', 1, true],
    ['H3', expect.closeTo(6), true],
    ['H4', 0.5, true],
    ['H4, beyond', -0.5, false],
  ]);
});

test('the document and the plot of a drawn study', async () => {
  const healthy: readonly HealthyOutcome[] = [
    { seed: 7, hours: 0.75, watch: 0, monitor: 1, raisedBy: null },
    { seed: 8, hours: 0.75, watch: 1, monitor: 0, raisedBy: 'warns shop' },
  ];
  const result = {
    ...{ types: failureTypes, count: 2, seed: 1, allClasses: false, plotName: 'study.svg' },
    ...{ outcomes: drawn, healthy },
  };
  await expect(documentOf(result)).toMatchFileSnapshot('golden/study.md');
  await expect(plotOf(result)).toMatchFileSnapshot('golden/study.svg');
});

describe('aidebug evaluate --study', () => {
  const classes = failureTypes.flatMap((type) => type.classes);
  /** Outcomes as a study that was stopped leaves them: all but the last case and one healthy run. */
  const stopped = (): string =>
    classes
      .slice(0, -1)
      .map((scenario, place): readonly [string, object] => {
        const one = { scenario, seed: 5 + 1_000 * place, withPractice: true };
        return [JSON.stringify(one), outcome({ ...one, faultClass: scenario })];
      })
      .concat([
        ['{"seed":100005}', { seed: 100_005, hours: 0.75, watch: 0, monitor: 0, raisedBy: null }],
      ])
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('');
  const flags = ['--count', '1', '--seed', '5', '--healthy-hours', '1', '--workers', '1'];

  test('goes on where it stopped, writes document and plot, and the same once more', async () => {
    const cwd = temporaryFolder();
    written(cwd, 'kept.jsonl', stopped());
    const run = () =>
      aidebug(
        [
          'evaluate',
          '--study',
          ...flags,
          '--keep',
          'kept.jsonl',
          '-o',
          'out/s.md',
          '--format',
          'json',
        ],
        { cwd },
      );
    const first = await run();
    expect(first).toMatchObject({ status: 0 });
    expect(first.stderr).toContain('8 of 8 cases');
    const document = readFileSync(join(cwd, 'out', 's.md'), 'utf8');
    expect(document).toContain(
      '![share of faults noticed over time, and share of causes found](s.svg)',
    );
    expect(document).toMatch(/\| model degradation \(1\) \| 49 % → 82 % \|( \d+\.0 % \|){4}/);
    expect(readFileSync(join(cwd, 'out', 's.svg'), 'utf8')).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
    const { data } = published<{ rows: readonly { target: string; value: number }[] }>(first);
    expect(data.rows.map(({ target }) => target)).toContain(
      'median minutes to detect a sudden fault',
    );
    const kept = readFileSync(join(cwd, 'kept.jsonl'), 'utf8');
    expect(kept.split('\n')).toHaveLength(9);
    expect((await run()).stdout).toBe(first.stdout);
    expect(readFileSync(join(cwd, 'out', 's.md'), 'utf8')).toBe(document);
    expect(readFileSync(join(cwd, 'kept.jsonl'), 'utf8')).toBe(kept);
  }, 120_000);

  test('says what is wrong', async () => {
    const cwd = temporaryFolder();
    written(cwd, 'kept.jsonl', 'no outcome\n');
    const refused = async (...args: string[]) => {
      const { status, stderr } = await aidebug(['evaluate', ...args], { cwd });
      return [status, stderr];
    };
    expect(await refused()).toEqual([2, expect.stringContaining('--study')]);
    expect(await refused('--study', 'cases')).toEqual([
      2,
      expect.stringContaining('its own cases'),
    ]);
    expect(await refused('--study', '--method', 'all')).toEqual([
      2,
      expect.stringContaining('--method'),
    ]);
    expect(await refused('--study', '--count', 'few')).toEqual([
      2,
      expect.stringContaining('--count'),
    ]);
    const keep = await refused('--study', '--keep', 'kept.jsonl');
    expect(keep).toEqual([4, expect.stringContaining('kept.jsonl')]);
  });
});
