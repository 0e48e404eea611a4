/** Two cases as a whole, operation by operation: one run of a system, and another one. */
import { compareWindows } from '../compare/index.ts';
import { planComparison } from '../features/index.ts';
import type { CallCount, Cohort, Features, OperationFeature } from '../model.ts';
import { nanos } from '../model.ts';
import { openStore } from '../store/index.ts';
import type { Diff } from './diff.ts';

/** Of the case files at two paths. */
export async function diffCases(a: string, b: string): Promise<Diff> {
  const [one, other] = [await wholeOf(a), await wholeOf(b)];
  const sides = {
    operations: [...as(one.operations, 'baseline'), ...other.operations],
    calls: [
      ...one.calls.map((call) => ({ ...call, baseline: call.incident, incident: none })),
      ...other.calls.map((call) => ({ ...call, baseline: none })),
    ],
    traffic: { baseline: one.traffic.incident, incident: other.traffic.incident },
  };
  return { of: 'windows', diff: compareWindows(sides, { baseline: a, incident: b }) };
}

const none: CallCount = { parents: 0, withCall: 0, failed: 0, failedWithCall: 0 };

/** All of a case is one side. */
async function wholeOf(path: string): Promise<Features> {
  const store = openStore(path, 'read');
  try {
    const end = Number(BigInt(await store.endNs()) - BigInt(await store.epochNs()));
    const whole = { from: nanos(0), to: nanos(end) };
    const plan = planComparison(await store.traceSummaries(), [], {
      baseline: null,
      incident: whole,
      without: ['logs', 'metrics'],
      indicators: [],
      extent: whole,
    });
    return await store.features(plan);
  } finally {
    await store.close();
  }
}

const as = (operations: readonly OperationFeature[], cohort: Cohort): readonly OperationFeature[] =>
  operations.map((one) => ({
    ...one,
    minutes: one.minutes.map((minute) => ({ ...minute, cohort })),
  }));
