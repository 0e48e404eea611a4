/**
 * The inference system: a request is authenticated, enriched with features and candidates, and
 * scored by a model.
 *
 *     gateway ─→ api ─┬─→ profile ─→ (database)
 *        │            ├─→ features ─→ (key-value store) ←─ job ─→ (warehouse)
 *        │            ├─→ retriever ─→ embedder, vectors
 *        │            ├─→ policy, flags, reranker   by seed
 *        │            └─→ model (2-3 replicas)
 *        ├─→ profile, retriever     routes of their own
 *        └─→ (cache)
 *
 * Names in brackets have no instrumentation: only their clients' spans show them. Service times,
 * time-outs and shares are assumptions, of the order that such services publish.
 */
import { type Call, type Context, type Operation, receive } from './calls.ts';
import type { Task } from './clock.ts';
import type { Endpoint } from './conventions.ts';
import type { Estate } from './estate.ts';
import { type Materialiser, readFeatures, startMaterialiser, type View } from './feature-views.ts';
import { type Model, predict, reportQuality, type VersionStyle } from './prediction.ts';
import type { Random } from './random.ts';
import { type Service, startRequest, type World } from './world.ts';

export interface InferenceSystem {
  readonly kind: 'inference';
  readonly world: World;
  readonly gateway: Service;
  readonly api: Service;
  readonly routes: readonly { readonly operation: Operation; readonly share: number }[];
  readonly model: Model;
  readonly materialiser: Materialiser;
  /** Services no deploy touches: none, every service can be rolled out while it serves. */
  readonly untouched: readonly Service[];
  start(): void;
}

/** Requests a second before sampling and load curve. */
const arrivalsPerSecond = [2.2, 2.8] as const;

export function buildInference(estate: Estate, random: Random): InferenceSystem {
  const services = addServices(estate, random);
  const { world } = estate;
  const model = createModel(estate, services.model, random);
  const materialiser = createMaterialiser(estate, services, random);
  const routes = createRoutes({ world, services, model, materialiser, random });
  const rate = random.between(...arrivalsPerSecond);
  const phase = random.between(0, 2 * Math.PI);
  const { gateway, api } = services;
  const system = { kind: 'inference', world, gateway, api, routes } as const;
  const start = () => {
    world.clock.spawn(arrivals(system, rate, phase));
    world.clock.spawn(reportQuality(world, model));
    startMaterialiser(world, materialiser);
  };
  return { ...system, model, materialiser, untouched: [], start };
}

type Services = ReturnType<typeof addServices>;

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
    embedder: maybe(random.chance(0.6), () =>
      add('embedder', { protocol: 'grpc', languages: ['python'] }),
    ),
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
    version,
    loaded: new Map(),
    windows: new Map(),
  };
}

function createMaterialiser({ names }: Estate, services: Services, random: Random): Materialiser {
  const { job, features, featureDb, warehouse } = services;
  const weights = random.shuffle([0.5, 0.3, 0.2]);
  const views = names.views.map((name, place): View => {
    const intervalMs = random.between(28_000, 42_000);
    return {
      name,
      weight: weights[place] ?? 0,
      intervalMs,
      expiryMs: 2.2 * intervalMs,
      supply: 'running',
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
    reporter: random.pick([job, features]),
    project: names.project,
    views,
    extract: call(warehouse, leaf({ name: 'SELECT', table: 'events' }, 260, 0.4), 10_000),
    load: { ...call(features, load, 5_000), retries: 1 },
    ageAttribute: random.pick([
      'feature.age_seconds',
      'feature_store.staleness_s',
      'features.age_s',
    ]),
  };
}

const leaf = (endpoint: Endpoint, workMs: number, sigma: number): Operation => ({
  endpoint,
  workMs,
  sigma,
  stages: [],
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
  readonly random: Random;
}

function createRoutes(wiring: Wiring): InferenceSystem['routes'] {
  const { services, random } = wiring;
  const { gateway, cache } = services;
  const profile = profileCall(services);
  const search = searchCall(services);
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
    route({ name: main, method: 'POST' }, [[session], [apiCall(wiring, [...flags])]], 0.72),
    route({ name: '/v1/search', method: 'GET' }, [[session, ...flags], [search]], 0.16),
    route({ name: '/v1/profile', method: 'GET' }, [[session], [profile]], 0.12),
  ];
}

/** The named endpoint in the manner of the service's protocol. */
const endpoint = (service: Service, rpc: string, path: string): Endpoint =>
  service.protocol === 'grpc' ? { name: rpc } : { name: path, method: 'POST' };

function profileCall({ profile, profileDb, cache }: Services): Call {
  const read = call(profileDb, leaf({ name: 'SELECT', table: 'profiles' }, 3, 0.5), 400);
  const cached = call(cache, leaf({ name: 'GET', table: 'profile' }, 0.6, 0.4), 100);
  const operation = {
    ...leaf(endpoint(profile, 'GetProfile', '/internal/profile'), 4, 0.5),
    stages: [[{ ...cached, optional: true }], [{ ...read, share: 0.7 }]],
  };
  return { ...call(profile, operation, 800), retries: 1 };
}

function searchCall({ retriever, embedder, vectors }: Services): Call {
  const embed = embedder
    ? [[{ ...call(embedder, leaf({ name: 'Embed' }, 14, 0.35), 700), retries: 1 } as const]]
    : [];
  const search = call(vectors, leaf({ name: 'search', table: 'items' }, 11, 0.5), 600);
  const operation = {
    ...leaf(endpoint(retriever, 'Retrieve', '/internal/retrieve'), 6, 0.5),
    stages: [...embed, [search]],
  };
  return { ...call(retriever, operation, 1_600), retries: 1 };
}

function apiCall(wiring: Wiring, flags: readonly Call[]): Call {
  const { world, services, model, materialiser, random } = wiring;
  const { api, features, featureDb, reranker, policy } = services;
  const read = featureDb.protocol === 'redis' ? 'GET' : 'SELECT';
  const get = call(featureDb, leaf({ name: read, table: 'online' }, 2, 0.5), 300);
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
  const candidates = { ...searchCall(services), optional: random.chance(0.5) };
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
    yield random.exponential(1000 / (perSecond * world.traffic * curve(clock.now())));
    const request = startRequest(world, random.chance(world.sampling));
    clock.spawn(receive(world, gateway, chooseRoute(routes, random), request));
  }
}

function chooseRoute(routes: InferenceSystem['routes'], random: Random): Operation {
  let rest = random.next();
  const chosen = routes.find(({ share }) => {
    rest -= share;
    return rest < 0;
  });
  return (chosen ?? (routes[0] as (typeof routes)[number])).operation;
}
