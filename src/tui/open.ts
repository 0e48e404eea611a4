/** `aidebug open`: the screens on a case, in the terminal of this process. */
import { basename } from 'node:path';
import { openSession, overviewInBackground } from '../session.ts';
import type { Look } from './paint.ts';
import { askerOf, contextOf, readerOf } from './subjects.ts';

export interface Opened {
  /** Path of the case. */
  readonly db: string;
  readonly look: Look;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly throws: boolean;
}

/**
 * Resolves when the user has quit.
 * @throws {UserError} if there is no readable case.
 */
export async function openScreens({ db, look, stdin, stdout, throws }: Opened): Promise<void> {
  await using session = await openSession(db);
  const overview = overviewInBackground(db);
  overview.result.catch(() => {});
  // The development build of React is slow, and warns.
  process.env.NODE_ENV ??= 'production';
  const { run } = await import('./runtime/run.ts');
  try {
    await run({
      caseName: basename(db),
      look,
      stdin,
      stdout,
      throws,
      read: readerOf(session, () => overview.result),
      ask: askerOf(session),
      context: overview.result.then(contextOf),
    });
  } finally {
    overview.cancel();
  }
}
