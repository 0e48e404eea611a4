/**
 * What each arm of the study may read. Each has all that the one before it has:
 *
 *   it        metrics of machines, processes and queues; requests, failures and durations of each
 *             service and route, as metrics of servers give them; and who calls whom
 *   traces    and all spans and logs, with all that they carry
 *   signals   and the metrics of data and models
 */
import type { Features, OperationFeature } from '../../model.ts';
import { isItMetric, type Origin } from './minutes.ts';

export type Arm = 'it' | 'traces' | 'signals';
export const arms: readonly Arm[] = ['it', 'traces', 'signals'];

/** Whose series raise alarms in an arm. */
export const originsOf: Readonly<Record<Arm, readonly Origin[]>> = {
  it: ['it'],
  traces: ['it', 'traces', 'logs'],
  signals: ['it', 'traces', 'logs', 'signals'],
};

/** The features without what the arm has not: they are computed once. */
export function seenBy(arm: Arm, features: Features): Features {
  if (arm === 'signals') return features;
  const isRead = (metric: string): boolean => isItMetric(metric);
  const reports = features.reports.filter(({ metric }) => isRead(metric));
  const values = features.values.filter(({ origin, name }) => origin === 'span' || isRead(name));
  if (arm === 'traces') return { ...features, reports, values };
  return {
    ...features,
    reports,
    values: values.filter(({ origin }) => origin === 'metric'),
    sample: [],
    operations: features.operations.flatMap(requestsOf),
    calls: [],
    logs: [],
    skew: [],
  };
}

/** What a server counts of its requests: it does not know which part of them is its own. */
function requestsOf(operation: OperationFeature): readonly OperationFeature[] {
  if (operation.kind !== 'server') return [];
  const minutes = operation.minutes.map((minute) => ({ ...minute, self: minute.duration }));
  return [{ ...operation, minutes }];
}
