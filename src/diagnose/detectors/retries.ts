/**
 * Calls that are made again because they failed, more often than before. The callee that failed is
 * what is wrong; that its caller asks again, and takes longer for it, is a reaction.
 *
 *     web   POST /order   [=====================]
 *     web   > pay Charge     [===!]                    failed
 *     web   > pay Charge            [====!]            once more
 *     web   > pay Charge                     [=]       retries of pay, web is retrying
 *
 * Made again is one call of one parent, one after another, each but the last failed, and more of
 * them than that parent makes when all goes well: a loop that calls for every item is no retry.
 *
 * After: methods "error origin" (siblings that retry), §D "network delay / loss" (retries),
 * "explaining away"; the binomial tail.
 */
import { ofAlike } from '../../graph/index.ts';
import { byKey, grouped } from '../../grouping.ts';
import type { Evidence, Features, SampledTrace, Span } from '../../model.ts';
import { peerOf } from '../../semantics/index.ts';
import { belief, binomialAtLeast, clamp01, corrected, median } from '../../statistics.ts';
import { formatNumber, formatShare } from '../../text.ts';
import { type Detector, evidence, exemplars, inTime } from '../detector.ts';
import { calleeOf, hasFailed, outgoing } from '../origins.ts';
import { answerTo, weightOf } from '../requests.ts';

export const retries: Detector = {
  name: 'retries',
  *detect(features) {
    if (features.plan.baseline === null) return;
    const ways = byKey(grouped(callsIn(features), ({ way }) => way));
    for (const [, calls] of ways) yield* rowsOf(calls, ways.length);
  },
};

/** All calls of one name that one parent made, in time order. */
interface Calls {
  readonly trace: SampledTrace;
  readonly caller: string;
  readonly callee: string;
  /** Caller and callee; and what of the caller makes which call. */
  readonly way: string;
  readonly place: string;
  readonly attempts: readonly [Span, ...Span[]];
}

const addressOf = ofAlike(peerOf);

function callsIn({ sample, graph }: Features): readonly Calls[] {
  return sample.flatMap((trace) => {
    const { tree } = trace;
    return tree.children.flatMap((children, parent) => {
      const own = children.filter((child) => outgoing(tree.spans[child] as Span));
      const { name } = tree.spans[parent] as Span;
      const alike = grouped(own, (child) => {
        const span = tree.spans[child] as Span;
        return JSON.stringify([span.service, name, span.name, addressOf(span)]);
      });
      return [...alike].flatMap(([place, indexes]) => {
        const spans = indexes.map((index) => tree.spans[index] as Span);
        const [first, ...rest] = inTime(spans);
        const answers = indexes.map((index) => answerTo(tree, index)?.service);
        const callee = answers.find((service) => service !== undefined);
        const called = callee ?? (first ? calleeOf(first, graph) : null);
        if (!first || called === null || called === first.service) return [];
        const way = JSON.stringify([first.service, called]);
        const attempts = [first, ...rest] as const;
        return [{ trace, caller: first.service, callee: called, way, place, attempts }];
      });
    });
  });
}

/** Calls a parent makes when all of them go well, by place; once where that was never seen. */
function usualCalls(calls: readonly Calls[]): (place: string) => number {
  const well = calls.filter(({ attempts }) => !attempts.some(hasFailed));
  const usual = new Map(
    [...grouped(well, ({ place }) => place)].map(([place, of]) => [
      place,
      median(of.map(({ attempts }) => attempts.length)),
    ]),
  );
  return (place) => usual.get(place) ?? 1;
}

/** One after another, each but the last failed. */
const madeAgain = ({ attempts }: Calls): boolean =>
  attempts.length > 1 &&
  attempts.every((span, at) => {
    const next = attempts[at + 1];
    return next === undefined || (hasFailed(span) && next.start >= span.end);
  });

function* rowsOf(calls: readonly Calls[], tests: number): Generator<Evidence> {
  const usual = usualCalls(calls);
  const again = calls.filter((one) => madeAgain(one) && one.attempts.length > usual(one.place));
  const [before, after] = [sideOf(calls, again, 'baseline'), sideOf(calls, again, 'incident')];
  const [first] = after.again;
  if (!first || before.requests === 0) return;
  const { caller, callee } = first;
  const share = after.retried / after.requests;
  const was = before.retried / before.requests;
  const expected = (before.retried + 0.5) / (before.requests + 1);
  const p = corrected(
    binomialAtLeast(Math.round(after.retried), Math.round(after.requests), expected),
    tests,
  );
  const failures = after.again.flatMap(({ attempts }) => attempts.filter(hasFailed));
  const mean =
    after.again.reduce((sum, { attempts }) => sum + attempts.length, 0) / after.again.length;
  const row = {
    operation: null,
    instance: null,
    strength: belief(p) * clamp01(share - was),
    effect: { baseline: was, incident: share },
    n: { baseline: Math.round(before.requests), incident: Math.round(after.requests) },
    p,
    firstSeen: inTime(failures)[0]?.start ?? null,
    refs: exemplars(failures, ({ name }) => name),
    traces: [...new Set(after.again.map(({ trace }) => trace.tree.traceId))].sort(),
  };
  const often = `in ${formatShare(share)} of the requests, ${formatShare(was)} before, ${formatNumber(mean)} times on average`;
  const sides = [
    ['retries', callee, `calls to ${callee} failed and were made again by ${caller} ${often}`],
    ['retrying', caller, `${caller} asked ${callee} again after failures ${often}`],
  ] as const;
  for (const [kind, service, summary] of sides) {
    yield* evidence({ ...row, kind, service, entity: `service:${service}`, summary });
  }
}

/** Requests of a side that made such a call, and those that made one again. */
function sideOf(
  calls: readonly Calls[],
  again: readonly Calls[],
  cohort: SampledTrace['cohort'],
): { readonly again: readonly Calls[]; readonly requests: number; readonly retried: number } {
  const within = (of: readonly Calls[]) => of.filter(({ trace }) => trace.cohort === cohort);
  const weigh = (of: readonly Calls[]): number =>
    weightOf([...new Set(of.map(({ trace }) => trace))]);
  const own = within(again);
  return { again: own, requests: weigh(within(calls)), retried: weigh(own) };
}
