/** The two sides of a case, operation by operation. */
import {
  bucketsIn,
  bucketValue,
  emptyHistogram,
  mergeHistogram,
  quantile,
} from '../graph/index.ts';
import type {
  Cohort,
  Features,
  Histogram,
  OperationDiff,
  OperationSide,
  WindowDiff,
} from '../model.ts';

interface Tally {
  count: number;
  errors: number;
  readonly duration: Histogram;
  readonly self: Histogram;
}

type Tallies = Readonly<Record<Cohort, Tally>>;

const emptyTally = (): Tally => ({
  count: 0,
  errors: 0,
  duration: emptyHistogram(),
  self: emptyHistogram(),
});

/** `names`: what the sides are called. */
export function compareWindows(
  { operations, traffic }: Pick<Features, 'operations' | 'traffic'>,
  names: Readonly<Record<Cohort, string>>,
): WindowDiff {
  const tallies = new Map<string, Tallies>();
  for (const { source, operation, minutes } of operations) {
    const key = JSON.stringify([source.service, operation]);
    const own = tallies.get(key) ?? { baseline: emptyTally(), incident: emptyTally() };
    tallies.set(key, own);
    for (const { cohort, count, errors, duration, self } of minutes) {
      const into = own[cohort];
      into.count += count;
      into.errors += errors;
      mergeHistogram(into.duration, duration);
      mergeHistogram(into.self, self);
    }
  }
  const requests = { baseline: traffic.baseline.traces, incident: traffic.incident.traces };
  const part = (cohort: Cohort) => ({
    name: names[cohort],
    requests: requests[cohort],
    failed: traffic[cohort].failed,
  });
  return {
    a: part('baseline'),
    b: part('incident'),
    operations: [...tallies]
      .map(([key, own]) => diffOf(key, own, requests))
      .sort(
        (a, b) =>
          Math.abs(b.delta) - Math.abs(a.delta) ||
          (a.service + a.operation < b.service + b.operation ? -1 : 1),
      ),
  };
}

function diffOf(
  key: string,
  { baseline, incident }: Tallies,
  requests: Readonly<Record<Cohort, number>>,
): OperationDiff {
  const [service = '', operation = ''] = JSON.parse(key) as string[];
  const [a, b] = [sideOf(baseline), sideOf(incident)];
  const each = (side: OperationSide | null, all: number): number =>
    side === null || all === 0 ? 0 : side.self / all;
  return {
    ...{ service, operation, a, b },
    changed: !a ? 'added' : !b ? 'removed' : 'changed',
    delta: each(b, requests.incident) - each(a, requests.baseline),
  };
}

function sideOf({ count, errors, duration, self }: Tally): OperationSide | null {
  if (count === 0) return null;
  return {
    count,
    errors,
    p50: quantile(duration, 0.5),
    p95: quantile(duration, 0.95),
    self: sumOf(self),
  };
}

/** Sum of a histogram: of each bucket, what lies in its middle. */
function sumOf(histogram: Histogram): number {
  let sum = 0;
  for (const [bucket, count] of bucketsIn(histogram)) sum += count * bucketValue(bucket);
  return sum;
}
