/** The sentences that every report of a diagnosis shares. */
import type { Cause, Diagnosis, EvidenceKind, Regime } from '../model.ts';
import { formatDuration, formatShare, plural, sanitise } from '../text.ts';

/** How the comparison was found, in words. */
export const regimes: Readonly<Record<Regime, string>> = {
  declared: 'declared windows (a label or a flag names them)',
  'change-point': 'before and after the moment when the data changed',
  'healthy-traces': 'failed or slow requests against healthy ones of the same type',
  peers: 'replicas or ranks against each other',
  absolute: 'nothing to compare with: only signs that are bad in themselves',
};

/**
 * The verdict in one line, in the band of the cause it names: a weak candidate that is all a
 * filter left does not become likely by that. Says that no cause is clear where that is the answer.
 */
export function headline({ verdict, causes }: Diagnosis): string {
  const [first] = causes;
  if (verdict === 'no-clear-cause') {
    return `no clear cause${first ? '; the candidates below are weak' : ''}`;
  }
  const elsewhere = `the case has a ${verdict} cause`;
  if (first === undefined) return `${elsewhere}, but none passes the filter`;
  const { service, layer, faultClass, confidence, band, rank } = first;
  const noun = band === 'weak' ? 'weak candidate' : `${band} cause`;
  const beyond = rank === 1 ? '' : `; ${elsewhere}, which the filter leaves out`;
  return `${noun}: ${sanitise(service, 80)} (${layer}, ${faultClass}), confidence ${confidence.toFixed(2)}${beyond}`;
}

/** Failed and slow requests, and a word on what is neither and still trouble. */
export function impactText({ impact, causes }: Pick<Diagnosis, 'impact' | 'causes'>): string {
  const { requests, failed, slow, services, users } = impact;
  const whose = users === null ? '' : `, ${plural(users, 'user')}`;
  const beyond = uncountedText(causes[0], failed + slow);
  return `${failed.toLocaleString('en-US')} failed and ${slow.toLocaleString('en-US')} slow of ${plural(requests, 'request')}; ${plural(services.length, 'service')}${whose}${beyond === '' ? '' : `; not counted: ${beyond}`}`;
}

/** Signs counted by requests that need not fail for it. */
const strays: ReadonlySet<EvidenceKind> = new Set<EvidenceKind>([
  'skipped-event',
  'new-event',
  'abandoned-callee',
  'error-event',
]);

/**
 * What the first cause did to requests that neither failed nor were slow; empty if the `counted`
 * may be all that it did.
 */
function uncountedText(cause: Cause | undefined, counted: number): string {
  const [lead] = cause?.evidence ?? [];
  if (!cause || !lead || cause.band === 'weak') return '';
  const { effect, n, kind } = lead;
  if (strays.has(kind) && effect.incident * n.incident > counted) {
    return `requests that went another way without failing (${formatShare(effect.incident)} in cause ${cause.rank})`;
  }
  const isOfContent = cause.layer === 'data' || cause.layer === 'model';
  return isOfContent && cause.explains.failed + (cause.explains.slow ?? 0) === 0
    ? `what was wrong without failing or slowing a request (cause ${cause.rank})`
    : '';
}

/** What the cause accounts for of the failed and slow requests; empty if there are none of them. */
export function explainedText(
  { failed, slow }: Cause['explains'],
  impact: Diagnosis['impact'],
): string {
  const parts = [
    impact.failed > 0 ? `${ofAll(failed, impact.failed)} failed` : null,
    impact.slow > 0 && slow !== null ? `${ofAll(slow, impact.slow)} slow` : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? '' : `${parts.join(' and ')} requests`;
}

const ofAll = (some: number, all: number): string =>
  `${some.toLocaleString('en-US')} of ${all.toLocaleString('en-US')}`;

/** Why a service is not the origin; who is nevertheless listed, for what little it did itself, is pointed to. */
export function ruledOutText(
  { service, why }: Diagnosis['ruledOut'][number],
  causes: readonly Cause[],
): string {
  const listed = causes.find((cause) => cause.service === service);
  return listed ? `${why}; what it may have done itself is #${listed.rank}, ${listed.band}` : why;
}

/** How long after it the next service was done with the request; empty if that is unknown. */
export function delayText(delayMs: number | null): string {
  if (delayMs === null) return '';
  return delayMs === 0 ? ' at once' : ` after ${formatDuration(delayMs)}`;
}
