/**
 * Where and by what a request was served: replica, host, version, configuration, flag, model, shard,
 * tenant. Known before the request went well or ill, unlike a status or a size, which may be its effect.
 *
 * After: OpenTelemetry conventions for resources, deployments and feature flags, v1.44; flags of v1.26
 * and before (`feature_flag.variant`) too.
 */
import { once } from '../grouping.ts';
import type { Attributes, AttributeValue, Span } from '../model.ts';
import { type ModelVersion, modelOf } from './model-version.ts';
import { firstText, rankOf } from './resource.ts';

type PlaceKind =
  | 'version'
  | 'deployment'
  | 'configuration'
  | 'flag'
  | 'model'
  | 'rank'
  | 'instance'
  | 'host'
  | 'other';

/** What people change in a running system, as far as requests tell it. */
const changeable: ReadonlySet<PlaceKind> = new Set([
  'version',
  'deployment',
  'configuration',
  'flag',
]);

/** Whether a person or a pipeline put it there: a release, a configuration, a flag. */
export const isChangeable = ({ kind }: Place): boolean => changeable.has(kind);

export interface Place {
  readonly kind: PlaceKind;
  /** The attribute, or what stands for several spellings of it. */
  readonly key: string;
  readonly value: string;
}

const hostNames = ['host.name', 'k8s.node.name', 'host.id'];
const versionNames = ['service.version'];

/** A rollout has an id of its own; the set of replicas of one is made anew with each. */
const deploymentNames = ['deployment.id', 'deployment.name', 'k8s.replicaset.name'];
const imageNames = ['container.image.tag', 'container.image.tags', 'vcs.ref.head.revision'];
const configuration = /(?:^|[._-])config(?:uration)?[._-](?:version|revision|hash|id|checksum)$/i;
const variantNames = [
  'feature_flag.result.variant',
  'feature_flag.variant',
  'feature_flag.result.value',
];

/** Last words of names of attributes that say by whom or for whom, not what came of it. */
const placing =
  /(?:^|[._-])(?:shard|partition|tenant|region|zone|cluster|node|host|replica|gpu|device|flag|variant|cohort|experiment|group|queue|bucket|dataset|adapter|build|revision)(?:[._-](?:id|name|key|index|number|version))?$/i;

/** What describes the instrumentation, not the service. */
const instrumentation = /^(?:telemetry|otel)\./;

/** Whether an attribute of a span of this name may be a place of it. */
export const isPlaceName = (name: string): boolean =>
  placing.test(name) || configuration.test(name) || name.startsWith('feature_flag.');

/** All places of a span, each key once. */
export function placesOf(
  span: Pick<Span, 'attributes' | 'resource' | 'instance' | 'events'>,
): readonly Place[] {
  const { attributes, resource, instance } = span;
  const model = modelOf(attributes, resource);
  const { version, host, rest } = resourcePlaces(resource);
  return [
    ...version,
    ...place('model', 'model', model && nameOf(model)),
    ...place('rank', 'rank', rankOf(resource, attributes)),
    ...place('instance', 'instance', instance),
    ...host,
    ...flagsIn(attributes),
    ...span.events.flatMap((event) => flagsIn(event.attributes)),
    ...rest,
    ...others(attributes, isPlaceName),
  ];
}

const nameOf = ({ model, version }: ModelVersion): string =>
  version === null ? model : `${model}@${version}`;

const place = (kind: PlaceKind, key: string, value: string | null): readonly Place[] =>
  value === null ? [] : [{ kind, key, value }];

/** Resources are few and their spans many. */
const resourcePlaces = once((resource: Attributes) => ({
  version: place('version', 'service.version', firstText(resource, versionNames)),
  host: place('host', 'host.name', firstText(resource, hostNames)),
  rest: others(resource, (key) => !instrumentation.test(key)),
}));

/** A flag that was evaluated: its key is the name of the place. */
function flagsIn(attributes: Attributes): readonly Place[] {
  const key = firstText(attributes, ['feature_flag.key']);
  if (key === null) return [];
  const value = variantNames.map((name) => plainText(attributes[name])).find((one) => one !== null);
  return value == null ? [] : [{ kind: 'flag', key: `flag ${key}`, value }];
}

const named = new Set([...hostNames, ...versionNames, 'service.name', 'service.instance.id']);

const others = (values: Attributes, isPlace: (key: string) => boolean): readonly Place[] =>
  Object.keys(values)
    .filter((key) => !named.has(key) && !key.startsWith('feature_flag.') && isPlace(key))
    .flatMap((key) => {
      const value = plainText(values[key]);
      return value === null ? [] : [{ kind: kindOf(key), key, value }];
    });

function kindOf(key: string): PlaceKind {
  if (imageNames.includes(key)) return 'version';
  if (deploymentNames.includes(key)) return 'deployment';
  return configuration.test(key) ? 'configuration' : 'other';
}

/** Text, a number, a truth value, or a list of one of them; null of what else it is. */
function plainText(value: AttributeValue | undefined): string | null {
  if (Array.isArray(value)) return value.length === 1 ? plainText(value[0]) : null;
  return typeof value === 'boolean'
    ? String(value)
    : firstText({ value: value ?? null }, ['value']);
}
