/** What telemetry would have settled a cause: what its class asks for and the case does not hold. */
import type { EvidenceKind, Features } from '../model.ts';
import { signalOf } from '../semantics/index.ts';
import type { Candidate } from './fusion.ts';

/** Says whether the case could have shown evidence of a kind: then its absence is an answer too. */
export type Shown = (kind: EvidenceKind, service: string) => boolean;

/** Symptoms are looked for anywhere, causes at the service itself. */
const symptoms: ReadonlySet<EvidenceKind> = new Set([
  'freshness',
  'completeness',
  'schema',
  'drift',
  'quality',
]);

export function shownIn({ values, operations, traffic, plan }: Features): Shown {
  const seen = new Set<string>();
  for (const { name, source } of values) {
    const signal = signalOf(name);
    if (!signal) continue;
    seen.add(symptoms.has(signal.kind) ? signal.kind : `${signal.kind} ${source.service}`);
  }
  const compared = traffic.baseline.traces > 0;
  const hasBaseline = plan.baseline !== null;
  for (const { source, kind, roots } of operations) {
    if (compared) seen.add(`self-time ${source.service}`);
    if (hasBaseline) seen.add(`missing-calls ${source.service}`);
    if (hasBaseline && roots > 0 && kind === 'internal') seen.add(`missing-runs ${source.service}`);
  }
  return (kind, service) => seen.has(symptoms.has(kind) ? kind : `${kind} ${service}`);
}

export function missingFor(
  { service, faultClass, cited }: Candidate,
  shown: Shown,
): readonly string[] {
  const kinds = new Set(cited.map(({ evidence }) => evidence.kind));
  return faultClass.settledBy
    .filter(([kind]) => !kinds.has(kind) && !shown(kind, service))
    .map(([, what]) => what);
}
