/** Notes of the postmortem: kept in the case, each about one thing of it. */
import { UserError } from '../errors.ts';
import type { Note, Store } from '../model.ts';
import { openStore } from '../store/index.ts';
import type { FoundOverview } from './background.ts';
import { overviewName, textOfOverview } from './kept-overview.ts';

/** Longer notes belong into a document. */
const longest = 4_000;

/** `now`: unix nanoseconds. @throws {UserError} if there is no case, or nothing is said. */
export async function addNote(
  path: string,
  { target, body, now }: { readonly target: string; readonly body: string; readonly now: bigint },
): Promise<void> {
  const text = body.trim();
  if (text === '') throw new UserError('usage', 'a note says something');
  if (text.length > longest) {
    throw new UserError('usage', `a note has at most ${longest} characters`);
  }
  await editing(path, (store) => store.addNote(target, text, now));
}

/** @throws {UserError} if there is no such note. */
export async function removeNote(path: string, id: number): Promise<void> {
  await editing(path, async (store) => {
    if (!(await store.removeNote(id))) throw new UserError('usage', `there is no note ${id}`);
  });
}

/** By time. @throws {UserError} if there is no case. */
export async function listNotes(path: string): Promise<readonly Note[]> {
  const store = openStore(path, 'read');
  try {
    return await store.notes();
  } finally {
    await store.close();
  }
}

/**
 * Keeps how the screens were left, and the overview they were made from if it is still that of the
 * case; a case that cannot be written is left as it is. False: nothing is kept.
 */
export async function keepView(
  path: string,
  body: string,
  found: FoundOverview | null,
): Promise<boolean> {
  try {
    await editing(path, async (store) => {
      await store.saveViewState(body);
      if (found?.keptAs && found.keptAs === (await overviewName(store))) {
        await store.keepOverview(found.keptAs, textOfOverview(found.overview));
      }
    });
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return false;
  }
}

async function editing(path: string, change: (store: Store) => Promise<void>): Promise<void> {
  // Opened to write it would be made.
  await openStore(path, 'read').close();
  const store = openStore(path, 'write');
  try {
    await change(store);
  } finally {
    await store.close();
  }
}
