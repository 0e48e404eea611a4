/** Work on many items in threads: each takes the next item when it is done with one. */
import { parentPort, Worker } from 'node:worker_threads';
import { errorOf, type Refusal, refusalOf, UserError } from './errors.ts';

type Reply<Result> = { readonly result: Result } | { readonly refused: Refusal };

/**
 * Has every item worked on by a thread of the file `url`, of which `count` run at once and get
 * `data`; results are in the order of the items. The file calls `answerEach`. Needs the built
 * program: a thread loads its own file.
 * @throws what a thread threw, a `UserError` as such; items that were not begun stay undone.
 */
export async function inThreads<Item, Result>(
  url: URL,
  data: unknown,
  items: readonly Item[],
  count: number,
  onDone: (item: Item) => void,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(url, { workerData: data });
    try {
      for (let at = next++; at < items.length; at = next++) {
        const item = items[at] as Item;
        results[at] = await asked<Item, Result>(worker, item);
        onDone(item);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, items.length) }, work));
  return results;
}

const asked = <Item, Result>(worker: Worker, item: Item): Promise<Result> =>
  new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (reply: Reply<Result>) => {
      worker.off('error', reject);
      if ('result' in reply) resolve(reply.result);
      else reject(errorOf(reply.refused));
    });
    worker.postMessage(item);
  });

/** Called in the thread: does the work on each item that it is sent, one after another. */
export function answerEach<Item, Result>(work: (item: Item) => Promise<Result>): void {
  const reply = async (item: Item): Promise<Reply<Result>> => {
    try {
      return { result: await work(item) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { refused: refusalOf(error) };
    }
  };
  parentPort?.on('message', async (item: Item) => parentPort?.postMessage(await reply(item)));
}
