/**
 * What part of an AI system a span is of, by the conventions there are and by names of its own:
 *
 *     chat claude (client), execute_tool x      agent
 *     POST /v1/chat/completions (server)        model
 *     retrieve docs, db.system.name = qdrant    retrieval
 *     server feast                              features
 *     forward, rank 3                           training
 */
import type { Span } from '../model.ts';
import { isCollective } from './collective.ts';
import { agentStepOf, isInference } from './genai.ts';
import { isRetrieval, layerOf } from './layer.ts';
import { modelOf } from './model-version.ts';
import { rankOf } from './resource.ts';

export type Component = 'agent' | 'model' | 'retrieval' | 'features' | 'training';

/** Null for a span of a plain service, or one that does not tell. */
export function componentOf(
  span: Pick<Span, 'attributes' | 'resource' | 'service' | 'name' | 'kind'>,
): Component | null {
  const { attributes, resource, kind } = span;
  if (rankOf(resource, attributes) !== null || isCollective(span)) return 'training';
  const step = agentStepOf(attributes);
  if (step === 'agent' || (step !== null && kind !== 'server')) return 'agent';
  if (isRetrieval(attributes)) return 'retrieval';
  // Who asks a model names it as well.
  if (kind === 'client' || kind === 'producer') return null;
  if (isInference({ attributes })) return 'model';
  const layer = layerOf(span);
  if (layer === 'data') return 'features';
  // Jobs that train or promote a model name it too: who answers is it.
  const answers = kind === 'server' || kind === 'consumer';
  const names = answers && modelOf(attributes, resource) !== null;
  return layer === 'model' || names ? 'model' : null;
}
