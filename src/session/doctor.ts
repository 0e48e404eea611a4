/** What is wrong with the telemetry of a case, and what that costs. */
import { telemetryCoverage as coverageOf } from '../diagnose/index.ts';
import { UserError } from '../errors.ts';
import type { TelemetryCheck, TelemetryCoverage, TelemetryFinding } from '../model.ts';
import { openStore } from '../store/index.ts';
import { nearestOf } from '../text/nearest.ts';
import { compared } from './compared.ts';

export { storeHealth } from '../store/index.ts';

export interface DataLine extends TelemetryFinding {
  /** What it does to the answer. */
  readonly effect: string;
}

/** Defects in this share lower the score of data quality that `causes` shows. */
const lowers = 'lowers the data quality';

const effects: Readonly<Record<TelemetryCheck, string>> = {
  'orphan-spans': `parents are unknown: paths and first divergence end there; ${lowers}`,
  'parent-cycles': `the tree was cut: self times there are less certain; ${lowers}`,
  duplicates: 'none: what was there is not stored again',
  'conflicting-duplicates': `both spans are counted; ${lowers}`,
  'zero-ids': `spans without an id are left out; ${lowers}`,
  'truncated-ids': 'halves of one trace may count as two',
  'bad-times': `the records count, but not in time; ${lowers}`,
  'clock-skew': `order across these services is compared with the difference taken out; ${lowers}`,
  gaps: 'rates use observed time only; an onset within a gap is not seen',
  sampling: 'counts are of what was kept: rates and rare failures are less certain',
  'dropped-by-limits': 'what the SDK left out is missing: attributes and events may not be all',
  'missing-signals': 'evidence of these kinds cannot be found there; causes list what is missing',
  'convention-versions': 'none: names of all generations are read',
  'unreadable-records': `what could not be read is missing; ${lowers}`,
  'window-overlap': `these records count as baseline; ${lowers}`,
};

/** @throws {UserError} if there is no case at `path`. */
export async function telemetryQuality(path: string): Promise<readonly DataLine[]> {
  const store = openStore(path, 'read');
  try {
    return (await store.findings()).map((finding) => ({
      ...finding,
      effect: finding.count === 0 ? '' : effects[finding.check],
    }));
  } finally {
    await store.close();
  }
}

/**
 * Which faults the telemetry could show, of all services or one.
 * @throws {UserError} if there is no case at `path`, no telemetry of a service, or no such service.
 */
export async function telemetryCoverage(
  path: string,
  service: string | null,
): Promise<TelemetryCoverage> {
  const store = openStore(path, 'read');
  try {
    const { features } = await compared(store, {});
    const { rows } = await store.query('SELECT DISTINCT service FROM logs ORDER BY service');
    const writers: string[] = [];
    for await (const [writer] of rows) writers.push(String(writer));
    const coverage = coverageOf(features, writers);
    if (coverage.services.length === 0) {
      throw new UserError('inconclusive', 'the case holds no telemetry of any service', {
        hint: 'Import traces, logs or metrics: aidebug import FILE…',
      });
    }
    if (service === null) return coverage;
    return { ...coverage, services: [serviceIn(coverage, service)] };
  } finally {
    await store.close();
  }
}

function serviceIn({ services }: TelemetryCoverage, name: string) {
  const found = services.find((one) => one.service === name);
  if (found) return found;
  const like = nearestOf(
    name,
    services.map((one) => one.service),
  );
  throw new UserError('usage', `no service is called ${JSON.stringify(name)}`, {
    hint: like === null ? 'aidebug graph lists the services.' : `Did you mean ${like}?`,
  });
}
