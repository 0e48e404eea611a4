/** Who sent a record. */
import type { Source, SpanView } from '../model.ts';
import { modelOf, rankOf, versionOf } from '../semantics/index.ts';

/** Of a span or of a series alike. */
export const sourceOf = ({
  service,
  instance,
  attributes,
  resource,
}: Pick<SpanView, 'service' | 'instance' | 'attributes' | 'resource'>): Source => ({
  service,
  instance,
  version: versionOf(attributes, resource),
  model: modelOf(attributes, resource)?.model ?? null,
  rank: rankOf(resource, attributes),
});
