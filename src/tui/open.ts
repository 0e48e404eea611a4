/** `aidebug open`: the screens on a case, in the terminal of this process. */
import { basename } from 'node:path';
import type { Overview } from '../model.ts';
import {
  type FoundOverview,
  overviewInBackground,
  type PendingOverview,
} from '../session/background.ts';
import type { Session } from '../session.ts';
import { unixNs } from '../text.ts';
import { findablesIn, findablesOf, type Names } from './finder.ts';
import type { Look } from './paint.ts';
import type { Sources } from './runtime/effects.ts';
import type { BackgroundReader } from './runtime/reader.ts';
import type { Left } from './runtime/run.ts';
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

/** What is left open when the screens are closed. */
interface Closing {
  readonly left: Left;
  /** Null: it was not found in time. */
  readonly found: FoundOverview | null;
}

/** How the screens were closed. */
export interface Closed {
  /** What ended them; null: the user did. */
  readonly signal: NodeJS.Signals | null;
  /** True: how they were left is kept in the case. */
  readonly kept: boolean;
}

/**
 * Resolves when the user has quit, or a signal ended it.
 * @throws {UserError} if there is no readable case.
 */
export async function openScreens(opened: Opened): Promise<Closed> {
  const { left, found } = await shown(opened);
  const { keepView } = await import('../session.ts');
  // All who read the case have left it: nobody is waited for.
  const kept = await keepView(opened.db, left.state, found);
  return { signal: left.signal, kept };
}

async function shown(opened: Opened): Promise<Closing> {
  const { db, look, stdin, stdout, throws, modes, fresh } = opened;
  const pending = overviewInBackground(db);
  let found: FoundOverview | null = null;
  const overview = pending.result.then((result) => {
    found = result;
    return result.overview;
  });
  const session = openedWhenNeeded(db);
  // What is opened next is then read without a wait.
  overview.then(session.open).catch(() => {});
  // The development build of React is slow, and warns.
  process.env.NODE_ENV ??= 'production';
  const [{ run }, { backgroundReader }] = await Promise.all([
    import('./runtime/run.ts'),
    import('./runtime/reader.ts'),
  ]);
  const reader = backgroundReader(db);
  try {
    const { view, notes } = await pending.left;
    const left = await run({
      caseName: basename(db),
      look,
      stdin,
      stdout,
      throws,
      modes,
      saved: fresh ? null : savedIn(view),
      notes,
      sources: sourcesOf(opened, overview, { session: session.open, reader }),
      db,
      preview: pending.preview,
      context: overview.then(contextOf),
    });
    return { left, found };
  } finally {
    await closed(pending, reader, session);
  }
}

async function closed(
  pending: PendingOverview,
  reader: BackgroundReader,
  session: ReturnType<typeof openedWhenNeeded>,
): Promise<void> {
  await session.close();
  reader.close();
  await pending.cancel();
}

/** A session of this thread: what analyses is not loaded before the first frame. */
function openedWhenNeeded(db: string) {
  let opened: Promise<Session> | null = null;
  return {
    open(): Promise<Session> {
      opened ??= import('../session.ts').then(({ openSession }) => openSession(db));
      return opened;
    },
    close: async () => (await opened?.catch(() => null))?.[Symbol.asyncDispose](),
  };
}

function sourcesOf(
  { db }: Opened,
  overview: Promise<Overview>,
  {
    session,
    reader,
  }: { readonly session: () => Promise<Session>; readonly reader: BackgroundReader },
): Sources {
  return {
    async read(place) {
      reader.leaveLine();
      if (isOverview(place)) return overview;
      if (isLong(place)) return reader.read(place);
      return readerOf(await session(), () => overview)(place);
    },
    ask: reader.ask,
    isLong,
    cancel: reader.cancel,
    findables: async () => [
      ...findablesIn(await overview),
      ...findablesOf((await reader.ask({ ask: 'names' })) as Names),
    ],
    exportRows: async (of, rows) => {
      const { exportRows } = await import('./runtime/export-file.ts');
      return exportRows(db, of, rows);
    },
    notes: async () => (await session()).notes(),
    async note(target, body, created) {
      const { addNote } = await import('../session.ts');
      const written = created === undefined ? null : unixNs(created);
      await addNote(db, { target, body, now: written ?? BigInt(Date.now()) * 1_000_000n });
    },
    async unnote(id) {
      const { removeNote } = await import('../session.ts');
      await removeNote(db, id);
    },
  };
}

/** Screens made from the overview, which is found by another thread. */
const isOverview = ({ screen }: Place): boolean =>
  ['incident', 'causes', 'graph', 'diff'].includes(screen);

/** Screens that read all of a signal; the others read one record, or what is there already. */
const isLong = ({ screen }: Place): boolean =>
  ['traces', 'logs', 'lines', 'metrics', 'sql'].includes(screen);
