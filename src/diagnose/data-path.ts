/**
 * How bad data reach the model that is fed with them. Data go along calls in either direction: an
 * answer hands them to the caller, a job hands them on in what it asks, and whoever asks a model
 * hands it what it has gathered.
 *
 *     job ──writes──→ features ←──asks── api ──asks──→ model       job → features → api → model
 *
 * What a validation finds wrong is wrong in what the job hands on. Told are the shortest ways to the
 * models; where one is seen to get worse, to that one.
 */
import { ofAlike } from '../graph/index.ts';
import { grouped, once } from '../grouping.ts';
import type { EvidenceKind, Features, PathStep } from '../model.ts';
import { agentStepOf, componentOf, isInference } from '../semantics/index.ts';
import type { Candidate } from './fusion.ts';
import { calleeOf, outgoing } from './origins.ts';
import { answerTo } from './requests.ts';

/**
 * Steps of data from `service` to models, cause first; none where no model is reached, and of what was
 * retrieved: answers show it as it is, so that whoever waited for it has it.
 */
export function dataPath(
  { service, cited }: Pick<Candidate, 'service' | 'cited'>,
  features: Features,
): readonly Pick<PathStep, 'from' | 'to'>[] {
  if (cited.some(({ evidence }) => retrieved.has(evidence.kind))) return [];
  const flows = flowsIn(features);
  const { steps, before } = searched(service, flows);
  const worse = new Set(
    cited.flatMap(({ evidence }) => (symptoms.has(evidence.kind) ? [evidence.service] : [])),
  );
  const models = [...before.keys()].filter((one) => one !== service && flows.models.has(one));
  const isWorse = (model: string): boolean =>
    worse.has(model) || (before.get(model) ?? []).some((asker) => worse.has(asker));
  const seen = models.filter(isWorse);
  const onTheWay = upFrom(seen.length > 0 ? seen : models, before);
  return steps.filter(({ to }) => onTheWay.has(to));
}

const symptoms: ReadonlySet<EvidenceKind> = new Set<EvidenceKind>([
  'quality',
  'quality-by-version',
]);

const retrieved: ReadonlySet<EvidenceKind> = new Set<EvidenceKind>([
  'retrieval',
  'retrieval-score',
]);

interface Flows {
  readonly models: ReadonlySet<string>;
  /** Asked by others; who is not only asks, such as a job. */
  readonly serving: ReadonlySet<string>;
  readonly callers: ReadonlyMap<string, readonly string[]>;
  readonly callees: ReadonlyMap<string, readonly string[]>;
}

const flowsIn = once((features: Features): Flows => {
  const { edges, nodes } = features.graph;
  const traced = new Set(nodes.flatMap(({ observed, service }) => (observed ? [service] : [])));
  const models = modelsIn(features);
  // What lies in a store is read by others: the way goes on at those who ask it.
  const known = edges.filter(({ callee }) => traced.has(callee) || models.has(callee));
  return {
    models,
    serving: servingIn(features),
    callers: new Map(
      [...grouped(known, ({ callee }) => callee)].map(([callee, own]) => [
        callee,
        own.map(({ caller }) => caller),
      ]),
    ),
    callees: new Map(
      [...grouped(known, ({ caller }) => caller)].map(([caller, own]) => [
        caller,
        own.map(({ callee }) => callee),
      ]),
    ),
  };
});

const servingIn = ({ operations }: Features): ReadonlySet<string> =>
  new Set(
    operations
      .filter(({ kind }) => kind === 'server' || kind === 'consumer')
      .map(({ source }) => source.service),
  );

const isModel = ofAlike((span) => componentOf(span) === 'model');
const isOfModel = ofAlike((span) => isInference(span) || agentStepOf(span.attributes) === 'model');

/** Services that answer as a model, and those that are asked as one. */
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

/** To whom a service hands on the data it has. */
function nextOf(service: string, start: string, flows: Flows): readonly string[] {
  const { models, serving } = flows;
  const callers = flows.callers.get(service) ?? [];
  const callees = flows.callees.get(service) ?? [];
  if (models.has(service) && service !== start) return [];
  const fed = callees.filter((callee) => models.has(callee));
  if (fed.length > 0) return fed;
  // A job is called by nobody: it writes.
  if (!serving.has(service)) return callees.filter((callee) => serving.has(callee));
  const asking = callers.filter((caller) => serving.has(caller));
  return asking.length > 0 || service !== start ? asking : callers;
}

/** Every step of a shortest way from the start, nearest first; and who is before whom on them. */
function searched(start: string, flows: Flows) {
  const depth = new Map([[start, 0]]);
  const before = new Map<string, string[]>([[start, []]]);
  const steps: { from: string; to: string }[] = [];
  for (const from of depth.keys()) {
    const next = (depth.get(from) as number) + 1;
    for (const to of new Set(nextOf(from, start, flows))) {
      if ((depth.get(to) ?? next) < next || to === from) continue;
      depth.set(to, next);
      steps.push({ from, to });
      before.set(to, [...(before.get(to) ?? []), from]);
    }
  }
  return { steps, before };
}

/** These, and all that is before them. */
function upFrom(
  ends: readonly string[],
  before: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const all = new Set(ends);
  for (const one of all) for (const above of before.get(one) ?? []) all.add(above);
  return all;
}
