/**
 * The inference system: a request is authenticated, enriched with features and candidates, and
 * scored by a model.
 *
 *     gateway ─→ api ─┬─→ profile ─→ (database)
 *        │            ├─→ features ─→ (key-value store) ←─ job ─→ (warehouse), validator
 *        │            ├─→ retriever ─→ embedder, (vectors)
 *        │            ├─→ policy, flags, reranker   by seed
 *        │            ├─→ model (2-3 replicas) ←─ rollout ─→ registry
 *        │            └─→ (queue) ─→ consumer ─→ (warehouse)
 *        ├─→ assistant ─┬─→ retriever
 *        │              ├─→ llm proxy ─→ (provider)
 *        │              └─→ tools ─→ profile
 *        ├─→ profile, retriever     routes of their own
 *        └─→ (cache)
 *
 * In a small system several of these live in one process, in a large one others are around them
 * (`layout.ts`).
 *
 * Names in brackets have no instrumentation: only their clients' spans show them. Service times,
 * time-outs and shares are assumptions, of the order that such services publish.
 */
import { type Assistant, agentOperation, reportScores } from './assistant.ts';
import { createBatching } from './batching.ts';
import { type Call, type Context, type Operation, receive } from './calls.ts';
import type { Task } from './clock.ts';
import type { Endpoint } from './conventions.ts';
import type { Estate } from './estate.ts';
import { type Materialiser, readFeatures, startMaterialiser } from './feature-views.ts';
import { call, endpoint, leaf, profileCall, searchCall } from './inference-calls.ts';
import {
  addServices,
  createAssistant,
  createIndex,
  createInteractions,
  createMaterialiser,
  createModel,
  type Services,
} from './inference-services.ts';
import { sideRoles } from './names.ts';
import { type Model, predict, reportQuality } from './prediction.ts';
import type { Random } from './random.ts';
import { type Index, reportRetrieval } from './retrieval.ts';
import { addSides, type Sides } from './side-services.ts';
import { append, startTopic, type Topic } from './topic.ts';
import { type Service, startRequest, type World } from './world.ts';

export interface InferenceSystem {
  readonly world: World;
  readonly gateway: Service;
  readonly api: Service;
  readonly routes: readonly { readonly operation: Operation; readonly share: number }[];
  readonly model: Model;
  readonly materialiser: Materialiser;
  readonly index: Index;
  readonly assistant: Assistant;
  readonly services: Services;
  start(): void;
}

/** Requests a second before sampling and load curve. */
const arrivalsPerSecond = [1.5, 2.1] as const;

/** `room` is for how many services there may be. */
export function buildInference(estate: Estate, room: number, random: Random): InferenceSystem {
  const services = addServices(estate, random);
  const { world } = estate;
  const count = Math.round(estate.layout.sides * (room - world.services.length));
  const sides = addSides(estate, Math.min(sideRoles.length, count), random);
  const model = createModel(estate, services.model, random);
  const interactions = createInteractions(world, services, random);
  const materialiser = createMaterialiser(estate, services, interactions, random);
  const index = createIndex(services, random);
  const assistant = createAssistant(world, services, index, random);
  const parts = { world, services, sides, model, materialiser, interactions, index, assistant };
  const routes = createRoutes({ ...parts, random });
  const rate = random.between(...arrivalsPerSecond);
  services.llmProxy.concurrency = roomFor(assistant, rate * assistantShare);
  const phase = random.between(0, 2 * Math.PI);
  const { gateway, api } = services;
  const system = { world, gateway, api, routes };
  const start = () => {
    world.clock.spawn(arrivals(system, rate, phase));
    world.clock.spawn(reportQuality(world, model));
    world.clock.spawn(reportRetrieval(world, index));
    world.clock.spawn(reportScores(world, assistant));
    startMaterialiser(world, materialiser);
    startTopic(world, interactions);
  };
  return { ...system, model, materialiser, index, assistant, services, start };
}

/** Share of requests that begin a conversation, and how busy its proxy usually is. */
const assistantShare = 0.16;
const usualBusy = 0.3;

/**
 * So many requests the proxy of the language model works on at once: what is given to language
 * models costs money, so not many times of what usually comes, but a quarter more does no harm.
 */
function roomFor({ model, stopChance }: Assistant, perSecond: number): number {
  const { ttftMs, outputTokens, tokensPerSecond } = model;
  const seconds = ttftMs / 1000 + outputTokens / tokensPerSecond;
  return Math.max(2, Math.ceil((perSecond * seconds) / stopChance / usualBusy));
}

interface Wiring {
  readonly world: World;
  readonly services: Services;
  readonly sides: Sides;
  readonly model: Model;
  readonly materialiser: Materialiser;
  readonly interactions: Topic;
  readonly index: Index;
  readonly assistant: Assistant;
  readonly random: Random;
}

function createRoutes(wiring: Wiring): InferenceSystem['routes'] {
  const { world, services, sides, index, assistant, random } = wiring;
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
    route(
      { name: '/v1/search', method: 'GET' },
      [[session, ...flags, ...sides.search], [find]],
      0.13,
    ),
    route({ name: '/v1/profile', method: 'GET' }, [[session], [profile, ...sides.profile]], 0.11),
    route(
      { name: '/v1/assistant', method: 'POST' },
      [[session], [call(services.assistant, agent, 90_000)]],
      assistantShare,
    ),
  ];
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
    batching: createBatching(random.pick([4, 8, 16]), random.between(2, 8)),
    effect: (context: Context) => predict(world, model, context),
    standIn: () => model.standIn !== null,
  };
  const after: Call[] = [];
  if (reranker) after.push(call(reranker, leaf({ name: 'Rerank' }, 16, 0.4), 500));
  if (policy) after.push({ ...call(policy, leaf({ name: 'Check' }, 3, 0.4), 300), optional: true });
  const candidates = { ...searchCall(world, services, wiring.index), optional: random.chance(0.5) };
  const operation: Operation = {
    ...leaf(endpoint(api, 'Recommend', '/internal/recommend'), 6, 0.5),
    stages: [
      [profileCall(services), ...flags, ...wiring.sides.api],
      [{ ...call(features, online, 800), retries: 1 }, candidates],
      [{ ...call(services.model, score, 1_500), retries: 1 }],
      ...after.map((one) => [one]),
      [publishCall(wiring)],
    ],
  };
  return call(api, operation, 5_000);
}

/** Says what was shown, for whoever builds features from it. */
function publishCall({ world, services, interactions }: Wiring): Call {
  const operation: Operation = {
    ...leaf({ name: 'publish', table: interactions.name }, 1.5, 0.4),
    effect: (context: Context) => append(world, interactions, context),
  };
  return { ...call(services.broker, operation, 500), optional: true };
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
