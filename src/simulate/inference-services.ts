/** Services of the inference system, and what each of them holds. */
import type { Assistant } from './assistant.ts';
import type { Estate } from './estate.ts';
import { sound } from './feature-values.ts';
import type { Materialiser, View } from './feature-views.ts';
import { call, endpoint, leaf, profileCall, searchCall } from './inference-calls.ts';
import type { LlmStyle } from './llm.ts';
import type { Model, VersionStyle } from './prediction.ts';
import type { Random } from './random.ts';
import type { Index } from './retrieval.ts';
import { createTopic, type Topic } from './topic.ts';
import type { Service, World } from './world.ts';

export type Services = ReturnType<typeof addServices>;

export function addServices({ add }: Estate, random: Random) {
  const database = { instrumented: false, concurrency: 64 } as const;
  const maybe = (present: boolean, make: () => Service) => (present ? make() : undefined);
  return {
    gateway: add('gateway', { protocol: 'http', languages: ['go', 'nodejs', 'java'] }),
    api: add('api', { protocol: random.pick(['http', 'grpc']), instances: 2 }),
    profile: add('profile', { protocol: random.pick(['http', 'grpc']) }),
    features: add('features', { protocol: 'grpc', languages: ['go', 'python', 'java'] }),
    job: add('job', { protocol: 'http', instances: 1, languages: ['python', 'java'] }),
    retriever: add('retriever', { protocol: random.pick(['http', 'grpc']) }),
    model: add('model', {
      protocol: 'grpc',
      instances: random.int(2, 3),
      languages: ['python'],
      concurrency: 4,
      cpuShare: 0.9,
    }),
    embedder: add('embedder', { protocol: 'grpc', languages: ['python'], concurrency: 4 }),
    assistant: add('assistant', { protocol: 'http', languages: ['python', 'nodejs'] }),
    llmProxy: add('llmProxy', {
      ...{ protocol: 'http', languages: ['python', 'go'], instances: 1 },
    }),
    toolA: add('toolA', { protocol: 'http' }),
    toolB: add('toolB', { protocol: random.pick(['http', 'grpc']) }),
    validator: add('validator', { protocol: 'grpc', instances: 1, languages: ['python'] }),
    rollout: add('rollout', { protocol: 'http', instances: 1, languages: ['go', 'python'] }),
    registry: add('registry', { protocol: 'http', instances: 1 }),
    provider: add('provider', { ...database, protocol: 'http' }),
    flags: maybe(random.chance(0.5), () => add('flags', { protocol: 'http' })),
    reranker: maybe(random.chance(0.4), () =>
      add('reranker', { protocol: 'grpc', languages: ['python', 'java'] }),
    ),
    policy: maybe(random.chance(0.4), () => add('policy', { protocol: 'grpc' })),
    vectors: add('vectors', { ...database, protocol: 'qdrant' }),
    cache: add('cache', { ...database, protocol: 'redis' }),
    featureDb: add('featureDb', { ...database, protocol: random.pick(['redis', 'cassandra']) }),
    profileDb: add('profileDb', { ...database, protocol: 'postgresql' }),
    warehouse: add('warehouse', { ...database, protocol: 'postgresql' }),
    broker: add('broker', { ...database, protocol: 'kafka' }),
    consumer: add('consumer', { protocol: 'http', instances: 1 }),
  };
}

export function createModel({ names }: Estate, server: Service, random: Random): Model {
  const versionStyle = random.pick<VersionStyle>([
    'service.version',
    'model.version',
    'gen_ai.response.model',
  ]);
  const number = random.int(3, 40);
  const version = {
    'service.version': server.version,
    'model.version': random.pick([`v${number}`, `2026.${random.int(1, 6)}.${number}`]),
    'gen_ai.response.model': `${names.model}-${number}`,
  }[versionStyle];
  return {
    name: names.model,
    server,
    versionStyle,
    confidenceAttribute: random.pick([
      'prediction.confidence',
      'model.confidence',
      'ml.prediction.confidence',
    ]),
    accuracyMetric: random.pick(['model.online_accuracy', 'model.feedback.accuracy']),
    skill: new Map([[version, random.between(2.2, 2.7)]]),
    driftedBy: 0,
    version,
    loaded: new Map(),
    windows: new Map(),
    standIn: null,
  };
}

/** What users did, on its way to the warehouse that features are built from. */
export function createInteractions(world: World, services: Services, random: Random): Topic {
  const { consumer, warehouse } = services;
  const insert = call(warehouse, leaf({ name: 'INSERT', table: 'events' }, 6, 0.5, 0.6), 2_000);
  const name = random.pick(['interactions', 'user-events', 'activity.v1']);
  return createTopic(world, name, consumer, { ...insert, retries: 1 });
}

export function createMaterialiser(
  { names }: Estate,
  services: Services,
  interactions: Topic,
  random: Random,
): Materialiser {
  const { job, features, featureDb, warehouse, validator } = services;
  const weights = random.shuffle([0.5, 0.3, 0.2]);
  const views = names.views.map((name, place): View => {
    const intervalMs = random.between(28_000, 42_000);
    return {
      name,
      weight: weights[place] ?? 0,
      intervalMs,
      expiryMs: 2.2 * intervalMs,
      supply: 'running',
      condition: sound(),
      rows: 1,
      brokenColumn: null,
      recent: [],
      rejected: 0,
      filledUpTo: 0,
      served: new Map(),
      runs: new Map(),
    };
  });
  const keyValue = featureDb.protocol === 'redis';
  const load = {
    ...leaf(endpoint(features, 'PushFeatures', '/internal/features'), 25, 0.4),
    stages: [
      [
        call(
          featureDb,
          leaf({ name: keyValue ? 'SET' : 'INSERT', table: 'online' }, 8, 0.4),
          2_000,
        ),
      ],
    ],
  };
  return {
    job,
    store: features,
    validator,
    reporter: random.pick([job, features]),
    project: names.project,
    interactions,
    views,
    extract: call(warehouse, leaf({ name: 'SELECT', table: 'events' }, 260, 0.4, 0.7), 10_000),
    load: { ...call(features, load, 5_000), retries: 1 },
    ageAttribute: random.pick([
      'feature.age_seconds',
      'feature_store.staleness_s',
      'features.age_s',
    ]),
    driftMetric: random.pick(['feature.drift.psi', 'feature_psi', 'evidently.drift_score']),
  };
}

export function createIndex({ retriever, embedder, vectors }: Services, random: Random): Index {
  const none = { searches: 0, documents: 0, scores: 0 };
  return {
    ...{ retriever, embedder, vectors, filled: 0.98, match: 1, ...none },
    embedding: `${random.pick(['text-embed', 'e5-base', 'bge-m'])}-${random.int(1, 4)}`,
    style: random.pick(['openinference', 'plain']),
  };
}

export function createAssistant(
  world: World,
  services: Services,
  index: Index,
  random: Random,
): Assistant {
  const { assistant, llmProxy, provider, toolA, toolB } = services;
  const requested = random.pick(['gpt-4.1-mini', 'claude-haiku', 'llama-3-70b']);
  const own = leaf(endpoint(toolB, 'Lookup', '/lookup'), 22, 0.5);
  return {
    service: assistant,
    model: {
      ...{ proxy: llmProxy, provider, requested, answering: `${requested}-2026-03-01` },
      style: random.pick<LlmStyle>(['semconv', 'openinference', 'openllmetry']),
      ttftMs: random.between(180, 420),
      tokensPerSecond: random.between(70, 140),
      contextTokens: random.pick([8_192, 16_384]),
      outputTokens: random.between(90, 180),
      skill: random.between(2, 2.6),
    },
    tools: [
      {
        name: random.pick(['find_order', 'check_account']),
        call: {
          ...call(
            toolA,
            {
              ...leaf(endpoint(toolA, 'Find', '/find'), 14, 0.5),
              stages: [[profileCall(services)]],
            },
            2_500,
          ),
        },
      },
      { name: random.pick(['get_price', 'run_query']), call: call(toolB, own, 2_500) },
    ],
    find: searchCall(world, services, index),
    promptVersion: `v${random.int(3, 30)}`,
    promptCost: 0,
    historyTokens: 600,
    stopChance: 0.6,
    mostTurns: 6,
    isInsistent: false,
    scoreMetric: random.pick(['gen_ai.evaluation.score', 'assistant.answer.relevance']),
    scores: [],
  };
}
