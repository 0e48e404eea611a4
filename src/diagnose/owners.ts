/** Whose a reported value is: of a service, a replica, a rank, a host and those on it, a data set or a model. */
import type { Attributes, Evidence, Features, Source, ValueFeature } from '../model.ts';
import { hostOf, type Signal } from '../semantics/index.ts';

/** Services by the host that their spans name. */
export interface Tenants {
  readonly of: ReadonlyMap<string, ReadonlySet<string>>;
  /** Services with spans. */
  readonly traced: ReadonlySet<string>;
}

export function tenantsOf(sample: Features['sample']): Tenants {
  const tenants = new Map<string, Set<string>>();
  const traced = new Set<string>();
  // Spans of one resource are many: each service is added once for it.
  const seen = new Map<Attributes, Set<string>>();
  for (const { tree } of sample) {
    for (const { service, resource } of tree.spans) {
      const services = seen.get(resource) ?? new Set();
      if (services.has(service)) continue;
      seen.set(resource, services.add(service));
      traced.add(service);
      const host = hostOf(resource);
      if (host === null) continue;
      const known = tenants.get(host) ?? new Set();
      tenants.set(host, known.add(service));
    }
  }
  return { of: tenants, traced };
}

type Owner = Pick<Evidence, 'service' | 'instance' | 'entity'>;

/** Names of what is measured of a whole host (semantic conventions; node exporter). */
const ofHosts = /^(system|node|hw|host)[._]/i;

/** What an agent reports of a host happened to all that ran there, not to the agent. */
export function ownersOf(value: ValueFeature, signal: Signal, tenants: Tenants): readonly Owner[] {
  const { service, instance } = value.source;
  const isAgents = ofHosts.test(value.name) && !tenants.traced.has(service);
  const own = signal.layer === 'infrastructure' ? tenants.of.get(instance ?? '') : undefined;
  if (!own || own.has(service)) {
    const entity = isAgents && instance !== null ? `host:${instance}` : entityOf(value, signal);
    return [{ service, instance, entity }];
  }
  const entity = `host:${instance}`;
  return [...own].sort().map((tenant) => ({ service: tenant, instance: null, entity }));
}

/** Attributes that name a piece of data, in the spellings of feature stores and pipelines. */
const datasetNames =
  /(^|[._])(feature_view|view|dataset|table|collection|index|partition|source|topic|feature)([._]name)?$/i;

function entityOf({ source, attributes }: ValueFeature, signal: Signal): string {
  if (signal.layer === 'data') {
    const dataset = datasetOf(attributes);
    return dataset === null ? `service:${source.service}` : `dataset:${dataset}`;
  }
  if (signal.layer === 'model') return modelEntity(source);
  if (source.rank !== null) return `rank:${source.rank}`;
  return source.instance === null
    ? `service:${source.service}`
    : `instance:${source.service}/${source.instance}`;
}

/** Null if none is named. */
export function datasetOf(attributes: Attributes): string | null {
  const named = Object.entries(attributes).find(
    ([name, value]) => datasetNames.test(name) && typeof value === 'string',
  );
  return named ? String(named[1]) : null;
}

/** `model:name@version`; the service stands for the name where none is recorded. */
export const modelEntity = ({ model, service, version }: Source): string =>
  version === null ? `model:${model ?? service}` : `model:${model ?? service}@${version}`;
