/** Who hands data on to whom, as far as calls, stores and the names of models tell. */
import { ofAlike } from '../graph/index.ts';
import { grouped, once } from '../grouping.ts';
import type { Features, ServiceEdge, SpanKind } from '../model.ts';
import { agentStepOf, componentOf, isInference, modelOf, signalOf } from '../semantics/index.ts';
import { calleeOf, outgoing } from './origins.ts';
import { answerTo } from './requests.ts';

export interface Flows {
  /** Services that answer as a model, and those that are asked as one. */
  readonly models: ReadonlySet<string>;
  /** Answers others; who does not only asks, such as a job or a consumer of messages. */
  readonly serving: ReadonlySet<string>;
  readonly callers: Ways;
  /** Of those, whoever sends spans or is a model: what lies in a store is read by others. */
  readonly callees: Ways;
  /** Jobs that use a store that a service uses: they carry on what it was late to write. */
  readonly readers: Ways;
  /** Services that serve a model that a job names. */
  readonly releases: Ways;
}

type Ways = ReadonlyMap<string, readonly string[]>;

export const flowsIn = once((features: Features): Flows => {
  const { edges, nodes } = features.graph;
  const traced = new Set(nodes.flatMap(({ observed, service }) => (observed ? [service] : [])));
  const models = modelsIn(features);
  const serving = sending(features, 'server');
  const isKnown = (service: string): boolean => traced.has(service) || models.has(service);
  const known = edges.filter(({ callee }) => isKnown(callee));
  const stored = edges.filter(({ callee }) => !isKnown(callee));
  return {
    models,
    serving,
    // A message has no answer.
    callers: waysOf(
      known.filter(({ via }) => via === 'call'),
      'callee',
      'caller',
    ),
    callees: waysOf(known, 'caller', 'callee'),
    readers: readersIn(stored, serving),
    releases: releasesIn(features, serving),
  };
});

const waysOf = (
  edges: readonly ServiceEdge[],
  from: 'caller' | 'callee',
  to: 'caller' | 'callee',
): Ways =>
  new Map(
    [...grouped(edges, (edge) => edge[from])].map(([service, own]) => [
      service,
      [...new Set(own.map((edge) => edge[to]))],
    ]),
  );

/** Services with spans of one of these kinds: who is asked, or only asks. */
export const sending = (
  { operations }: Features,
  ...kinds: readonly SpanKind[]
): ReadonlySet<string> =>
  new Set(
    operations.filter(({ kind }) => kinds.includes(kind)).map(({ source }) => source.service),
  );

const isModel = ofAlike((span) => componentOf(span) === 'model');
const isOfModel = ofAlike((span) => isInference(span) || agentStepOf(span.attributes) === 'model');

function modelsIn({ sample, graph }: Features): ReadonlySet<string> {
  const models = new Set<string>();
  for (const { tree } of sample) {
    for (const [index, span] of tree.spans.entries()) {
      if (isModel(span)) models.add(span.service);
      const asked =
        outgoing(span) && isOfModel(span)
          ? (answerTo(tree, index)?.service ?? calleeOf(span, graph))
          : null;
      if (asked !== null) models.add(asked);
    }
  }
  return models;
}

/** Requests read what they need when they need it; a job carries it on. */
function readersIn(stored: readonly ServiceEdge[], serving: ReadonlySet<string>): Ways {
  const users = waysOf(stored, 'callee', 'caller');
  return new Map(
    [...waysOf(stored, 'caller', 'callee')].map(([service, stores]) => [
      service,
      stores.flatMap((store) =>
        (users.get(store) ?? []).filter((user) => user !== service && !serving.has(user)),
      ),
    ]),
  );
}

const named = ofAlike(({ attributes, resource }) => modelOf(attributes, resource)?.model ?? null);

function releasesIn(features: Features, serving: ReadonlySet<string>): Ways {
  const servers = serversOfModels(features, serving);
  const releases = new Map<string, Set<string>>();
  for (const { tree } of features.sample) {
    for (const span of tree.spans) {
      const found = serving.has(span.service) ? undefined : servers.get(named(span) ?? '');
      if (found === undefined) continue;
      releases.set(span.service, new Set([...(releases.get(span.service) ?? []), ...found]));
    }
  }
  return new Map([...releases].map(([job, all]) => [job, [...all].sort()]));
}

/** By model: who serves it reports how well it does. */
function serversOfModels({ values }: Features, serving: ReadonlySet<string>) {
  const judged = values.filter(
    ({ name, source: { model, service } }) =>
      model !== null && serving.has(service) && signalOf(name)?.kind === 'quality',
  );
  return new Map(
    [...grouped(judged, ({ source }) => source.model ?? '')].map(([model, own]) => [
      model,
      new Set(own.map(({ source }) => source.service)),
    ]),
  );
}
