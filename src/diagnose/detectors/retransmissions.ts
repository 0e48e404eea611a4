/**
 * Packets that are lost. What TCP sends again it sends after a time-out of 200 ms at the least
 * (Linux TCP_RTO_MIN; RFC 6298 asks for a second): most calls are as fast as ever, and some take
 * 200 ms, 600 ms, 1.4 s more, with hardly any in between. A slow network delays all of them.
 *
 *     before   1 1 2 1 1 2 1 1 ms
 *     lost     1 1 203 1 2 1 605 1 ms
 *
 * A way has two ends. What one end loses it loses on all of its ways: the trouble is the caller's if
 * its other ways together lose more than before, and more surely than those of the callee; else it
 * is the callee's. Ways that are asked too seldom to be sure of one by one count as well.
 *
 *     larch → comet    6 of 31 late
 *     larch → indigo   3 of 15         larch's
 *     fjord → larch    2 of 32
 *
 * After: methods "network gap"; the binomial tail.
 */
import { byKey, grouped } from '../../grouping.ts';
import type { Evidence, Features, Span } from '../../model.ts';
import { milliseconds } from '../../model.ts';
import { failed } from '../../semantics/index.ts';
import { belief, binomialAtLeast, clamp01, corrected } from '../../statistics.ts';
import { formatDuration, formatShare } from '../../text.ts';
import { type Detector, evidence, inTime, spanReference } from '../detector.ts';
import { floorNs } from '../exclusive-time.ts';
import { gapsIn } from '../span-times.ts';

export const retransmissions: Detector = {
  name: 'retransmissions',
  *detect(features) {
    if (features.plan.cohortBy.how === 'health') return;
    const ways = waysIn(features);
    const lossy = ways.flatMap((way) => lossOf(way, ways.length));
    const blamed = grouped(lossy, ({ way }) => {
      const callers = elsewhere(way.caller, way, ways);
      return callers < Math.min(0.05, elsewhere(way.callee, way, ways)) ? way.caller : way.callee;
    });
    for (const [service, own] of byKey(blamed)) yield* rowOf(service, own);
  },
};

interface Call {
  readonly span: Span;
  /** Time on the way, ns. */
  readonly ns: number;
}

interface Way {
  readonly caller: string;
  readonly callee: string;
  readonly before: readonly Call[];
  readonly after: readonly Call[];
}

/** Fewer calls on a side say nothing of what is usual. */
const fewest = 10;

function waysIn({ sample }: Features): readonly Way[] {
  const calls = sample.flatMap(({ tree, cohort }) =>
    gapsIn(tree).flatMap(({ client, server, ns }) => {
      const span = tree.spans[client] as Span;
      const callee = (tree.spans[server] as Span).service;
      return failed(span) ? [] : [{ span, ns, cohort, callee }];
    }),
  );
  return byKey(
    grouped(calls, ({ span, callee }) => JSON.stringify([span.service, callee])),
  ).flatMap(([, own]) => {
    const before = own.filter(({ cohort }) => cohort === 'baseline');
    const after = own.filter(({ cohort }) => cohort === 'incident');
    const [first] = after;
    if (!first || before.length < fewest || after.length < fewest) return [];
    return [{ caller: first.span.service, callee: first.callee, before, after }];
  });
}

/** The least time after which TCP sends a packet again, ns. */
const leastTimeout = 200e6;
/** Of the calls that are late at all, so many must be late by a time-out. */
const mostly = 0.8;

interface Loss {
  readonly way: Way;
  readonly late: readonly Call[];
  /** Shares of the calls that are late by a time-out. */
  readonly was: number;
  readonly is: number;
  readonly p: number;
}

/** P that an end has lost as much on its other ways by chance; 1 if it has none. */
function elsewhere(end: string, way: Way, ways: readonly Way[]): number {
  const others = ways.filter(
    (other) => other !== way && (other.caller === end || other.callee === end),
  );
  const late = new Set(
    others.flatMap((other) => [...other.before, ...other.after].filter(lateOn(other))),
  );
  const pooled = {
    before: others.flatMap(({ before }) => before),
    after: others.flatMap(({ after }) => after),
  };
  return others.length === 0 ? 1 : moreRequests(pooled, (call) => late.has(call));
}

/** Which calls of a way are late by a time-out. */
function lateOn({ before }: Way): (call: Call) => boolean {
  const least = quantile(before, 0);
  return ({ ns }) => ns - least >= leastTimeout;
}

function lossOf(way: Way, tests: number): readonly Loss[] {
  const isLate = lateOn(way);
  const late = way.after.filter(isLate);
  const lateBefore = way.before.filter(isLate).length;
  // While it lasts, a tenth is as fast as ever: the way itself is not longer.
  const times = late.map(({ span }) => span.start).sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(share * times.length)] ?? 0;
  const [from, to] = [at(0.25), at(0.75)];
  const meanwhile = way.after.filter(({ span: { start } }) => start >= from && start <= to);
  if (quantile(meanwhile, 0.1) > quantile(way.before, 0.5) + floorNs) return [];
  const usual = quantile(way.before, 0.95) + floorNs;
  const slower = way.after.filter(({ ns }) => ns > usual);
  if (late.length < mostly * slower.length) return [];
  const p = corrected(moreRequests(way, isLate), tests);
  const was = lateBefore / way.before.length;
  return p < 0.05 ? [{ way, late, was, is: late.length / way.after.length, p }] : [];
}

/**
 * P of as many requests with a late call. The calls of one request are late together for reasons of
 * its own (a cold cache, a long answer): requests are counted, not calls.
 */
function moreRequests(
  { before, after }: Pick<Way, 'before' | 'after'>,
  isLate: (call: Call) => boolean,
): number {
  const requestsOf = (calls: readonly Call[]) =>
    new Set(calls.map(({ span }) => span.traceId)).size;
  const [all, late] = [requestsOf(before), requestsOf(before.filter(isLate))];
  const expected = (late + 0.5) / (all + 1);
  return binomialAtLeast(requestsOf(after.filter(isLate)), requestsOf(after), expected);
}

function quantile(calls: readonly Call[], share: number): number {
  const times = calls.map(({ ns }) => ns).sort((a, b) => a - b);
  return times[Math.floor(share * (times.length - 1))] ?? 0;
}

function* rowOf(service: string, losses: readonly Loss[]): Generator<Evidence> {
  const [most] = [...losses].sort((a, b) => a.p - b.p || b.is - a.is);
  if (!most) return;
  const { way, was, is, p } = most;
  const late = losses
    .flatMap((loss) => loss.late)
    .sort((a, b) => b.ns - a.ns || (a.span.spanId < b.span.spanId ? -1 : 1));
  yield* evidence({
    kind: 'retransmissions',
    entity: losses.length === 1 ? `edge:${way.caller}->${way.callee}` : `service:${service}`,
    service,
    operation: null,
    instance: null,
    strength: belief(p) * clamp01(1 - was / is),
    effect: { baseline: was, incident: is },
    n: { baseline: way.before.length, incident: way.after.length },
    p,
    firstSeen: inTime(late.map(({ span }) => span))[0]?.start ?? null,
    summary: `${formatShare(is)} of the calls ${way.caller} → ${way.callee} came ${formatDuration(milliseconds(leastTimeout))} and more late, the others as fast as before: packets were sent again`,
    refs: late.slice(0, 5).map(({ span }) => spanReference(span)),
    traces: [...new Set(late.map(({ span }) => span.traceId))].sort(),
  });
}
