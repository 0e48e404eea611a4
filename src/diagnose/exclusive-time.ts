/**
 * Where the time of requests is spent: along the critical path every stretch is one span's own,
 * so the stretches add up to the request's duration. Time in a client span that its answered callee
 * does not cover is the network's (gap); in one whose callee sent nothing it is the callee's.
 *
 *     web   GET /          [==========]     self-time of web: 3
 *     web   > db             [======]       network-gap web->db: 2 + 1
 *     db    query              [===]        self-time of db: 4
 */
import { criticalPath, ofAlike } from '../graph/index.ts';
import { ofTwo, once } from '../grouping.ts';
import type { EvidenceKind, Features, SampledTrace, Span } from '../model.ts';
import { isInference, isStorageCall, isCollective as waitsForPeers } from '../semantics/index.ts';
import { calleeOf, outgoing } from './origins.ts';
import { answerTo } from './requests.ts';

const isCollective = ofAlike(waitsForPeers);

/** A place where time can go. */
export interface Place {
  readonly kind: 'self-time' | 'network-gap';
  /** Whose time it is: of a gap, the callee. */
  readonly service: string;
  readonly entity: string;
  readonly operation: string | null;
  /** The other end of a gap, and of a call that the callee's own spans do not show. */
  readonly caller: string | null;
}

/** What tells one place from another. */
export const placeKey = ({ kind, entity }: Place): string => `${kind} ${entity}`;

/** Places of one kind and service are one finding: a slow host slows all of its operations. */
export const findingKey = ({ kind, service }: Place): string => JSON.stringify([kind, service]);

/**
 * What the time of these spans in a place is evidence of: of one thing, or of two. `gateways`: who
 * answers as a model does, and asks one.
 */
export function kindsOfTime(
  { kind, service }: Place,
  spans: readonly Span[],
  gateways: ReadonlySet<string>,
): readonly EvidenceKind[] {
  if (kind !== 'self-time') return [kind];
  if (spans.every(isStorageCall)) return ['storage-time'];
  return spans.every(isInference) && !gateways.has(service) ? [kind, 'inference-time'] : [kind];
}

/** Services that ask models of others: what time they take for themselves is none of inference. */
export const gatewaysIn = once(
  ({ sample }: Features): ReadonlySet<string> =>
    new Set(
      sample.flatMap(({ tree: { spans } }) =>
        spans.filter((span) => outgoing(span) && isInference(span)).map(({ service }) => service),
      ),
    ),
);

/** Below 2 ms differences are those of timers and schedulers (methods "robust N-sigma": floors). */
export const floorNs = 2e6;
/** A slow-down below a tenth is within what a healthy system does from hour to hour. */
export const smallestSlowdown = 0.1;
/** At half as much again a slow-down is as plain as it gets. */
export const plainSlowdown = 0.5;

/** The one instance of the service itself that all these spans are of; else null. */
export function commonInstance(spans: readonly Span[], service: string): string | null {
  const instances = new Set(spans.map((span) => (span.service === service ? span.instance : null)));
  return instances.size === 1 ? ([...instances][0] ?? null) : null;
}

/** What one request spent in a place. */
export interface Stay {
  readonly trace: SampledTrace;
  /** Its longest span there. */
  readonly span: Span;
  readonly ns: number;
}

/**
 * Exclusive time on the critical path by place; requests that never came by are left out, and so is
 * time in which processes waited for one another.
 */
export function timesByPlace(
  traces: readonly SampledTrace[],
  features: Features,
): ReadonlyMap<string, { readonly place: Place; readonly stays: readonly Stay[] }> {
  const places = new Map<string, { place: Place; stays: Stay[] }>();
  for (const trace of traces) {
    for (const [key, { place, span, ns }] of timesIn(features)(trace)) {
      const entry = places.get(key) ?? { place, stays: [] };
      places.set(key, entry);
      entry.stays.push({ trace, span, ns });
    }
  }
  return places;
}

interface Own {
  readonly place: Place;
  span: Span;
  ns: number;
}

/** Exclusive times on the critical path of a trace, by `placeKey`. */
export const timesIn = once((features: Features) =>
  once((trace: SampledTrace) => timesOf(trace, features)),
);

function timesOf({ tree }: SampledTrace, features: Features): ReadonlyMap<string, Own> {
  const own = new Map<string, Own>();
  for (const { span: index, from, to } of criticalPath(tree)) {
    const span = tree.spans[index] as Span;
    if (isCollective(span)) continue;
    const place = placeOf(span, answerTo(tree, index), features);
    const key = placeKey(place);
    const known = own.get(key);
    if (!known) {
      own.set(key, { place, span, ns: to - from });
      continue;
    }
    known.ns += to - from;
    if (span.end - span.start > known.span.end - known.span.start) known.span = span;
  }
  return own;
}

/** Where a span's own time goes; `answer` is the other service's span that answers it. */
export function placeOf(span: Span, answer: Span | undefined, features: Features): Place {
  const service = outgoing(span) ? (answer?.service ?? calleeOf(span, features.graph)) : null;
  const { within, between, calls } = placesOf(features);
  if (service === null || service === span.service) return within(span.service, span.name);
  return (answer ? between : calls)(span.service, service);
}

/** Spans of one place are many: it is made once per features. */
const placesOf = once((_: Features) => {
  const on = (kind: Place['kind']) =>
    ofTwo((caller, service): Place => {
      return { kind, service, entity: `edge:${caller}->${service}`, operation: null, caller };
    });
  const within = ofTwo((service, operation): Place => {
    const entity = `operation:${service}/${operation}`;
    return { kind: 'self-time', service, entity, operation, caller: null };
  });
  return { within, between: on('network-gap'), calls: on('self-time') };
});
