/**
 * Services that look guilty and are not: they failed, but each failure came from below; or they
 * took longer, but to wait for others.
 */
import { grouped, ofTwo } from '../grouping.ts';
import { type Cohort, type Features, milliseconds } from '../model.ts';
import { failed } from '../semantics/index.ts';
import { median } from '../statistics.ts';
import { formatDuration, formatShare, plural, sanitise } from '../text.ts';
import { floorNs, plainSlowdown } from './exclusive-time.ts';
import { blamedIn, hasFailed, originsIn, outgoing } from './origins.ts';
import { selfTimesIn } from './span-times.ts';

interface RuledOut {
  readonly service: string;
  readonly why: string;
}

const limit = 5;
/** Failed less than this share by itself: the rest was carried. */
const ownShare = 0.5;

/** `accused`: services that the answer names as likely or possible causes. */
export function ruledOut(features: Features, accused: ReadonlySet<string>): readonly RuledOut[] {
  const all = [...onlyCarried(features), ...onlyWaiting(features)];
  const firsts = [...grouped(all, ({ service }) => service).values()].flatMap((of) =>
    of.slice(0, 1),
  );
  return firsts.filter(({ service }) => !accused.has(service)).slice(0, limit);
}

/** Who failed and carried others' failures, most failures first. */
const onlyCarried = (features: Features): readonly RuledOut[] =>
  [...failuresByService(features)]
    .filter(([, { failed: all, own }]) => own < ownShare * all)
    .sort(([a, m], [b, n]) => n.failed - m.failed || (a < b ? -1 : 1))
    .map(([service, { failed: all, own }]) => ({
      service,
      why: `${plural(all, 'failed span')}, ${own === 0 ? 'all' : formatShare(1 - own / all)} of them carried from a failed call below`,
    }));

interface Times {
  readonly service: string;
  readonly operation: string;
  /** Of each span, ns. */
  readonly total: Readonly<Record<Cohort, number[]>>;
  readonly own: Readonly<Record<Cohort, number[]>>;
}

/** Fewer on a side say nothing. */
const fewest = 5;

/** Who took longer to answer and spent most of that on calls, most extra time first. */
function onlyWaiting(features: Features): readonly RuledOut[] {
  // What was chosen for being slow is slow: only windows can be compared like this.
  if (features.plan.cohortBy.how === 'health') return [];
  return timesOf(features)
    .flatMap(({ service, operation, total, own }) => {
      if (Math.min(total.baseline.length, total.incident.length) < fewest) return [];
      const [was, is] = [median(total.baseline), median(total.incident)];
      const extra = is - was;
      const itself = median(own.incident) - median(own.baseline);
      if (extra < floorNs || extra < plainSlowdown * was || itself >= ownShare * extra) return [];
      const [before, after] = [was, is].map((time) => formatDuration(milliseconds(time)));
      const waiting = formatShare(Math.min(1, 1 - itself / extra));
      const why = `${sanitise(operation, 80)} took ${before} → ${after}, ${waiting} of that more in the calls it waits for`;
      return [{ service, why, cost: extra * total.incident.length }];
    })
    .sort((a, b) => b.cost - a.cost || (a.why < b.why ? -1 : 1))
    .map(({ service, why }) => ({ service, why }));
}

/** Times of operations that were asked for and did not fail. */
function timesOf({ sample }: Features): readonly Times[] {
  const operations: Times[] = [];
  const ofOperation = ofTwo((service, operation): Times => {
    const [total, own] = [noTimes(), noTimes()];
    const times = { service, operation, total, own };
    operations.push(times);
    return times;
  });
  for (const { tree, cohort } of sample) {
    const selfTimes = selfTimesIn(tree);
    for (const [index, span] of tree.spans.entries()) {
      if (!span.timed || outgoing(span) || hasFailed(span)) continue;
      const { total, own } = ofOperation(span.service, span.name);
      total[cohort].push(span.end - span.start);
      own[cohort].push(selfTimes[index] ?? 0);
    }
  }
  return operations;
}

const noTimes = (): Record<Cohort, number[]> => ({ baseline: [], incident: [] });

interface Failures {
  failed: number;
  /** Born at the service itself. */
  own: number;
}

function failuresByService(features: Features): ReadonlyMap<string, Failures> {
  const failures = new Map<string, Failures>();
  for (const [{ tree, cohort, bad }, origins] of originsIn(features)) {
    if (cohort !== 'incident' || bad === null) continue;
    const born = new Set(origins.map(({ span }) => span));
    const blamed = blamedIn(origins);
    for (const span of tree.spans) {
      if (!failed(span)) continue;
      const count = failures.get(span.service) ?? { failed: 0, own: 0 };
      failures.set(span.service, count);
      count.failed += 1;
      if (born.has(span) && blamed.includes(span.service)) count.own += 1;
    }
  }
  return failures;
}
