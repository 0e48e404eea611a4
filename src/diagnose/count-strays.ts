/** Strays counted by requests, in the baseline and its parts, and in the incident. */
import type { SampledTrace } from '../model.ts';
import { begin, type Execution, type Run } from './executions.ts';
import { recoveredExecutions } from './recovered.ts';
import { type Stray, strayKey, straysOf, type Usual } from './usual-steps.ts';

/** The baseline: all of it, without what a fault of its own spoilt, its halves in time. */
type Part = 'all' | 'well' | 'first' | 'second';

/** Requests in which something came. */
export interface Requests {
  /** Of parts of the baseline: the traces they stand for, and the squares of these. */
  readonly weight: Record<Part, number>;
  readonly squares: Record<Part, number>;
  readonly last: Record<Part, number>;
  /** Of the incident: their numbers, in time order. */
  readonly incident: number[];
}

const noRequests = (): Requests => ({
  weight: { all: 0, well: 0, first: 0, second: 0 },
  squares: { all: 0, well: 0, first: 0, second: 0 },
  last: { all: -1, well: -1, first: -1, second: -1 },
  incident: [],
});

/** Requests in which a stray could come, and in which it came. */
export interface Strayed {
  /** The event after which it came first. */
  readonly after: number;
  readonly from: Requests;
  readonly to: Requests;
}

export interface Counted {
  readonly stray: Stray;
  readonly isCall: boolean;
  /** By context: who asked. */
  readonly strata: Map<number, Strayed>;
}

/** `runs`: in time order. */
export function countStrays(
  runs: readonly Run[],
  usual: ReadonlyMap<number, Usual>,
): readonly Counted[] {
  const tables = requestTables();
  const count = requestCounter(runs);
  const countAll = (execution: Execution, { follower }: Usual, number: number): void => {
    const { context, events } = execution;
    count(tables.ableAt(context, begin), number, execution);
    for (let place = 1; place < events.length; place += 1) {
      const after = events[place - 1] as number;
      const expected = follower.get(after);
      if (expected !== undefined) count(tables.ableAt(context, expected), number, execution);
      if (expected === events[place]) continue;
      for (const stray of straysOf({ execution, place }, usual)) {
        count(tables.strayedAt(stray, execution, after), number, execution);
      }
    }
  };
  for (const [number, { executions }] of runs.entries()) {
    for (const execution of executions) {
      const known = usual.get(execution.context);
      if (known) countAll(execution, known, number);
    }
  }
  return tables.strays();
}

function requestTables() {
  const able = new Map<number, Requests>();
  const strays = new Map<string, Counted>();
  /** By what should come; by `begin`, which comes first and never later, whatever should come. */
  const ableAt = (context: number, event: number): Requests => {
    const key = context * 2 ** 26 + event;
    const requests = able.get(key) ?? noRequests();
    able.set(key, requests);
    return requests;
  };
  return {
    ableAt,
    strayedAt(stray: Stray, { context, isCall }: Execution, after: number): Requests {
      const key = strayKey(stray);
      const counted = strays.get(key) ?? { stray, isCall, strata: new Map<number, Strayed>() };
      strays.set(key, counted);
      const from = ableAt(context, stray.leftOut ?? begin);
      const strayed = counted.strata.get(context) ?? { after, from, to: noRequests() };
      counted.strata.set(context, strayed);
      return strayed.to;
    },
    strays: (): readonly Counted[] => [...strays.values()],
  };
}

/** Counts a request once, for each part that the execution belongs to. */
function requestCounter(runs: readonly Run[]) {
  const recovered = recoveredExecutions(runs);
  const middle = middleOf(runs);
  return (requests: Requests, number: number, execution: Execution): void => {
    const { trace } = runs[number] as Run;
    if (trace.cohort === 'incident') {
      if (requests.incident.at(-1) !== number) requests.incident.push(number);
      return;
    }
    countIn(requests, 'all', number, trace);
    countIn(requests, number < middle ? 'first' : 'second', number, trace);
    if (!recovered.has(execution)) countIn(requests, 'well', number, trace);
  };
}

/** The number of the run before which half of the baseline lies. */
function middleOf(runs: readonly Run[]): number {
  const baseline = [...runs.entries()].filter(([, { trace }]) => trace.cohort === 'baseline');
  return baseline[baseline.length >> 1]?.[0] ?? 0;
}

function countIn(requests: Requests, part: Part, number: number, { stands }: SampledTrace): void {
  if (requests.last[part] === number) return;
  requests.last[part] = number;
  requests.weight[part] += stands;
  requests.squares[part] += stands * stands;
}
