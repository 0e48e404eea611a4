/** What a filter can look for and compare of a service; times in ms, `failed` in percent. */
import type { ServiceHealth } from '../../model.ts';
import type { FilteredRow } from '../../search/index.ts';

export const filteredService = (one: ServiceHealth): FilteredRow => {
  const { service, observed, baseline, incident, rank } = one;
  return {
    text: service,
    facts: {
      service,
      observed,
      cause: rank,
      spans: incident?.spans ?? null,
      errors: incident?.errors ?? null,
      failed: incident && incident.spans > 0 ? (100 * incident.errors) / incident.spans : null,
      p99: inMs(incident?.p99),
      before: inMs(baseline?.p99),
    },
  };
};

export const inMs = (ns: number | null | undefined): number | null =>
  (ns ?? null) === null ? null : Number(ns) / 1e6;
