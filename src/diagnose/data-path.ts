/**
 * How bad data, and bad models, reach whoever rests on them. Data go along calls in either direction:
 * an answer hands them to the caller, a job hands them on in what it asks, whoever asks a model hands
 * it what it has gathered, what lies in a store goes to the jobs that read it, and a job that names a
 * model releases it to those that serve it.
 *
 *     writer ──→ lake ←── job ──→ features ←── api ──→ model      writer → job → features → api → model
 *
 * What a validation finds wrong is wrong in what the job hands on. Told are the shortest ways to the
 * models; where one is seen to get worse, to that one.
 */
import type { Evidence, EvidenceKind, Features, PathStep } from '../model.ts';
import { type Flows, flowsIn } from './flows.ts';
import type { Candidate } from './fusion.ts';
import { lateness } from './reaction.ts';

type Step = Pick<PathStep, 'from' | 'to'>;

/**
 * Steps from `service` to the models that rest on it, cause first; none where no model is reached, and
 * where the cause has nothing to do with data: it is in layer `data` or `model`, or was late with them.
 * `rows` is the evidence as it was found, also what the cause explains.
 */
export function dataPath(
  { service, layer, cited }: Pick<Candidate, 'service' | 'layer' | 'cited'>,
  features: Features,
  rows: readonly Evidence[],
): readonly Step[] {
  const flows = flowsIn(features);
  const own = rows.filter((row) => row.service === service && row.strength > 0.5);
  const isLate = own.some(({ kind }) => lateness.has(kind));
  if (cited.some(({ evidence }) => retrieved.has(evidence.kind))) {
    return askedAgain(service, flows, rows);
  }
  // A service that answers as a model has its own callers to suffer.
  if (flows.models.has(service) || !(layer === 'data' || layer === 'model' || isLate)) return [];
  const worse = servicesWith(rows, symptoms);
  worse.delete(service);
  if (layer !== 'data' && worse.size === 0) return [];
  const { steps, before } = searched(service, isLate ? flows : { ...flows, readers: new Map() });
  const models = [...before.keys()].filter((one) => one !== service && flows.models.has(one));
  const isWorse = (model: string): boolean =>
    worse.has(model) || (before.get(model) ?? []).some((asker) => worse.has(asker));
  const seen = models.filter(isWorse);
  if (layer !== 'data' && seen.length === 0) return [];
  const onTheWay = upFrom(seen.length > 0 ? seen : models, before);
  const fed = steps.filter(({ to }) => onTheWay.has(to));
  // A bad model answers badly: what rests on the answers is on the way too.
  return layer === 'model' ? [...fed, ...seen.flatMap((model) => callersOf(model, flows))] : fed;
}

const symptoms: ReadonlySet<EvidenceKind> = new Set<EvidenceKind>([
  'quality',
  'quality-by-version',
]);
const retrieved: ReadonlySet<EvidenceKind> = new Set<EvidenceKind>([
  'retrieval',
  'retrieval-score',
]);

/** Services with a row of these kinds that is more likely true than not. */
const servicesWith = (rows: readonly Evidence[], kinds: ReadonlySet<EvidenceKind>): Set<string> =>
  new Set(
    rows.flatMap(({ kind, service, strength }) =>
      kinds.has(kind) && strength > 0.5 ? [service] : [],
    ),
  );

/**
 * What was retrieved is shown to whoever waited for it as it is, and that is no way of data. But
 * an agent that finds nothing asks again and again: the way goes on to the models it asks.
 */
function askedAgain(service: string, flows: Flows, rows: readonly Evidence[]): readonly Step[] {
  const insistent = servicesWith(rows, new Set<EvidenceKind>(['agent-turns']));
  const { steps, before } = searched(service, { ...flows, models: new Set() });
  const agents = [...before.keys()].filter((one) => insistent.has(one));
  const onTheWay = upFrom(agents, before);
  const asked = agents.flatMap((agent) =>
    (flows.callees.get(agent) ?? [])
      .filter((callee) => flows.models.has(callee))
      .map((model) => ({ from: agent, to: model })),
  );
  return asked.length === 0 ? [] : [...steps.filter(({ to }) => onTheWay.has(to)), ...asked];
}

/** To whom a service hands on the data it has. */
function nextOf(service: string, start: string, flows: Flows): readonly string[] {
  const { models, serving } = flows;
  const callers = flows.callers.get(service) ?? [];
  const callees = flows.callees.get(service) ?? [];
  if (models.has(service) && service !== start) return [];
  const fed = callees.filter((callee) => models.has(callee));
  if (fed.length > 0) return fed;
  const readers = flows.readers.get(service) ?? [];
  // A job is called by nobody: it writes, and releases.
  if (!serving.has(service)) {
    const written = callees.filter((callee) => serving.has(callee));
    return [...callers, ...written, ...(flows.releases.get(service) ?? []), ...readers];
  }
  return service === start ? [...callers, ...readers] : callers;
}

/** Every step of a shortest way from the start, nearest first; and who is before whom on them. */
function searched(start: string, flows: Flows) {
  const depth = new Map([[start, 0]]);
  const before = new Map<string, string[]>([[start, []]]);
  const steps: Step[] = [];
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

/** Steps from a service up to those who ask it and are asked in turn. */
function callersOf(service: string, { callers, serving }: Flows): readonly Step[] {
  const reached = new Set([service]);
  const steps: Step[] = [];
  for (const from of reached) {
    for (const to of callers.get(from) ?? []) {
      if (!serving.has(to)) continue;
      steps.push({ from, to });
      reached.add(to);
    }
  }
  return steps;
}
