/**
 * Requests that a service itself spoilt came by another version, flag, replica, host or shard of it than
 * those that went well:
 *
 *     requests spoilt by cart      cart 2.1 on pod-a, pod-b      38 of 40 on 2.1
 *     requests that went well      cart 2.0 on pod-c, pod-d      51 of 420 on 2.1
 *
 * A service spoils a failed request where its failure was born, and a slow one where more time of
 * its own was lost than anywhere else. Of a service that only carries the traffic of bad requests
 * there is nothing to compare: this evidence supports what else speaks against a service, and names
 * what in it is at fault. Requests of one root operation are held against each other, of both
 * windows alike: what came with a release, and failed no more often, is then no difference.
 *
 * After: methods §A13 "attribute contrast".
 */
import { ofAlike } from '../../graph/index.ts';
import { byKey, grouped, once } from '../../grouping.ts';
import type { Evidence, Features, SampledTrace, Span } from '../../model.ts';
import { isChangeable, type Place, placesOf } from '../../semantics/index.ts';
import { belief, median } from '../../statistics.ts';
import { formatShare, sanitise } from '../../text.ts';
import { benjaminiHochberg, moreWithin } from '../contingency.ts';
import { type Detector, evidence, spanReference } from '../detector.ts';
import { blamedIn, originsIn } from '../origins.ts';
import { selfTimesIn } from '../span-times.ts';

export const attributeContrast: Detector = {
  name: 'attribute-contrast',
  *detect(features) {
    const parts = partsIn(features);
    const contrasts = byKey(grouped(parts, ({ service }) => service)).flatMap(([, of]) =>
      contrastsOf(of),
    );
    const qs = benjaminiHochberg(contrasts.map(({ p }) => p));
    const sure = contrasts.map((contrast, at) => ({ ...contrast, q: qs[at] as number }));
    for (const [, rows] of byKey(grouped(sure, ({ service }) => service))) {
      const [most] = rows.sort(strongestFirst);
      if (most) yield* rowOf(most);
    }
  },
};

/** The part that a service had in a request. */
interface Part {
  readonly service: string;
  readonly trace: SampledTrace;
  readonly root: string;
  /** The service spoilt the request; else the request went well. */
  readonly spoilt: boolean;
  /** Where its failure was born, or where it took longest. */
  readonly span: Span;
  readonly places: readonly Place[];
}

/** The parts of every service that spoilt a request; of others there is nothing to compare. */
function partsIn(features: Features): readonly Part[] {
  if (features.sample.every(({ bad }) => bad === null)) return [];
  const work = new Map(features.sample.map((trace) => [trace, workIn(trace)]));
  const usual = usualWork(work);
  const origins = originsIn(features);
  const partOf = (service: string, trace: SampledTrace, born: Span | null): Part[] => {
    const own = work.get(trace)?.get(service);
    if (!own) return [];
    const span = born ?? own.longest;
    const places = placesIn([span, ...own.spans]);
    return [{ service, trace, root: rootOf(trace), spoilt: trace.bad !== null, span, places }];
  };
  const spoilt = features.sample.flatMap((trace) => {
    if (trace.bad === 'slow') {
      const slowest = slowestIn(trace, work.get(trace) as Work, usual);
      return slowest === null ? [] : partOf(slowest, trace, null);
    }
    const born = trace.bad === 'failed' ? (origins.get(trace) ?? []) : [];
    return blamedIn(born).flatMap((service) => {
      const origin = born.find(({ span }) => span.service === service);
      return partOf(service, trace, origin?.span ?? null);
    });
  });
  const services = [...new Set(spoilt.map(({ service }) => service))];
  const well = features.sample
    .filter(({ bad }) => bad === null)
    .flatMap((trace) => services.flatMap((service) => partOf(service, trace, null)));
  return [...spoilt, ...well];
}

/** Own time of each service in a request, ns. */
type Work = ReadonlyMap<
  string,
  { readonly spans: readonly Span[]; readonly longest: Span; readonly ns: number }
>;

function workIn({ tree }: SampledTrace): Work {
  const self = selfTimesIn(tree);
  const work = new Map<string, { spans: Span[]; longest: Span; most: number; ns: number }>();
  for (const [at, span] of tree.spans.entries()) {
    const ns = self[at] as number;
    const own = work.get(span.service);
    if (!own) {
      work.set(span.service, { spans: [span], longest: span, most: ns, ns });
      continue;
    }
    own.spans.push(span);
    own.ns += ns;
    if (ns <= own.most) continue;
    own.longest = span;
    own.most = ns;
  }
  return new Map(byKey(work));
}

/** Its root operation. The set of its services is an effect of the failure: it ended early. */
const rootOf = ({ type }: SampledTrace): string => {
  const root = roots.get(type) ?? JSON.stringify((JSON.parse(type) as string[]).slice(0, 2));
  if (roots.size >= mostRoots) roots.clear();
  roots.set(type, root);
  return root;
};

/** Root operations by type: traces are many, their types few. */
const roots = new Map<string, string>();
const mostRoots = 10_000;

const workKey = (root: string, service: string): string => `${service}\u0001${root}`;

/** Median own time of a service in requests of a root operation that went well. */
function usualWork(work: ReadonlyMap<SampledTrace, Work>): ReadonlyMap<string, number> {
  const times = new Map<string, number[]>();
  for (const [trace, done] of work) {
    if (trace.bad !== null) continue;
    const root = rootOf(trace);
    for (const [service, { ns }] of done) {
      const key = workKey(root, service);
      const known = times.get(key);
      if (known) known.push(ns);
      else times.set(key, [ns]);
    }
  }
  return new Map([...times].map(([key, all]) => [key, median(all)]));
}

/** The service that took most time beyond its usual; null where none took more. */
function slowestIn(
  trace: SampledTrace,
  done: Work,
  usual: ReadonlyMap<string, number>,
): string | null {
  const root = rootOf(trace);
  let [slowest, most]: [string | null, number] = [null, 0];
  for (const [service, { ns }] of done) {
    const known = usual.get(workKey(root, service));
    if (known === undefined || ns - known <= most) continue;
    [slowest, most] = [service, ns - known];
  }
  return slowest;
}

const placesOfAlike = ofAlike(placesOf);

/** Places by key; what the first span does not say, the others of the service may. */
const placesIn = (spans: readonly Span[]): readonly Place[] =>
  spans.map(placesOfAlike).reduce(completed);

/** Spans that are alike share their places: the same two lists meet again and again. */
function completed(known: readonly Place[], others: readonly Place[]): readonly Place[] {
  return known === others ? known : withPlacesOf(known)(others);
}

const withPlacesOf = once((known: readonly Place[]) =>
  once((others: readonly Place[]): readonly Place[] => {
    const keys = new Set(known.map(({ key }) => key));
    const added = others.filter(({ key }) => !keys.has(key));
    return added.length === 0 ? known : [...known, ...added];
  }),
);

interface Contrast {
  readonly service: string;
  readonly place: Place;
  /** Requests by side, and those of them that came by this place. */
  readonly spoilt: readonly Part[];
  readonly well: readonly Part[];
  readonly spoiltHere: readonly Part[];
  readonly wellHere: readonly Part[];
  readonly difference: number;
  readonly p: number;
}

/** Every value that is more frequent in spoilt requests, tested within root operations. */
function contrastsOf(parts: readonly Part[]): readonly Contrast[] {
  const comparable = byKey(grouped(parts, ({ root }) => root)).flatMap(([, of]) =>
    of.some(({ spoilt }) => spoilt) && of.some(({ spoilt }) => !spoilt) ? of : [],
  );
  const having = comparable.flatMap((part) => part.places.map((place) => ({ part, place })));
  return byKey(grouped(having, ({ place }) => place.key)).flatMap(([, withKey]) => {
    const all = withKey.map(({ part }) => part);
    return byKey(grouped(withKey, ({ place }) => place.value)).flatMap(([, here]) =>
      here.length === all.length ? [] : contrastOf(all, here),
    );
  });
}

function contrastOf(
  all: readonly Part[],
  here: readonly { readonly part: Part; readonly place: Place }[],
): readonly Contrast[] {
  const [first] = here;
  const [spoilt, well] = sidesOf(all);
  const [spoiltHere, wellHere] = sidesOf(here.map(({ part }) => part));
  if (!first || spoilt.length === 0 || well.length === 0) return [];
  const difference = spoiltHere.length / spoilt.length - wellHere.length / well.length;
  if (difference <= 0) return [];
  const chosen = new Set(here.map(({ part }) => part));
  const strata = [...grouped(all, ({ root }) => root).values()].map((of) => {
    const [bad, good] = sidesOf(of);
    const count = (side: readonly Part[]) => ({
      with: side.filter((part) => chosen.has(part)).length,
      of: side.length,
    });
    return { incident: count(bad), baseline: count(good) };
  });
  const { service } = first.part;
  const p = moreWithin(strata);
  return [{ service, place: first.place, spoilt, well, spoiltHere, wellHere, difference, p }];
}

const sidesOf = (parts: readonly Part[]): readonly [Part[], Part[]] => [
  parts.filter(({ spoilt }) => spoilt),
  parts.filter(({ spoilt }) => !spoilt),
];

type Sure = Contrast & { readonly q: number };

const kinds: readonly Place['kind'][] = [
  ...(['version', 'flag', 'configuration', 'deployment', 'model'] as const),
  ...(['rank', 'instance', 'host', 'other'] as const),
];

/** Of values that tell the sides apart as well as each other, the one a person would name. */
const strongestFirst = (a: Sure, b: Sure): number =>
  strengthOf(b) - strengthOf(a) ||
  kinds.indexOf(a.place.kind) - kinds.indexOf(b.place.kind) ||
  (a.place.key < b.place.key ? -1 : 1);

/**
 * By how sure it is, and by the share of the spoilt requests that would not be there without it:
 * Levin's attributable fraction (1953), the difference of the shares over what it could be at most.
 */
const strengthOf = ({ q, difference, wellHere, well }: Sure): number =>
  belief(q) * (difference / (1 - wellHere.length / well.length));

function* rowOf(contrast: Sure): Generator<Evidence> {
  const { service, place, spoilt, well, spoiltHere, wellHere, q } = contrast;
  const bad = inOrder(spoiltHere);
  const good = inOrder(well).filter(({ places }) =>
    places.some(({ key, value }) => key === place.key && value !== place.value),
  );
  const [first] = bad;
  if (!first) return;
  const effect = {
    baseline: wellHere.length / well.length,
    incident: spoiltHere.length / spoilt.length,
  };
  yield* evidence({
    kind: isChangeable(place) ? 'release-contrast' : 'attribute-contrast',
    entity: entityOf(service, place),
    service,
    operation: null,
    instance: place.kind === 'instance' ? place.value : null,
    strength: strengthOf(contrast),
    effect,
    n: { baseline: well.length, incident: spoilt.length },
    p: q,
    firstSeen: first.span.start,
    summary: `${formatShare(effect.incident)} of the requests spoilt by ${service} came by ${sanitise(place.key, 60)} ${sanitise(place.value, 60)}, ${formatShare(effect.baseline)} of those that went well`,
    refs: [...bad.slice(0, 3), ...good.slice(0, 2)].map(({ span }) => spanReference(span)),
    traces: bad.map(({ trace }) => trace.tree.traceId).sort(),
  });
}

const inOrder = (parts: readonly Part[]): readonly Part[] =>
  [...parts].sort(
    (a, b) => a.span.start - b.span.start || (a.trace.tree.traceId < b.trace.tree.traceId ? -1 : 1),
  );

function entityOf(service: string, { kind, key, value }: Place): string {
  switch (kind) {
    case 'version':
      return `version:${service}@${value}`;
    case 'flag':
      return `flag:${service}/${key.slice('flag '.length)}=${value}`;
    case 'instance':
      return `instance:${service}/${value}`;
    case 'deployment':
    case 'configuration':
    case 'other':
      return `attribute:${service}/${key}=${value}`;
    default:
      return `${kind}:${value}`;
  }
}
