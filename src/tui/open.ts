/** `aidebug open`: the screens on a case, in the terminal of this process. */
import { basename } from 'node:path';
import { addNote, keepView, openSession, overviewInBackground, removeNote } from '../session.ts';
import { findablesIn, findablesOf, type Names } from './finder.ts';
import type { Look } from './paint.ts';
import type { Modes } from './runtime/terminal.ts';
import { savedIn } from './saved.ts';
import type { Place } from './screen.ts';
import { contextOf, readerOf } from './subjects.ts';

export interface Opened {
  /** Path of the case. */
  readonly db: string;
  readonly look: Look;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly throws: boolean;
  readonly modes: Modes;
  /** Not as it was left the last time. */
  readonly fresh: boolean;
}

/**
 * Resolves when the user has quit.
 * @throws {UserError} if there is no readable case.
 */
export async function openScreens(opened: Opened): Promise<void> {
  const left = await shown(opened);
  // All who read the case have left it: nobody is waited for.
  await keepView(opened.db, left);
}

/** Resolves to how the screens were left. */
async function shown({ db, look, stdin, stdout, throws, modes, fresh }: Opened): Promise<string> {
  await using session = await openSession(db);
  const overview = overviewInBackground(db);
  overview.result.catch(() => {});
  // The development build of React is slow, and warns.
  process.env.NODE_ENV ??= 'production';
  const [{ run }, { backgroundReader }] = await Promise.all([
    import('./runtime/run.ts'),
    import('./runtime/reader.ts'),
  ]);
  const reader = backgroundReader(db);
  const read = readerOf(session, () => overview.result);
  try {
    return await run({
      caseName: basename(db),
      look,
      stdin,
      stdout,
      throws,
      modes,
      saved: fresh ? null : savedIn(await session.viewState()),
      sources: {
        read: (place) => (isLong(place) ? reader.read(place) : read(place)),
        ask: reader.ask,
        findables: async () => [
          ...findablesIn(await overview.result),
          ...findablesOf((await reader.ask({ ask: 'names' })) as Names),
        ],
        notes: () => session.notes(),
        note: (target, body) => addNote(db, { target, body, now: BigInt(Date.now()) * 1_000_000n }),
        unnote: (id) => removeNote(db, id),
      },
      db,
      context: overview.result.then(contextOf),
    });
  } finally {
    await reader.close();
    await overview.cancel();
  }
}

/** Screens that read all of a signal; the others read one record, or what is there already. */
const isLong = ({ screen }: Place): boolean =>
  ['traces', 'logs', 'lines', 'metrics', 'sql'].includes(screen);
