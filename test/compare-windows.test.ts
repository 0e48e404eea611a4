/** What differs between two sides, on minutes of operations. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareWindows } from '../src/compare/index.ts';
import { addToHistogram, emptyHistogram } from '../src/graph/index.ts';
import type {
  CallFeature,
  Cohort,
  OperationFeature,
  OperationMinute,
  SpanId,
  TraceId,
} from '../src/model.ts';
import { nanos } from '../src/model.ts';

interface Minute {
  readonly ms: readonly number[];
  readonly errors?: number;
}

function minuteOf(cohort: Cohort, at: number, { ms, errors = 0 }: Minute): OperationMinute {
  const duration = emptyHistogram();
  for (const one of ms) addToHistogram(duration, one * 1e6);
  return {
    ...{ cohort, minute: nanos(at * 60e9), count: ms.length, errors, duration, self: duration },
    slowest: { traceId: '' as TraceId, spanId: '' as SpanId, ns: 0 },
  };
}

interface Drawn {
  readonly name: string;
  readonly rank?: string;
  readonly before: readonly Minute[];
  readonly after: readonly Minute[];
}

const operationOf = ({ name, rank, before, after }: Drawn): OperationFeature => ({
  source: { service: 'shop', instance: null, version: null, model: null, rank: rank ?? null },
  operation: name,
  kind: 'server',
  roots: 0,
  minutes: [
    ...before.map((minute, at) => minuteOf('baseline', at, minute)),
    ...after.map((minute, at) => minuteOf('incident', 100 + at, minute)),
  ],
});

const traffic = { traces: 100, failed: 0, slow: 0 };
function compared(drawn: readonly Drawn[], calls: readonly CallFeature[] = [], incident = traffic) {
  const operations = drawn.map(operationOf);
  const sides = { operations, calls, traffic: { baseline: traffic, incident } };
  return compareWindows(sides, { baseline: 'A', incident: 'B' }).operations;
}

/** Twenty calls a minute around a time, a third more or less. */
const around = (ms: number, minutes = 8): readonly Minute[] =>
  Array.from({ length: minutes }, (_, minute) => ({
    ms: Array.from({ length: 20 }, (_, at) => ms * (0.7 + ((at * 7 + minute) % 20) / 33)),
  }));

const marked = (drawn: readonly Drawn[]) =>
  compared(drawn).map(({ operation, changed, time, failures }) => [
    ...[operation, changed, time, failures],
  ]);

describe('two sides', () => {
  test('what is slower by more than from minute to minute is marked, and stands first', () => {
    expect(
      marked([
        { name: 'same', before: around(500), after: around(510) },
        { name: 'slower', before: around(10), after: around(30) },
        { name: 'quicker', before: around(40), after: around(20) },
      ]),
    ).toEqual([
      ['quicker', 'changed', 'down', null],
      ['slower', 'changed', 'up', null],
      ['same', 'same', null, null],
    ]);
  });

  test('minutes that differ among themselves hide a difference as large', () => {
    const restless = [10, 40, 15, 60, 12, 45, 20, 30].flatMap((ms) => around(ms, 1));
    const higher = [15, 50, 30, 60, 20, 45, 40, 30].flatMap((ms) => around(ms, 1));
    expect(marked([{ name: 'read', before: restless, after: higher }])).toEqual([
      ['read', 'same', null, null],
    ]);
  });

  test('a few very slow calls are told though most are as quick as before', () => {
    const some = around(10).map(({ ms }) => ({ ms: ms.map((one, at) => (at < 5 ? 60 : one)) }));
    expect(marked([{ name: 'read', before: around(10), after: some }])).toEqual([
      ['read', 'changed', 'up', null],
    ]);
  });

  test('what fails more stands before what is slower; one failure tells nothing', () => {
    const failing = (errors: number) => around(10).map((minute) => ({ ...minute, errors }));
    expect(
      marked([
        { name: 'slower', before: around(10), after: around(90) },
        { name: 'fails', before: around(10), after: failing(4) },
        {
          name: 'once',
          before: around(10),
          after: around(10).map((minute, at) => ({ ...minute, errors: at === 3 ? 1 : 0 })),
        },
      ]),
    ).toEqual([
      ['fails', 'changed', null, 'up'],
      ['slower', 'changed', 'up', null],
      ['once', 'same', null, null],
    ]);
  });

  test('what came or went now and then may have by chance', () => {
    const few: readonly Minute[] = [{ ms: [900, 900] }];
    const operations = compared([
      { name: 'rare', before: few, after: [] },
      { name: 'often', before: around(1), after: [] },
      { name: 'new', before: [], after: around(1).map((one) => ({ ...one, errors: 9 })) },
    ]);
    expect(operations.map(({ operation, changed, sure }) => [operation, changed, sure])).toEqual([
      ['new', 'added', true],
      ['often', 'removed', true],
      ['rare', 'removed', false],
    ]);
  });

  test('more requests are no more time; more calls for each are', () => {
    const twice = around(10).map(({ ms }) => ({ ms: [...ms, ...ms] }));
    const call = (before: number, after: number): CallFeature => {
      const count = { withCall: 0, failed: 0, failedWithCall: 0 };
      return {
        parent: { service: 'web', operation: 'cart' },
        child: { service: 'shop', operation: 'read' },
        baseline: { parents: before, ...count },
        incident: { parents: after, ...count },
      };
    };
    const lost = (calls: readonly CallFeature[]): number =>
      (compared([{ name: 'read', before: around(10), after: twice }], calls)[0]?.delta ?? 0) / 1e6;
    expect(lost([call(100, 200)])).toBeCloseTo(0);
    // 160 more of 10 ms, for each of 100 requests.
    expect(lost([call(100, 100)])).toBeCloseTo(16, 0);
    expect(lost([])).toBeCloseTo(0);
  });

  test('of a training run the slow rank is named, and waiting for it is none of its time', () => {
    const ranks = ['0', '1', '2', '3', '4', '5'];
    const operations = compared(
      ranks.flatMap((rank): readonly Drawn[] => [
        {
          ...{ name: 'backward', rank },
          before: around(1000),
          after: around(rank === '3' ? 2000 : 1000),
        },
        {
          ...{ name: 'all_reduce', rank },
          before: around(50),
          after: around(rank === '3' ? 50 : 1050),
        },
      ]),
    );
    expect(operations.map(({ operation, rank, waits }) => [operation, rank, waits])).toEqual([
      ['backward', '3', false],
      ['all_reduce', null, true],
    ]);
  });

  test('halves of one recording hardly ever differ', () => {
    const minute = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: 20,
      maxLength: 20,
    });
    const side = fc.array(minute, { minLength: 6, maxLength: 6 });
    let marked = 0;
    fc.assert(
      fc.property(side, side, (before, after) => {
        const times = (minutes: readonly (readonly number[])[]): readonly Minute[] =>
          minutes.map((values) => ({ ms: values.map((value) => 10 * 4 ** value) }));
        const [one] = compared([{ name: 'read', before: times(before), after: times(after) }]);
        if (one?.changed !== 'same') marked += 1;
      }),
      { numRuns: 200, seed: 1 },
    );
    expect(marked).toBeLessThanOrEqual(6);
  });
});
