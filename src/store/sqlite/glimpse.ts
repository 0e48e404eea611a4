/** Traffic and services of the whole case, as import has counted them. */
import type { Database } from 'better-sqlite3';
import type { Glimpse } from '../../model.ts';
import type { Extent } from './extent.ts';
import { requestsIn } from './lines.ts';

export function glimpse(db: Database, { epoch }: Extent): Glimpse {
  const services = db
    .prepare('SELECT service, observed, spans, errors FROM service ORDER BY service')
    .all() as (Omit<Glimpse['services'][number], 'observed'> & { observed: number })[];
  return {
    epochNs: String(epoch),
    requests: requestsIn(db),
    services: services.map((one) => ({ ...one, observed: one.observed === 1 })),
  };
}
