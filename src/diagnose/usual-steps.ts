/** What executions of an operation usually do, and which of their steps stray from it. */
import { severities } from '../model.ts';
import { type Execution, end, failure, type Run, type Step } from './executions.ts';

/** What executions of one context do in the baseline. */
export interface Usual {
  readonly events: ReadonlySet<number>;
  /** The event that most often follows each. */
  readonly follower: ReadonlyMap<number, number>;
  /** All events that follow each. */
  readonly next: ReadonlyMap<number, ReadonlyMap<number, number>>;
  /**
   * How far it is known what comes after each, 0 to 1: in how many of the executions that have it
   * the most frequent of its followers comes at all. 1 in code that goes one way; a gateway that
   * passes every kind of request on from one operation knows little.
   */
  readonly certainty: ReadonlyMap<number, number>;
}

/** Counts of one context. */
interface Habits {
  /** How often each event follows each. */
  readonly next: Map<number, Map<number, number>>;
  /** Executions that have an event. */
  readonly having: Map<number, number>;
}

/** By context. */
export function usualIn(runs: readonly Run[]): ReadonlyMap<number, Usual> {
  const habits = new Map<number, Habits>();
  for (const { trace, executions } of runs) {
    if (trace.cohort !== 'baseline') continue;
    for (const { context, events } of executions) {
      let known = habits.get(context);
      if (!known) {
        known = { next: new Map(), having: new Map() };
        habits.set(context, known);
      }
      learn(known, events);
    }
  }
  return new Map([...habits].map(([context, known]) => [context, usualOf(known)]));
}

function learn({ next, having }: Habits, events: readonly number[]): void {
  for (const event of new Set(events)) having.set(event, (having.get(event) ?? 0) + 1);
  for (let place = 1; place < events.length; place += 1) {
    const from = events[place - 1] as number;
    const to = events[place] as number;
    let after = next.get(from);
    if (!after) {
      after = new Map();
      next.set(from, after);
    }
    after.set(to, (after.get(to) ?? 0) + 1);
  }
}

function usualOf({ next, having }: Habits): Usual {
  const shares = [...next].map(([from, after]): [number, number] => {
    const all = having.get(from) ?? 1;
    const share = ([to, count]: readonly [number, number]): number =>
      // Every execution ends: that says nothing of what comes before.
      (to === end ? count : (having.get(to) ?? 0)) / all;
    return [from, Math.min(1, Math.max(...[...after].map(share)))];
  });
  return {
    events: new Set(having.keys()),
    follower: new Map([...next].map(([event, after]) => [event, mostOf(after)])),
    next,
    certainty: new Map(shares),
  };
}

/** The first met of several. */
function mostOf(counts: ReadonlyMap<number, number>): number {
  let best = -1;
  let most = 0;
  for (const [event, count] of counts) {
    if (count <= most) continue;
    best = event;
    most = count;
  }
  return best;
}

/** All stray steps of an operation that do the same new thing, or leave out the same. */
export interface Stray {
  /** Number of the operation. */
  readonly operation: number;
  /** What usually follows and does not come; null: something new is done. */
  readonly leftOut: number | null;
  /** The event before, if this event never followed it; null: whatever came before. */
  readonly after: number | null;
  /** What is done instead, if it is new there or an error; null: something known. */
  readonly done: number | null;
}

export const strayKey = ({ operation, leftOut, after, done }: Stray): string =>
  `${operation} ${leftOut} ${after} ${done}`;

const none: readonly Stray[] = [];

/**
 * What a step strays in; nothing if it is usual, or its operation not known in the baseline. Where
 * all that usually follows comes, only in another order, it is usual as well: things run side by
 * side, and a log and a call of one moment are stamped by different clocks.
 *
 *     usual           "found" > "reserved" > end
 *     "found" > "x"   new                    done: x
 *     "found" > end   without "reserved"     left out: reserved; if never seen, also after: found, done: end
 */
export function straysOf(
  { execution, place }: Step,
  usual: ReadonlyMap<number, Usual>,
): readonly Stray[] {
  const { operation, context, events } = execution;
  const known = usual.get(context);
  if (!known) return none;
  const [from, to] = [events[place - 1] as number, events[place] as number];
  const expected = known.follower.get(from);
  if (expected === to) return none;
  if (!known.events.has(to)) return [{ operation, leftOut: null, after: null, done: to }];
  if (expected === undefined || countOf(events, expected) >= countOf(events, from)) return none;
  const done = isError(execution, place) ? to : null;
  const leavingOut = { operation, leftOut: expected, after: null, done };
  if (known.next.get(from)?.has(to)) return [leavingOut];
  return [leavingOut, { ...leavingOut, after: from, done: to }];
}

export const isError = ({ events, logs }: Execution, place: number): boolean =>
  events[place] === failure || (logs.get(place)?.severity ?? 0) >= severities.error;

function countOf(events: readonly number[], event: number): number {
  let count = 0;
  for (const one of events) if (one === event) count += 1;
  return count;
}
