/**
 * More requests than before, service by service. Requests are counted, not calls: tries that are
 * made again, and the turns of an agent, are more calls of the same request.
 *
 *     requests a minute   12 14 11 13 | 37 41 39      × 3
 *
 * A rise alone is no fault; with a queue it says why there is one.
 *
 * After: methods "traffic shift / overload" (rate first, no local excess after).
 */
import { byKey } from '../../grouping.ts';
import type { Cohort, Evidence, Features, Span } from '../../model.ts';
import {
  belief,
  clamp01,
  corrected,
  greaterThan,
  type Sample,
  sampleOf,
} from '../../statistics.ts';
import { formatNumber } from '../../text.ts';
import { type Detector, evidence, inTime, spanReference } from '../detector.ts';

export const load: Detector = {
  name: 'load',
  *detect(features) {
    if (features.plan.baseline === null) return;
    const arrivals = arrivalsIn(features);
    for (const [service, own] of byKey(arrivals)) yield* rowOf(service, own, arrivals.size);
  },
};

interface Arrivals {
  /** Requests by cohort and stretch of time. */
  readonly counts: Record<Cohort, Map<number, number>>;
  readonly spans: Span[];
}

/** Stretches of 15 s: the usual scrape interval, and enough of them in a few minutes to tell. */
const stretch = 15e9;

function arrivalsIn({ sample }: Features): ReadonlyMap<string, Arrivals> {
  const arrivals = new Map<string, Arrivals>();
  for (const { tree, cohort, stands } of sample) {
    const firsts = new Map<string, Span>();
    for (const span of tree.spans) {
      if (span.timed && !firsts.has(span.service)) firsts.set(span.service, span);
    }
    for (const [service, span] of firsts) {
      const own: Arrivals = arrivals.get(service) ?? {
        counts: { baseline: new Map(), incident: new Map() },
        spans: [],
      };
      arrivals.set(service, own);
      const at = Math.floor(span.start / stretch);
      own.counts[cohort].set(at, (own.counts[cohort].get(at) ?? 0) + stands);
      if (cohort === 'incident') own.spans.push(span);
    }
  }
  return arrivals;
}

/** Counts of whole stretches, those in between in which nothing came as well. */
function rates(counts: ReadonlyMap<number, number>): Sample {
  const times = [...counts.keys()].sort((a, b) => a - b);
  const [first, last] = [(times[0] ?? 0) + 1, (times.at(-1) ?? 0) - 1];
  const length = Math.max(0, last - first + 1);
  return sampleOf(Array.from({ length }, (_, index) => counts.get(first + index) ?? 0));
}

/** Half as many again: traffic swings by less within the hour a dump holds. */
const leastRise = 0.5;

function* rowOf(service: string, { counts, spans }: Arrivals, tests: number): Generator<Evidence> {
  const [was, is] = [rates(counts.baseline), rates(counts.incident)];
  if (was.n < 2 || is.n < 2 || was.mean === 0) return;
  const p = corrected(greaterThan(is, was, leastRise * was.mean), tests);
  const perMinute = 60e9 / stretch;
  const [before, after] = [was.mean * perMinute, is.mean * perMinute];
  const ordered = inTime(spans);
  yield* evidence({
    kind: 'load',
    entity: `service:${service}`,
    service,
    operation: null,
    instance: null,
    // Twice as many are as plain as it gets.
    strength: belief(p) * clamp01(is.mean / was.mean - 1),
    effect: { baseline: before, incident: after },
    n: { baseline: was.n, incident: is.n },
    p,
    firstSeen: ordered[0]?.start ?? null,
    summary: `${formatNumber(after)} requests a minute came to ${service}, ${formatNumber(before)} before`,
    refs: ordered.slice(0, 3).map(spanReference),
    traces: [],
  });
}
