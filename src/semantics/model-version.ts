/**
 * Which model answered, and which version of it. GenAI conventions name the model only
 * (`gen_ai.response.model` carries the snapshot); other stacks record a version beside it.
 */
import { once } from '../grouping.ts';
import type { Attributes } from '../model.ts';
import { firstText } from './resource.ts';

export const modelNames: readonly string[] = [
  'gen_ai.response.model',
  'llm.response.model_name',
  'ai.response.model',
  'gen_ai.request.model',
  'llm.request.model_name',
  'llm.model_name',
  'embedding.model_name',
  'reranker.model_name',
  'ai.model.id',
  'mlflow.llm.model',
  'model.name',
  'model_name',
  'ml.model.name',
  'mlflow.modelId',
];

export const versionNames: readonly string[] = [
  'model.version',
  'model_version',
  'ml.model.version',
  'gen_ai.model.version',
  'mlflow.modelVersion',
  'model.revision',
  'model.checkpoint',
];

export interface ModelVersion {
  readonly model: string;
  /** Null when the model's name is all that is recorded. */
  readonly version: string | null;
}

/** The model a record speaks of; null if it names none. */
export function modelOf(
  attributes: Attributes,
  resource: Attributes = noAttributes,
): ModelVersion | null {
  const version = firstText(attributes, versionNames) ?? ofResource(resource).version;
  const model = firstText(attributes, modelNames) ?? ofResource(resource).model;
  if (model !== null) return { model, version };
  return version === null ? null : { model: 'model', version };
}

const noAttributes: Attributes = {};

/** Resources are few and their records many. */
const ofResource = once((resource: Attributes) => ({
  version: firstText(resource, versionNames),
  model: firstText(resource, modelNames),
}));

/** Names under which a provider reports the snapshot that answered: the name is the version. */
const snapshotNames = ['gen_ai.response.model', 'llm.response.model_name', 'ai.response.model'];

/**
 * Version of whatever produced a record: of the model where one is recorded, the answering
 * snapshot's name, else of the service; null if nothing tells.
 */
export function versionOf(attributes: Attributes, resource: Attributes): string | null {
  return (
    modelOf(attributes, resource)?.version ??
    firstText(attributes, snapshotNames) ??
    firstText(resource, ['service.version']) ??
    null
  );
}
