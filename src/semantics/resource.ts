/**
 * Who sent a record: service, instance, host and rank out of resource attributes, in the order
 * in which the names are trusted. OpenTelemetry resource conventions, v1.44.
 */
import type { Attributes, AttributeValue } from '../model.ts';

/** First of `names` whose value is a non-empty string or a number, as text; null if none is. */
export function firstText(attributes: Attributes, names: readonly string[]): string | null {
  for (const name of names) {
    const text = textOf(attributes[name]);
    if (text !== null) return text;
  }
  return null;
}

function textOf(value: AttributeValue | undefined): string | null {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' ? String(value) : null;
}

/** What stands for the service when `service.name` was not set, most telling first. */
const serviceNames = [
  'service.name',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.job.name',
  'k8s.container.name',
  'container.name',
  'faas.name',
];

/**
 * The service of a resource. `unknown_service:java` is what an SDK puts where nobody named the
 * service: anything else that names it is better.
 */
export function serviceOf(resource: Attributes): string {
  const [named, ...others] = serviceNames.map((name) => firstText(resource, [name]));
  if (named && !named.startsWith(unnamed)) return named;
  return others.find((name) => name !== null) ?? named ?? unnamed;
}

const unnamed = 'unknown_service';

const instanceNames = [
  'service.instance.id',
  'k8s.pod.name',
  'k8s.pod.uid',
  'container.id',
  'host.name',
  'host.id',
];

/** The replica that sent a record; null if the resource does not tell. */
export const instanceOf = (resource: Attributes): string | null =>
  firstText(resource, instanceNames);

/** The host, or the node of a cluster, that a record comes from; null if the resource does not tell. */
export const hostOf = (resource: Attributes): string | null =>
  firstText(resource, ['host.name', 'k8s.node.name']);

/** No convention names the rank of a training process: the spellings in use. */
export const rankNames: readonly string[] = [
  'rank',
  'process.rank',
  'torch.distributed.rank',
  'distributed.rank',
  'training.rank',
  'dist.rank',
  'global_rank',
  'torch.rank',
  'mpi.rank',
];

/** The rank of a distributed training process; null outside one. */
export const rankOf = (resource: Attributes, attributes: Attributes): string | null =>
  firstText(attributes, rankNames) ?? firstText(resource, rankNames);

export const userNames: readonly string[] = [
  ...['user.id', 'enduser.id', 'app.user.id', 'user_id', 'session.user.id'],
];

/** The end user of a request, for counting those affected; null if not recorded. */
export const userOf = (attributes: Attributes): string | null => firstText(attributes, userNames);
