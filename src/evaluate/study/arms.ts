/**
 * What each arm of the study may read. Each has all that the one before it has:
 *
 *   it        metrics of machines, processes and queues, and who calls whom
 *   traces    and all spans and logs, with all that they carry
 *   signals   and the metrics of data and models
 */
import type { Features, Impact, Traffic } from '../../model.ts';
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
    operations: [],
    calls: [],
    logs: [],
    skew: [],
    traffic: { baseline: noTraffic, incident: noTraffic },
    impact: { ...features.impact, ...noImpact },
  };
}

const noTraffic: Traffic = { traces: 0, failed: 0, slow: 0 };
const noImpact: Pick<Impact, 'requests' | 'failed' | 'slow' | 'services' | 'users'> = {
  ...{ requests: 0, failed: 0, slow: 0, services: [], users: null },
};
