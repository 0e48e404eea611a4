/** What the services of a case are, and what telemetry the case has of each. */
import { ofAlike } from '../../graph/index.ts';
import { grouped } from '../../grouping.ts';
import type { Features, SampledTrace, ServiceGraph, Span, ValueFeature } from '../../model.ts';
import {
  agentStepOf,
  componentOf,
  failed,
  failureCodes,
  failureTexts,
  firstText,
  isInference,
  isSchemaFailure,
  isStorageCall,
  modelCallOf,
  placesOf,
  type SignalKind,
  signalOf,
} from '../../semantics/index.ts';
import { fewestPeers } from '../detectors/slow-peer.ts';
import { gatewaysIn } from '../exclusive-time.ts';
import { calleeOf, isInTool, outgoing } from '../origins.ts';
import { ownersOf, tenantsOf } from '../owners.ts';
import { answerTo } from '../requests.ts';
import { gapsIn } from '../span-times.ts';
import { usedShares } from '../usages.ts';
import type { Telemetry, Trait } from './needs.ts';

export interface ServiceFacts {
  readonly traits: Set<Trait>;
  readonly telemetry: Set<Telemetry>;
}

export type CaseFacts = ReadonlyMap<string, ServiceFacts>;

type FactsOf = (service: string) => ServiceFacts;

/** By service name. `writers`: services that logged anything. */
export function factsOf(features: Features, writers: readonly string[]): CaseFacts {
  const facts = new Map<string, ServiceFacts>();
  const of: FactsOf = (service) => {
    const known = facts.get(service) ?? { traits: new Set(), telemetry: new Set() };
    facts.set(service, known);
    return known;
  };
  readGraph(features.graph, of);
  readOperations(features, of);
  for (const trace of features.sample) readTrace(trace, features, of);
  readValues(features, of);
  for (const service of writers) of(service).telemetry.add('logs');
  for (const one of facts.values()) conclude(one, features);
  readInputs([...facts.values()]);
  return new Map([...facts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readGraph({ nodes, edges }: ServiceGraph, of: FactsOf): void {
  const kinds = new Map(nodes.map(({ service, kind }) => [service, kind]));
  for (const { service, observed, kind } of nodes) {
    const { traits, telemetry } = of(service);
    if (observed) telemetry.add('spans').add('times');
    if (kind === 'external') traits.add('external');
    else traits.add(kind === 'service' ? 'own' : 'dependency');
  }
  for (const { caller, callee, via } of edges) {
    if (via === 'link') continue;
    of(caller).traits.add('caller');
    of(callee).traits.add('called');
    of(callee).telemetry.add('callers').add('times');
    if (kinds.get(callee) === 'database') of(caller).traits.add('pooled');
  }
}

function readOperations({ operations }: Features, of: FactsOf): void {
  for (const { source, kind, roots } of operations) {
    const { traits, telemetry } = of(source.service);
    if (kind === 'server' || kind === 'consumer') traits.add('called');
    if (kind === 'server') traits.add('answers');
    if (source.version !== null) telemetry.add('version');
    if (roots === 0 || kind !== 'internal') continue;
    traits.add('job');
    telemetry.add('runs');
  }
  for (const [service, own] of grouped(operations, ({ source }) => source.service)) {
    const peers = new Set(own.map(({ source: { rank, instance } }) => rank ?? instance));
    peers.delete(null);
    if (peers.size < fewestPeers) continue;
    of(service).traits.add('replicated');
    of(service).telemetry.add('instances');
  }
}

/** What a span tells whatever its place in a trace. */
const ownFacts = ofAlike((span) => ({
  component: componentOf(span),
  step: agentStepOf(span.attributes),
  hasPlace: placesOf(span).length > 0,
  hasCode: firstText(span.attributes, failureCodes) !== null,
  infers: isInference(span),
}));

function readTrace(trace: SampledTrace, features: Features, of: FactsOf): void {
  const { tree, logs } = trace;
  for (const { span } of logs) of((tree.spans[span] as Span).service).telemetry.add('steps');
  for (const { client, server } of gapsIn(tree)) {
    for (const end of [client, server]) of((tree.spans[end] as Span).service).telemetry.add('ways');
  }
  for (const [index, span] of tree.spans.entries()) {
    readSpan(trace, index, of(span.service));
    const target = outgoing(span)
      ? (answerTo(tree, index)?.service ?? calleeOf(span, features.graph))
      : span.service;
    if (target !== null) readTarget(span, of(target), gatewaysIn(features).has(target));
  }
}

/** What a request to a model says of itself. */
function toldOfCall(span: Span): readonly Telemetry[] {
  const { model, prompt, input, output } = modelCallOf(span);
  return [
    ...(model === null ? [] : ['answering-model' as const]),
    ...(prompt === null ? [] : ['prompt-version' as const]),
    ...(input === null && output === null ? [] : ['tokens' as const]),
  ];
}

/** What a span tells of the service that sent it. */
function readSpan(trace: SampledTrace, index: number, { traits, telemetry }: ServiceFacts): void {
  const { spans, children } = trace.tree;
  const span = spans[index] as Span;
  const { component, step, hasPlace } = ownFacts(span);
  if (component !== null) traits.add(component);
  if (step === 'model' && span.kind !== 'server') {
    telemetry.add('model-steps');
    for (const told of toldOfCall(span)) telemetry.add(told);
  }
  if (hasPlace) telemetry.add('places');
  if ((children[index] ?? []).length > 0 || span.events.length > 0) telemetry.add('steps');
  if (!isInTool(trace, index)) return;
  traits.add('tool');
  telemetry.add('tool-steps');
}

/** What a span tells of the service that was asked. */
function readTarget(span: Span, { traits, telemetry }: ServiceFacts, isGateway: boolean): void {
  const { hasCode, infers } = ownFacts(span);
  if (hasCode || failed(span)) telemetry.add('codes');
  // That exceptions tell of it is known once one has.
  if (failed(span) && failureTexts(span).some(isSchemaFailure)) {
    telemetry.add('schema');
    traits.add('checked');
  }
  if (isStorageCall(span)) traits.add('store');
  if (!infers) return;
  telemetry.add('inference');
  if (outgoing(span)) traits.add('model-api');
  // Who asks is no more than named on its own span.
  const answers = outgoing(span) || span.kind === 'server';
  if (answers && !isGateway) traits.add('accelerated');
}

/** What a service is that reports a number. Rows are returned by any database, and all have queues. */
const reportedBy: Partial<Record<SignalKind, Trait>> = {
  freshness: 'refreshed',
  rejected: 'checked',
  schema: 'checked',
  completeness: 'features',
  skew: 'features',
  drift: 'features',
  'retrieval-score': 'retrieval',
  loss: 'training',
  quality: 'model',
  pool: 'pooled',
  gpu: 'accelerated',
  'gpu-error': 'accelerated',
};

function readValues(features: Features, of: FactsOf): void {
  const { values, sample, graph } = features;
  for (const { service } of features.reports) of(service).telemetry.add('series');
  for (const { value } of usedShares(features)) of(value.source.service).telemetry.add('limit');
  const tenants = tenantsOf(sample);
  for (const value of values) {
    const signal = signalOf(value.name);
    if (signal === null) continue;
    for (const { service, entity } of ownersOf(value, signal, tenants)) {
      if (entity.startsWith('host:')) readHost(signal.kind, service, graph, of);
      else readValue(signal.kind, value, of(service));
    }
  }
}

function readHost(kind: SignalKind, owner: string, { nodes }: ServiceGraph, of: FactsOf): void {
  for (const { service, observed } of nodes) {
    // Who does not say where it runs may run there (`shared-hosts.ts`); an agent is no node.
    if (service === owner || !observed) of(service).telemetry.add(kind);
  }
}

function readValue(
  kind: SignalKind,
  { source }: ValueFeature,
  { traits, telemetry }: ServiceFacts,
): void {
  telemetry.add(kind);
  if (kind === 'quality' && source.version !== null) telemetry.add('quality-version');
  const trait = reportedBy[kind];
  // How good an agent, a search or a training is makes none of them a model that answers.
  const isOther = trait === 'model' && hasAny<Trait>(traits, ['agent', 'retrieval', 'training']);
  if (trait !== undefined && !isOther) traits.add(trait);
}

export const hasAny = <T>(set: ReadonlySet<T>, some: readonly T[]): boolean =>
  some.some((one) => set.has(one));

/** What follows from the rest. */
function conclude({ traits, telemetry }: ServiceFacts, { traffic, plan }: Features): void {
  // A model or a store that sends nothing is run by others, or at least not one's own code.
  if (!telemetry.has('spans')) {
    if (traits.has('model-api')) become('external', traits);
    else if (traits.has('store')) become('dependency', traits);
  }
  if (hasAny<Trait>(traits, ['dependency', 'external'])) traits.delete('accelerated');
  else concludeOwn(traits, !telemetry.has('spans'));
  if (traffic.baseline.traces > 0) telemetry.add('compared');
  if (plan.baseline !== null) telemetry.add('baseline');
}

function concludeOwn(traits: Set<Trait>, isSilent: boolean): void {
  traits.add('own');
  if (traits.has('called')) traits.add('served');
  if (traits.has('called') && isSilent) traits.add('answers');
  if (hasAny<Trait>(traits, ['called', 'caller'])) traits.add('way');
  if (traits.has('training')) traits.add('accelerated');
  // Who refreshes data and serves nobody does it in runs.
  if (traits.has('refreshed') && !traits.has('called')) traits.add('job');
}

function become(kind: 'external' | 'dependency', traits: Set<Trait>): void {
  for (const other of ['own', 'external', 'dependency'] as const) traits.delete(other);
  traits.add(kind);
}

/** Whom signs of data are asked of where nobody gives them. */
function readInputs(all: readonly ServiceFacts[]): void {
  const having = (trait: Trait): readonly ServiceFacts[] =>
    all.filter(({ traits }) => traits.has(trait));
  const feeding = having('features');
  const inputs = feeding.length > 0 ? feeding : having('model');
  for (const { traits } of inputs) traits.add('inputs');
  for (const trait of ['refreshed', 'checked'] as const) {
    if (having(trait).length === 0) for (const { traits } of inputs) traits.add(trait);
  }
}
