/**
 * Failures that a service only carried: its own part in the request failed because something
 * below it did. What else is odd about that service meanwhile is then likely an effect:
 *
 *     materialize   [=====!]                its data grow old
 *       > store push   [=!]  refused        … because the store is down
 *
 * Evidence against a cause in the carrying service, never for one.
 *
 * After: methods "error origin", "explaining away"; the binomial tail.
 */
import type { Evidence, Features, SampledTrace, Span } from '../../model.ts';
import { failed } from '../../semantics/index.ts';
import { belief, binomialAtLeast, corrected } from '../../statistics.ts';
import { formatShare } from '../../text.ts';
import { type Detector, evidence, exemplars } from '../detector.ts';
import { blamedIn, originsIn } from '../origins.ts';

export const carriedFailures: Detector = {
  name: 'carried-failures',
  *detect(features) {
    const services = carriers(features);
    for (const [service, carrier] of [...services].sort(([a], [b]) => (a < b ? -1 : 1))) {
      yield* rowOf(service, carrier, services.size);
    }
  },
};

interface Carrier {
  /** Requests the service took part in, by cohort; and those whose failure it carried. */
  readonly requests: Record<SampledTrace['cohort'], number>;
  readonly carried: Record<SampledTrace['cohort'], number>;
  readonly spans: Span[];
  readonly from: Set<string>;
}

function carriers(features: Features): Map<string, Carrier> {
  const services = new Map<string, Carrier>();
  for (const [trace, origins] of originsIn(features)) {
    const { tree, cohort, stands } = trace;
    const broken = origins.length > 0 ? tree.spans.filter(failed) : [];
    const blamed = blamedIn(origins);
    for (const service of new Set(tree.spans.map((span) => span.service))) {
      const carrier = services.get(service) ?? newCarrier();
      services.set(service, carrier);
      carrier.requests[cohort] += stands;
      const own = broken.find((span) => span.service === service);
      if (own && blamed.length > 0 && !blamed.includes(service))
        addCarried(carrier, trace, own, blamed);
    }
  }
  return services;
}

const newCarrier = (): Carrier => ({
  requests: { baseline: 0, incident: 0 },
  carried: { baseline: 0, incident: 0 },
  spans: [],
  from: new Set<string>(),
});

function addCarried(
  { carried, spans, from }: Carrier,
  { cohort, stands }: SampledTrace,
  span: Span,
  blamed: readonly string[],
): void {
  carried[cohort] += stands;
  if (cohort === 'baseline') return;
  spans.push(span);
  for (const origin of blamed) from.add(origin);
}

function* rowOf(service: string, carrier: Carrier, tests: number): Generator<Evidence> {
  const { requests, carried, spans, from } = carrier;
  const [first] = [...spans].sort((a, b) => a.start - b.start);
  if (!first) return;
  const expected = (carried.baseline + 0.5) / (requests.baseline + 1);
  const count = Math.round(carried.incident);
  const p = corrected(binomialAtLeast(count, Math.round(requests.incident), expected), tests);
  const share = carried.incident / requests.incident;
  yield* evidence({
    kind: 'carried-failures',
    entity: `service:${service}`,
    service,
    operation: null,
    instance: null,
    strength: belief(p) * share,
    effect: { baseline: carried.baseline / Math.max(1, requests.baseline), incident: share },
    n: { baseline: Math.round(requests.baseline), incident: Math.round(requests.incident) },
    p,
    firstSeen: first.start,
    summary: `${formatShare(share)} of the requests through ${service} failed because of ${[...from].sort().slice(0, 3).join(', ')}`,
    refs: exemplars(spans, (span) => span.name),
    traces: [],
  });
}
