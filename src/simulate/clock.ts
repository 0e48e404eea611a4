/**
 * The discrete-event engine: a heap of timed actions, and tasks that wait.
 *
 * A task is a generator. It yields what it waits for, either a delay or a gate, and goes on when
 * the simulated time has come or the gate is open. So a request reads from top to bottom like the
 * code of a real service, and queues, time-outs and barriers are gates:
 *
 *     yield 12;                 // 12 ms pass
 *     yield clock.spawn(other); // until the other task is done
 */
type Wait = number | Gate;
export type Task<T = void> = Generator<Wait, T, undefined>;

/** Opens once; whoever waits for it goes on. A class, for there are some hundred thousand. */
export class Gate {
  isOpen = false;
  readonly #soon: (action: () => void) => void;
  #waiting: (() => void)[] | undefined;

  constructor(soon: (action: () => void) => void) {
    this.#soon = soon;
  }

  open(): void {
    this.isOpen = true;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const action of waiting) this.#soon(action);
  }

  /** Calls `action` when the gate opens, or at once if it is open. */
  whenOpen(action: () => void): void {
    if (this.isOpen) this.#soon(action);
    else if (this.#waiting) this.#waiting.push(action);
    else this.#waiting = [action];
  }
}

export interface Clock {
  /** Milliseconds since the simulation began. */
  now(): number;
  /** Runs `action` at `time` (ms); actions of one time run in the order they were given. */
  at(time: number, action: () => void): void;
  gate(): Gate;
  /** Starts a task; the gate opens when it has ended. */
  spawn(task: Task): Gate;
  /** Runs everything due up to `until` (ms). What is later is left undone. */
  run(until: number): void;
}

interface Event {
  readonly time: number;
  readonly order: number;
  readonly action: () => void;
}

export function createClock(): Clock {
  const heap: Event[] = [];
  let now = 0;
  let order = 0;

  const at = (time: number, action: () => void) => {
    order += 1;
    push(heap, { time: Math.max(time, now), order, action });
  };
  const soon = (action: () => void) => at(now, action);
  const gate = () => new Gate(soon);
  const spawn = (task: Task) => {
    const done = gate();
    const resume = () => {
      const step = task.next();
      if (step.done) done.open();
      else if (typeof step.value === 'number') at(now + step.value, resume);
      else step.value.whenOpen(resume);
    };
    at(now, resume);
    return done;
  };
  const run = (until: number) => {
    for (let next = heap[0]; next && next.time <= until; next = heap[0]) {
      pop(heap);
      now = next.time;
      next.action();
    }
    now = until;
  };
  return { now: () => now, at, gate, spawn, run };
}

const earlier = (a: Event, b: Event): boolean =>
  a.time < b.time || (a.time === b.time && a.order < b.order);

function push(heap: Event[], event: Event): void {
  let place = heap.length;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = heap[parent] as Event;
    if (!earlier(event, above)) break;
    heap[place] = above;
    place = parent;
  }
  heap[place] = event;
}

/** Drops the earliest event. */
function pop(heap: Event[]): void {
  const last = heap.pop() as Event;
  const size = heap.length;
  if (size === 0) return;
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= size) break;
    if (child + 1 < size && earlier(heap[child + 1] as Event, heap[child] as Event)) child += 1;
    if (!earlier(heap[child] as Event, last)) break;
    heap[place] = heap[child] as Event;
    place = child;
  }
  heap[place] = last;
}
