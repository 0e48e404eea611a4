/**
 * The inference system: a request is authenticated, enriched with features and candidates, and
 * scored by a model.
 *
 *     gateway ─→ api ─┬─→ profile ─→ (database)
 *        │            ├─→ features ─→ (key-value store) ←─ job ─→ (warehouse), validator
 *        │            ├─→ retriever ─→ embedder, (vectors)
 *        │            ├─→ policy, flags, reranker   by seed
 *        │            └─→ model (2-3 replicas) ←─ rollout ─→ registry
 *        ├─→ assistant ─┬─→ retriever
 *        │              ├─→ llm proxy ─→ (provider)
 *        │              └─→ tools ─→ profile
 *        ├─→ profile, retriever     routes of their own
 *        └─→ (cache)
 *
 * Names in brackets have no instrumentation: only their clients' spans show them. Service times,
 * time-outs and shares are assumptions, of the order that such services publish.
 */
import { type Assistant, agentOperation, reportScores } from './assistant.ts';
import { type Call, type Context, type Operation, receive } from './calls.ts';
import type { Task } from './clock.ts';
import type { Endpoint } from './conventions.ts';
import type { Estate } from './estate.ts';
import { sound } from './feature-values.ts';
import { type Materialiser, readFeatures, startMaterialiser, type View } from './feature-views.ts';
import type { LlmStyle } from './llm.ts';
import { type Model, predict, reportQuality, type VersionStyle } from './prediction.ts';
import type { Random } from './random.ts';
import { type Index, reportRetrieval, search } from './retrieval.ts';
import { type Service, startRequest, type World } from './world.ts';

export interface InferenceSystem {
  readonly kind: 'inference';
  readonly world: World;
  readonly gateway: Service;
  readonly api: Service;
  readonly routes: readonly { readonly operation: Operation; readonly share: number }[];
  readonly model: Model;
  readonly materialiser: Materialiser;
  readonly index: Index;
  readonly assistant: Assistant;
  readonly services: Services;
  /** Services no deploy touches: none, every service can be rolled out while it serves. */
  readonly untouched: readonly Service[];
  start(): void;
}

/** Requests a second before sampling and load curve. */
const arrivalsPerSecond = [1.5, 2.1] as const;

export function buildInference(estate: Estate, random: Random): InferenceSystem {
  const services = addServices(estate, random);
  const { world } = estate;
  const model = createModel(estate, services.model, random);
  const materialiser = createMaterialiser(estate, services, random);
  const index = createIndex(services, random);
  const assistant = createAssistant(world, services, index, random);
  const parts = { world, services, model, materialiser, index, assistant, random };
  const routes = createRoutes(parts);
  const rate = random.between(...arrivalsPerSecond);
  const phase = random.between(0, 2 * Math.PI);
  const { gateway, api } = services;
  const system = { kind: 'inference', world, gateway, api, routes } as const;
  const start = () => {
    world.clock.spawn(arrivals(system, rate, phase));
    world.clock.spawn(reportQuality(world, model));
    world.clock.spawn(reportRetrieval(world, index));
    world.clock.spawn(reportScores(world, assistant));
    startMaterialiser(world, materialiser);
  };
  return { ...system, model, materialiser, index, assistant, services, untouched: [], start };
}

export type Services = ReturnType<typeof addServices>;

function addServices({ add }: Estate, random: Random) {
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
    // Few at once: what language models are given costs money.
    llmProxy: add('llmProxy', {
      ...{ protocol: 'http', languages: ['python', 'go'], instances: 1, concurrency: 2 },
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
  };
}

function createModel({ names }: Estate, server: Service, random: Random): Model {
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
  };
}

function createMaterialiser({ names }: Estate, services: Services, random: Random): Materialiser {
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
    ...leaf({ name: 'PushFeatures' }, 25, 0.4),
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

function createIndex({ retriever, embedder, vectors }: Services, random: Random): Index {
  const none = { searches: 0, documents: 0, scores: 0 };
  return {
    ...{ retriever, embedder, vectors, filled: 0.98, match: 1, ...none },
    embedding: `${random.pick(['text-embed', 'e5-base', 'bge-m'])}-${random.int(1, 4)}`,
    style: random.pick(['openinference', 'plain']),
  };
}

function createAssistant(
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

/** `io` is the share of the work that waits for a disk. */
const leaf = (endpoint: Endpoint, workMs: number, sigma: number, io = 0): Operation => ({
  ...{ endpoint, workMs, sigma, io, stages: [] },
});

const call = (target: Service, operation: Operation, timeoutMs: number): Call => ({
  target,
  operation,
  timeoutMs,
  retries: 0,
});

interface Wiring {
  readonly world: World;
  readonly services: Services;
  readonly model: Model;
  readonly materialiser: Materialiser;
  readonly index: Index;
  readonly assistant: Assistant;
  readonly random: Random;
}

function createRoutes(wiring: Wiring): InferenceSystem['routes'] {
  const { world, services, index, assistant, random } = wiring;
  const { gateway, cache } = services;
  const profile = profileCall(services);
  const find = searchCall(world, services, index);
  const agent = agentOperation(world, assistant, '/internal/converse');
  const session = {
    ...call(cache, leaf({ name: 'GET', table: 'session' }, 0.6, 0.4), 100),
    optional: true,
  };
  const flags = services.flags
    ? [
        {
          ...call(services.flags, leaf({ name: '/flags', method: 'GET' }, 2, 0.4), 300),
          optional: true,
        },
      ]
    : [];
  const main = random.pick(['/v1/recommendations', '/v1/score', '/v1/decide']);
  const route = (endpoint: Endpoint, stages: Operation['stages'], share: number) => ({
    operation: { endpoint, workMs: gateway.language === 'java' ? 3 : 2, sigma: 0.5, stages },
    share,
  });
  return [
    route({ name: main, method: 'POST' }, [[session], [apiCall(wiring, [...flags])]], 0.6),
    route({ name: '/v1/search', method: 'GET' }, [[session, ...flags], [find]], 0.13),
    route({ name: '/v1/profile', method: 'GET' }, [[session], [profile]], 0.11),
    route(
      { name: '/v1/assistant', method: 'POST' },
      [[session], [call(services.assistant, agent, 90_000)]],
      0.16,
    ),
  ];
}

/** The named endpoint in the manner of the service's protocol. */
const endpoint = (service: Service, rpc: string, path: string): Endpoint =>
  service.protocol === 'grpc' ? { name: rpc } : { name: path, method: 'POST' };

function profileCall({ profile, profileDb, cache }: Services): Call {
  const read = call(profileDb, leaf({ name: 'SELECT', table: 'profiles' }, 3, 0.5, 0.6), 400);
  const cached = call(cache, leaf({ name: 'GET', table: 'profile' }, 0.6, 0.4), 100);
  const operation = {
    ...leaf(endpoint(profile, 'GetProfile', '/internal/profile'), 4, 0.5),
    stages: [[{ ...cached, optional: true }], [{ ...read, share: 0.7 }]],
  };
  return { ...call(profile, operation, 800), retries: 1 };
}

function searchCall(world: World, services: Services, index: Index): Call {
  const { retriever, embedder, vectors } = services;
  const embedding: Operation = {
    ...leaf({ name: 'Embed' }, 14, 0.35),
    effect: ({ span }) => {
      if (span) span.attributes['gen_ai.request.model'] = index.embedding;
    },
  };
  const embed = { ...call(embedder, embedding, 700), retries: 1 } as const;
  const nearest = call(vectors, leaf({ name: 'search', table: 'items' }, 11, 0.5, 0.5), 600);
  const operation: Operation = {
    ...leaf(endpoint(retriever, 'Retrieve', '/internal/retrieve'), 6, 0.5),
    stages: [[embed], [nearest]],
    effect: (context) => search(world, index, context),
  };
  return { ...call(retriever, operation, 1_600), retries: 1 };
}

function apiCall(wiring: Wiring, flags: readonly Call[]): Call {
  const { world, services, model, materialiser, random } = wiring;
  const { api, features, featureDb, reranker, policy } = services;
  const read = featureDb.protocol === 'redis' ? 'GET' : 'SELECT';
  const get = call(featureDb, leaf({ name: read, table: 'online' }, 2, 0.5, 0.4), 300);
  const online: Operation = {
    ...leaf({ name: 'GetOnlineFeatures' }, 5, 0.45),
    stages: [[get]],
    effect: (context: Context) => readFeatures(world, materialiser, context),
  };
  const score: Operation = {
    ...leaf({ name: 'Predict' }, 38, 0.35),
    effect: (context: Context) => predict(world, model, context),
  };
  const after: Call[] = [];
  if (reranker) after.push(call(reranker, leaf({ name: 'Rerank' }, 16, 0.4), 500));
  if (policy) after.push({ ...call(policy, leaf({ name: 'Check' }, 3, 0.4), 300), optional: true });
  const candidates = { ...searchCall(world, services, wiring.index), optional: random.chance(0.5) };
  const operation: Operation = {
    ...leaf(endpoint(api, 'Recommend', '/internal/recommend'), 6, 0.5),
    stages: [
      [profileCall(services), ...flags],
      [{ ...call(features, online, 800), retries: 1 }, candidates],
      [{ ...call(services.model, score, 1_500), retries: 1 }],
      ...after.map((one) => [one]),
    ],
  };
  return call(api, operation, 5_000);
}

/** Poisson arrivals on a mild load curve of some minutes' period. */
function* arrivals(
  { world, gateway, routes }: Pick<InferenceSystem, 'world' | 'gateway' | 'routes'>,
  perSecond: number,
  phase: number,
): Task {
  const { clock, random } = world;
  const curve = (time: number) => 1 + 0.12 * Math.sin((2 * Math.PI * time) / 420_000 + phase);
  for (;;) {
    const weights = routes.map(
      ({ operation, share }) => share * (world.surge.get(operation.endpoint.name) ?? 1),
    );
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    yield random.exponential(1000 / (perSecond * all * world.traffic * curve(clock.now())));
    const request = startRequest(world, random.chance(world.sampling));
    const operation = chooseRoute(routes, weights, random.next() * all);
    clock.spawn(receive(world, gateway, operation, request));
  }
}

/** The route in whose part of the sum of all weights `at` lies. */
function chooseRoute(
  routes: InferenceSystem['routes'],
  weights: readonly number[],
  at: number,
): Operation {
  let rest = at;
  const place = weights.findIndex((weight) => {
    rest -= weight;
    return rest < 0;
  });
  return (routes[Math.max(0, place)] as InferenceSystem['routes'][number]).operation;
}
