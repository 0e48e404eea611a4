/**
 * Steps of executions that are more frequent in the incident than in the baseline, and that leave
 * something out or do something new. Counted by requests, which are independent of one another;
 * within a request the same code runs many times on the same input.
 */
import type { SampledTrace } from '../model.ts';
import type { Numberings, Run, Step } from './executions.ts';
import { belief, corrected, fisherAtLeast, leastFisher, testsThatCount } from './statistics.ts';

// ---------------------------------------------------------------- what is usual

/** What executions of one context do in the baseline. */
interface Usual {
  readonly events: Set<number>;
  /** How often each event follows each. */
  readonly next: Map<number, Map<number, number>>;
}

const keyOf = (a: number, b: number): number => a * 2 ** 25 + b;

function usualIn(runs: readonly Run[]): ReadonlyMap<number, Usual> {
  const usual = new Map<number, Usual>();
  for (const { trace, executions } of runs) {
    if (trace.cohort !== 'baseline') continue;
    for (const { context, events } of executions) {
      let known = usual.get(context);
      if (!known) {
        known = { events: new Set(), next: new Map() };
        usual.set(context, known);
      }
      for (let place = 0; place < events.length; place += 1) {
        const event = events[place] as number;
        known.events.add(event);
        if (place > 0) add(known.next, events[place - 1] as number, event);
      }
    }
  }
  return usual;
}

function add(next: Map<number, Map<number, number>>, a: number, b: number): void {
  let after = next.get(a);
  if (!after) {
    after = new Map();
    next.set(a, after);
  }
  after.set(b, (after.get(b) ?? 0) + 1);
}

/** The event that most often follows `event`; the first met of several. */
function follower({ next }: Usual, event: number): number | null {
  let best: number | null = null;
  let most = 0;
  for (const [after, count] of next.get(event) ?? []) {
    if (count <= most) continue;
    best = after;
    most = count;
  }
  return best;
}

/**
 * Whether a step leaves out what usually follows, or does what is not known there. Where all of
 * it comes, only in another order, calls ran side by side, and the order was never fixed.
 */
function strays(
  { execution: { context, events }, place }: Step,
  usual: ReadonlyMap<number, Usual>,
) {
  const known = usual.get(context);
  if (!known) return false;
  const [from, to] = [events[place - 1] as number, events[place] as number];
  const expected = follower(known, from);
  if (expected === null || expected === to) return false;
  return !known.events.has(to) || countOf(events, expected) < countOf(events, from);
}

const countOf = (events: readonly number[], event: number): number => {
  let count = 0;
  for (const one of events) if (one === event) count += 1;
  return count;
};

// ---------------------------------------------------------------- counting by requests

type Group = 'all' | 'well' | 'first' | 'second' | 'incident' | 'troubled';

/** Requests of each group, by the traces they stand for; each counts once. */
interface Count {
  readonly weight: Record<Group, number>;
  readonly squares: Record<Group, number>;
  readonly last: Record<Group, number>;
}

const noCount = (): Count => {
  const zero = { all: 0, well: 0, first: 0, second: 0, incident: 0, troubled: 0 };
  const none = { all: -1, well: -1, first: -1, second: -1, incident: -1, troubled: -1 };
  return { weight: { ...zero }, squares: { ...zero }, last: none };
};

function countIn(count: Count, group: Group, request: number, stands: number): void {
  if (count.last[group] === request) return;
  count.last[group] = request;
  count.weight[group] += stands;
  count.squares[group] += stands * stands;
}

/** Requests in which an event came, and in which a stray step from it did. */
interface Counted {
  readonly step: Step;
  readonly from: Count;
  readonly to: Count;
}

function countSteps(runs: readonly Run[], usual: ReadonlyMap<number, Usual>): readonly Counted[] {
  const froms = new Map<number, Count>();
  const strayed = new Map<number, Map<number, Counted>>();
  const inSecondHalf = secondHalf(runs);
  for (const [request, { trace, steps }] of runs.entries()) {
    for (const step of steps) {
      const { execution, place } = step;
      const { context, events, isWell } = execution;
      const key = keyOf(context, events[place - 1] as number);
      let from = froms.get(key);
      if (!from) {
        from = noCount();
        froms.set(key, from);
      }
      const counts = [from];
      if (strays(step, usual)) counts.push(countedAt(strayed, key, step, from).to);
      const isBaseline = trace.cohort === 'baseline';
      for (const count of counts) {
        countIn(count, isBaseline ? 'all' : 'incident', request, trace.stands);
        if (isBaseline === isWell) {
          countIn(count, isBaseline ? 'well' : 'troubled', request, trace.stands);
        }
        if (isBaseline) {
          countIn(count, inSecondHalf.has(trace) ? 'second' : 'first', request, trace.stands);
        }
      }
    }
  }
  return [...strayed.values()].flatMap((after) => [...after.values()]);
}

function countedAt(
  strayed: Map<number, Map<number, Counted>>,
  key: number,
  step: Step,
  from: Count,
): Counted {
  let after = strayed.get(key);
  if (!after) {
    after = new Map();
    strayed.set(key, after);
  }
  const to = step.execution.events[step.place] as number;
  const counted = after.get(to) ?? { step, from, to: noCount() };
  after.set(to, counted);
  return counted;
}

/** The later half of the baseline's traces. */
function secondHalf(runs: readonly Run[]): ReadonlySet<SampledTrace> {
  const baseline = runs
    .map(({ trace }) => trace)
    .filter(({ cohort }) => cohort === 'baseline')
    .sort((a, b) => startOf(a) - startOf(b) || (a.tree.traceId < b.tree.traceId ? -1 : 1));
  return new Set(baseline.slice(baseline.length >> 1));
}

const startOf = ({ tree }: SampledTrace): number => tree.spans[0]?.start ?? 0;

// ---------------------------------------------------------------- what is odd

export interface OddStep {
  /** One of them. */
  readonly step: Step;
  /** About a call and not about the code around it: it explains, and accuses nobody. */
  readonly isCall: boolean;
  /** No execution of the baseline did the event there. */
  readonly isNew: boolean;
  /** Only executions in trouble were compared. */
  readonly onlyTroubled: boolean;
  /** What usually comes next. */
  readonly expected: number;
  readonly rate: { readonly baseline: number; readonly incident: number };
  readonly n: { readonly baseline: number; readonly incident: number };
  readonly p: number;
  /** How credible, 0 to 1: significance times the share of them that is not usual. */
  readonly weight: number;
}

export interface OddSteps {
  readonly all: readonly OddStep[];
  /** The odd step that a step is one of. */
  find(step: Step): OddStep | null;
}

export function oddStepsIn(runs: readonly Run[], numbers: Numberings): OddSteps {
  const usual = usualIn(runs);
  const contrasts = countSteps(runs, usual).flatMap(contrastOf);
  const tests = testsThatCount(contrasts.map(({ margins }) => leastFisher(...margins)));
  const odd = new Map<number, Map<number, OddStep>>();
  for (const { counted, onlyTroubled, rate, margins } of contrasts) {
    if (rate.incident <= rate.baseline) continue;
    const p = corrected(fisherAtLeast(...margins), tests);
    const weight = belief(p) * (1 - rate.baseline / rate.incident);
    if (weight === 0) continue;
    const { step } = counted;
    const { context, events, isCall } = step.execution;
    const [from, to] = [events[step.place - 1] as number, events[step.place] as number];
    const known = usual.get(context) as Usual;
    const key = keyOf(context, from);
    const after = odd.get(key) ?? new Map<number, OddStep>();
    odd.set(key, after);
    after.set(to, {
      ...{ step, onlyTroubled, rate, p, weight },
      isCall: isCall || lacksAnswer(known, to, numbers),
      isNew: !known.events.has(to),
      expected: follower(known, from) as number,
      n: { baseline: margins[3], incident: margins[1] },
    });
  }
  return {
    all: [...odd.values()].flatMap((after) => [...after.values()]),
    find(step) {
      const { context, events, isWell } = step.execution;
      const key = keyOf(context, events[step.place - 1] as number);
      const found = odd.get(key)?.get(events[step.place] as number);
      if (!found || (found.onlyTroubled && isWell) || !strays(step, usual)) return null;
      return found;
    },
  };
}

/** A call that some service answered before: what is odd is that it has no answer. */
function lacksAnswer({ events }: Usual, to: number, { unanswered }: Numberings): boolean {
  for (const event of events) if (unanswered.get(event) === to) return true;
  return false;
}

interface Contrast {
  readonly counted: Counted;
  readonly onlyTroubled: boolean;
  readonly rate: { readonly baseline: number; readonly incident: number };
  /** Incident with and all, baseline with and all: whole numbers. */
  readonly margins: readonly [k: number, n: number, shown: number, others: number];
}

/**
 * The rate to exceed is the highest of the whole baseline, its halves in time and its error-free
 * part; of these parts with one more request at the rate of the whole, for one request is no
 * rate. Where all of the baseline was in trouble, the incident's trouble alone is compared: a
 * request that went well again is no fault.
 */
function contrastOf(counted: Counted): Contrast[] {
  const { from, to } = counted;
  const onlyTroubled = from.weight.well === 0;
  const side = onlyTroubled ? 'troubled' : 'incident';
  if (from.weight.all === 0 || from.weight[side] === 0) return [];
  const whole = to.weight.all / from.weight.all;
  const part = (group: Group): number => {
    const share = effective(from, group);
    return from.weight[group] === 0
      ? 0
      : ((to.weight[group] / from.weight[group]) * share + whole) / (share + 1);
  };
  const rate = {
    baseline: Math.max(whole, part('well'), part('first'), part('second')),
    incident: to.weight[side] / from.weight[side],
  };
  const [n, others] = [Math.round(effective(from, side)), Math.round(effective(from, 'all'))];
  const k = Math.round(rate.incident * n);
  const shown = Math.min(others, Math.ceil(rate.baseline * others - 1e-9));
  return [{ counted, onlyTroubled, rate, margins: [k, n, shown, others] }];
}

/** Requests that would say as much if each stood for itself alone (Kish 1965). */
const effective = ({ weight, squares }: Count, group: Group): number =>
  squares[group] === 0 ? 0 : weight[group] ** 2 / squares[group];
