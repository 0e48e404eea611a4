/** Traffic and services of the whole case, as import has counted them. */
import type { Database } from 'better-sqlite3';
import { type Glimpse, nanos } from '../../model.ts';
import type { Extent } from './extent.ts';

export function glimpse(db: Database, { epoch }: Extent): Glimpse {
  const rows = db
    .prepare(/* sql */ `SELECT start_ns - ?, duration_ns, failed FROM trace`)
    .raw()
    .all(epoch) as [number | null, number | null, number][];
  const services = db
    .prepare('SELECT service, observed, spans, errors FROM service ORDER BY service')
    .all() as (Omit<Glimpse['services'][number], 'observed'> & { observed: number })[];
  return {
    epochNs: String(epoch),
    requests: rows
      .map(([start, duration, failed]) => ({
        start: start === null ? null : nanos(start),
        duration,
        failed: failed === 1,
      }))
      .sort((a, b) => (a.start ?? 0) - (b.start ?? 0)),
    services: services.map((one) => ({ ...one, observed: one.observed === 1 })),
  };
}
