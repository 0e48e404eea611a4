/** The overview in a thread of its own: reading a large case must not hold up the keys. */
import { parentPort, workerData } from 'node:worker_threads';
import { refusalOf, UserError } from '../errors.ts';
import type { Store } from '../model.ts';
import { openStore } from '../store/index.ts';
import type { OverviewReply } from './background.ts';
import { overviewInText, overviewName } from './kept-overview.ts';

const path = workerData as string;
const say = (reply: OverviewReply): void => parentPort?.postMessage(reply);

try {
  const store = openStore(path, 'read');
  try {
    await tell(store);
  } finally {
    await store.close();
  }
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say({ refused: refusalOf(error) });
}

async function tell(store: Store): Promise<void> {
  say({ left: { view: await store.viewState(), notes: await store.notes() } });
  const name = await overviewName(store);
  const kept = overviewInText(await store.keptOverview(name));
  if (kept) return say({ found: { overview: kept, keptAs: null } });
  // What analyses takes longer to load than this takes to be read.
  const { previewOf } = await import('./preview.ts');
  say({ preview: previewOf(await store.glimpse()) });
  const { openSession } = await import('../session.ts');
  await using session = await openSession(path);
  say({ found: { overview: await session.overview(), keptAs: name } });
}
