/** The sentences that every report of a diagnosis shares. */
import type { Cause, Diagnosis, Regime } from '../model.ts';
import { formatDuration, plural, sanitise } from '../text.ts';

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

export function impactText({
  requests,
  failed,
  slow,
  services,
  users,
}: Diagnosis['impact']): string {
  const whose = users === null ? '' : `, ${plural(users, 'user')}`;
  return `${failed.toLocaleString('en-US')} failed and ${slow.toLocaleString('en-US')} slow of ${plural(requests, 'request')}; ${plural(services.length, 'service')}${whose}`;
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

/** How long after it the next service was done with the request; empty if that is unknown. */
export function delayText(delayMs: number | null): string {
  if (delayMs === null) return '';
  return delayMs === 0 ? ' at once' : ` after ${formatDuration(delayMs)}`;
}
