/**
 * Model servers run what has come together as one batch.
 *
 *     row 1  [ wait ][==== run ====]
 *     row 2      [ w ][==== run ====]
 *     row 3                           [ wait ][== run ==]
 *
 * A batch is closed when it is full or its first row has waited long enough ("dynamic batching",
 * Triton's user guide). Assumption: each further row costs a twelfth of the longest, for what a
 * pass through the model costs is for the most part reading its weights.
 */
import type { Gate, Task } from './clock.ts';
import { work } from './resources.ts';
import type { Instance, World } from './world.ts';

export interface Batching {
  readonly mostRows: number;
  readonly waitMs: number;
  /** The batch that each process is filling. */
  readonly open: Map<Instance, Batch>;
}

interface Batch {
  /** What each row would take alone, ms. */
  readonly rows: number[];
  readonly closed: Gate;
  readonly done: Gate;
}

const rowCost = 1 / 12;

export const createBatching = (mostRows: number, waitMs: number): Batching => ({
  ...{ mostRows, waitMs, open: new Map() },
});

/** Works for `ms` in a batch with whoever else is there; the number of its rows. */
export function* workInBatch(
  world: World,
  instance: Instance,
  batching: Batching,
  ms: number,
): Task<number> {
  const batch = batching.open.get(instance) ?? begin(world, instance, batching);
  batch.rows.push(ms);
  if (batch.rows.length === batching.mostRows) close(batching, instance, batch);
  yield batch.done;
  return batch.rows.length;
}

function begin(world: World, instance: Instance, batching: Batching): Batch {
  const { clock } = world;
  const batch: Batch = { rows: [], closed: clock.gate(), done: clock.gate() };
  batching.open.set(instance, batch);
  clock.at(clock.now() + batching.waitMs, () => close(batching, instance, batch));
  clock.spawn(run(world, instance, batch));
  return batch;
}

function close({ open }: Batching, instance: Instance, batch: Batch): void {
  if (open.get(instance) === batch) open.delete(instance);
  batch.closed.open();
}

function* run(world: World, instance: Instance, { rows, closed, done }: Batch): Task {
  yield closed;
  yield* work(world, instance, Math.max(...rows) * (1 + rowCost * (rows.length - 1)));
  done.open();
}
