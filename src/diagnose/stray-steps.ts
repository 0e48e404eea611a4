/**
 * Which strays are more frequent in the incident than in the baseline. Counted by requests, which
 * are independent of one another; within a request the same code runs many times on one input.
 *
 *     baseline   ........        0 of 8
 *     incident   .....xxxxx      from the first x on 5 of 5: what came before is baseline too
 *
 * Those asked by different callers are strata: what a service does depends on who asks.
 */
import { belief, clamp01, corrected } from '../statistics.ts';
import { type Stratum, strataAtLeast, testsThatCount } from './contingency.ts';
import { type Counted, countStrays, type Requests, type Strayed } from './count-strays.ts';
import { failure, type Numberings, type Run, type Step } from './executions.ts';
import { type Stray, strayKey, straysOf, type Usual, usualIn } from './usual-steps.ts';

export interface OddStray extends Stray {
  /**
   * False: about a call and not about the code around it, or a failed span, which others look at
   * (`origins.ts`). Then it explains what comes after it, and accuses nobody.
   */
  readonly isOwn: boolean;
  /** Share of requests with it: in the baseline, and since it began. */
  readonly rate: { readonly baseline: number; readonly incident: number };
  readonly n: { readonly baseline: number; readonly incident: number };
  readonly p: number;
  /** How credible, 0 to 1: significance times the share of them that is not usual. */
  readonly weight: number;
}

/** What a step is one of; null if it is usual, or strays no more often than in the baseline. */
export type OddReader = (step: Step) => OddStray | null;

/** `runs`: in time order. */
export function oddReader(runs: readonly Run[], numbers: Numberings): OddReader {
  const usual = usualIn(runs);
  const contrasts = countStrays(runs, usual).flatMap((counted) => contrastOf(counted, runs));
  const tests = testsThatCount(contrasts.map(({ least }) => least));
  const odd = new Map<string, OddStray>();
  for (const { counted, rate, n, p: chance } of contrasts) {
    const { stray, isCall } = counted;
    const p = corrected(chance, tests);
    const risen = clamp01(1 - (usualGrowth * rate.baseline) / rate.incident);
    const weight = belief(p) * risen * certaintyOf(counted, usual);
    if (weight === 0) continue;
    const isOwn = !isCall && stray.done !== failure && !lacksAnswer(counted, usual, numbers);
    odd.set(strayKey(stray), { ...stray, isOwn, rate, n, p, weight });
  }
  return (step) => {
    let best: OddStray | null = null;
    for (const stray of straysOf(step, usual)) {
      const found = odd.get(strayKey(stray));
      if (found && found.weight > (best?.weight ?? 0)) best = found;
    }
    return best;
  };
}

/**
 * Which way an operation goes depends on what it is asked, and shares of traffic double without a
 * fault (day and night, a campaign): only what grows more counts.
 */
const usualGrowth = 2;

/** Of something new: how far it was known what comes there. What is left out was known to come. */
function certaintyOf({ stray, strata }: Counted, usual: ReadonlyMap<number, Usual>): number {
  if (stray.leftOut !== null) return 1;
  const certainties = [...strata].map(
    ([context, { after }]) => usual.get(context)?.certainty.get(after) ?? 1,
  );
  return Math.max(...certainties);
}

/** A call that some service answered before: what is odd is that it has no answer. */
function lacksAnswer(
  { stray: { done }, strata }: Counted,
  usual: ReadonlyMap<number, Usual>,
  { calls }: Numberings,
): boolean {
  for (const context of strata.keys()) {
    for (const event of usual.get(context)?.events ?? []) {
      if (calls.get(event)?.bare === done) return true;
    }
  }
  return false;
}

interface Contrast extends Pick<OddStray, 'rate' | 'n' | 'p'> {
  readonly counted: Counted;
  /** The smallest that p could be. */
  readonly least: number;
}

/** As few requests as can be told from a single odd one. */
const fewestHits = 3;
/** Moments tried for the onset: more would find the same. */
const mostOnsets = 20;

/**
 * None if the baseline never came so far, or only in requests that a fault of its own spoilt:
 * nothing is known then. The window of an incident often begins before the fault. As the onset
 * each request with the stray is tried, or twenty of them, and p is corrected for the tries.
 */
function contrastOf(counted: Counted, runs: readonly Run[]): Contrast[] {
  const strata = [...counted.strata.values()].flatMap(({ from, to }) => stratumOf(from, to));
  const hits = strata.flatMap(({ to }) => to.incident).sort((a, b) => a - b);
  if (hits.length < fewestHits) return [];
  const tries = onsetsIn(hits).map((onset) => {
    const parts = strata.map((stratum) => splitAt(onset, stratum, runs));
    return { parts, p: strataAtLeast(parts) };
  });
  const best = tries.reduce((least, one) => (one.p < least.p ? one : least));
  const [k, n] = [sumOf(best.parts, 0), sumOf(best.parts, 1)];
  const usual = best.parts.map(([, size], at) => size * (strata[at]?.usual ?? 0));
  return [
    {
      counted,
      rate: {
        baseline: usual.reduce((sum, one) => sum + one, 0) / Math.max(1, n),
        incident: k / Math.max(1, n),
      },
      n: { baseline: strata.reduce((sum, { others }) => sum + others, 0), incident: n },
      p: corrected(best.p, tries.length),
      least: leastOf(best.parts),
    },
  ];
}

const sumOf = (parts: readonly Stratum[], at: 0 | 1): number =>
  parts.reduce((sum, part) => sum + part[at], 0);

/** What p would be if all strays had come last. */
function leastOf(parts: readonly Stratum[]): number {
  const extreme = parts.map(([k, n, shown, others]): Stratum => {
    const total = k + shown;
    return [total, total, 0, n + others - total];
  });
  const total = extreme.reduce((sum, [k]) => sum + k, 0);
  return corrected(strataAtLeast(extreme), Math.min(total, mostOnsets));
}

interface Usually extends Pick<Strayed, 'from' | 'to'> {
  /** Share of the baseline's requests that are taken to have it, the number of these, and of all. */
  readonly usual: number;
  readonly shown: number;
  readonly others: number;
}

function stratumOf(from: Requests, to: Requests): Usually[] {
  if (from.weight.all === 0 || from.weight.well === 0) return [];
  const usual = usualRate(from, to);
  const others = Math.round(effective(from.weight.all, from.squares.all));
  const shown = Math.min(others, Math.ceil(usual * others - 1e-9));
  return [{ from, to, usual, shown, others }];
}

/**
 * The highest of the whole baseline, its halves in time and its part without faults of its own:
 * what comes and goes is usual. Of a part with one more request at the rate of the whole: one
 * request alone is no rate.
 */
function usualRate(from: Requests, to: Requests): number {
  const whole = to.weight.all / from.weight.all;
  const rates = (['well', 'first', 'second'] as const).map((part) => {
    const size = effective(from.weight[part], from.squares[part]);
    return size === 0 ? 0 : ((to.weight[part] / from.weight[part]) * size + whole) / (size + 1);
  });
  return Math.max(whole, ...rates);
}

function onsetsIn(hits: readonly number[]): readonly number[] {
  const step = Math.max(1, hits.length / mostOnsets);
  const onsets: number[] = [];
  for (let at = 0; at < hits.length; at += step) onsets.push(hits[Math.floor(at)] as number);
  return onsets.slice(0, mostOnsets);
}

/** Requests since the onset, against the baseline and the incident until then. */
function splitAt(onset: number, stratum: Usually, runs: readonly Run[]): Stratum {
  const { from, to, shown, others } = stratum;
  const since = shareOf(from.incident, to.incident, runs, (number) => number >= onset);
  const until = shareOf(from.incident, to.incident, runs, (number) => number < onset);
  return [since.k, since.n, shown + until.k, others + until.n];
}

/** Requests with a stray among those that could have it, as whole numbers of their weight. */
function shareOf(
  all: readonly number[],
  hits: readonly number[],
  runs: readonly Run[],
  counts: (number: number) => boolean,
): { readonly k: number; readonly n: number } {
  const sums = (numbers: readonly number[]) => {
    let [weight, squares] = [0, 0];
    for (const number of numbers) {
      if (!counts(number)) continue;
      const { stands } = (runs[number] as Run).trace;
      weight += stands;
      squares += stands * stands;
    }
    return { weight, squares };
  };
  const every = sums(all);
  if (every.weight === 0) return { k: 0, n: 0 };
  const n = Math.round(effective(every.weight, every.squares));
  return { k: Math.round((sums(hits).weight / every.weight) * n), n };
}

/** Requests that would say as much if each stood for itself alone (Kish 1965). */
const effective = (weight: number, squares: number): number =>
  squares === 0 ? 0 : weight ** 2 / squares;
