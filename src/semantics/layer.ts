/**
 * The layer a span speaks about. Not the layer of its fault: a rate limit on a chat span is
 * infrastructure, an empty retrieval under it is data.
 */
import type { Attributes, Layer, Span } from '../model.ts';
import { firstText } from './resource.ts';

const operations: readonly (readonly [RegExp, Layer])[] = [
  [/^(retriev|retriever|reranker|rerank|embedding|embeddings|embed|\w+_memory$)/i, 'data'],
  [
    /^(chat|generate_content|text_completion|completion|llm|evaluator|guardrail|prompt|generation)/i,
    'model',
  ],
];

const vectorStores = /^(pinecone|chroma|qdrant|milvus|weaviate|marqo|pgvector|lancedb|vespa)/i;
const featureStores = /feast|tecton|hopsworks/i;
const modelServers =
  /vllm|text-generation-inference|triton|torchserve|kserve|ray\.serve|bentoml|mlserver/i;

export const operationNames = [
  'gen_ai.operation.name',
  'openinference.span.kind',
  'traceloop.span.kind',
  'llm.request.type',
  'mlflow.spanType',
];
const storeNames = ['db.system.name', 'db.system'];

/** Names that tell a layer: a head holds them, however many values they have. */
export const layerNames: readonly string[] = [...operationNames, ...storeNames];

/** First rule that fits wins; `application` when no rule speaks. */
export function layerOf(span: Pick<Span, 'attributes' | 'service' | 'name'>): Layer {
  const { attributes } = span;
  return (
    layerOfOperation(attributes) ??
    layerOfStore(attributes, span.service) ??
    (modelServers.test(span.service) ? 'model' : null) ??
    'application'
  );
}

/** Whether a span looks for documents, embeds or ranks them, or asks a store of vectors. */
export function isRetrieval(attributes: Attributes): boolean {
  const operation = firstText(attributes, operationNames);
  if (operation !== null) return layerOfOperation(attributes) === 'data';
  return vectorStores.test(firstText(attributes, storeNames) ?? '');
}

function layerOfOperation(attributes: Attributes): Layer | null {
  const operation = firstText(attributes, operationNames);
  if (operation === null) return null;
  return operations.find(([pattern]) => pattern.test(operation))?.[1] ?? 'application';
}

function layerOfStore(attributes: Attributes, service: string): Layer | null {
  const system = firstText(attributes, storeNames);
  if (featureStores.test(service) || (system !== null && vectorStores.test(system))) return 'data';
  return system === null ? null : 'infrastructure';
}
