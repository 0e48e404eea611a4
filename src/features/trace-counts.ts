/**
 * What is counted in every trace of a comparison: operations by the minute, calls, numbers that
 * spans carry, who was hit. Threads may count a part each: `absorb` puts the parts together.
 */
import { ofAlike, ownTimes, viewAt } from '../graph/index.ts';
import type {
  Cohort,
  ComparisonPlan,
  Features,
  Impact,
  Nanos,
  TraceColumns,
  Traffic,
} from '../model.ts';
import { signalOf, userOf } from '../semantics/index.ts';
import type { OperationCounts } from './operation-counts.ts';
import { callAccumulator, operationAccumulator, type ParentCounts } from './operations.ts';
import { minuteReader } from './plan.ts';
import { sourceOf } from './source.ts';
import type { Side } from './trace-class.ts';
import { numbersIn, type ValueAccumulator, type ValueCounts, valueAccumulator } from './values.ts';

/** Plain data: it can be handed from thread to thread. */
export interface TraceCounts {
  readonly operations: OperationCounts;
  readonly calls: ParentCounts;
  readonly values: ValueCounts;
  readonly impact: ImpactCounts;
}

export interface TraceCounter {
  /** Traces in time order: of spans that are as slow the first is shown. */
  add(trace: TraceColumns, side: Side): void;
  counts(): TraceCounts;
  /** Adds what another has counted, of later traces. */
  absorb(others: TraceCounts): void;
  /** Of spans; values of series may be added. */
  readonly values: ValueAccumulator;
  finish(): Pick<Features, 'operations' | 'calls' | 'values' | 'traffic' | 'impact'>;
}

export function traceCounter(plan: ComparisonPlan): TraceCounter {
  const operations = operationAccumulator(sourceOf);
  const calls = callAccumulator();
  const values = valueAccumulator(plan.everyPoint);
  const impact = impactCounter(plan);
  const minuteAt = minuteReader();
  const addValues = spanValues(values);
  return {
    values,
    add(trace, side) {
      const { cohort } = side;
      impact.add(trace, side);
      calls.add(trace, cohort);
      const self = ownTimes(trace);
      for (let index = 0; index < trace.count; index += 1) {
        const minute = minuteAt(trace.start[index] as Nanos);
        operations.add(trace, index, cohort, minute, self[index] as number);
        addValues(trace, index, cohort, minute.start);
      }
    },
    counts: () => ({
      operations: operations.counts(),
      calls: calls.counts(),
      values: values.counts(),
      impact: impact.counts(),
    }),
    absorb(others) {
      operations.absorb(others.operations);
      calls.absorb(others.calls);
      values.absorb(others.values);
      impact.absorb(others.impact);
    },
    finish: () => ({
      operations: operations.finish(),
      calls: calls.finish(),
      values: values.finish(),
      ...impact.finish(),
    }),
  };
}

/** Numbers that spans carry. */
function spanValues(values: ValueAccumulator) {
  const signalsOf = ofAlike((span) =>
    numbersIn(span.attributes).filter(([name]) => signalOf(name) !== null),
  );
  const sourceOfAlike = ofAlike(sourceOf);
  return (trace: TraceColumns, index: number, cohort: Cohort, minute: Nanos): void => {
    const span = viewAt(trace, index);
    const signals = signalsOf(span);
    if (signals.length === 0) return;
    const source = sourceOfAlike(span);
    const at = trace.start[index] as Nanos;
    for (const [name, mean] of signals) {
      const example = { traceId: trace.traceId, spanId: trace.spanId(index), at };
      const identity = { name, unit: '', origin: 'span' as const, source, attributes: {} };
      values.add(identity, { cohort, minute }, { mean, count: 1, example });
    }
  };
}

/** Users counted exactly; beyond, the count is a floor. */
const userLimit = 1_000_000;

/** Who and what was hit, so far. */
interface ImpactCounts {
  readonly traffic: Readonly<Record<Cohort, Traffic>>;
  readonly services: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
  readonly usersNamed: boolean;
}

function impactCounter(plan: ComparisonPlan) {
  const traffic: Record<Cohort, { traces: number; failed: number; slow: number }> = {
    baseline: { traces: 0, failed: 0, slow: 0 },
    incident: { traces: 0, failed: 0, slow: 0 },
  };
  const services = new Set<string>();
  const users = new Set<string>();
  let usersNamed = false;
  const nameOf = ofAlike(({ attributes }) => userOf(attributes));
  return {
    counts: (): ImpactCounts => ({ traffic, services, users, usersNamed }),
    absorb(others: ImpactCounts): void {
      for (const cohort of ['baseline', 'incident'] as const) {
        traffic[cohort].traces += others.traffic[cohort].traces;
        traffic[cohort].failed += others.traffic[cohort].failed;
        traffic[cohort].slow += others.traffic[cohort].slow;
      }
      for (const service of others.services) services.add(service);
      for (const user of others.users) if (users.size < userLimit) users.add(user);
      usersNamed ||= others.usersNamed;
    },
    add(trace: TraceColumns, { cohort, bad }: Side): void {
      traffic[cohort].traces += 1;
      if (bad !== null) traffic[cohort][bad] += 1;
      const isHit = cohort === 'incident' && bad !== null;
      for (let index = 0; index < trace.count; index += 1) {
        const span = viewAt(trace, index);
        const user = nameOf(span);
        if (user !== null) usersNamed = true;
        if (!isHit) continue;
        services.add(span.service);
        if (user !== null && users.size < userLimit) users.add(user);
      }
    },
    finish(): { traffic: Readonly<Record<Cohort, Traffic>>; impact: Impact } {
      const healthy = plan.cohortBy.how === 'health' ? traffic.baseline.traces : 0;
      const impact: Impact = {
        requests: traffic.incident.traces + healthy,
        failed: traffic.incident.failed,
        slow: traffic.incident.slow,
        services: [...services].sort(),
        users: usersNamed ? users.size : null,
        from: plan.incident.from,
        to: plan.incident.to,
      };
      return { traffic, impact };
    },
  };
}
