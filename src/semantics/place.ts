/**
 * Where and by what a request was served: replica, host, version, model, shard, tenant. Known before
 * the request went well or ill, unlike a status or a size, which may be its effect.
 */
import type { Attributes, Span } from '../model.ts';
import { modelOf } from './model-version.ts';
import { firstText, rankOf } from './resource.ts';

type PlaceKind = 'version' | 'model' | 'rank' | 'instance' | 'host' | 'other';

export interface Place {
  readonly kind: PlaceKind;
  /** The attribute, or what stands for several spellings of it. */
  readonly key: string;
  readonly value: string;
}

const hostNames = ['host.name', 'k8s.node.name', 'host.id'];
const versionNames = ['service.version'];

/** Last words of names of attributes that say by whom or for whom, not what came of it. */
const placing =
  /(?:^|[._-])(?:shard|partition|tenant|region|zone|cluster|node|host|replica|gpu|device|flag|variant|cohort|experiment|group|queue|bucket|dataset|adapter|build|revision)(?:[._-](?:id|name|key|index|number|version))?$/i;

/** What describes the instrumentation, not the service. */
const instrumentation = /^(?:telemetry|otel)\./;

/** All places of a span, each key once. */
export function placesOf(
  span: Pick<Span, 'attributes' | 'resource' | 'instance'>,
): readonly Place[] {
  const { attributes, resource, instance } = span;
  const model = modelOf(attributes, resource);
  const known: readonly (readonly [PlaceKind, string, string | null])[] = [
    ['version', 'service.version', firstText(resource, versionNames)],
    [
      'model',
      'model',
      model && (model.version === null ? model.model : `${model.model}@${model.version}`),
    ],
    ['rank', 'rank', rankOf(resource, attributes)],
    ['instance', 'instance', instance],
    ['host', 'host.name', firstText(resource, hostNames)],
  ];
  return [
    ...known.flatMap(([kind, key, value]) => (value === null ? [] : [{ kind, key, value }])),
    ...others(resource, (key) => !instrumentation.test(key)),
    ...others(attributes, (key) => placing.test(key)),
  ];
}

const named = new Set([...hostNames, ...versionNames, 'service.name', 'service.instance.id']);

const others = (values: Attributes, isPlace: (key: string) => boolean): readonly Place[] =>
  Object.keys(values)
    .filter((key) => !named.has(key) && isPlace(key))
    .flatMap((key) => {
      const value =
        typeof values[key] === 'boolean' ? String(values[key]) : firstText(values, [key]);
      return value === null ? [] : [{ kind: 'other' as const, key, value }];
    });
