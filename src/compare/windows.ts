/** The two sides of a case, operation by operation. */
import { bucketValue, emptyHistogram, mergeHistogram, quantile } from '../graph/index.ts';
import { grouped } from '../grouping.ts';
import type {
  Cohort,
  Features,
  Histogram,
  Move,
  OperationDiff,
  OperationFeature,
  OperationSide,
  WindowDiff,
} from '../model.ts';
import { isCollective } from '../semantics/index.ts';
import { corrected, fewestTelling } from '../statistics.ts';
import { failureMove, type Minutes, timeMove } from './noise.ts';

type Compared = Pick<Features, 'operations' | 'calls' | 'traffic'>;

/** `names`: what the sides are called. */
export function compareWindows(
  { operations, calls, traffic }: Compared,
  names: Readonly<Record<Cohort, string>>,
): WindowDiff {
  const part = (cohort: Cohort) => ({
    name: names[cohort],
    requests: traffic[cohort].traces,
    failed: traffic[cohort].failed,
  });
  const groups = grouped(operations, ({ source, operation }) => keyOf(source.service, operation));
  const callers = grouped(calls, ({ child }) => keyOf(child.service, child.operation));
  const drafts = [...groups].map(([key, features]) =>
    diffOf(features, growthOf(callers.get(key) ?? []), traffic),
  );
  return {
    a: part('baseline'),
    b: part('incident'),
    operations: judged(drafts).sort(
      (a, b) =>
        tierOf(a) - tierOf(b) ||
        (tierOf(a) === 0 ? moreFailures(b) - moreFailures(a) : 0) ||
        Math.abs(b.delta) - Math.abs(a.delta) ||
        (keyOf(a.service, a.operation) < keyOf(b.service, b.operation) ? -1 : 1),
    ),
  };
}

const keyOf = (service: string, operation: string): string => JSON.stringify([service, operation]);

/** How many times as often its callers ran in B as in A; null where they did not run in both. */
function growthOf(calls: Features['calls']): number | null {
  const sum = (cohort: Cohort): number => calls.reduce((all, one) => all + one[cohort].parents, 0);
  const [before, after] = [sum('baseline'), sum('incident')];
  return before === 0 || after === 0 ? null : after / before;
}

type Kind = 'time' | 'failures' | 'presence';

interface Draft extends OperationDiff {
  readonly chances: readonly Chance[];
}

interface Chance {
  readonly what: Kind;
  readonly move: Move;
  readonly p: number;
}

/** `growth`: of its callers; null: it has none. */
function diffOf(
  features: readonly OperationFeature[],
  growth: number | null,
  traffic: Compared['traffic'],
): Draft {
  const { source, operation } = features[0] as OperationFeature;
  const of = (cohort: Cohort, among = features): Minutes =>
    among.flatMap(({ minutes }) => minutes.filter((minute) => minute.cohort === cohort));
  const [before, after] = [of('baseline'), of('incident')];
  const [a, b] = [sideOf(before), sideOf(after)];
  const requests = traffic.incident.traces;
  const rate = requests / Math.max(1, traffic.baseline.traces);
  const lost = (one: OperationSide | null, other: OperationSide | null): number =>
    requests === 0 ? 0 : lostBetween(one, other, growth ?? (other ? null : rate)) / requests;
  const delta = lost(a, b);
  const ranks = grouped(features, (one) => one.source.rank ?? '');
  // One alone is the whole.
  const several = ranks.size > 1 ? [...ranks] : [];
  const byRank = several.map(([rank, own]) => {
    const [one, other] = [of('baseline', own), of('incident', own)];
    return { rank, lost: lost(sideOf(one), sideOf(other)), ...timeMove(one, other) };
  });
  return {
    ...{ service: source.service, operation, a, b, delta },
    changed: !a ? 'added' : !b ? 'removed' : 'same',
    sure: false,
    time: null,
    failures: null,
    p: 1,
    rank: byRank.find(({ lost }) => lost / delta > mostShare)?.rank ?? null,
    waits: isCollective({ name: operation, attributes: {} }),
    chances:
      a && b
        ? [
            { what: 'time', ...timeMove(before, after) },
            // One rank among many is lost in the times of all.
            ...byRank.map(({ move, p }) => ({ what: 'time' as const, move, p })),
            { what: 'failures', ...failureMove(before, after) },
          ]
        : [presence(a, b, growth ?? rate)],
  };
}

/** The odds of none where so many were to be expected (Poisson). */
function presence(a: OperationSide | null, b: OperationSide | null, growth: number): Chance {
  const expected = a ? a.count * growth : (b?.count ?? 0) / growth;
  return { what: 'presence', move: a ? 'down' : 'up', p: Math.exp(-expected) };
}

/** What makes up so much of a change makes it. */
const mostShare = 0.5;

/** Own time in B less what as many calls took in A, ns. */
function lostBetween(
  a: OperationSide | null,
  b: OperationSide | null,
  growth: number | null,
): number {
  if (!a) return b?.self ?? 0;
  // Without callers: it begins requests, and how many come is no time of its own.
  const calls = growth ?? (b?.count ?? 0) / a.count;
  return (b?.self ?? 0) - a.self * calls;
}

/** The odds that one operation of all is marked by chance. */
const surely = 0.05;

/**
 * What moved by more than noise, over all operations. Where nothing failed on either side there was
 * nothing to find, and nothing is paid for (Tarone 1990).
 */
function judged(drafts: readonly Draft[]): OperationDiff[] {
  const counted = (what: Kind): number =>
    drafts.reduce((sum, one) => sum + one.chances.filter((own) => own.what === what).length, 0);
  const tests: Readonly<Record<Kind, number>> = {
    time: counted('time'),
    failures: drafts.filter(({ a, b }) => a && b && a.errors + b.errors > 0).length,
    presence: counted('presence'),
  };
  return drafts.map(({ chances, ...one }) => {
    const judge = (what: Kind): { move: Move | null; p: number } => {
      const [surest] = chances.filter((chance) => chance.what === what).sort((a, b) => a.p - b.p);
      const p = corrected(surest?.p ?? 1, 2 * tests[what]);
      return { move: surest && p < surely ? surest.move : null, p };
    };
    const [time, failures, presence] = [judge('time'), judge('failures'), judge('presence')];
    const sure = [time, failures, presence].some(({ move }) => move !== null);
    return {
      ...one,
      changed: one.changed === 'same' && sure ? 'changed' : one.changed,
      sure,
      time: time.move,
      failures: failures.move,
      p: Math.min(time.p, failures.p, presence.p),
    };
  });
}

function tierOf({ sure, failures, waits, a, b }: OperationDiff): number {
  if (failures === 'up' || (!a && sure && (b?.errors ?? 0) >= fewestTelling)) return 0;
  if (!sure) return 3;
  return waits ? 2 : 1;
}

/** How many of its calls in B failed that would not have in A. */
const moreFailures = ({ a, b }: OperationDiff): number =>
  (b?.errors ?? 0) - (a ? (a.errors / a.count) * (b?.count ?? 0) : 0);

function sideOf(minutes: Minutes): OperationSide | null {
  const duration = emptyHistogram();
  const self = emptyHistogram();
  let count = 0;
  let errors = 0;
  for (const one of minutes) {
    count += one.count;
    errors += one.errors;
    mergeHistogram(duration, one.duration);
    mergeHistogram(self, one.self);
  }
  if (count === 0) return null;
  const [p50, p95] = [quantile(duration, 0.5), quantile(duration, 0.95)];
  return { count, errors, p50, p95, self: sumOf(self) };
}

function sumOf(histogram: Histogram): number {
  let sum = 0;
  histogram.counts.forEach((count, at) => {
    if (count > 0) sum += count * bucketValue(histogram.from + at);
  });
  return sum;
}
