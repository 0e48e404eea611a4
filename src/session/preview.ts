/** The first look at a case that nothing has been compared in yet. */
import { emptyHistogram, mergeHistogram, quantile } from '../graph/index.ts';
import type { Glimpse, Preview, ServiceHealth } from '../model.ts';
import { requestTrend } from './trend.ts';

export function previewOf({ epochNs, requests, services }: Glimpse): Preview {
  const trend = requestTrend(requests);
  const durations = emptyHistogram();
  for (const { duration } of trend.bins) mergeHistogram(durations, duration);
  const failed = requests.filter((request) => request.failed).length;
  return {
    epochNs,
    trend,
    traffic: {
      baseline: null,
      incident: { requests: requests.length, failed, p99: quantile(durations, 0.99) },
    },
    services: services
      .map(({ service, observed, spans, errors }): ServiceHealth => {
        const incident = spans === 0 ? null : { spans, errors, p99: null };
        return { service, observed, baseline: null, incident, rank: null };
      })
      .sort((a, b) => shareFailed(b) - shareFailed(a)),
  };
}

const shareFailed = ({ incident }: ServiceHealth): number =>
  incident ? incident.errors / incident.spans : 0;
