/** What can be asked of values that tell records apart: which are held against which, as filters. */
import type { Health, Overview } from '../model.ts';
import { filterValue } from './held.ts';

/** Records held against others. */
export interface ContrastQuestion {
  /** In a few words: "failed against the rest". */
  readonly name: string;
  /** Filters of the filter language; null: all others. */
  readonly where: string;
  readonly versus: string | null;
}

/**
 * The questions about a service, or about all of the case (null), the most telling first; before them
 * that of a filter, if one is given.
 */
export function contrastsOf(
  { diagnosis, services, calls }: Pick<Overview, 'diagnosis' | 'services' | 'calls'>,
  { service: wanted = null, where = null }: { service?: string | null; where?: string | null },
): readonly ContrastQuestion[] {
  const service = wanted === null ? null : heard(services, calls, wanted);
  const health = services.find((one) => one.service === service);
  const about = service === null ? '' : `service=${filterValue(service)} `;
  const failed: ContrastQuestion = {
    name: 'failed against the rest',
    where: `${about}status=error`,
    versus: about === '' ? null : `${about}-status=error`,
  };
  const slow = slowest(about, health?.baseline ?? health?.incident ?? null);
  const windows = windowsIn(diagnosis, about);
  const fails = services.some(
    (one) => (service === null || one === health) && (one.incident?.errors ?? 0) > 0,
  );
  const ofSpans = fails ? [failed, ...windows, ...slow] : [...windows, ...slow, failed];
  const ofLogs: ContrastQuestion = {
    name: 'errors in logs against the rest',
    where: `${about}sev>=error`,
    versus: about === '' ? null : `${about}sev<error`,
  };
  const hasSpans = services.some(
    ({ observed, baseline, incident }) => observed && (baseline || incident),
  );
  const asked = hasSpans ? ofSpans : [ofLogs];
  // A silent service is asked about through whom it left waiting.
  const by = service === wanted ? '' : `, of ${service}, which calls ${wanted}`;
  const own = asked.map((question) => ({ ...question, name: `${question.name}${by}` }));
  return where === null
    ? own
    : [{ name: 'what passes the filter against the rest', where, versus: null }, ...own];
}

/** The service, or where it sent no span the one whose calls to it fail most. */
export function heard(
  services: Overview['services'],
  calls: Overview['calls'],
  service: string,
): string {
  if (services.find((one) => one.service === service)?.observed !== false) return service;
  const callers = calls.filter(({ callee }) => callee === service);
  const worst = [...callers].sort((a, b) => (b.incident?.errors ?? 0) - (a.incident?.errors ?? 0));
  return worst[0]?.caller ?? service;
}

function windowsIn({ windows }: Overview['diagnosis'], about: string): readonly ContrastQuestion[] {
  const { baseline, incident } = windows;
  if (baseline === null) return [];
  const within = ({ from, to }: typeof incident): string => `${about}since=${from} until=${to}`;
  const sides = { where: within(incident), versus: within(baseline) };
  return [{ name: 'incident against baseline', ...sides }];
}

/** Slower than 99 % of the spans of the service usually are. */
function slowest(about: string, health: Health | null): readonly ContrastQuestion[] {
  if (about === '' || health === null || health.p99 === null) return [];
  const limit = `dur>${Math.round(health.p99 / 1e3)}us`;
  return [
    { name: 'slowest against the rest', where: `${about}${limit}`, versus: `${about}-${limit}` },
  ];
}
