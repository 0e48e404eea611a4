/**
 * What people changed: a version, a rollout, a configuration or the value of a flag that requests of
 * the incident name at a service, and none of the baseline does.
 *
 *     requests through cart    baseline   cart 2.0, flag fast-path off    420 of 420
 *                              incident   cart 2.1                        311 of 400, from 10:32 on
 *
 * A change is a fact and no harm: releases are many and few are bad (`release-contrast` tells whether
 * requests went worse with it). It is told where something else speaks against the service, and
 * speaks for faults of its code.
 *
 * After: methods "change events"; OpenTelemetry conventions for feature flags and deployments.
 */
import { ofAlike } from '../../graph/index.ts';
import { byKey, grouped, once } from '../../grouping.ts';
import type { Evidence, Features, SampledTrace, Span } from '../../model.ts';
import { isChangeable, type Place, placesOf } from '../../semantics/index.ts';
import { belief, corrected } from '../../statistics.ts';
import { formatShare, sanitise } from '../../text.ts';
import { chanceOfNew } from '../contingency.ts';
import { type Detector, evidence, exemplars, inTime } from '../detector.ts';

export const changes: Detector = {
  name: 'changes',
  looksAt: (features) => tracksIn(features).length > 0,
  *detect(features) {
    const tracks = tracksIn(features);
    for (const track of tracks) {
      const first = firstValueOf(track);
      if (first !== null) yield* rowOf(track, first, tracks.length);
    }
  },
};

/** Fewer requests of the baseline do not tell what there was before. */
const fewest = 5;

/** A service in one request, and what it named there. */
interface Visit {
  readonly trace: SampledTrace;
  readonly span: Span;
  readonly value: string;
}

/** One thing of a service that people change, over all requests that name it. */
interface Track {
  readonly service: string;
  readonly key: string;
  readonly before: readonly Visit[];
  readonly after: readonly Visit[];
}

const changeablesOf = ofAlike((span) => placesOf(span).filter(isChangeable));

const tracksIn = once(({ sample, plan }: Features): readonly Track[] => {
  // Chosen by their health, requests have no before.
  if (plan.baseline === null || plan.cohortBy.how === 'health') return [];
  const visits = sample.flatMap((trace) =>
    trace.tree.spans.flatMap((span) =>
      changeablesOf(span).map(({ key, value }: Place) => ({ trace, span, key, value })),
    ),
  );
  const tracks = grouped(visits, ({ span, key }) => JSON.stringify([span.service, key]));
  return byKey(tracks).flatMap(([, own]) => {
    const [first] = own;
    const of = (cohort: SampledTrace['cohort']) =>
      oncePerRequest(own.filter(({ trace }) => trace.cohort === cohort));
    const [before, after] = [of('baseline'), of('incident')];
    if (!first || before.length < fewest || after.length === 0) return [];
    return [{ service: first.span.service, key: first.key, before, after }];
  });
});

/** Of spans that name the same in one request one. */
function oncePerRequest(visits: readonly Visit[]): readonly Visit[] {
  const firsts = new Map<string, Visit>();
  for (const visit of visits) {
    const key = JSON.stringify([visit.trace.tree.traceId, visit.value]);
    if (!firsts.has(key)) firsts.set(key, visit);
  }
  return [...firsts.values()];
}

interface NewValue {
  readonly value: string;
  readonly visits: readonly Visit[];
}

/** Of values that the baseline does not have, the one most requests name. */
function firstValueOf({ before, after }: Track): NewValue | null {
  const known = new Set(before.map(({ value }) => value));
  const fresh = after.filter(({ value }) => !known.has(value));
  const found = byKey(grouped(fresh, ({ value }) => value)).map(([value, visits]) => ({
    value,
    visits,
  }));
  return found.sort((a, b) => b.visits.length - a.visits.length)[0] ?? null;
}

function* rowOf(track: Track, { value, visits }: NewValue, tests: number): Generator<Evidence> {
  const { service, key, before, after } = track;
  const p = corrected(chanceOfNew(visits.length, before.length, after.length), tests);
  const spans = inTime(visits.map(({ span }) => span));
  const known = [...new Set(before.map((visit) => visit.value))].sort().slice(0, 3);
  const told = sanitise(key === 'service.version' ? 'version' : key, 60);
  yield* evidence({
    kind: 'change',
    entity: `service:${service}`,
    service,
    operation: null,
    instance: null,
    strength: belief(p),
    effect: { baseline: 0, incident: visits.length / after.length },
    n: { baseline: before.length, incident: after.length },
    p,
    firstSeen: spans[0]?.start ?? null,
    summary: `${told} ${sanitise(value, 60)} of ${sanitise(service, 80)} is new, in ${formatShare(visits.length / after.length)} of its requests; before ${known.map((one) => sanitise(one, 60)).join(', ')}`,
    refs: exemplars(spans, ({ traceId }) => traceId),
    traces: [],
  });
}
