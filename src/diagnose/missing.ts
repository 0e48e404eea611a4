/** What telemetry would have settled a cause: what its class asks for and the case does not hold. */
import type { EvidenceKind, Features } from '../model.ts';
import { signalOf } from '../semantics/index.ts';
import type { Candidate } from './fusion.ts';
import { usedShares } from './usages.ts';

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

export function shownIn(features: Features): Shown {
  const seen = new Set([
    ...valuesShown(features),
    ...usedShares(features).map(({ kind, value }) => `${kind} ${value.source.service}`),
    ...operationsShown(features),
    ...[...askedByWriters(features)].map((service) => `warning-log ${service}`),
  ]);
  return (kind, service) => seen.has(symptoms.has(kind) ? kind : `${kind} ${service}`);
}

const valuesShown = ({ values }: Features): readonly string[] =>
  values.flatMap(({ name, source }) => {
    const kind = signalOf(name)?.kind;
    if (kind === undefined) return [];
    return [symptoms.has(kind) ? kind : `${kind} ${source.service}`];
  });

function operationsShown({ operations, traffic, plan }: Features): readonly string[] {
  const compared = traffic.baseline.traces > 0;
  const hasBaseline = plan.baseline !== null;
  return operations.flatMap(({ source: { service, version }, kind, roots }) => [
    ...(compared ? [`self-time ${service}`, `load ${service}`] : []),
    ...(version === null ? [] : [`release-contrast ${service}`]),
    ...(hasBaseline ? [`missing-calls ${service}`] : []),
    ...(hasBaseline && roots > 0 && kind === 'internal' ? [`missing-runs ${service}`] : []),
  ]);
}

/** Services whose callers' logs the case holds. */
function askedByWriters({ sample, logs, graph }: Features): ReadonlySet<string> {
  const writers = new Set(logs.map(({ service }) => service));
  for (const { tree, logs: own } of sample) {
    for (const { span } of own) writers.add(tree.spans[span]?.service ?? '');
  }
  return new Set(
    graph.edges.flatMap(({ caller, callee }) => (writers.has(caller) ? [callee] : [])),
  );
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
